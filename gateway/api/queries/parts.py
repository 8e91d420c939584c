"""What is stored of a device in; parts of a chart, added to its buckets, out.

SQLite looks into the texts of readings and minutes, without the GIL. Longer sums are packed, and
those of a bucket are added up column by column: a year of hours takes a quarter of their texts'
time.
"""

import json
from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import apsw
import msgspec

from contract.messages import ChannelStats, Minute
from gateway.api.queries.cover import MINUTES, Segment
from gateway.api.queries.gathered import Gathered
from gateway.api.queries.sections import Wanted
from gateway.api.queries.stored import Stored
from gateway.journal.reader import MINUTE_MS
from gateway.twin.bands import NOT_MEASURED, Banded, Bands

READINGS: Final = 0  # the level below all

_STATS: Final = {"count": "sum", "low": "min", "total": "sum", "high": "max"}  # how each adds up
_AT_ONCE: Final = 1_440  # rows of sums

_minute: Final = msgspec.json.Decoder(Minute).decode


class Parts:
    """Of one chart: reads its segments, and adds what it finds to its buckets."""

    def __init__(
        self, connection: apsw.Connection, wanted: Wanted, stored: Stored, found: Gathered
    ) -> None:
        self._connection = connection
        self._wanted = wanted
        self._stored = stored
        self._found = found
        self._bands = Bands(wanted.asset, wanted.channels)
        # Days have their own lengths: of what is a minute or more each row stands for itself.
        self._every_ms = MINUTE_MS if wanted.steps.days else wanted.steps.length_ms

    def gather(self, segments: Sequence[Segment]) -> None:
        """All of the range: what lies between two segments from readings themselves."""
        is_open = self._wanted.taken()
        time_ms = self._wanted.from_ms
        end_ms = self._wanted.to_ms if is_open is None else is_open.start_ms
        for segment in [*segments, Segment(READINGS, end_ms, end_ms)]:
            self._add_readings(time_ms, segment.start_ms)
            if segment.level == MINUTES:
                self._add_minutes(segment)
            elif segment.level > MINUTES:
                self._add_tiers(segment)
            time_ms = segment.end_ms
        if is_open is not None:
            self._found.add(is_open.start_ms, self._bands.named(is_open))

    def _add_readings(self, from_ms: int, to_ms: int) -> None:
        names = self._wanted.channels
        self._add_rows(_readings_sql(len(names)), from_ms, to_ms, names)

    def _add_minutes(self, segment: Segment) -> None:
        names = [json.dumps(name, ensure_ascii=False) for name in self._wanted.channels]
        paths = [f"$.channels.{name}.{part}" for name in names for part in _STATS]
        self._add_rows(_minutes_sql(len(names)), segment.start_ms, segment.end_ms, paths)

    def _add_rows(self, sql: str, from_ms: int, to_ms: int, wants: Sequence[str]) -> None:
        if from_ms >= to_ms:
            return
        bindings = (self._every_ms, self._wanted.device_id, from_ms, to_ms, *wants)
        for time_ms, count, measured_ms, *cells in self._connection.execute(sql, bindings):
            self._found.add(time_ms, Banded(count, measured_ms, _stats(cells)))

    def _add_tiers(self, segment: Segment) -> None:
        rows = self._stored.tiers(self._wanted.device_id, segment, self._bands.program)
        while some := list(islice(rows, _AT_ONCE)):
            starts_ms, sums, measured_ms = zip(*some, strict=True)
            if str in set(map(type, sums)):
                self._add_some(starts_ms, sums, measured_ms)
            else:
                self._add_packed(starts_ms, sums, measured_ms)

    def _add_packed(
        self, starts_ms: Sequence[int], sums: Sequence[bytes], measured_ms: Sequence[int]
    ) -> None:
        """All of a bucket together."""
        first = 0
        while first < len(starts_ms):
            start_ms = starts_ms[first]
            behind = bisect_left(starts_ms, self._found.bucket(start_ms).end_ms, first)
            part = self._bands.packed(sums[first:behind], sum(measured_ms[first:behind]))
            self._found.add(start_ms, part)
            first = behind

    def _add_some(
        self, starts_ms: Sequence[int], sums: Sequence[bytes | str], measured_ms: Sequence[int]
    ) -> None:
        """Some of which the type's own program has not written: one after the other."""
        for start_ms, row, ms in zip(starts_ms, sums, measured_ms, strict=True):
            if isinstance(row, bytes):
                self._found.add(start_ms, self._bands.packed([row], ms))
            else:
                self._found.add(start_ms, self._bands.named(_minute(row)))


def _stats(cells: Sequence[Any]) -> list[ChannelStats]:
    """``_STATS`` of each channel."""
    width = len(_STATS)
    return [
        ChannelStats(*cells[at : at + width]) if cells[at] else NOT_MEASURED
        for at in range(0, len(cells), width)
    ]


def _readings_sql(width: int) -> str:
    """(a time of a bucket, count, measured ms, then ``_STATS`` of each channel).

    Bindings: bucket length, device, from, to, then the channels' names. These stand last as
    numbered bindings, so that each is looked up once a row: SQLite keeps the body it has parsed
    for the row's other channels.
    """
    values = "".join(f", body ->> ?{5 + at} AS v{at}" for at in range(width))
    cells = "".join(f", count(v{at}), min(v{at}), sum(v{at}), max(v{at})" for at in range(width))
    return (
        f"SELECT bucket * ?1, count(*), 0{cells} FROM ("  # noqa: S608 - numbers only
        f"SELECT time_ms / ?1 AS bucket{values} FROM reading"
        " WHERE event IS NULL AND device = ?2 AND time_ms >= ?3 AND time_ms < ?4 LIMIT -1)"
        " GROUP BY bucket"
    )


def _minutes_sql(width: int) -> str:
    """The same of minutes; behind the first four bindings the paths of all ``_STATS``."""
    cells = "".join(
        f", {added}(body ->> ?{5 + len(_STATS) * at + place})"
        for at in range(width)
        for place, added in enumerate(_STATS.values())
    )
    return (
        "SELECT start_ms / ?1 * ?1 AS bucket, sum(body ->> 'count'),"  # noqa: S608 - numbers only
        f" sum(coalesce(body ->> 'measured_ms', 0)){cells} FROM minute"
        " WHERE device = ?2 AND start_ms >= ?3 AND start_ms < ?4 GROUP BY bucket"
    )
