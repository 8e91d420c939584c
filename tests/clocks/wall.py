"""A wall clock of its own for one process: wrong by as much as a test says, when it says so."""

import ctypes
import os
import shutil
import struct
import subprocess
from pathlib import Path

SHIM = Path(__file__).with_name("shim.c")
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
YEAR_MS = 365 * DAY_MS


class Shift:
    """How far a wall clock is off: the eight bytes of a file."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "clock-shift"
        self.file.write_bytes(struct.pack("=q", 0))

    def set(self, ms: int) -> None:
        """Let the wall clock be ``ms`` ahead of the true time, from now on."""
        shift = os.open(self.file, os.O_WRONLY)  # in place: the process has the file mapped
        try:
            os.pwrite(shift, struct.pack("=q", ms), 0)
        finally:
            os.close(shift)


class WallClock(Shift):
    """The wall clock of a process that is started with ``env``; monotonic time is never touched.

    What a child of that process sees, it sees shifted as well.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._shim = _built(directory / "clock-shim.so")
        self.env = {"LD_PRELOAD": str(self._shim), "CLOCK_SHIFT_FILE": str(self.file)}


def follow(shift: Path) -> None:
    """In a process with the shim: let its wall clock be off by what ``shift`` holds."""
    ctypes.CDLL(os.environ["LD_PRELOAD"]).clock_shift_follow(bytes(shift))


def _built(library: Path) -> Path:
    compiler = shutil.which("gcc")
    assert compiler, "gcc is not installed: run `make setup-dev`"
    command = [compiler, "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    done = subprocess.run(
        [*command, "-o", str(library), str(SHIM)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return library
