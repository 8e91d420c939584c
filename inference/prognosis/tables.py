"""Files of machines that were followed until they failed become lives; what is wrong is named.

A CSV file has the columns ``unit`` (or ``device``), ``time`` (or ``time_ms``) and one a channel;
without ``unit`` it is one machine, called as the file. Rows of a unit are in order of time, and
the last one is its failure. ``time`` counts from when the machine was new, in any unit;
``time_ms`` from its first row, in hours. An empty cell was not measured.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, TextIO

import numpy as np
import pandas as pd

from contract.csv_labels import bare
from inference.errors import BadDataset
from inference.prognosis.lives import Array, Life, Lives

Form = Literal["csv", "cmapss"]
HOURS: Final = "hours"
_SEPARATORS: Final = ",;\t"
_UNITS: Final = ("unit", "device")
_TIMES: Final = ("time", "time_ms")
_MS_AN_HOUR: Final = 3_600_000.0
_NOT_MEASURED: Final = ("", "nan", "null", "none")
_MOST: Final = 1e100  # the sum of their squares is a number still
_LEAST_ROWS: Final = 5


def read(
    path: Path,
    *,
    known: Sequence[str] | None = None,
    conditions: Sequence[str] = (),
    time_unit: str = HOURS,
) -> Lives:
    """The machines of a CSV file, or of all in a folder.

    Args:
        path: where they are.
        known: the channels of the type; other columns are left unused. None: all are channels.
        conditions: those that say what a machine is told to do.
        time_unit: what ``time`` counts in.

    Raises:
        BadDataset: a file cannot be read or learned from; the text says which, where and why.
    """
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not files:
        raise BadDataset(f"{path} has no file *.csv of machines that were followed to failure.")
    tables = [_table(file) for file in files]
    chosen, unused = _channels(tables, known)
    missing = [name for name in conditions if name not in chosen]
    if missing:
        raise BadDataset(f"{path} has no column {missing[0]!r}; it has {', '.join(chosen)}.")
    lives = [life for table in tables for life in table.lives(chosen)]
    _check_once(lives, path)
    in_ms = tables[0].time == "time_ms"
    return Lives(
        channels=chosen,
        conditions=tuple(conditions),
        time_unit=HOURS if in_ms else time_unit,
        lives=tuple(lives),
        source=f"{len(lives)} machines in {path.name}, each followed to its failure",
        unused=unused,
    )


class _Table:
    """One file, as text; ``lines`` are those its rows stand on."""

    def __init__(self, path: Path, cells: dict[str, list[str]], lines: list[int]) -> None:
        self.path = path
        self._cells = cells
        self._lines = lines
        self.unit = next((name for name in _UNITS if name in cells), "")
        self.time = next((name for name in _TIMES if name in cells), "")
        if not self.time:
            raise BadDataset(
                f"{path} has no column time (nor time_ms); it has {', '.join(cells)[:200]}."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """All but those of unit and time."""
        return tuple(name for name in self._cells if name not in (self.unit, self.time))

    def lives(self, channels: Sequence[str]) -> list[Life]:
        """Of each unit one."""
        times = self._numbers(self.time, must=True)
        rows = np.stack([self._numbers(name) for name in channels], axis=1)
        return [self._life(unit, at, times[at], rows[at]) for unit, at in self._units().items()]

    def _units(self) -> dict[str, list[int]]:
        if not self.unit:
            return {self.path.stem: list(range(len(self._lines)))}
        found: dict[str, list[int]] = {}
        for at, name in enumerate(self._cells[self.unit]):
            if not name:
                raise self._wrong(at, self.unit, "it is empty")
            found.setdefault(name, []).append(at)
        return found

    def _life(self, unit: str, at: list[int], times: Array, rows: Array) -> Life:
        back = np.flatnonzero(np.diff(times) <= 0.0)
        if len(back):
            what = f"it is not later than the row of {unit!r} before it"
            raise self._wrong(at[back[0] + 1], self.time, what)
        if len(times) < _LEAST_ROWS:
            raise BadDataset(
                f"{self.path}: {unit!r} has {len(times)} rows; a life wants {_LEAST_ROWS} at least."
            )
        if times[0] < 0.0:
            raise self._wrong(at[0], self.time, "it is before 0, when the machine was new")
        ages = (times - times[0]) / _MS_AN_HOUR if self.time == "time_ms" else times
        return Life(unit=unit, ages=ages, rows=rows)

    def _numbers(self, name: str, *, must: bool = False) -> Array:
        texts = self._cells[name]
        found = pd.to_numeric(pd.Series(texts), errors="coerce").to_numpy(np.float64, copy=True)
        empty = np.array([text.lower() in _NOT_MEASURED for text in texts])
        found[empty] = np.nan
        wrong = np.flatnonzero(~(np.abs(found) < _MOST) & (must | ~empty))
        if len(wrong):
            at = int(wrong[0])
            what = "it is empty" if empty[at] else f"{texts[at][:40]!r} is no number"
            raise self._wrong(at, name, what)
        return found

    def _wrong(self, row: int, column: str, what: str) -> BadDataset:
        return BadDataset(f"{self.path}, line {self._lines[row]}, column {column}: {what}.")


def _table(path: Path) -> _Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=_between(file))
            found = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise BadDataset(f"{path} cannot be read: {str(error).strip()}.") from error
    filled = [(line, row) for line, row in found if any(row)]
    if len(filled) <= 1:
        raise BadDataset(f"{path} has no rows.")
    names = [bare(name) for name in filled[0][1]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadDataset(f"{path}, line {filled[0][0]}: there are two columns {twice!r}.")
    for line, row in filled[1:]:
        if len(row) != len(names):
            what = f"{len(row)} columns, and the names are of {len(names)}"
            raise BadDataset(f"{path}, line {line}: it has {what}.")
    cells = list(zip(*(row for _, row in filled[1:]), strict=True))
    columns = {name: list(cell) for name, cell in zip(names, cells, strict=True)}
    return _Table(path, columns, [line for line, _ in filled[1:]])


def _between(file: TextIO) -> str:
    """What its first line has most of; a comma where it has one column."""
    names = file.readline()
    file.seek(0)
    return max(_SEPARATORS, key=names.count)


def _channels(
    tables: Sequence[_Table], known: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that are learned from, and those that are not."""
    first = tables[0]
    for table in tables[1:]:
        if {*table.columns, table.time} != {*first.columns, first.time}:
            raise BadDataset(f"{table.path} has other columns than {first.path}.")
    chosen = tuple(name for name in first.columns if known is None or name in known)
    if not chosen:
        of = "" if known is None else f" of the type's channels, which are {', '.join(known)}"
        raise BadDataset(f"{first.path} has no column{of}: there is nothing to learn from.")
    return chosen, tuple(name for name in first.columns if name not in chosen)


def _check_once(lives: Sequence[Life], path: Path) -> None:
    names = [life.unit for life in lives]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadDataset(f"{path}: the unit {twice!r} is in two files.")
