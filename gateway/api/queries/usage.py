"""Minutes in, the energy of each bucket of the site's time out."""

from collections import defaultdict
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
from gateway.registry.tariffs import Tariff
from gateway.twin import kpi
from gateway.twin.kpi import Factors

_SUMS: Final = (
    "total(energy_j), sum(measured_ms) FROM (SELECT start_ms,"
    " body ->> 'energy_j' AS energy_j, body ->> 'measured_ms' AS measured_ms FROM minute"
    " WHERE device = ?1 AND start_ms >= ?2 AND start_ms < ?3 LIMIT -1)"
)
_OF_EACH: Final = f"SELECT start_ms, {_SUMS} GROUP BY start_ms"
_OF_ALL: Final = f"SELECT {_SUMS}"
_FIRST: Final = (
    "SELECT min(start_ms) FROM minute WHERE device = ?1 AND start_ms >= ?2 AND start_ms < ?3"
)


class Meter(msgspec.Struct, frozen=True):
    """A device whose usage is asked for, what it pays, and the minute not in the journal yet."""

    device_id: int
    device: str
    open_minute: Minute | None
    tariff: Tariff
    has_energy: bool = True  # whether anything that its type has tells energy


class Usage(msgspec.Struct):
    """What one device used in one bucket, and what that cost when it did."""

    energy_j: float = 0.0
    measured_ms: int = 0
    co2_g: float = 0.0
    cost: float = 0.0

    def add(self, other: "Usage", factors: Factors) -> None:
        """More of the same bucket, of a time at which a kWh cost ``factors``."""
        energy_wh = kpi.watt_hours(other.energy_j)
        self.energy_j += other.energy_j
        self.measured_ms += other.measured_ms
        self.co2_g += kpi.co2_grams(energy_wh, factors.co2_kg_per_kwh)
        self.cost += kpi.money(energy_wh, factors.price_per_kwh)


@dataclass(frozen=True)
class Range:
    """Whole minutes of UTC, and the buckets they are put together into."""

    from_ms: int
    to_ms: int
    buckets: SiteBuckets

    @cached_property
    def bucket_at(self) -> BucketAt:
        return self.buckets.within(Interval(self.from_ms, self.to_ms))

    @property
    def whole(self) -> Interval:
        return Interval(self.from_ms, self.to_ms)

    def since(self, time_ms: int) -> "Range":
        """The same, without what lies before ``time_ms``, a whole minute."""
        return Range(min(max(self.from_ms, time_ms), self.to_ms), self.to_ms, self.buckets)

    def within(self, bucket: Interval, *, now_ms: int) -> Interval:
        """What of the bucket lies in the range and has passed."""
        start_ms = max(bucket.start_ms, self.from_ms)
        return Interval(start_ms, max(start_ms, min(bucket.end_ms, self.to_ms, now_ms)))

    def elapsed_ms(self, bucket: Interval, *, now_ms: int) -> int:
        start_ms, end_ms = self.within(bucket, now_ms=now_ms)
        return end_ms - start_ms

    def elapsed_total_ms(self, *, now_ms: int) -> int:
        return max(0, min(self.to_ms, now_ms) - self.from_ms)


def whole_minutes(from_ms: int, to_ms: int) -> Interval:
    """KPIs are kept by the minute, so a range is widened to those it touches."""
    end_ms = min(-(-to_ms // MINUTE_MS) * MINUTE_MS, LATEST_MS)
    return Interval(min(from_ms // MINUTE_MS * MINUTE_MS, end_ms), end_ms)


def usage(connection: apsw.Connection, meter: Meter, span: Range) -> dict[Interval, Usage]:
    """Usage of the buckets in which anything was read."""
    found: defaultdict[Interval, Usage] = defaultdict(Usage)
    factors, ends_ms = meter.tariff.at(span.from_ms), meter.tariff.ends_ms(span.from_ms)
    for start_ms, used in _pieces(connection, meter, span):
        if start_ms >= ends_ms:
            factors, ends_ms = meter.tariff.at(start_ms), meter.tariff.ends_ms(start_ms)
        found[span.bucket_at(start_ms)].add(used, factors)
    return dict(found)


def _pieces(connection: apsw.Connection, meter: Meter, span: Range) -> Iterator[tuple[int, Usage]]:
    """Usage with the start of its first minute, over time of one bucket and of one tariff."""
    until_ms = span.to_ms
    minute = meter.open_minute
    if minute is not None:  # nothing is newer; a stored minute at its place is an older state of it
        until_ms = min(until_ms, minute.start_ms)
    read = _each_minute if span.buckets.kind == "minute" else _each_piece
    yield from read(connection, meter, span, until_ms)
    if minute is not None and span.from_ms <= minute.start_ms < span.to_ms:
        yield minute.start_ms, Usage(minute.energy_j or 0.0, minute.measured_ms)


def _each_minute(
    connection: apsw.Connection, meter: Meter, span: Range, until_ms: int
) -> Iterator[tuple[int, Usage]]:
    rows = connection.execute(_OF_EACH, (meter.device_id, span.from_ms, until_ms))
    for start_ms, *sums in rows:
        yield start_ms, Usage(*sums)


def _each_piece(
    connection: apsw.Connection, meter: Meter, span: Range, until_ms: int
) -> Iterator[tuple[int, Usage]]:
    """From one minute that was measured to the end of its bucket or tariff, to the next one."""
    time_ms = span.from_ms
    while True:
        first_ms = connection.execute(_FIRST, (meter.device_id, time_ms, until_ms)).get
        if first_ms is None:
            return
        ends_ms = (span.bucket_at(first_ms).end_ms, meter.tariff.ends_ms(first_ms), until_ms)
        time_ms = min(ends_ms)
        sums = connection.execute(_OF_ALL, (meter.device_id, first_ms, time_ms)).get
        yield first_ms, Usage(*sums)
