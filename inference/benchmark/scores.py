"""How good alarms were, by the rules under which others have published. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference.normality.normal import Array

Marks = NDArray[np.bool_]
TOGETHER_S: Final = 12 * 3600.0  # alarms within it are one episode
_STEEP: Final = 5.0
_WEIGHT: Final = 0.11  # of a false alarm, NAB's standard profile
_FAR: Final = 3.0  # windows behind one, a false alarm costs all of it


class Rates(NamedTuple):
    """Of rows: F1, the share of healthy ones that were alarmed, of wrong ones that were not."""

    f1: float
    false_alarms: float
    missed: float


class Windows(NamedTuple):
    """NAB's score of 100, how many windows were found, and how many episodes of alarms it took."""

    score: float
    found: int
    episodes: int


def rates(alarms: Marks, wrong: Marks) -> Rates:
    """F1, FAR and MAR of (N,) rows. NaN where there is none to take it of."""
    hit, false = int((alarms & wrong).sum()), int((alarms & ~wrong).sum())
    missed, right = int((~alarms & wrong).sum()), int((~alarms & ~wrong).sum())
    return Rates(
        _share(2 * hit, 2 * hit + false + missed),
        _share(false, false + right),
        _share(missed, hit + missed),
    )


def windows_found(
    raised: Marks, times_s: Array, windows: Sequence[tuple[float, float]], *, first: int
) -> Windows:
    """NAB (Lavin and Ahmad 2015): the first alarm in a window counts, the earlier the more.

    Args:
        raised: (N,) rows at which an alarm was raised; one that stands is not raised again.
        times_s: (N,) of the rows.
        windows: when something was wrong.
        first: so many rows at the beginning are not scored.
    """
    spans = [_span(times_s, window) for window in windows]
    at = np.flatnonzero(raised)
    at = at[at >= first]
    inside = [at[(at >= begin) & (at <= end)] for begin, end in spans]
    earned = [
        -1.0 if not len(hits) else _worth((hits[0] - end - 1) / (end - begin + 1)) / _worth(-1.0)
        for hits, (begin, end) in zip(inside, spans, strict=True)
    ]
    outside = [row for row in at if not any(begin <= row <= end for begin, end in spans)]
    lost = sum(_WEIGHT * _cost(int(row), spans) for row in outside)
    count = len(spans)
    score = 100.0 * (sum(earned) - lost + count) / (2 * count)
    return Windows(score, sum(len(hits) > 0 for hits in inside), episodes(times_s[at]))


def episodes(times_s: Array) -> int:
    """How many they are, those within ``TOGETHER_S`` of the one before taken as one."""
    return len(times_s) and 1 + int((np.diff(times_s) > TOGETHER_S).sum())


def _cost(row: int, spans: Sequence[tuple[int, int]]) -> float:
    before = [span for span in spans if span[1] < row]
    if not before:
        return 1.0
    begin, end = before[-1]
    behind = (row - end) / (end - begin)
    return 1.0 if behind >= _FAR else -_worth(behind)


def _worth(place: float) -> float:
    """-1 is the beginning of a window, 0 its end, beyond is behind it."""
    return float(2.0 / (1.0 + np.exp(_STEEP * place)) - 1.0)


def _span(times_s: Array, window: tuple[float, float]) -> tuple[int, int]:
    begin = int(np.searchsorted(times_s, window[0]))
    return begin, int(np.searchsorted(times_s, window[1], side="right")) - 1


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
