"""A device's readings in, by its own numbering; its newest value of each channel out. Pure.

A reading may carry any part of its type's channels: what the newest one lacks is held.
"""

from collections.abc import Container, Mapping
from typing import Final

import msgspec

from contract.assets.words import Asset
from contract.messages import ChannelTrouble, Reading, Value

SPACINGS_MISSED: Final = (
    3  # a channel that is sent now and then is missed after so many times its spacing
)


class Held(msgspec.Struct):
    """A value of an earlier reading, and when that was measured."""

    value: Value
    time_ms: int


class Holding(msgspec.Struct):
    """What the newest reading of one device lacks, of all that its readings have had.

    Bounded by the words of its type: a checker has let nothing else by.
    """

    values: dict[str, Held] = {}
    spacing_ms: dict[str, int] = {}  # of what was away once: how long, the last time

    def step(self, before: Reading, reading: Reading) -> None:
        """The next reading, which has other channels than the one ``before`` or something lacks."""
        values, time_ms = self.values, reading.time_ms or 0
        for name in reading.values:
            held = values.pop(name, None)
            if held is not None:
                self.spacing_ms[name] = max(0, time_ms - held.time_ms)
        for name, value in before.values.items():
            if name not in reading.values:
                values[name] = Held(value, before.time_ms or 0)

    def live(
        self, newest: Mapping[str, Value], *, without: Container[str] = ()
    ) -> dict[str, Value]:
        """Of each channel the newest value."""
        if not self.values:
            return dict(newest)
        held = {n: each.value for n, each in self.values.items() if n not in without}
        return held | dict(newest)

    def forget(self, *, from_ms: int, to_ms: int) -> None:
        """What was measured in a time was deleted."""
        gone = [n for n, each in self.values.items() if from_ms <= each.time_ms < to_ms]
        for name in gone:
            del self.values[name]

    def times_ms(self, *, without: Container[str] = ()) -> dict[str, int]:
        """When those were measured that the newest reading lacks."""
        if not self.values:
            return {}
        return {n: each.time_ms for n, each in self.values.items() if n not in without}

    def numbers(self, newest: Mapping[str, Value], *, since_ms: int) -> dict[str, float]:
        """Of each channel the newest value, none from before ``since_ms``; no texts."""
        held = {n: each.value for n, each in self.values.items() if each.time_ms >= since_ms}
        return {n: v for n, v in (held | dict(newest)).items() if not isinstance(v, str)}

    def missed(
        self, asset: Asset, *, newest_ms: int, stale_after_ms: int
    ) -> dict[str, ChannelTrouble]:
        """Channels that others outlived by far: they were sent once, and are no more.

        Not those that are sent as they change, nor counters, states and labels: they stand.
        """
        found: dict[str, ChannelTrouble] = {}
        if not self.values:
            return found
        for channel in asset.required:
            held = self.values.get(channel.name)
            if held is None or channel.hold == "step":
                continue
            usual_ms = SPACINGS_MISSED * self.spacing_ms.get(channel.name, 0)
            if newest_ms - held.time_ms > max(stale_after_ms, usual_ms):
                detail = f"{channel.name} is not sent any more, though other channels are"
                found[channel.name] = ChannelTrouble(held.value, "not_sent", detail, held.time_ms)
        return found
