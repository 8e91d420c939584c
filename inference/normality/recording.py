"""A recording of any machine: what is normal of it, learned from a CSV without labels."""

from pathlib import Path

import msgspec
import numpy as np
import pandas as pd

from contract.csv_labels import bare
from inference.classifier.history import replace
from inference.errors import BadDataset
from inference.normality.memory import Memory, remembered
from inference.normality.proof import learned

NORMAL_FILE = "normal.json"
_SEPARATORS = ",;\t"
_NO_CHANNEL = ("time_ms", "board_time_ms", "seq", "anomaly", "changepoint")


def learned_from(path: Path) -> Memory:
    """What is normal by the rows of ``path``: one machine, oldest first, nothing wrong in it.

    Every column of numbers is a channel, times and labels of known names apart.

    Raises:
        BadDataset: it cannot be read, has no numbers, or too few rows.
    """
    rows, channels = _read(path)
    return remembered(learned(rows, first=len(rows)), channels)


def write(memory: Memory, directory: Path) -> Path:
    """Keep it in ``directory``, whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / NORMAL_FILE
    replace(path, msgspec.json.encode(memory))
    return path


def _read(path: Path) -> tuple["np.ndarray[tuple[int, ...], np.dtype[np.float64]]", list[str]]:
    try:
        table = pd.read_csv(path, sep=_separator(path)).rename(columns=bare)
    except (OSError, ValueError) as error:
        raise BadDataset(f"{path} cannot be read: {error}.") from error
    numbers = table.select_dtypes("number")
    channels = [str(name) for name in numbers.columns if name not in _NO_CHANNEL]
    if not channels:
        raise BadDataset(f"{path} has no column of numbers to learn from.")
    return numbers[channels].to_numpy(dtype=np.float64), channels


def _separator(path: Path) -> str:
    """What its first line has most of; a comma where it has one column."""
    with path.open(encoding="utf-8") as file:
        headings = file.readline()
    return max(_SEPARATORS, key=headings.count)
