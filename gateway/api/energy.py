"""Usage by bucket in; energy, CO2, cost and running hours with their coverage out. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway import kpi
from gateway.api.queries.usage import Range, Usage
from gateway.assets.base import ELECTRICITY_PRICE, GRID_CO2, Factor
from gateway.errors import Refused
from gateway.settings import Settings

MAX_CELLS: Final = 200_000  # devices x buckets of one answer: some 15 MB

_NOTHING: Final = Usage()


def factors_of(settings: Settings) -> dict[str, Any]:
    """What a kWh emits and costs at this site, and who says so."""
    co2 = _origin(GRID_CO2, settings.grid_co2_kg_per_kwh, "EDGETWIN_GRID_CO2_KG_PER_KWH")
    price = _origin(ELECTRICITY_PRICE, settings.price_per_kwh, "EDGETWIN_PRICE_PER_KWH")
    price["unit"] = f"{settings.currency}/kWh"
    return {
        "co2_kg_per_kwh": settings.grid_co2_kg_per_kwh,
        "price_per_kwh": settings.price_per_kwh,
        "currency": settings.currency,
        "source": f"CO2: {co2['source']}. Price: {price['source']}.",
        "co2": co2,
        "price": price,
    }


def _origin(factor: Factor, value: float, variable: str) -> dict[str, Any]:
    own = value != factor.value
    return {
        "value": value,
        "unit": factor.unit,
        "valid_from": None if own else factor.valid_from,
        "source": f"set by the site in {variable}" if own else factor.source,
    }


def kpis_of(
    device: str,
    used: Mapping[int, Usage],
    *,
    span: Range,
    factors: Mapping[str, Any],
    now_ms: int,
) -> dict[str, Any]:
    """One device's columns. Raises Refused when there are too many buckets for an answer."""
    starts = _starts([used])
    columns = _columns(used, starts, span=span, factors=factors, now_ms=now_ms)
    running_h = [kpi.hours(used[start].running_ms) for start in starts]
    return (
        {"device": device, "bucket": span.bucket, "time_ms": starts}
        | columns
        | {"running_h": running_h}
    )


def energy_of(
    used: Mapping[str, Mapping[int, Usage]],
    *,
    span: Range,
    factors: Mapping[str, Any],
    now_ms: int,
) -> dict[str, Any]:
    """All devices' columns over common buckets, with totals. Raises Refused as above."""
    starts = _starts(used.values())
    return {
        "bucket": span.bucket,
        "time_ms": starts,
        "devices": {
            device: _columns(its, starts, span=span, factors=factors, now_ms=now_ms)
            for device, its in used.items()
        },
        "totals": _totals(used, span=span, factors=factors, now_ms=now_ms),
        "factors": factors,
    }


def _starts(used: Iterable[Mapping[int, Usage]]) -> list[int]:
    devices = list(used)
    starts = sorted(set().union(*devices)) if devices else []
    if len(starts) * len(devices) > MAX_CELLS:
        raise Refused(
            f"{len(starts)} buckets of {len(devices)} devices are too many for one answer:"
            " ask for a longer bucket or a shorter range."
        )
    return starts


def _columns(
    used: Mapping[int, Usage],
    starts: list[int],
    *,
    span: Range,
    factors: Mapping[str, Any],
    now_ms: int,
) -> dict[str, list[float]]:
    cells = [used.get(start, _NOTHING) for start in starts]
    columns = _money_and_carbon([cell.energy_j for cell in cells], factors)
    columns["coverage"] = [
        kpi.coverage(cell.measured_ms, span.elapsed_ms(start, now_ms=now_ms))
        for start, cell in zip(starts, cells, strict=True)
    ]
    return columns


def _totals(
    used: Mapping[str, Mapping[int, Usage]],
    *,
    span: Range,
    factors: Mapping[str, Any],
    now_ms: int,
) -> dict[str, float]:
    cells = [cell for its in used.values() for cell in its.values()]
    columns = _money_and_carbon([sum(cell.energy_j for cell in cells)], factors)
    totals = {name: values[0] for name, values in columns.items()}
    elapsed_ms = span.elapsed_total_ms(now_ms=now_ms) * len(used)
    totals["coverage"] = kpi.coverage(sum(cell.measured_ms for cell in cells), elapsed_ms)
    return totals


def _money_and_carbon(
    energies_j: Iterable[float], factors: Mapping[str, Any]
) -> dict[str, list[float]]:
    energy_wh = [kpi.watt_hours(energy_j) for energy_j in energies_j]
    return {
        "energy_wh": energy_wh,
        "co2_g": [kpi.co2_grams(each, factors["co2_kg_per_kwh"]) for each in energy_wh],
        "cost": [kpi.money(each, factors["price_per_kwh"]) for each in energy_wh],
    }
