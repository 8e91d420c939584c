"""Usage by bucket in; energy, CO2, cost and running hours with their coverage out. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contract.assets.words import ELECTRICITY_PRICE, GRID_CO2, Factor
from contract.buckets import Interval
from contract.errors import Refused
from contract.settings import Settings
from gateway.api.queries.usage import Range, Usage
from gateway.twin import kpi

MAX_CELLS: Final = 300_000  # devices x buckets of one answer: some 25 MB

UsageByBucket = Mapping[Interval, Usage]

_NOTHING: Final = Usage()


class Rates:
    """What a kWh emits and costs at this site now, applied to what was used."""

    def __init__(self, settings: Settings, *, now_ms: int) -> None:
        self._now_ms = now_ms
        self._co2_kg_per_kwh = settings.grid_co2_kg_per_kwh
        self._price_per_kwh = settings.price_per_kwh
        self._currency = settings.currency

    def factors(self) -> dict[str, Any]:
        """The factors, and who says so."""
        co2 = _origin(GRID_CO2, self._co2_kg_per_kwh, "EDGETWIN_GRID_CO2_KG_PER_KWH")
        price = _origin(ELECTRICITY_PRICE, self._price_per_kwh, "EDGETWIN_PRICE_PER_KWH")
        price["unit"] = f"{self._currency}/kWh"
        return {
            "co2_kg_per_kwh": self._co2_kg_per_kwh,
            "price_per_kwh": self._price_per_kwh,
            "currency": self._currency,
            "source": f"CO2: {co2['source']}. Price: {price['source']}.",
            "co2": co2,
            "price": price,
        }

    def kpis(self, device: str, used: UsageByBucket, *, span: Range) -> dict[str, Any]:
        """One device's columns.

        Raises:
            Refused: there are too many buckets for one answer.
        """
        buckets = _buckets([used])
        running_h = [kpi.hours(used[bucket].running_ms) for bucket in buckets]
        answer = {"device": device} | span.buckets.columns(buckets)
        return answer | self._columns(used, buckets, span) | {"running_h": running_h}

    def energy(self, used: Mapping[str, UsageByBucket], *, span: Range) -> dict[str, Any]:
        """All devices' columns over common buckets, with totals.

        Raises:
            Refused: there are too many devices and buckets for one answer.
        """
        buckets = _buckets(used.values())
        return span.buckets.columns(buckets) | {
            "devices": {name: self._columns(its, buckets, span) for name, its in used.items()},
            "totals": self._totals(used, span),
            "factors": self.factors(),
        }

    def _columns(
        self, used: UsageByBucket, buckets: list[Interval], span: Range
    ) -> dict[str, list[float]]:
        cells = [used.get(bucket, _NOTHING) for bucket in buckets]
        columns = self._money_and_carbon(cell.energy_j for cell in cells)
        columns["coverage"] = [
            kpi.coverage(cell.measured_ms, span.elapsed_ms(bucket, now_ms=self._now_ms))
            for bucket, cell in zip(buckets, cells, strict=True)
        ]
        return columns

    def _totals(self, used: Mapping[str, UsageByBucket], span: Range) -> dict[str, float]:
        cells = [cell for its in used.values() for cell in its.values()]
        columns = self._money_and_carbon([sum(cell.energy_j for cell in cells)])
        totals = {name: values[0] for name, values in columns.items()}
        elapsed_ms = span.elapsed_total_ms(now_ms=self._now_ms) * len(used)
        totals["coverage"] = kpi.coverage(sum(cell.measured_ms for cell in cells), elapsed_ms)
        return totals

    def _money_and_carbon(self, energies_j: Iterable[float]) -> dict[str, list[float]]:
        energy_wh = [kpi.watt_hours(energy_j) for energy_j in energies_j]
        return {
            "energy_wh": energy_wh,
            "co2_g": [kpi.co2_grams(each, self._co2_kg_per_kwh) for each in energy_wh],
            "cost": [kpi.money(each, self._price_per_kwh) for each in energy_wh],
        }


def _origin(factor: Factor, value: float, variable: str) -> dict[str, Any]:
    own = value != factor.value
    return {
        "value": value,
        "unit": factor.unit,
        "valid_from": None if own else factor.valid_from,
        "source": f"set by the site in {variable}" if own else factor.source,
    }


def _buckets(used: Iterable[UsageByBucket]) -> list[Interval]:
    devices = list(used)
    buckets = sorted({bucket for its in devices for bucket in its})
    if len(buckets) * len(devices) > MAX_CELLS:
        raise Refused(
            f"{len(buckets)} buckets of {len(devices)} devices are too many for one answer:"
            " ask for a longer bucket or a shorter range."
        )
    return buckets
