"""Times as files write them in; Unix milliseconds out. Pure.

A time without an offset is of a clock on a wall. Of the hour that comes twice in autumn it is the
one with which the file goes on, forwards or, where the newest row is the first, backwards.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from contract.errors import Refused
from gateway.importing.cells import number

ToMs = Callable[[str], int]  # raises ValueError

UNITS: Final = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day-first", "month-first", "year-first"
ELAPSED: Final = "elapsed"
WORDS: Final = (*UNITS, DAY_FIRST, MONTH_FIRST, YEAR_FIRST, ELAPSED)
# Where day, month and year stand among three numbers.
_ORDERS: Final = {DAY_FIRST: (0, 1, 2), MONTH_FIRST: (1, 0, 2), YEAR_FIRST: (2, 1, 0)}
_DAYS: Final = 31
_FIRST: Final = {DAY_FIRST: "the day", MONTH_FIRST: "the month", YEAR_FIRST: "the year"}
_ISO: Final = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r" ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?"
)
_PARTS: Final = re.compile(
    r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})"
    r"(?:[T, ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?)?"
)
_NUMBER: Final = re.compile(r"\d{8,19}(?:\.\d+)?")
_SHARE: Final = 0.8  # of a column's cells are times
_MONTHS: Final = 12
_NOON: Final = 12
_CENTURY: Final = 100
_EARLY: Final = (946_684_800, 4_102_444_800)  # 2000 to 2100, in seconds
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


class WallClock:
    """Readings of a clock on a wall in the order of a file, in; moments out."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._hours: dict[tuple[int, int, int, int, bool], tuple[int, int]] = {}
        self._last_ms: int | None = None
        self._step_ms = 0  # to the last from the one before that was another

    def ms(self, day: tuple[int, int, int], hour: int, minute: int, rest_ms: int) -> int:
        """``rest_ms``: what is beyond the minute. Raises ValueError: there is no such time."""
        half = minute >= 30  # noqa: PLR2004 - some zones jump by half an hour
        key = (*day, hour, half)
        begins = self._hours.get(key)
        if begins is None:
            begins = self._hours[key] = self._begins(*key)
        if not 0 <= minute < 60:  # noqa: PLR2004
            raise ValueError("no such minute")
        past_ms = minute % 30 * 60_000 + rest_ms
        found_ms = self._going_on(begins[0] + past_ms, begins[1] + past_ms)
        if self._last_ms is not None and found_ms != self._last_ms:
            self._step_ms = found_ms - self._last_ms
        self._last_ms = found_ms
        return found_ms

    def _going_on(self, first_ms: int, second_ms: int) -> int:
        """Which of two the next row is of."""
        apart_ms, is_backwards = second_ms - first_ms, self._step_ms < 0
        if self._last_ms is None or not apart_ms:
            return first_ms
        against_ms = second_ms - self._last_ms if is_backwards else self._last_ms - first_ms
        step_ms = abs(self._step_ms)
        if against_ms > 0:  # of a small one two rows have changed places
            is_other = not step_ms or against_ms + step_ms >= apart_ms / 4
        else:  # of a row an hour, that of the other has the same time
            is_other = against_ms == 0 and step_ms == apart_ms
        return second_ms if is_other != is_backwards else first_ms

    def _begins(self, year: int, month: int, day: int, hour: int, half: bool) -> tuple[int, int]:  # noqa: FBT001
        """Of a half hour that comes twice, both beginnings."""
        wall = datetime(year, month, day, hour, 30 * half, tzinfo=self._zone)
        first, second = ((wall.replace(fold=fold) - _EPOCH) // _MS for fold in (0, 1))
        return first, max(first, second)


def iso(clock: WallClock) -> ToMs:
    """Year, month, day, with or without an offset."""

    def to_ms(text: str) -> int:
        found = _ISO.fullmatch(text)
        if found is None:
            raise ValueError("no time")
        year, month, day, hour, minute, second, fraction, offset = found.groups()
        date = int(year), int(month), int(day)
        rest_ms = _rest_ms(second, fraction)
        if offset is None:
            return clock.ms(date, int(hour or 0), int(minute or 0), rest_ms)
        moment = datetime(*date, int(hour or 0), int(minute or 0), tzinfo=UTC)
        return (moment - _EPOCH) // _MS + rest_ms - _offset_ms(offset)

    return to_ms


def parts(clock: WallClock, order: str) -> ToMs:
    """31.12.2025 23:59, 12/31/2025 11:59 PM, or 25-12-31."""
    day_at, month_at, year_at = _ORDERS[order]

    def to_ms(text: str) -> int:
        found = _PARTS.fullmatch(text)
        if found is None:
            raise ValueError("no time")
        one, _, two, three, hour, minute, second, fraction, half = found.groups()
        said = one, two, three
        return clock.ms(
            (_year(said[year_at]), int(said[month_at]), int(said[day_at])),
            _hour(int(hour or 0), half),
            int(minute or 0),
            _rest_ms(second, fraction),
        )

    return to_ms


def pattern(clock: WallClock, text: str) -> ToMs:
    """As ``datetime.strptime`` has them. Raises Refused: a zone by its name."""
    if "%Z" in text:
        raise Refused(
            "--time-format cannot read a zone by its name (%Z): write it as it stands there, and"
            " say --zone; an offset is %z."
        )

    def to_ms(cell: str) -> int:
        found = datetime.strptime(cell, text)  # noqa: DTZ007 - the zone is the file's
        if found.tzinfo is not None:
            return (found - _EPOCH) // _MS
        rest_ms = found.second * 1000 + found.microsecond // 1000
        day = found.year, found.month, found.day
        return clock.ms(day, found.hour, found.minute, rest_ms)

    return to_ms


def counted(unit: str, *, from_ms: int = 0, comma: bool = False) -> ToMs:
    """A number of seconds, milli-, micro- or nanoseconds since 1970, or since ``from_ms``.

    ``comma``: it is written 1,5.
    """
    factor = UNITS[unit]

    def to_ms(text: str) -> int:
        found = number(text, comma=comma)
        if found is None:
            raise ValueError("no number")
        return from_ms + round(found * factor)

    return to_ms


def named(word: str, clock: WallClock, *, from_ms: int | None, comma: bool = False) -> ToMs:
    """What ``--time-format`` asks for; ``comma``: numbers are written 1,5. Raises Refused."""
    if word in UNITS:
        return counted(word, comma=comma)
    if word in _ORDERS:
        return parts(clock, word)
    if word == ELAPSED:
        if from_ms is None:
            raise Refused("--time-format elapsed wants --from: since when are the seconds counted?")
        return counted("s", from_ms=from_ms, comma=comma)
    if "%" not in word:
        raise Refused(
            f"--time-format is {word!r}: say one of {', '.join(WORDS)}, or a pattern such as"
            " '%d/%m/%Y %H:%M:%S'."
        )
    return pattern(clock, word)


def guessed(
    cells: Sequence[str], clock: WallClock, *, every: Callable[[], Iterable[str]], named_so: bool
) -> ToMs | None:
    """How the cells of a column are times; None where they are none.

    Args:
        cells: the first of them.
        clock: whose wall they are of.
        every: all of them, where the first do not tell day from month.
        named_so: the column is called as one of times: numbers may be some.

    Raises:
        Refused: it cannot be told whether a day, a month or a year comes first.
    """
    texts = [cell for each in cells if (cell := str(each).strip())]
    if not texts:
        return None
    if _are(texts, _ISO):
        return iso(clock)
    if _are(texts, _PARTS):
        return parts(clock, _order(texts, every))
    if named_so and _are(texts, _NUMBER):
        return _counted_by_size(texts)
    return None


def _are(texts: Sequence[str], shape: re.Pattern[str]) -> bool:
    return sum(shape.fullmatch(text) is not None for text in texts) >= _SHARE * len(texts)


def _counted_by_size(texts: Sequence[str]) -> ToMs | None:
    numbers = sorted(float(text) for text in texts if _NUMBER.fullmatch(text))
    middle = numbers[len(numbers) // 2]
    for unit, factor in UNITS.items():
        if _EARLY[0] <= middle * factor / 1000 <= _EARLY[1]:
            return counted(unit)
    return None


def _order(texts: Sequence[str], every: Callable[[], Iterable[str]]) -> str:
    """Which of day, month and year comes first: that of which all rows can be."""
    first = next(found for text in texts if (found := _PARTS.fullmatch(text)))
    orders = [*_orders_of(first)]
    for text in chain(texts, every()) if len(orders) > 1 else ():
        found = _PARTS.fullmatch(str(text).strip())
        if found is not None:
            orders = [order for order in orders if _can_be(found, order)] or orders
        if len(orders) == 1:
            break
    if len(orders) == 1 or first[2] == ".":  # nobody writes months or years first with dots
        return orders[0]
    raise Refused(
        f"{first[0]!r} may have {' or '.join(_FIRST[order] for order in orders)} first: say"
        f" --time-format {' or '.join(orders)}."
    )


def _orders_of(first: re.Match[str]) -> Iterator[str]:
    """What is written so at all: a year of two digits first has hyphens."""
    yield DAY_FIRST
    yield MONTH_FIRST
    if first[2] == "-" and len(first[4]) == len("24"):
        yield YEAR_FIRST


def _can_be(found: re.Match[str], order: str) -> bool:
    said = found[1], found[3], found[4]
    day_at, month_at, _ = _ORDERS[order]
    return 1 <= int(said[month_at]) <= _MONTHS and 1 <= int(said[day_at]) <= _DAYS


def _rest_ms(second: str | None, fraction: str | None) -> int:
    whole = int(second or 0)
    if whole > 60:  # noqa: PLR2004 - a leap second is one
        raise ValueError("no such second")
    return whole * 1000 + (int(fraction.ljust(3, "0")[:3]) if fraction else 0)


def _offset_ms(text: str) -> int:
    if text in ("Z", "UTC"):
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    size = (hours * 60 + minutes) * 60_000
    return -size if text[0] == "-" else size


def _year(text: str) -> int:
    year = int(text)
    return year if year >= _CENTURY else 2000 + year


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    return hour % _NOON + _NOON * (half in "pP")
