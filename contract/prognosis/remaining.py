"""How a sign of wear went in; how long it takes to its end, or why nobody knows, out. Pure."""

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from math import exp, log
from typing import Final, NamedTuple

from contract.prognosis.newest import Newest
from contract.prognosis.passage import quantile
from contract.prognosis.trend import (
    LEAST_POINTS,
    Trend,
    since_renewed,
    trend_of,
    without_outliers,
)

LEVEL: Final = 0.9  # of the intervals that are told

# Chance alone makes a slope look so certain in one of some hundred series without any.
CERTAIN: Final = 2.6
# Wear may go ever faster, by the same share again and again: then it is the logarithm whose trend
# is straight, and clearer by so much.
_PLAINLY: Final = 1.5
FARTHEST: Final = 10.0  # times what was seen: nobody can say what comes later

TOO_LITTLE: Final = "too little was measured yet to see a trend"
NO_WEAR: Final = "no wear is visible: what trend there is may be chance"
BEYOND: Final = "its end is reached already"
SLOW: Final = "the wear is too slow to say how long it takes: far longer than what was seen so far"

_KEPT: Final = 1024  # answers: a page asks about the same hours again and again
_DIGEST_BYTES: Final = 16


class Series(NamedTuple):
    """How a sign went, in steps of equal length; ``times_h`` are in order, none twice."""

    times_h: tuple[float, ...]
    values: tuple[float, ...]


class Left(NamedTuple):
    """What is left: the median of the hours, and an interval that holds ``LEVEL`` of the chance.

    ``hours`` is None where a ``reason`` says why; ``low`` may be known all the same. A ``high`` of
    None has no bound. ``slope`` is what the sign changes by at last, in its unit an hour.
    """

    hours: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None
    slope: float | None = None
    points: int = 0
    span_h: float = 0.0
    at_h: float | None = None  # the time of the last point: the hours count from there


_answers: Final = Newest[Left](_KEPT)


def left(
    windows: tuple[Series, ...],
    *,
    end: float,
    falls: bool = False,
    averaged: bool = True,
    level: float = LEVEL,
) -> Left:
    """How long from the last point of the windows on.

    Args:
        windows: the same sign over all the time since it was new, and over its last parts; they
            end together. The one with the clearest trend counts: wear may begin at any time.
        end: where the wear ends, in the sign's unit.
        falls: whether it falls to its end.
        averaged: whether values are means over times; else each is of one instant.
        level: so much of the chance lies within the bounds.
    """
    digest = _digest(windows, (end, falls, averaged, level))
    known = _answers.get(digest)
    if known is None:
        known = _left(windows, end, falls=falls, averaged=averaged, level=level)
        _answers.put(digest, known)
    return known


def _digest(windows: tuple[Series, ...], about: tuple[float, ...]) -> bytes:
    made = blake2b(array("d", about), digest_size=_DIGEST_BYTES)
    for window in windows:
        made.update(array("q", (len(window.times_h), len(window.values))))
        made.update(array("d", window.times_h))
        made.update(array("d", window.values))
    return made.digest()


def _left(
    windows: tuple[Series, ...], end: float, *, falls: bool, averaged: bool, level: float
) -> Left:
    ways = [way for window in windows for way in _ways(window, end, falls=falls, averaged=averaged)]
    if not ways:
        return Left(
            reason=TOO_LITTLE, points=max((len(each.values) for each in windows), default=0)
        )
    clearest = max(ways, key=lambda way: way.clearness)
    return _told(clearest, falls=falls, level=level)


class _Way(NamedTuple):
    """A trend that rises to its end: of the sign, or of its logarithm."""

    trend: Trend
    end: float
    grows: bool  # by the same share again and again

    @property
    def clearness(self) -> float:
        return self.trend.certainty / (_PLAINLY if self.grows else 1.0)


def _ways(window: Series, end: float, *, falls: bool, averaged: bool) -> Iterator[_Way]:
    all_h, values = without_outliers(window.times_h, window.values)
    all_risen, end = ([-value for value in values], -end) if falls else (values, end)
    times_h, risen = since_renewed(all_h, all_risen)
    if len(risen) < LEAST_POINTS:
        return
    yield _Way(trend_of(times_h, risen, averaged=averaged), end, grows=False)
    if averaged and min(risen) > 0.0 and end > 0.0:
        trend = trend_of(times_h, [log(value) for value in risen], averaged=averaged)
        yield _Way(trend, log(end), grows=True)


def _told(way: _Way, *, falls: bool, level: float) -> Left:
    trend, end = way.trend, way.end
    slope = trend.slope * exp(trend.level) if way.grows else trend.slope
    about = Left(
        slope=-slope if falls else slope,
        points=trend.points,
        span_h=trend.span_h,
        at_h=trend.end_h,
    )
    if trend.level >= end:
        return about._replace(reason=BEYOND)
    if trend.certainty < CERTAIN:
        return about._replace(reason=NO_WEAR)
    low, hours, high = (quantile(trend, end, share) for share in _shares(level))
    if hours > FARTHEST * trend.span_h:
        return about._replace(low=low, reason=SLOW)
    return about._replace(hours=hours, low=low, high=high if high < float("inf") else None)


def _shares(level: float) -> Sequence[float]:
    return (1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0
