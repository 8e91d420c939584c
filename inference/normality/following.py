"""A recording in; a score and a verdict of each row out, learning on as more is known. Pure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.normality import LEARNED_ROWS
from inference.normality.normal import Array, learn
from inference.normality.proof import learned
from inference.normality.settings import TUNING, Tuning
from inference.normality.watch import Found, Watch


class Follower:
    """Follows one machine as the gateway does, row by row.

    What is learned from the ``first`` rows is tried on as many more; then it learns from both, for
    good: from there on level and record follow the machine.
    """

    def __init__(self, *, first: int = LEARNED_ROWS, tuning: Tuning = TUNING) -> None:
        self.watch: Watch | None = None
        self._first = first
        self._tuning = tuning
        self._rows: list[Array] = []
        self._is_learned = False

    @classmethod
    def of(cls, rows: Array, *, tuning: Tuning = TUNING) -> "Follower":
        """Of who judges at once, after ``rows`` that were tried on none."""
        made = cls(first=len(rows), tuning=tuning)
        made.watch, made._rows = Watch(learn(rows, tuning=tuning), tuning=tuning), list(rows)
        return made

    def step(self, row: Array, time_s: float | None) -> Found | None:
        """Take the next row; its score is in units of the threshold. None: too little is known.

        Without a time it learns no more.
        """
        if time_s is not None and not self._is_learned and len(self._rows) >= 2 * self._first:
            self._learn()
        if not self._is_learned:
            self._rows.append(row)
        if self.watch is None:
            return None
        return self.watch.judged(row, time_s)

    def _learn(self) -> None:
        record = None if self.watch is None else self.watch.record
        rows = np.array(self._rows)
        self.watch = learned(rows, first=self._first, record=record, tuning=self._tuning)
        self._is_learned, self._rows = True, []


class Followed(NamedTuple):
    """Of each of N rows; of those that were learned from nothing is said.

    ``scores``: (N,) in units of the threshold of then; ``anomalies``: (N,); ``shares``: (N, C).
    """

    scores: Array
    anomalies: NDArray[np.bool_]
    shares: Array


def follow(
    rows: Array, *, first: int, times_s: Array | None = None, tuning: Tuning = TUNING
) -> Followed:
    """Learn from the ``first`` rows, judge the others in order.

    With ``times_s`` it goes on as a machine does: it learns anew, and keeps its promise of one
    anomaly a day.

    Raises:
        BadDataset: too few rows to learn from.
    """
    rows = np.asarray(rows, dtype=np.float64)
    follower = Follower.of(rows[:first], tuning=tuning)
    times = [None] * len(rows) if times_s is None else [float(each) for each in times_s]
    told = [follower.step(rows[at], times[at]) for at in range(first, len(rows))]
    return _together(rows, first, [each for each in told if each is not None])


def _together(rows: Array, first: int, told: list[Found]) -> Followed:
    count = rows.shape[1]
    scores = np.array([one.score for one in told], dtype=np.float64)
    anomalies = np.array([one.is_anomaly for one in told], dtype=bool)
    shares = np.array([one.shares for one in told]).reshape(-1, count)
    return Followed(
        np.concatenate([np.zeros(first), scores]),
        np.concatenate([np.zeros(first, bool), anomalies]),
        np.concatenate([np.zeros((first, count)), shares]),
    )
