"""Minutes in, the energy of each bucket of the site's time out."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Protocol

import msgspec

from contract.buckets import BucketAt, Interval
from contract.messages import Minute
from contract.site_time import LATEST_MS, SiteTime
from gateway.api.queries.counting import ALL, Counting
from gateway.api.queries.stored import Stored, by_run, runs_within
from gateway.journal.reader import MINUTE_MS
from gateway.registry.tariffs import Tariff
from gateway.twin import kpi
from gateway.twin.kpi import Factors

_TIMES_KEPT: Final = 10_000


class Meter(msgspec.Struct, frozen=True):
    """A device whose usage is asked for, what it pays, and the minute not in the journal yet."""

    device_id: int
    device: str
    open_minute: Minute | None
    tariff: Tariff
    has_energy: bool = True  # whether anything that its type has tells energy
    counting: Counting = ALL


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


class Buckets(Protocol):
    """How a range is cut."""

    @property
    def site(self) -> SiteTime: ...

    @property
    def by_minute(self) -> bool:
        """Whether every minute must be looked at for itself."""

    def within(self, span: Interval, /) -> BucketAt:
        """A time of ``span`` -> its bucket, which may begin before and end behind the span."""

    def columns(self, buckets: Sequence[Interval]) -> dict[str, Any]:
        """What an answer says of its buckets before it says what was measured in them."""


@dataclass(frozen=True)
class Range:
    """Whole minutes of UTC, and the buckets they are put together into."""

    from_ms: int
    to_ms: int
    buckets: Buckets

    @cached_property
    def bucket_at(self) -> BucketAt:
        # Machines that are read alike ask about the same times.
        return lru_cache(_TIMES_KEPT)(self.buckets.within(Interval(self.from_ms, self.to_ms)))

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


def whole_minutes(from_ms: int, to_ms: int) -> Interval:
    """KPIs are kept by the minute, so a range is widened to those it touches."""
    end_ms = min(-(-to_ms // MINUTE_MS) * MINUTE_MS, LATEST_MS)
    return Interval(min(from_ms // MINUTE_MS * MINUTE_MS, end_ms), end_ms)


class Runs:
    """Where a range is cut, by bucket and by tariff; what is the same for many, once."""

    def __init__(self, span: Range) -> None:
        self._span = span
        self.of = lru_cache(maxsize=None)(self._of)

    def _of(self, turns: tuple[int, ...], from_ms: int, to_ms: int) -> list[Interval]:
        def ends_ms(time_ms: int) -> int:
            place = bisect_right(turns, time_ms)
            end_ms = min([self._span.bucket_at(time_ms).end_ms, *turns[place : place + 1]])
            return -(-end_ms // MINUTE_MS) * MINUTE_MS

        return runs_within(from_ms, to_ms, ends_ms)


def usage(stored: Stored, meter: Meter, span: Range, runs: Runs) -> dict[Interval, Usage]:
    """Usage of the buckets in which anything was read; ``runs`` are those of the span."""
    found: defaultdict[Interval, Usage] = defaultdict(Usage)
    for start_ms, used in _pieces(stored, meter, span, runs):
        found[span.bucket_at(start_ms)].add(used, meter.tariff.at(start_ms))
    return dict(found)


def _pieces(stored: Stored, meter: Meter, span: Range, runs: Runs) -> Iterator[tuple[int, Usage]]:
    """Usage of each time of one bucket and one tariff, with the start of something in it."""
    minute = meter.open_minute
    if stored.oldest_ms is not None:
        from_ms = max(span.from_ms, stored.oldest_ms)
        to_ms = min(span.to_ms, stored.until_ms(meter.device_id, minute))
        cut = meter.counting.cut(runs.of(meter.tariff.turns, from_ms, to_ms))
        for segment in stored.segments(meter.device_id, None, cut):
            for _, rows in by_run(stored.energies(meter.device_id, segment), cut):
                yield rows[0][0], _together(rows)
    if minute is None or not meter.counting.has(minute.start_ms):
        return
    if span.from_ms <= minute.start_ms < span.to_ms:
        yield minute.start_ms, Usage(minute.energy_j or 0.0, minute.measured_ms)


def _together(rows: Sequence[tuple[int, float | None, int]]) -> Usage:
    return Usage(sum(row[1] or 0.0 for row in rows), sum(row[2] for row in rows))
