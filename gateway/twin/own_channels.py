"""What is said of a machine's own normal bands and limits, over those of its type. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from contract.assets.words import Channel, Limit


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """Of one channel of one machine; None: as its type has it. No limits at all is ``()``."""

    normal: tuple[float, float] | None = None
    limits: tuple[Limit, ...] | None = None


AS_ITS_TYPE = Own()


def channels_with(channels: tuple[Channel, ...], own: Mapping[str, Own]) -> tuple[Channel, ...]:
    """A type's channels as one machine has them; the same tuple where nothing is its own."""
    if not any(own.get(channel.name, AS_ITS_TYPE) != AS_ITS_TYPE for channel in channels):
        return channels
    return tuple(channel_with(channel, own.get(channel.name, AS_ITS_TYPE)) for channel in channels)


def channel_with(channel: Channel, own: Own) -> Channel:
    """One of them."""
    normal = channel.normal if own.normal is None else own.normal
    limits = channel.limits if own.limits is None else own.limits
    return replace(channel, normal=normal, limits=limits)


def id_of(channels: tuple[Channel, ...]) -> str:
    """Another whenever any band or limit is."""
    whole = [(channel.name, channel.normal, channel.limits) for channel in channels]
    return hashlib.sha256(msgspec.json.encode(whole)).hexdigest()[:12]
