"""What a course of values shows at each row: level, slope, scatter. No row sees a later one."""

from typing import NamedTuple

import numpy as np

from inference.prognosis.lives import Array


class Window(NamedTuple):
    """Of the last rows at each row: (N, C) the slope a row, and the scatter about that line."""

    slope: Array
    scatter: Array


def smooth(rows: Array, span: float) -> Array:
    """(N, C) exponential means of all so far, a row's weight falling by ``1 - 2 / (span + 1)``."""
    kept = 1.0 - 2.0 / (span + 1.0)
    found, total, weight = np.empty_like(rows), np.zeros(rows.shape[1]), 0.0
    for at, row in enumerate(rows):
        total = kept * total + row
        weight = kept * weight + 1.0
        found[at] = total / weight
    return found


def beginning(rows: Array, count: int) -> Array:
    """(N, C) the mean of the first ``count`` rows, as far as they have come."""
    means = np.cumsum(rows, axis=0) / np.arange(1.0, len(rows) + 1.0)[:, None]
    means[count:] = means[min(count, len(rows)) - 1]
    return means


def window(rows: Array, width: int) -> Window:
    """A straight line through the last ``width`` rows, by least squares."""
    at = np.arange(len(rows), dtype=np.float64)[:, None]
    count = np.minimum(at + 1.0, width)
    values = rows - rows[0]  # sums of squares lose little then
    total, places = _rolled(values, width), _rolled(at, width)
    across = _rolled(at * values, width) - places * total / count
    along = _rolled(at * at, width) - places**2 / count
    slope = np.divide(across, along, out=np.zeros_like(across), where=count > 2.0)  # noqa: PLR2004
    about = _rolled(values * values, width) - total**2 / count - slope * across
    about[:2] = 0.0  # through two points a line goes exactly
    return Window(slope, np.sqrt(np.maximum(about, 0.0) / np.maximum(count - 2.0, 1.0)))


def _rolled(values: Array, width: int) -> Array:
    """(N, C) sums over the last ``width`` rows."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    ends = np.arange(1, len(values) + 1)
    found: Array = sums[ends] - sums[np.maximum(ends - width, 0)]
    return found
