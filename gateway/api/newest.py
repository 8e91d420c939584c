"""A device's state in; of each of its channels the newest value out, with time and age. Pure."""

from collections.abc import Iterator
from typing import Final

import msgspec

from contract.assets.words import Asset
from contract.messages import State, Value

_NEVER: Final = "It was not sent yet."
UNTOLD: Final = (
    "No reading of the last hour of those that are stored tells it (of very many, the newest)."
)


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """``reason``: why there is no value, or why it does not count; None: nothing is wrong."""

    value: Value | None
    unit: str
    time_ms: int | None
    age_ms: int | None
    reason: str | None


def newest_of(asset: Asset, state: State, *, never: str = _NEVER) -> dict[str, Newest]:
    """Of every channel, counter, state and label of the type, by name.

    Also of what is sent only when it changes: its time is that of the reading that told it last.
    ``never``: why one has no value.
    """
    return {name: _newest(name, unit, state, never) for name, unit in _units(asset)}


def names_of(asset: Asset) -> list[str]:
    """What ``newest_of`` has."""
    return [name for name, _ in _units(asset)]


def _units(asset: Asset) -> Iterator[tuple[str, str]]:
    for channel in asset.channels:
        yield channel.name, channel.unit
    for counter in asset.counters:
        yield counter.name, counter.unit
    for state in asset.states:
        yield state.name, ""
    for label in asset.labels:
        yield label.name, ""


def _newest(name: str, unit: str, state: State, never: str) -> Newest:
    value, trouble = state.values.get(name), state.troubles.get(name)
    time_ms = None if value is None else state.times_ms.get(name, state.time_ms)
    return Newest(
        value=value,
        unit=unit,
        time_ms=time_ms,
        age_ms=None if time_ms is None else max(0, state.published_ms - time_ms),
        reason=trouble.detail if trouble else never if value is None else None,
    )
