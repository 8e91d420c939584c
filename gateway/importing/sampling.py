"""Rows of a table that show what each of its columns has."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from gateway.importing.cells import is_missing
from gateway.importing.tables import Cell, Table

FIRST_ROWS: Final = 1_000
_EACH: Final = 20  # rows of a column that has nothing in the first ones


def sampled(table: Table) -> list[Sequence[Cell]]:
    """The first rows; and of columns that are empty there, the first that are not, wherever.

    A sensor that came later begins later, and a table with a row a value may have one after the
    other.
    """
    rows = table.rows()
    found = [cells for _, cells in islice(rows, FIRST_ROWS)]
    lacking = {
        at: _EACH
        for at in range(len(table.names))
        if not any(_has_value(cells, at) for cells in found)
    }
    for _, cells in rows if lacking else ():
        told = [at for at in lacking if _has_value(cells, at)]
        if told:
            found.append(cells)
        for at in told:
            lacking[at] -= 1
            if not lacking[at]:
                del lacking[at]
        if not lacking:
            break
    return found


def _has_value(cells: Sequence[Cell], at: int) -> bool:
    cell = cells[at] if at < len(cells) else None
    return cell is not None and not is_missing(str(cell))
