"""A table with a row a value in; one with a column a name out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from contract.errors import Refused
from gateway.importing.cells import is_missing
from gateway.importing.conversions import spelled
from gateway.importing.influxdb.series import Series, names
from gateway.importing.tables import Cell, Row, Table

_MOST_NAMES: Final = 200
# Columns of InfluxDB's tables that are no tags.
_NO_TAGS: Final = frozenset({"", "result", "table", "_start", "_stop", "_measurement"})


class Shape(NamedTuple):
    """Which columns a row's name, its value (the first that is not empty) and its time are.

    ``unit``: that of the value; ``besides``: what else is of the value, and no value itself;
    ``has_tags``: all others tell series of one name apart.
    """

    name: str
    values: tuple[str, ...]
    time: str
    unit: str = ""
    besides: tuple[str, ...] = ()
    has_tags: bool = False


# Home Assistant's history, as its page and its database give it; its long-term statistics;
# InfluxDB's annotated tables; and what others call so.
_SHAPES: Final = (
    Shape("entity_id", ("state",), "last_changed"),
    Shape("entity_id", ("state",), "last_updated"),
    Shape("entity_id", ("state",), "last_changed_ts"),
    Shape("entity_id", ("state",), "last_updated_ts"),
    Shape("statistic_id", ("mean", "sum", "state"), "start", "unit", ("min", "max", "delta")),
    Shape("_field", ("_value",), "_time", has_tags=True),
    Shape("metric", ("value",), "timestamp"),
    Shape("name", ("value",), "time"),
)


class _Layout:
    """Where the columns of a shape stand, in rows below one header."""

    def __init__(self, header: Sequence[str], shape: Shape) -> None:
        at = header.index
        self.name_at, self.time_at = at(shape.name), at(shape.time)
        self.values_at = [at(value) for value in shape.values if value in header]
        self._unit_at = at(shape.unit) if shape.unit in header else None
        self._measurement_at = at("_measurement") if "_measurement" in header else None
        known = _NO_TAGS | {shape.name, shape.time, *shape.values}
        self._tags = sorted((n, i) for i, n in enumerate(header) if n not in known)
        self._tags = self._tags if shape.has_tags else []

    def series(self, cells: Sequence[Cell]) -> Series:
        measurement = "" if self._measurement_at is None else _text(cells, self._measurement_at)
        tags = ((name, _text(cells, at)) for name, at in self._tags)
        name = _text(cells, self.name_at)
        return Series(measurement, name, tuple((n, text) for n, text in tags if text))

    def unit(self, cells: Sequence[Cell]) -> str:
        return "" if self._unit_at is None else spelled(_text(cells, self._unit_at))

    def value(self, cells: Sequence[Cell]) -> Cell:
        for at in self.values_at:
            if not is_missing(_text(cells, at)):
                return cells[at]
        return None


class LongTable:
    """Each name becomes a column; ``aliases`` are the names as they stand in the table."""

    def __init__(self, rows: Table, shape: Shape) -> None:
        self._rows, self._shape = rows, shape
        self.comma, self.is_unclear, self.separator = rows.comma, rows.is_unclear, rows.separator
        units = self._looked_through()
        whole = names(units)
        short = {each: name.partition(".")[2] or name for each, name in whole.items()}
        called = short if len(set(short.values())) == len(short) else whole
        self._columns = {each: place + 1 for place, each in enumerate(units)}
        self.names = [shape.time, *(called[each] for each in units)]
        self.units = ["", *units.values()]
        self.aliases: Mapping[str, str] = {whole[each]: called[each] for each in units}
        left = [name for name in shape.besides if name in rows.names]
        besides = f" (not its {', '.join(left)})" if left else ""
        self.kind = f"{rows.kind}; a row a value, named by {shape.name}{besides}"

    @classmethod
    def of(cls, rows: Table) -> "LongTable | None":
        """None where it is none. Raises Refused: it is one without values."""
        for shape in _SHAPES:
            if not {shape.name, shape.time} <= set(rows.names):
                continue
            if any(value in rows.names for value in shape.values):
                return cls(rows, shape)
            if any(name in rows.names for name in shape.besides):
                raise Refused(
                    f"Of each {shape.name} it has no {', no '.join(shape.values)}: export one of"
                    " these as well."
                )
        return None

    def _looked_through(self) -> dict[Series, str]:
        """All series, in the order in which they come first, and the unit of each."""
        units: dict[Series, str] = {}
        for _, cells, layout in self._numbered():
            series, unit = layout.series(cells), layout.unit(cells)
            if units.setdefault(series, unit) != unit and unit:
                raise Refused(
                    f"{series.field} is in {units[series] or 'no unit'} in one row and in {unit} in"
                    " another: export what was before and what was after apart."
                )
            if len(units) > _MOST_NAMES:
                raise Refused(
                    f"The column {self._shape.name} names more than {_MOST_NAMES} series: export"
                    " fewer."
                )
        return units

    def _numbered(self) -> Iterator[tuple[int, Sequence[Cell], _Layout]]:
        """Rows that are long enough; a further header says where its rows have what."""
        shape = self._shape
        layout = _Layout(self._rows.names, shape)
        for line, cells in self._rows.rows():
            if shape.time in cells and shape.name in cells:
                layout = _Layout([str(cell) for cell in cells], shape)
            elif len(cells) > max(layout.name_at, layout.time_at):
                yield line, cells, layout

    def rows(self) -> Iterator[Row]:
        width = len(self.names)
        for line, cells, layout in self._numbered():
            row: list[Cell] = [None] * width
            row[0] = cells[layout.time_at]
            row[self._columns[layout.series(cells)]] = layout.value(cells)
            yield line, row


def _text(cells: Sequence[Cell], at: int) -> str:
    cell = cells[at] if at < len(cells) else None
    return "" if cell is None else str(cell)
