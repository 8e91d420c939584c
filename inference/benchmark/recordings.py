"""The public recordings in the folder ``EDGETWIN_DATA``: read, and named with where to get them."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from inference.errors import BadDataset
from inference.normality.normal import Array

SKAB: Final = "skab/other"
NAB: Final = "nab"
CMAPSS: Final = "cmapss"
_NAB_FILE: Final = "machine_temperature_system_failure.csv"
_LABELS: Final = ("anomaly", "changepoint")

OBTAIN: Final = {
    SKAB: "github.com/waico/SKAB, its folder data/other, as {folder}/skab/other/1.csv to 14.csv",
    NAB: "github.com/numenta/NAB: data/realKnownCause/machine_temperature_system_failure.csv as "
    "{folder}/nab/machine_temperature_system_failure.csv, and that file's entry of "
    "labels/combined_windows.json as {folder}/nab/windows.json",
    CMAPSS: "NASA (Turbofan Engine Degradation Simulation, data.nasa.gov): its train_FD001.txt, "
    "test_FD001.txt and RUL_FD001.txt as {folder}/cmapss/; FD002 to FD004 likewise",
}


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One file: (N, C) rows, (N,) times in seconds, (N,) whether something was wrong."""

    name: str
    times_s: Array
    rows: Array
    wrong: Array
    windows: tuple[tuple[float, float], ...] = ()


def skab(folder: Path) -> list[Recording]:
    """Every file of SKAB's ``other``, a pump with a valve. Raises BadDataset."""
    paths = sorted((folder / SKAB).glob("*.csv"), key=lambda path: (len(path.stem), path.stem))
    if not paths:
        raise missing(SKAB, folder)
    return [_skab(path) for path in paths]


def nab(folder: Path) -> Recording:
    """The internal temperature of a machine until it failed. Raises BadDataset."""
    path, labels = folder / NAB / _NAB_FILE, folder / NAB / "windows.json"
    if not path.exists() or not labels.exists():
        raise missing(NAB, folder)
    table = _read(path, ",")
    times_s = _seconds(table["timestamp"])
    [found] = json.loads(labels.read_text()).values()
    windows = tuple((_instant(begin), _instant(end)) for begin, end in found)
    wrong = np.zeros(len(times_s))
    for begin, end in windows:
        wrong[(times_s >= begin) & (times_s <= end)] = 1.0
    rows = table[["value"]].to_numpy(dtype=np.float64)
    return Recording(name=path.name, times_s=times_s, rows=rows, wrong=wrong, windows=windows)


def missing(what: str, folder: Path) -> BadDataset:
    """The sentence on how to come by it."""
    where = OBTAIN[what].format(folder=folder)
    return BadDataset(f"{folder / what} is missing. It is public: get it from {where}.")


def _skab(path: Path) -> Recording:
    table = _read(path, ";")
    if "anomaly" not in table:
        raise BadDataset(f"{path} has no column anomaly.")
    channels = [name for name in table.columns[1:] if name not in _LABELS]
    return Recording(
        name=path.name,
        times_s=_seconds(table[table.columns[0]]),
        rows=table[channels].to_numpy(dtype=np.float64),
        wrong=table["anomaly"].to_numpy(dtype=np.float64),
    )


def _read(path: Path, separator: str) -> pd.DataFrame:
    try:
        return pd.read_csv(path, sep=separator)
    except (OSError, ValueError) as error:
        raise BadDataset(f"{path} cannot be read: {error}.") from error


def _seconds(column: "pd.Series[str]") -> Array:
    times = pd.to_datetime(column, utc=True)
    since = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return np.asarray(since, dtype=np.float64)


def _instant(text: str) -> float:
    return datetime.fromisoformat(f"{text}+00:00").timestamp()
