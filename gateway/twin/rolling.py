"""The values of a channel in; how far each is from those just before it out. Pure, causal."""

from collections.abc import Sequence
from math import sqrt
from statistics import median
from typing import Final, NamedTuple

MAD: Final = 1.4826  # of a normal distribution its standard deviation is so many MAD
LEAST_BEFORE: Final = 5  # of fewer nobody knows what is usual


class Usual(NamedTuple):
    """What values were, and how far they lay from it."""

    value: float
    spread: float


def deviations(
    values: Sequence[float | None], *, window: int, robust: bool, least: float
) -> list[float | None]:
    """Of each value: (value - usual) / spread of the ``window`` values before it.

    Args:
        values: oldest first; None where nothing was measured, which is skipped.
        window: of so many values before it the usual is taken.
        robust: by median and MAD, which an outlier among them does not move; else by mean and
            standard deviation.
        least: no spread is taken for less: what a sensor resolves.

    Returns:
        None where fewer than ``LEAST_BEFORE`` values were before it.
    """
    before: list[float] = []
    found: list[float | None] = []
    for value in values:
        if value is None:
            found.append(None)
            continue
        found.append(_deviation(value, before, robust=robust, least=least))
        before.append(value)
        del before[:-window]
    return found


def _deviation(value: float, before: list[float], *, robust: bool, least: float) -> float | None:
    if len(before) < LEAST_BEFORE:
        return None
    usual = usual_of(before, robust=robust)
    return (value - usual.value) / max(usual.spread, least)


def usual_of(before: Sequence[float], *, robust: bool) -> Usual:
    """Median and MAD of at least two values, the latter as a standard deviation; or mean and it."""
    if robust:
        middle = median(before)
        return Usual(middle, MAD * median(abs(each - middle) for each in before))
    mean = sum(before) / len(before)
    return Usual(mean, sqrt(sum((each - mean) ** 2 for each in before) / (len(before) - 1)))


def runs(marks: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last index of each stretch of marks without a break."""
    found: list[tuple[int, int]] = []
    for at, mark in enumerate(marks):
        if mark and found and found[-1][1] == at - 1:
            found[-1] = (found[-1][0], at)
        elif mark:
            found.append((at, at))
    return found
