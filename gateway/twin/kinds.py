"""One value in, the same or why it does not count out: channels, counters, states, labels. Pure."""

from collections.abc import Container
from typing import Final, Protocol

from contract.assets.words import Asset, Channel, Counter, Label, State
from contract.messages import LONGEST_TEXT, Aside, Value

# A double holds every whole number up to here; beyond, a counter would stand still at every other.
LARGEST_COUNT: Final = 2.0**53
_SHOWN: Final = 40


class Kind(Protocol):
    """What one word of a type may say."""

    def judge(self, value: Value) -> Value | Aside:
        """The value as it counts, or why it does not."""
        ...


class Measured:
    """A channel: within its possible range, a little beyond it is clipped.

    A sensor at rest reads a little below zero as often as above: that is its error, not a fault.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.bounds = channel.low, channel.high

    def judge(self, value: Value) -> Value | Aside:
        channel = self._channel
        if isinstance(value, str):
            return no_number(channel.name, value)
        if channel.low - channel.accuracy <= value <= channel.high + channel.accuracy:
            return min(max(value, channel.low), channel.high)
        return Aside(value, "out_of_range", self._impossible(value))

    def _impossible(self, value: float) -> str:
        channel = self._channel
        span = f"{channel.low:g} to {channel.high:g} {channel.unit}"
        detail = f"{channel.name} is {value:g}, possible is {span}"
        if channel.low == 0.0 and channel.low <= -value <= channel.high:
            detail += ": is its sensor connected the other way round?"
        return detail


class Counted:
    """A counter: from 0 to where it wraps, and no further than whole numbers are exact."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        wraps_at = LARGEST_COUNT if counter.wraps_at is None else counter.wraps_at
        self.bounds = 0.0, min(wraps_at, LARGEST_COUNT)

    def judge(self, value: Value) -> Value | Aside:
        name, high = self._counter.name, self.bounds[1]
        if isinstance(value, str):
            return no_number(name, value)
        if 0.0 <= value <= high:
            return value
        if value < 0.0:
            detail = f"{name} is {value:g}; a counter is 0 or more"
        elif high == LARGEST_COUNT:
            detail = (
                f"{name} is {value:.0f}; beyond {high:.0f} it could not count by 1 any more: let it"
                " begin anew, or count in a larger unit"
            )
        else:
            detail = f"{name} is {value:.0f}; it goes round at {high:g}"
        return Aside(value, "out_of_range", detail)


class Named:
    """A state: one of its names."""

    def __init__(self, state: State) -> None:
        self._name = state.name
        self.texts: Container[str] = frozenset(state.elements)
        self._listed = ", ".join(state.elements)

    def judge(self, value: Value) -> Value | Aside:
        if not isinstance(value, str):
            return no_text(self._name, value)
        if value in self.texts:
            return value
        detail = f"{self._name} is {value[:_SHOWN]!r}; it is one of {self._listed}"
        return Aside(value[:LONGEST_TEXT], "unknown_state", detail)


class Told:
    """A label: any text that is short."""

    def __init__(self, label: Label) -> None:
        self._name = label.name
        self.texts: Container[str] = _Short()

    def judge(self, value: Value) -> Value | Aside:
        if not isinstance(value, str):
            return no_text(self._name, value)
        return value if value in self.texts else too_long(self._name, value)


class _Short:
    """Every text that may be stored. U+0000 ends a text for SQLite's functions."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and len(text) <= LONGEST_TEXT and "\0" not in text


SHORT: Final = _Short()


def kinds_of(asset: Asset) -> dict[str, Kind]:
    """What each word of a type may say, by name."""
    found: dict[str, Kind] = {channel.name: Measured(channel) for channel in asset.channels}
    found |= {counter.name: Counted(counter) for counter in asset.counters}
    found |= {state.name: Named(state) for state in asset.states}
    return found | {label.name: Told(label) for label in asset.labels}


def no_number(name: str, value: str) -> Aside:
    shown = f'"{value}"'[:_SHOWN]
    return Aside(None, "not_a_number", f"{name[:_SHOWN]} is {shown}, not a number")


def no_text(name: str, value: float) -> Aside:
    return Aside(value, "not_a_text", f"{name[:_SHOWN]} is {value:g}, not a text")


def too_long(name: str, text: str) -> Aside:
    if len(text) <= LONGEST_TEXT:
        detail = f"{name[:_SHOWN]} has the character U+0000 in it, which is none of a text"
        return Aside(None, "not_a_text", detail)
    detail = f"{name[:_SHOWN]} has {len(text)} characters; a text may have {LONGEST_TEXT}"
    return Aside(text[:LONGEST_TEXT], "too_long", detail)
