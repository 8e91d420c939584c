"""Points in time as people write them, in; Unix milliseconds out. Pure."""

import re
from datetime import UTC, datetime
from typing import Final

from gateway.errors import Refused

LATEST_MS: Final = 253_402_300_799_999  # the end of the year 9999, where ISO 8601 ends

_NUMBER: Final = re.compile("[0-9]{1,16}")
# A "+" that was not escaped reaches a server as a space: 2026-03-01T08:00:00 01:00.
_LOST_PLUS: Final = re.compile(r" (?=\d{2}:?\d{2}$)")


def parse_ms(text: str) -> int:
    """Unix milliseconds of ``text``: milliseconds, or a date or time in ISO 8601.

    A time without an offset is UTC; a date alone is its first moment.

    Raises:
        Refused: it is neither, or lies outside the years 1970 to 9999.
    """
    time_ms = int(text) if _NUMBER.fullmatch(text) else _iso_ms(text)
    if not 0 <= time_ms <= LATEST_MS:
        raise Refused(f"{text[:40]!r} lies outside the years 1970 to 9999.")
    return time_ms


def _iso_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text))
    except ValueError:
        raise Refused(
            f"{text[:40]!r} is not a time: give Unix milliseconds such as 1763629200000,"
            " or ISO 8601 such as 2025-11-20T09:00:00Z."
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
