"""A file in, rows of cells out, each with the number of its line: of text, or of Parquet."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, Protocol

from contract.errors import Refused
from gateway.importing import dialect as dialects
from gateway.importing.dialect import Dialect
from gateway.importing.texts import TextFile

Cell = str | float | None
Row = tuple[int, Sequence[Cell]]
_HEAD_LINES: Final = 400
PARQUET: Final = (".parquet", ".pq")
TEXT: Final = (".csv", ".tsv", ".txt", ".dat")


class Table(Protocol):
    """Attributes.

    comma: numbers are written 1,5.
    is_unclear: they may be, or 1,234 is a thousand and more: nothing tells.
    separator: what stands between cells.
    kind: for a person.
    aliases: what else columns may be called, and as what they stand in ``names``.
    """

    names: list[str]
    units: list[str]
    comma: bool
    is_unclear: bool
    separator: str
    kind: str
    aliases: Mapping[str, str]

    def rows(self) -> Iterator[Row]:
        """From the first row with values on; again from the beginning at each call."""
        ...


def opened(path: Path) -> Table:
    """The table in a file. Raises Refused: there is none."""
    if path.suffix.lower() in PARQUET:
        return ParquetTable(path)
    text = TextFile(path)
    head = text.head(_HEAD_LINES)
    return WideTable(text, dialects.found(head, name=path.name))


class WideTable:
    """A column a channel."""

    def __init__(self, text: TextFile, dialect: Dialect) -> None:
        self._text, self._dialect = text, dialect
        self.names, self.units, self.comma = dialect.names, dialect.units, dialect.comma
        self.separator, self.is_unclear = dialect.separator, dialect.is_unclear
        self.aliases: Mapping[str, str] = {}
        shown = {"\t": "tabs", " ": "blanks"}.get(dialect.separator, f"{dialect.separator!r}")
        comma = ", decimal comma" if dialect.comma else ""
        self.kind = f"text ({text.encoding}) parted by {shown}{comma}"

    def rows(self) -> Iterator[Row]:
        rows = dialects.rows_of(self._text.lines(), self._dialect.separator)
        yield from islice(rows, self._dialect.first, None)


class ParquetTable:
    """By columns; its rows are counted as lines, from 1 on."""

    def __init__(self, source: Path | IO[bytes]) -> None:
        import pyarrow.parquet as pq  # noqa: PLC0415  (the gateway starts without it)

        try:
            self._file: Any = pq.ParquetFile(source)
        except (OSError, ValueError) as error:
            raise Refused(f"{source} is no Parquet file: {error}.") from error
        schema = self._file.schema_arrow
        self.names = list(schema.names)
        self.units = [_unit_of(schema.field(name)) for name in self.names]
        self.comma = self.is_unclear = False
        self.separator = ","
        self.aliases: Mapping[str, str] = {}
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
