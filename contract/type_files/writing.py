"""A device of no type in, the file of a type like it out. Pure.

What nobody has said is as it was seen: the gauge's range for what is normal, and five times as much
either side for what is possible. The file says so, for whoever knows better.
"""

import json
from collections.abc import Collection, Iterator
from typing import Final

from contract.assets.mistakes import FEWEST_STEPS, WIDEST
from contract.assets.words import Asset, Channel, Limit
from contract.type_files.generic import Description

_AROUND: Final = 5.0  # times the range that was seen
_MOST_DECIMALS: Final = 9
_COLDEST: Final = {"°C": -273.15, "K": 0.0, "°F": -459.67}
_HEAD: Final = """\
# Made of what {device} has sent. What nobody said is as it was seen: look at low, high and normal.
# Every word there is: docs/examples/compressor.toml. A changed file counts within seconds.
"""


def written(
    description: Description, *, device: str, title: str, rate_hz: float, always: Collection[str]
) -> str:
    """The file; ``always`` are the channels that every reading has."""
    asset = description.asset
    names = {channel.name for channel in asset.channels}
    required = names & set(always) or names
    lines = [_HEAD.format(device=device), "[asset]", f"title = {_text(title)}"]
    lines += [f"nominal_rate_hz = {_number(rate_hz)}"]
    for channel in asset.channels:
        lines += ["", *_channel(channel, description, is_required=channel.name in required)]
    return "\n".join([*lines, *_labels(asset), ""])


def _labels(asset: Asset) -> Iterator[str]:
    for label in asset.labels:
        yield ""
        yield "[[labels]]"
        yield f"name = {_text(label.name)}"
        yield f"title = {_text(label.title)}"


def _channel(channel: Channel, description: Description, *, is_required: bool) -> Iterator[str]:
    begin, end = _band(channel, description)
    low, high = _possible(channel, description, (begin, end))
    numbers = [low, high, begin, end]
    numbers += [number for limit in channel.limits for number in (limit.at, limit.hysteresis)]
    decimals = _decimals(channel.decimals, numbers, band=end - begin)
    yield "[[channels]]"
    yield f"name = {_text(channel.name)}"
    yield f"title = {_text(channel.title)}"
    yield f"unit = {_text(channel.unit or '1')}"
    yield f"low = {_number(low)}"
    yield f"high = {_number(high)}"
    yield f"normal = [{_number(begin)}, {_number(end)}]"
    yield f"decimals = {decimals}"
    if not is_required:
        yield "optional = true"
    if channel.limits:
        yield "limits = ["
        yield from (f"  {_limit(limit, decimals)}," for limit in channel.limits)
        yield "]"


def _band(channel: Channel, description: Description) -> tuple[float, float]:
    """What is normal: as somebody said, else all that was seen short of the limits."""
    said = description.said(channel.name).normal
    if said is not None:
        return said
    begin, end = description.shown(channel.name)
    for limit in channel.limits:
        if limit.side == "high":
            end = min(end, limit.at - (limit.hysteresis or _step(channel)))
        else:
            begin = max(begin, limit.at + (limit.hysteresis or _step(channel)))
    return (begin, end) if begin < end else (end - 1.0, end)


def _possible(
    channel: Channel, description: Description, band: tuple[float, float]
) -> tuple[float, float]:
    said = description.said(channel.name)
    seen = description.shown(channel.name)
    least, most = min(seen[0], band[0]), max(seen[1], band[1])
    room = (WIDEST - 1.0) * (band[1] - band[0]) - (most - least)
    around = max(min(_AROUND * (most - least), room / 2.0), 0.0) or _step(channel)
    low = max(least - around, _COLDEST.get(channel.unit, least - around))
    return (low if said.low is None else said.low), (
        most + around if said.high is None else said.high
    )


def _decimals(least: int, numbers: list[float], *, band: float) -> int:
    """So many that a trend shows within the band, and every number can be told."""
    for decimals in range(least, _MOST_DECIMALS):
        is_fine = band * 10.0**decimals >= FEWEST_STEPS
        if is_fine and all(round(number, decimals) == number for number in numbers):
            return decimals
    return _MOST_DECIMALS


def _step(channel: Channel) -> float:
    return float(10.0**-channel.decimals)


def _limit(limit: Limit, decimals: int) -> str:
    back = limit.hysteresis or 10.0**-decimals
    return (
        f'{{ side = "{limit.side}", at = {_number(limit.at)}, hysteresis = {_number(back)},'
        f' delay_s = {_number(limit.delay_s)}, severity = "{limit.severity}",'
        f" advice = {_text(limit.advice)} }}"
    )


def _text(text: str) -> str:
    """A basic string of TOML, which is one of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    return f"{value:.12g}"
