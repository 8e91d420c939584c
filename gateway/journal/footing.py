"""The files that an open journal stands on: the same ones as at the start, with a journal inside.

SQLite goes on in a file that was deleted or replaced, and reads pages it knows from its cache.
"""

import os
from pathlib import Path
from typing import Final

from contract.errors import Damaged

_MAGIC: Final = b"SQLite format 3\0"


class Footing:
    """Looks at the directory and the first bytes; never at what the pages say.

    It keeps the file open, because closing it, anywhere in this process, would take away the locks
    that SQLite holds on it: https://www.sqlite.org/howtocorrupt.html, section 2.2.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]
        self._known: dict[Path, tuple[int, int]] = {}
        self._size = 0
        try:
            self._descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            raise _deleted(path) from None
        try:
            self.look()
        except Damaged:
            self.close()
            raise

    def close(self) -> None:
        """Only once all connections are closed."""
        os.close(self._descriptor)

    def look(self) -> bool:
        """Whether the file is no smaller than it was: SQLite cuts it only when it is told to.

        Raises:
            Damaged: a file is gone, is another one, or does not begin as a journal does.
        """
        for part in self._parts:
            self._look_at(part)
        self._look_at_header()
        before, self._size = self._size, os.fstat(self._descriptor).st_size
        return self._size >= before

    def _look_at(self, part: Path) -> None:
        try:
            found = part.stat()
        except FileNotFoundError:
            if part in self._known:
                raise _deleted(part) from None
            return
        identity = (found.st_dev, found.st_ino)
        if self._known.setdefault(part, identity) != identity:
            raise Damaged(f"{part} was replaced while the gateway worked on it.")

    def _look_at_header(self) -> None:
        if os.pread(self._descriptor, len(_MAGIC), 0) != _MAGIC:
            raise Damaged(f"{self._path} does not begin as a journal any more.")


def _deleted(part: Path) -> Damaged:
    return Damaged(f"{part} was deleted while the gateway worked on it.")
