"""``python -m firmware flash``: an ESP32 out of its bag in, a device on the dashboard out."""
