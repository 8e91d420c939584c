"""Rows of a machine in; what is normal of it out. Pure.

Each channel is measured in its own robust unit (median and MAD) and smoothed; what is normal is how
far the smoothed channels, together, move about their own slowly following level (a shrunk
covariance, as of Hotelling's T²). A machine that creeps is normal, one that steps is not.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import BadDataset
from inference.normality.settings import LEAST_ROWS, TUNING, Tuning

Array = NDArray[np.float64]
MAD: Final = 1.4826  # of a normal distribution its standard deviation is so many MAD
_LEAST_SHARE: Final = 0.2  # a channel that mostly repeats itself is measured by its deviation
_FAR: Final = 0.99


@dataclass(frozen=True, kw_only=True)
class Normal:
    """What is normal of a machine with C channels.

    Attributes:
        rows: from how many it was learned.
        centre, scale: (C,) of each channel.
        weights: (C, C) turn a deviation of the smoothed channels into a squared score: 1 is the
            99th percentile of what was learned from.
        level, smooth: (C,) where level and smoothed channels were at the last row.
        first: from how many it was learned at first.
    """

    rows: int
    centre: Array
    scale: Array
    weights: Array
    level: Array
    smooth: Array
    first: int

    def threshold(self, tuning: Tuning = TUNING) -> float:
        """Beyond this score something is wrong, as far as is known from what it learned from."""
        return tuning.least + tuning.doubt * tuning.span / self.rows


def learn(rows: Array, *, first: int | None = None, tuning: Tuning = TUNING) -> Normal:
    """Learn from (N, C) rows, oldest first; NaN is what was not measured.

    ``first`` is how many rows were learned from at first, where this is not the first time.

    Raises:
        BadDataset: fewer than ``LEAST_ROWS`` rows, or nothing measured in them.
    """
    rows = np.asarray(rows, dtype=np.float64)
    if rows.ndim != 2 or len(rows) < LEAST_ROWS or rows.shape[1] == 0:  # noqa: PLR2004
        raise BadDataset(f"A normal is learned from {LEAST_ROWS} rows or more, not {len(rows)}.")
    filled = _held(rows)
    centre, scale = _units(filled)
    smooth = smoothed(scaled(filled, centre, scale, tuning), tuning.span)
    level = smoothed(smooth, tuning.memory * len(rows))
    weights = _weights((smooth - level)[tuning.span :], tuning)
    return Normal(
        rows=len(rows),
        centre=centre,
        scale=scale,
        weights=weights,
        level=level[-1],
        smooth=smooth[-1],
        first=first or len(rows),
    )


def scaled(rows: Array, centre: Array, scale: Array, tuning: Tuning) -> Array:
    """Rows in robust units, clipped."""
    return np.clip((rows - centre) / scale, -tuning.clip, tuning.clip)


def gain(span: float) -> float:
    """Of an exponential mean over ``span`` rows."""
    return 2.0 / (span + 1.0)


def smoothed(rows: Array, span: float) -> Array:
    """The exponential mean so far at each row; it begins at 0, the centre."""
    share, found, last = gain(span), np.empty_like(rows), np.zeros(rows.shape[1])
    for at, row in enumerate(rows):
        last = last + share * (row - last)
        found[at] = last
    return found


def _held(rows: Array) -> Array:
    """What was not measured is as it was before; before its first value it is as in the middle."""
    filled = rows.copy()
    missing = np.isnan(filled)
    if missing.all():
        raise BadDataset("There is not one number in what is to be learned from.")
    if not missing.any():
        return filled
    for at in range(1, len(filled)):
        filled[at] = np.where(missing[at], filled[at - 1], filled[at])
    usual = np.array([np.nanmedian(c) if not np.isnan(c).all() else 0.0 for c in rows.T])
    return np.where(np.isnan(filled), usual, filled)


def _units(rows: Array) -> tuple[Array, Array]:
    centre = np.median(rows, axis=0)
    scale = MAD * np.median(np.abs(rows - centre), axis=0)
    deviation = rows.std(axis=0)
    scale = np.where(scale > _LEAST_SHARE * deviation, scale, deviation)
    least = 1e-9 * (1.0 + np.abs(centre))
    return centre, np.where(scale > least, scale, 1.0)


def _weights(deviations: Array, tuning: Tuning) -> Array:
    size = np.sqrt((deviations**2).mean(axis=0)) + 1e-12
    far = ((deviations / size) ** 2).mean(axis=1)
    usual = deviations[far <= np.quantile(far, tuning.trim)]
    count = usual.shape[1]
    covariance = np.cov(usual.T).reshape(count, count)
    alone = np.diag(np.diag(covariance))
    shrunk = (1.0 - tuning.shrink) * covariance + tuning.shrink * alone
    weights = np.linalg.inv(shrunk + 1e-6 * np.eye(count)) / count
    squared = np.einsum("ij,jk,ik->i", usual, weights, usual)
    found: Array = weights / max(float(np.quantile(np.sqrt(squared), _FAR)) ** 2, 1e-12)
    return found
