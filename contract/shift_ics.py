"""A calendar file (RFC 5545) in, shifts and breaks of each day out.

An event is a shift, and its summary the shift's name. One of the category BREAK or MAINTENANCE, or
with ``X-BREAK`` or ``X-MAINTENANCE`` (IDTA 02067), is no planned time of the shift it lies in; one
of whole days is a holiday, on which no shift begins. Times without a zone are the site's.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any, Final, NamedTuple

from dateutil.rrule import rrulestr
from icalendar import Calendar

from contract.shift_plan import check_apart
from contract.shift_words import PlannedShift, Stretch
from contract.site_time import SiteTime

_DAY: Final = timedelta(days=1)
_MOST: Final = 100_000  # occurrences
_MOST_LETTERS: Final = 64
_LONGEST: Final = timedelta(days=1)
_FIRST_YEAR: Final = 1970
_RULES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINER: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_PAUSES: Final = ("BREAK", "MAINTENANCE")


class IcsPlan:
    """When which shift works, up to the day ``until``; a day is looked up.

    Raises:
        ValueError: it is no calendar, or cannot be a plan of shifts; the text says why.
    """

    def __init__(self, text: str, site: SiteTime, *, until: date) -> None:
        last = datetime.combine(until, time.max)
        series = _all_series(_calendar(text), site, last)
        holidays = {day for each in series if each.is_holiday for day in each.days()}
        breaks = sorted(stretch for each in series if each.is_pause for stretch in each.stretches())
        self._shifts: dict[date, list[PlannedShift]] = {}
        for shift in _shifts(series, breaks):
            if shift.day not in holidays:
                self._shifts.setdefault(shift.day, []).append(shift)
        self.names = tuple(dict.fromkeys(each.name for each in series if each.is_shift))
        if not self._shifts:
            raise ValueError("it has no shift: an event with a begin, an end and a summary")
        check_apart([shift for day in sorted(self._shifts) for shift in self.on(day)])

    def on(self, day: date) -> list[PlannedShift]:
        """The shifts that begin on ``day``, in order of time."""
        return sorted(self._shifts.get(day, []), key=lambda shift: shift.stretch)


class _Series(NamedTuple):
    """One event with all its dates, by the site's clock."""

    name: str
    kind: str  # "shift", "pause" or "holiday"
    starts: list[datetime]
    takes: timedelta

    @property
    def is_shift(self) -> bool:
        return self.kind == "shift"

    @property
    def is_pause(self) -> bool:
        return self.kind == "pause"

    @property
    def is_holiday(self) -> bool:
        return self.kind == "holiday"

    def stretches(self) -> Iterator[Stretch]:
        yield from (Stretch(start, start + self.takes) for start in self.starts)

    def days(self) -> Iterator[date]:
        for start in self.starts:
            yield from (start.date() + n * _DAY for n in range(self.takes.days))


def _calendar(text: str) -> Calendar:
    try:
        found = Calendar.from_ical(text)
    except (ValueError, IndexError) as error:
        raise ValueError(f"it is no iCalendar file: {error}") from None
    if not isinstance(found, Calendar):
        raise ValueError("it is no iCalendar file: it has no VCALENDAR")  # noqa: TRY004
    return found


def _all_series(calendar: Calendar, site: SiteTime, last: datetime) -> list[_Series]:
    events = calendar.walk("VEVENT")
    changed = _changed(events)
    found, count = [], 0
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        called = str(event.get("SUMMARY", ""))[:_MOST_LETTERS].strip()
        try:
            series = _series(event, called, changed.get(str(event.get("UID", "")), []), site, last)
        except (AttributeError, KeyError, OverflowError, TypeError):
            # What stands twice is a list, what is of another kind a tuple or a text.
            raise ValueError(f'"{called}": it is not written as RFC 5545 has it') from None
        except ValueError as error:
            raise ValueError(f'"{called}": {error}') from None
        count += len(series.starts) * max(1, series.takes.days)
        if count > _MOST:
            raise ValueError(f"it has more than {_MOST} dates: give its rules an end (UNTIL)")
        found.append(series)
    return found


def _changed(events: Iterable[Any]) -> dict[str, list[Any]]:
    """By the series' UID, the dates of which another event says how they are instead."""
    found: dict[str, list[Any]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            uid = str(event.get("UID", ""))
            found.setdefault(uid, []).append(event["RECURRENCE-ID"])
    return found


def _series(
    event: Any, called: str, changed: Iterable[Any], site: SiteTime, last: datetime
) -> _Series:
    if "DTSTART" not in event:
        raise ValueError("it has no begin (DTSTART) that can be read")
    begins = event["DTSTART"].dt
    if begins.year < _FIRST_YEAR:
        raise ValueError(f"it begins in {begins.year}: no plan is older than {_FIRST_YEAR}")
    whole_days = not isinstance(begins, datetime)
    kind = "holiday" if whole_days else "pause" if _is_pause(event) else "shift"
    if kind == "shift" and not called:
        raise ValueError(f"the event of {begins:%Y-%m-%d %H:%M} has no summary to call it by")
    zone = begins.tzinfo if isinstance(begins, datetime) else None
    if "TZID" in event["DTSTART"].params and not zone:
        raise ValueError(f"its time zone {event['DTSTART'].params['TZID']} is not known")
    takes = _takes(event, begins, zone)
    if not timedelta() < takes or (kind != "holiday" and takes > _LONGEST):
        raise ValueError(f"it takes {takes}: a shift or break takes more than nothing, and a day")
    dates = {*_dates(event, begins, zone, last), *_listed(event, "RDATE", zone)}
    left_out = set(_listed(event, "EXDATE", zone))
    if "RECURRENCE-ID" not in event:
        left_out.update(_local(each.dt, zone) for each in changed)
    meant = sorted(each for each in dates - left_out if each <= last)
    starts = [_on_the_wall(each, zone, site) for each in meant]
    return _Series(called, kind, starts, takes)


def _is_pause(event: Any) -> bool:
    said = event.get("CATEGORIES")
    lists = said if isinstance(said, list) else [said] if said is not None else []
    names = {str(name).strip().upper() for each in lists for name in each.cats}
    told = (str(event.get(f"X-{word}", "")).upper() for word in _PAUSES)
    return bool(names.intersection(_PAUSES)) or any(word not in {"", "FALSE", "0"} for word in told)


def _takes(event: Any, begins: date, zone: tzinfo | None) -> timedelta:
    """By the clock on the wall, as shifts keep their times when it is put."""
    if "DTEND" in event:
        return _local(event["DTEND"].dt, zone) - _local(begins, zone)
    if "DURATION" in event:
        duration: timedelta = event["DURATION"].dt
        return duration
    return timedelta() if isinstance(begins, datetime) else _DAY


def _dates(event: Any, begins: date, zone: tzinfo | None, last: datetime) -> Iterator[datetime]:
    """By the event's own clock."""
    first = _local(begins, zone)
    if "RRULE" not in event:
        return iter((first,))
    rule = dict(event["RRULE"]) if isinstance(event["RRULE"], dict) else {}
    if str(rule.get("FREQ", [""])[0]).upper() not in _RULES:
        raise ValueError(f"it needs one rule, of {', '.join(_RULES)}")
    if finer := [part for part in _FINER if part in rule]:
        raise ValueError(f"{finer[0]} is for what comes several times a day: write an event each")
    if rule.get("INTERVAL", [1])[0] < 1:
        raise ValueError("its INTERVAL must be 1 or more: else it never comes to the next date")
    count = rule.pop("COUNT", [None])[0]
    rule["UNTIL"] = [min(_end(rule, zone, last), last)]
    text = ";".join(f"{name}={_listed_text(values)}" for name, values in rule.items())
    return islice(iter(rrulestr(text, dtstart=first)), count)


def _end(rule: dict[str, Any], zone: tzinfo | None, last: datetime) -> datetime:
    until = rule.get("UNTIL", [last])[0]
    if not isinstance(until, datetime):
        return datetime.combine(until, time.max)
    return _local(until, zone)


def _listed_text(values: Any) -> str:
    each = values if isinstance(values, list) else [values]
    return ",".join(f"{v:%Y%m%dT%H%M%S}" if isinstance(v, datetime) else str(v) for v in each)


def _listed(event: Any, name: str, zone: tzinfo | None) -> Iterator[datetime]:
    said = event.get(name)
    for part in said if isinstance(said, list) else [said] if said is not None else []:
        yield from (_local(each.dt, zone) for each in part.dts)


def _local(moment: date, zone: tzinfo | None) -> datetime:
    """By the clock of its event's zone; what has another, as UTC, may stand beside that."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    if zone and moment.tzinfo:
        moment = moment.astimezone(zone)
    return moment.replace(tzinfo=None)


def _on_the_wall(local: datetime, zone: tzinfo | None, site: SiteTime) -> datetime:
    if zone is None or str(zone) == site.name:
        return local
    return site.wall(round(local.replace(tzinfo=zone).timestamp() * 1000))


def _shifts(series: Iterable[_Series], breaks: list[Stretch]) -> Iterator[PlannedShift]:
    for each in series:
        if each.is_shift:
            for stretch in each.stretches():
                pauses = tuple(_within(stretch, breaks))
                yield PlannedShift(each.name, stretch.begins.date(), stretch, pauses)


def _within(shift: Stretch, breaks: list[Stretch]) -> Iterator[Stretch]:
    """What of ``breaks`` lies in the shift; none overlaps another."""
    free_from = shift.begins
    first = bisect_left(breaks, Stretch(shift.begins - _LONGEST, shift.begins))
    for pause in islice(breaks, first, None):
        if pause.begins >= shift.ends:
            return
        begins, ends = max(pause.begins, free_from), min(pause.ends, shift.ends)
        if begins < ends:
            yield Stretch(begins, ends)
            free_from = ends
