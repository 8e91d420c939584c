"""What one day's file holds: the rows of the journal, and what the file before it held. Bounded.

task → shape of all values → items in order of (time, row)
"""

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec

from gateway.archive import rows
from gateway.archive.files import DayFile
from gateway.archive.keys import Keys
from gateway.archive.layout import path_of
from gateway.archive.rows import Item
from gateway.journal.archived import DAY_MS


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """The file that is there already: what came late is added to it."""

    size: int
    sha256: str
    up_to_id: int


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a device to write.

    Attributes:
        journal, root: paths: the journal, and the archive's folder.
        folder: of the device, below the root.
        up_to_id: the last row of the journal that may be in it.
        words: of each value its title, unit and decimals.
        about: what is said of the whole file.
        former: None: the ledger knows none.
        without: from when until when nothing is to be in it, as it was deleted.
    """

    journal: str
    root: str
    folder: str
    device_id: int
    day_ms: int
    up_to_id: int
    words: dict[str, dict[str, str]]
    about: dict[str, Any]
    former: Former | None = None
    without: tuple[int, int] | None = None

    @property
    def path(self) -> Path:
        return path_of(Path(self.root), self.folder, self.day_ms)


class Content:
    """All items of a task, as often as somebody asks, as of the snapshot of the connection."""

    def __init__(self, task: Task, connection: apsw.Connection) -> None:
        self._task = task
        self._connection = connection
        self._file = _file_of(task)
        self._known = self._keys_that_stand()

    def items(self) -> Iterator[Item]:
        """In order, each key once."""
        if self._task.without is None:
            return self._all()
        from_ms, to_ms = self._task.without
        return (one for one in self._all() if not from_ms <= one.time_ms < to_ms)

    def _all(self) -> Iterator[Item]:
        if self._file is None:
            return self._late()
        kept, late = self._file.items(), self._late()
        if self._task.former is None:
            kept = (one for one in kept if one[2:4] not in self._known)
        else:
            late = (one for one in late if one[2:4] not in self._known)
        return heapq.merge(kept, late, key=lambda one: one[:2])

    def _late(self) -> Iterator[Item]:
        task = self._task
        return rows.stored(
            self._connection,
            device_id=task.device_id,
            from_ms=task.day_ms,
            to_ms=task.day_ms + DAY_MS,
            after_id=0 if task.former is None else task.former.up_to_id,
            up_to_id=task.up_to_id,
        )

    def _keys_that_stand(self) -> Keys:
        """Of what is in both: the file's, or the journal's where nobody has read the file yet."""
        if self._file is None:
            return Keys(())
        items = self._late() if self._task.former is None else self._file.items()
        return Keys(one[2:4] for one in items)


def _file_of(task: Task) -> DayFile | None:
    """The one that is there: it may also be of a journal that was lost, or of a kill."""
    if (former := task.former) is not None:
        return DayFile(task.path, up_to_id=former.up_to_id, sha256=former.sha256)
    return DayFile(task.path, up_to_id=0) if task.path.exists() else None
