"""Spools for tests: small segments, a layout of one channel, dice that can be repeated."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firmware.device import payload
from firmware.device.spool import Spool

LAYOUT = payload.Layout((("x", payload.NUMBER, 3),), ("normal",))
_incarnations = itertools.count(0x1000)
_opened: list[Spool] = []


def record(value: float) -> bytes:
    return LAYOUT.pack(time_ms=1, values={"x": value}, truth="normal")


def event(number: int) -> bytes:
    """Something happened: as long as its name, and another each time."""
    values = {"number": number, "by": "u" * (number % 7)}
    return payload.event(time_ms=1, name="service", values=values)


def open_spool(directory: Path, **options: Any) -> Spool:
    directory.mkdir(exist_ok=True)
    chosen: dict[str, Any] = {"segment_readings": 4, "max_segments": 1000, **options}
    spool = Spool(
        str(directory),
        layout=LAYOUT,
        restore=payload.restore,
        random_u32=lambda: next(_incarnations),
        **chosen,
    )
    _opened.append(spool)
    return spool


def abandon_all() -> None:
    """The power goes: nothing more is written, and this process keeps no file open."""
    for spool in _opened:
        if spool._open is not None:
            spool._open.close()
    _opened.clear()


@contextmanager
def workspace() -> Iterator[Path]:
    """A directory for one example of a property."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
        abandon_all()


def contents(spool: Spool) -> dict[tuple[str, int], bytes]:
    """Every reading that can still be read, whatever epoch."""
    found: dict[tuple[str, int], bytes] = {}
    epochs = [*spool.earlier(), (spool.epoch, spool.oldest(spool.epoch), spool.last_seq)]
    for epoch, first, last in epochs:
        for seq in range(first, last + 1):
            records, _layout = spool.read(epoch, seq, 1)
            if records:
                found[(epoch, seq)] = records[0]
    return found


def copied(directory: Path, to: Path) -> Path:
    """The directory as a crash at this moment would leave it."""
    shutil.copytree(directory, to)
    return to
