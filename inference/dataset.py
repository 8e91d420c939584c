"""Runs of machines become labelled windows, split by machine: what is learned from and tested on.

A run is one machine's readings in order. Its windows are cut here, at training, the way the
gateway cuts them live: everything of the last ``window_s`` seconds before the judged reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from inference.errors import BadDataset
from inference.features import FloatArray, IntArray, TimeArray, Windows

LabelArray = npt.NDArray[np.intp]

# Shares of the groups that go to calibration and to the test; the rest is learned from.
_CALIBRATION_SHARE: Final = 0.2
_TEST_SHARE: Final = 0.2
_LEAST_GROUPS: Final = 3
_LEAST_GROUPS_OF_A_CLASS: Final = 2
_SHUFFLES: Final = 200

# Of the sampled windows, the share that is learned from in a shortened copy as well; of those
# copies, the share that is cut down to the single newest reading.
_SHORTENED_SHARE: Final = 0.5
_SINGLE_SHARE: Final = 0.5

_SHORT: Final = 4  # readings: fewer show neither a trend nor a value that repeats
_HEALTHY_WEIGHT: Final = 2.0
_HEALTHY_SHORT_WEIGHT: Final = 6.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """One machine's readings, oldest first.

    Attributes:
        group: what must not be divided between training and test: the machine, or the run.
        time_ms: (N,) times of the readings.
        rows: (N, C) values of the required channels.
        truth: (N,) index into the classes of what was the case at each reading.
        intensity: (N,) how far the fault had grown, 0..1; NaN where nobody knows.
    """

    group: str
    time_ms: TimeArray
    rows: FloatArray
    truth: LabelArray
    intensity: FloatArray

    def window_starts(self, ends: IntArray, *, span_s: float) -> IntArray:
        """The first reading of the window of ``span_s`` seconds that ends at each of ``ends``."""
        oldest_ms = self.time_ms[ends] - int(1000 * span_s)
        return np.searchsorted(self.time_ms, oldest_ms, side="right")

    def windows(self, starts: IntArray, ends: IntArray) -> Windows:
        """The windows from ``starts`` to ``ends``, both included."""
        counts = ends - starts + 1
        firsts = counts.cumsum() - counts
        flat = np.arange(counts.sum()) + np.repeat(starts - firsts, counts)
        return Windows.of(self.rows[flat], self.time_ms[flat], counts)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Runs to learn from, to calibrate "unknown" with, and to test on: no machine in two."""

    training: tuple[Run, ...]
    calibration: tuple[Run, ...]
    test: tuple[Run, ...]


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Windows with what was the case at their newest reading."""

    windows: Windows
    labels: LabelArray
    intensity: FloatArray

    @property
    def weights(self) -> FloatArray:
        """(B,) how much each window counts in learning.

        Machines are healthy far longer than a training set has them, and a fault seen in a
        moment without symptoms looks healthy: the fewer the readings, the more it takes to
        call it a fault.
        """
        healthy = np.where(self.windows.counts < _SHORT, _HEALTHY_SHORT_WEIGHT, _HEALTHY_WEIGHT)
        return np.where(self.labels == 0, healthy, 1.0)


def every_window(run: Run, *, span_s: float) -> Examples:
    """The window that ends at each reading of ``run``: what a live gateway would ask about."""
    ends = np.arange(len(run.rows))
    return _examples(run, run.window_starts(ends, span_s=span_s), ends)


def every_reading(run: Run) -> Examples:
    """Each reading of ``run`` alone, as the simplest caller sends it."""
    ends = np.arange(len(run.rows))
    return _examples(run, ends, ends)


def sampled(runs: Sequence[Run], *, span_s: float, stride: int, seed: int) -> Examples:
    """Windows to learn from: one in ``stride``, and shortened copies of half of them.

    A device that has just come online has a short window, and a simple caller sends one reading.
    """
    rng = np.random.default_rng(seed)
    return joined([_sampled(run, span_s=span_s, stride=stride, rng=rng) for run in runs])


def joined(parts: Sequence[Examples]) -> Examples:
    """Several batches as one."""
    windows = Windows.of(
        np.concatenate([part.windows.rows for part in parts]),
        np.concatenate([part.windows.time_ms for part in parts]),
        np.concatenate([part.windows.counts for part in parts]),
    )
    return Examples(
        windows=windows,
        labels=np.concatenate([part.labels for part in parts]),
        intensity=np.concatenate([part.intensity for part in parts]),
    )


def split(runs: Sequence[Run], *, classes: Sequence[str], seed: int) -> Split:
    """Divide ``runs`` by group, so that every class is learned from and tested.

    Raises:
        BadDataset: there are too few groups, or a class occurs in too few of them.
    """
    groups = sorted({run.group for run in runs})
    if len(groups) < _LEAST_GROUPS:
        raise BadDataset(
            f"Training needs readings of at least {_LEAST_GROUPS} machines or runs; "
            f"there are {len(groups)}."
        )
    rng = np.random.default_rng(seed)
    for _ in range(_SHUFFLES):
        candidate = _divided(runs, [groups[i] for i in rng.permutation(len(groups))])
        if _all_present(candidate, len(classes)):
            return candidate
    raise BadDataset(
        "Every class must occur on at least two machines or runs, and these do not: "
        f"{', '.join(_scarce(runs, classes)) or 'no division of the groups has all of them'}."
    )


def _divided(runs: Sequence[Run], groups: Sequence[str]) -> Split:
    tested = max(1, round(_TEST_SHARE * len(groups)))
    calibrated = max(1, round(_CALIBRATION_SHARE * len(groups)))
    test, calibration = set(groups[:tested]), set(groups[tested : tested + calibrated])
    rest = set(groups[tested + calibrated :])
    return Split(
        training=tuple(run for run in runs if run.group in rest),
        calibration=tuple(run for run in runs if run.group in calibration),
        test=tuple(run for run in runs if run.group in test),
    )


def _all_present(candidate: Split, classes: int) -> bool:
    return all(
        len({int(label) for run in part for label in np.unique(run.truth)}) == classes
        for part in (candidate.training, candidate.test)
    )


def _scarce(runs: Sequence[Run], classes: Sequence[str]) -> list[str]:
    return [
        name
        for index, name in enumerate(classes)
        if len({run.group for run in runs if (run.truth == index).any()}) < _LEAST_GROUPS_OF_A_CLASS
    ]


def _sampled(run: Run, *, span_s: float, stride: int, rng: np.random.Generator) -> Examples:
    ends = np.arange(rng.integers(stride), len(run.rows), stride)
    starts = run.window_starts(ends, span_s=span_s)
    short = ends[rng.random(len(ends)) < _SHORTENED_SHARE]
    full = short - run.window_starts(short, span_s=span_s)
    kept = np.where(rng.random(len(short)) < _SINGLE_SHARE, 0, rng.integers(0, full + 1))
    return _examples(run, np.concatenate((starts, short - kept)), np.concatenate((ends, short)))


def _examples(run: Run, starts: IntArray, ends: IntArray) -> Examples:
    return Examples(
        windows=run.windows(starts, ends),
        labels=run.truth[ends],
        intensity=run.intensity[ends],
    )
