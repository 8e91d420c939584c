"""Times told from now on (``-24h``, ``yesterday``, ``last week``) in; milliseconds out. Pure.

Days and longer are those of the clock on the site's wall: ``-7d`` is a week ago at the same time of
day, though one of the days had 25 hours.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from contract.buckets import BucketAt, Interval, of_clock
from contract.errors import Refused
from contract.site_time import SiteTime


class Clock(NamedTuple):
    """Whose wall a time without an offset is of, and how late it is, in Unix milliseconds."""

    site: SiteTime
    now_ms: Callable[[], int]


# For who reads a request: its app sets it.
CLOCK: Final[ContextVar[Clock]] = ContextVar("clock")

EXAMPLES: Final = "-24h, -7d, now, today, yesterday, last week or this month"

_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_DAYS: Final = {"d": 1, "w": 7}
_MONTHS: Final = {"mo": 1, "y": 12}
_AGO: Final = re.compile(r"-\s?(\d{1,19})\s?([a-z]{1,3})")
_FRACTION: Final = re.compile(r"-\s?\d{1,19}[.,]\d{1,19}\s?[a-z]{1,3}")
_NAMED: Final = re.compile(r"(this|last)[ _+-](hour|day|week|month|year)")
_DAYS_NAMED: Final = {"today": "this day", "yesterday": "last day"}


def relative_ms(text: str, clock: Clock, *, is_end: bool = False) -> int | None:
    """The time that ``text`` tells, or None where it is of no such kind.

    A named day, week, month, … is its beginning, and its end where ``is_end``: from yesterday to
    yesterday is the whole of it.

    Raises:
        Refused: it has a unit that is none, is no whole number of it, or lies before 1970.
    """
    words = text.strip().lower()
    if words == "now":
        return clock.now_ms()
    if ago := _AGO.fullmatch(words):
        return _ago_ms(int(ago[1]), ago[2], clock, text)
    if _FRACTION.fullmatch(words):
        raise Refused(f"{text[:40]!r} is no whole number: write -90m for an hour and a half.")
    named = _NAMED.fullmatch(_DAYS_NAMED.get(words, words))
    if named is None:
        return None
    found = _period(named[1], named[2], clock)
    return found.end_ms if is_end else found.start_ms


def _ago_ms(number: int, unit: str, clock: Clock, text: str) -> int:
    now_ms = clock.now_ms()
    if unit in _UNITS_MS:
        found = now_ms - number * _UNITS_MS[unit]
    elif unit in _DAYS:
        found = _days_ago(number * _DAYS[unit], clock.site, now_ms)
    elif unit in _MONTHS:
        found = _months_ago(number * _MONTHS[unit], clock.site, now_ms)
    else:
        known = ", ".join([*_UNITS_MS, *_DAYS, *_MONTHS])
        raise Refused(f"{text[:40]!r} has the unit {unit!r}, which is none of {known}.")
    if found < 0:
        raise Refused(f"{text[:40]!r} lies before 1970.")
    return found


def _days_ago(days: int, site: SiteTime, now_ms: int) -> int:
    try:
        return _at(site, site.wall(now_ms) - timedelta(days=days))
    except OverflowError:  # before the year 1
        return -1


def _months_ago(months: int, site: SiteTime, now_ms: int) -> int:
    """The same day of that month, or its last one where it is shorter."""
    wall = site.wall(now_ms)
    year, month = divmod(wall.year * 12 + wall.month - 1 - months, 12)
    if year < 1:
        return -1
    first = wall.replace(year=year, month=month + 1, day=1)
    behind = (first + timedelta(days=31)).replace(day=1)
    return _at(site, min(first + timedelta(days=wall.day - 1), behind - timedelta(days=1)))


def _at(site: SiteTime, wall: datetime) -> int:
    return site.moment(wall.replace(microsecond=wall.microsecond // 1000 * 1000))


def _period(which: str, kind: str, clock: Clock) -> Interval:
    at = _year_at(clock.site) if kind == "year" else of_clock(clock.site, kind)  # type: ignore[arg-type] # the pattern knows no other
    this = at(clock.now_ms())
    return this if which == "this" else at(this.start_ms - 1)


def _year_at(site: SiteTime) -> BucketAt:
    def at(time_ms: int) -> Interval:
        day = site.wall(time_ms).date()
        first = day.replace(month=1, day=1)
        return Interval(site.midnight(first), site.midnight(first.replace(year=day.year + 1)))

    return at
