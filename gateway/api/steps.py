"""A range and a number of points in; the buckets of a chart out. Pure.

They begin at round times, so that they stay where they are while a range that ends now moves on: at
multiples of their length, and those of days at midnights of the site's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from contract.buckets import DAY_MS, HOUR_MS, MINUTE_MS, BucketAt, Interval, day_at
from contract.site_time import SiteTime
from gateway.twin.tiers import QUARTER_MS

_S: Final = 1_000

# Lengths that clocks and people like; each of a minute and more is a whole number of minutes.
STEPS_MS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(_S, 2 * _S, 5 * _S, 10 * _S, 15 * _S, 30 * _S),
    *(MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS),
    *(HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS),
)


def step_ms(*, from_ms: int, to_ms: int, points: int, least_ms: int = 1) -> int:
    """The shortest length that covers the range with at most ``points`` buckets.

    None shorter than ``least_ms``, which is one of ``STEPS_MS``; whole days, where that takes more
    than half a day.
    """
    for length_ms in STEPS_MS:
        fits = (to_ms - 1) // length_ms - from_ms // length_ms < points
        if length_ms >= least_ms and fits:
            return length_ms
    days = max(1, (to_ms - from_ms) // ((points - 1) * DAY_MS))
    while (to_ms - from_ms) // (days * DAY_MS - HOUR_MS) + 2 > points:
        days += 1
    return days * DAY_MS


@dataclass(frozen=True)
class Steps:
    """Buckets of one length."""

    length_ms: int
    site: SiteTime

    @property
    def by_minute(self) -> bool:
        """Whether every minute must be looked at for itself."""
        return self.length_ms % QUARTER_MS != 0

    @property
    def days(self) -> int:
        """How many days a bucket has; 0: it is shorter."""
        return self.length_ms // DAY_MS

    def within(self, _span: Interval) -> BucketAt:
        """A time -> its bucket."""
        return self.at

    def at(self, time_ms: int) -> Interval:
        """The bucket of a time."""
        if self.days:
            return self._of_days(time_ms)
        start_ms = time_ms - time_ms % self.length_ms
        return Interval(start_ms, start_ms + self.length_ms)

    def columns(self, buckets: Sequence[Interval]) -> dict[str, Any]:
        """What an answer says of its buckets."""
        return {"bucket_ms": self.length_ms, "time_ms": [bucket.start_ms for bucket in buckets]}

    def _of_days(self, time_ms: int) -> Interval:
        day = day_at(self.site, time_ms)
        if self.days == 1:
            return day
        ordinal = self.site.wall(day.start_ms).date().toordinal()
        first = date.fromordinal(ordinal - ordinal % self.days or 1)
        return Interval(
            self.site.midnight(first), self.site.midnight(first + timedelta(days=self.days))
        )
