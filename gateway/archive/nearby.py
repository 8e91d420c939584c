"""For what is computed anew around a moment: the table ``reading`` with the files of that time."""

import logging
from contextlib import ExitStack
from typing import Any, Final

import apsw

from contract.errors import Unreadable
from gateway.archive.layout import day_at
from gateway.archive.shadow import reaches_archive, reaching_back
from gateway.archive.stream import about_how_many
from gateway.journal.archived import DAY_MS

log = logging.getLogger(__name__)

MANY: Final = 100_000  # items of three days: then some hours of them do
HOURS_MS: Final = 2 * 3_600_000
# The last item before a moment, where that is not after it within its own day's file.
_LAST_BEFORE: Final = (
    "SELECT max(at_ms) FROM (SELECT max(time_ms) AS at_ms FROM main.reading WHERE device = ?1"
    " AND time_ms < ?2 UNION ALL SELECT max(last_ms) FROM archive WHERE device = ?1"
    " AND last_ms < ?2 AND state IN ('written','kept'))"
)
# What came late may have numbers of another time: who has those before and behind is there too.
_NEIGHBOUR: Final = (
    "(SELECT n.id FROM main.reading n WHERE n.epoch = r.epoch AND n.seq {0} r.seq"
    " ORDER BY n.seq {1} LIMIT 1)"
)
_LATE: Final = (
    " FROM main.reading r INDEXED BY reading_by_time"
    " WHERE r.device = ?1 AND r.time_ms >= ?2 AND r.time_ms < ?3"
)
_NEIGHBOURS: Final = (
    "INSERT OR IGNORE INTO temp.reading SELECT * FROM main.reading WHERE id IN ("  # noqa: S608
    f"SELECT {_NEIGHBOUR.format('<', 'DESC')}{_LATE}"
    f" UNION SELECT {_NEIGHBOUR.format('>', '')}{_LATE})"
)
_MARGIN_MS: Final = HOURS_MS // 2  # what is near its end is looked at with more behind it


class Nearby:
    """On one connection. Moments that follow each other share what was read of files.

    ``fault``: why a file near the moment cannot be read; empty where all can.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self.fault = ""
        self._connection = connection
        self._open = ExitStack()
        self._span: tuple[int, int, int] | None = None  # device id, from, to

    def close(self) -> None:
        self._open.close()
        self._span = None

    def go(self, device_id: int, time_ms: int) -> None:
        """From now on ``reading`` has what journal and archive hold of a device around a moment.

        Where no file is near, or one cannot be read, it is the journal's own.
        """
        if self._has(device_id, time_ms):
            return
        self.close()
        self.fault = ""
        span = self._span_of(device_id, time_ms)
        if not reaches_archive(self._connection, device_id, *span):
            return
        try:
            self._open.enter_context(reaching_back(self._connection, device_id, *span))
            self._connection.execute(_NEIGHBOURS, (device_id, *span))
        except Unreadable as error:  # a minute of which less is found than it has stays as it is
            log.warning("what came late is not counted: %s", error)
            self.fault = str(error)
        else:
            self._span = device_id, *span

    def _span_of(self, device_id: int, time_ms: int) -> tuple[int, int]:
        """Days or hours around a moment, as far as there is something before it."""
        from_ms, to_ms = day_at(time_ms) - DAY_MS, day_at(time_ms) + 2 * DAY_MS
        if about_how_many(self._connection, device_id, from_ms, to_ms) > MANY:
            from_ms, to_ms = time_ms - HOURS_MS, time_ms + HOURS_MS
        before: Any = self._connection.execute(_LAST_BEFORE, (device_id, time_ms)).fetchone()
        if before[0] is None or before[0] >= from_ms:
            return from_ms, to_ms
        return before[0] - HOURS_MS, to_ms

    def _has(self, device_id: int, time_ms: int) -> bool:
        if self._span is None:
            return False
        of, from_ms, to_ms = self._span
        return of == device_id and from_ms + _MARGIN_MS <= time_ms < to_ms - _MARGIN_MS
