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
from gateway.api.queries.known import Then
from gateway.api.report.period import Period
from gateway.api.sides import sides_of
from gateway.api.site_buckets import SiteBuckets
from gateway.api.then import Known
from gateway.twin.fleet import Device

WORDS: Final = comparison.Words("this period", "the period before")
_COUNTS = ("quarters", "whole", "of")
_LOADS = ("peak", "base", "mean_w", "mean_is_least", *_COUNTS, "coverage", "reason")

Used = Mapping[str, UsageByBucket]


class _Read(NamedTuple):
    """What was read of the period."""

    measured: Used  # also of those of which nothing tells energy
    used: Mapping[str, UsageByBucket | None]
    rates: Rates


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
        self._period, self._now_ms = period, context.services.now_ms()
        self._tariffs = ground.services.registrar.tariffs
        self._sides = sides_of(devices, (period.span, period.before), buckets, ground, known)
        self._span = self._sides.this.span
        so_far = period.so_far if known is None else self._span.whole
        self._buckets = list(tile(of_clock(buckets.site, period.bucket), so_far))
        then = None if known is None else known.this.then
        self._courses, self._no_power = _courses(devices, period, ground, then)

    def told(self, connection: apsw.Connection) -> dict[str, Any]:
        """On a reader's thread: ``energy`` of the machines together, and ``machines`` each."""
        span, (this, before) = self._span, self._sides
        metered = this.metered(connection)
        rates = Rates(self._tariffs, now_ms=self._now_ms, counting=metered.counting)
        read = _Read(metered.used, this.telling(metered), rates)
        now = rates.totals(read.used, span)
        last = rates.totals(before.telling(before.metered(connection)), before.span)
        ends = self._period.before if before.is_whole else before.span.whole
        return {
            "measured": rates.totals(read.measured, span)["coverage"],
            "energy": {
                "totals": now,
                "before": _ends(ends) | last,
                "change": self._sides.change(now, last, words=WORDS, rates=rates),
                "buckets": self._over_time(read),
                "power": self._power(connection),
                "factors": rates.factors(span),
                "untold": [name for name, its in read.used.items() if its is None],
            },
            "machines": {name: self._machine(name, read) for name in read.measured},
        }

    def _over_time(self, read: _Read) -> dict[str, Any]:
        rows = [
            read.rates.totals(_only(read.used, bucket), self._span, bucket)
            for bucket in self._buckets
        ]
        names = (*comparison.MEASURES, "coverage")
        columns = {name: [row[name] for row in rows] for name in names}
        return self._span.buckets.columns(self._buckets) | columns

    def _machine(self, name: str, read: _Read) -> dict[str, Any]:
        its, rates = read.measured[name], read.rates
        found = rates.totals({name: its}, self._span)
        known = found if read.used[name] is not None else dict.fromkeys(comparison.MEASURES)
        return {measure: known[measure] for measure in comparison.MEASURES} | {
            "coverage": found["coverage"],
            "by_bucket": [rates.share(name, its, each, self._span) for each in self._buckets],
            "began_ms": rates.began_ms(name) or None,
            "is_there": rates.is_there(name, self._span),
        }

    def _power(self, connection: apsw.Connection) -> dict[str, Any]:
        if self._courses is None:
            nothing = dict.fromkeys(_LOADS) | dict.fromkeys(_COUNTS, 0)
            return nothing | {"mean_is_least": False, "reason": self._no_power}
        told = self._courses.told(connection)
        return {name: told[name] for name in _LOADS}


def _courses(
    devices: Sequence[Device], period: Period, ground: Ground, then: Then | None
) -> tuple[Courses | None, str | None]:
    start_ms, end_ms = period.span
    try:
        return Courses(devices, from_ms=start_ms, to_ms=end_ms, ground=ground, then=then), None
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
