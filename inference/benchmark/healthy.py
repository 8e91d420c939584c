"""Is the promise kept? Virtual machines with nothing wrong, followed as the gateway does it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from contract.assets.words import Asset
from contract.normality import LEARNED_ROWS, PROVEN_ROWS, STEP_S
from firmware import models
from inference.errors import BadDataset
from inference.normality.following import follow
from inference.normality.normal import Array

_FIRST_SEED: Final = 7_000_000  # of machines that nothing was tuned on
_SAMPLE_S: Final = 1.0
_DAY_S: Final = 86_400.0
_JUDGED_H: Final = PROVEN_ROWS * STEP_S / 3_600  # from then on


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What was alarmed of healthy machines of one type, while they were judged."""

    asset: str
    machine_days: float
    false_alarms: int

    @property
    def a_day(self) -> float:
        """False alarms of one machine a day."""
        return self.false_alarms / self.machine_days


def kept(asset: Asset, *, machines: int, hours: float) -> Promise:
    """Follow so many machines for so long each, learning included; none has a fault.

    Raises:
        BadDataset: in so short a time nothing is judged.
    """
    if round(hours * 3_600 / STEP_S) <= PROVEN_ROWS:
        raise BadDataset(f"Machines are judged after {_JUDGED_H:g} h: name more with --hours.")
    alarms, judged_s = 0, 0.0
    for number in range(machines):
        rows = healthy_rows(asset, seed=_FIRST_SEED + number, hours=hours)
        times_s = np.arange(len(rows), dtype=np.float64) * np.float64(STEP_S)
        found = follow(rows, first=LEARNED_ROWS, times_s=times_s).anomalies
        raised = found & ~np.concatenate([[False], found[:-1]])
        alarms += int(raised[PROVEN_ROWS:].sum())
        judged_s += (len(rows) - PROVEN_ROWS) * STEP_S
    return Promise(asset=asset.name, machine_days=judged_s / _DAY_S, false_alarms=alarms)


def healthy_rows(asset: Asset, *, seed: int, hours: float) -> Array:
    """(N, C) means over ``STEP_S`` of the channels that every reading has."""
    machine = models.create(asset.name, seed)
    names = [channel.name for channel in asset.required]
    samples = round(STEP_S / _SAMPLE_S)
    for _ in range(round(models.module(asset.name).SETTLES_S)):
        machine.step(_SAMPLE_S)
    rows = []
    for _ in range(round(hours * 3_600 / STEP_S)):
        read = [machine.step(_SAMPLE_S) for _ in range(samples)]
        rows.append([float(np.mean([one[name] for one in read])) for name in names])
    return np.array(rows)
