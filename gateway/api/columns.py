"""The columns of readings as CSV: their names, and the SQL that fills each from a row. Pure.

A name says its unit: ``time_ms`` and ``power_w`` by their ends as everywhere, a channel in
brackets behind its name, ``temperature [°C]``, as pandas and spreadsheets show it as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from contract.assets.words import Asset
from contract.csv_labels import Column
from gateway.api.power import worked_out

BEFORE: Final = ("time_ms", "time", "board_time_ms", "device", "epoch", "seq")
_AFTER: Final = ("truth", "diagnosis")
_POWER: Final = "power_w"
POWER_OF: Final = "power_of"  # what SQL calls ``gateway.api.power``


@dataclass(frozen=True)
class Table:
    """The columns that devices of some types need together."""

    columns: tuple[Column, ...]
    has_power: bool

    @property
    def header(self) -> str:
        power = (_POWER,) if self.has_power else ()
        labels = [column.label for column in self.columns]
        return ",".join((*BEFORE, *labels, *power, *_AFTER)) + "\n"


def table_of(types: Iterable[Asset]) -> Table:
    """The words of these asset types, in the catalogue's order, each once."""
    types = list(types)
    columns = (column for asset in types for column in _columns_of(asset))
    return Table(tuple(dict.fromkeys(columns)), any(map(worked_out, types)))


def cells_of(table: Table, asset: Asset) -> list[str]:
    """SQL for the words and the power of one type's reading ``r``; what it has not is empty.

    ``->`` gives each number as it is stored, digit by digit.
    """
    own = _columns_of(asset)
    cells = [own[column](column.name) if column in own else "''" for column in table.columns]
    return cells + [_power(asset)] * table.has_power


def _columns_of(asset: Asset) -> dict[Column, Callable[[str], str]]:
    """Each word's column, and what makes SQL of its name."""
    found: dict[Column, Callable[[str], str]] = {}
    found |= {Column(channel.name, channel.unit): _value for channel in asset.channels}
    found |= {Column(counter.name, counter.unit): _value for counter in asset.counters}
    found |= {Column(state.name, ""): _text for state in asset.states}
    return found | {Column(label.name, ""): _text for label in asset.labels}


def _text(name: str) -> str:
    return text_cell(f"(r.body ->> {quoted(name)})")


def _value(name: str) -> str:
    return f"coalesce(r.body -> {quoted(name)}, '')"


def _power(asset: Asset) -> str:
    return f"coalesce(round({POWER_OF}(r.time_ms, r.body), 3), '')" if worked_out(asset) else "''"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def line_of(cells: Sequence[str]) -> str:
    """SQL that joins cells to one line of CSV."""
    return " || ',' || ".join(cells) + " || char(10)"


def text_cell(text: str) -> str:
    """SQL for a cell that no spreadsheet takes for a formula.

    Words pass as they are. Anything else is quoted and begins with an apostrophe, as OWASP has it:
    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return (
        f"CASE WHEN {text} IS NULL THEN '' WHEN {text} GLOB '[A-Za-z0-9]*' AND"
        f" {text} NOT GLOB '*[^A-Za-z0-9_.-]*' THEN {text}"
        f" ELSE '\"''' || replace({text}, '\"', '\"\"') || '\"' END"
    )
