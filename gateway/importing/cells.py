"""One cell's text in; a number, or that it says nothing, out. Pure."""

import math
import re
from typing import Final

# What systems write where there is no value.
MISSING: Final = frozenset(
    {"", "-", "--", "nan", "na", "n/a", "#n/a", "null", "none", "unknown", "unavailable"}
)
_COMMA: Final = re.compile(r"[+-]?(?:\d*|\d{1,3}(?:\.\d{3})+),\d+(?:[eE][+-]?\d+)?")
_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+")  # 1.234 where 1,5 is one and a half
_POINT: Final = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


def is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING


def number(text: str | float, *, comma: bool) -> float | None:
    """A finite number; None where the text is none. ``comma``: 1,5 is one, and 1.234 a thousand."""
    if isinstance(text, str) and comma and "," in text:
        if _COMMA.fullmatch(text.strip()) is None:
            return None
        text = text.replace(".", "").replace(",", ".")
    elif isinstance(text, str) and comma and is_grouped(text):
        text = text.replace(".", "")
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and "_" not in str(text) else None


def has_decimal_comma(texts: list[str]) -> bool:
    """Whether these cells have more numbers written 1,5 than 1.5."""
    commas = sum(_COMMA.fullmatch(text.strip()) is not None for text in texts)
    return commas > sum(has_point(text) for text in texts)


def is_grouped(text: str) -> bool:
    """Whether a point may part thousands: 1.234."""
    return _GROUPED.fullmatch(text.strip()) is not None


def has_point(text: str) -> bool:
    """Whether a point can be nothing but a decimal one: 1.5."""
    return _POINT.fullmatch(text.strip()) is not None and not is_grouped(text)
