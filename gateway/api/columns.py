"""The columns of readings as CSV: their names, and the SQL that fills each from a row. Pure.

A name says its unit: ``time_ms`` and ``power_w`` by their ends as everywhere, a channel in
brackets behind its name, ``temperature [°C]``, as pandas and spreadsheets show it as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from contract.assets.words import Asset, Channel
from contract.csv_labels import Column

_BEFORE: Final = ("time_ms", "time", "board_time_ms", "device", "epoch", "seq")
_AFTER: Final = ("truth", "diagnosis")
_POWER: Final = "power_w"


@dataclass(frozen=True)
class Table:
    """The columns that devices of some types need together."""

    columns: tuple[Column, ...]
    has_power: bool

    @property
    def header(self) -> str:
        power = (_POWER,) if self.has_power else ()
        labels = [column.label for column in self.columns]
        return ",".join((*_BEFORE, *labels, *power, *_AFTER)) + "\n"


def table_of(types: Iterable[Asset]) -> Table:
    """The channels of these asset types, in the catalogue's order, each once."""
    types = list(types)
    channels = (_column(channel) for asset in types for channel in asset.channels)
    return Table(tuple(dict.fromkeys(channels)), any(asset.supply for asset in types))


def cells_of(table: Table, asset: Asset) -> list[str]:
    """SQL for the channels and the power of one type's reading ``r``; what it has not is empty.

    ``->`` gives each number as it is stored, digit by digit.
    """
    own = {_column(channel) for channel in asset.channels}
    cells = [_value(column.name) if column in own else "''" for column in table.columns]
    return cells + [_power(asset)] * table.has_power


def _column(channel: Channel) -> Column:
    return Column(channel.name, channel.unit)


def _value(name: str) -> str:
    return f"coalesce(r.body -> {_quoted(name)}, '')"


def _power(asset: Asset) -> str:
    """V x I in W, as the figure of that name."""
    if asset.supply is None:
        return "''"
    current = f"(r.body ->> {_quoted(asset.supply.current_channel)})"
    return f"coalesce(round({current} * {asset.supply.voltage_v!r}, 3), '')"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def line_of(cells: Sequence[str]) -> str:
    """SQL that joins cells to one line of CSV."""
    return " || ',' || ".join(cells) + " || char(10)"
