"""An asset type in, a sentence out for each thing in it that is well-formed and cannot be meant."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from contract.assets.words import MONEY, Asset, Channel, Counter, Kpi, Role

# A range this many times the normal band keeps no rubbish out.
WIDEST: Final = 100.0
# With fewer steps of its last decimal in the normal band, a channel shows neither trend nor fault.
FEWEST_STEPS: Final = 10.0
_ABSOLUTE_ZERO: Final = {"°C": -273.15, "K": 0.0, "°F": -459.67}
# What the rules of gateway/twin/kpi.py answer: a unit and a role.
_OF_RULES: Final[dict[str, tuple[str, Role | None]]] = {
    "cooling_rate": ("°C/min", None),
    "thermal_efficiency_index": ("1", "efficiency"),
    "health": ("%", "health"),
}
# In what figures of a role are measured.
_ENERGY: Final = ("J", "kJ", "MJ", "Wh", "kWh", "MWh")
_UNITS_OF: Final[Mapping[Role, tuple[str, ...]]] = {
    "energy": _ENERGY,
    "power": ("mW", "W", "kW", "MW"),
    "co2": ("g", "kg", "t"),
    "running": ("s", "min", "h", "d"),
}
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
# How a unit ends the name of a figure: energy_kwh, kwh_per_l, services_per_h.
_SPELT: Final = str.maketrans({"%": "percent", "³": "3", "²": "2", "°": "", " ": "_"})
_ENDS: Final = (
    *("w", "kw", "wh", "kwh", "mwh", "j", "kj", "mj", "g", "kg", "t", "s", "ms", "min", "h", "d"),
    *("l", "ml", "m3", "k", "c", "a", "ma", "v", "mv", "pa", "kpa", "bar", "percent"),
)


def mistakes(asset: Asset) -> list[str]:
    """What cannot be meant; empty where nothing stands out."""
    found = [sentence for channel in asset.channels for sentence in _of_channel(channel)]
    found += [sentence for counter in asset.counters for sentence in _of_counter(asset, counter)]
    found += [sentence for entry in asset.kpis for sentence in _of_kpi(entry)]
    return found + list(_of_roles(asset.kpis))


def _of_channel(channel: Channel) -> Iterator[str]:
    for check in _CHECKS:
        yield from check(channel)


def _range(channel: Channel) -> Iterator[str]:
    band = channel.normal[1] - channel.normal[0]
    if channel.high - channel.low > WIDEST * band:
        yield (
            f"{channel.name}: {channel.low:g} to {channel.high:g} {channel.unit} is more than "
            f"{WIDEST:g} times its normal band, and lets every mistake of a sensor pass: say what "
            "can possibly be"
        )
    zero = _ABSOLUTE_ZERO.get(channel.unit)
    if zero is not None and channel.low < zero:
        yield f"{channel.name}: nothing is colder than {zero:g} {channel.unit}"


def _steps(channel: Channel) -> Iterator[str]:
    step = 10.0**-channel.decimals
    if (channel.normal[1] - channel.normal[0]) / step < FEWEST_STEPS:
        yield (
            f"{channel.name}: with {channel.decimals} decimals its normal band is less than "
            f"{FEWEST_STEPS:g} steps wide: give it more decimals"
        )
    if 0.0 < channel.accuracy < step:
        yield (
            f"{channel.name}: its sensor is good to {channel.accuracy:g} {channel.unit}, and "
            f"{channel.decimals} decimals carry {step:g} only: give it more decimals"
        )


def _numbers(channel: Channel) -> Iterator[str]:
    named = {"low": channel.low, "high": channel.high}
    named |= {"normal from": channel.normal[0], "normal to": channel.normal[1]}
    for limit in channel.limits:
        named |= {f"the {limit.side} limit": limit.at, "a hysteresis": limit.hysteresis}
    for name, value in named.items():
        if round(value, channel.decimals) != value:
            yield (
                f"{channel.name}: {name} ({value:g}) is finer than the {channel.decimals} decimals "
                "its values travel with"
            )


_CHECKS: Final[tuple[Callable[[Channel], Iterator[str]], ...]] = (_range, _steps, _numbers)


def _of_counter(asset: Asset, counter: Counter) -> Iterator[str]:
    step, rate_hz = 10.0**-counter.decimals, asset.nominal_rate_hz
    if counter.max_rate is not None and counter.max_rate < step * rate_hz:
        yield (
            f"{counter.name}: at its max_rate ({counter.max_rate:g} a second) not one step of it"
            f" ({step:g}) fits between two readings: each would be taken for a glitch"
        )


def _of_kpi(entry: Kpi) -> Iterator[str]:
    if entry.headline and entry.role is None:
        yield f"{entry.name}: a headline needs a role, by which pages and comparisons find it"
    yield from _of_rule(entry) if entry.rule in _OF_RULES else _of_unit(entry)


def _of_rule(entry: Kpi) -> Iterator[str]:
    unit, role = _OF_RULES[entry.rule]
    if entry.unit != unit:
        yield f"{entry.name}: the rule {entry.rule} gives {unit}, not {entry.unit}"
    if role is not None and entry.role != role:
        yield f"{entry.name}: what the rule {entry.rule} gives has the role {role!r}"


def _of_unit(entry: Kpi) -> Iterator[str]:
    """Of a formula's unit the dimensions are worked out when it is compiled, and the rest here."""
    known = _UNITS_OF.get(entry.role) if entry.role else None
    if known and entry.unit not in known:
        yield f"{entry.name}: what has the role {entry.role!r} is in {', '.join(known)}"
    if entry.role in MONEY and not _is_money(entry):
        yield f"{entry.name}: what has the role {entry.role!r} is in a currency, such as GBP"
    said = entry.name.rpartition("_")[2]
    if said in _ENDS and not f"_{entry.name}".endswith(_spelt(entry.unit)):
        yield f"{entry.name}: its name ends in {said}, and its unit is {entry.unit}"


def _of_roles(kpis: Sequence[Kpi]) -> Iterator[str]:
    """Whether pages and bills find its energy and its cost."""
    roles = {entry.role for entry in kpis}
    energies = [entry.name for entry in kpis if entry.unit in _ENERGY]
    earned = set(MONEY) - {"cost"}
    costs = [entry.name for entry in kpis if _is_money(entry) and entry.role not in earned]
    for role, names in (("energy", energies), ("cost", costs)):
        if names and role not in roles:
            yield f"{names[0]}: no figure has the role {role!r}, by which pages and bills find it"


def _is_money(entry: Kpi) -> bool:
    return _CURRENCY.fullmatch(entry.unit) is not None


def _spelt(unit: str) -> str:
    plain = unit.removeprefix("1/").translate(_SPELT).lower()
    return f"_per_{plain}" if unit.startswith("1/") else f"_{plain.replace('/', '_per_')}"
