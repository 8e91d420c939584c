"""The write-ahead log as it lies on the disk: what stands in it that SQLite would pass over.

At a start SQLite replays the log up to the first frame whose checksum is wrong, in silence: it
cannot know whether a power cut tore the last transactions or somebody damaged an earlier one. We
can: never more than ``MOST_UNSYNCED`` are on their way to the disk.

Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import contextlib
import os
import struct
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple

import apsw

# Committed, and not known to be on the disk: so many transactions may a power cut tear.
MOST_UNSYNCED: Final = 8

_fdatasync: Final = getattr(os, "fdatasync", os.fsync)  # not everywhere

_HEADER: Final = struct.Struct(">8I")  # magic, version, page size, sequence, salts, checksum
_FRAME: Final = struct.Struct(">6I")  # page, size after commit (0: no commit), salts, checksum
_BYTE_ORDER: Final = {0x377F0682: "<", 0x377F0683: ">"}  # of the checksums, by magic
_CHECKED_BYTES: Final = 24  # of the header
_PAGE_SIZE_AT: Final = 16  # in the journal itself
_WORD: Final = 0xFFFFFFFF
_GENERATIONS: Final = 1_000_000  # each has a first salt that is greater by one


class _Head(NamedTuple):
    """What a frame says of itself."""

    is_commit: bool
    salts: tuple[int, ...]


class Commits(NamedTuple):
    """The last frames of the transactions that the log's current generation holds."""

    ends: list[int]

    def beyond(self, frames: int) -> int:
        """How many transactions end after the first ``frames`` frames."""
        return sum(end > frames for end in self.ends)


def held(path: Path) -> FileIO:
    """The log of the journal at ``path``, which is open: to be synced, and closed in the end.

    That the disk has failed is told to whoever holds it then, and only to the first who opens it
    later: https://docs.kernel.org/core-api/errseq.html
    """
    return FileIO(_log_of(path))


def sync(log: FileIO) -> None:
    """Wait until all that a log holds is on the disk. Any thread may.

    What was in the log and is not any more is in the journal, which SQLite has synced.

    Raises:
        OSError: it may not be there, and never will be: asked again, the system says it is.
    """
    _fdatasync(log.fileno())


def sync_at(path: Path) -> None:
    """The same of the journal at ``path``, by who does not hold its log. Raises OSError."""
    with contextlib.suppress(FileNotFoundError), held(path) as log:
        sync(log)


def commits(path: Path) -> Commits:
    """Read the log of the journal at ``path``, whatever its checksums say.

    Frames of an earlier generation carry other salts, and so do damaged ones: what is of the
    current generation behind them counts all the same. The frame behind the last of these was one
    more transaction, if no earlier generation can have had its salts.
    """
    heads, header_salts = _heads(path)
    if not heads:
        return Commits([])
    salts = header_salts or heads[0].salts
    ours = [number for number, head in enumerate(heads, start=1) if head.salts == salts]
    ends = [number for number in ours if heads[number - 1].is_commit]
    last = max(ours, default=0)
    if last < len(heads) and not _is_earlier(heads[last].salts, salts):
        ends.append(last + 1)
    return Commits(ends)


def _heads(path: Path) -> tuple[list[_Head], tuple[int, ...] | None]:
    """The heads of all frames, and the salts that a sound header names."""
    log = _log_of(path)
    if not log.exists() or log.stat().st_size <= _HEADER.size:
        return [], None
    page_bytes = _page_bytes(path)
    heads = []
    with log.open("rb") as file:
        salts = _salts(file.read(_HEADER.size))
        while len(found := file.read(_FRAME.size)) == _FRAME.size:
            _, size_after, *rest = _FRAME.unpack(found)
            heads.append(_Head(size_after > 0, tuple(rest[:2])))
            file.seek(page_bytes, 1)
    return heads, salts


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _page_bytes(path: Path) -> int:
    with path.open("rb") as file:
        file.seek(_PAGE_SIZE_AT)
        return int.from_bytes(file.read(2), "big") or 65_536


def _salts(header: bytes) -> tuple[int, ...] | None:
    """None where the header is not as it was written: SQLite then passes over the whole log."""
    magic, *_, first, second, one, two = _HEADER.unpack(header)
    order = _BYTE_ORDER.get(magic)
    if order is None or _checksum(header[:_CHECKED_BYTES], order) != (one, two):
        return None
    return first, second


def _checksum(content: bytes, order: str) -> tuple[int, int]:
    one = two = 0
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for left, right in zip(words[::2], words[1::2], strict=True):
        one = (one + left + two) & _WORD
        two = (two + right + one) & _WORD
    return one, two


def _is_earlier(salts: tuple[int, ...], current: tuple[int, ...]) -> bool:
    return 0 < (current[0] - salts[0]) & _WORD <= _GENERATIONS


def recovered(connection: apsw.Connection) -> int:
    """How many frames of the log SQLite goes by."""
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # so that it has looked
    frames, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    return max(0, frames)
