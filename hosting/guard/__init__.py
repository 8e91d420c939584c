"""What stands between a socket and our two HTTP services: one guard for both."""
