"""A file in, rows of cells out, each with the number of its line: wide, long, or of Parquet."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from contract.errors import Refused
from gateway.importing import dialect as dialects
from gateway.importing.dialect import Dialect
from gateway.importing.texts import TextFile

Cell = str | float | None
Row = tuple[int, Sequence[Cell]]
_HEAD_LINES: Final = 400
_MOST_NAMES: Final = 200
MOST_PARTS: Final = 1_000
PARQUET: Final = (".parquet", ".pq")
TEXT: Final = (".csv", ".tsv", ".txt", ".dat")


class Table(Protocol):
    """Attributes: ``comma``: numbers are written 1,5; ``kind`` is for a person."""

    names: list[str]
    units: list[str]
    comma: bool
    kind: str

    def rows(self) -> Iterator[Row]:
        """From the first row with values on; again from the beginning at each call."""
        ...


def opened(path: Path) -> Table:
    """The table in a file. Raises Refused: there is none."""
    if path.suffix.lower() in PARQUET:
        return ParquetTable(path)
    text = TextFile(path)
    head = text.head(_HEAD_LINES)
    wide = WideTable(text, dialects.found(head, name=path.name))
    return LongTable.of(wide) or wide


class WideTable:
    """A column a channel."""

    def __init__(self, text: TextFile, dialect: Dialect) -> None:
        self._text, self._dialect = text, dialect
        self.names, self.units, self.comma = dialect.names, dialect.units, dialect.comma
        shown = {"\t": "tabs", " ": "blanks"}.get(dialect.separator, f"{dialect.separator!r}")
        comma = ", decimal comma" if dialect.comma else ""
        self.kind = f"text ({text.encoding}) parted by {shown}{comma}"

    def rows(self) -> Iterator[Row]:
        rows = dialects.rows_of(self._text.lines(), self._dialect.separator)
        yield from islice(rows, self._dialect.first, None)


class Part:
    """Those rows of a table that are of one machine: a column says so."""

    def __init__(self, table: Table, at: int, value: str) -> None:
        self._table, self._at, self._value = table, at, value
        self.names, self.units, self.comma = table.names, table.units, table.comma
        self.kind = f"{table.kind}; rows with {value} in {table.names[at]}"

    def rows(self) -> Iterator[Row]:
        at, value = self._at, self._value
        for line, cells in self._table.rows():
            if at < len(cells) and str(cells[at]).strip() == value:
                yield line, cells


def values_of(table: Table, at: int) -> tuple[list[str], int]:
    """What stands in a column, in the order in which it comes first; how many rows have nothing.

    Raises:
        Refused: there is too much for a column of machines.
    """
    found: dict[str, None] = {}
    without = 0
    for _, cells in table.rows():
        text = "" if at >= len(cells) or cells[at] is None else str(cells[at]).strip()
        if not text:
            without += 1
            continue
        found[text] = None
        if len(found) > MOST_PARTS:
            raise Refused(
                f"The column {table.names[at]} has more than {MOST_PARTS} values: it does not"
                " say which machine a row is of."
            )
    return list(found), without


# Which column names, which holds the value, which the time: Home Assistant, InfluxDB and Telegraf.
_LONG: Final = (
    ("entity_id", "state", "last_changed"),
    ("entity_id", "state", "last_updated"),
    ("statistic_id", "mean", "start"),
    ("_field", "_value", "_time"),
    ("metric", "value", "timestamp"),
    ("name", "value", "time"),
)


class LongTable:
    """A row a value: its name stands in a column. Each name becomes a column."""

    def __init__(self, wide: WideTable, places: tuple[int, int, int], time: str) -> None:
        self._wide = wide
        self._name_at, self._value_at, self._time_at = places
        self.comma, self.units = wide.comma, list[str]()
        names: dict[str, int] = {}
        for name, _, _, _ in self._cells():
            names.setdefault(name, len(names) + 1)
            if len(names) > _MOST_NAMES:
                raise Refused(
                    f"The column {wide.names[self._name_at]} names more than {_MOST_NAMES} series:"
                    " export fewer."
                )
        self._columns = names
        short = [name.partition(".")[2] or name for name in names]
        self.names = [time, *(short if len(set(short)) == len(short) else names)]
        self.units = [""] * len(self.names)
        self.kind = f"{wide.kind}; a row a value, named by {wide.names[self._name_at]}"

    @classmethod
    def of(cls, wide: WideTable) -> "LongTable | None":
        for name, value, time in _LONG:
            if {name, value, time} <= set(wide.names):
                at = wide.names.index
                return cls(wide, (at(name), at(value), at(time)), time)
        return None

    def _cells(self) -> Iterator[tuple[str, str, str, int]]:
        last = max(self._name_at, self._value_at, self._time_at)
        for line, cells in self._wide.rows():
            if len(cells) > last and cells[self._name_at] != self._wide.names[self._name_at]:
                name, value = str(cells[self._name_at]), str(cells[self._value_at])
                yield name, value, str(cells[self._time_at]), line

    def rows(self) -> Iterator[Row]:
        width = len(self.names)
        for name, value, time, line in self._cells():
            row: list[Cell] = [None] * width
            row[0], row[self._columns[name]] = time, value
            yield line, row


class ParquetTable:
    """By columns; its rows are counted as lines, from 1 on."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415  (the gateway starts without it)

        try:
            self._file: Any = pq.ParquetFile(path)
        except (OSError, ValueError) as error:
            raise Refused(f"{path} is no Parquet file: {error}.") from error
        schema = self._file.schema_arrow
        self.names = list(schema.names)
        self.units = [_unit_of(schema.field(name)) for name in self.names]
        self.comma = False
        self.kind = f"Parquet of {self._file.metadata.num_rows:,} rows"

    def rows(self) -> Iterator[Row]:
        line = 0
        for batch in self._file.iter_batches(batch_size=5_000):
            columns = [_cells_of(column) for column in batch.columns]
            for row in zip(*columns, strict=True):
                line += 1
                yield line, row


def _unit_of(field: Any) -> str:
    raw = (field.metadata or {}).get(b"unit", b"")
    return raw.decode(errors="replace") if isinstance(raw, bytes) else ""


def _cells_of(column: Any) -> list[Any]:
    """Times as texts in ISO 8601, as pandas and DuckDB mean them."""
    import pyarrow as pa  # noqa: PLC0415

    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    # What is finer than that is let go.
    found = column.cast(pa.timestamp("us", column.type.tz), safe=False).to_pylist()
    return [None if each is None else each.isoformat() for each in found]
