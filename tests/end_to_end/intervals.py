"""How evenly a board reads: the times of its readings in, the error of their spacing out."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class IntervalError:
    """How far the intervals between consecutive readings are from the nominal one, in ms."""

    intervals: int
    mean_ms: float
    p99_ms: float
    most_ms: float

    def __str__(self) -> str:
        return (
            f"{self.intervals} intervals, error mean {self.mean_ms:.2f} ms, "
            f"p99 {self.p99_ms:.2f} ms, most {self.most_ms:.0f} ms"
        )


def interval_error(times_ms: Sequence[int], *, rate_hz: float) -> IntervalError:
    """``times_ms`` in order of seq, at least two of them."""
    nominal_ms = 1000 / rate_hz
    errors = [abs(b - a - nominal_ms) for a, b in itertools.pairwise(times_ms)]
    return IntervalError(
        intervals=len(errors),
        mean_ms=float(np.mean(errors)),
        p99_ms=float(np.percentile(errors, 99)),
        most_ms=max(errors),
    )
