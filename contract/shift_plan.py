"""The tables of a person in, a plan in which no two shifts overlap out; a day in, its shifts out.

A holiday takes away the shifts that begin on it: a night shift that began the evening before goes
on to its end. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeVar

import msgspec

from contract.shift_words import WEEKDAYS, ExtraDay, Holiday, PlannedShift, Shift, Table

_DAY: Final = timedelta(days=1)
_ANY_WEEK: Final = date(2024, 1, 1)
_MOST: Final = {"shift": 100, "holiday": 2000, "extra_day": 2000}

T = TypeVar("T", bound=Table)


@dataclass(frozen=True)
class ShiftPlan:
    """The working week, its exceptions, and when which was in force.

    Raises:
        ValueError: two shifts overlap, or an extra day names a shift that its weekday has not.
    """

    shifts: tuple[Shift, ...]
    holidays: tuple[Holiday, ...] = ()
    extra_days: tuple[ExtraDay, ...] = ()

    def __post_init__(self) -> None:
        for day in self._telling_days():
            check_apart([*self._usual(day - _DAY), *self._usual(day)])
        for extra in self.extra_days:
            self._check_extra(extra)

    @cached_property
    def _extra(self) -> dict[date, ExtraDay]:
        return {extra.day: extra for extra in self.extra_days}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of each shift once."""
        return tuple(dict.fromkeys(shift.name for shift in self.shifts))

    def on(self, day: date) -> list[PlannedShift]:
        """The shifts that begin on ``day``, in order of time."""
        extra = self._extra.get(day)
        if extra is not None:
            return _in_order(shift.on(day) for shift in self.shifts if extra.takes(shift))
        if any(holiday.covers(day) for holiday in self.holidays):
            return []
        return self._usual(day)

    def _usual(self, day: date) -> list[PlannedShift]:
        like = WEEKDAYS[day.weekday()]
        return _in_order(shift.on(day) for shift in self.shifts if shift.is_on(day, like=like))

    def _telling_days(self) -> Iterator[date]:
        """A week of each set of shifts that was ever in force: days off only take some away."""
        changes = {shift.since for shift in self.shifts} | {
            shift.until + _DAY for shift in self.shifts if shift.until
        }
        weeks = sorted(day for day in changes if day) or [_ANY_WEEK]
        for first in [weeks[0] - 8 * _DAY, *weeks]:
            yield from (first + n * _DAY for n in range(len(WEEKDAYS)))

    def _check_extra(self, extra: ExtraDay) -> None:
        if self._extra[extra.day] is not extra:
            raise ValueError(f"extra_day {extra.day} is there twice")
        had = {shift.name for shift in self.shifts if shift.is_on(extra.day, like=extra.like)}
        for name in extra.shifts or ():
            if name not in had:
                raise ValueError(f'extra_day {extra.day}: no "{name}" begins on a {extra.like}')
        around = [self.on(extra.day + n * _DAY) for n in (-1, 0, 1)]
        check_apart([shift for shifts in around for shift in shifts])


def parse(table: dict[str, Any]) -> ShiftPlan:
    """The plan that a TOML file describes.

    Raises:
        ValueError: something in it is wrong; the text says where and what.
    """
    if unknown := sorted(table.keys() - _MOST.keys()):
        raise ValueError(f"there is no {unknown[0][:40]!r} in a shift plan: {', '.join(_MOST)}")
    shifts = _all(table, "shift", Shift)
    if not shifts:
        raise ValueError("it has no [[shift]]: write one as shifts.example.toml shows")
    return ShiftPlan(shifts, _all(table, "holiday", Holiday), _all(table, "extra_day", ExtraDay))


def _all(table: dict[str, Any], key: str, kind: type[T]) -> tuple[T, ...]:
    entries = table.get(key, [])
    if not isinstance(entries, list):
        raise ValueError(f"{key} is written [[{key}]], in two brackets: there may be several")  # noqa: TRY004
    if len(entries) > _MOST[key]:
        raise ValueError(f"there are {len(entries)} of [[{key}]], and {_MOST[key]} are allowed")
    numbered = enumerate(entries, 1)
    return tuple(_one(entry, f"{key} {_known_by(entry, at)}", kind) for at, entry in numbered)


def _known_by(entry: Any, number: int) -> str:
    known = entry.get("name", entry.get("date")) if isinstance(entry, dict) else None
    return f'"{str(known)[:64]}"' if known else f"number {number}"


def _one(entry: Any, called: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(_times_as_text(entry), kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        place = f" (at {path.strip('`.')})" if path else ""
        raise ValueError(f"{called}: {text}{place}") from None


def _times_as_text(value: Any) -> Any:
    """TOML has times as well; who writes 06:00:00 without quotes means it."""
    if isinstance(value, dict):
        return {key: _times_as_text(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_times_as_text(each) for each in value]
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _in_order(shifts: Iterable[PlannedShift]) -> list[PlannedShift]:
    return sorted(shifts, key=lambda shift: shift.stretch)


def check_apart(shifts: list[PlannedShift]) -> None:
    """Raises ValueError where two of them, in order of time, overlap."""
    for one, other in pairwise(shifts):
        if other.stretch.begins < one.stretch.ends:
            raise ValueError(
                f"{_described(one)} and {_described(other)} overlap: a moment has one shift"
            )


def _described(shift: PlannedShift) -> str:
    begins, ends = shift.stretch
    return f'"{shift.name}" of {shift.day:%a} {shift.day} ({begins:%H:%M} to {ends:%H:%M})'
