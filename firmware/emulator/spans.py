"""Where a machine's values lie: a channel's least and greatest in, readings between them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import msgspec

from contract.assets import get
from contract.assets.words import Channel

_MOST_DECIMALS: Final = 9


class Span(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """``least`` to ``most`` is where a healthy machine's values lie."""

    least: float = msgspec.field(name="min")
    most: float = msgspec.field(name="max")
    unit: str = ""
    decimals: int | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.least) and isfinite(self.most) and self.least < self.most):
            raise ValueError(f"min ({self.least:g}) must be less than max ({self.most:g})")
        if self.decimals is not None and not 0 <= self.decimals <= _MOST_DECIMALS:
            raise ValueError(f"decimals must be 0 to {_MOST_DECIMALS}, not {self.decimals}")


Spans = Mapping[str, Span]


@dataclass(frozen=True)
class _Moved:
    """From one band to another; never beyond what its type says can be."""

    channel: Channel
    span: Span

    def __call__(self, value: float) -> float:
        begin, end = self.channel.normal
        share = (value - begin) / (end - begin)
        moved = self.span.least + share * (self.span.most - self.span.least)
        return min(max(moved, self.channel.low), self.channel.high)


class Spanned:
    """A machine of which some channels lie elsewhere than its type's normal bands.

    What its model shows from one end of the normal band to the other is shown from ``min`` to
    ``max``, and what a fault does in proportion.
    """

    def __init__(self, machine: Any, asset: str, spans: Spans) -> None:
        self._machine = machine
        channels = get(asset).by_name
        self._moved = {name: _Moved(channels[name], span) for name, span in spans.items()}

    def step(self, dt_s: float) -> dict[str, Any]:
        values: dict[str, Any] = dict(self._machine.step(dt_s))
        for name, moved in self._moved.items():
            values[name] = moved(values[name])
        return values

    def __getattr__(self, name: str) -> Any:
        return getattr(self._machine, name)


def check(asset: str, spans: Spans) -> None:
    """Whether a machine of that type can be so.

    Raises:
        ValueError: the type has not such a channel, or it cannot be so; the text says which.
    """
    channels = get(asset).by_name
    for name, span in spans.items():
        channel = channels.get(name)
        if channel is None:
            raise ValueError(
                f"a {asset} has no channel {name!r}; it has {', '.join(channels)}. Without a type "
                "a machine has the channels that are written here"
            )
        if not channel.low <= span.least < span.most <= channel.high:
            raise ValueError(
                f"{name}: {span.least:g} to {span.most:g} is not within what a {asset} can have "
                f"({channel.low:g} to {channel.high:g} {channel.unit})"
            )
        if span.unit or span.decimals is not None:
            raise ValueError(
                f"{name}: unit and decimals are those of its type ({channel.unit}, "
                f"{channel.decimals}): leave them out"
            )
