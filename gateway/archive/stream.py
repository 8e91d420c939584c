"""Journal and archive as one: a device's items in order of (time, id), each exactly once.

On one connection within one snapshot: what the ledger says of a day then holds of the rows as well
(``journal.archived``), and a file that was written anew since only has more than is asked for.
"""

import heapq
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, Final

import apsw

from contract.errors import Unreadable
from contract.messages import Reading, Value
from gateway.archive import rows
from gateway.archive.files import DayFile, Spare
from gateway.archive.layout import path_of, root_of
from gateway.archive.rows import NEWEST, Item, values_of
from gateway.journal.archived import DAY_MS, Day, days_within

BATCH: Final = 10_000
# Those of the journal that are in no file that can be read.
_STORED_ALONE: Final = (
    "SELECT coalesce(sum(event IS NULL), 0), coalesce(sum(event IS NOT NULL), 0)"
    " FROM main.reading r INDEXED BY reading_by_time"
    " WHERE r.device = ?1 AND r.time_ms >= ?2 AND r.time_ms < ?3"
    " AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.device = ?1"
    " AND a.day_ms = r.time_ms - r.time_ms % 86400000"
    " AND a.state IN ('written','kept') AND r.id <= a.up_to_id)"
)


class Stream:
    """Of one device.

    Args:
        connection: to the journal, within one snapshot.
        device_id: of the journal.
        up_to_id: nothing that was stored later.
        spare: told of what cannot be read, which is left out then; None: it raises.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        *,
        device_id: int,
        up_to_id: int = NEWEST,
        spare: Spare | None = None,
    ) -> None:
        self._connection = connection
        self._root = root_of(connection)
        self._spare = spare
        self._device_id = device_id
        self._up_to_id = up_to_id
        self._cursors: list[apsw.Cursor] = []

    def close(self) -> None:
        """Read no further: SQLite drops no table while somebody reads."""
        for cursor in self._cursors:
            cursor.close(force=True)
        self._cursors.clear()

    def items(
        self,
        *,
        from_ms: int,
        to_ms: int,
        after_id: int = -NEWEST,
        of_events: bool | None = None,
    ) -> Iterator[Item]:
        """Those of the range: readings and events, or of the two what is asked for.

        ``after_id``: of the first moment only those behind it.

        Raises:
            Unreadable: a file of the archive is missing, or cannot be read.
        """
        found = self._items(from_ms, to_ms, after_id, for_events=of_events is True)
        if of_events is None:
            return found
        return (one for one in found if (one.event is not None) is of_events)

    def _items(
        self, from_ms: int, to_ms: int, after_id: int, *, for_events: bool
    ) -> Iterator[Item]:
        at_ms = from_ms
        days = days_within(
            self._connection, device_id=self._device_id, from_ms=from_ms, to_ms=to_ms
        )
        for day in days:
            behind = after_id if at_ms == from_ms else -NEWEST
            yield from self._stored(at_ms, day.day_ms, behind)
            first_ms, at_ms = max(from_ms, day.day_ms), min(to_ms, day.end_ms)
            behind = after_id if first_ms == from_ms else -NEWEST
            yield from heapq.merge(
                self._filed(
                    day, from_ms=first_ms, to_ms=at_ms, after_id=behind, for_events=for_events
                )
                if day.events or not for_events
                else (),
                self._stored(first_ms, at_ms, behind, seam_id=day.up_to_id),
                key=lambda one: one[:2],
            )
        yield from self._stored(at_ms, to_ms, after_id if at_ms == from_ms else -NEWEST)

    def _filed(
        self, day: Day, *, from_ms: int, to_ms: int, after_id: int, for_events: bool
    ) -> Iterator[Item]:
        file = self._file(day, for_events=for_events)
        try:
            yield from file.items(from_ms=from_ms, to_ms=to_ms, after_id=after_id)
        except Unreadable as error:
            if self._spare is None:
                raise
            self._spare(day.day_ms, day.end_ms, str(error))

    def _file(self, day: Day, *, for_events: bool) -> DayFile:
        return DayFile(
            path_of(self._root, day.folder, day.day_ms),
            up_to_id=min(day.up_to_id, self._up_to_id),
            sha256=day.sha256,
            for_events=for_events,
            spare=self._spare,
        )

    def _stored(
        self, from_ms: int, to_ms: int, after_id: int, *, seam_id: int = 0
    ) -> Iterator[Item]:
        if from_ms >= to_ms:
            return iter(())
        self._cursors.append(self._connection.cursor())
        found = rows.stored(
            self._cursors[-1],
            device_id=self._device_id,
            from_ms=from_ms,
            to_ms=to_ms,
            after_id=seam_id,
            up_to_id=self._up_to_id,
        )
        return (one for one in found if one.time_ms > from_ms or one.id > after_id)


def about_how_many(connection: apsw.Connection, device_id: int, from_ms: int, to_ms: int) -> int:
    """How many items of a range are in files, as if each day's were evenly spread."""
    count = 0.0
    for day in days_within(connection, device_id=device_id, from_ms=from_ms, to_ms=to_ms):
        overlap_ms = min(to_ms, day.end_ms) - max(from_ms, day.day_ms)
        count += (day.rows + day.events) * overlap_ms / DAY_MS
    return round(count)


def how_many(
    connection: apsw.Connection, *, device_id: int, from_ms: int, to_ms: int
) -> tuple[int, int]:
    """How many readings and how many events of a range journal and archive hold, within a snapshot.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    found: Any = connection.execute(_STORED_ALONE, (device_id, from_ms, to_ms)).fetchone()
    readings_, events = found
    root = root_of(connection)
    for day in days_within(connection, device_id=device_id, from_ms=from_ms, to_ms=to_ms):
        more = day.rows, day.events
        if day.first_ms < from_ms or day.last_ms >= to_ms:  # it is cut
            file = DayFile(path_of(root, day.folder, day.day_ms))
            more = file.counted(from_ms=from_ms, to_ms=to_ms)
        readings_, events = readings_ + more[0], events + more[1]
    return readings_, events


def readings(
    connection: apsw.Connection,
    *,
    device_id: int,
    from_ms: int,
    to_ms: int,
    channels: Collection[str] | None = None,
) -> Iterator[list[Reading]]:
    """A device's readings of a range out of journal and archive, in order of time, in batches.

    Args:
        connection: to the journal, within one snapshot of it.
        device_id: of the journal.
        from_ms: the start of the range (included).
        to_ms: its end (not included).
        channels: the values that are wanted; None: all.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    items = Stream(connection, device_id=device_id).items(from_ms=from_ms, to_ms=to_ms)
    found = (_reading(one, channels) for one in items if one.event is None)
    while batch := list(islice(found, BATCH)):
        yield batch


def _reading(item: Item, channels: Collection[str] | None) -> Reading:
    values: dict[str, Value] = values_of(item.body)
    if channels is not None:
        values = {name: value for name, value in values.items() if name in channels}
    return Reading(
        epoch=item.epoch,
        seq=item.seq,
        values=values,
        time_ms=item.time_ms,
        truth=item.truth,
        period_ms=item.period_ms,
        received_ms=item.received_ms,
        board_ms=item.board_ms,
        stamp=item.stamped,
    )
