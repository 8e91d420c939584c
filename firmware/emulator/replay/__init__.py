"""A recording in place of a machine: its readings and events, told as a board tells its own."""
