"""A period and the one before, of some machines, in; both, their difference and their bars out."""

from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from contract.buckets import label
from gateway.api import comparison
from gateway.api.comparison import Bar, Period, Two
from gateway.api.energy import Rates, UsageByBucket
from gateway.api.ground import Ground
from gateway.api.queries.usage import Range
from gateway.api.sides import sides_of
from gateway.api.site_buckets import SiteBuckets
from gateway.api.then import Known
from gateway.twin.fleet import Device

_Used = tuple[Range, Mapping[str, UsageByBucket | None]]


class Compared:
    """One question, as far as it can be answered on the event loop."""

    def __init__(
        self,
        devices: Sequence[Device],
        two: Two,
        period: Period,
        ground: Ground,
        known: Known | None = None,
    ) -> None:
        """``known``: as of another time than now."""
        self._two, self._period = two, period
        self._services = ground.services
        self._site = ground.services.settings.site_time
        self._kind = comparison.BARS[period]
        buckets = SiteBuckets(self._kind, self._site)
        self._sides = sides_of(devices, two, buckets, ground, known)

    def told(self, connection: apsw.Connection) -> dict[str, Any]:
        """On a reader's thread."""
        metered = [side.metered(connection) for side in self._sides]
        tariffs = self._services.registrar.tariffs
        rates = Rates(tariffs, now_ms=self._services.now_ms(), counting=metered[0].counting)
        used = [
            (side.span, side.telling(its)) for side, its in zip(self._sides, metered, strict=True)
        ]
        this, last = (rates.totals(its, span) for span, its in used)
        words = comparison.words_of(self._period)
        bars = comparison.bars_of(self._site, self._period, self._two)
        return {
            "period": self._period,
            "bucket": self._kind,
            "time_zone": self._site.name,
            "currency": tariffs.currency,
            "this": self._ends(self._two.this.start_ms, self._two.this.end_ms) | this,
            "last": self._ends(self._two.last.start_ms, self._two.last.end_ms) | last,
            "change": self._sides.change(this, last, words=words, rates=rates),
            "bars": [self._bar(bar, rates, used) for bar in bars],
        }

    def _ends(self, from_ms: int, to_ms: int) -> dict[str, Any]:
        named = label(self._site, self._period, from_ms)
        return {"from_ms": from_ms, "to_ms": to_ms, "label": named}

    def _bar(self, bar: Bar, rates: Rates, used: Sequence[_Used]) -> dict[str, Any]:
        known = bar.this or bar.last
        assert known is not None
        told = [
            rates.totals(its, span, part) if part is not None else None
            for part, (span, its) in zip(bar, used, strict=True)
        ]
        this, last = (each if each and each["coverage"] else None for each in told)
        name = label(self._site, self._kind, known.start_ms)
        return {"label": name, "time_ms": known.start_ms, "this": this, "last": last}
