"""Windows of readings become rows of features: the one definition for training and for serving.

Everything is computed over a whole batch at once: the windows lie one after another in one table
and ``numpy.ufunc.reduceat`` reduces each to its figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from inference.errors import BadRequest

FloatArray = npt.NDArray[np.float64]
FeatureArray = npt.NDArray[np.float32]
MaskArray = npt.NDArray[np.bool_]
TimeArray = npt.NDArray[np.int64]
IntArray = npt.NDArray[np.intp]

# What is computed of each channel. The order is part of a trained model: changing it makes every
# model trained before unusable, which the names in its manifest reveal.
STATISTICS: Final = ("last", "mean", "std", "min", "max", "range", "slope", "run")

# Two readings a millisecond apart spread by half a square millisecond; only 0 is less.
_LEAST_SPREAD_MS2: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Windows:
    """A batch of B windows with N readings of C channels in all, each window oldest first.

    Attributes:
        rows: (N, C) values in the channels' units.
        time_ms: (N,) milliseconds, from any origin that is constant within a window.
        starts: (B,) index of each window's first reading.
        counts: (B,) readings in each window.
    """

    rows: FloatArray
    time_ms: TimeArray
    starts: IntArray
    counts: IntArray

    @classmethod
    def of(cls, rows: FloatArray, time_ms: TimeArray, counts: IntArray) -> "Windows":
        """Windows that lie one after another.

        Raises:
            BadRequest: a window is empty, a value is not a finite number, or time runs backwards.
        """
        if not len(counts) or counts.min() < 1:
            raise BadRequest("A window must hold at least one reading.")
        windows = cls(rows=rows, time_ms=time_ms, starts=counts.cumsum() - counts, counts=counts)
        if not np.isfinite(rows).all():
            raise BadRequest("Every value must be a finite number.")
        backwards = time_ms[1:] < time_ms[:-1]
        backwards[windows.starts[1:] - 1] = False
        if backwards.any():
            raise BadRequest("The readings of a window must be in order of time, oldest first.")
        return windows

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def ends(self) -> IntArray:
        """(B,) index of each window's newest reading."""
        return self.starts + self.counts - 1

    @cached_property
    def owner(self) -> IntArray:
        """(N,) index of the window each reading belongs to."""
        return np.arange(len(self)).repeat(self.counts)

    def newest(self, *, span_s: float) -> "Windows":
        """The same windows, each cut to the readings of its last ``span_s`` seconds."""
        newest_ms = self.time_ms[self.ends]
        span_ms = 1000.0 * span_s
        if (newest_ms - self.time_ms[self.starts]).max() < span_ms:
            return self
        recent = newest_ms[self.owner] - self.time_ms < span_ms
        return Windows.of(
            self.rows[recent],
            self.time_ms[recent],
            np.add.reduceat(recent, self.starts, dtype=np.intp),
        )


def names(channels: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns that ``extract`` returns for windows of ``channels``."""
    return (*(f"{c}_{s}" for s in STATISTICS for c in channels), "n")


def extract(windows: Windows) -> FeatureArray:
    """(B, 8 C + 1) features: each of ``STATISTICS`` for every channel, then the window's length.

    ``std`` is the population's; ``slope`` is the least-squares slope per second; ``run`` counts
    the newest readings that show the last value. A single reading: std, range, slope 0, run 1.
    """
    rows, starts, owner = windows.rows, windows.starts, windows.owner
    width = rows.shape[1]
    counts = windows.counts[:, np.newaxis]
    last = rows[windows.ends]
    low, high = np.minimum.reduceat(rows, starts), np.maximum.reduceat(rows, starts)
    # Time is one more column: its mean and spread are taken together with the channels'.
    table = np.empty((len(rows), width + 1))
    table[:, :width] = rows
    table[:, width] = windows.time_ms - windows.time_ms[windows.ends][owner]
    mean = np.add.reduceat(table, starts) / counts
    table -= mean[owner]
    spread = np.add.reduceat(table * table, starts)
    drift = np.add.reduceat(table[:, :width] * table[:, width:], starts)
    found = np.empty((len(windows), len(STATISTICS) * width + 1), dtype=np.float32)
    blocks = found[:, :-1].reshape(len(windows), len(STATISTICS), width)
    blocks[:, 0], blocks[:, 1], blocks[:, 3], blocks[:, 4] = last, mean[:, :width], low, high
    blocks[:, 2] = np.sqrt(spread[:, :width] / counts)
    blocks[:, 5] = high - low
    # Without spread in time there is no drift either: 0 / 1.
    blocks[:, 6] = drift * (1000.0 / np.maximum(spread[:, width:], _LEAST_SPREAD_MS2))
    blocks[:, 7] = tail_runs(windows)
    found[:, -1] = windows.counts
    return found


def tail_runs(windows: Windows) -> IntArray:
    """(B, C) how many of the newest readings of each window show the last value."""
    rows, ends = windows.rows, windows.ends[:, np.newaxis]
    same = rows == rows[windows.ends][windows.owner]
    other = np.where(same, -1, np.arange(len(rows))[:, np.newaxis])
    newest_other = np.maximum.reduceat(other, windows.starts)
    runs: IntArray = ends - np.maximum(newest_other, windows.starts[:, np.newaxis] - 1)
    return runs


def column(features: FeatureArray, statistic: str) -> FeatureArray:
    """(B, C) the block of ``statistic`` in what ``extract`` returned, as a view."""
    channels = features.shape[1] // len(STATISTICS)
    first = STATISTICS.index(statistic) * channels
    return features[:, first : first + channels]
