"""One device's readings in, at most a few hundred buckets of least, mean and greatest out.

Buckets of a minute and more are added up from what the journal has summed up already, minutes or
the longest spans that fit: a year of one device is 365 rows then, not 157,000,000. Readings
themselves are read for shorter buckets, for the minutes cut by the range's ends, and for what is
newer than the newest minute that has been stored.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, Final, Literal

import apsw
import msgspec

from contract.assets.words import Asset, Counter
from contract.buckets import Interval
from contract.messages import Minute
from contract.site_time import SiteTime
from gateway.api.queries.chart import MOST_FROM_FILES, Chart, chart, kept
from gateway.api.queries.counters import Course, courses, stretches
from gateway.api.queries.cover import MINUTES
from gateway.api.queries.gathered import Band, Gathered, bands
from gateway.api.queries.known import NOTHING, Was
from gateway.api.queries.parts import READINGS, Parts
from gateway.api.queries.sections import Wanted, next_minute, sections
from gateway.api.queries.stored import Stored
from gateway.archive.shadow import reaching_back
from gateway.archive.stream import about_how_many
from gateway.journal.reader import MINUTE_MS
from gateway.twin.tiers import DAY, HOUR, QUARTER, SIX_HOURS

Source = Literal["readings", "minutes", "quarters", "hours", "days"]

_SOURCES: Final[dict[int, Source]] = {
    READINGS: "readings",
    MINUTES: "minutes",
    QUARTER: "quarters",
    HOUR: "hours",
    SIX_HOURS: "hours",  # added up already
    DAY: "days",
}


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


def history(
    connection: apsw.Connection,
    *,
    device_id: int,
    device: str,
    asset: Asset,
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
        asset=asset,
        chart=shown,
        channels=channels,
        counters=counters,
    )


def charted(
    connection: apsw.Connection,
    *,
    device_id: int,
    device: str,
    asset: Asset,
    chart: Chart,
    channels: Sequence[str],
    counters: Sequence[Counter] = (),
    was: Was = NOTHING,
    is_open: Minute | None = None,
) -> History:
    """The readings of a device in the buckets of a chart; ``was``: see ``Stored``.

    ``is_open``: its newest minute, which is not stored yet.
    """
    wanted = Wanted(device_id, *chart, asset, channels, was, is_open)
    span = (device_id, chart.from_ms, chart.to_ms)
    is_fine = chart.steps.length_ms < MINUTE_MS
    reads_files = is_fine and about_how_many(connection, *span) <= MOST_FROM_FILES
    with reaching_back(connection, *span) if reads_files else nullcontext():
        return _charted(connection, device, wanted, counters)


def _charted(
    connection: apsw.Connection, device: str, wanted: Wanted, counters: Sequence[Counter]
) -> History:
    steps = wanted.steps
    stored = Stored(connection, steps.site, by_minute=steps.by_minute, was=wanted.was)
    segments, summed = sections(connection, wanted, stored)
    found = Gathered(steps.at)
    Parts(connection, wanted, stored, found).gather(segments)
    buckets, parts = found.ordered()
    within = stretches(buckets, from_ms=wanted.from_ms, to_ms=wanted.to_ms)
    return History(
        device=device,
        from_ms=wanted.from_ms,
        to_ms=wanted.to_ms,
        bucket_ms=steps.length_ms,
        read_from=_SOURCES[max((segment.level for segment in segments), default=READINGS)],
        time_ms=[bucket.start_ms for bucket in buckets],
        count=[each.readings for each in parts],
        coverage=[
            _share(each.measured_ms, within=bucket, asked=wanted, summed=summed)
            for bucket, each in zip(buckets, parts, strict=True)
        ],
        channels=bands(wanted.channels, parts),
        counters=courses(connection, device_id=wanted.device_id, counters=counters, buckets=within),
    )


def _share(measured_ms: int, *, within: Interval, asked: Wanted, summed: Interval) -> float | None:
    """Of a bucket as far as it was asked for, also where it begins before the first reading."""
    if summed.start_ms >= summed.end_ms:
        return None
    from_ms = max(within.start_ms, next_minute(asked.from_ms))
    length_ms = min(within.end_ms, summed.end_ms) - from_ms
    return min(1.0, measured_ms / length_ms) if length_ms > 0 else None
