"""A CSV exported from the gateway becomes runs: real machines, labelled by what was the case."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from contract.assets.words import NORMAL, Asset
from contract.csv_labels import bare
from contract.window import SLOWEST_PERIOD_MS, window_span_ms
from inference.errors import BadDataset
from inference.runs.dataset import Run
from inference.windows.inputs import inputs_of

# With fewer devices than this, their runs (epochs) are divided instead.
_ENOUGH_DEVICES: Final = 5
_LARGEST: Final = 2.0**53  # what is larger, or no number, is left out


def recorded(
    path: Path, *, asset: Asset, classes: tuple[str, ...] | None = None
) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """The runs in ``path``, and the classes that occur in them, normal first.

    ``classes``: that truth is an index into, whether or not they occur; for a test.

    Columns: ``time_ms``, ``device``, every required channel (``rpm`` or ``rpm [rpm]``), states and
    counters, ``truth``; ``epoch`` if there is one. Rows without truth or with a missing value are
    left out.

    Raises:
        BadDataset: the file cannot be read, lacks a column, or names a fault nobody knows.
    """
    table = _read(path, asset=asset)
    occurring = _classes(table, asset=asset, every=classes is None)
    classes = occurring if classes is None else classes
    devices = table["device"].nunique()
    runs = [
        _run(rows, group=str(key[0] if devices >= _ENOUGH_DEVICES else key), asset=asset,
             classes=classes)
        for key, rows in table.groupby(["device", "epoch"], sort=True)
    ]  # fmt: skip
    fitting = tuple(run for run in runs if window_span_ms(asset, run.period_ms) is not None)
    if not fitting:
        raise BadDataset(
            f"{path} has no machine that was read often enough to be judged, which is at least "
            f"every {SLOWEST_PERIOD_MS / 1000:.0f} s."
        )
    return fitting, classes


def _read(path: Path, *, asset: Asset) -> pd.DataFrame:
    states = {state.name: list(state.elements) for state in asset.states}
    texts = dict.fromkeys(("device", "epoch", "truth", *states), str)
    needed = ["time_ms", "device", *asset.columns, "truth"]
    try:
        table = pd.read_csv(path, dtype=texts)
    except (OSError, ValueError) as error:
        raise BadDataset(f"{path} cannot be read: {error}.") from error
    table = table.rename(columns=bare)
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise BadDataset(f"{path} lacks the column(s) {', '.join(missing)}.")
    if "epoch" not in table.columns:
        table["epoch"] = ""
    table["epoch"] = table["epoch"].fillna("")
    for name, values in states.items():  # what the state has not is left out
        codes = {value: float(at) for at, value in enumerate(values)}
        table[name] = table[name].map(codes)
    for name in needed:
        if name not in ("device", "truth"):
            table[name] = pd.to_numeric(table[name], errors="coerce")
    numbers = table[[name for name in needed if name not in ("device", "truth")]]
    table = table[(numbers.abs() < _LARGEST).all(axis=1)]
    return table.dropna(subset=needed).sort_values(["device", "epoch", "time_ms"], kind="stable")


def _classes(table: pd.DataFrame, *, asset: Asset, every: bool) -> tuple[str, ...]:
    present = set(table["truth"].unique())
    known = [NORMAL, *(fault.name for fault in asset.faults)]
    unknown = sorted(present.difference(known))
    if unknown:
        raise BadDataset(
            f"truth names {', '.join(map(repr, unknown))}; the classes of {asset.name!r} are "
            f"{', '.join(known)}."
        )
    if every and (NORMAL not in present or len(present) == 1):
        raise BadDataset(
            f"Training needs rows whose truth is {NORMAL!r} and rows with at least one fault."
        )
    return tuple(name for name in known if name in present)


def _run(rows: pd.DataFrame, *, group: str, asset: Asset, classes: Sequence[str]) -> Run:
    truth = rows["truth"].map(dict(zip(classes, range(len(classes)), strict=True)))
    inputs = inputs_of(asset)
    return Run(
        group=group,
        time_ms=rows["time_ms"].to_numpy(dtype=np.int64),
        rows=inputs.complete(rows[list(asset.columns)].to_numpy(dtype=np.float64)),
        remembered=None if inputs.is_plain else inputs.remembered,
        truth=truth.to_numpy().astype(np.intp),
        intensity=np.full(len(rows), np.nan),
    )
