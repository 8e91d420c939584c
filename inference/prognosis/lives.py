"""Machines from new to their failure, or to where they were last seen: what a life is. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MOST_STEPS: Final = 20_000  # of one life: a hundred usual ones
_STEPS_A_LIFE: Final = 200  # of the usual one: what comes more often is averaged
_NEARLY: Final = 1e-6  # of a step: ages are sums of floats


@dataclass(frozen=True, kw_only=True)
class Life:
    """One machine.

    Attributes:
        unit: its name.
        ages: (N,) at each row, since the machine was new, growing.
        rows: (N, C) what its channels showed; NaN where nothing was measured.
        remaining: what it had left at the last row; 0 where that is its failure.
    """

    unit: str
    ages: Array
    rows: Array
    remaining: float = 0.0

    @property
    def left(self) -> Array:
        """(N,) what was left at each row."""
        found: Array = self.ages[-1] - self.ages + self.remaining
        return found

    def until(self, row: int) -> "Life":
        """As it was known at that row."""
        return replace(
            self,
            ages=self.ages[: row + 1],
            rows=self.rows[: row + 1],
            remaining=float(self.left[row]),
        )

    @property
    def length(self) -> float:
        """Of the whole life."""
        return float(self.ages[-1]) + self.remaining


@dataclass(frozen=True, kw_only=True)
class Lives:
    """Several machines of one kind.

    Attributes:
        channels: what the columns of their rows are.
        conditions: those of them that say what a machine is told to do, not how it is.
        time_unit: of ages and of what is left.
        lives: the machines, each once.
        source: where they come from, for the card.
        unused: columns that nothing was learned from.
        is_simulated: nothing of it was ever measured.
    """

    channels: tuple[str, ...]
    conditions: tuple[str, ...]
    time_unit: str
    lives: tuple[Life, ...]
    source: str
    unused: tuple[str, ...] = ()
    is_simulated: bool = False

    def only(self, at: Sequence[int]) -> "Lives":
        """Those machines alone."""
        return self.having([self.lives[each] for each in at])

    def having(self, lives: Iterable[Life]) -> "Lives":
        """The same of other machines."""
        return replace(self, lives=tuple(lives))


def amount(length: float, unit: str) -> str:
    """As a person says it: ``2 min``, ``90 h``, ``125 cycles``."""
    if unit == "hours":
        return f"{length:.4g} h" if length >= 1.0 else f"{60.0 * length:.4g} min"
    return f"{length:.4g} {unit}"


def usual_step(lives: Sequence[Life]) -> float:
    """How far apart rows are looked at: as they come, or so that a usual life has some 200."""
    apart = float(np.median(np.concatenate([np.diff(life.ages) for life in lives])))
    rows = float(np.median([life.length for life in lives])) / apart
    return apart * max(1.0, round(rows / _STEPS_A_LIFE))


def stepped(life: Life, step: float) -> Life:
    """Means over steps; a step without any row, or a channel without a value, stays as before."""
    at = np.floor((life.ages - life.ages[0]) / step + _NEARLY).astype(np.int64)
    steps = int(at[-1]) + 1
    known = ~np.isnan(life.rows)
    sums = np.zeros((steps, life.rows.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, at, np.where(known, life.rows, 0.0))
    np.add.at(counts, at, known)
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    last = np.full(steps, -np.inf)
    np.maximum.at(last, at, life.ages)
    empty = life.ages[0] + (np.arange(steps) + 0.5) * np.float64(step)
    ages = np.where(np.isfinite(last), last, empty)
    return replace(life, ages=ages, rows=_carried(means), remaining=float(life.length - ages[-1]))


def _carried(rows: Array) -> Array:
    """Each gap has the value before it; one at the beginning the first that comes."""
    if not np.isnan(rows).any():
        return rows
    return np.stack([_held(column) for column in rows.T], axis=1)


def _held(column: Array) -> Array:
    known = np.flatnonzero(~np.isnan(column))
    if not len(known):
        return column
    last = np.searchsorted(known, np.arange(len(column)), side="right") - 1
    held: Array = column[known[np.maximum(last, 0)]]
    return held
