"""What is wrong with a device: diagnoses, live and afterwards, and whether it is there."""
