"""What Telegraf writes as CSV in; the columns of one metric out.

It writes a header for its first metric alone: rows of others have other columns below the same
names, and say nothing that could be read. Its times without an offset are of UTC.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from gateway.importing.tables import Cell, Row, Table

_TIME, _MEASUREMENT = "timestamp", "measurement"
_TAG, _FIELD = "tag_", "field_"  # before names, with csv_column_prefix
_NO_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?")


class TelegrafTable:
    """The rows that the header is of, without the metric's name, and without what is known as tag.

    It goes through the table once as it is made.
    """

    def __init__(self, rows: Table) -> None:
        self._rows = rows
        self._at, self._width = rows.names.index(_MEASUREMENT), len(rows.names)
        is_told = any(name.startswith(_FIELD) for name in rows.names)
        self._tags = [at for at, name in enumerate(rows.names) if is_told and name.startswith(_TAG)]
        kept = [at for at in range(self._width) if at not in (self._at, *self._tags)]
        self._kept = sorted(kept, key=lambda at: rows.names[at] != _TIME)  # the time first
        told = [rows.names[at] for at in self._kept]
        self.names = [name.removeprefix(_FIELD) if is_told else name for name in told]
        self.units = [rows.units[at] for at in self._kept]
        self.comma, self.is_unclear, self.separator = rows.comma, rows.is_unclear, rows.separator
        self.aliases: Mapping[str, str] = dict(zip(told, self.names, strict=True))
        self._measurement = next((str(cells[self._at]) for _, cells in rows.rows()), "")
        self.kind = f"{rows.kind}; Telegraf's {self._measurement}{self._looked_through()}"

    @classmethod
    def of(cls, rows: Table) -> "TelegrafTable | None":
        """None where it is none."""
        return cls(rows) if {_TIME, _MEASUREMENT} < set(rows.names) else None

    def rows(self) -> Iterator[Row]:
        for line, cells, is_ours in self._told():
            if is_ours:
                time, *others = (cells[at] for at in self._kept)
                yield line, [_in_utc(time), *others]

    def _told(self) -> Iterator[tuple[int, list[Cell], bool]]:
        """Rows without headers, and whether the first header is of their columns."""
        is_ours = True
        for line, row in self._rows.rows():
            cells = list(row)
            if _TIME in cells and _MEASUREMENT in cells:
                is_ours = cells == self._rows.names
                continue
            fits = len(cells) == self._width and cells[self._at] == self._measurement
            yield line, cells, is_ours and fits

    def _looked_through(self) -> str:
        """What a person should know of all rows."""
        others: Counter[str] = Counter()
        said: dict[int, set[Cell]] = {at: set() for at in self._tags}
        for _, cells, is_ours in self._told():
            if is_ours:
                for at in self._tags:
                    said[at].add(cells[at])
            else:
                others[str(cells[self._at]) if self._at < len(cells) else "no metric"] += 1
        return "".join(self._several(at, len(each)) for at, each in said.items()) + _left(others)

    def _several(self, at: int, count: int) -> str:
        name = self._rows.names[at]
        if count <= 1:
            return ""
        return f"; {name} says {count} things: --split {name} makes a machine of each"


def _left(others: Counter[str]) -> str:
    if not others:
        return ""
    return (
        f"; {others.total():,} rows, of {', '.join(sorted(others))}, are left out, as the header is"
        " not of their columns: write each metric to a file of its own"
    )


def _in_utc(time: Cell) -> Cell:
    return f"{time}Z" if isinstance(time, str) and _NO_OFFSET.fullmatch(time) else time
