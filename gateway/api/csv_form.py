"""How a CSV is written: what parts its cells, how numbers, times and units stand in it. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from contract.site_time import SiteTime

MARK: Final = "\ufeff"
ISO_OF: Final = "iso_of"  # what SQL calls ``Form.iso``
# A spreadsheet takes what begins so for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_DIGITS: Final = 12
_TO_QUOTE: Final = frozenset(',;"\n\r')


class Heading(Protocol):
    """``label`` is the name with its unit, where that is not said elsewhere."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def label(self) -> str: ...


class Own(NamedTuple):
    """A column of ours, whose name says its unit by its end where it has one."""

    name: str
    unit: str = ""

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class Form:
    """Attributes.

    has_unit_row: units stand in a row below the names, instead of in brackets behind them.
    has_comma: numbers are written 1,5, and semicolons part the cells.
    zone: of times in ISO 8601; None: UTC, written with a Z.
    """

    has_unit_row: bool = False
    has_comma: bool = False
    zone: SiteTime | None = None

    @property
    def separator(self) -> str:
        return ";" if self.has_comma else ","

    def head(self, columns: Sequence[Heading]) -> str:
        """The header, and the row of units where there is one.

        Whoever asks for commas has a spreadsheet: that knows UTF-8 by a mark at the beginning.
        """
        mark = MARK if self.has_comma else ""
        if not self.has_unit_row:
            return mark + self.row(each.label for each in columns)
        units = ("" if each.unit == "1" else each.unit for each in columns)
        count = Counter(each.name for each in columns)  # of two types in two units a name is twice
        names = (each.name if count[each.name] == 1 else each.label for each in columns)
        return mark + self.row(names) + self.row(units)

    def row(self, cells: Iterable[str]) -> str:
        """A line of cells that are no numbers."""
        return self.joined(map(guarded, cells))

    def joined(self, cells: Iterable[str]) -> str:
        """A line of cells that are made ready."""
        return self.separator.join(cells) + "\n"

    def figure(self, value: float | None) -> str:
        """A number that was worked out as a cell; empty where there is none.

        Beyond 12 digits nothing of it is measured: what binary fractions leave there goes.
        """
        if value is None:
            return ""
        text = repr(float(f"{value:.{_DIGITS}g}"))
        return text.replace(".", ",") if self.has_comma else text

    @property
    def iso(self) -> Callable[[int], str]:
        """A time as a cell."""
        return (self.zone or _UTC).iso

    # ------------------------------------------------------------ the same, made by SQLite

    def number(self, sql: str) -> str:
        """SQL for the cell of a number."""
        return f"replace({sql}, '.', ',')" if self.has_comma else sql

    def time(self, sql: str) -> str:
        """SQL for the cell of a time; with a zone its connection must know ``ISO_OF``."""
        if self.zone is not None:
            return f"{ISO_OF}({sql})"
        return f"strftime('%Y-%m-%dT%H:%M:%fZ', {sql} / 1000.0, 'unixepoch')"

    def line(self, cells: Iterable[str]) -> str:
        """SQL that joins cells to one line."""
        return f" || '{self.separator}' || ".join(cells) + " || char(10)"


PLAIN: Final = Form()
_UTC: Final = SiteTime("UTC")


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; in quotes where it needs them."""
    if text.startswith(FORMULA):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE & set(text) else text
