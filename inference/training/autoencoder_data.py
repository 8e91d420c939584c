"""Runs become what an autoencoder learns from: means of windows, by what was the case."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from contract.assets.words import Asset
from inference.runs import dataset
from inference.runs.dataset import Examples, Run
from inference.windows import kinds
from inference.windows.features import FloatArray, IntArray, column
from inference.windows.inputs import inputs_of

STRIDE: Final = 3  # neighbouring windows say nearly the same
_WHOLE: Final = 15  # readings: a window before the first of them is shorter


def points(examples: Examples, *, asset: Asset) -> FloatArray:
    """(B, C) the mean of each channel over each window."""
    inputs = inputs_of(asset)
    found = kinds.extract(examples.windows, inputs)
    return column(found, "mean", channels=len(inputs.channels)).astype(np.float64)


def first_fault(run: Run) -> int:
    """The first reading of a run at which something is wrong; else how many there are."""
    wrong = np.flatnonzero(run.truth)
    return int(wrong[0]) if len(wrong) else len(run.truth)


def ends(first: int, last: int) -> IntArray:
    """Where windows end that are judged, of readings from ``first`` to before ``last``."""
    return np.arange(max(first, _WHOLE), last, STRIDE)


def healthy(runs: Sequence[Run], *, asset: Asset) -> tuple[FloatArray, int]:
    """(N, C) points of what machines did before their first fault, and of how many machines.

    Later a window may still reach into a fault that is over.
    """
    parts, machines = [], set()
    for run in runs:
        at = ends(0, first_fault(run))
        if len(at):
            parts.append(points(dataset.windows_at(run, at, asset=asset), asset=asset))
            machines.add(run.group)
    if not parts:
        return np.empty((0, len(inputs_of(asset).channels))), 0
    return np.concatenate(parts), len(machines)
