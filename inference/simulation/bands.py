"""One figure of each seed in; its mean and a band in which 90 % of machines lie out. Pure."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

LOW: Final = 0.05
HIGH: Final = 0.95
_Z: Final = 1.6448536  # of a normal distribution 5 % lie above


class Band(NamedTuple):
    """``of`` seeds told it; all else is None where none did."""

    value: float | None
    low: float | None
    high: float | None
    of: int


def band(values: Sequence[float | None]) -> Band:
    """The mean, and the 5th and 95th percentile, between neighbours on a line."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return Band(None, None, None, 0)
    mean = math.fsum(known) / len(known)
    # A mean of equal numbers is that number, however it is rounded.
    mean = min(max(mean, known[0]), known[-1])
    return Band(mean, _percentile(known, LOW), _percentile(known, HIGH), len(known))


def differences(
    values: Sequence[float | None], first: Sequence[float | None]
) -> list[float | None]:
    """Seed by seed: the same machine with the same luck, told something else."""
    return [
        None if one is None or other is None else one - other
        for one, other in zip(values, first, strict=True)
    ]


def share(hits: int, of: int) -> Band:
    """A share of ``of`` seeds, with Wilson's interval of 90 % (JASA 22, 1927)."""
    p, z2 = hits / of, _Z * _Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == of else min(1.0, middle + half)
    return Band(p, low, high, of)


def _percentile(ordered: Sequence[float], at: float) -> float:
    place = at * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
