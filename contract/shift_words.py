"""The tables of a shift plan, each checked as it is made: shifts, days off, days that differ. Pure.

Times are those of the wall's clock. A shift belongs to the day on which it begins, also where it
ends on the next one.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY_MIN: Final = 24 * 60
_YEARS: Final = range(1970, 9000)
_ANY_DAY: Final = date(2024, 1, 1)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Breaks = Annotated[list["Hours"], msgspec.Meta(max_length=24)]


class Stretch(NamedTuple):
    """``begins <= wall < ends``."""

    begins: datetime
    ends: datetime


class PlannedShift(NamedTuple):
    """A shift of one day."""

    name: str
    day: date
    stretch: Stretch
    breaks: tuple[Stretch, ...]


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of the file; a key that it has not is refused."""


class Hours(Table, frozen=True, kw_only=True):
    """From one time to another, which is the next day's where it is not later."""

    begins: str = msgspec.field(name="from")
    ends: str = msgspec.field(name="to")

    def __post_init__(self) -> None:
        for key, text in (("from", self.begins), ("to", self.ends)):
            if not _TIME.fullmatch(text) and (key, text) != ("to", "24:00"):
                raise ValueError(f'{key} = "{text[:20]}" is no time: write it as "06:00"')

    @property
    def text(self) -> str:
        return f"{self.begins} to {self.ends}"

    def first_after(self, moment: datetime) -> Stretch:
        """When they come next, at ``moment`` or later."""
        now_min = moment.hour * 60 + moment.minute
        begins = moment + timedelta(minutes=(_minute(self.begins) - now_min) % _DAY_MIN)
        takes_min = (_minute(self.ends) - _minute(self.begins) - 1) % _DAY_MIN + 1
        return Stretch(begins, begins + timedelta(minutes=takes_min))


class Shift(Hours, frozen=True, kw_only=True):
    """A shift of the week, on the days it begins; in force from ``since`` to ``until``, both in."""

    name: Name
    days: Annotated[list[Weekday], msgspec.Meta(min_length=1)]
    breaks: Breaks = msgspec.field(default_factory=list)
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_days(self.since, self.until)
        self._check_breaks()

    def _check_breaks(self) -> None:
        shift = self.on(_ANY_DAY)
        free_from = shift.stretch.begins
        for pause in shift.breaks:
            if pause.begins < free_from:
                raise ValueError("two of its breaks overlap")
            free_from = pause.ends
        if free_from > shift.stretch.ends:
            raise ValueError(f"one of its breaks lies outside of {self.text}")

    def is_on(self, day: date, *, like: Weekday) -> bool:
        return like in self.days and (self.since or day) <= day <= (self.until or day)

    def on(self, day: date) -> PlannedShift:
        stretch = self.first_after(datetime.combine(day, time()))
        breaks = sorted(pause.first_after(stretch.begins) for pause in self.breaks)
        return PlannedShift(self.name, day, stretch, tuple(breaks))


class Holiday(Table, frozen=True, kw_only=True):
    """Days on which no shift begins: one, or all to ``until``; of one year or of each."""

    day: date = msgspec.field(name="date")
    title: str = ""
    until: date | None = None
    yearly: bool = False

    def __post_init__(self) -> None:
        _check_days(self.day, self.until)
        if self.yearly and self._last - self.day >= timedelta(days=365):
            raise ValueError("a holiday of each year must be shorter than a year")

    @property
    def _last(self) -> date:
        return self.until or self.day

    def covers(self, day: date) -> bool:
        if not self.yearly:
            return self.day <= day <= self._last
        first, last, this = (f"{each:%m-%d}" for each in (self.day, self._last, day))
        return first <= this <= last if first <= last else this >= first or this <= last


class ExtraDay(Table, frozen=True, kw_only=True):
    """A day that works like a day of the week, whatever it is; or has only some shifts of it."""

    day: date = msgspec.field(name="date")
    like: Weekday
    shifts: list[str] | None = None

    def __post_init__(self) -> None:
        _check_days(self.day)

    def takes(self, shift: Shift) -> bool:
        return shift.is_on(self.day, like=self.like) and (
            self.shifts is None or shift.name in self.shifts
        )


def _minute(text: str) -> int:
    """Of the day."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _check_days(first: date | None, last: date | None = None) -> None:
    for day in (first, last):
        if day is not None and day.year not in _YEARS:
            raise ValueError(f"{day} lies outside the years {_YEARS[0]} to {_YEARS[-1]}")
    if first and last and first > last:
        raise ValueError(f"until = {last} is before {first}")
