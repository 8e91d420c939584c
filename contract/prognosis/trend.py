"""A series in, its trend out: the slope of Theil and Sen, and how sure it is. Pure.

What lies beside the line wanders (a Wiener process) and is measured with noise; which of it is
which, nobody knows. So some ratios of the two are each told by a Kalman filter of a level that
wanders, and weighted by their likelihood (Harvey: Forecasting, Structural Time Series Models and
the Kalman Filter, 1989, section 2.2.1; the slope is that of Theil, 1950, and Sen, 1968).
"""

from collections.abc import Sequence
from itertools import accumulate, combinations, pairwise
from math import exp, fsum, log, sqrt
from statistics import fmean, median
from typing import Final, NamedTuple

LEAST_POINTS: Final = 12

# Of what the level wanders from one point to the next, in variances of the noise of a point.
_RATIOS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0, 1e4)
_LEAST_WEIGHT: Final = 0.01
# The median of all slopes has so much of the variance of least squares.
_OF_LEAST_SQUARES: Final = 1.1
# Noise, wandering and their ratio are estimated themselves: so many points less, and simulated
# ways end within the intervals as often as these promise.
_ESTIMATED: Final = 6
# Means of a Wiener process vary from one step to the next by 2/3 of what it does itself; where
# there is noise as well, that hides in the noise.
_SMOOTHED: Final = 1.5
_NO_NOISE: Final = 10.0  # ratios from here on
_EXACT: Final = 1e-9  # of the range: what is less beside a line is rounding
# Further from the median of its neighbours than so many times what is usual: no point of a trend.
_OUTLIER: Final = 6.0
_NEIGHBOURS: Final = 2  # on each side
# A renewed part: by so much of the range of its sign, from one mean of so many points to the next.
_RENEWED: Final = 0.6
_STAYS: Final = 3
_OF_MEDIAN: Final = 1.4826  # a normal deviation in medians of absolute ones


class Fit(NamedTuple):
    """The trend, if the level wanders by ``diffusion`` (its unit squared an hour)."""

    weight: float
    diffusion: float
    level: float  # at the last point, with its variance
    level_variance: float
    slope_variance: float
    lag_h: float  # so long before the last point lies what the level is known from


class Trend(NamedTuple):
    """``slope`` is in the series' unit an hour; the weights of ``fits`` add up to 1."""

    slope: float
    fits: tuple[Fit, ...]
    span_h: float
    points: int
    end_h: float  # the time of the last point

    @property
    def level(self) -> float:
        """Where it is at the last point."""
        return fsum(fit.weight * fit.level for fit in self.fits)

    @property
    def certainty(self) -> float:
        """The slope in standard deviations of its own; infinite where nothing lies beside it."""
        variance = fsum(fit.weight * fit.slope_variance for fit in self.fits)
        return self.slope / sqrt(variance) if variance > 0.0 else self.slope * float("inf")


def theil_sen(times_h: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between all pairs of points; times are in order, none twice."""
    points = zip(times_h, values, strict=True)
    return median((v - u) / (t - s) for (s, u), (t, v) in combinations(points, 2))


def trend_of(times_h: Sequence[float], values: Sequence[float], *, averaged: bool = False) -> Trend:
    """The trend of a series of at least ``LEAST_POINTS``, whose times are in order, none twice.

    ``averaged``: each value is a mean from one time to the next, and not of one instant.

    Raises:
        ValueError: it has fewer points.
    """
    if len(times_h) < LEAST_POINTS:
        raise ValueError(f"a trend needs {LEAST_POINTS} points, not {len(times_h)}")
    slope, end_h = theil_sen(times_h, values), times_h[-1]
    beside = [
        value - slope * (time_h - end_h) for time_h, value in zip(times_h, values, strict=True)
    ]
    fits = _fits(times_h, beside, averaged=averaged)
    return Trend(slope, fits, end_h - times_h[0], len(times_h), end_h)


def without_outliers(
    times_h: Sequence[float], values: Sequence[float]
) -> tuple[list[float], list[float]]:
    """The points that lie near the median of themselves and their neighbours (Hampel, 1974)."""
    near = [
        median(values[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS + 1]) for at in range(len(values))
    ]
    off = [abs(value - middle) for value, middle in zip(values, near, strict=True)]
    usual = max(_OF_MEDIAN * median(off), _usual_step(values)) if len(off) > 1 else 0.0
    kept = [at for at, each in enumerate(off) if usual == 0.0 or each <= _OUTLIER * usual]
    return [times_h[at] for at in kept], [values[at] for at in kept]


def _usual_step(values: Sequence[float]) -> float:
    """Of what grows evenly each value is the median of its neighbours: its steps tell it."""
    return median(abs(after - before) for before, after in pairwise(values))


def since_renewed(
    times_h: Sequence[float], values: Sequence[float]
) -> tuple[Sequence[float], Sequence[float]]:
    """What has come since a sign that rises last fell by most of its range, at once and to stay.

    Somebody has renewed the part and entered nothing, or what measures it was told of that late.
    """
    most = _RENEWED * (max(values) - min(values)) if values else 0.0
    falls = [
        fmean(values[max(0, at - _STAYS) : at]) - fmean(values[at : at + _STAYS])
        for at in range(1, len(values) - _STAYS + 1)
    ]
    deep = [at for at, fall in enumerate(falls) if fall > most]
    if not deep or most <= 0.0:
        return times_h, values
    nearby = range(max(0, deep[-1] - _STAYS), deep[-1] + 1)
    begun = 1 + max(nearby, key=lambda at: falls[at])
    return times_h[begun:], values[begun:]


# ---------------------------------------------------------------- what lies beside the line


class _Filtered(NamedTuple):
    """In variances of the noise, but for the level itself and what it missed by."""

    level: float
    variance: float
    lag_h: float
    misfit: float  # beside the slope that fits best
    unlikely: float  # what its likelihood lacks, the misfit apart


def _filtered(ratio: float, gaps_h: Sequence[float], beside: Sequence[float]) -> _Filtered:
    """The likelihood is restricted: a slope that is fitted hides some of what wandered."""
    level, variance, lag_h, misfit, spread = beside[0], 1.0, 0.0, 0.0, 0.0
    squares = mixed = 0.0  # of the slope
    for gap_h, value in zip(gaps_h, beside[1:], strict=True):
        ahead = variance + ratio * gap_h
        error, total, behind_h = value - level, ahead + 1.0, lag_h + gap_h
        variance = gain = ahead / total
        level += gain * error
        lag_h = (1.0 - gain) * behind_h
        misfit += error * error / total
        squares += behind_h * behind_h / total
        mixed += behind_h * error / total
        spread += log(total)
    misfit -= mixed * mixed / squares
    return _Filtered(level, variance, lag_h, misfit, spread + log(squares))


def _fits(times_h: Sequence[float], beside: Sequence[float], *, averaged: bool) -> tuple[Fit, ...]:
    gaps_h = [after - before for before, after in pairwise(times_h)]
    usual_h = (times_h[-1] - times_h[0]) / len(gaps_h)
    ratios = [ratio / usual_h for ratio in _RATIOS]
    found = [_filtered(ratio, gaps_h, beside) for ratio in ratios]
    free = len(beside) - 2
    if min(each.misfit for each in found) <= free * (_EXACT * max(map(abs, beside))) ** 2:
        return (Fit(1.0, 0.0, beside[-1], 0.0, 0.0, 0.0),)
    likely = [-0.5 * (free * log(each.misfit) + each.unlikely) for each in found]
    weights = [exp(each - max(likely)) for each in likely]
    least = _LEAST_WEIGHT * fsum(weights)
    kept = [at for at, weight in enumerate(weights) if weight >= least]
    whole = fsum(weights[at] for at in kept)
    of_slope = _of_slope(times_h, gaps_h)
    return tuple(
        _fit(
            found[at],
            ratios[at],
            weights[at] / whole,
            free=free,
            of_slope=of_slope,
            smoothed=_SMOOTHED if averaged and _RATIOS[at] >= _NO_NOISE else 1.0,
        )
        for at in kept
    )


def _fit(
    own: _Filtered,
    ratio: float,
    weight: float,
    *,
    free: int,
    of_slope: tuple[float, float],
    smoothed: float,
) -> Fit:
    noise = own.misfit / (free - _ESTIMATED)
    diffusion = noise * ratio * smoothed
    still, moving = of_slope
    variance = _OF_LEAST_SQUARES * (noise * still + diffusion * moving)
    return Fit(weight, diffusion, own.level, noise * own.variance, variance, own.lag_h)


def _of_slope(times_h: Sequence[float], gaps_h: Sequence[float]) -> tuple[float, float]:
    """What the slope of least squares varies by: for a noise, and for a diffusion, of 1."""
    middle = fsum(times_h) / len(times_h)
    squares = fsum((time_h - middle) ** 2 for time_h in times_h)
    weights = [(time_h - middle) / squares for time_h in times_h]
    behind = list(accumulate(reversed(weights)))[-2::-1]  # behind each gap
    moving = fsum(gap_h * weight**2 for gap_h, weight in zip(gaps_h, behind, strict=True))
    return 1.0 / squares, moving
