"""Figures that a rule tells of the moment in; what is kept so that a time has their mean out.

A rule is no formula over sums. What it says at a reading is added up times how long the reading
stands for: the measured interval that ends with it, as an interval belongs to its later end. So the
mean is one over the time in which the rule said anything, whatever came in which order.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from contract.assets.words import Asset, Kpi, ThermalModel
from contract.language.intervals import ANYTHING, Interval
from contract.language.thermal import GREATEST_INDEX
from contract.language.tree import Name, Node, Reduced, Signal, children

RULED: Final = "ruled"  # what a figure of a rule is reduced to
_MS_PER_MIN: Final = 60_000.0
_NO_TEMPERATURE: Final = "no two readings in a row had its temperature"
_NO_RISE: Final = (
    "there is none while the machine stands still, or is hardly warmer than what is around it"
)
_NOT_ALIVE: Final = "none was told then: it stood still, or its readings came later"

INDEX: Final = "thermal_efficiency_index"
COOLING: Final = "cooling_rate"
HEALTH: Final = "health"  # no reading tells it: see ``ToldHealth``


class Pair(NamedTuple):
    """The keys of two sums: values times milliseconds, and those milliseconds."""

    total: str
    ms: str


class Mean(NamedTuple):
    """What is kept of one figure.

    Attributes:
        rule: which one tells it.
        pairs: the first in which there is any time is what counts.
        scale: what the quotient of a pair is to be multiplied with.
        band: whatever the figure may be.
        least: the key of its least, where that is kept.
        untold: why there is none of time that was measured.
    """

    rule: str
    pairs: tuple[Pair, ...]
    scale: float
    band: Interval
    untold: str
    least: str = ""

    def told(self, get: Callable[[str], float | None]) -> tuple[float | None, float]:
        """The mean, None where there is none, and of how many milliseconds it is."""
        for total, ms in self.pairs:
            found, told_ms = get(total), get(ms)
            if found is not None and told_ms:
                return found / told_ms * self.scale, told_ms
        return None, 0.0

    def bounds(self, get: Callable[[str], float | None], whole_ms: float) -> Interval:
        """Of so long a stretch, whatever it was while it was not told."""
        found, told_ms = self.told(get)
        if found is None:
            return ANYTHING
        share = told_ms / max(told_ms, whole_ms)
        if share == 1.0:
            return Interval(found, found)
        return Interval(*(share * found + (1.0 - share) * end for end in self.band))


def nodes_of(asset: Asset, kpis: Mapping[str, Node]) -> dict[str, Reduced]:
    """What each figure of a rule is reduced to, by name, where readings tell it one by one.

    ``kpis`` are the trees of the type's formulas.
    """
    by_rule = {kpi.rule: kpi for kpi in reversed(asset.kpis) if kpi.rule}  # the first of each
    found = {kpi.name: _node(kpi, asset, kpis) for kpi in by_rule.values()}
    return {name: node for name, node in found.items() if node is not None}


def _node(kpi: Kpi, asset: Asset, kpis: Mapping[str, Node]) -> Reduced | None:
    name, thermal = Name(kpi.name), asset.thermal
    if kpi.rule == HEALTH:
        return Reduced(RULED, (name,))
    if thermal is None:
        return None
    if kpi.rule == COOLING:
        return Reduced(RULED, (name, Signal(thermal.temperature_channel)))
    power = _power(asset, kpis) if thermal.rated_power_w is not None else None
    if power is None:
        return Reduced(RULED, (name,))
    is_of_reading = isinstance(power, Reduced) and power.function == "latest"
    return Reduced(RULED, (name, *children(power))) if is_of_reading else None


def _power(asset: Asset, kpis: Mapping[str, Node]) -> Node | None:
    """The figure that says what it draws; None: the type has none."""
    names = (each.name for each in asset.kpis if each.role == "power" and each.name in kpis)
    name = next(names, None)
    return None if name is None else kpis[name]


def mean_of(node: Reduced, asset: Asset) -> Mean:
    """What is kept of such a figure."""
    name = str(node.args[0])
    rule = next(kpi.rule for kpi in asset.kpis if kpi.name == name)
    plain = Pair(node.key, f"{RULED}_ms({name})")
    if rule == COOLING:
        return Mean(rule, (plain,), _MS_PER_MIN, ANYTHING, _NO_TEMPERATURE)
    if rule == HEALTH:
        least = f"least {node.key}"
        return Mean(rule, (plain,), 1.0, Interval(0.0, 100.0), _NOT_ALIVE, least)
    beside = Pair(f"{node.key} beside ambient", f"{RULED}_ms({name}) beside ambient")
    pairs = (beside, plain) if has_ambient(asset) else (plain,)
    return Mean(rule, pairs, 1.0, Interval(0.0, GREATEST_INDEX), _NO_RISE)


def has_ambient(asset: Asset) -> bool:
    """Whether its readings may tell how warm it is around the machine."""
    return ambient_of(asset.thermal) in asset.by_name


def ambient_of(thermal: ThermalModel | None) -> str:
    return (thermal.ambient_channel or "") if thermal is not None else ""
