"""A fan's energy, running time and counts, a dispenser's litres, in the plainest way there is.

Shares no code with the gateway: what it says of a device is what the twin must say.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

VOLTAGE_V = 12.0  # of the fan's supply
GAP_MS = 2_000
PERIODS_A_GAP = 3
RUN = 3  # so many intervals in a row that are alike were no gaps
SHORTEST_OF_A_RUN_MS = 1_000
RUNNING_ABOVE_RPM = 200.0
MINUTE_MS = 60_000
NO_CHANNELS = {"state", "litres", "energy"}  # a dispenser's state and counters


@dataclass(frozen=True)
class Sample:
    """A stored reading; samples sort by time, then epoch, then seq."""

    time_ms: int
    epoch: str
    seq: int
    values: dict[str, Any]
    period_ms: int | None = None  # where it says how often it is measured

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
    litres: float = 0.0
    highest: dict[str, float] = field(default_factory=dict)


def _paces(samples: list[Sample]) -> list[float | None]:
    """Of the interval that ends at each sample, the time from number to number, if it has one."""
    paces: list[float | None] = [None]
    for before, sample in pairwise(samples):
        elapsed_ms, steps = sample.time_ms - before.time_ms, sample.seq - before.seq
        known = sample.epoch == before.epoch and steps in (1, 2, 3)
        paces.append(elapsed_ms / steps if known and elapsed_ms > SHORTEST_OF_A_RUN_MS else None)
    return paces


def _in_a_run(paces: list[float | None], at: int) -> bool:
    """Whether some three intervals in a row, this one among them, are alike."""
    for first in range(at - RUN + 1, at + 1):
        run = paces[max(0, first) : first + RUN]
        if len(run) == RUN and all(
            one is not None and other is not None and max(one, other) <= 2 * min(one, other)
            for one, other in pairwise(run)
        ):
            return True
    return False


def _limit_ms(before: Sample, sample: Sample) -> int:
    """How long an interval may be that is none of a run: three periods, where they are known."""
    return max(GAP_MS, PERIODS_A_GAP * max(before.period_ms or 0, sample.period_ms or 0))


def by_minute(samples: Iterable[Sample]) -> dict[int, Sums]:
    """Start of minute to its sums; an interval counts in the minute in which it ends."""
    minutes: dict[int, Sums] = {}
    before: Sample | None = None
    ordered = sorted(samples, key=lambda each: each.order)
    paces = _paces(ordered)
    for at, sample in enumerate(ordered):
        sums = minutes.setdefault(sample.time_ms // MINUTE_MS * MINUTE_MS, Sums())
        sums.count += 1
        for name in sample.values.keys() - NO_CHANNELS:
            value = sample.values[name]
            sums.highest[name] = max(value, sums.highest.get(name, value))
        if before is not None:
            _measure(sums, before, sample, is_in_a_run=_in_a_run(paces, at))
        before = sample
    return minutes


def _measure(sums: Sums, before: Sample, sample: Sample, *, is_in_a_run: bool) -> None:
    elapsed_ms = sample.time_ms - before.time_ms
    if "litres" in sample.values:  # a counter, over any gap; it never goes back
        sums.litres += max(0.0, sample.values["litres"] - before.values["litres"])
    elif elapsed_ms <= _limit_ms(before, sample) or is_in_a_run:
        mean_a = (before.values["current"] + sample.values["current"]) / 2
        if not math.isnan(mean_a):
            sums.energy_j += VOLTAGE_V * mean_a * elapsed_ms / 1000
            sums.measured_ms += elapsed_ms
        if sample.values["rpm"] > RUNNING_ABOVE_RPM:
            sums.running_ms += elapsed_ms


def total(minutes: Iterable[Sums]) -> Sums:
    """All of it."""
    whole = Sums()
    for sums in minutes:
        whole.count += sums.count
        whole.energy_j += sums.energy_j
        whole.measured_ms += sums.measured_ms
        whole.running_ms += sums.running_ms
        whole.litres += sums.litres
    return whole
