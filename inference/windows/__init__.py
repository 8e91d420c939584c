"""Windows of readings become rows of features: one definition for training and for serving."""
