"""Maintenance windows: what stands at a time, by the clock on the site's wall. Pure.

A window is once, from one moment to another (or until it is taken away), or it comes every week on
some days, between two times of the wall. One that comes every week belongs to the day on which it
begins, also past midnight. On the wall an hour is missing in spring and comes twice in autumn: of
a time that comes twice the first counts, of one that is missing the end of the jump. So a window
that lies within the missing hour is none on that day, and one of 24 hours is 23 or 25 then.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

import msgspec

from contract.errors import Refused
from contract.shift_words import WEEKDAYS, Weekday
from contract.site_time import SiteTime

WINDOW: Final = "window"  # a row's kind
_DAY: Final = timedelta(days=1)
_DAYS_BACK: Final = 3  # a window is a day long, an hour more in autumn, and a day may be skipped
_DAYS_AHEAD: Final = 8
_DAYS_TO_NEXT: Final = 16  # of one that comes weekly on a day on which its hour is missing once
_FURTHEST: Final = timedelta(days=36_525)


class Span(NamedTuple):
    """From when to when; None: until somebody says otherwise."""

    from_ms: int
    to_ms: int | None

    def has(self, time_ms: int) -> bool:
        return self.from_ms <= time_ms and (self.to_ms is None or time_ms < self.to_ms)


class Weekly(msgspec.Struct, frozen=True, kw_only=True):
    """On these days from one time to another, which is the next day's where it is not later."""

    weekdays: tuple[Weekday, ...]
    begins: time = msgspec.field(name="from")
    ends: time = msgspec.field(name="to")


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Whose alarms ask for nobody, and when; of all machines where it names none.

    Attributes:
        device, group, place: at most one of them.
        from_ms, to_ms: once; a weekly one begins to stand at no time before or after them.
        weekly: None: it is once.
    """

    id: str
    from_ms: int
    to_ms: int | None = None
    device: str | None = None
    group: str | None = None
    place: str | None = None
    weekly: Weekly | None = None
    note: str = ""
    by: str = ""
    made_ms: int = 0

    def check(self) -> None:
        """Raises Refused: it says two things at once, or nothing."""
        if sum(each is not None for each in (self.device, self.group, self.place)) > 1:
            raise Refused("A window is of one device, one group, one place, or of the whole site.")
        if self.to_ms is not None and self.to_ms <= self.from_ms:
            raise Refused("A window ends after it begins: let 'to' be later than 'from'.")
        if self.weekly is not None and not self.weekly.weekdays:
            raise Refused("A weekly window names at least one of its weekdays.")

    @property
    def why(self) -> str:
        """In a few words for a person."""
        by = f" ({self.by})" if self.by else ""
        return f"{self.note or 'maintenance'}{by}"


def standing(window: Window, at_ms: int, site: SiteTime) -> Span | None:
    """The span of the window that holds ``at_ms``; None: it does not stand then."""
    return next((span for span in spans(window, at_ms, site) if span.has(at_ms)), None)


def next_turn_ms(window: Window, at_ms: int, site: SiteTime) -> int | None:
    """When it begins or ends next, after ``at_ms``; None: never again, or not in 100 years."""
    about_ms = max(at_ms, window.from_ms)
    if window.weekly is not None and about_ms - at_ms > _FURTHEST / timedelta(milliseconds=1):
        return None
    found = spans(window, about_ms, site, days=_DAYS_TO_NEXT)
    turns = (turn for span in found for turn in span if turn is not None)
    return min((turn for turn in turns if turn > at_ms), default=None)


def spans(window: Window, at_ms: int, site: SiteTime, *, days: int = _DAYS_AHEAD) -> Iterator[Span]:
    """Those about ``at_ms``, in order of time; of a weekly one up to so many days later."""
    if window.weekly is None:
        yield Span(window.from_ms, window.to_ms)
        return
    today = site.wall(at_ms).date()
    for later in range(-_DAYS_BACK, days):
        day = today + later * _DAY
        if WEEKDAYS[day.weekday()] not in window.weekly.weekdays:
            continue
        begins, ends = window.weekly.begins, window.weekly.ends
        ends_on = day if begins < ends else day + _DAY
        from_ms = site.moment(datetime.combine(day, begins))
        to_ms = site.moment(datetime.combine(ends_on, ends))
        from_ms = max(from_ms, window.from_ms)  # made in the middle of its time it stands at once
        if from_ms < to_ms and (window.to_ms is None or from_ms < window.to_ms):
            yield Span(from_ms, to_ms)
