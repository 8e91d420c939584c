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
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(\.\d+)?")  # 1,234 or 1,234.5
_POINT: Final = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


def is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING


def number(text: str | float, *, comma: bool) -> float | None:
    """A finite number; None where the text is none.

    ``comma``: 1,5 is one, and 1.234 a thousand; else 1,234 is.
    """
    if isinstance(text, str) and comma and "," in text:
        if _COMMA.fullmatch(text.strip()) is None:
            return None
        text = text.replace(".", "").replace(",", ".")
    elif isinstance(text, str) and comma and is_grouped(text):
        text = text.replace(".", "")
    elif isinstance(text, str) and not comma and "," in text and has_thousands(text):
        text = text.replace(",", "")
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and "_" not in str(text) else None


def has_decimal_comma(texts: list[str]) -> bool:
    """Whether these cells have more numbers written 1,5 than 1.5.

    Or as many 1,234 as nothing tells of; a file that has 1.5 as well means a thousand by it.
    """
    commas, unclear, points = _counted(texts)
    return commas > points or (not points and unclear > 0)


def is_unclear(texts: list[str]) -> bool:
    """Whether 1,234 stands there, and nothing that tells what it is."""
    commas, unclear, points = _counted(texts)
    return unclear > 0 and not commas and not points


def _counted(texts: list[str]) -> tuple[int, int, int]:
    """How many are written 1,5, how many 1,234, and how many 1.5 or 1,234.5."""
    cells = [text.strip() for text in texts]
    apart = [found for text in cells if (found := _THOUSANDS.fullmatch(text))]
    pointed = sum(found[1] is not None for found in apart)
    commas = sum(_COMMA.fullmatch(text) is not None for text in cells)
    unclear = len(apart) - pointed
    return commas - unclear, unclear, pointed + sum(map(has_point, cells))


def has_thousands(text: str) -> bool:
    """Whether a comma may part thousands: 1,234 or 1,234.5."""
    return _THOUSANDS.fullmatch(text.strip()) is not None


def is_grouped(text: str) -> bool:
    """Whether a point may part thousands: 1.234."""
    return _GROUPED.fullmatch(text.strip()) is not None


def has_point(text: str) -> bool:
    """Whether a point can be nothing but a decimal one: 1.5."""
    return _POINT.fullmatch(text.strip()) is not None and not is_grouped(text)
