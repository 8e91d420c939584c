"""Runs of machines become labelled windows, split by machine: what is learned from and tested on.

A run is one machine's readings in order. Its windows are cut here, at training, the way the
gateway cuts them live: everything of the last ``window_s`` seconds before the judged reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from contract.assets.words import Asset
from contract.diagnosing import MAX_WINDOW_ROWS
from contract.window import SLOWEST_PERIOD_MS, begins_ms, is_long, spacing_ms, window_span_ms
from inference.errors import BadDataset
from inference.windows import holds
from inference.windows.features import (
    FloatArray,
    IntArray,
    LabelArray,
    MaskArray,
    TimeArray,
    Windows,
)

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
# Of the full windows, the share that is seen without what a gateway remembers of the time before:
# it has just started, or the caller has no memory.
_ALONE_SHARE: Final = 0.3

_SHORT: Final = 4  # readings: fewer show neither a trend nor a value that repeats
_HEALTHY_WEIGHT: Final = 2.0
_HEALTHY_SHORT_WEIGHT: Final = 6.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """One machine's readings, oldest first.

    Attributes:
        group: what must not be divided between training and test: the machine, or the run.
        time_ms: (N,) times of the readings.
        rows: (N, C) what ``inference.windows.inputs`` shows of each.
        truth: (N,) index into the classes of what was the case at each reading; -1: nobody said.
        intensity: (N,) how far the fault had grown, 0..1; NaN where nobody knows.
        drivers: what it is seen through, where that is known.
    """

    group: str
    time_ms: TimeArray
    rows: FloatArray
    truth: LabelArray
    intensity: FloatArray
    drivers: tuple[str, ...] = ()
    remembered: MaskArray | None = None  # (C,) of which columns a gateway remembers; None: of all

    @cached_property
    def period_ms(self) -> int:
        """From one reading to the next, as a rule."""
        return round(float(np.median(np.diff(self.time_ms)))) if len(self.time_ms) > 1 else 0

    @cached_property
    def holds(self) -> FloatArray:
        """(N, C, 3) what a gateway remembers at each reading; see ``gateway.twin.holds``."""
        found = holds.of_run(self.time_ms, self.rows)
        if self.remembered is not None:
            found[:, ~self.remembered] = 0.0
        return found

    def kept(self, spacing_ms: int) -> IntArray:
        """The readings that a gateway keeps of a type with long windows, beside the newest."""
        after = np.searchsorted(self.time_ms, self.time_ms + spacing_ms).tolist()
        found, at = [], 0
        while at < len(after):
            found.append(at)
            at = after[at]
        return np.array(found, dtype=np.intp)

    def window_starts(self, ends: IntArray, *, asset: Asset) -> IntArray:
        """The first reading of the window, as a gateway cuts it, that ends at each of ``ends``.

        Raises:
            BadDataset: the readings come too rarely to be judged.
        """
        span_ms = window_span_ms(asset, self.period_ms)
        if span_ms is None:
            raise BadDataset(
                f"{self.group} was read once in {self.period_ms / 1000:.0f} s, which is too slow "
                f"to judge: at least every {SLOWEST_PERIOD_MS / 1000:.0f} s."
            )
        first = np.searchsorted(self.time_ms, begins_ms(self.time_ms[ends], span_ms))
        if is_long(asset):  # its rows lie further apart than its readings
            return first
        return np.maximum(first, ends + 1 - MAX_WINDOW_ROWS)

    def windows(
        self,
        starts: IntArray,
        ends: IntArray,
        *,
        remembered: bool = False,
        spacing_ms: int | None = None,
    ) -> Windows:
        """The windows from ``starts`` to ``ends``, both included.

        Args:
            starts: the oldest readings.
            ends: the newest.
            remembered: with what a gateway knows of the time before them.
            spacing_ms: how far apart it keeps readings.
        """
        if spacing_ms is None:
            counts = ends - starts + 1
            firsts = counts.cumsum() - counts
            flat = np.arange(counts.sum()) + np.repeat(starts - firsts, counts)
        else:
            flat, counts = self._spaced(starts, ends, self.kept(spacing_ms))
        known = self.holds[ends] if remembered else None
        return Windows.of(self.rows[flat], self.time_ms[flat], counts, holds=known)

    def _spaced(
        self, starts: IntArray, ends: IntArray, kept: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Which readings the windows are of, and how many each: some that are kept, the newest."""
        first, last = np.searchsorted(kept, starts), np.searchsorted(kept, ends)
        counts = last - first + 1
        begins = counts.cumsum() - counts
        at = np.arange(counts.sum()) + np.repeat(first - begins, counts)
        flat = kept[np.minimum(at, len(kept) - 1)]
        flat[begins + counts - 1] = ends
        return flat, counts


@dataclass(frozen=True, kw_only=True)
class Split:
    """Runs to learn from, to calibrate "unknown" with, and to test on: no machine in two.

    ``driven`` are for a test of their own: machines seen through the boards' drivers.
    """

    training: tuple[Run, ...]
    calibration: tuple[Run, ...]
    test: tuple[Run, ...]
    driven: tuple[Run, ...] = ()


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


def every_window(run: Run, *, asset: Asset, stride: int = 1) -> Examples:
    """The window that ends at each reading of ``run``: what a live gateway would ask about.

    ``stride``: at one reading in so many.
    """
    ends = np.arange(0, len(run.rows), stride)
    return windows_at(run, ends, asset=asset)


def every_reading(run: Run, *, stride: int = 1) -> Examples:
    """Each reading of ``run`` alone, as the simplest caller sends it."""
    ends = np.arange(0, len(run.rows), stride)
    return _examples(run, ends, ends)


def windows_at(run: Run, ends: IntArray, *, asset: Asset) -> Examples:
    """The windows that end at those readings, with what a gateway remembers."""
    starts = run.window_starts(ends, asset=asset)
    return _examples(run, starts, ends, remembered=True, spacing=spacing_ms(asset))


def sampled(runs: Sequence[Run], *, asset: Asset, stride: int, seed: int) -> Examples:
    """Windows to learn from: one in ``stride``, and shortened copies of half of them.

    A device that has just come online has a short window, and a simple caller sends one reading.
    """
    rng = np.random.default_rng(seed)
    return joined([_sampled(run, asset=asset, stride=stride, rng=rng) for run in runs])


def joined(parts: Sequence[Examples]) -> Examples:
    """Several batches as one."""
    windows = Windows.of(
        np.concatenate([part.windows.rows for part in parts]),
        np.concatenate([part.windows.time_ms for part in parts]),
        np.concatenate([part.windows.counts for part in parts]),
        holds=np.concatenate([_remembered(part.windows) for part in parts]),
    )
    return Examples(
        windows=windows,
        labels=np.concatenate([part.labels for part in parts]),
        intensity=np.concatenate([part.intensity for part in parts]),
    )


def _remembered(windows: Windows) -> FloatArray:
    """(B, C, 3) of every window, NaN where nothing is remembered."""
    if windows.holds is not None:
        return windows.holds
    return np.full((len(windows), windows.rows.shape[1], 3), np.nan)


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


def _sampled(run: Run, *, asset: Asset, stride: int, rng: np.random.Generator) -> Examples:
    spacing = spacing_ms(asset)
    if spacing is not None:  # in time, as slow and fast machines show as much of each fault
        stride = max(1, round(stride * 1000 / asset.nominal_rate_hz / max(run.period_ms, 1)))
    ends = np.arange(rng.integers(stride), len(run.rows), stride)
    ends = ends[run.truth[ends] >= 0]
    if not len(ends):  # all that was said of a run may lie between two
        ends = np.flatnonzero(run.truth >= 0)[-1:]
    starts = run.window_starts(ends, asset=asset)
    short = ends[rng.random(len(ends)) < _SHORTENED_SHARE]
    full = short - run.window_starts(short, asset=asset)
    kept = np.where(rng.random(len(short)) < _SINGLE_SHARE, 0, rng.integers(0, full + 1))
    examples = _examples(
        run,
        np.concatenate((starts, short - kept)),
        np.concatenate((ends, short)),
        remembered=True,
        spacing=spacing,
    )
    alone = np.concatenate((rng.random(len(ends)) < _ALONE_SHARE, np.ones(len(short), np.bool_)))
    if examples.windows.holds is not None:
        examples.windows.holds[alone] = np.nan
    return examples


def _examples(
    run: Run,
    starts: IntArray,
    ends: IntArray,
    *,
    remembered: bool = False,
    spacing: int | None = None,
) -> Examples:
    return Examples(
        windows=run.windows(starts, ends, remembered=remembered, spacing_ms=spacing),
        labels=run.truth[ends],
        intensity=run.intensity[ends],
    )
