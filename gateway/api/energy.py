"""Usage by bucket in; energy, CO2 and cost with their coverage out. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contract.assets.words import CO2_PER_KWH, PRICE_PER_KWH
from contract.buckets import Interval
from contract.errors import Refused
from gateway.api.queries.usage import Range, Usage
from gateway.registry.params import SITE
from gateway.registry.tariffs import Tariffs
from gateway.twin import kpi

MAX_CELLS: Final = 300_000  # devices x buckets of one answer: some 25 MB

UsageByBucket = Mapping[Interval, Usage]

_NOTHING: Final = Usage()
_MEASURES: Final = ("energy_wh", "co2_g", "cost")


class Rates:
    """What was used as answers; ``now_ms`` is how far time has come."""

    def __init__(self, tariffs: Tariffs, *, now_ms: int) -> None:
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
        return {"value": found.value, "unit": param.unit, "valid_from": dated, "source": source}

    def _versions(self, span: Range) -> list[dict[str, Any]]:
        tariff = self._tariffs.over(SITE, from_ms=span.from_ms, to_ms=span.to_ms)
        found = [(start_ms, tariff.at(start_ms)) for start_ms in (span.from_ms, *tariff.turns)]
        return [
            {
                "from_ms": start_ms,
                "co2_kg_per_kwh": factors.co2_kg_per_kwh,
                "price_per_kwh": factors.price_per_kwh,
            }
            for start_ms, factors in found
        ]

    def energy(self, used: Mapping[str, UsageByBucket | None], *, span: Range) -> dict[str, Any]:
        """All devices' columns over common buckets, with totals; None: nothing tells its energy.

        Raises:
            Refused: there are too many devices and buckets for one answer.
        """
        buckets = _buckets(used.values())
        return span.buckets.columns(buckets) | {
            "devices": {name: self._columns(its, buckets, span) for name, its in used.items()},
            "totals": self._totals(used, span),
            "factors": self.factors(span),
        }

    def _columns(
        self, used: UsageByBucket | None, buckets: list[Interval], span: Range
    ) -> dict[str, list[Any]]:
        if used is None:
            unknown = dict.fromkeys(_MEASURES, [None] * len(buckets))
            return {**unknown, "coverage": [0.0] * len(buckets)}
        cells = [used.get(bucket, _NOTHING) for bucket in buckets]
        return {
            "energy_wh": [kpi.watt_hours(cell.energy_j) for cell in cells],
            "co2_g": [cell.co2_g for cell in cells],
            "cost": [cell.cost for cell in cells],
            "coverage": [
                kpi.coverage(cell.measured_ms, span.elapsed_ms(bucket, now_ms=self._now_ms))
                for bucket, cell in zip(buckets, cells, strict=True)
            ],
        }

    def _totals(
        self, used: Mapping[str, UsageByBucket | None], span: Range
    ) -> dict[str, float | None]:
        """Of the devices whose energy is told."""
        known = [its for its in used.values() if its is not None]
        if used and not known:
            return {**dict.fromkeys(_MEASURES), "coverage": 0.0}
        cells = [cell for its in known for cell in its.values()]
        elapsed_ms = span.elapsed_total_ms(now_ms=self._now_ms) * len(known)
        return {
            "energy_wh": kpi.watt_hours(sum(cell.energy_j for cell in cells)),
            "co2_g": sum(cell.co2_g for cell in cells),
            "cost": sum(cell.cost for cell in cells),
            "coverage": kpi.coverage(sum(cell.measured_ms for cell in cells), elapsed_ms),
        }


def _buckets(used: Iterable[UsageByBucket | None]) -> list[Interval]:
    devices = list(used)
    buckets = sorted({bucket for its in devices if its is not None for bucket in its})
    if len(buckets) * len(devices) > MAX_CELLS:
        raise Refused(
            f"{len(buckets)} buckets of {len(devices)} devices are too many for one answer:"
            " ask for a longer bucket or a shorter range."
        )
    return buckets
