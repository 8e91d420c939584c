"""Readings in, the same readings out with only what their asset type can have measured. Pure.

One bad channel costs that channel alone: it is set aside by name, and the others of its reading
count. A reading is refused where nothing is left of it, or where a channel simply is not there.
"""

from collections.abc import Mapping
from typing import Final

from contract.assets.words import NORMAL, Asset, Channel
from contract.errors import Reason, Rejected
from contract.messages import Aside, Reading

MOST_ASIDE: Final = 32  # channels of one reading; a payload that invents more means no harm alone
LONGEST_NAME: Final = 64


class Checker:
    """The channel rules of one asset type, made ready once. Immutable."""

    __slots__ = ("_asset", "_optional", "_required", "_truths")

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._required = tuple((c.name, c.low, c.high) for c in asset.required)
        self._optional = tuple((c.name, c.low, c.high) for c in asset.channels if c.optional)
        self._truths = frozenset({None, NORMAL, *(fault.name for fault in asset.faults)})

    def fits(self, values: Mapping[str, float]) -> bool:
        """Whether these are channels of the asset type, whatever they measured."""
        return values.keys() <= self._asset.by_name.keys()

    def check(self, reading: Reading) -> None:
        """Set aside what the asset type cannot have measured.

        Raises:
            Rejected: with the reading's key, where nothing is left or a channel is missing.
        """
        if reading.aside is not None or not self._is_plain(reading.values):
            self._sift(reading)
        if reading.truth not in self._truths:
            raise _reject(reading, "wrong_shape", f"unknown truth {reading.truth!r:.60}")

    def _is_plain(self, values: Mapping[str, float]) -> bool:
        """Whether all is possible and nothing is missing, as of nearly every reading."""
        for name, low, high in self._required:
            value = values.get(name)
            if value is None or not low <= value <= high:
                return False
        measured = len(self._required)
        for name, low, high in self._optional:
            value = values.get(name)
            if value is not None:
                measured += 1
                if not low <= value <= high:
                    return False
        return len(values) == measured

    def _sift(self, reading: Reading) -> None:
        kept: dict[str, float] = {}
        aside = {
            name: why if name in self._asset.by_name else self._surplus(name, why.value)
            for name, why in (reading.aside or {}).items()
        }
        for name, value in reading.values.items():
            channel = self._asset.by_name.get(name)
            if channel is None:
                aside[name] = self._surplus(name, value)
            elif (clipped := _clipped(channel, value)) is not None:
                kept[name] = clipped
            else:
                aside[name] = _impossible(channel, value)
        self._insist(reading, kept, aside)
        reading.values = kept
        reading.aside = {name[:LONGEST_NAME]: why for name, why in aside.items()} or None

    def _insist(
        self, reading: Reading, kept: Mapping[str, float], aside: Mapping[str, Aside]
    ) -> None:
        """Refuse a reading that lacks a channel, or of which nothing is left."""
        if len(aside) > MOST_ASIDE:
            detail = f"{len(aside)} channels that cannot be; a reading may have {MOST_ASIDE}"
            raise _reject(reading, "too_many", detail)
        required = [name for name, _, _ in self._required]
        for name in required:
            if name not in kept and name not in aside:
                raise _reject(reading, "missing_channel", self._missing(name, aside))
        if not any(name in kept for name in required):
            reasons = [aside[name] for name in required]
            detail = "; ".join(why.detail for why in reasons)
            reason: Reason = "out_of_range"
            if all(why.reason == "not_a_number" for why in reasons):
                reason = "not_a_number"
            raise _reject(reading, reason, detail)

    def _missing(self, name: str, aside: Mapping[str, Aside]) -> str:
        surplus = [f"{n[:40]!r}" for n, why in aside.items() if why.reason == "unknown_channel"]
        unknown = f"; a {self._asset.name} has no {', '.join(surplus)}" if surplus else ""
        return f"{name} is missing{unknown}"

    def _surplus(self, name: str, value: float | None) -> Aside:
        detail = f"{self._asset.name} has no channel {name[:40]!r}"
        return Aside(value, "unknown_channel", detail)


def _clipped(channel: Channel, value: float) -> float | None:
    """The value, within the possible range; None where it lies further out than its accuracy.

    A sensor at rest reads a little below zero as often as above: that is its error, not a fault.
    """
    if not channel.low - channel.accuracy <= value <= channel.high + channel.accuracy:
        return None
    return min(max(value, channel.low), channel.high)


def _impossible(channel: Channel, value: float) -> Aside:
    span = f"{channel.low:g} to {channel.high:g} {channel.unit}"
    detail = f"{channel.name} is {value:g}, possible is {span}"
    if channel.low == 0.0 and channel.low <= -value <= channel.high:
        detail += ": is its sensor connected the other way round?"
    return Aside(value, "out_of_range", detail)


def _reject(reading: Reading, reason: Reason, detail: str) -> Rejected:
    key = (reading.epoch, reading.seq) if reading.epoch else (None, None)
    return Rejected(reason, detail, epoch=key[0], seq=key[1])
