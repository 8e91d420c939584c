"""A time in, the bucket of the site's clock it lies in out; a range in, the buckets that tile it.

Buckets are half-open intervals of Unix milliseconds. Minutes are those of UTC, in which everything
is kept; the others are the wall's: an hour is 60 minutes unless the clock is put by less (Lord Howe
Island's is, by half an hour), a day 23 to 25 hours. Pure.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from contract.site_time import EARLIEST_MS, LATEST_MS, SiteTime

ClockBucket = Literal["minute", "hour", "day", "week", "month"]
Bucket = Literal[ClockBucket, "shift", "total"]

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
_WEEK: Final = timedelta(days=7)
_LONGEST_MONTH: Final = timedelta(days=31)


class Interval(NamedTuple):
    """``start_ms <= time < end_ms``."""

    start_ms: int
    end_ms: int


BucketAt = Callable[[int], Interval]  # a time -> the bucket it lies in


def every(length_ms: int) -> BucketAt:
    """Buckets of one length, counted from 1970 in UTC."""

    def at(time_ms: int) -> Interval:
        start_ms = time_ms - time_ms % length_ms
        return Interval(start_ms, start_ms + length_ms)

    return at


minute_at: Final = every(MINUTE_MS)


def hour_at(site: SiteTime, time_ms: int) -> Interval:
    """From full hour to full hour of the wall's clock, or to where it is put."""
    into_ms = (time_ms + site.offset_ms(time_ms)) % HOUR_MS
    full_ms = time_ms - into_ms
    start_ms = site.last_change(full_ms, time_ms)
    end_ms = full_ms + HOUR_MS
    if site.offset_ms(end_ms - 1) != site.offset_ms(time_ms):
        end_ms = site.last_change(time_ms, end_ms - 1)
    return Interval(start_ms, end_ms)


def day_at(site: SiteTime, time_ms: int) -> Interval:
    return _of_days(site, time_ms, lambda day: (day, day + timedelta(days=1)))


def week_at(site: SiteTime, time_ms: int) -> Interval:
    """From Monday to Monday, as ISO 8601 has it."""
    return _of_days(site, time_ms, _week)


def month_at(site: SiteTime, time_ms: int) -> Interval:
    return _of_days(site, time_ms, _month)


def of_clock(site: SiteTime, kind: ClockBucket) -> BucketAt:
    """How a time's bucket of this kind is found."""
    if kind == "minute":
        return minute_at
    found = {"hour": hour_at, "day": day_at, "week": week_at, "month": month_at}[kind]
    return lambda time_ms: found(site, time_ms)


def tile(at: BucketAt, span: Interval) -> Iterator[Interval]:
    """The buckets that touch ``span``, in order, each whole."""
    time_ms = max(span.start_ms, EARLIEST_MS)
    while time_ms < min(span.end_ms, LATEST_MS):
        bucket = at(time_ms)
        yield bucket
        time_ms = bucket.end_ms


def label(site: SiteTime, kind: ClockBucket, start_ms: int) -> str:
    """A bucket's name on the wall's calendar, in the words of ISO 8601."""
    if kind in {"minute", "hour"}:
        return site.iso(start_ms, timespec="minutes")
    first = site.wall(start_ms).date()
    if kind == "month":
        return f"{first:%Y-%m}"
    if kind == "week":
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02}"
    return first.isoformat()


def _of_days(site: SiteTime, time_ms: int, ends: Callable[[date], tuple[date, date]]) -> Interval:
    """From the first moment of the first day to that of the day behind the last one."""
    first, behind = ends(site.wall(time_ms).date())
    if site.midnight(behind) <= time_ms:  # put back over midnight: the evening that comes again
        first, behind = ends(behind)
    return Interval(site.midnight(first), site.midnight(behind))


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + _WEEK


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + _LONGEST_MONTH).replace(day=1)
