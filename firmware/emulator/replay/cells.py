"""Single cells of a recording: text in; times, numbers and events out. Pure."""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from firmware.device import exact

Units = tuple[int, int]  # 4125, 2 is 41.25
_NOTHING: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
_MOST: Final = 9e15
_MOST_DECIMALS: Final = 9
# Unix time by its size: from so many on it is in units of which a second has so many.
_UNITS_A_S: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
_MOST_SHOWN: Final = 40


class BadCell(ValueError):
    """A cell that cannot be used; the text shows it and says why."""


def is_empty(text: str) -> bool:
    """Whether nothing was measured."""
    return text.strip().lower() in _NOTHING


def shown(text: str) -> str:
    """A cell within a sentence."""
    cut = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
    return repr(cut)


def time_ms(text: str, *, in_ms: bool) -> int:
    """Unix milliseconds of a number (``in_ms``: it is in ms, else told by its size) or ISO 8601.

    A time without a zone is in UTC.

    Raises:
        BadCell: it is neither.
    """
    try:
        return _of_number(float(text), in_ms=in_ms)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadCell(f"{shown(text)} is no time: ISO 8601 and Unix time are") from None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1_000)


def _of_number(number: float, *, in_ms: bool) -> int:
    if in_ms:
        return round(number)
    scale = next((units for size, units in _UNITS_A_S if abs(number) >= size), 1.0)
    return round(number * 1_000.0 / scale)


def number(text: str) -> Units:
    """The number as it is written: units of its last decimal, and how many decimals.

    Raises:
        BadCell: it is none, or too large.
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise BadCell(f"{shown(text)} is no number") from None
    if not value.is_finite() or abs(value) > _MOST:
        raise BadCell(f"{shown(text)} is too large")
    exponent = value.as_tuple().exponent
    decimals = min(max(0, -int(exponent)), _MOST_DECIMALS)
    return int(round(value, decimals).scaleb(decimals)), decimals


def word(text: str) -> str:
    """A text that a message may carry.

    Raises:
        BadCell: it is none.
    """
    try:
        checked: str = exact.checked_text(text.strip())
    except ValueError as error:
        raise BadCell(f"{shown(text)}: {error}") from None
    return checked


def fields(text: str) -> dict[str, Any]:
    """An event's values: a JSON object of numbers and texts.

    Raises:
        BadCell: it is none.
    """
    try:
        found = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise BadCell(f"{shown(text)} is no JSON") from None
    if not isinstance(found, dict) or not all(_is_field(each) for each in found.values()):
        raise BadCell(f"{shown(text)} is no object of numbers and texts")
    return found


def _is_field(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)
