"""A trend and the way to its end in; when the end is first passed out. Pure.

A Wiener process with a known drift m passes d first at a time that is inverse Gaussian, of mean
d / m and shape d² / diffusion (Schrödinger, 1915). Here neither drift nor level is known exactly:
both are normal, which is in closed form for the drift (Peng and Tseng: Mis-Specification Analysis
of Linear Degradation Models, IEEE Transactions on Reliability 58, 2009), and nearly so for both.
"""

from math import erfc, exp, fsum, inf, pi, sqrt
from typing import Final

from contract.prognosis.trend import Fit, Trend

_ROOT_2: Final = sqrt(2.0)
_ROOT_TWO_PI: Final = sqrt(2.0 * pi)
_FAR: Final = 25.0  # beyond, erfc is too small for a double
_DOUBLINGS: Final = 40
_HALVINGS: Final = 40
_ACCURACY: Final = 1e-6


def passed(trend: Trend, end: float, hours: float) -> float:
    """The chance that what rises passes ``end`` within ``hours`` of its last point."""
    if hours <= 0.0:
        return 0.0
    parts = (fit.weight * _passed(trend.slope, end, fit, hours) for fit in trend.fits)
    return min(1.0, fsum(parts))


def quantile(trend: Trend, end: float, share: float) -> float:
    """Within how many hours ``end`` is passed with the probability ``share``; inf: never."""
    if not 0.0 < share < 1.0:
        raise ValueError(f"share must lie between 0 and 1, not {share:g}")
    high = (end - trend.level) / trend.slope if trend.slope > 0.0 else 0.0
    if high <= 0.0:
        return 0.0 if trend.slope > 0.0 else inf
    for _ in range(_DOUBLINGS):
        if passed(trend, end, high) >= share:
            break
        high *= 2.0
    else:
        return inf
    low = 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if passed(trend, end, middle) >= share:
            high = middle
        else:
            low = middle
        if high - low <= _ACCURACY * high:
            break
    return high


def _passed(slope: float, end: float, fit: Fit, hours: float) -> float:
    distance = end - fit.level
    variance = (
        fit.level_variance + fit.slope_variance * (hours + fit.lag_h) ** 2 + fit.diffusion * hours
    )
    beyond = slope * hours - distance
    if variance <= 0.0:
        return float(beyond >= 0.0)
    deviation = sqrt(variance)
    direct = _below(beyond / deviation)
    if fit.diffusion <= 0.0 or distance <= 0.0:
        return direct
    # Paths that were beyond and have come back: by reflection as many again, weighted.
    reflected = slope * hours + distance * (1.0 + 2.0 * fit.slope_variance * hours / fit.diffusion)
    back = exp(-0.5 * (beyond / deviation) ** 2) * _tail(max(0.0, reflected / deviation))
    return min(1.0, direct + back)


def _below(deviations: float) -> float:
    """The share of a normal distribution below so many deviations."""
    return 0.5 * erfc(-deviations / _ROOT_2)


def _tail(deviations: float) -> float:
    """The share above, over exp(-deviations² / 2)."""
    if deviations > _FAR:
        return (1.0 - (1.0 / deviations) ** 2) / (deviations * _ROOT_TWO_PI)
    return 0.5 * exp(0.5 * deviations**2) * erfc(deviations / _ROOT_2)
