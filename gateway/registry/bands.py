"""Parts of the week in which a number is another one, by the clock on the site's wall. Pure.

A band begins on its days and keeps its times on the wall when the clock is put: a night is then an
hour shorter or longer. One that ends at or before its beginning goes on into the next day. Two that
overlap are refused; where older versions have such the first one counts, and where none is, the
number has its usual value.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import combinations, product
from typing import Final

import msgspec

from contract.errors import Refused
from contract.shift_words import WEEKDAYS
from contract.site_time import SiteTime

MOST: Final = 12
LONGEST_NAME: Final = 40
_DAY: Final = timedelta(days=1)
_DAY_MIN: Final = 24 * 60
_WEEK_MIN: Final = 7 * _DAY_MIN
_DAYS_KEPT: Final = 800
_LONGEST_MS: Final = 9 * 86_400_000


class Band(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """``from_`` and ``to`` are times of the wall, as 22:30; no ``days`` are all of them."""

    name: str
    value: float
    from_: str
    to: str
    days: tuple[str, ...] = ()


class Piece(msgspec.Struct, frozen=True, gc=False):
    """From when on which band counts; None: none does."""

    start_ms: int
    band: Band | None


def check(bands: Sequence[Band]) -> None:
    """Raises Refused: one of them cannot be."""
    if len(bands) > MOST:
        raise Refused(f"There are {len(bands)} bands: at most {MOST} make a week.")
    for band in bands:
        if not 0 < len(band.name.strip()) <= LONGEST_NAME:
            raise Refused(f"A band needs a name of at most {LONGEST_NAME} characters.")
        for day in band.days:
            if day not in WEEKDAYS:
                raise Refused(
                    f"{band.name}: there is no day {day[:20]!r}; they are {', '.join(WEEKDAYS)}."
                )
        for word in (band.from_, band.to):
            _clock(word, band.name)
    _check_apart(bands)


def _check_apart(bands: Sequence[Band]) -> None:
    for one, other in combinations(bands, 2):
        both = [
            max(mine[0], its[0])
            for mine, its in product(_week(one), _week(other))
            if mine[0] < its[1] and its[0] < mine[1]
        ]
        if both:
            day, minute = divmod(min(both), _DAY_MIN)
            when = f"{WEEKDAYS[day % 7]} at {minute // 60:02}:{minute % 60:02}"
            raise Refused(
                f"{one.name} and {other.name} overlap ({when}): a moment has one value; let one"
                " end where the other begins, or give them other days."
            )


def _week(band: Band) -> list[tuple[int, int]]:
    """When it counts, in minutes of a week; what goes on into the next also at its beginning."""
    begins, ends = (_minutes(_clock(word)) for word in (band.from_, band.to))
    length = ends - begins + (_DAY_MIN if ends <= begins else 0)
    found = []
    for day, name in enumerate(WEEKDAYS):
        if not band.days or name in band.days:
            start = day * _DAY_MIN + begins
            found += [(start, start + length), (start - _WEEK_MIN, start - _WEEK_MIN + length)]
    return [(max(0, start), end) for start, end in found if end > 0]


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _clock(text: str, name: str = "") -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or len(text) != len("22:30"):
        raise Refused(f"{name}: {text[:20]!r} is no time of day; write it as 06:00 or 22:30.")
    return found


class Week:
    """Bands over the days of one site."""

    def __init__(self, bands: Sequence[Band], site: SiteTime) -> None:
        self._bands = [(band, _clock(band.from_), _clock(band.to)) for band in bands]
        self._site = site
        self._pieces = lru_cache(maxsize=_DAYS_KEPT)(self._worked_out)

    def at(self, time_ms: int) -> Piece:
        """What counts at a time."""
        pieces = self._pieces(self._site.wall(time_ms).date())
        place = bisect_right(pieces, time_ms, key=_start)
        return pieces[max(0, place - 1)]

    def turns(self, from_ms: int, to_ms: int) -> list[int]:
        """When another band begins to count within (from, to), in order."""
        if not self._bands:
            return []
        day, edges = self._site.wall(from_ms).date() - _DAY, set[int]()
        while day <= self._site.wall(to_ms).date() + _DAY:
            edges.update(piece.start_ms for piece in self._pieces(day))
            day += _DAY
        within = sorted(edge for edge in edges if from_ms < edge < to_ms)
        return [edge for edge in within if self.at(edge).band != self.at(edge - 1).band]

    def next_turn_ms(self, after_ms: int) -> int | None:
        """When the next band begins or ends to count; every band comes within a week."""
        return next(iter(self.turns(after_ms, after_ms + _LONGEST_MS)), None)

    def _worked_out(self, day: date) -> list[Piece]:
        """The pieces of a day of the wall, and of some hours around it."""
        spans = [
            (at, self._moment(first, begins), self._moment(first + _DAY * (ends <= begins), ends))
            for first in (day - _DAY, day, day + _DAY)
            for at, (band, begins, ends) in enumerate(self._bands)
            if not band.days or WEEKDAYS[first.weekday()] in band.days
        ]
        starts_ms = {self._site.midnight(day - _DAY), *(ms for _, *ends in spans for ms in ends)}
        pieces = []
        for start_ms in sorted(starts_ms):
            found = [at for at, begins, ends in spans if begins <= start_ms < ends]
            pieces.append(Piece(start_ms, self._bands[min(found)][0] if found else None))
        return pieces

    def _moment(self, day: date, clock: time) -> int:
        return self._site.moment(datetime.combine(day, clock))


def _start(piece: Piece) -> int:
    return piece.start_ms
