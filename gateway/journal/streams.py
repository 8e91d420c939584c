"""The journal's tables as whoever follows it reads them: row by row, by a key that only grows.

A row is a tuple that begins with (key, device, asset, time_ms). Keys are ids, or revisions where
rows change: a changed row comes again.
"""

from dataclasses import dataclass
from typing import Any, Final

import apsw

from gateway.journal.removals import GONE

HOUR_MS: Final = 3_600_000

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One table of the journal.

    Attributes:
        name: of the stream, and of its place in a follower's cursor.
        table: of the journal, called ``t``; ``columns`` follow the four that every row begins with.
        only: which of its rows.
        key, time: columns that only grow, and that tell the event time in milliseconds.
    """

    name: str
    table: str
    key: str
    time: str
    columns: str
    join: str = ""
    only: str = "true"
    index: str = ""  # the one in order of ``key``, where that is not the table's own

    def _select(self, index: str = "") -> str:
        return (
            f"SELECT {self.key}, d.name, d.asset, {self.time}, {self.columns}"  # noqa: S608
            f" FROM {self.table} t {index} JOIN device d ON d.id = t.device {self.join}"
            f" WHERE d.name < '{GONE}' AND {self.only} AND"
        )

    def after(self, journal: apsw.Connection, *, key: int, limit: int) -> list[Row]:
        """The next rows beyond ``key``, in order of key."""
        select = self._select(f"INDEXED BY {self.index}" if self.index else "")
        sql = f"{select} {self.key} > ? ORDER BY {self.key} LIMIT ?"
        return journal.execute(sql, (key, limit)).fetchall()

    def hour(self, journal: apsw.Connection, *, device: str, hour_ms: int, up_to: int) -> list[Row]:
        """One device's rows of one hour, as far as they were delivered."""
        sql = (
            f"{self._select()} t.device = (SELECT id FROM device WHERE name = ?)"  # noqa: S608
            f" AND {self.time} >= ? AND {self.time} < ? AND {self.key} <= ?"
        )
        bindings = (device, hour_ms, hour_ms + HOUR_MS, up_to)
        return journal.execute(sql, bindings).fetchall()

    def behind(self, journal: apsw.Connection, *, key: int) -> int:
        """How many rows are beyond ``key``, at most: keys have holes."""
        newest = f"SELECT {self.key} FROM {self.table} t WHERE {self.only} ORDER BY 1 DESC LIMIT 1"  # noqa: S608
        found = journal.execute(newest).fetchone()
        return max(0, found[0] - key) if found else 0

    def totals(
        self, journal: apsw.Connection, *, total: str, from_ms: int, to_ms: int, up_to: int
    ) -> dict[tuple[str, int], int]:
        """(device, start of hour) to ``total`` (SQL) of its rows, of those that were delivered."""
        sql = (
            f"SELECT d.name, {self.time} / {HOUR_MS} * {HOUR_MS} AS hour, {total}"  # noqa: S608
            f" FROM device d CROSS JOIN {self.table} t ON t.device = d.id AND {self.only}"
            f" AND {self.time} >= ? AND {self.time} < ? AND {self.key} <= ?"
            f" WHERE d.name < '{GONE}' GROUP BY d.id, hour"
        )
        found = journal.execute(sql, (from_ms, to_ms, up_to))
        return {(device, hour_ms): sum_ for device, hour_ms, sum_ in found}


READINGS: Final = Stream(
    name="reading",
    table="reading",
    join="JOIN epoch e ON e.id = t.epoch",
    key="t.id",
    time="t.time_ms",
    columns="e.name, t.seq, t.body, t.truth",
    only="t.event IS NULL",
)
EVENTS: Final = Stream(
    name="event",
    table="reading",
    join="JOIN epoch e ON e.id = t.epoch",
    key="t.id",
    time="t.time_ms",
    columns="e.name, t.seq, t.event, t.body",
    only="t.event IS NOT NULL",
    index="event_by_id",
)
MINUTES: Final = Stream(
    name="minute", table="minute", key="t.revision", time="t.start_ms", columns="t.body"
)
DIAGNOSES: Final = Stream(
    name="diagnosis", table="diagnosis", key="t.id", time="t.time_ms", columns="t.body"
)
ALARMS: Final = Stream(
    name="alarm",
    table="alarm",
    key="t.revision",
    time="t.raised_ms",
    only="t.part_of IS NULL",
    columns=(
        "t.id, t.name, t.kind, t.severity, t.text, t.acknowledged_ms, t.acknowledged_by,"
        " t.cleared_ms, t.count, t.note, t.word_ms"
    ),
)
TRANSITIONS: Final = Stream(
    name="transition",
    table="transition",
    key="t.id",
    time="t.time_ms",
    columns="t.alarm, t.change, t.name, t.kind, t.severity, t.text, t.raised_ms, t.by",
)
ANOMALIES: Final = Stream(
    name="anomaly",
    table="anomaly",
    key="t.revision",
    time="t.start_ms",
    columns=(
        "t.id, t.method, t.name, t.channel, t.severity, t.text, t.score, t.threshold, t.end_ms,"
        " t.alarm, t.evidence"
    ),
)
STREAMS: Final = (READINGS, EVENTS, MINUTES, DIAGNOSES, ALARMS)
