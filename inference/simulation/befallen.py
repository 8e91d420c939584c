"""Readings in; which faults stood and which limits were passed for as long as an alarm waits."""

from collections.abc import Mapping
from typing import Final

from contract.assets.words import Asset, Limit
from inference.simulation.course import Value

FAULT: Final = "fault_"  # begins the name of a fault's alarm


def names_of(asset: Asset) -> dict[str, str]:
    """Every alarm there can be of a simulated machine, each with what it is called."""
    faults = {FAULT + fault.name: fault.label for fault in asset.faults}
    limits = {
        f"{channel.name}_{limit.side}": f"{channel.title} {limit.side}"
        for channel in asset.channels
        for limit in channel.limits
    }
    return faults | limits


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
        for channel, name, limit, delay_ms in self._limits:
            if _is_beyond(values.get(channel), limit) and (not is_stopped or limit.while_stopped):
                if time_ms - self._since_ms.setdefault(name, time_ms) >= delay_ms:
                    self._befallen.add(name)
            else:
                self._since_ms.pop(name, None)

    def _stands(self, truth: str, time_ms: int) -> bool:
        known = any(fault.name == truth for fault in self._asset.faults)
        delay_s = self._asset.fault_delay_s(truth, confidence=1.0) if known else 0.0
        return known and time_ms - self._truth_ms >= delay_s * 1000.0


def _is_beyond(value: Value | None, limit: Limit) -> bool:
    if not isinstance(value, float | int):
        return False
    return value > limit.at if limit.side == "high" else value < limit.at
