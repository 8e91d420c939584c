"""What runs on the board, the machines it is tried on, and the emulator that runs both here."""
