"""Which days are to be archived now, as the journal has them. Reads only.

A day is closed when nothing of it can be admitted any more, nor restated: it ended longer ago than
readings are kept in the journal, and an hour more, as a minute that is computed anew looks back.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import apsw
import msgspec

from contract.messages import Stamp
from gateway.archive.layout import day_at
from gateway.journal.archived import DAY_MS, Day, day_of
from gateway.journal.reader import follower_cursor
from gateway.journal.removals import GONE

GRACE_MS: Final = 3_600_000
# A file is written anew when nothing more has come for its day for so long, or what came first has
# waited for a day. So a backlog that lasts for hours, or somebody who sends times at random, has
# each file written once, and not every minute.
SETTLED_MS: Final = 3_600_000
LONGEST_MS: Final = 24 * SETTLED_MS
# Rows that a follower has not delivered are kept longer, but not for ever: a disk has an end.
PATIENCE: Final = 4

_DEVICES: Final = "SELECT id, name FROM device WHERE name < ? ORDER BY id"
_OLDEST: Final = (
    "SELECT time_ms FROM reading INDEXED BY reading_by_time WHERE device = ? AND time_ms >= ?"
    " ORDER BY time_ms LIMIT 1"
)
# From the youngest on: where a follower is behind, that is the first, and not all a day has.
_WANTED: Final = (
    "SELECT 1 FROM reading INDEXED BY reading_by_time"
    " WHERE device = ? AND time_ms >= ? AND time_ms < ? AND id > ? ORDER BY time_ms DESC LIMIT 1"
)
_UNDELIVERED: Final = (
    "SELECT count(*) FROM reading INDEXED BY reading_by_time WHERE device = ? AND time_ms >= ?"
    " AND time_ms < ? AND id > ? AND id <= ? AND id > iif(event IS NULL, ?, ?)"
)
_NEWS: Final = (
    "SELECT min(id), max(id) FROM reading INDEXED BY reading_by_time"
    " WHERE device = ? AND time_ms >= ? AND time_ms < ? AND id > ? AND id <= ?"
)
_RECEIPT: Final = "SELECT received_ms, stamped FROM reading WHERE id = ?"
_WAITS: Final = "SELECT 1 FROM late_minute WHERE device = ? AND start_ms < ? LIMIT 1"
_NEWEST: Final = "SELECT coalesce(max(id), 0) FROM reading"
_FOLDED: Final = "SELECT value FROM meta WHERE key = 'folded_reading'"
_NEXT_EVENT: Final = (
    "SELECT id FROM reading INDEXED BY event_by_id WHERE event IS NOT NULL AND id > ?"
    " ORDER BY id LIMIT 1"
)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a device to write.

    Attributes:
        former: what the ledger says of it.
        undelivered: how many of its rows some follower has not delivered, nor will: it was waited
            for as long as can be.
    """

    device_id: int
    device: str
    day_ms: int
    up_to_id: int
    former: Day | None
    undelivered: int = 0


class Closed:
    """What is closed at one look.

    Args:
        journal: one snapshot of it.
        horizon_ms: retention's idea of now.
        keep_ms: how long readings stay in the journal.
    """

    def __init__(self, journal: apsw.Connection, *, horizon_ms: int, keep_ms: int) -> None:
        self._journal = journal
        self._horizon_ms = horizon_ms
        self._before_ms = horizon_ms - keep_ms - GRACE_MS
        self._overdue_ms = horizon_ms - PATIENCE * keep_ms
        self._newest_id = self._number(_NEWEST) or 0
        self._folded_id = self._number(_FOLDED) or 0
        self._passed_id = min([self._folded_id, *self._delivered()])

    def due(self) -> Iterator[Due]:
        """Of each device in turn a day that can be written, its oldest first."""
        devices: list[Any] = self._journal.execute(_DEVICES, (GONE,)).fetchall()
        turns = deque(self._due_of(device_id, device) for device_id, device in devices)
        while turns:
            turn = turns.popleft()
            if (found := next(turn, None)) is not None:
                yield found
                turns.append(turn)

    def _due_of(self, device_id: int, device: str) -> Iterator[Due]:
        for day_ms in self._days(device_id):
            found = self._due(device_id, device, day_ms)
            if found is not None:
                yield found

    def _days(self, device_id: int) -> Iterator[int]:
        from_ms = 0
        while (oldest_ms := self._number(_OLDEST, device_id, from_ms)) is not None:
            day_ms = day_at(oldest_ms)
            from_ms = day_ms + DAY_MS
            if from_ms > self._before_ms:
                return
            yield day_ms

    def _due(self, device_id: int, device: str, day_ms: int) -> Due | None:
        end_ms = day_ms + DAY_MS
        passed = self._folded_id if end_ms <= self._overdue_ms else self._passed_id
        # The newest row stays, so that ids never start anew.
        up_to_id = min(passed, self._newest_id - 1)
        former = day_of(self._journal, device_id=device_id, day_ms=day_ms)
        seam_id = former.up_to_id if former is not None and former.is_readable else 0
        span = (device_id, day_ms, end_ms)
        if (
            (former is not None and (former.damage is not None or former.state == "gone"))
            or self._number(_WANTED, *span, passed) is not None
            or not self._has_news(*span, seam_id, up_to_id)
            or self._number(_WAITS, device_id, end_ms + GRACE_MS) is not None
        ):
            return None
        return Due(
            device_id=device_id,
            device=device,
            day_ms=day_ms,
            up_to_id=up_to_id,
            former=former,
            undelivered=self._undelivered(*span, seam_id, up_to_id),
        )

    def _has_news(self, *window: int) -> bool:
        """Whether something came that is in no file, and no more of it is on its way."""
        ids: Any = self._journal.execute(_NEWS, window).fetchone()
        if ids[1] is None:
            return False
        receipts: list[Any] = [self._journal.execute(_RECEIPT, (id_,)).fetchone() for id_ in ids]
        (first_ms, _), (last_ms, stamp) = receipts
        is_fresh = 0 <= self._horizon_ms - last_ms < SETTLED_MS and stamp != Stamp.IMPORTED
        return not is_fresh or self._horizon_ms - first_ms >= LONGEST_MS

    def _undelivered(self, *window: int) -> int:
        *_, up_to_id = window
        if up_to_id <= self._passed_id:
            return 0
        return self._number(_UNDELIVERED, *window, *self._cursors()) or 0

    def _cursors(self) -> tuple[int, int]:
        """How far the slowest follower has come: with readings, and with events."""
        cursors = list(self._followers())
        readings = [cursor["reading"] for cursor in cursors if "reading" in cursor]
        events = [cursor["event"] for cursor in cursors if "event" in cursor]
        return min([self._newest_id, *readings]), min([self._newest_id, *events])

    def _followers(self) -> Iterator[dict[str, int]]:
        names: list[Any] = self._journal.execute("SELECT name FROM follower").fetchall()
        return (follower_cursor(self._journal, name) for (name,) in names)

    def _delivered(self) -> Iterator[int]:
        """How far each follower has come that reads readings or events."""
        for cursor in self._followers():
            if "reading" in cursor:
                yield cursor["reading"]
            if "event" in cursor:
                waiting = self._number(_NEXT_EVENT, cursor["event"])
                yield self._newest_id if waiting is None else waiting - 1

    def _number(self, sql: str, *bindings: Any) -> int | None:
        found: Any = self._journal.execute(sql, bindings).fetchone()
        return None if found is None else int(found[0])
