"""Minutes in, energy and running time of each bucket of the site's time out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import apsw
import msgspec

from contract.buckets import BucketAt, Interval
from contract.messages import Minute
from contract.site_time import LATEST_MS
from gateway.api.site_buckets import SiteBuckets
from gateway.journal.reader import MINUTE_MS

_SUMS: Final = (
    "sum(energy_j), sum(measured_ms), sum(running_ms) FROM (SELECT start_ms,"
    " body ->> 'energy_j' AS energy_j, body ->> 'measured_ms' AS measured_ms,"
    " body ->> 'running_ms' AS running_ms FROM minute"
    " WHERE device = ?1 AND start_ms >= ?2 AND start_ms < ?3 LIMIT -1)"
)
_OF_EACH: Final = f"SELECT start_ms, {_SUMS} GROUP BY start_ms"
_OF_ALL: Final = f"SELECT {_SUMS}"
_FIRST: Final = (
    "SELECT min(start_ms) FROM minute WHERE device = ?1 AND start_ms >= ?2 AND start_ms < ?3"
)


class Meter(msgspec.Struct, frozen=True):
    """A device whose usage is asked for, with the minute that is not in the journal yet."""

    device_id: int
    device: str
    open_minute: Minute | None


class Usage(msgspec.Struct):
    """What one device did in one bucket."""

    energy_j: float = 0.0
    measured_ms: int = 0
    running_ms: int = 0


@dataclass(frozen=True)
class Range:
    """Whole minutes of UTC, and the buckets they are put together into."""

    from_ms: int
    to_ms: int
    buckets: SiteBuckets

    @cached_property
    def bucket_at(self) -> BucketAt:
        return self.buckets.within(Interval(self.from_ms, self.to_ms))

    def elapsed_ms(self, bucket: Interval, *, now_ms: int) -> int:
        """How much of the bucket lies in the range and has passed."""
        return max(0, min(bucket.end_ms, self.to_ms, now_ms) - max(bucket.start_ms, self.from_ms))

    def elapsed_total_ms(self, *, now_ms: int) -> int:
        return max(0, min(self.to_ms, now_ms) - self.from_ms)


def whole_minutes(from_ms: int, to_ms: int) -> Interval:
    """KPIs are kept by the minute, so a range is widened to those it touches."""
    end_ms = min(-(-to_ms // MINUTE_MS) * MINUTE_MS, LATEST_MS)
    return Interval(min(from_ms // MINUTE_MS * MINUTE_MS, end_ms), end_ms)


def usage(connection: apsw.Connection, meter: Meter, span: Range) -> dict[Interval, Usage]:
    """Usage of the buckets in which anything was read."""
    until_ms = span.to_ms
    minute = meter.open_minute
    if minute is not None:  # nothing is newer; a stored minute at its place is an older state of it
        until_ms = min(until_ms, minute.start_ms)
    read = _each_minute if span.buckets.kind == "minute" else _each_bucket
    found = dict(read(connection, meter.device_id, span, until_ms))
    if minute is not None and span.from_ms <= minute.start_ms < span.to_ms:
        bucket = found.setdefault(span.bucket_at(minute.start_ms), Usage())
        bucket.energy_j += minute.energy_j
        bucket.measured_ms += minute.measured_ms
        bucket.running_ms += minute.running_ms
    return found


def _each_minute(
    connection: apsw.Connection, device_id: int, span: Range, until_ms: int
) -> Iterator[tuple[Interval, Usage]]:
    rows = connection.execute(_OF_EACH, (device_id, span.from_ms, until_ms))
    for start_ms, *sums in rows:
        yield span.bucket_at(start_ms), Usage(*sums)


def _each_bucket(
    connection: apsw.Connection, device_id: int, span: Range, until_ms: int
) -> Iterator[tuple[Interval, Usage]]:
    """From one minute that was measured to the bucket around it, to the next one behind that."""
    time_ms = span.from_ms
    while True:
        first_ms = connection.execute(_FIRST, (device_id, time_ms, until_ms)).get
        if first_ms is None:
            return
        bucket = span.bucket_at(first_ms)
        time_ms = min(bucket.end_ms, until_ms)
        sums = connection.execute(_OF_ALL, (device_id, first_ms, time_ms)).get
        yield bucket, Usage(*sums)
