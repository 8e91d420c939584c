"""A period and the one before it in; what is asked of each, and what came between them, out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from contract.buckets import Interval
from gateway.api import comparison
from gateway.api.energy import Rates, UsageByBucket
from gateway.api.ground import Ground
from gateway.api.meters import Meters
from gateway.api.queries.known import Then
from gateway.api.queries.metered import Metered, used_by
from gateway.api.queries.usage import Meter, Range, whole_minutes
from gateway.api.site_buckets import SiteBuckets
from gateway.api.then import Known
from gateway.twin.fleet import Device

_NOT_ALL = "of some of the time nobody can tell what was known then"


class Side(NamedTuple):
    """A period, or the one before. ``then``: as of another time than now."""

    span: Range
    meters: Sequence[Meter]
    then: Then | None

    def metered(self, connection: apsw.Connection) -> Metered:
        return used_by(connection, self.meters, self.span, self.then)

    def telling(self, metered: Metered) -> dict[str, UsageByBucket | None]:
        """None: nothing tells its energy."""
        return {
            each.device: metered.used[each.device] if each.has_energy else None
            for each in self.meters
        }

    @property
    def is_whole(self) -> bool:
        """Whether all of it can be told."""
        return self.then is None or self.then.reason is None


class Sides(NamedTuple):
    """Both."""

    this: Side
    before: Side

    def change(
        self,
        this: Mapping[str, Any],
        before: Mapping[str, Any],
        *,
        words: comparison.Words,
        rates: Rates,
    ) -> dict[str, Any]:
        """Between the sums of both; of which some cannot be told as of then, that is not compared.

        ``came``: machines that count now, and were not there all of the time before.
        """
        came = [
            each.device
            for each in self.this.meters
            if each.has_energy
            and self.before.span.from_ms < rates.began_ms(each.device)
            and rates.expected_ms(each.device, self.this.span.whole, self.this.span)
        ]
        if self.this.is_whole and self.before.is_whole:
            told = comparison.change_between(this, before, words)
        else:
            told = dict.fromkeys(comparison.MEASURES) | {"reason": _NOT_ALL}
        return told | {"came": came}


def sides_of(
    devices: Sequence[Device],
    spans: Sequence[Interval],
    buckets: SiteBuckets,
    ground: Ground,
    known: Known | None,
) -> Sides:
    """``spans``: the period, and the one before; as of another time as far as they can be told."""
    thens = (None, None) if known is None else (known.this.then, known.before)
    ranges = [
        Range(*(whole_minutes(*span) if then is None else (then.from_ms, then.to_ms)), buckets)
        for span, then in zip(spans, thens, strict=True)
    ]
    return Sides(
        *(
            Side(span, list(map(Meters(span, ground).of, devices)), then)
            for span, then in zip(ranges, thens, strict=True)
        )
    )
