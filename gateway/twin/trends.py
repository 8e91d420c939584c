"""A series of a channel's last values in, its trend out."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from operator import mul, sub
from typing import Final, NamedTuple

# A slope needs some points and some seconds, or it is the sensor's noise.
_LEAST_TREND_POINTS: Final = 5
_LEAST_TREND_MS: Final = 2_000.0
_MS_PER_S: Final = 1000.0


class Recent(NamedTuple):
    """The last seconds: times, oldest first, and what each channel was; NaN where it was not."""

    times_ms: Sequence[float]
    values: Mapping[str, Sequence[float]]

    def slope(self, channel: str, seconds: float) -> float | None:
        """How fast a channel changes, a second; None where that cannot be told."""
        times_ms, values = known(self.times_ms, self.values.get(channel, ()))
        first = bisect_left(times_ms, times_ms[-1] - seconds * _MS_PER_S) if times_ms else 0
        if is_noise(times_ms[first:]):
            return None
        return slope(times_ms[first:], values[first:]) * _MS_PER_S


def is_noise(times_ms: Sequence[float]) -> bool:
    """Whether so few points, or so close ones, tell no trend."""
    return len(times_ms) < _LEAST_TREND_POINTS or times_ms[-1] - times_ms[0] < _LEAST_TREND_MS


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Least squares slope of y over x; 0 when all x are the same."""
    count = len(xs)
    origin = xs[0]  # large times would swallow their squares' differences
    us = [x - origin for x in xs]
    sum_u, sum_y = sum(us), sum(ys)
    spread = count * sum(map(mul, us, us)) - sum_u * sum_u
    return (count * sum(map(mul, us, ys)) - sum_u * sum_y) / spread if spread else 0.0


def known(
    times_ms: Sequence[float], values: Sequence[float]
) -> tuple[Sequence[float], Sequence[float]]:
    """Both without those that were set aside, or not measured."""
    if not values:
        return [], []
    if not isnan(sum(values)):
        return times_ms, values
    kept = [(time_ms, v) for time_ms, v in zip(times_ms, values, strict=True) if not isnan(v)]
    return [time_ms for time_ms, _ in kept], [value for _, value in kept]


def measured_ms(times_ms: Sequence[float], max_gap_ms: float) -> float:
    """How much of the time from the first to the last lies in no gap."""
    whole_ms = times_ms[-1] - times_ms[0]
    if max(map(sub, times_ms[1:], times_ms), default=0.0) <= max_gap_ms:
        return whole_ms
    steps: Iterable[float] = map(sub, times_ms[1:], times_ms)
    return whole_ms - sum([step for step in steps if step > max_gap_ms])
