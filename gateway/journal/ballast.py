"""A file that only takes up room, so that a full disk still has some for retention to work with.

SQLite cannot even delete on a full disk: deleting writes to the WAL first.
"""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

SIZE_BYTES: Final = 32 * 1024 * 1024  # as long as the WAL gets: its checkpoint can then finish
ROOM_FACTOR: Final = 4  # put it back when the disk has this many times its size


class Ballast:
    """One file of 32 MiB beside the journal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_spent = False  # it was dropped, and there is no room to put it back

    def put_back(self) -> None:
        """Take up the room again, if there is plenty."""
        free = shutil.disk_usage(self._path.parent).free
        if not self._path.exists() and free > ROOM_FACTOR * SIZE_BYTES:
            with contextlib.suppress(OSError):  # a quota, say: then there is no ballast
                self._allocate()
        self.is_spent = self.is_spent and not self._path.exists()

    def _allocate(self) -> None:
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, SIZE_BYTES)
        except OSError:
            self._path.unlink(missing_ok=True)
            raise

    def drop(self) -> None:
        """Give the room back to the journal, if it is there."""
        self.is_spent = self.is_spent or self._path.exists()
        self._path.unlink(missing_ok=True)
