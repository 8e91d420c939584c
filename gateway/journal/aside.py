"""A damaged journal is moved aside and kept for whoever wants to look; a note says why."""

import contextlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from contract.errors import Unusable
from gateway.journal import ending

KEPT: Final = 3  # of the newest
ROOM_BYTES: Final = 1024 * 1024 * 1024  # with less left on the disk, only the newest is kept


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """When a journal was set aside, and why.

    Attributes:
        file: what it is called now; empty where it is gone.
        log: what its log is called now; empty where there is none, or nothing in it.
    """

    time_ms: int
    reason: str
    file: str
    log: str = ""


def set_aside(path: Path, *, reason: str, now_ms: int) -> Note:
    """Move the journal at ``path``, which nobody has open, and write the note.

    Raises:
        Unusable: the directory cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)  # all of it may have been deleted
        target = _free_name(path, now_ms)
        file, log, _ = [
            _moved(Path(f"{path}{end}"), Path(f"{target}{end}")) for end in ("", "-wal", "-shm")
        ]
        note = Note(time_ms=now_ms, reason=reason, file=file, log=log)
        _write(_note_file(path), note)
        ending.forget(path)
        _prune(path)
    except OSError as error:
        raise Unusable(f"The damaged {path} cannot be moved aside: {error}.") from error
    return note


def read_note(path: Path) -> Note | None:
    """What was set aside last, until ``forget_note``."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(_note_file(path).read_bytes(), type=Note)
    return None


def forget_note(path: Path) -> None:
    with contextlib.suppress(OSError):  # a disk that is full or read-only: told a while longer
        _note_file(path).unlink(missing_ok=True)


def forget_loss(path: Path) -> None:
    """Forget that a journal was deleted, where nothing is left of it to look at."""
    note = read_note(path)
    if note is not None and not note.file:
        forget_note(path)
    if not path.exists():
        ending.forget(path)


def damaged_files(path: Path) -> list[Path]:
    """What was set aside, oldest first; of a journal that was deleted only a log may be there."""
    found = path.parent.glob(f"{path.stem}.damaged-*{path.suffix}*")
    bases = {Path(str(part).removesuffix("-wal").removesuffix("-shm")) for part in found}
    return sorted(bases, key=lambda base: base.stem)


def _free_name(path: Path, now_ms: int) -> Path:
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    again = 1
    while any(Path(f"{target}{end}").exists() for end in ("", "-wal")):
        again += 1
        target = path.with_name(f"{path.stem}.damaged-{stamp}-{again}{path.suffix}")
    return target


def _moved(path: Path, target: Path) -> str:
    """What ``path`` is called now, if there is anything in it."""
    try:
        path.rename(target)
    except FileNotFoundError:
        return ""
    return target.name if target.stat().st_size else ""


def _write(path: Path, note: Note) -> None:
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(msgspec.json.encode(note))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _prune(path: Path) -> None:
    found = damaged_files(path)
    is_tight = shutil.disk_usage(path.parent).free < ROOM_BYTES
    for old in found[: -1 if is_tight else -KEPT]:
        for end in ("", "-wal", "-shm"):
            Path(f"{old}{end}").unlink(missing_ok=True)


def _note_file(path: Path) -> Path:
    return path.with_name(f"{path.stem}.damaged.json")
