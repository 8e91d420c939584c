"""The write-ahead log as it lies on the disk: what stands in it that SQLite would pass over.

At a start SQLite replays the log up to the first frame whose checksum is wrong, in silence: it
cannot know whether a power cut tore the last transaction or somebody damaged an earlier one. We
can: a transaction is synced before the next one begins.

Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import struct
from pathlib import Path
from typing import Final, NamedTuple

import apsw

_HEADER: Final = struct.Struct(">8I")  # magic, version, page size, sequence, salts, checksum
_FRAME: Final = struct.Struct(">6I")  # page, size after commit (0: no commit), salts, checksum
_MAGIC: Final = (0x377F0682, 0x377F0683)


class Commits(NamedTuple):
    """The last frames of the transactions that the log's current generation holds."""

    ends: list[int]

    def beyond(self, frames: int) -> int:
        """How many transactions end after the first ``frames`` frames."""
        return sum(end > frames for end in self.ends)


def commits(path: Path) -> Commits:
    """Read the log of the journal at ``path``, whatever its checksums say.

    Frames of an earlier generation carry other salts.
    """
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or log.stat().st_size <= _HEADER.size:
        return Commits([])
    with log.open("rb") as file:
        header = _HEADER.unpack(file.read(_HEADER.size))
        if header[0] not in _MAGIC or not 512 <= header[2] <= 65_536:  # noqa: PLR2004 - SQLite's
            return Commits([])
        ends: list[int] = []
        number = 0
        while len(found := file.read(_FRAME.size)) == _FRAME.size:
            _, size_after, *rest = _FRAME.unpack(found)
            if tuple(rest[:2]) != header[4:6]:
                break
            number += 1
            if size_after:
                ends.append(number)
            file.seek(header[2], 1)
    return Commits(ends)


def recovered(connection: apsw.Connection) -> int:
    """How many frames of the log SQLite goes by."""
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # so that it has looked
    frames, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    return max(0, frames)
