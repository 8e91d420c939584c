"""One device's readings in, at most a few hundred buckets of least, mean and greatest out.

Buckets of a minute and more are added up from what the journal has summed up already, minutes or
the longest spans that fit: a year of one device is 365 rows then, not 157,000,000. Readings
themselves are read for shorter buckets, for the minutes cut by the range's ends, and for what is
newer than the newest minute that has been stored.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple

import apsw
import msgspec

from contract.assets.words import Counter
from contract.buckets import DAY_MS, Interval, tile
from contract.messages import Minute
from contract.site_time import SiteTime
from gateway.api.queries.counters import Course, courses, stretches
from gateway.api.queries.cover import MINUTES, Segment
from gateway.api.queries.known import NOTHING, Was
from gateway.api.queries.stored import Stored
from gateway.api.steps import Steps, step_ms
from gateway.archive.shadow import reaching_back
from gateway.archive.stream import about_how_many
from gateway.journal.reader import MINUTE_MS
from gateway.twin.tiers import DAY, HOUR, HOUR_MS, QUARTER, QUARTER_MS

MOST_FROM_FILES: Final = 500_000  # readings for one answer: some 3 s

Source = Literal["readings", "minutes", "quarters", "hours", "days"]

_READINGS: Final = 0  # the level below all
_STATS: Final = {"count": "sum", "total": "sum", "low": "min", "high": "max"}  # how each adds up
_SOURCES: Final[dict[int, Source]] = {
    _READINGS: "readings",
    MINUTES: "minutes",
    QUARTER: "quarters",
    HOUR: "hours",
    DAY: "days",
}
_OLDEST: Final = (
    "SELECT (SELECT min(time_ms) FROM reading WHERE device = ?1 AND event IS NULL),"
    " (SELECT min(start_ms) FROM minute WHERE device = ?1),"
    " (SELECT min(start_ms) FROM tier WHERE device = ?1 AND level = ?2),"
    " min(first_ms), max(rows + events) FROM archive"
    " WHERE device = ?1 AND state IN ('written', 'kept')"
)
_NEWEST: Final = (
    "SELECT start_ms FROM minute WHERE device = ? AND start_ms <= ? ORDER BY start_ms DESC LIMIT 1"
)


class Band(msgspec.Struct):
    """Least, mean and greatest of one channel, bucket by bucket; None where it was not measured."""

    min: list[float | None]
    mean: list[float | None]
    max: list[float | None]


class History(msgspec.Struct):
    """Buckets in order of time, empty ones left out. ``time_ms`` is where each begins.

    ``read_from`` is the longest that any of it was added up from. ``coverage`` is the share of a
    bucket that was measured, None where its readings were not summed up.
    """

    device: str
    from_ms: int
    to_ms: int
    bucket_ms: int
    read_from: Source
    time_ms: list[int]
    count: list[int]
    coverage: list[float | None]
    channels: dict[str, Band]
    counters: dict[str, Course]
    kpis: dict[str, Any] = {}  # columns of each, which others work out
    as_of: dict[str, Any] | None = None  # what was known when, where somebody asks so


class _Wanted(NamedTuple):
    device_id: int
    from_ms: int
    to_ms: int
    steps: Steps
    channels: Sequence[str]
    was: Was
    is_open: Minute | None

    def taken(self) -> Minute | None:
        """The minute that is not stored yet, where all of it is asked for.

        Of a machine that fell silent it stays so, however long ago that was.
        """
        is_open = self.is_open
        if is_open is None or self.steps.length_ms < MINUTE_MS:
            return None
        is_within = self.from_ms <= is_open.start_ms <= self.to_ms - MINUTE_MS
        return is_open if is_within else None


class _Sums:
    """A bucket of all channels as it is added up."""

    __slots__ = ("bands", "count", "measured_ms")

    def __init__(self, width: int) -> None:
        self.count = 0
        self.measured_ms = 0
        self.bands = [[0, 0.0, float("inf"), float("-inf")] for _ in range(width)]

    def add(self, count: int, measured_ms: int, cells: Sequence[Any]) -> None:
        self.count += count
        self.measured_ms += measured_ms
        for at, band in enumerate(self.bands):
            number, total, low, high = cells[4 * at : 4 * at + 4]
            if number:
                band[0] += number
                band[1] += total
                band[2] = min(band[2], low)
                band[3] = max(band[3], high)


class Kept(NamedTuple):
    """Since when there is anything of a device, in what was measured and in its sums.

    ``files_ms`` is of what is in files, ``most_a_day`` how many items these have at most.
    """

    readings_ms: int | None
    minutes_ms: int | None
    quarters_ms: int | None
    files_ms: int | None = None
    most_a_day: int | None = None

    @property
    def oldest_ms(self) -> int:
        """0 where there is nothing."""
        return min((since_ms for since_ms in self[:-1] if since_ms is not None), default=0)

    def is_in_files(self, from_ms: int, to_ms: int) -> bool:
        """Whether readings of all of a range are there, so many that files can be read for it."""
        if self.files_ms is None or self.files_ms > from_ms:
            return False
        return (to_ms - from_ms) * (self.most_a_day or 0) <= MOST_FROM_FILES * DAY_MS

    def finest_ms(self, from_ms: int) -> int:
        """How long the shortest buckets are that can be told from a time on."""
        has_minutes = _are_all(self.minutes_ms, self.quarters_ms, QUARTER_MS)
        has_readings = has_minutes and _are_all(self.readings_ms, self.minutes_ms, MINUTE_MS)
        if has_readings or _reaches(self.readings_ms, from_ms, MINUTE_MS):
            return 1
        if has_minutes or _reaches(self.minutes_ms, from_ms, QUARTER_MS):
            return MINUTE_MS
        return QUARTER_MS


def _are_all(since_ms: int | None, sums_ms: int | None, unit_ms: int) -> bool:
    """Whether nothing older is in sums of such a unit: none was forgotten yet."""
    return sums_ms is None or _reaches(since_ms, sums_ms, unit_ms)


def _reaches(since_ms: int | None, from_ms: int, unit_ms: int) -> bool:
    """What is summed up begins with the unit in which the first of it lies."""
    return since_ms is not None and since_ms - since_ms % unit_ms <= from_ms


def kept(connection: apsw.Connection, device_id: int) -> Kept:
    found: Any = connection.execute(_OLDEST, (device_id, QUARTER)).fetchone()
    return Kept(*found)


class Chart(NamedTuple):
    """A range and its buckets."""

    from_ms: int
    to_ms: int
    steps: Steps


def chart(
    of: Sequence[Kept], *, from_ms: int, to_ms: int, points: int, site: SiteTime, least_ms: int = 1
) -> Chart:
    """The buckets in which devices of which so much is kept can be shown together.

    They are as long as the part of the range needs that lies after the oldest reading: who asks
    for all since 1970 gets more than one. Where nothing is left but sums, or ``least_ms`` asks for
    it, the range is widened to those that it touches.
    """
    since_ms = min((each.oldest_ms for each in of if each.oldest_ms), default=0)
    oldest_ms = min(to_ms, max(from_ms, since_ms))
    finest_ms = max([least_ms, *(each.finest_ms(max(from_ms, each.oldest_ms)) for each in of)])
    if finest_ms > 1 == least_ms and all(each.is_in_files(from_ms, to_ms) for each in of):
        length_ms = step_ms(from_ms=oldest_ms, to_ms=to_ms, points=points)
        if length_ms < MINUTE_MS:  # out of readings alone
            return Chart(from_ms, to_ms, Steps(length_ms, site))
    from_ms, to_ms = from_ms - from_ms % finest_ms, -(-to_ms // finest_ms) * finest_ms
    oldest_ms -= oldest_ms % finest_ms
    length_ms = step_ms(from_ms=oldest_ms, to_ms=to_ms, points=points, least_ms=finest_ms)
    return Chart(from_ms, to_ms, Steps(length_ms, site))


def history(
    connection: apsw.Connection,
    *,
    device_id: int,
    device: str,
    from_ms: int,
    to_ms: int,
    points: int,
    site: SiteTime,
    channels: Sequence[str],
    counters: Sequence[Counter] = (),
) -> History:
    """A device's readings with ``from_ms <= time_ms < to_ms``, in at most ``points`` buckets."""
    of = [kept(connection, device_id)]
    shown = chart(of, from_ms=from_ms, to_ms=to_ms, points=points, site=site)
    return charted(
        connection,
        device_id=device_id,
        device=device,
        chart=shown,
        channels=channels,
        counters=counters,
    )


def charted(
    connection: apsw.Connection,
    *,
    device_id: int,
    device: str,
    chart: Chart,
    channels: Sequence[str],
    counters: Sequence[Counter] = (),
    was: Was = NOTHING,
    is_open: Minute | None = None,
) -> History:
    """The readings of a device in the buckets of a chart; ``was``: see ``Stored``.

    ``is_open``: its newest minute, which is not stored yet.
    """
    span = (device_id, chart.from_ms, chart.to_ms)
    is_fine = chart.steps.length_ms < MINUTE_MS
    reads_files = is_fine and about_how_many(connection, *span) <= MOST_FROM_FILES
    with reaching_back(connection, *span) if reads_files else nullcontext():
        return _charted(
            connection,
            device_id,
            device,
            chart,
            channels=channels,
            counters=counters,
            was=was,
            is_open=is_open,
        )


def _charted(
    connection: apsw.Connection,
    device_id: int,
    device: str,
    chart: Chart,
    *,
    channels: Sequence[str],
    counters: Sequence[Counter],
    was: Was,
    is_open: Minute | None,
) -> History:
    from_ms, to_ms, steps = chart
    sums: dict[int, _Sums] = {}
    wanted = _Wanted(device_id, from_ms, to_ms, steps, channels, was, is_open)
    segments, summed = _segments(connection, wanted)
    for start_ms, count, measured_ms, *cells in _parts(connection, wanted, segments):
        bucket_ms = steps.at(start_ms).start_ms
        sums.setdefault(bucket_ms, _Sums(len(channels))).add(count, measured_ms, cells)
    ordered = sorted(sums.items())
    buckets = [steps.at(start_ms) for start_ms, _ in ordered]
    return History(
        device=device,
        from_ms=from_ms,
        to_ms=to_ms,
        bucket_ms=steps.length_ms,
        read_from=_SOURCES[max((segment.level for segment in segments), default=_READINGS)],
        time_ms=[bucket.start_ms for bucket in buckets],
        count=[total.count for _, total in ordered],
        coverage=[
            _share(total.measured_ms, within=bucket, asked=wanted, summed=summed)
            for bucket, (_, total) in zip(buckets, ordered, strict=True)
        ],
        channels={
            name: _band([total.bands[at] for _, total in ordered])
            for at, name in enumerate(channels)
        },
        counters=courses(
            connection,
            device_id=device_id,
            counters=counters,
            buckets=stretches(buckets, from_ms=from_ms, to_ms=to_ms),
        ),
    )


def _share(measured_ms: int, *, within: Interval, asked: _Wanted, summed: Interval) -> float | None:
    """Of a bucket as far as it was asked for, also where it begins before the first reading."""
    if summed.start_ms >= summed.end_ms:
        return None
    from_ms = max(within.start_ms, _next_minute(asked.from_ms))
    length_ms = min(within.end_ms, summed.end_ms) - from_ms
    return min(1.0, measured_ms / length_ms) if length_ms > 0 else None


def _next_minute(time_ms: int) -> int:
    return -(-time_ms // MINUTE_MS) * MINUTE_MS


def _band(sums: Iterable[list[Any]]) -> Band:
    band = Band([], [], [])
    for number, total, low, high in sums:
        band.min.append(low if number else None)
        band.mean.append(total / number if number else None)
        band.max.append(high if number else None)
    return band


def _segments(connection: apsw.Connection, wanted: _Wanted) -> tuple[list[Segment], Interval]:
    """What is read from sums, and all the time of which it is known how much was measured."""
    steps = wanted.steps
    stored = Stored(connection, steps.site, by_minute=steps.by_minute, was=wanted.was)
    told = _whole_minutes(connection, wanted, stored)
    summed = told if wanted.is_open is None else _before(told, wanted.is_open.start_ms)
    if wanted.taken() is None:
        told = summed
    if not steps.by_minute and not steps.days:  # whole hours or quarters: none lies in two buckets
        levels = (HOUR, QUARTER) if steps.length_ms % HOUR_MS == 0 else (QUARTER,)
        return stored.segments(wanted.device_id, None, [summed], levels), told
    runs = [
        Interval(max(bucket.start_ms, summed.start_ms), min(bucket.end_ms, summed.end_ms))
        for bucket in tile(steps.at, summed)
    ]
    return stored.segments(wanted.device_id, None, runs), told


def _before(span: Interval, time_ms: int) -> Interval:
    return Interval(min(span.start_ms, time_ms), min(span.end_ms, time_ms))


def _whole_minutes(connection: apsw.Connection, wanted: _Wanted, stored: Stored) -> Interval:
    """The part of the range that sums tell of: nothing newer than the newest minute."""
    nothing = Interval(wanted.to_ms, wanted.to_ms)
    if wanted.steps.length_ms < MINUTE_MS or stored.oldest_ms is None:
        return nothing
    last_ms = wanted.to_ms - wanted.to_ms % MINUTE_MS
    newest: Any = connection.execute(_NEWEST, (wanted.device_id, last_ms - MINUTE_MS)).get
    newest_ms = 0 if newest is None else newest + MINUTE_MS
    if (is_open := wanted.taken()) is not None:
        newest_ms = is_open.start_ms + MINUTE_MS
    end_ms = max(newest_ms, min(last_ms, stored.summed_until_ms))
    first_ms = max(_next_minute(wanted.from_ms), stored.oldest_ms)
    return Interval(first_ms, end_ms) if first_ms < end_ms else nothing


def _parts(
    connection: apsw.Connection, wanted: _Wanted, segments: Sequence[Segment]
) -> Iterator[tuple[Any, ...]]:
    """(a time of a bucket, count, measured ms, then number, total, low, high of each channel)."""
    width, time_ms = len(wanted.channels), wanted.from_ms
    # Days have their own lengths: of what is a minute or more each row stands for itself.
    every_ms = MINUTE_MS if wanted.steps.days else wanted.steps.length_ms
    names = (json.dumps(name, ensure_ascii=False) for name in wanted.channels)
    paths = [f"$.channels.{name}.{part}" for name in names for part in _STATS]
    is_open = wanted.taken()
    end_ms = wanted.to_ms if is_open is None else is_open.start_ms
    for segment in [*segments, Segment(_READINGS, end_ms, end_ms)]:
        for sql, since_ms, until_ms, wants in (
            (_readings_sql(width), time_ms, segment.start_ms, wanted.channels),
            (_sums_sql(width, segment.level), segment.start_ms, segment.end_ms, paths),
        ):
            if since_ms < until_ms:
                bindings = (every_ms, wanted.device_id, since_ms, until_ms, *wants)
                yield from connection.execute(sql, bindings)
        time_ms = segment.end_ms
    if is_open is not None:
        cells = [cell for name in wanted.channels for cell in _cells(is_open, name)]
        yield is_open.start_ms, is_open.count, is_open.measured_ms, *cells


def _cells(minute: Minute, channel: str) -> tuple[float | None, ...]:
    stats = minute.channels.get(channel)
    return (0, None, None, None) if stats is None else attrgetter(*_STATS)(stats)


def _readings_sql(width: int) -> str:
    """Bindings: bucket length, device, from, to, then the channels' names.

    The names stand last as numbered bindings, so that each is looked up once a row: SQLite keeps
    the body it has parsed for the row's other channels.
    """
    values = "".join(f", body ->> ?{5 + at} AS v{at}" for at in range(width))
    cells = "".join(f", count(v{at}), sum(v{at}), min(v{at}), max(v{at})" for at in range(width))
    return (
        f"SELECT bucket * ?1, count(*), 0{cells} FROM ("  # noqa: S608 - numbers only
        f"SELECT time_ms / ?1 AS bucket{values} FROM reading"
        " WHERE event IS NULL AND device = ?2 AND time_ms >= ?3 AND time_ms < ?4 LIMIT -1)"
        " GROUP BY bucket"
    )


def _sums_sql(width: int, level: int) -> str:
    """The same over sums; behind the first four bindings the paths of each channel's ``_STATS``."""
    cells = "".join(
        f", {added}(body ->> ?{5 + len(_STATS) * at + place})"
        for at in range(width)
        for place, added in enumerate(_STATS.values())
    )
    source = "minute WHERE" if level == MINUTES else f"tier WHERE level = {level} AND"
    return (
        "SELECT start_ms / ?1 * ?1 AS bucket, sum(body ->> 'count'),"  # noqa: S608 - numbers only
        f" sum(coalesce(body ->> 'measured_ms', 0)){cells} FROM {source}"
        " device = ?2 AND start_ms >= ?3 AND start_ms < ?4 GROUP BY bucket"
    )
