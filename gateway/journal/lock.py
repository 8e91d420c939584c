"""A file that one gateway holds while it works on a journal, so that a second one stays away."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from contract.errors import Misconfigured, StorageFull


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


def locked(path: Path) -> Lock:
    """The lock of the journal at ``path``; its directory is made.

    Raises:
        Misconfigured: another gateway holds it, or the directory is no good.
        StorageFull: there is no room.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Lock(path.with_suffix(".lock"))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(f"The disk that holds {path} is full.") from error
        raise Misconfigured(
            f"The journal cannot be kept in {path.parent}: {error.strerror}. Let EDGETWIN_DATA_DIR "
            "name a directory that the gateway may write to."
        ) from error


def _holder(path: Path) -> str:
    pid = path.read_text(encoding="ascii", errors="replace").strip()
    return f" (process {pid})" if pid.isdigit() else ""


def is_held(path: Path) -> bool:
    """Whether a gateway works on the journal at ``path``. Raises StorageFull."""
    try:
        locked(path).release()
    except Misconfigured:
        return True
    return False
