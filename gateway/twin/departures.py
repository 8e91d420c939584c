"""What a model has of an anomaly of all channels in; sentences with figures out. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from contract.assets.words import Channel
from contract.messages import Reason
from gateway.twin.fleet import Device


def summary(device: Device, channel: str) -> str:
    """The anomaly in one sentence."""
    title = device.asset.by_name[channel].title
    return f"All channels together are unlike this machine's normal, {title} most of all."


def evidence(
    device: Device, departed: Sequence[Mapping[str, Any]], values: Mapping[str, float | None]
) -> list[Reason]:
    """Which channels departed, by how much and from what.

    ``departed``: as inference has them, most first: ``channel``, its ``share`` of the score, and
    what is ``usual``. ``values`` are those of the look.
    """
    found = []
    for each in departed:
        channel = device.asset.by_name[each["channel"]]
        text = _sentence(channel, values.get(channel.name), each["usual"])
        found.append(Reason(channel.name, each["share"], text))
    return found


def _sentence(channel: Channel, value: float | None, usual: float | None) -> str:
    if value is None:
        return f"{channel.title} was not measured just then."
    told = f"{channel.title} is {_figure(channel, value)}"
    if usual is None:
        return f"{told}, too far from what was learned to say by how much."
    apart, least = value - usual, 0.5 * 10.0**-channel.decimals
    if abs(apart) < least:
        return f"{told} as usual, and does not fit the other channels."
    side = "above" if apart > 0 else "below"
    return f"{told}, {_figure(channel, abs(apart))} {side} its usual {_figure(channel, usual)}."


def _figure(channel: Channel, value: float) -> str:
    return f"{value:.{channel.decimals}f} {channel.unit}".rstrip()
