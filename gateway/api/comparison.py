"""This day, week or month against the one before, to the same point of time on the wall. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from contract.buckets import ClockBucket, Interval, day_at, month_at, of_clock, tile, week_at
from contract.errors import Refused
from contract.site_time import SiteTime

Period = Literal["day", "week", "month"]

BARS: Final[Mapping[Period, ClockBucket]] = {"day": "hour", "week": "day", "month": "day"}
MEASURES: Final = ("energy_wh", "co2_g", "cost")
MEASURED_FROM: Final = 0.5  # of both: of less a difference says more of the gaps than of the use

_AT: Final = {"day": day_at, "week": week_at, "month": month_at}


class Two(NamedTuple):
    """The period so far, and the same part of the one before."""

    this: Interval
    last: Interval


class Bar(NamedTuple):
    """What stands beside each other; None: there is no such hour, or day."""

    this: Interval | None
    last: Interval | None


def periods(site: SiteTime, period: Period, now_ms: int, *, is_end: bool = False) -> Two:
    """A month that is shorter ends where it ends; a clock that was put since changes no time.

    ``is_end``: of what begins at ``now_ms`` nothing is told, but of what ends then.
    """
    this = _AT[period](site, now_ms - is_end)
    last = _AT[period](site, this.start_ms - 1)
    now, begun = site.wall(now_ms), site.wall(this.start_ms)
    point = datetime.combine(site.wall(last.start_ms).date(), begun.time()) + (now - begun)
    until_ms = min(max(last.start_ms, site.moment(point)), last.end_ms)
    return Two(Interval(this.start_ms, now_ms), Interval(last.start_ms, until_ms))


def periods_until(site: SiteTime, period: Period, to_ms: int | None, *, now_ms: int) -> Two:
    """As if it were ``to_ms``, and at most now; of one that ends just then all is told.

    Raises:
        Refused: that period has not begun.
    """
    until_ms = now_ms if to_ms is None else min(to_ms, now_ms)
    if to_ms is not None and to_ms > _AT[period](site, now_ms).end_ms:
        raise Refused(
            f"The {period} of 'to' ({site.iso(to_ms, timespec='minutes')}) has not begun: give a"
            " time that has come, or none for now."
        )
    return periods(site, period, until_ms, is_end=to_ms == until_ms)


def bars_of(site: SiteTime, period: Period, two: Two) -> list[Bar]:
    """The hours or days of both, beside each other by what the wall calls them.

    An hour that comes twice is one bar, and one that the clock jumps over is on one side alone.
    """
    names: dict[Any, list[Interval | None]] = {}
    for at, span in enumerate(two):
        first = site.wall(span.start_ms).date()
        for bucket in tile(of_clock(site, BARS[period]), span):
            wall = site.wall(bucket.start_ms)
            name = wall.hour if period == "day" else (wall.date() - first) / timedelta(days=1)
            pair = names.setdefault(name, [None, None])
            known = pair[at]
            pair[at] = bucket if known is None else Interval(known.start_ms, bucket.end_ms)
    return [Bar(*names[name]) for name in sorted(names)]


class Words(NamedTuple):
    """What the two periods are called in a sentence."""

    this: str
    last: str


def words_of(period: Period) -> Words:
    return Words(_this(period), _the_last(period))


def change_between(
    this: Mapping[str, Any], last: Mapping[str, Any], words: Words
) -> dict[str, Any]:
    """By how many per cent each measure is more than last time, or why nobody can tell."""
    reason = _reason(this, last, words)
    told = {
        name: None if reason or not last[name] else 100.0 * (this[name] / last[name] - 1.0)
        for name in MEASURES
    }
    if reason is None and not last["energy_wh"]:
        reason = f"nothing was used {words.last}"
    return {**told, "reason": reason}


def _reason(this: Mapping[str, Any], last: Mapping[str, Any], words: Words) -> str | None:
    for figures, called in ((last, words.last), (this, words.this)):
        if figures["coverage"] is None:
            return f"{called} was not measured: no machine counted then"
        if figures["energy_wh"] is None or not figures["coverage"]:
            return f"{called} was not measured"
        if figures["coverage"] < MEASURED_FROM:
            return f"only {figures['coverage']:.0%} of {called} was measured"
    return None


def _this(period: Period) -> str:
    return "today" if period == "day" else f"this {period}"


def _the_last(period: Period) -> str:
    return "yesterday" if period == "day" else f"last {period}"
