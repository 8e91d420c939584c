"""A file that one gateway holds while it works on a journal, so that a second one stays away."""

import contextlib
import fcntl
import os
from pathlib import Path

from gateway.errors import Misconfigured


class Lock:
    """Held from its making until ``release``, or until the process dies in whatever way."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            Misconfigured: another process holds it; the text names that process.
        """
        self._file = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(path)
            self._file.close()
            raise Misconfigured(
                f"Another gateway{holder} works on the journal in {path.parent}: stop it first, or "
                "give this one another EDGETWIN_DATA_DIR."
            ) from None
        self._note_holder()

    def _note_holder(self) -> None:
        with contextlib.suppress(OSError):  # a full disk: then nobody can be told who holds it
            self._file.truncate(0)
            self._file.write(str(os.getpid()))
            self._file.flush()

    def release(self) -> None:
        self._file.close()


def _holder(path: Path) -> str:
    pid = path.read_text(encoding="ascii", errors="replace").strip()
    return f" (process {pid})" if pid.isdigit() else ""
