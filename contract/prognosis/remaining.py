"""How a sign of wear went in; how long it takes to its end, or why nobody knows, out. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from contract.prognosis.passage import quantile
from contract.prognosis.trend import LEAST_POINTS, Trend, trend_of, without_outliers

LEVEL: Final = 0.9  # of the intervals that are told

# Chance alone makes a slope look so certain in one of some hundred series without any.
CERTAIN: Final = 2.6
FARTHEST: Final = 10.0  # times what was seen: nobody can say what comes later

TOO_LITTLE: Final = "too little was measured yet to see a trend"
NO_WEAR: Final = "no wear is visible: what trend there is may be chance"
BEYOND: Final = "its end is reached already"
SLOW: Final = "the wear is too slow to say how long it takes: far longer than what was seen so far"

_KEPT: Final = 4096


class Series(NamedTuple):
    """Means of a sign over times of equal length; ``times_h`` are in order, none twice."""

    times_h: tuple[float, ...]
    values: tuple[float, ...]


class Left(NamedTuple):
    """What is left: the median of the hours, and an interval that holds ``LEVEL`` of the chance.

    ``hours`` is None where a ``reason`` says why; ``low`` may be known all the same. A ``high`` of
    None has no bound. ``slope`` is in the sign's unit an hour, of the series that was taken.
    """

    hours: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None
    slope: float | None = None
    points: int = 0
    span_h: float = 0.0
    at_h: float | None = None  # the time of the last point: the hours count from there


@lru_cache(_KEPT)
def left(windows: tuple[Series, ...], *, end: float, falls: bool = False) -> Left:
    """How long from the last point of the windows on.

    Args:
        windows: the same sign over all the time since it was new, and over its last parts; they
            end together. The one with the clearest trend counts: wear may begin at any time.
        end: where the wear ends, in the sign's unit.
        falls: whether it falls to its end.
    """
    trends = [trend for window in windows if (trend := _trend(window, falls=falls))]
    if not trends:
        return Left(
            reason=TOO_LITTLE, points=max((len(each.values) for each in windows), default=0)
        )
    clearest = max(trends, key=lambda trend: trend.certainty)
    return _told(clearest, -end if falls else end, falls=falls)


def _trend(window: Series, *, falls: bool) -> Trend | None:
    """Of what rises to its end."""
    times_h, values = without_outliers(window.times_h, window.values)
    if len(values) < LEAST_POINTS:
        return None
    return trend_of(times_h, [-value for value in values] if falls else values)


def _told(trend: Trend, end: float, *, falls: bool) -> Left:
    about = Left(
        slope=-trend.slope if falls else trend.slope,
        points=trend.points,
        span_h=trend.span_h,
        at_h=trend.end_h,
    )
    if trend.level >= end:
        return about._replace(reason=BEYOND)
    if trend.certainty < CERTAIN:
        return about._replace(reason=NO_WEAR)
    low, hours, high = (quantile(trend, end, share) for share in _shares(LEVEL))
    if hours > FARTHEST * trend.span_h:
        return about._replace(low=low, reason=SLOW)
    return about._replace(hours=hours, low=low, high=high if high < float("inf") else None)


def _shares(level: float) -> Sequence[float]:
    return (1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0
