"""A small text file that a person edits while we run: whether it has changed, and what it says."""

from pathlib import Path
from typing import Final

MAX_FILE_BYTES: Final = 256 * 1024

_Stamp = tuple[int, int, int]


class FollowedFile:
    """Of one reader, who asks before each use; a look costs no more than a ``stat``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: _Stamp | None = None

    def has_changed(self) -> bool:
        """Whether it has come, gone or changed since the last call (at first: is there)."""
        before, self._stamp = self._stamp, self._stamp_now()
        return before != self._stamp

    @property
    def is_there(self) -> bool:
        """Whether there was one at the last look."""
        return self._stamp is not None

    def text(self) -> str:
        """All of it.

        Raises:
            OSError, UnicodeDecodeError: it cannot be read.
            ValueError: it is too large.
        """
        with self._path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ValueError(f"it has more than {MAX_FILE_BYTES // 1024} KiB")
        return content.decode("utf-8-sig")

    def _stamp_now(self) -> _Stamp | None:
        try:
            found = self._path.stat()
        except OSError:  # reading it will say why, if it is there at all
            return (0, 0, 0) if self._path.is_symlink() else None
        return found.st_mtime_ns, found.st_size, found.st_ino
