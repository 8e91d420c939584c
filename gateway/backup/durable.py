"""Files and folders that outlast a cut of power, readable by their owner alone."""

import os
import shutil
from pathlib import Path
from typing import Final

from hosting.durable import sync

_FILE: Final = 0o600
_FOLDER: Final = 0o700


def copy(source: Path, target: Path) -> None:
    """Copy a file's content, durably."""
    folder(target.parent)
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _FILE)
    with source.open("rb") as one, os.fdopen(descriptor, "wb") as other:
        shutil.copyfileobj(one, other, 1024 * 1024)
        other.flush()
        os.fsync(other.fileno())


def folder(path: Path) -> None:
    """Make a folder, and those around it, where there is none."""
    if not path.is_dir():
        folder(path.parent)
        path.mkdir(mode=_FOLDER, exist_ok=True)


def sync_tree(path: Path) -> None:
    """The folder, and all folders below it."""
    for parent, _, _ in os.walk(path, topdown=False):
        sync(Path(parent))


def move(source: Path, target: Path) -> None:
    """Rename, durably."""
    source.rename(target)
    sync(target.parent)
    if source.parent != target.parent:
        sync(source.parent)


def remove(path: Path) -> None:
    """A file or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
