"""Inference: windows of readings become a class, a confidence, reasons and advice."""
