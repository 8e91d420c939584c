"""A trained model: windows in, a class with its confidence, reasons and advice out."""
