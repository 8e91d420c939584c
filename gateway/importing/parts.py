"""A table of many machines in; the rows of each out, parted on the disk while it is read once."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from contract.errors import Refused
from gateway.importing.tables import Cell, Row, Table

MOST_PARTS: Final = 1_000
_HELD_ROWS: Final = 50_000  # of all parts, in memory
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[tuple[int, list[Any]]]).decode


class Parts:
    """By what stands in a column. ``without``: how many rows have nothing there."""

    def __init__(self, table: Table, at: int, file: IO[bytes]) -> None:
        """Raises Refused: there is too much for a column of machines."""
        self._table, self._at, self._file = table, at, file
        self._blocks: dict[str, list[tuple[int, int]]] = {}  # where each begins, how long it is
        self.without = 0
        self._part()

    @property
    def names(self) -> list[str]:
        """In the order in which they come first."""
        return list(self._blocks)

    def of(self, name: str) -> "Part":
        return Part(self._table, f"rows with {name} in {self._table.names[self._at]}", self, name)

    def rows(self, name: str) -> Iterator[Row]:
        for begin, length in self._blocks[name]:
            self._file.seek(begin)
            yield from _decode(self._file.read(length))

    def _part(self) -> None:
        held: defaultdict[str, list[Row]] = defaultdict(list)
        count = 0
        for line, cells in self._table.rows():
            name = _name(cells, self._at)
            if not name:
                self.without += 1
                continue
            held[name].append((line, cells))
            count += 1
            if count == _HELD_ROWS:
                self._put(held)
                count = 0
        self._put(held)

    def _put(self, held: defaultdict[str, list[Row]]) -> None:
        for name, rows in held.items():
            raw = _encode(rows)
            self._blocks.setdefault(name, []).append((self._file.tell(), len(raw)))
            self._file.write(raw)
        held.clear()
        if len(self._blocks) > MOST_PARTS:
            raise Refused(
                f"The column {self._table.names[self._at]} has more than {MOST_PARTS} values: it"
                " does not say which machine a row is of."
            )


def names_in(table: Table, at: int) -> list[str]:
    """What stands in a column, in the order in which it comes first."""
    return list(dict.fromkeys(filter(None, (_name(cells, at) for _, cells in table.rows()))))


def _name(cells: Sequence[Cell], at: int) -> str:
    cell = cells[at] if at < len(cells) else None
    return "" if cell is None else str(cell).strip()  # a machine may be called 0


class Part:
    """A table like any other."""

    def __init__(self, table: Table, kind: str, parts: Parts, name: str) -> None:
        self._parts, self._name = parts, name
        self.names, self.units, self.comma = table.names, table.units, table.comma
        self.is_unclear, self.separator = table.is_unclear, table.separator
        self.aliases = table.aliases
        self.kind = f"{table.kind}; {kind}"

    def rows(self) -> Iterator[Row]:
        return self._parts.rows(self._name)


@contextmanager
def parted(table: Table, at: int, folder: Path) -> Iterator[Parts]:
    """While they are looked at. Raises Refused, OSError."""
    with tempfile.TemporaryFile(dir=folder) as file:
        yield Parts(table, at, file)
