# ruff: noqa: INP001, PTH123 - a script on the board, where there is no pathlib
"""What MicroPython runs when an ESP32 starts: finds the program in its slot and starts it."""

import sys

_SLOT = "/slot"  # a file: which directory holds the program


def _directory() -> str:
    try:
        with open(_SLOT) as file:
            return file.read().strip()
    except OSError:
        return "/slot-a"


sys.path.insert(0, _directory())

from firmware.device import start  # noqa: E402 - found by the line above

start.run()
