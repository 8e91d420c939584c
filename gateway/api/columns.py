"""The columns of readings as CSV: their names, and the SQL that fills each from a row. Pure.

A name says its unit: ``time_ms`` and ``power_w`` by their ends as everywhere, a channel in
brackets behind its name, ``temperature [°C]``, as pandas and spreadsheets show it as it is; or all
of them say it in a row of their own (``Form``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from contract.assets import GENERIC, OF_FILES
from contract.assets.words import Asset
from contract.csv_labels import Column
from gateway.api.csv_form import PLAIN, Form, Heading, Own
from gateway.api.power import worked_out

BEFORE: Final = (
    Own("time_ms", "ms"), Own("time"), Own("board_time_ms", "ms"), Own("device"), Own("epoch"),
    Own("seq"),
)  # fmt: skip
_AFTER: Final = (Own("truth"), Own("diagnosis"), Own("asset"))
_POWER: Final = Own("power_w", "W")
POWER_OF: Final = "power_of"  # what SQL calls ``gateway.api.power``


@dataclass(frozen=True)
class Table:
    """The columns that devices of some types need together, and how they are written."""

    columns: tuple[Column, ...]
    has_power: bool
    form: Form = PLAIN

    @property
    def header(self) -> str:
        power = (_POWER,) if self.has_power else ()
        headings: list[Heading] = [*BEFORE, *self.columns, *power, *_AFTER]
        return self.form.head(headings)


def table_of(types: Iterable[Asset], form: Form = PLAIN) -> Table:
    """The words of these asset types, in the catalogue's order, each once."""
    types = list(types)
    columns = (column for asset in types for column in _columns_of(asset, form))
    return Table(tuple(dict.fromkeys(columns)), any(map(worked_out, types)), form)


def cells_of(table: Table, asset: Asset) -> list[str]:
    """SQL for the words and the power of one type's reading ``r``; what it has not is empty.

    ``->`` gives each number as it is stored, digit by digit.
    """
    own = _columns_of(asset, table.form)
    cells = [own[column](column.name) if column in own else "''" for column in table.columns]
    return cells + [_power(asset, table.form)] * table.has_power


def _columns_of(asset: Asset, form: Form) -> dict[Column, Callable[[str], str]]:
    """Each word's column, and what makes SQL of its name."""
    value = partial(_value if _is_fixed(asset) else _any, form)
    found: dict[Column, Callable[[str], str]] = {}
    found |= {Column(channel.name, channel.unit): value for channel in asset.channels}
    found |= {Column(counter.name, counter.unit): value for counter in asset.counters}
    found |= {Column(state.name, ""): _text for state in asset.states}
    return found | {Column(label.name, ""): _text for label in asset.labels}


def _text(name: str) -> str:
    return text_cell(f"(r.body ->> {quoted(name)})")


def _value(form: Form, name: str) -> str:
    return form.number(f"coalesce(r.body -> {quoted(name)}, '')")


def _any(form: Form, name: str) -> str:
    """What is a number by now may have been a text before."""
    number, text = _value(form, name), f"(r.body ->> {quoted(name)})"
    return f"iif(typeof({text}) = 'text', {text_cell(text)}, {number})"


def _is_fixed(asset: Asset) -> bool:
    """Whether nobody can have changed what its values are."""
    return asset.name != GENERIC and asset.name not in OF_FILES


def _power(asset: Asset, form: Form) -> str:
    if not worked_out(asset):
        return "''"
    return form.number(f"coalesce(round({POWER_OF}(r.time_ms, r.body), 3), '')")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
