"""A shift plan and the site's clock in; shifts as intervals of Unix milliseconds out. Pure.

A shift keeps its times on the wall when the clock is put: a night shift then takes an hour less or
more, and a break in the hour that is missing does not happen.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from contract.buckets import Interval, month_at
from contract.shift_words import PlannedShift, Stretch
from contract.site_time import SiteTime

NO_PLAN: Final = "no plan"
_DAYS_KEPT: Final = 4000
_DAY: Final = timedelta(days=1)


class WorkedShift(NamedTuple):
    """A shift of one day in time."""

    name: str
    day: date
    interval: Interval
    breaks: tuple[Interval, ...]

    def planned(self) -> Iterator[Interval]:
        """When it means to work: breaks are not planned."""
        start_ms = self.interval.start_ms
        for pause in self.breaks:
            yield Interval(start_ms, pause.start_ms)
            start_ms = pause.end_ms
        yield Interval(start_ms, self.interval.end_ms)


class PlannedTime(NamedTuple):
    """How long a site means to work; ``ms`` is None where nobody can tell, and ``reason`` why."""

    ms: int | None
    reason: str | None = None


class Plan(Protocol):
    """Which shifts begin on a day, in order; ``names`` has each shift's once."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def on(self, day: date) -> list[PlannedShift]: ...


class ShiftCalendar:
    """When which shift works; ``names`` has each shift's once. A day is worked out once."""

    def __init__(self, plan: Plan, site: SiteTime) -> None:
        self._plan = plan
        self._site = site
        self.names = plan.names
        self.on = lru_cache(_DAYS_KEPT)(self._on)

    def _on(self, day: date) -> tuple[WorkedShift, ...]:
        """The shifts that begin on ``day``, in order; one that the clock jumps over is none."""
        shifts = (self._worked(planned) for planned in self._plan.on(day))
        return tuple(shift for shift in shifts if shift.interval.start_ms < shift.interval.end_ms)

    def within(self, span: Interval) -> Iterator[WorkedShift]:
        """The shifts that touch ``span``, in order."""
        day = self._site.wall(span.start_ms).date() - _DAY  # a shift of yesterday may go on
        last = self._site.wall(span.end_ms).date() + _DAY  # put back over midnight, it has begun
        while day <= last:
            yield from (shift for shift in self.on(day) if _overlap_ms(shift.interval, span))
            day += _DAY

    def at(self, time_ms: int) -> WorkedShift | None:
        """The shift that works at this moment."""
        return next(self.within(Interval(time_ms, time_ms + 1)), None)

    def bucket_at(self, time_ms: int) -> Interval:
        """The shift at ``time_ms``, or the time between two; that is cut where a month begins."""
        shift = self.at(time_ms)
        if shift is not None:
            return shift.interval
        month = month_at(self._site, time_ms)
        before = [s.interval.end_ms for s in self.within(Interval(month.start_ms, time_ms))]
        after = next(self.within(Interval(time_ms, month.end_ms)), None)
        return Interval(
            max([month.start_ms, *before]), after.interval.start_ms if after else month.end_ms
        )

    def planned(self, span: Interval) -> Iterator[Interval]:
        """When the site means to work within ``span``, in order."""
        for shift in self.within(span):
            for start_ms, end_ms in shift.planned():
                part = Interval(max(start_ms, span.start_ms), min(end_ms, span.end_ms))
                if part.start_ms < part.end_ms:
                    yield part

    def planned_ms(self, span: Interval) -> int:
        return sum(part.end_ms - part.start_ms for part in self.planned(span))

    def _worked(self, planned: PlannedShift) -> WorkedShift:
        breaks = (self._interval(pause) for pause in planned.breaks)
        real = tuple(pause for pause in breaks if pause.start_ms < pause.end_ms)
        return WorkedShift(planned.name, planned.day, self._interval(planned.stretch), real)

    def _interval(self, stretch: Stretch) -> Interval:
        return Interval(self._site.moment(stretch.begins), self._site.moment(stretch.ends))


def planned_time(calendar: ShiftCalendar | None, span: Interval) -> PlannedTime:
    """Planned operation time (ISO 22400-2: planned busy time less breaks) within ``span``."""
    if calendar is None:
        return PlannedTime(None, NO_PLAN)
    return PlannedTime(calendar.planned_ms(span))


def _overlap_ms(one: Interval, other: Interval) -> int:
    return max(0, min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms))
