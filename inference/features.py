"""Windows of readings become rows of features: the one definition for training and for serving.

Everything is computed over a whole batch at once: the windows lie one after another in one table
and ``numpy.ufunc.reduceat`` reduces each to its figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Windows:
    """A batch of B windows with N readings of C channels in all, each window oldest first.

    Attributes:
        rows: (N, C) values in the channels' units.
        time_ms: (N,) milliseconds, from any origin that is constant within a window.
        starts: (B,) index of each window's first reading.
    """

    rows: FloatArray
    time_ms: TimeArray
    starts: IntArray

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def counts(self) -> IntArray:
        """(B,) readings in each window."""
        return np.diff(self.starts, append=len(self.rows))

    def checked(self) -> "Windows":
        """Itself, if it can be judged.

        Raises:
            BadRequest: a window is empty, a value is not a finite number, or time runs backwards.
        """
        if not len(self) or self.counts.min() < 1:
            raise BadRequest("A window must hold at least one reading.")
        if not np.isfinite(self.rows).all():
            raise BadRequest("Every value must be a finite number.")
        steps_ms = np.diff(self.time_ms, prepend=self.time_ms[0])
        steps_ms[self.starts] = 0
        if steps_ms.min() < 0:
            raise BadRequest("The readings of a window must be in order of time, oldest first.")
        return self

    def newest(self, *, span_s: float) -> "Windows":
        """The same windows, each cut to the readings of its last ``span_s`` seconds."""
        ends = self.starts + self.counts - 1
        recent = np.repeat(self.time_ms[ends], self.counts) - self.time_ms < 1000.0 * span_s
        if recent.all():
            return self
        counts = np.add.reduceat(recent, self.starts, dtype=np.intp)
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        return Windows(rows=self.rows[recent], time_ms=self.time_ms[recent], starts=starts)


def names(channels: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns that ``extract`` returns for windows of ``channels``."""
    return (*(f"{c}_{s}" for s in STATISTICS for c in channels), "n")


def extract(windows: Windows) -> FeatureArray:
    """(B, 8 C + 1) features: each of ``STATISTICS`` for every channel, then the window's length.

    ``std`` is the population's; ``slope`` is the least-squares slope per second; ``run`` counts
    the newest readings that show the last value. A single reading: std, range, slope 0, run 1.
    """
    rows, starts, counts = windows.rows, windows.starts, windows.counts
    ends = starts + counts - 1
    per_window = counts[:, np.newaxis]
    mean = np.add.reduceat(rows, starts) / per_window
    deviation = rows - np.repeat(mean, counts, axis=0)
    age_s = (windows.time_ms - np.repeat(windows.time_ms[ends], counts)) * 1e-3
    age_s = (age_s - np.repeat(np.add.reduceat(age_s, starts) / counts, counts))[:, np.newaxis]
    low = np.minimum.reduceat(rows, starts)
    high = np.maximum.reduceat(rows, starts)
    std = np.sqrt(np.add.reduceat(deviation * deviation, starts) / per_window)
    spread_s2 = np.add.reduceat(age_s * age_s, starts)
    slope = np.add.reduceat(age_s * deviation, starts) / np.where(spread_s2 > 0, spread_s2, 1.0)
    run = tail_runs(rows, starts)[ends]
    blocks = (rows[ends], mean, std, low, high, high - low, slope, run, per_window)
    return np.concatenate(blocks, axis=1, dtype=np.float32, casting="same_kind")


def tail_runs(rows: FloatArray, starts: IntArray) -> IntArray:
    """(N, C) how many readings up to and including each one, in its window, have its value."""
    position = np.arange(len(rows))[:, np.newaxis]
    changed = np.ones(rows.shape, dtype=bool)
    np.not_equal(rows[1:], rows[:-1], out=changed[1:])
    changed[starts] = True
    run_start = np.maximum.accumulate(np.where(changed, position, 0))
    return position - run_start + 1


def column(features: FeatureArray, statistic: str) -> FeatureArray:
    """(B, C) the block of ``statistic`` in what ``extract`` returned, as a view."""
    channels = features.shape[1] // len(STATISTICS)
    first = STATISTICS.index(statistic) * channels
    return features[:, first : first + channels]
