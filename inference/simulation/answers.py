"""Outcomes in, what is answered of them out: plain values for JSON."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from contract.assets.words import Asset, Kpi
from inference.simulation.bands import Band, band, differences, share
from inference.simulation.befallen import names_of
from inference.simulation.course import Course
from inference.simulation.living import Told
from inference.simulation.outcome import STATISTICS, Outcome

PLANNED: Final = "All of the simulated time is taken to be planned time."
Row = dict[str, Any]


# ---------------------------------------------------------------- of one machine


def simulated(course: Course, found: Outcome, *, currency: str) -> Row:
    """All of ``/simulate`` but for its readings."""
    asset = course.asset
    return {
        **about(course),
        "kpis": {kpi.name: _figure(kpi, found, currency) for kpi in _told(asset, [found])},
        "channels": {
            channel.name: {"title": channel.title, "unit": channel.unit}
            | dict(found.channels[channel.name])
            for channel in asset.channels
        },
        "befallen": [
            {"name": name, "label": label}
            for name, label in names_of(asset).items()
            if name in found.befallen
        ],
        "note": PLANNED,
    }


def about(course: Course) -> Row:
    """What was simulated."""
    return {
        "asset": course.asset.name,
        "hours": course.duration_s / 3600.0,
        "interval_s": course.period_s,
        "start_ms": course.start_ms,
        "end_ms": course.end_ms,
    }


def _figure(kpi: Kpi, found: Outcome, currency: str) -> Row:
    answer, reason, _ = found.kpis[kpi.name]
    return {"title": kpi.title, "unit": kpi.unit_in(currency), **answer._asdict(), "reason": reason}


def reading(told: Told) -> Row:
    return {"time_ms": told.time_ms, "values": told.values, "truth": told.truth}


def events(told: Told) -> list[Row]:
    return [
        {"time_ms": told.time_ms, "event": name, "values": values} for name, values in told.events
    ]


# ---------------------------------------------------------------- of scenarios


def compared(
    courses: Sequence[Course],
    found: Sequence[Sequence[Outcome]],
    *,
    names: Sequence[str],
    currency: str,
) -> list[Row]:
    """Each scenario's figures over its seeds, and what they differ from the first one's by."""
    return [
        {
            "name": name,
            "inputs": course.inputs,
            "kpis": _kpis(course.asset, outcomes, found[0], currency),
            "channels": _channels(course.asset, outcomes, found[0]),
            "chances": _chances(course.asset, outcomes, found[0]),
        }
        for name, course, outcomes in zip(names, courses, found, strict=True)
    ]


def _told(asset: Asset, outcomes: Iterable[Outcome]) -> list[Kpi]:
    known = next(iter(outcomes)).kpis
    return [kpi for kpi in asset.kpis if kpi.name in known]


def _kpis(
    asset: Asset, outcomes: Sequence[Outcome], first: Sequence[Outcome], currency: str
) -> dict[str, Row]:
    return {
        kpi.name: {
            "title": kpi.title,
            "unit": kpi.unit_in(currency),
            "role": kpi.role,
            "decimals": kpi.decimals,
            **_with_delta(outcomes, first, _value(kpi.name)),
            "reason": next(filter(None, (each.kpis[kpi.name].reason for each in outcomes)), None),
        }
        for kpi in _told(asset, outcomes)
    }


def _channels(
    asset: Asset, outcomes: Sequence[Outcome], first: Sequence[Outcome]
) -> dict[str, Row]:
    return {
        channel.name: {"title": channel.title, "unit": channel.unit, "decimals": channel.decimals}
        | {
            each: _with_delta(outcomes, first, _statistic(channel.name, each))
            for each in STATISTICS
        }
        for channel in asset.channels
    }


def _value(kpi: str) -> Callable[[Outcome], float | None]:
    return lambda each: each.kpis[kpi].answer.value


def _statistic(channel: str, name: str) -> Callable[[Outcome], float | None]:
    return lambda each: each.channels[channel][name]


def _with_delta(
    outcomes: Sequence[Outcome],
    first: Sequence[Outcome],
    value_of: Callable[[Outcome], float | None],
) -> Row:
    values, base = list(map(value_of, outcomes)), list(map(value_of, first))
    return _row(band(values)) | {"delta": _row(band(differences(values, base)))}


def _row(found: Band) -> Row:
    return found._asdict()


def _chances(asset: Asset, outcomes: Sequence[Outcome], first: Sequence[Outcome]) -> list[Row]:
    """Of everything that befell a machine of this scenario, or of the first one."""
    return [
        {
            "name": name,
            "label": label,
            **_row(share(hits, len(outcomes))),
            "delta": (hits - before) / len(outcomes),
        }
        for name, label in names_of(asset).items()
        if (hits := _hits(name, outcomes)) | (before := _hits(name, first))
    ]


def _hits(name: str, outcomes: Sequence[Outcome]) -> int:
    return sum(name in each.befallen for each in outcomes)
