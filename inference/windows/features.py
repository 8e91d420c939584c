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

from contract.window import ROWS_A_WINDOW, begins_ms
from inference.errors import BadRequest

FloatArray = npt.NDArray[np.float64]
FeatureArray = npt.NDArray[np.float32]
MaskArray = npt.NDArray[np.bool_]
TimeArray = npt.NDArray[np.int64]
IntArray = npt.NDArray[np.intp]
LabelArray = npt.NDArray[np.intp]

# What is computed of each channel. The order is part of a trained model: changing it makes every
# model trained before unusable, which the names in its manifest reveal. Seconds: ``held``, and
# ``usual`` where the channel was seen to change. ``surprise`` is how unlikely so long a repeat is.
STATISTICS: Final = (
    "last", "mean", "std", "min", "max", "range", "slope", "held", "usual", "surprise",
)  # fmt: skip
# And of each window: its readings, and the seconds from one to the next.
OF_WINDOW: Final = ("n", "period")

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
        holds: (B, C, 3) what a gateway remembers of each channel's past, as the gateway has
            it; NaN where the window itself is all that is known. None: so it is of all.
    """

    rows: FloatArray
    time_ms: TimeArray
    starts: IntArray
    counts: IntArray
    holds: FloatArray | None = None

    @classmethod
    def of(
        cls,
        rows: FloatArray,
        time_ms: TimeArray,
        counts: IntArray,
        *,
        holds: FloatArray | None = None,
    ) -> "Windows":
        """Windows that lie one after another.

        Raises:
            BadRequest: a window is empty, a value is not a finite number, or time runs backwards.
        """
        if not len(counts) or counts.min() < 1:
            raise BadRequest("A window must hold at least one reading.")
        starts = counts.cumsum() - counts
        windows = cls(rows=rows, time_ms=time_ms, starts=starts, counts=counts, holds=holds)
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

    @cached_property
    def period_ms(self) -> FloatArray:
        """(B,) the median time from one reading to the next; 0 for a single reading."""
        counts = set(self.counts.tolist())  # hardly ever more than three
        if len(counts) == 1 and 1 not in counts:
            times_ms = self.time_ms.reshape(len(self), -1)
            return _middle(times_ms[:, 1:] - times_ms[:, :-1])
        found = np.zeros(len(self))
        elapsed = np.empty_like(self.time_ms)
        np.subtract(self.time_ms[1:], self.time_ms[:-1], out=elapsed[:-1])
        for count in counts:
            if count > 1:
                alike = np.flatnonzero(self.counts == count)
                cells = self.starts[alike, np.newaxis] + np.arange(count - 1)
                found[alike] = _middle(elapsed[cells])
        return found

    def cut(self, first_ms: TimeArray) -> "Windows":
        """The same windows without what is older than (B,) ``first_ms``."""
        return self._only(self.time_ms >= first_ms[self.owner])

    def spaced(self, spacing_ms: int) -> "Windows":
        """The same windows with rows so far apart as ``contract.window`` has them, the newest last.

        Windows that are so already stay as they are.
        """
        close = np.diff(self.time_ms, append=self.time_ms[-1:]) < spacing_ms
        close[self.ends] = close[np.maximum(self.ends - 1, 0)] = False
        if not close.any():
            return self
        place = self.time_ms // spacing_ms
        kept = np.append(True, place[1:] != place[:-1])
        kept[self.starts] = kept[self.ends] = True
        return self._only(kept)

    def _only(self, kept: MaskArray) -> "Windows":
        counts = np.add.reduceat(kept, self.starts, dtype=np.intp)
        return Windows.of(self.rows[kept], self.time_ms[kept], counts, holds=self.holds)

    def newest(self, *, least_span_ms: int) -> "Windows":
        """The same windows, each cut to what ``contract.window`` says is judged."""
        newest_ms, oldest_ms = self.time_ms[self.ends], self.time_ms[self.starts]
        if (oldest_ms >= begins_ms(newest_ms, least_span_ms)).all():
            return self
        span_ms = np.maximum(least_span_ms, ROWS_A_WINDOW * self.period_ms).astype(np.int64)
        first_ms = begins_ms(newest_ms, span_ms)
        if (oldest_ms >= first_ms).all():
            return self
        return self.cut(first_ms)


def _middle(values: TimeArray) -> FloatArray:
    """(B,) the median of each row; of an even number the lower one of the two."""
    middle = (values.shape[1] - 1) // 2
    found: FloatArray = np.partition(values, middle, axis=1)[:, middle].astype(np.float64)
    return found


def names(channels: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns that ``extract`` returns for windows of ``channels``."""
    return (*(f"{c}_{s}" for s in STATISTICS for c in channels), *OF_WINDOW)


def extract(windows: Windows) -> FeatureArray:
    """(B, 10 C + 2) features: each of ``STATISTICS`` for every channel, then ``OF_WINDOW``.

    ``std`` is the population's; ``slope`` is the least-squares slope per second. Of a single
    reading std, range, slope and all that is about holds are 0.
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
    found = np.empty((len(windows), len(STATISTICS) * width + 2), dtype=np.float32)
    blocks = found[:, :-2].reshape(len(windows), len(STATISTICS), width)
    blocks[:, 0], blocks[:, 1], blocks[:, 3], blocks[:, 4] = last, mean[:, :width], low, high
    blocks[:, 2] = np.sqrt(spread[:, :width] / counts)
    blocks[:, 5] = high - low
    # Without spread in time there is no drift either: 0 / 1.
    blocks[:, 6] = drift * (1000.0 / np.maximum(spread[:, width:], _LEAST_SPREAD_MS2))
    known = holds(windows)
    blocks[:, 7:9] = known[..., :2].swapaxes(1, 2) / 1000.0
    blocks[:, 9] = _surprise(known, windows.period_ms)
    found[:, -2], found[:, -1] = windows.counts, windows.period_ms / 1000.0
    return found


def holds(windows: Windows) -> FloatArray:
    """(B, C, 3) how each channel's value has been held: what is remembered, or what is seen."""
    if windows.holds is not None and not np.isnan(windows.holds).any():
        return windows.holds
    seen = _seen_holds(windows)
    if windows.holds is None:
        return seen
    return np.where(np.isnan(windows.holds), seen, windows.holds)


def _seen_holds(windows: Windows) -> FloatArray:
    """(B, C, 3) as the gateway would remember it, had it seen each window and no more."""
    rows, starts, time_ms = windows.rows, windows.starts, windows.time_ms
    changed = np.empty(rows.shape, dtype=np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=changed[1:])
    changed[starts] = False
    begun = np.maximum.reduceat(
        np.where(changed, np.arange(len(rows))[:, np.newaxis], starts[windows.owner, np.newaxis]),
        starts,
    )
    begun_ms = time_ms[begun]
    changes = np.add.reduceat(changed, starts, dtype=np.intp)
    found = np.empty((*changes.shape, 3))
    found[..., 0] = time_ms[windows.ends][:, np.newaxis] - begun_ms
    found[..., 1] = (begun_ms - time_ms[starts][:, np.newaxis]) / np.maximum(changes, 1)
    found[..., 2] = changes
    return found


def _surprise(known: FloatArray, period_ms: FloatArray) -> FloatArray:
    """(B, C) minus the logarithm of the chance that a working channel repeats itself so long.

    Each reading repeats the one before with a chance that the holds before tell (the rule of
    succession: with few of them, even odds weigh in). That chance, as often as it came.
    """
    period = np.maximum(period_ms, 1.0)[:, np.newaxis]
    held, usual, changes = known[..., 0], known[..., 1], known[..., 2]
    repeats = np.maximum(usual / period - 1.0, 0.0) * changes
    chance = (repeats + 1.0) / (repeats + changes + 2.0)
    found: FloatArray = -np.log(chance) * (held / period)
    return found


def column(features: FeatureArray, statistic: str, *, channels: int | None = None) -> FeatureArray:
    """(B, C) the block of ``statistic``, as a view.

    ``channels``: how many there are, where there is more than what ``extract`` returned.
    """
    channels = features.shape[1] // len(STATISTICS) if channels is None else channels
    first = STATISTICS.index(statistic) * channels
    return features[:, first : first + channels]
