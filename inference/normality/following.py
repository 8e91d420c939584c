"""A recording in; a score and a verdict of each row out, learning on as more is known. Pure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference.normality.normal import Array, Normal, learn
from inference.normality.proof import learned
from inference.normality.settings import TUNING, Tuning
from inference.normality.watch import Found, Watch


class Followed(NamedTuple):
    """Of each of N rows; of those that were learned from nothing is said.

    ``scores``: (N,) in units of the threshold of then; ``anomalies``: (N,); ``shares``: (N, C).
    """

    scores: Array
    anomalies: NDArray[np.bool_]
    shares: Array
    normal: Normal


def follow(
    rows: Array, *, first: int, times_s: Array | None = None, tuning: Tuning = TUNING
) -> Followed:
    """Learn from the ``first`` rows, judge the others in order.

    With ``times_s`` it goes on as a machine does: it learns anew, from all rows so far, each time
    it knows ``tuning.grow`` times as much, and keeps its promise of one anomaly a day.

    Raises:
        BadDataset: too few rows to learn from.
    """
    rows = np.asarray(rows, dtype=np.float64)
    normal = learn(rows[:first], tuning=tuning)
    watch, found = Watch(normal, tuning=tuning), []
    for at in range(first, len(rows)):
        if times_s is not None and at >= tuning.grow * normal.rows:
            normal = learned(rows[:at], first=first, tuning=tuning)
            watch = Watch(normal, tuning=tuning)
        one = watch.step(rows[at], None if times_s is None else float(times_s[at]))
        found.append((one.score / watch.threshold, one))
    return _together(rows, first, [score for score, _ in found], [f for _, f in found], normal)


def _together(
    rows: Array, first: int, scores: list[float], found: list[Found], normal: Normal
) -> Followed:
    count = rows.shape[1]
    shares = np.array([one.shares for one in found]).reshape(-1, count)
    return Followed(
        np.concatenate([np.zeros(first), scores]),
        np.concatenate([np.zeros(first, bool), np.array([f.is_anomaly for f in found], bool)]),
        np.concatenate([np.zeros((first, count)), shares]),
        normal,
    )
