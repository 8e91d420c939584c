"""Is the promise kept, and what is found? Virtual machines, followed as the gateway does it."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

import numpy as np

from contract.assets.words import Asset
from contract.normality import PROVEN_ROWS, STEP_S, says_down
from firmware import models
from inference.errors import BadDataset
from inference.normality.following import Follower
from inference.normality.normal import Array

_FIRST_SEED: Final = 8_000_000  # of machines that nothing was tuned on
_SAMPLE_S: Final = 1.0
_DAY_S: Final = 86_400.0
_FAULT_S: Final = 3_600.0  # that each fault is there for
_JUDGED_H: Final = PROVEN_ROWS * STEP_S / 3_600  # from then on


@dataclass(kw_only=True)
class Promise:
    """Of machines of one type: what was alarmed while healthy, and of each fault what was found.

    Attributes:
        false_alarms: how many began, in so many ``machine_days`` of being judged.
        first_day: how many of them in the first day of each machine.
        after_s: of each fault of each machine after how long it was found; None: it was not.
    """

    asset: str
    machine_days: float = 0.0
    false_alarms: int = 0
    first_day: int = 0
    after_s: list[float | None] = field(default_factory=list)

    @property
    def a_day(self) -> float:
        """False alarms of one machine a day."""
        return self.false_alarms / self.machine_days

    @property
    def found_s(self) -> list[float]:
        """After how long each was that was found."""
        return [each for each in self.after_s if each is not None]

    @property
    def usually_s(self) -> float | None:
        """Half of those that were found were by then."""
        return median(self.found_s) if self.found_s else None


def kept(asset: Asset, *, machines: int, hours: float) -> Promise:
    """Follow so many healthy machines for so long each, learning included; then each fault's hour.

    Raises:
        BadDataset: in so short a time nothing is judged.
    """
    count = round(hours * 3_600 / STEP_S)
    if count <= PROVEN_ROWS:
        raise BadDataset(f"Machines are judged after {_JUDGED_H:g} h: name more with --hours.")
    promise = Promise(asset=asset.name)
    for number in range(machines):
        machine, follower = _settled(asset, _FIRST_SEED + number), Follower()
        begun = list(_begun(follower, _rows(machine, asset, count)))
        promise.false_alarms += len(begun)
        promise.first_day += sum(at * STEP_S < _DAY_S for at in begun)
        promise.machine_days += (count - PROVEN_ROWS) * STEP_S / _DAY_S
        promise.after_s += _found(machine, follower, asset, at=count)
    return promise


def _found(machine: Any, follower: Follower, asset: Asset, *, at: int) -> Iterator[float | None]:
    """After how many seconds each fault is found, of a machine that had none so far."""
    for fault in models.module(asset.name).FAULTS:
        ill, beside = deepcopy(machine), deepcopy(follower)
        ill.inject(fault)
        rows = _rows(ill, asset, round(_FAULT_S / STEP_S), at=at)
        first = next(_begun(beside, rows), None)
        yield None if first is None else (first + 1 - at) * STEP_S


def _begun(follower: Follower, rows: Iterator[tuple[int, Array]]) -> Iterator[int]:
    """The numbers of the rows at which an anomaly began."""
    stands = follower.watch is not None and follower.watch.age is not None
    for number, row in rows:
        found = follower.step(row, number * STEP_S)
        stood, stands = stands, found is not None and found.is_anomaly
        if stands and not stood:
            yield number


def _settled(asset: Asset, seed: int) -> Any:
    machine = models.create(asset.name, seed)
    for _ in range(round(models.module(asset.name).SETTLES_S)):
        machine.step(_SAMPLE_S)
    return machine


def _rows(machine: Any, asset: Asset, count: int, *, at: int = 0) -> Iterator[tuple[int, Array]]:
    """Number, from ``at`` on, and (C,) means over ``STEP_S`` of what every reading has.

    It is none while the machine says itself that it is out of order.
    """
    names = [channel.name for channel in asset.required]
    for number in range(at, at + count):
        taken = [machine.step(_SAMPLE_S) for _ in range(round(STEP_S / _SAMPLE_S))]
        read = [values for values in taken if not says_down(asset, values)]
        if read:
            yield number, _mean(read, names)


def _mean(read: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Array:
    return np.array([np.mean([values[name] for values in read]) for name in names])
