"""The service: HTTP in, predictions out."""
