"""Points in time as people write them, in; Unix milliseconds out. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from contract.errors import Refused
from contract.site_time import SiteTime
from gateway.api.relative import EXAMPLES, Clock, relative_ms

LATEST_MS: Final = 253_402_300_799_999  # the end of the year 9999, where ISO 8601 ends
# 2001. A smaller number is in seconds, or a slip: no reading of this gateway is as old.
_EARLIEST_NUMBER_MS: Final = 978_307_200_000
_LIKELY_UNTIL_MS: Final = 4_102_444_800_000  # 2100: what another unit may have meant

_MS: Final = 1000  # in a second, and microseconds in one

# With what programs add to it that reckon in floats; nobody asks for a fraction of a millisecond.
_NUMBER: Final = re.compile(r"([0-9]{1,19})(?:\.[0-9]{0,20})?")
_NONE_SUCH: Final = re.compile(r"must be in|out of range")  # says Python of a 13th month
# A "+" that was not escaped reaches a server as a space: 2026-03-01T08:00:00 01:00.
_LOST_PLUS: Final = re.compile(r" (?=\d{2}:?\d{2}$)")


def moment_ms(text: str, clock: Clock, *, is_end: bool = False) -> int:
    """The same as ``parse_ms``, or a time told from now on; ``is_end`` as of ``relative_ms``.

    Raises:
        Refused: it is none of these.
    """
    found = relative_ms(text, clock, is_end=is_end)
    return parse_ms(text, clock.site) if found is None else found


def parse_ms(text: str, site: SiteTime) -> int:
    """Unix milliseconds of ``text``: milliseconds, or a date or time in ISO 8601.

    A time without an offset is of the clock on the site's wall, as days, bands and weekly windows
    are; a date alone is where that day begins there. 0 is the beginning of all.

    Raises:
        Refused: it is neither, or lies outside the years 1970 to 9999; or it is a number in
            another unit than milliseconds.
    """
    number = _NUMBER.fullmatch(text)
    time_ms = _number_ms(int(number[1])) if number else _iso_ms(text, site)
    if not 0 <= time_ms <= LATEST_MS:
        raise Refused(f"{text[:40]!r} lies outside the years 1970 to 9999.")
    return time_ms


def _number_ms(number: int) -> int:
    if number == 0 or _EARLIEST_NUMBER_MS <= number <= LATEST_MS:
        return number
    units = (("seconds", number * 1000), ("microseconds", number // 1000),
             ("nanoseconds", number // 1_000_000))  # fmt: skip
    for unit, meant_ms in units:
        if _EARLIEST_NUMBER_MS <= meant_ms <= _LIKELY_UNTIL_MS:
            raise Refused(
                f"'{number}' seems to be in Unix {unit}: times are Unix milliseconds, here"
                f" {meant_ms}, or ISO 8601, here {iso(meant_ms)}."
            )
    raise Refused(
        f"'{number}' is no time in Unix milliseconds from 2001 to 9999: for another year write"
        " ISO 8601 such as 1999-12-31T00:00:00Z."
    )


def iso(time_ms: int) -> str:
    """In UTC, with milliseconds where it has some."""
    finest = "milliseconds" if time_ms % _MS else "seconds"
    moment = datetime.fromtimestamp(time_ms // _MS, UTC) + timedelta(milliseconds=time_ms % _MS)
    return moment.isoformat(timespec=finest).replace("+00:00", "Z")


def _iso_ms(text: str, site: SiteTime) -> int:
    try:
        moment = datetime.fromisoformat(_LOST_PLUS.sub("+", text))
    except ValueError as error:
        if "-" in text and _NONE_SUCH.search(str(error)):
            raise Refused(f"{text[:40]!r} is no time that there is: {error}.") from None
        raise Refused(
            f"{text[:40]!r} is not a time: give Unix milliseconds such as 1763629200000,"
            f" ISO 8601 such as 2025-11-20T09:00:00Z, or one from now on such as {EXAMPLES}."
        ) from None
    if moment.tzinfo is None:
        return site.moment(moment.replace(microsecond=moment.microsecond // _MS * _MS))
    return round(moment.timestamp() * 1000)
