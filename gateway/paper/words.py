"""Figures in, as a person reads them, out; a dash where nobody can tell. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from contract.site_time import SiteTime

DASH: Final = "\u2013"
_SIGNS: Final = {"GBP": "£", "EUR": "€", "USD": "$"}
_KILO: Final = 1000.0
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip
_SMALL: Final = 100.0
_ABOUT: Final = 0.5  # per cent: of less the sign is nothing to tell
_FEW: Final = 10.0
_NEAR_MS: Final = 6 * 3_600_000  # of a change of the clock


def number(value: float | None, decimals: int = 1) -> str:
    return DASH if value is None else f"{value:,.{decimals}f}"


def scale(most: float, unit: str) -> tuple[float, str]:
    """By what the values of a chart are divided, and in which unit they are then: as ``amount``."""
    return (_KILO, f"k{unit}") if abs(most) >= _KILO else (1.0, unit)


def amount(value: float | None, unit: str) -> str:
    """1,234 Wh is 1.23 kWh."""
    if value is None:
        return DASH
    if abs(value) >= _KILO:
        return f"{value / _KILO:,.2f} k{unit}"
    return f"{value:,.{0 if abs(value) >= _SMALL else 2}f} {unit}"


def money(value: float | None, currency: str) -> str:
    """Small sums keep what makes them tell apart."""
    if value is None:
        return DASH
    text = f"{value:,.{4 if 0 < abs(value) < 1 else 2}f}"
    sign = _SIGNS.get(currency)
    return f"{sign}{text}" if sign else f"{text} {currency}"


def percent(share: float | None) -> str:
    """What is nearly all or nearly nothing never reads as all or nothing."""
    if share is None:
        return DASH
    text = f"{100 * share:.0f}"
    if share > 0 and text == "0":
        return "<1 %"
    return ">99 %" if share < 1 and text == "100" else f"{text} %"


def duration(ms: float | None) -> str:
    """42 s, 5 min, 3 h 20 min, 2 d 4 h."""
    if ms is None:
        return DASH
    s = int(max(0.0, ms) // 1000)
    for large, name, small, smaller in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if s >= large:
            rest = s % large // small
            return f"{s // large} {name}" + (f" {rest} {smaller}" if rest else "")
    return f"{s // 60} min" if s >= 60 else f"{s} s"  # noqa: PLR2004 - seconds of a minute


def change(per_cent: float | None) -> str | None:
    """Against the period before."""
    if per_cent is None:
        return None
    size = abs(per_cent)
    if size < _ABOUT:
        return "about as much as before"
    much = f"{size:.{1 if size < _FEW else 0}f}"
    return f"{much} % {'more' if per_cent > 0 else 'less'} than before"


def title_of(name: str) -> str:
    """A name of an alarm: ``temperature_high`` is Temperature high."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def listing(names: Sequence[str], most: int = 6) -> str:
    """Some of them, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def count(of: int, what: str, many: str = "") -> str:
    """``many``: where that is not ``what`` with an s."""
    return f"{of:,} {what if of == 1 else many or f'{what}s'}"


class Times:
    """Moments by the clock on the site's wall."""

    def __init__(self, zone: str) -> None:
        self._site = SiteTime(zone)

    def day(self, ms: int) -> str:
        return _day(self._site.wall(ms))

    def date(self, ms: int) -> str:
        wall = self._site.wall(ms)
        return f"{_day(wall)} {wall.year}"

    def minute(self, ms: int) -> str:
        return f"{self.date(ms)} {self._site.wall(ms):%H:%M}{self._which(ms)}"

    def _which(self, ms: int) -> str:
        """Of an hour that comes twice, which of the two it is: by its offset."""
        wall, offset_ms = self._site.wall(ms), self._site.offset_ms(ms)
        others = {self._site.offset_ms(ms + way * _NEAR_MS) for way in (-1, 1)} - {offset_ms}
        if not any(self._site.wall(ms + offset_ms - other) == wall for other in others):
            return ""
        hours, minutes = divmod(abs(offset_ms) // 60_000, 60)
        sign = "-" if offset_ms < 0 else "+"
        return f" (UTC{sign}{hours}{f':{minutes:02}' if minutes else ''})"

    def bucket(self, kind: str, ms: int) -> str:
        """What stands below a bar."""
        wall = self._site.wall(ms)
        if kind == "hour":
            return f"{wall:%H:%M}"
        if kind == "month":
            return f"{_MONTHS[wall.month - 1]} {wall.year}"
        return _day(wall)

    def period(self, period: Mapping[str, Any]) -> str:
        """The whole of it in words."""
        start_ms, end_ms = period["from_ms"], period["to_ms"]
        wall = self._site.wall(start_ms)
        match period["kind"]:
            case "day":
                return f"{wall:%A} {self.date(start_ms)}"
            case "week":
                last = self._site.wall(end_ms) - timedelta(days=1)
                week = wall.isocalendar().week
                return f"Week {week}: {self.day(start_ms)} to {_day(last)} {last.year}"
            case "month":
                return f"{wall:%B %Y}"
        return f"{self.minute(start_ms)} to {self.minute(end_ms)}"

    def holes(self, kind: str, columns: Mapping[str, Any], shares: Sequence[Any], of: float) -> str:
        """The buckets of which too little was measured; those that follow one another together."""
        cells = zip(columns["time_ms"], shares, strict=True)
        runs = (
            list(run)
            for is_thin, run in groupby(cells, lambda cell: cell[1] is not None and cell[1] < of)
            if is_thin
        )
        return listing([self._hole(kind, run) for run in runs], 4)

    def _hole(self, kind: str, run: Sequence[tuple[int, float]]) -> str:
        first, last = (self.bucket(kind, run[at][0]) for at in (0, -1))
        ends = sorted(share for _, share in run)
        low, high = percent(ends[0]), percent(ends[-1])
        when = first if len(run) == 1 else f"{first} to {last}"
        return f"{when} {low}" if low == high else f"{when} {low} to {high}"


def _day(wall: datetime) -> str:
    return f"{wall.day} {_MONTHS[wall.month - 1]}"
