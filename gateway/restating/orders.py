"""What somebody wants restated, and how far that is: two files, so that either side may end.

The order lies there until all of it is done, whatever ends the gateway; how far it is, until
whoever asked has read that it is done.
"""

import contextlib
import time
from pathlib import Path
from typing import Final

import msgspec

from gateway.registry.waiting import Waiting

FOLDER: Final = "restatements"
_SUFFIX: Final = ".progress"
_KEPT_S: Final = 86_400.0  # nobody waits for so long to hear the end of it


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants what restated. ``to_ms`` is not included."""

    by: str
    because: str
    asked_ms: int
    devices: list[str]
    from_ms: int
    to_ms: int


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Of how many minutes, and how many have become others.

    ``unread``: how many are as they were, as files cannot be read; ``faults``: which, a sentence
    each.
    """

    minutes: int
    done: int
    changed: int = 0
    unread: int = 0
    faults: tuple[str, ...] = ()
    is_done: bool = False


_files: Final = Waiting(FOLDER, Order, about="a restatement")
leave: Final = _files.leave
left: Final = _files.left
waiting: Final = _files.waiting
entered: Final = _files.entered


def note(data_dir: Path, name: str, progress: Progress) -> None:
    """Say how far an order is. Raises OSError."""
    path = _path(data_dir, name)
    made = path.with_suffix(f"{_SUFFIX}.part")
    made.write_bytes(msgspec.json.encode(progress))
    made.replace(path)


def progress_of(data_dir: Path, name: str) -> Progress | None:
    """How far an order is; None: nobody has begun."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(_path(data_dir, name).read_bytes(), type=Progress)
    return None


def forget(data_dir: Path, name: str) -> None:
    """Who asked knows."""
    _path(data_dir, name).unlink(missing_ok=True)


def forget_old(data_dir: Path) -> None:
    """What nobody has come back for."""
    for path in (data_dir / FOLDER).glob(f"*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _KEPT_S:
                path.unlink()


def _path(data_dir: Path, name: str) -> Path:
    return data_dir / FOLDER / f"{name}{_SUFFIX}"
