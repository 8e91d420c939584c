"""Energy, running time and counts, computed anew from readings in the plainest way there is.

Shares no code with the gateway: what it says of a device is what the twin must say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

VOLTAGE_V = 12.0  # of the fan's supply
GAP_MS = 2_000
RUNNING_ABOVE_RPM = 200.0
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Sample:
    """A stored reading; samples sort by time, then epoch, then seq."""

    time_ms: int
    epoch: str
    seq: int
    values: dict[str, float]

    @property
    def order(self) -> tuple[int, str, int]:
        return self.time_ms, self.epoch, self.seq


@dataclass
class Sums:
    """What was counted and measured."""

    count: int = 0
    energy_j: float = 0.0
    measured_ms: int = 0
    running_ms: int = 0
    highest: dict[str, float] = field(default_factory=dict)


def by_minute(samples: Iterable[Sample]) -> dict[int, Sums]:
    """Start of minute to its sums; an interval counts in the minute in which it ends."""
    minutes: dict[int, Sums] = {}
    before: Sample | None = None
    for sample in sorted(samples, key=lambda each: each.order):
        sums = minutes.setdefault(sample.time_ms // MINUTE_MS * MINUTE_MS, Sums())
        sums.count += 1
        for name, value in sample.values.items():
            sums.highest[name] = max(value, sums.highest.get(name, value))
        if before is not None and sample.time_ms - before.time_ms <= GAP_MS:
            elapsed_ms = sample.time_ms - before.time_ms
            mean_a = (before.values["current"] + sample.values["current"]) / 2
            sums.energy_j += VOLTAGE_V * mean_a * elapsed_ms / 1000
            sums.measured_ms += elapsed_ms
            if sample.values["rpm"] > RUNNING_ABOVE_RPM:
                sums.running_ms += elapsed_ms
        before = sample
    return minutes


def total(minutes: Iterable[Sums]) -> Sums:
    """All of it."""
    whole = Sums()
    for sums in minutes:
        whole.count += sums.count
        whole.energy_j += sums.energy_j
        whole.measured_ms += sums.measured_ms
        whole.running_ms += sums.running_ms
    return whole
