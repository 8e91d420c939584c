"""What a device said of one state, out of journal and archive: of files only where it changes.

A year of readings at 1 Hz are 31 million rows; a state changes some thousand times. So of a file
only its own columns are read, and what repeats is passed over before there is a row of it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw

from gateway.archive.files import DayFile
from gateway.archive.layout import path_of, root_beside
from gateway.archive.shadow import reaching_back
from gateway.journal.archived import Day, days_within

_SAID: Final = (
    "SELECT time_ms, body ->> ?4, aside -> ?4 IS NOT NULL, coalesce(period_ms, 0), NULL"
    " FROM reading WHERE event IS NULL AND device = ?1 AND time_ms >= ?2 AND time_ms < ?3"
    " ORDER BY time_ms, id"
)
_CAME_LATE: Final = (
    "SELECT 1 FROM reading INDEXED BY reading_by_time WHERE device = ? AND time_ms >= ?"
    " AND time_ms < ? AND id > ? LIMIT 1"
)


class Said(NamedTuple):
    """A reading, as far as one state is concerned.

    Attributes:
        time_ms: when it was measured.
        value: what it says; None: nothing.
        is_bad: what it says was set aside.
        period_ms: how often its board measures; 0: it does not say.
        before_ms: when the reading before it was measured, where that is not the one told before.
    """

    time_ms: int
    value: str | None
    is_bad: bool
    period_ms: int
    before_ms: int | None


class Saying(NamedTuple):
    """Of which device and state, and from when to when (not included)."""

    device_id: int
    channel: str
    from_ms: int
    to_ms: int

    def within(self, from_ms: int, to_ms: int) -> "Saying":
        return self._replace(from_ms=max(self.from_ms, from_ms), to_ms=min(self.to_ms, to_ms))


def said(connection: apsw.Connection, asked: Saying, *, gap_ms: int) -> Iterator[Said]:
    """In order of time. Of files what says the same as the readings around it is left out.

    Args:
        connection: to the journal, within one snapshot of it.
        asked: of what.
        gap_ms: readings further apart than this are told both.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    at_ms = asked.from_ms
    days = days_within(
        connection, device_id=asked.device_id, from_ms=asked.from_ms, to_ms=asked.to_ms
    )
    for day in days:
        yield from _stored(connection, asked.within(at_ms, day.day_ms))
        within = asked.within(day.day_ms, day.end_ms)
        if _has_late(connection, within, day):
            with reaching_back(connection, within.device_id, within.from_ms, within.to_ms):
                both = list(_stored(connection, within))
            yield from both
        else:
            yield from _filed(connection, within, day, gap_ms)
        at_ms = day.end_ms
    yield from _stored(connection, asked.within(at_ms, asked.to_ms))


def _stored(connection: apsw.Connection, asked: Saying) -> Iterator[Said]:
    bindings = (asked.device_id, asked.from_ms, asked.to_ms, asked.channel)
    rows: Any = connection.execute(_SAID, bindings)
    return map(Said._make, rows)


def _has_late(connection: apsw.Connection, asked: Saying, day: Day) -> bool:
    bindings = (asked.device_id, asked.from_ms, asked.to_ms, day.up_to_id)
    return connection.execute(_CAME_LATE, bindings).get is not None


def _filed(connection: apsw.Connection, asked: Saying, day: Day, gap_ms: int) -> Iterator[Said]:
    from gateway.archive.changes import changes  # noqa: PLC0415  (pyarrow: when it is needed)

    path = path_of(root_beside(Path(connection.filename)), day.folder, day.day_ms)
    stretches = DayFile(path).told(
        asked.channel, "aside", "period_ms", from_ms=asked.from_ms, to_ms=asked.to_ms
    )
    for table in stretches:
        for time_ms, value, aside, period_ms, before_ms in changes(table, gap_ms):
            is_bad = aside is not None and asked.channel in json.loads(aside)
            yield Said(time_ms, value, is_bad, period_ms or 0, before_ms)
