"""What a device of no type sends, and what people say of it, in; its description out. Pure.

Whatever it measures is taken as it comes: a number makes a channel, a text a label. Nothing is
impossible of a channel until somebody says so; what gauges show is as wide as what was seen.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from contract.assets import GENERIC
from contract.assets.capabilities import HEALTH
from contract.assets.flaws import NAME
from contract.assets.words import Asset, Channel, Label, Limit
from contract.messages import Value

MOST_CHANNELS: Final = 64
MOST_DECIMALS: Final = 3  # that are seen; a person may say more
EVERYTHING: Final = (-math.inf, math.inf)
# Columns of exports and fields of InfluxDB that are called so already.
TAKEN: Final = frozenset(
    {"time", "time_ms", "board_time_ms", "device", "asset", "lane", "epoch", "seq", "truth"}
    | {"diagnosis", "power_w"}
)
# Kinds of rows in the ledger: what a device showed, and what a person said.
LEARNED: Final = "learned"
CHANNEL: Final = "channel"

_Short = Annotated[str, Meta(min_length=1, max_length=80)]


class Learned(msgspec.Struct, frozen=True):
    """What was seen of one name; from ``low`` to ``high`` its gauge goes.

    ``unit``: as the file said that it was imported from; boards say none.
    """

    kind: Literal["channel", "label"]
    low: float = 0.0
    high: float = 0.0
    decimals: int = 0
    unit: str | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a person says of a channel; ``low`` and ``high`` are what can possibly be."""

    title: _Short | None = None
    unit: Annotated[str, Meta(max_length=20)] | None = None
    decimals: Annotated[int, Meta(ge=0, le=9)] | None = None
    normal: tuple[float, float] | None = None
    low: float | None = None
    high: float | None = None
    limits: tuple[Limit, ...] = ()


_NOTHING: Final = Said()
_encode: Final = msgspec.json.encode


class Description:
    """What describes one device of no type. Immutable."""

    def __init__(
        self, learned: Mapping[str, Learned] | None = None, said: Mapping[str, Said] | None = None
    ) -> None:
        self.learned = learned or {}
        self._said = said or {}

    def said(self, name: str) -> Said:
        return self._said.get(name, _NOTHING)

    def news(self, values: Mapping[str, Value]) -> dict[str, Learned]:
        """What these values show that was not known."""
        known = self.learned
        found: dict[str, Learned] = {}
        for name, value in values.items():
            before = known.get(name)
            if before is None and not self._has_room(name, found):
                continue
            after = _seen(before, value)
            if after is not before:
                found[name] = after
        return found

    def units_told(self, units: Mapping[str, str]) -> dict[str, Learned]:
        """What a file says of the units of channels that are known, as ``news``."""
        return {
            name: msgspec.structs.replace(learned, unit=units[name])
            for name, learned in self.learned.items()
            if learned.kind == "channel" and not learned.unit and units.get(name)
        }

    def unit(self, name: str) -> str:
        """Of a channel, as a person says, or else a file; empty: nobody has."""
        learned = self.learned.get(name)
        return self.said(name).unit or (learned is not None and learned.unit) or ""

    def shows(self, values: Mapping[str, Value]) -> bool:
        """Whether anything of it is a channel, or can be one."""
        return any(name in self.learned or why_not(name) is None for name in values)

    def _has_room(self, name: str, found: Mapping[str, Learned]) -> bool:
        more = sum(each not in self.learned for each in found)
        return len(self.learned) + more < MOST_CHANNELS and why_not(name) is None

    def with_learned(self, found: Mapping[str, Learned]) -> "Description":
        return Description({**self.learned, **found}, self._said)

    def with_said(self, name: str, said: Said | None) -> "Description":
        kept = {each: what for each, what in self._said.items() if each != name}
        return Description(self.learned, kept | ({name: said} if said is not None else {}))

    def is_like(self, other: "Description") -> bool:
        """Whether the types they make are one: another range of a gauge makes no other."""
        return self.asset == other.asset

    @cached_property
    def asset(self) -> Asset:
        """A type of its own."""
        channels = tuple(
            self._channel(name) for name, each in self.learned.items() if each.kind == "channel"
        )
        labels = tuple(
            Label(name=name, title=self.title(name))
            for name, each in self.learned.items()
            if each.kind == "label"
        )
        return Asset(
            name=GENERIC,
            title="Machine of no type",
            icon="mdi-help-circle-outline",
            nominal_rate_hz=1.0,
            max_gap_s=3.0,
            stale_after_s=10.0,
            window_s=15.0,
            channels=channels,
            labels=labels,
            # Of who has no limits nothing is known to be well.
            kpis=(HEALTH,) if any(channel.limits for channel in channels) else (),
        )

    def title(self, name: str) -> str:
        words = name.replace("_", " ").strip()
        return self.said(name).title or words[:1].upper() + words[1:]

    def _channel(self, name: str) -> Channel:
        said, learned = self.said(name), self.learned[name]
        least, most = EVERYTHING
        return Channel(
            name=name,
            title=self.title(name),
            unit=self.unit(name),
            low=least if said.low is None else said.low,
            high=most if said.high is None else said.high,
            normal=said.normal or EVERYTHING,
            decimals=learned.decimals if said.decimals is None else said.decimals,
            limits=said.limits,
            optional=True,
        )

    def shown(self, name: str) -> tuple[float, float]:
        """From where to where a gauge of this channel goes."""
        said, learned = self.said(name), self.learned[name]
        edges = [learned.low, learned.high, *(limit.at for limit in said.limits)]
        edges += said.normal or ()
        low = min(edges) if said.low is None else said.low
        high = max(edges) if said.high is None else said.high
        return (low, high) if low < high else (low, low + 1.0)

    @cached_property
    def id(self) -> str:
        """Another whenever anything of it is."""
        whole = _encode([dict(self.learned), dict(self._said)])
        return hashlib.sha256(whole).hexdigest()[:12]


def why_not(name: str) -> str | None:
    """Why nothing can be called so, as a sentence; None where it can."""
    if NAME.fullmatch(name) is None:
        return f"{name[:40]!r} is no name: letters, digits and _ . - only, at most 64 of them"
    return f"{name!r} is a name of our own: call it otherwise" if name in TAKEN else None


def _seen(before: Learned | None, value: Value) -> Learned:
    if isinstance(value, str):
        return Learned("label") if before is None else before
    if before is None or before.kind == "label":  # what is a number now and then is one
        before = Learned("channel")
    low, high, decimals = before.low, before.high, before.decimals
    if value > high:
        high = _wide(value)
    elif value < low:
        low = -_wide(-value)
    while decimals < MOST_DECIMALS and round(value, decimals) != value:
        decimals += 1
    is_same = (low, high, decimals) == (before.low, before.high, before.decimals)
    return before if is_same else Learned("channel", low, high, decimals, before.unit)


def _wide(value: float) -> float:
    """The least of 1, 2, 5, 10, 20, 50 … that is not below ``value`` (more than 0)."""
    step = 10.0 ** math.floor(math.log10(value))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if value <= (wide := factor * step):
            return wide if math.isfinite(wide) else value
    return value
