"""What machines of a period used, what that cost, and how much of it was measured."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import apsw

from contract.buckets import Interval, of_clock, tile
from contract.errors import Refused
from gateway.api import comparison
from gateway.api.context import Context
from gateway.api.courses import Courses
from gateway.api.energy import Rates, UsageByBucket
from gateway.api.ground import Ground
from gateway.api.meters import Meters
from gateway.api.queries.known import Then
from gateway.api.queries.metered import used_by
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, whole_minutes
from gateway.api.report.period import Period
from gateway.api.report.query import Known
from gateway.api.site_buckets import SiteBuckets
from gateway.twin.fleet import Device
from gateway.twin.kpi import coverage

_WORDS = comparison.Words("this period", "the period before")
_LOADS = ("peak", "base", "mean_w", "quarters", "coverage", "reason")
_NOT_ALL: Final = "of some of the time nobody can tell what was known then"
_NO_PAST: Final = "power is not told as it was known then"

Used = Mapping[str, UsageByBucket]


class _Side(NamedTuple):
    """A period, or the one before. ``then``: as of another time than now."""

    span: Range
    meters: list[Meter]
    then: Then | None

    def used(self, connection: apsw.Connection) -> Used:
        return used_by(connection, self.meters, self.span, self.then)

    def telling(self, used: Used) -> dict[str, UsageByBucket | None]:
        return {each.device: used[each.device] if each.has_energy else None for each in self.meters}

    @property
    def ends(self) -> Interval | None:
        """What of it can be told, where that is not all."""
        return self.span.whole if self.then and self.then.reason else None


class Energy:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self,
        devices: Sequence[Device],
        period: Period,
        context: Context,
        known: Known | None = None,
    ) -> None:
        """``known``: as of another time than now."""
        ground = context if known is None else known.this
        buckets = SiteBuckets(period.bucket, context.services.settings.site_time)
        self._period = period
        self._this, self._before = _sides(devices, period, buckets, ground, known)
        self._span = self._this.span
        self._rates = Rates(
            ground.services.registrar.tariffs,
            now_ms=context.services.now_ms(),
            counting={
                meter.device: meter.counting
                for side in (self._this, self._before)
                for meter in side.meters
            },
        )
        so_far = period.so_far if known is None else self._span.whole
        self._buckets = list(tile(of_clock(buckets.site, period.bucket), so_far))
        self._courses, self._no_power = (
            (None, _NO_PAST) if known else _courses(devices, period, context)
        )

    def told(self, connection: apsw.Connection) -> dict[str, Any]:
        """On a reader's thread: ``energy`` of the machines together, and ``machines`` each."""
        span, before = self._span, self._before
        measured = self._this.used(connection)
        used = self._this.telling(measured)
        this = self._rates.totals(used, span)
        last = self._rates.totals(before.telling(before.used(connection)), before.span)
        return {
            "measured": self._rates.totals(measured, span)["coverage"],
            "energy": {
                "totals": this,
                "before": _ends(before.ends or self._period.before) | last,
                "change": self._change(this, last),
                "buckets": self._over_time(used),
                "power": self._power(connection),
                "factors": self._rates.factors(span),
                "untold": [name for name, its in used.items() if its is None],
            },
            "machines": {
                name: self._machine(name, measured[name], tells=used[name] is not None)
                for name in measured
            },
        }

    def _change(self, this: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
        """Of which some cannot be told as of then, that is not compared."""
        if self._this.ends is None and self._before.ends is None:
            return comparison.change_between(this, last, _WORDS)
        return dict.fromkeys(comparison.MEASURES) | {"reason": _NOT_ALL}

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

    def _power(self, connection: apsw.Connection) -> dict[str, Any]:
        if self._courses is None:
            return dict.fromkeys(_LOADS) | {"quarters": 0, "reason": self._no_power}
        told = self._courses.told(Stored(connection, self._span.buckets.site))
        return {name: told[name] for name in _LOADS}


def _sides(
    devices: Sequence[Device],
    period: Period,
    buckets: SiteBuckets,
    ground: Ground,
    known: Known | None,
) -> list[_Side]:
    """The period, and the one before; as of another time as far as they can be told."""
    thens = (None, None) if known is None else (known.this.then, known.before)
    spans = [
        Range(*(whole_minutes(*whole) if then is None else (then.from_ms, then.to_ms)), buckets)
        for whole, then in zip((period.span, period.before), thens, strict=True)
    ]
    return [
        _Side(span, list(map(Meters(span, ground).of, devices)), then)
        for span, then in zip(spans, thens, strict=True)
    ]


def _courses(
    devices: Sequence[Device], period: Period, context: Context
) -> tuple[Courses | None, str | None]:
    start_ms, end_ms = period.span
    try:
        return Courses(devices, from_ms=start_ms, to_ms=end_ms, context=context), None
    except Refused as error:  # too long a time for quarter hours: the rest is told all the same
        return None, str(error)


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
