"""What we write is ours alone: directories 0700, files 0600, whatever umask we were started with.

A journal, a log and a spool say who works when; a login or an update key opens something.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

UMASK: Final = 0o077
_PRIVATE: Final = 0o600
# What an earlier edgetwin left open, below EDGETWIN_DATA_DIR. The directory itself may be one
# that others have a right to, so only what we made in it is closed.
_FOLDERS: Final = (
    "audit",
    "broker",
    "dashboard",
    "devices",
    "imports",
    "keys",
    "log",
    "models",
    "registry",
    "run",
)
_FILES: Final = (
    *("journal.*", "ballast", "people.toml", "pseudonyms.key"),
    *("log/*", "run/*.json", "devices/*/*"),
)


def keep_private() -> None:
    """Let all files that this process and what it starts make be readable by their owner alone."""
    os.umask(UMASK)


def close(data_dir: Path) -> None:
    """Take everybody else's rights away from what is there already."""
    for name in _FOLDERS:
        _close(data_dir / name)
    for pattern in _FILES:
        for path in data_dir.glob(pattern):
            _close(path)


def write_new(path: Path, body: bytes) -> None:
    """A whole file of its owner alone, outlasting a cut of power; what ``path`` was goes.

    To replace another in one step it is written aside and renamed. Raises OSError.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _close(path: Path) -> None:
    with contextlib.suppress(OSError):  # not there (any more), or somebody else's to close
        mode = path.lstat().st_mode & 0o777
        if mode & UMASK and not path.is_symlink():
            path.chmod(mode & ~UMASK)
