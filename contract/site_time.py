"""Unix milliseconds in, what the clock on the site's wall says out, and the way back. Pure.

The wall's clock jumps: an hour is missing in spring and comes twice in autumn. Whatever is asked
for by that clock (a midnight, the start of a shift) is the first moment at which it shows that time
or a later one: of a time that comes twice the first, of one that is skipped the end of the jump.
So what follows on the wall never precedes in time.
"""

import difflib
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_LONGEST_JUMP_MS: Final = 25 * 3_600_000  # across the date line, one day
# Python's calendar ends with the year 9999, and a month needs its end.
EARLIEST_MS: Final = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // _MS
LATEST_MS: Final = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // _MS
_DAYS_KNOWN: Final = 4_096  # midnights that are looked up at a time: eleven years
_NO_PLACES: Final = {"localtime", "Factory"}  # in the database, and nowhere


class SiteTime:
    """A time zone; ``name`` is its name in the IANA database.

    Raises:
        ValueError: there is no such zone; the text says what a name looks like.
    """

    __slots__ = ("_midnight", "_zone", "name")

    def __init__(self, name: str) -> None:
        self._zone = _zone(name)
        self.name = name
        # A year by day asks for each of them several times.
        self._midnight = lru_cache(_DAYS_KNOWN)(self._found_midnight)

    def wall(self, time_ms: int) -> datetime:
        """Date and time on the wall, without an offset; of the years 1900 to 9998."""
        return self._aware(time_ms).replace(tzinfo=None, fold=0)

    def iso(self, time_ms: int, *, timespec: str = "milliseconds") -> str:
        """ISO 8601 with the site's offset."""
        return self._aware(time_ms).isoformat(timespec=timespec)

    def offset_ms(self, time_ms: int) -> int:
        """By how much the wall's clock is ahead of UTC."""
        offset = self._aware(time_ms).utcoffset()
        return 0 if offset is None else offset // _MS

    def moment(self, wall: datetime) -> int:
        """The first moment at which the wall shows ``wall`` or later."""
        time_ms = (wall.replace(tzinfo=self._zone, fold=0) - _EPOCH) // _MS
        if self.wall(time_ms) == wall or not EARLIEST_MS <= time_ms <= LATEST_MS:
            return time_ms
        return self.last_change(time_ms - _LONGEST_JUMP_MS, time_ms)

    def midnight(self, day: date) -> int:
        """Where a day begins; where the day was skipped, the next one's beginning."""
        return self._midnight(day)

    def _found_midnight(self, day: date) -> int:
        return self.moment(datetime.combine(day, time()))

    def last_change(self, after_ms: int, until_ms: int) -> int:
        """Where the offset of ``until_ms`` began; ``after_ms`` if it stood already there."""
        offset_ms = self.offset_ms(until_ms)
        if self.offset_ms(after_ms) == offset_ms:
            return after_ms
        while until_ms - after_ms > 1:
            middle_ms = (after_ms + until_ms) // 2
            if self.offset_ms(middle_ms) == offset_ms:
                until_ms = middle_ms
            else:
                after_ms = middle_ms
        return until_ms

    def _aware(self, time_ms: int) -> datetime:
        within_ms = min(max(time_ms, EARLIEST_MS), LATEST_MS)
        return (_EPOCH + timedelta(milliseconds=within_ms)).astimezone(self._zone)


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - _NO_PLACES)


def _zone(name: str) -> ZoneInfo:
    if name in _names():
        return ZoneInfo(name)
    raise ValueError(
        f"{name[:64]!r} is no time zone: give a name of the IANA database such as"
        f" {' or '.join(_near(name) or ('Europe/London', 'Pacific/Auckland'))}"
    )


def _near(name: str) -> list[str]:
    """Names that may have been meant; the database's are case-sensitive."""
    known = {each.lower(): each for each in sorted(_names())}
    wanted = name[:64].lower().replace(" ", "_")
    return [known[each] for each in difflib.get_close_matches(wanted, known, n=2)]
