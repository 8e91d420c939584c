"""Real sensors: one driver a file, each given the MicroPython bus object it speaks over.

A driver has ``read()``, which gives one number in the channel's unit, never waits, and raises
``OSError`` while its chip does not answer as its data sheet says.
"""
