"""An asset type in, a sentence out for each thing in it that cannot hold together.

What is well-formed and cannot be meant is told by ``mistakes``, what is wrong with a formula when
it is compiled.
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

from contract.assets.words import Asset, Channel, Event, Fault, Input, Limit, Rolling
from contract.window import is_long

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ICON: Final = re.compile(r"mdi-[a-z0-9-]{1,60}")
MOST_DECIMALS: Final = 9
ROLLING_WINDOW: Final = (10, 1000)
_WINDOW_PERIODS: Final = (2, 100)
_LONGEST_WINDOW_S: Final = 3600.0  # of a long one its rows lie further apart


def flaws(asset: Asset) -> list[str]:
    """What cannot hold together; empty where all of it does."""
    return [sentence for check in _CHECKS for sentence in check(asset)]


def _names(asset: Asset) -> Iterator[str]:
    for names in _named(asset):
        yield from (_no_name(name) for name in names if not NAME.fullmatch(name))
        yield from (
            f"{name}: two things have this name: one name each"
            for name, same in groupby(sorted(names))
            if len(list(same)) > 1
        )
    for event in asset.events:
        yield from (_no_name(name) for name in _parts(event) if not NAME.fullmatch(name))
    for state in asset.states:
        yield from (_no_name(name) for name in state.elements if not NAME.fullmatch(name))
        if not state.elements:
            yield f"{state.name}: a state needs values"


def _named(asset: Asset) -> Iterator[list[str]]:
    """Names that must differ from each other."""
    words = (asset.channels, asset.counters, asset.states, asset.labels)
    others = (asset.derived, asset.kpis, asset.params, asset.events)
    yield [each.name for part in (*words, *others) for each in part]
    yield [each.name for each in asset.faults]
    wears = [each.name for each in asset.wears]
    yield [each.name for each in asset.services] + wears
    yield [each.name for each in asset.kpis] + wears
    yield [each.name for each in asset.inputs]


def _no_name(name: str) -> str:
    return f"{name[:40]!r} is no name: letters, digits and _ . - only, at most 64 of them"


def _parts(event: Event) -> list[str]:
    return [*(name for name, _ in event.fields), *event.words]


def _measures(asset: Asset) -> Iterator[str]:
    if not asset.required:
        yield "it needs at least one channel that every reading has (one that is not optional)"
    if not _ICON.fullmatch(asset.icon):
        yield f"icon is {asset.icon[:40]!r}; it is a Material Design icon such as mdi-fan"


def _times(asset: Asset) -> Iterator[str]:
    if not asset.nominal_rate_hz > 0:
        yield "nominal_rate_hz must be more than 0: how many readings a second it sends"
        return
    period_s = 1.0 / asset.nominal_rate_hz
    if not period_s < asset.max_gap_s <= asset.stale_after_s:
        yield (
            f"max_gap_s ({asset.max_gap_s:g}) must be longer than from one reading to the next"
            f" ({period_s:g} s), and no longer than stale_after_s ({asset.stale_after_s:g})"
        )
    least, most = _WINDOW_PERIODS
    longest_s = max(most * period_s, _LONGEST_WINDOW_S if is_long(asset) else 0.0)
    if not least * period_s <= asset.window_s <= longest_s:
        yield (
            f"window_s ({asset.window_s:g}) must hold {least} readings at least, and {most} at most"
            f" where it is not long: {least * period_s:g} to {longest_s:g} s"
        )


def _channels(asset: Asset) -> Iterator[str]:
    for channel in asset.channels:
        yield from _channel(channel)


def _channel(channel: Channel) -> Iterator[str]:
    name, (begin, end) = channel.name, channel.normal
    if not channel.low <= begin < end <= channel.high:
        yield (
            f"{name}: its normal band ({begin:g} to {end:g}) must lie within what is possible"
            f" ({channel.low:g} to {channel.high:g})"
        )
    if not 0 <= channel.decimals <= MOST_DECIMALS:
        yield f"{name}: decimals must be 0 to {MOST_DECIMALS}"
    if not channel.title or not channel.unit:
        yield f"{name}: it needs a title and a unit ('1' where it has none)"
    sides = [limit.side for limit in channel.limits]
    if len(sides) != len(set(sides)):
        yield f"{name}: a side has one limit"
    if channel.rolling is not None:
        yield from (f"{name}, rolling: {said}" for said in _rolling(channel.rolling))
    for limit in channel.limits:
        yield from (f"{name}, its {limit.side} limit: {said}" for said in _limit(channel, limit))


def _rolling(said: Rolling) -> Iterator[str]:
    least, most = ROLLING_WINDOW
    if not least <= said.window <= most:
        yield f"window is {said.window}; it is {least} to {most} readings"
    if not said.threshold >= 1.0:
        yield "threshold must be 1 or more: so many times the usual spread"
    if not said.least >= 0.0:
        yield "least must be 0 or more"


def _limit(channel: Channel, limit: Limit) -> Iterator[str]:
    (begin, end), at = channel.normal, limit.at
    is_high = limit.side == "high"
    if not (end < at < channel.high if is_high else channel.low < at < begin):
        yield (
            f"{at:g} must lie {'above' if is_high else 'below'} the normal band"
            f" ({begin:g} to {end:g}) and within what is possible"
            f" ({channel.low:g} to {channel.high:g})"
        )
    elif not limit.hysteresis > 0:
        yield "hysteresis must be more than 0, or the alarm comes and goes with every reading"
    elif not (at - limit.hysteresis >= end if is_high else at + limit.hysteresis <= begin):
        yield f"it clears within the normal band: let hysteresis be at most {_room(channel, at):g}"
    if limit.delay_s < 0:
        yield "delay_s must be 0 or more"
    if not limit.advice.endswith("."):
        yield "advice must be a sentence that says what to do"


def _room(channel: Channel, at: float) -> float:
    return min(abs(at - edge) for edge in channel.normal)


def _kpis(asset: Asset) -> Iterator[str]:
    for entry in asset.kpis:
        if bool(entry.formula) == bool(entry.rule):
            yield f"{entry.name}: a figure has a formula"
        if entry.by and entry.by not in {label.name for label in asset.labels}:
            yield f"{entry.name}: it is told by {entry.by!r}, which is no label of the type"
    rules = {entry.rule for entry in asset.kpis}
    if asset.thermal is None and rules & {"cooling_rate", "thermal_efficiency_index"}:
        yield "a figure of a rule about cooling needs a thermal model"


def _looked_up(asset: Asset) -> Iterator[str]:
    """Channels that the type names by itself."""
    required = {channel.name for channel in asset.required}
    wanted: dict[str, str] = {}
    if asset.running is not None:
        wanted["running"] = asset.running.channel
    if asset.thermal is not None:
        wanted["thermal, temperature_channel"] = asset.thermal.temperature_channel
        wanted["thermal, speed_channel"] = asset.thermal.speed_channel
        if asset.thermal.ambient_channel not in {None, *asset.by_name}:
            yield f"thermal: there is no channel {asset.thermal.ambient_channel!r}"
    for word, channel in wanted.items():
        if channel not in required:
            yield f"{word}: {channel!r} must be a channel that every reading has"


def _faults(asset: Asset) -> Iterator[str]:
    seen: dict[int, str] = {}
    for fault in asset.faults:
        if fault.code < 1:
            yield f"{fault.name}: its code is {fault.code}; codes are from 1 on"
        elif fault.code in seen:
            yield f"{fault.name}: its code {fault.code} is that of {seen[fault.code]} already"
        seen.setdefault(fault.code, fault.name)
        yield from _fault(fault)
        for name in fault.channels:
            if name not in asset.by_name:
                yield f"{fault.name}: its channels name {name!r}, which the type has not"


def _fault(fault: Fault) -> Iterator[str]:
    if fault.severity == "None":
        yield f"{fault.name}: a fault has a severity"
    if not fault.label or not fault.advice.endswith("."):
        yield f"{fault.name}: a fault has a label, and an advice that is a sentence"


def _services(asset: Asset) -> Iterator[str]:
    events = {event.name for event in asset.events}
    for service in asset.services:
        if service.reset_by not in events:
            yield f"{service.name}: reset_by is {service.reset_by!r}, which is none of its events"


def _inactivity(asset: Asset) -> Iterator[str]:
    said = asset.inactivity
    if said is None:
        return
    if said.event not in {event.name for event in asset.events}:
        yield f"inactivity: event is {said.event!r}, which is none of its events"
    units = {param.name: param.unit for param in asset.params}
    if units.get(said.after) != "h":
        yield f"inactivity: after is {said.after!r}, which is no parameter of it in h"
    if not said.advice.endswith("."):
        yield "inactivity: advice must be a sentence that says what to do"


def _wears(asset: Asset) -> Iterator[str]:
    events = {"", *(event.name for event in asset.events)}
    for wear in asset.wears:
        if wear.reset_by not in events:
            yield f"{wear.name}: reset_by is {wear.reset_by!r}, which is none of its events"
        if not wear.title or not wear.sign or not wear.advice.endswith("."):
            yield f"{wear.name}: it needs a title, a sign, and an advice that is a sentence"
        side = "low" if wear.falls else "high"
        channel = asset.by_name.get(wear.ends_at)
        if channel and side not in {limit.side for limit in channel.limits}:
            yield f"{wear.name}: it ends at the {side} limit of {channel.name}, which has none"


def _inputs(asset: Asset) -> Iterator[str]:
    units = {param.name: param.unit for param in asset.params}
    for entry in asset.inputs:
        yield from _input(entry)
        if entry.channel and entry.channel not in asset.by_name:
            yield f"{entry.name}: it is told by {entry.channel!r}, which is none of its channels"
        if entry.param and units.get(entry.param) != entry.unit:
            yield f"{entry.name}: {entry.param!r} must be a parameter in {entry.unit or 'no unit'}"


def _input(entry: Input) -> Iterator[str]:
    if entry.choices:
        if entry.default not in entry.choices:
            yield f"{entry.name}: its default is {entry.default!r}, which is none of its choices"
        return
    if isinstance(entry.default, str) or not entry.low <= entry.default <= entry.high:
        yield (
            f"{entry.name}: its default ({entry.default}) must be a number from low to high"
            f" ({entry.low:g} to {entry.high:g})"
        )
    if not entry.low < entry.high or not entry.unit:
        yield f"{entry.name}: it needs a low, a high above it and a unit, or choices"


_CHECKS: Final[tuple[Callable[[Asset], Iterator[str]], ...]] = (
    _names, _measures, _times, _channels, _kpis, _looked_up, _faults, _services, _inactivity,
    _wears, _inputs,
)  # fmt: skip
