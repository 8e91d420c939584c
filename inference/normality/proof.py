"""How high a threshold must be, shown by readings that nothing was learned from. Pure.

A machine that works in turns, or by the hour, leaves what its first hours were like without being
ill. So what was learned from the first half of what is known is tried on the second half: the
threshold is where no more than ``ALLOWED`` episode would have been reported there. (One, as
something may really have been wrong.)
"""

from dataclasses import replace
from typing import Final

import numpy as np

from inference.errors import BadDataset
from inference.normality.normal import Array, Normal, learn
from inference.normality.settings import LEAST_ROWS, TUNING, Tuning
from inference.normality.watch import Watch

ALLOWED: Final = 1
MARGIN: Final = 1.3
PROMISED_ROWS: Final = 8_640  # one false alarm in a day of looks
_APART: Final = 3  # episodes of which nothing is seen for so many spans are two
_NEVER: Final = 1e9


def learned(rows: Array, *, first: int, tuning: Tuning = TUNING) -> Normal:
    """What is normal by all of (N, C) ``rows``, with a threshold that their second half bears out.

    Raises:
        BadDataset: fewer than twice ``LEAST_ROWS`` rows, or nothing measured in them.
    """
    if len(rows) < 2 * LEAST_ROWS:
        raise BadDataset(
            f"A normal is learned from {2 * LEAST_ROWS} rows or more, half of them to try it on,"
            f" not from {len(rows)}."
        )
    half = len(rows) // 2
    before = learn(rows[:half], first=first, tuning=tuning)
    peaks = _peaks(_scores(rows[half:], before, tuning), tuning)
    needed = _needed(sorted(peaks)[: len(peaks) - ALLOWED], len(rows) - half, tuning)
    return replace(learn(rows, first=first, tuning=tuning), proven=max(needed, 1e-9))


def _needed(peaks: list[float], rows: int, tuning: Tuning) -> float:
    """The threshold that so many peaks in ``rows`` would pass once in ``PROMISED_ROWS``.

    Peaks over a threshold fall off exponentially, as in most tails (Pickands 1975).
    """
    if not peaks:
        return 0.0
    excess = float(np.mean(peaks)) - tuning.least
    often = len(peaks) * PROMISED_ROWS / rows
    return max(MARGIN * max(peaks), tuning.least + excess * float(np.log(max(often, 1.0))))


def _scores(rows: Array, normal: Normal, tuning: Tuning) -> Array:
    watch = Watch(replace(normal, proven=_NEVER), tuning=tuning)
    return np.array([watch.step(row).score for row in rows])


def _peaks(scores: Array, tuning: Tuning) -> list[float]:
    """The highest score of each excursion that would be confirmed."""
    held = scores.copy()
    for back in range(1, tuning.confirm + 1):
        held[back:] = np.minimum(held[back:], scores[:-back])
    peaks: list[float] = []
    last = -(10**9)
    for at in np.flatnonzero(held > tuning.least):
        score = float(held[at])
        if at - last > _APART * tuning.span:
            peaks.append(score)
        else:
            peaks[-1] = max(peaks[-1], score)
        last = int(at)
    return peaks
