"""An asset type in, a sentence out for each thing in it that is well-formed and cannot be meant."""

from collections.abc import Callable, Iterator
from typing import Final

from contract.assets.words import Asset, Channel, Kpi, Role

# A range this many times the normal band keeps no rubbish out.
WIDEST: Final = 100.0
# With fewer steps of its last decimal in the normal band, a channel shows neither trend nor fault.
FEWEST_STEPS: Final = 10.0
_ABSOLUTE_ZERO: Final = {"°C": -273.15, "K": 0.0, "°F": -459.67}
# What the rules of gateway/twin/kpi.py answer: a unit (None: the site's currency) and a role.
_OF_RULES: Final[dict[str, tuple[str | None, Role | None]]] = {
    "dc_power": ("W", "power"),
    "energy": ("Wh", "energy"),
    "co2": ("g", "co2"),
    "cost": (None, "cost"),
    "cooling_rate": ("°C/min", None),
    "thermal_efficiency_index": ("1", "efficiency"),
    "running_hours": ("h", "running"),
    "health": ("%", "health"),
}


def mistakes(asset: Asset) -> list[str]:
    """What cannot be meant; empty where nothing stands out."""
    found = [sentence for channel in asset.channels for sentence in _of_channel(channel)]
    return found + [sentence for entry in asset.kpis for sentence in _of_kpi(entry)]


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


def _of_kpi(entry: Kpi) -> Iterator[str]:
    if entry.headline and entry.role is None:
        yield f"{entry.name}: a headline needs a role, by which pages and comparisons find it"
    if entry.rule not in _OF_RULES:
        return  # the units of a formula are worked out when it is compiled
    unit, role = _OF_RULES[entry.rule]
    if unit is not None and entry.unit != unit:
        yield f"{entry.name}: the rule {entry.rule} gives {unit}, not {entry.unit}"
    if role is not None and entry.role != role:
        yield f"{entry.name}: what the rule {entry.rule} gives has the role {role!r}"
