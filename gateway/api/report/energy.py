"""What machines of a period used, what that cost, and how much of it was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from contract.buckets import Interval, of_clock, tile
from contract.errors import Refused
from gateway.api import comparison
from gateway.api.context import Context
from gateway.api.courses import Courses
from gateway.api.energy import Rates, UsageByBucket
from gateway.api.meters import Meters
from gateway.api.queries import usage
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, whole_minutes
from gateway.api.report.period import Period
from gateway.api.site_buckets import SiteBuckets
from gateway.twin.fleet import Device
from gateway.twin.kpi import coverage

_WORDS = comparison.Words("this period", "the period before")
_LOADS = ("peak", "base", "mean_w", "quarters", "coverage", "reason")

Used = Mapping[str, UsageByBucket]


class Energy:
    """One question, as far as it can be answered on the event loop."""

    def __init__(self, devices: Sequence[Device], period: Period, context: Context) -> None:
        buckets = SiteBuckets(period.bucket, context.services.settings.site_time)
        self._period = period
        self._span, self._before = (
            Range(*whole_minutes(*part), buckets) for part in (period.span, period.before)
        )
        self._sides = [
            (span, list(map(Meters(span, context).of, devices)))
            for span in (self._span, self._before)
        ]
        self._rates = Rates(
            context.services.registrar.tariffs,
            now_ms=context.services.now_ms(),
            counting={meter.device: meter.counting for _, its in self._sides for meter in its},
        )
        self._buckets = list(tile(of_clock(buckets.site, period.bucket), period.so_far))
        self._courses, self._no_power = _courses(devices, period, context)

    def told(self, stored: Stored) -> dict[str, Any]:
        """On a reader's thread: ``energy`` of the machines together, and ``machines`` each."""
        (span, meters), (before, its_before) = self._sides
        measured = _used(stored, meters, span)
        used = _telling(measured, meters)
        this = self._rates.totals(used, span)
        last = self._rates.totals(_telling(_used(stored, its_before, before), its_before), before)
        return {
            "measured": self._rates.totals(measured, span)["coverage"],
            "energy": {
                "totals": this,
                "before": _ends(self._period.before) | last,
                "change": comparison.change_between(this, last, _WORDS),
                "buckets": self._over_time(used),
                "power": self._power(stored),
                "factors": self._rates.factors(span),
                "untold": [name for name, its in used.items() if its is None],
            },
            "machines": {
                name: self._machine(name, measured[name], tells=used[name] is not None)
                for name in measured
            },
        }

    def _over_time(self, used: Mapping[str, UsageByBucket | None]) -> dict[str, Any]:
        rows = [
            self._rates.totals(_only(used, bucket), self._span, bucket) for bucket in self._buckets
        ]
        names = (*comparison.MEASURES, "coverage")
        columns = {name: [row[name] for row in rows] for name in names}
        return self._span.buckets.columns(self._buckets) | columns

    def _machine(self, name: str, its: UsageByBucket, *, tells: bool) -> dict[str, Any]:
        found = self._rates.totals({name: its}, self._span)
        share = found["coverage"] if self._elapsed_ms(name, self._span.whole) else None
        known = found if tells else dict.fromkeys(comparison.MEASURES)
        return {measure: known[measure] for measure in comparison.MEASURES} | {
            "coverage": share,
            "by_bucket": [self._share(name, its, bucket) for bucket in self._buckets],
        }

    def _share(self, name: str, its: UsageByBucket, bucket: Interval) -> float | None:
        """How much of a bucket was measured; None: nothing of it counts."""
        elapsed_ms = self._elapsed_ms(name, bucket)
        cell = its.get(bucket)
        return coverage(cell.measured_ms if cell else 0, elapsed_ms) if elapsed_ms else None

    def _elapsed_ms(self, name: str, bucket: Interval) -> int:
        return self._rates.elapsed_ms(name, bucket, self._span)

    def _power(self, stored: Stored) -> dict[str, Any]:
        if self._courses is None:
            return dict.fromkeys(_LOADS) | {"quarters": 0, "reason": self._no_power}
        told = self._courses.told(stored)
        return {name: told[name] for name in _LOADS}


def _courses(
    devices: Sequence[Device], period: Period, context: Context
) -> tuple[Courses | None, str | None]:
    start_ms, end_ms = period.span
    try:
        return Courses(devices, from_ms=start_ms, to_ms=end_ms, context=context), None
    except Refused as error:  # too long a time for quarter hours: the rest is told all the same
        return None, str(error)


def _used(stored: Stored, meters: Sequence[Meter], span: Range) -> Used:
    """Of those that tell no energy as well: for how long they were measured."""
    runs = usage.Runs(span)
    return {meter.device: usage.usage(stored, meter, span, runs) for meter in meters}


def _telling(used: Used, meters: Sequence[Meter]) -> dict[str, UsageByBucket | None]:
    return {meter.device: used[meter.device] if meter.has_energy else None for meter in meters}


def _only(
    used: Mapping[str, UsageByBucket | None], bucket: Interval
) -> dict[str, UsageByBucket | None]:
    """What is of a bucket: of a year with many machines all would be looked through for each."""
    return {
        name: its and {each: its[each] for each in (bucket,) if each in its}
        for name, its in used.items()
    }


def _ends(span: Interval) -> dict[str, Any]:
    return {"from_ms": span.start_ms, "to_ms": span.end_ms}
