"""A moment of the twin in, figures out: one function for each ``rule`` of the catalogue.

Each gives a value, None where it cannot be told, and its coverage: the share (0..1) of the
interval it speaks of that was really measured. Sums speak of all time since the first reading,
the cooling rate of the last ten seconds, everything else of the present.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Final, NamedTuple

import msgspec

from contract.assets.words import Asset, Channel, Limit, Severity
from contract.language.means import ambient_of
from contract.language.sums import Sums
from contract.messages import Kpi
from gateway.twin.formulas import Figures, Formulas
from gateway.twin.trends import Recent, is_noise, known, measured_ms, slope

JOULES_PER_WH: Final = 3600.0
MS_PER_MIN: Final = 60_000.0

MARGIN_WEIGHT: Final = 30.0
SEVERITY_WEIGHT: Final[Mapping[str, float]] = {
    "None": 0.0,
    "Low": 10.0,
    "Medium": 30.0,
    "High": 50.0,
    "Critical": 70.0,
}


@dataclass(frozen=True, kw_only=True)
class Factors:
    """What a kWh emits and costs at this site."""

    co2_kg_per_kwh: float
    price_per_kwh: float
    currency: str


class Moment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What KPIs are computed from. Sums are since the first reading, ``elapsed_ms`` ago."""

    asset: Asset
    formulas: Formulas
    work_out: Figures  # at the parameters of now
    sums: Sums
    bills: Mapping[str, float]  # figures of the sums, each at the prices of its time
    values: Mapping[str, float]
    fresh: bool
    stopped: bool
    measured_ms: int
    elapsed_ms: int
    span_ms: int  # how far back trends look: ten seconds, longer for a slow device
    gap_ms: int  # readings further apart leave a gap
    recent_ms: Sequence[float]  # times of the readings in that span, oldest first
    recent: Mapping[str, Sequence[float]]  # their values; NaN where an optional one is absent
    worst_alarm: Severity
    suspicion: float  # confidence x weight of the present diagnosis; 0 when normal or stale
    channels: tuple[Channel, ...]  # with the bands and limits of this machine


class Figure(NamedTuple):
    """A value, or None where it cannot be told, and its coverage."""

    value: float | None
    coverage: float


_UNKNOWN: Final = Figure(None, 0.0)


# ---------------------------------------------------------------- units


def watt_hours(energy_j: float) -> float:
    return energy_j / JOULES_PER_WH


def co2_grams(energy_wh: float, co2_kg_per_kwh: float) -> float:
    """Wh x kg/kWh = g: the two thousands cancel."""
    return energy_wh * co2_kg_per_kwh


def money(energy_wh: float, price_per_kwh: float) -> float:
    return energy_wh / 1000.0 * price_per_kwh


def coverage(measured_ms: float, elapsed_ms: float) -> float:
    """``measured / elapsed`` within 0..1; 0 where no time has passed.

    A minute can have measured a little more than itself: the interval that began before it.
    """
    return min(1.0, measured_ms / elapsed_ms) if elapsed_ms > 0 else 0.0


# ---------------------------------------------------------------- rules of the catalogue


def cooling_rate(moment: Moment) -> Figure:
    """How fast the temperature falls, in °C/min: minus the slope of the last ten seconds.

    Positive while it cools, negative while it warms. None below 5 readings or 2 s. Of a device
    that measures more rarely than every two seconds, it is the slope of its last six intervals.
    """
    thermal = moment.asset.thermal
    if thermal is None:
        return Figure(None, 0.0)
    times_ms, values = known(moment.recent_ms, moment.recent[thermal.temperature_channel])
    if is_noise(times_ms):
        return Figure(None, 0.0)
    rate = -slope(times_ms, values) * MS_PER_MIN
    share = coverage(measured_ms(times_ms, moment.gap_ms), moment.span_ms)
    return Figure(rate, share * _present(moment))


def thermal_efficiency_index(moment: Moment, power_w: float | None = None) -> Figure:
    """How well the machine is cooled for what it draws; 1 = as rated, 0.5 = half as well.

    ::

        index = (dT_rated / dT) (n_rated / n)^a  x  (P_rated / P) (n / n_rated)^b

    The first half compares cooling. Newton's law says heat = h A dT, and convection in turbulent
    air grows with its speed as h ~ n^0.8 (Dittus and Boelter, 1930): so a healthy machine under
    rated heat rises dT_rated (n_rated / n)^0.8 above ambient, and one that rises more is cooled
    worse (blocked filter) or carries more heat. The second half compares the power it takes:
    fan laws give n^3 at the shaft, and as motors are the better the faster they turn, n^2 fits at
    the plug. It drops out where the catalogue states no rated power.

    Exact when settled: while the temperature still follows a change of speed, so does the index.
    None when the machine stands still or rises less than 2 °C above ambient. At most 2. Its mean
    over a stretch of time is of the time in which there was one: see ``contract.language.means``.
    ``power_w`` is what the type's own figure says of its power: NaN where that is not known, and
    then nobody knows the index either; None where the type tells none.
    """
    thermal, running, values = moment.asset.thermal, moment.asset.running, moment.values
    index = moment.formulas.index
    if thermal is None or index is None:
        return _UNKNOWN
    if not {thermal.temperature_channel, thermal.speed_channel} <= values.keys():
        return _UNKNOWN
    found = index(
        values[thermal.temperature_channel],
        values[thermal.speed_channel],
        values.get(ambient_of(thermal), thermal.reference_ambient_c),
        0.0 if running is None else values.get(running.channel, 0.0),
        power_w,
    )
    return Figure(None if isnan(found) else found, _present(moment))


def health(moment: Moment) -> Figure:
    """What is left of 100 % after what speaks against the machine.

    ::

        health = 100 - 30 x margin - max(weight(worst open alarm), weight(diagnosis) x confidence)

    ``margin`` is how far, in the last ten seconds, the worst channel has gone from the edge of its
    normal band (0) to its alarm limit (1). Weights: Low 10, Medium 30, High 50, Critical 70, so
    the worst of everything gives 0. The larger of alarm and diagnosis counts, as they often tell
    of one fault. Alarms of the system (offline) and stale diagnoses say nothing about the machine.
    What is on the shelf or suppressed by maintenance is known, and lowers nothing; its margin does.
    None of a machine that stands still: nobody judges it. Wear that is to be seen in a trend lowers
    nothing before its limit is near. Own definition.
    """
    if moment.stopped:
        return _UNKNOWN
    margin = 0.0
    for channel in moment.channels:
        for limit in channel.limits:
            margin = max(margin, margin_used(channel, limit, moment.recent[channel.name]))
    fault = max(SEVERITY_WEIGHT[moment.worst_alarm], moment.suspicion)
    return Figure(100.0 - MARGIN_WEIGHT * margin - fault, _present(moment))


Said = Mapping[str, tuple[float | None, float]]  # figures by their names, each with its coverage

RULES: Final[Mapping[str, Callable[[Moment], Figure]]] = {
    rule.__name__: rule
    for rule in (
        cooling_rate,
        thermal_efficiency_index,
        health,
    )
}


def figures(asset: Asset, *, moment: Moment | None, factors: Factors) -> dict[str, Kpi]:
    """The catalogue's KPIs, by name; all unknown while there is no moment to compute them from.

    Money is in the currency the site pays in, whatever the catalogue says. What is of planned time
    alone is told of intervals: a moment knows no plan.
    """
    said: Said = _said(moment) if moment else {}
    found = {}
    for entry in asset.kpis:
        if entry.rule:
            value, covered = _ruled(entry.rule, moment, said) if moment else _UNKNOWN
        else:
            unknown = (None, 0.0)
            value, covered = unknown if entry.planned else said.get(entry.name, unknown)
        found[entry.name] = Kpi(value, entry.unit_in(factors.currency), covered)
    return found


def _ruled(rule: str, moment: Moment, said: Said) -> Figure:
    if rule == thermal_efficiency_index.__name__:
        name = moment.formulas.power
        if name is None:
            return thermal_efficiency_index(moment)
        power_w = said[name][0]
        return thermal_efficiency_index(moment, nan if power_w is None else power_w)
    return RULES[rule](moment)


def _said(moment: Moment) -> dict[str, tuple[float | None, float]]:
    """What the type's formulas say, each with its coverage."""
    found = moment.formulas.figures(
        moment.sums,
        moment.values,
        Recent(moment.recent_ms, moment.recent),
        work_out=moment.work_out,
        present=_present(moment),
        covered=_covered(moment),
    )
    for name, amount in moment.bills.items():
        value, share = found[name]
        found[name] = (None if value is None else amount, share)
    return found


# ---------------------------------------------------------------- parts of the rules


def margin_used(channel: Channel, limit: Limit, values: Sequence[float]) -> float:
    """How far the worst of ``values`` went from the normal band's edge (0) to the limit (1)."""
    if isnan(sum(values)):  # some were set aside, or not measured
        values = [value for value in values if not isnan(value)]
    if not values:
        return 0.0
    is_high = limit.side == "high"
    worst, edge = (max(values), channel.normal[1]) if is_high else (min(values), channel.normal[0])
    if limit.at == edge:
        return float(worst != edge and (worst > edge) == is_high)
    used = (worst - edge) / (limit.at - edge)
    return 0.0 if used <= 0.0 else min(1.0, used)


def suspicion(*, severity: str, confidence: float) -> float:
    """What a diagnosis takes from the health, in percent."""
    return SEVERITY_WEIGHT.get(severity, 0.0) * confidence


def _present(moment: Moment) -> float:
    """Coverage of what speaks of the newest reading: all of it, or nothing once it is old."""
    return 1.0 if moment.fresh else 0.0


def _covered(moment: Moment) -> float:
    return coverage(moment.measured_ms, moment.elapsed_ms)
