"""The text form of C-MAPSS, NASA's simulated turbofans: 26 columns without names, a row a cycle."""

from pathlib import Path
from typing import Final

import numpy as np

from inference.errors import BadDataset
from inference.prognosis.lives import Array, Life, Lives

CYCLES: Final = "cycles"
HORIZON: Final = 125.0  # Heimes 2008: before, wear does not show; all published figures cap there
_CONDITIONS: Final = ("op1", "op2", "op3")
_CHANNELS: Final = (*_CONDITIONS, *(f"s{number}" for number in range(1, 22)))
_COLUMNS: Final = ("unit", "cycle", *_CHANNELS)


def read(path: Path) -> Lives:
    """Engines run to their failure: a file, or the one ``train_*.txt`` of a folder.

    Raises:
        BadDataset: it is not that; the text names file, line and column.
    """
    if path.is_dir():
        found = sorted(path.glob("train_*.txt"))
        if len(found) != 1:
            names = ", ".join(each.name for each in found) or "none"
            raise BadDataset(f"{path} should have one file train_*.txt, and has {names}: name it.")
        path = found[0]
    return _lives(path, None)


def asked(test: Path, truth: Path) -> Lives:
    """Engines that were cut off, and what each had left. Raises BadDataset."""
    rows = _numbers(truth, ("remaining",))
    return _lives(test, rows[:, 0])


def _lives(path: Path, remaining: Array | None) -> Lives:
    table = _numbers(path, _COLUMNS)
    units = np.unique(table[:, 0])
    if remaining is not None and len(remaining) != len(units):
        raise BadDataset(f"{path} has {len(units)} engines, of {len(remaining)} it is told.")
    lives = []
    for at, unit in enumerate(units):
        lines = np.flatnonzero(table[:, 0] == unit)
        own = table[lines]
        back = np.flatnonzero(np.diff(own[:, 1]) <= 0.0)
        if len(back):
            line = int(lines[back[0] + 1]) + 1
            raise BadDataset(f"{path}, line {line}, column cycle: it is not later than before.")
        left = 0.0 if remaining is None else float(remaining[at])
        lives.append(Life(unit=f"{unit:g}", ages=own[:, 1], rows=own[:, 2:], remaining=left))
    return Lives(
        channels=_CHANNELS,
        conditions=_CONDITIONS,
        time_unit=CYCLES,
        lives=tuple(lives),
        source=f"{len(lives)} simulated turbofans of {path.name} (NASA C-MAPSS)",
    )


def _numbers(path: Path, columns: tuple[str, ...]) -> Array:
    """Of each line its numbers. Raises BadDataset: there is a line that has others."""
    try:
        lines = path.read_text(encoding="utf-8").rstrip().split("\n")
    except (OSError, ValueError) as error:
        raise BadDataset(f"{path} cannot be read: {error}.") from error
    rows = [line.split() for line in lines]
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise BadDataset(
                f"{path}, line {number}: it has {len(row)} columns, and should have {len(columns)}."
            )
    try:
        table = np.array(rows, dtype=np.float64)
    except ValueError:
        raise _wrong(path, rows, columns) from None
    if not np.isfinite(table).all():
        raise _wrong(path, rows, columns)
    return table


def _wrong(path: Path, rows: list[list[str]], columns: tuple[str, ...]) -> BadDataset:
    number, name, text = next(
        (number, name, text)
        for number, row in enumerate(rows, 1)
        for name, text in zip(columns, row, strict=True)
        if not _is_number(text)
    )
    return BadDataset(f"{path}, line {number}, column {name}: {text[:40]!r} is no number.")


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
