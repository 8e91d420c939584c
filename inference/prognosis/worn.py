"""Virtual machines that wear until they fail: lives of known length."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from contract.assets.words import Asset
from firmware import models
from inference.errors import BadDataset
from inference.prognosis.lives import Life, Lives
from inference.prognosis.tables import HOURS
from inference.runs import virtual

MACHINES: Final = 60
_FIRST_SEED: Final = 60_000_000  # of no other training
_SEEDS_A_TRAINING: Final = 1_000
_ROW_S: Final = 120.0  # the mean of so much is one row
_HEALTHY_S: Final = (1_800.0, 7_200.0)
_GROWS_S: Final = 10_800.0  # the median machine's; others' differ by a factor, as bearings do
_FACTOR: Final = 0.35  # standard deviation of its logarithm
_UNEVEN: Final = 0.6  # the same, of how fast it grows from one row to the next
_FAILED: Final = 0.99  # of its full size
_LONGEST_S: Final = 20 * _GROWS_S


def lives(
    asset: Asset, *, machines: int, seed: int, on_machine: Callable[[], None] = lambda: None
) -> Lives:
    """So many machines, each with one fault that grows unevenly to its full size.

    Raises:
        BadDataset: nothing wears in a virtual machine of that type.
    """
    faults = virtual.wears(asset) if virtual.has_model(asset) else ()
    if not faults:
        raise BadDataset(
            f"Nothing wears in a virtual {asset.name}: bring machines that were followed to their "
            "failure with --life FOLDER."
        )
    rng = np.random.default_rng(seed)
    found = []
    for number in range(machines):
        machine = _FIRST_SEED + seed * _SEEDS_A_TRAINING + number
        found.append(_life(asset, machine, fault=faults[number % len(faults)], rng=rng))
        on_machine()
    return Lives(
        channels=tuple(channel.name for channel in asset.required),
        conditions=(),
        time_unit=HOURS,
        lives=tuple(found),
        source=f"{machines} virtual machines of firmware.models.{asset.name}, on each of which one "
        f"of {', '.join(faults)} grew until it failed",
        is_simulated=True,
    )


def _life(asset: Asset, seed: int, *, fault: str, rng: np.random.Generator) -> Life:
    model = models.module(asset.name)
    machine = models.create(asset.name, seed)
    step_s = float(getattr(model, "LONGEST_STEP_S", 1.0))
    grows_s = _GROWS_S * float(np.exp(rng.normal(0.0, _FACTOR)))
    names = [channel.name for channel in asset.required]
    for _ in range(round(model.SETTLES_S / step_s)):
        machine.step(step_s)
    rows: list[list[float]] = []
    healthy = round(rng.uniform(*_HEALTHY_S) / _ROW_S)
    while machine.intensity < _FAILED or len(rows) <= healthy:
        if len(rows) == healthy:
            machine.inject(fault)
        uneven = float(np.exp(rng.normal(-(_UNEVEN**2) / 2.0, _UNEVEN)))
        machine.pace = model.WEARS_S[fault] / grows_s * uneven
        rows.append(_row(machine, names, step_s))
        if len(rows) * _ROW_S > _LONGEST_S:
            raise BadDataset(f"{fault} of a virtual {asset.name} never grows to its full size.")
    ages = np.arange(1.0, len(rows) + 1.0) * np.float64(_ROW_S / 3600.0)
    return Life(unit=f"{asset.name}-{seed}", ages=ages, rows=np.array(rows))


def _row(machine: Any, names: list[str], step_s: float) -> list[float]:
    """What its channels show, at the mean of a while."""
    read = [machine.step(step_s) for _ in range(round(_ROW_S / step_s))]
    return [float(np.mean([one[name] for one in read])) for name in names]
