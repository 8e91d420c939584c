"""`make up` holds its data directory: two of them would fight for its journal."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.settings import Settings


class Hold:
    """Held until ``release``, or until the process dies in whatever way."""

    def __init__(self, settings: Settings) -> None:
        """Raises BlockingIOError: another one holds it."""
        self._path = _path(settings)
        self._log_dir = settings.log_dir
        settings.run_dir.mkdir(parents=True, exist_ok=True)
        settings.log_dir.mkdir(exist_ok=True)
        self._file = self._path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def is_lost(self) -> bool:
        """Whether the directory was deleted or moved since: no process can be started in it."""
        try:
            is_same = os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:  # a disk that does not answer now is not an empty one
            return False
        return not (is_same and self._log_dir.is_dir())

    def release(self) -> None:
        self._file.close()


@contextmanager
def held(settings: Settings) -> Iterator[Hold]:
    """Hold the data directory meanwhile. Raises BlockingIOError: another one holds it."""
    hold = Hold(settings)
    try:
        yield hold
    finally:
        hold.release()


def holder(settings: Settings) -> int | None:
    """The process id of the `make up` that holds the directory, whatever it is at; else None."""
    try:
        pid = int(_path(settings).read_text(encoding="ascii"))
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"scripts.up" in line.split(b"\0") else None


def _path(settings: Settings) -> Path:
    return settings.run_dir / "up.lock"
