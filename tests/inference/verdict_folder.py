"""A folder of verdicts as ``python -m gateway verdicts --out FOLDER`` writes it."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from contract.assets.words import Asset
from inference.runs.dataset import Run
from inference.runs.verdict_rows import COLUMNS, TABLE

BEGAN_MS = 1_764_000_000_000


def iso(time_ms: int | None) -> str:
    if time_ms is None:
        return ""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def row(alarm: str, **others: str) -> dict[str, str]:
    """A fan's, of an alarm of overcurrent that was right."""
    usual = {
        "alarm_id": alarm,
        "device_id": "fan-01",
        "asset": "fan",
        "kind": "fault",
        "cause": "fault_overcurrent",
        "verdict": "right",
        "raised_at": iso(BEGAN_MS + 20_000),
        "cleared_at": iso(BEGAN_MS + 60_000),
        "decided_at": iso(BEGAN_MS + 90_000),
        "readings": f"readings/{alarm}.csv",
    }
    return dict.fromkeys(COLUMNS, "") | usual | others


def write(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / TABLE).open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows)
    return folder


def readings(path: Path, asset: Asset, rows: Sequence[Sequence[object]], *, step_ms: int) -> None:
    """Values in the order of ``asset.columns``; the first is of ``BEGAN_MS``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["time", *asset.columns])
        for at, values in enumerate(rows):
            table.writerow([iso(BEGAN_MS + at * step_ms), *values])


def of_run(
    folder: Path, run: Run, asset: Asset, *, alarm: str, first: int, end: int, **others: str
) -> dict[str, str]:
    """The row of an alarm that stood from ``first`` to before ``end``, and its readings beside it.

    A minute before it is in the file, as far as there is one.
    """
    since = max(0, int(np.searchsorted(run.time_ms, run.time_ms[first] - 60_000)))
    path = folder / "readings" / f"{alarm}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["time", *asset.columns])
        for at in range(since, min(end + 1, len(run.rows))):
            values = [repr(value) for value in run.rows[at].tolist()]
            table.writerow([iso(BEGAN_MS + int(run.time_ms[at])), *values])
    times = run.time_ms
    return row(
        alarm,
        **{
            "device_id": run.group,
            "raised_at": iso(BEGAN_MS + int(times[first])),
            "cleared_at": iso(BEGAN_MS + int(times[min(end, len(times) - 1)])),
            **others,
        },
    )
