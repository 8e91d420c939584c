"""Usage by bucket in; energy, CO2 and cost with their coverage out. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contract.assets.words import CO2_PER_KWH, PRICE_PER_KWH
from contract.buckets import Interval
from contract.errors import Refused
from gateway.api.queries.counting import ALL, Counting
from gateway.api.queries.usage import Range, Usage
from gateway.registry.bands import Band
from gateway.registry.tariffs import Tariffs
from gateway.twin import kpi

MAX_CELLS: Final = 300_000  # devices x buckets of one answer: some 25 MB

UsageByBucket = Mapping[Interval, Usage]

_NOTHING: Final = Usage()
_MEASURES: Final = ("energy_wh", "co2_g", "cost")


class Rates:
    """What was used as answers; ``now_ms`` is how far time has come."""

    def __init__(
        self, tariffs: Tariffs, *, now_ms: int, counting: Mapping[str, Counting] | None = None
    ) -> None:
        """``counting``: when each was there, and what of that counts."""
        self._counting = counting or {}
        self._tariffs = tariffs
        self._now_ms = now_ms

    def factors(self, span: Range) -> dict[str, Any]:
        """The site's factors at the end of the range, who says so, and how they changed in it."""
        end_ms = max(span.from_ms, min(span.to_ms, self._now_ms) - 1)
        co2 = self._origin(CO2_PER_KWH.name, end_ms, span)
        price = self._origin(PRICE_PER_KWH.name, end_ms, span)
        return {
            "co2_kg_per_kwh": co2["value"],
            "price_per_kwh": price["value"],
            "currency": self._tariffs.currency,
            "source": f"CO2: {co2['source']}. Price: {price['source']}.",
            "co2": co2,
            "price": price,
            "versions": self._versions(span),
        }

    def _origin(self, name: str, time_ms: int, span: Range) -> dict[str, Any]:
        param, found = self._tariffs.param_at(name, time_ms)
        dated = None
        if found.valid_from_ms:
            dated = span.buckets.site.iso(found.valid_from_ms, timespec="minutes")
        elif found.source == param.source:  # the catalogue's, with the date of that
            dated = param.valid_from or None
        source = found.source or "set by the site"
        bands = self._bands(name, time_ms)
        return {
            "value": self._usual(name, time_ms),
            "unit": param.unit,
            "valid_from": dated,
            "source": source,
            "bands": bands,
        }

    def _versions(self, span: Range) -> list[dict[str, Any]]:
        turns = self._tariffs.dated(from_ms=span.from_ms, to_ms=span.to_ms)
        return [
            {
                "from_ms": start_ms,
                "co2_kg_per_kwh": self._usual(CO2_PER_KWH.name, start_ms),
                "price_per_kwh": self._usual(PRICE_PER_KWH.name, start_ms),
                "bands": {
                    "co2": self._bands(CO2_PER_KWH.name, start_ms),
                    "price": self._bands(PRICE_PER_KWH.name, start_ms),
                },
            }
            for start_ms in (span.from_ms, *turns)
        ]

    def _usual(self, name: str, time_ms: int) -> float:
        version = self._tariffs.version(name, time_ms)
        if version is not None:
            return version.value
        return self._tariffs.param_at(name, time_ms)[1].value

    def _bands(self, name: str, time_ms: int) -> list[Band]:
        version = self._tariffs.version(name, time_ms)
        return list(version.bands) if version is not None else []

    def energy(self, used: Mapping[str, UsageByBucket | None], *, span: Range) -> dict[str, Any]:
        """All devices' columns over common buckets, with totals; None: nothing tells its energy.

        Raises:
            Refused: there are too many devices and buckets for one answer.
        """
        buckets = _buckets(used.values())
        return span.buckets.columns(buckets) | {
            "devices": {n: self._columns(n, its, buckets, span) for n, its in used.items()},
            "measured": {
                name: self._measured(name, its, span)
                for name, its in used.items()
                if its is not None
            },
            "totals": self.totals(used, span),
            "factors": self.factors(span),
        }

    def expected_ms(self, name: str, bucket: Interval, span: Range) -> int:
        """How much of a bucket has passed with the machine there, and counts."""
        within = span.within(bucket, now_ms=self._now_ms)
        return self._counting.get(name, ALL).length_ms(within)

    def began_ms(self, name: str) -> int:
        """From when on a machine was there; 0: always."""
        return self._counting.get(name, ALL).from_ms

    def is_there(self, name: str, span: Range) -> bool:
        """Whether a machine was there before a range ended, as far as that has come."""
        return self.began_ms(name) < span.within(span.whole, now_ms=self._now_ms).end_ms

    def share(self, name: str, its: UsageByBucket, bucket: Interval, span: Range) -> float | None:
        """How much of a bucket was measured; None: nothing of it counts."""
        return _share(its.get(bucket, _NOTHING).measured_ms, self.expected_ms(name, bucket, span))

    def _measured(self, name: str, its: UsageByBucket, span: Range) -> dict[str, int | None]:
        return {
            "began_ms": self.began_ms(name) or None,
            "expected_ms": self.expected_ms(name, span.whole, span),
            "measured_ms": sum(cell.measured_ms for cell in its.values()),
        }

    def _columns(
        self, name: str, used: UsageByBucket | None, buckets: list[Interval], span: Range
    ) -> dict[str, list[Any]]:
        if used is None:
            unknown = dict.fromkeys(_MEASURES, [None] * len(buckets))
            return {**unknown, "coverage": [0.0] * len(buckets)}
        every = (used.get(bucket, _NOTHING) for bucket in buckets)
        cells = [each if _is_known(each) else None for each in every]
        return {
            "energy_wh": [each and kpi.watt_hours(each.energy_j) for each in cells],
            "co2_g": [each and each.co2_g for each in cells],
            "cost": [each and each.cost for each in cells],
            "coverage": [self.share(name, used, bucket, span) for bucket in buckets],
        }

    def totals(
        self,
        used: Mapping[str, UsageByBucket | None],
        span: Range,
        part: Interval | None = None,
    ) -> dict[str, float | None]:
        """Of the devices whose energy is told; ``part``: of the buckets that begin in it.

        Their coverage is of all the time for which each was there; None: none was.
        """
        known = {name: its for name, its in used.items() if its is not None}
        within = span.whole if part is None else part
        cells = [
            cell
            for its in known.values()
            for bucket, cell in its.items()
            if part is None or part.start_ms <= bucket.start_ms < part.end_ms
        ]
        expected_ms = sum(self.expected_ms(name, within, span) for name in known)
        share = _share(sum(cell.measured_ms for cell in cells), expected_ms)
        if not any(map(_is_known, cells)):
            return {**dict.fromkeys(_MEASURES), "coverage": share}  # nobody knows: it is not 0
        return {
            "energy_wh": kpi.watt_hours(sum(cell.energy_j for cell in cells)),
            "co2_g": sum(cell.co2_g for cell in cells),
            "cost": sum(cell.cost for cell in cells),
            "coverage": share,
        }


def _is_known(cell: Usage) -> bool:
    """Whether anything was measured: what a machine used meanwhile is not nothing, nobody knows."""
    return cell.measured_ms > 0 or cell.energy_j != 0.0


def _share(measured_ms: int, expected_ms: int) -> float | None:
    return kpi.coverage(measured_ms, expected_ms) if expected_ms else None


def _buckets(used: Iterable[UsageByBucket | None]) -> list[Interval]:
    devices = list(used)
    buckets = sorted({bucket for its in devices if its is not None for bucket in its})
    if len(buckets) * len(devices) > MAX_CELLS:
        raise Refused(
            f"{len(buckets)} buckets of {len(devices)} devices are too many for one answer:"
            " ask for a longer bucket or a shorter range."
        )
    return buckets
