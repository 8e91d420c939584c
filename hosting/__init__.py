"""What each of our processes stands on: a guard before HTTP, private files, logs, a watchdog."""
