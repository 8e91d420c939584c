"""Readings in; which faults stood and which limits were passed for as long as an alarm waits.

Also in which states out of order it came.
"""

from collections.abc import Mapping
from typing import Final

from contract.assets.words import Asset, Limit, State
from inference.simulation.course import Value

FAULT: Final = "fault_"  # begins the name of a fault's alarm


def names_of(asset: Asset) -> dict[str, str]:
    """All that can befall a simulated machine, each with what it is called.

    Alarms by their names, states out of order as ``state.value``.
    """
    faults = {FAULT + fault.name: fault.label for fault in asset.faults}
    limits = {
        f"{channel.name}_{limit.side}": f"{channel.title} {limit.side}"
        for channel in asset.channels
        for limit in channel.limits
    }
    failures = {
        f"{state.name}.{value}": f"{state.title} {_words(state, value)}"
        for state in asset.states
        for value, element in state.elements.items()
        if element == "down"
    }
    return faults | limits | failures


def _words(state: State, value: str) -> str:
    titles = {each.name: each.title for each in state.values if not isinstance(each, str)}
    return (titles.get(value) or value.replace("_", " ")).lower()


class Watch:
    """Of one machine."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._limits = [
            (channel.name, f"{channel.name}_{limit.side}", limit, round(limit.delay_s * 1000.0))
            for channel in asset.channels
            for limit in channel.limits
        ]
        self._since_ms: dict[str, int] = {}
        self._states: dict[str, Value | None] = {state.name: None for state in asset.states}
        self._names = names_of(asset).keys()
        self._truth, self._truth_ms = "", 0
        self._befallen: set[str] = set()

    @property
    def befallen(self) -> frozenset[str]:
        return frozenset(self._befallen)

    def look(
        self, time_ms: int, values: Mapping[str, Value], truth: str, *, is_stopped: bool
    ) -> None:
        """Look at the next reading."""
        if truth != self._truth:
            self._truth, self._truth_ms = truth, time_ms
        elif FAULT + truth not in self._befallen and self._stands(truth, time_ms):
            self._befallen.add(FAULT + truth)
        self._follow_states(values)
        for channel, name, limit, delay_ms in self._limits:
            if _is_beyond(values.get(channel), limit) and (not is_stopped or limit.while_stopped):
                if time_ms - self._since_ms.setdefault(name, time_ms) >= delay_ms:
                    self._befallen.add(name)
            else:
                self._since_ms.pop(name, None)

    def _follow_states(self, values: Mapping[str, Value]) -> None:
        """What it was in from the beginning it did not come to."""
        for state, before in self._states.items():
            now = self._states[state] = values.get(state, before)
            if before is not None and now != before and f"{state}.{now}" in self._names:
                self._befallen.add(f"{state}.{now}")

    def _stands(self, truth: str, time_ms: int) -> bool:
        known = any(fault.name == truth for fault in self._asset.faults)
        delay_s = self._asset.fault_delay_s(truth, confidence=1.0) if known else 0.0
        return known and time_ms - self._truth_ms >= delay_s * 1000.0


def _is_beyond(value: Value | None, limit: Limit) -> bool:
    if not isinstance(value, float | int):
        return False
    return value > limit.at if limit.side == "high" else value < limit.at
