"""What a machine measured around an alarm becomes a run: labelled while the alarm stood."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from contract.assets.words import Asset
from contract.csv_labels import bare
from contract.window import SLOWEST_PERIOD_MS, window_span_ms
from inference.errors import BadDataset
from inference.runs.dataset import Run
from inference.runs.verdict_rows import Verdict, time_ms
from inference.windows.features import FloatArray, IntArray, MaskArray, TimeArray
from inference.windows.inputs import inputs_of

NOT_TOLD: Final = -1  # in a run's truth: nobody said anything of that reading
_TIME: Final = "time"
_LARGEST: Final = 2.0**53
_LEAST: Final = 4  # readings: fewer show neither a trend nor a value that repeats
_CLEARS_AFTER_MS: Final = 3_000  # a gateway waits so long until an alarm that has gone is over


class Lines(Protocol):
    """What ``csv.reader`` gives."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, kw_only=True)
class _Rows:
    times_ms: list[int]
    values: list[list[float]]
    unfit: int = 0
    first_unfit: str = ""


def run_of(verdict: Verdict, *, asset: Asset, classes: Sequence[str]) -> tuple[Run, str | None]:
    """The run, and a sentence where rows of its file were left out.

    A cell that is empty was not measured then: what was before is held, as a gateway does.

    Raises:
        BadDataset: the file is not there, or nothing can be learned from it; the text names it.
    """
    found = _rows(verdict.readings, asset=asset)
    order = np.argsort(np.array(found.times_ms, dtype=np.int64), kind="stable")
    times_ms = np.array(found.times_ms, dtype=np.int64)[order]
    inputs = inputs_of(asset)
    sent = np.array(found.values, dtype=np.float64).reshape(len(order), len(asset.columns))[order]
    held, known = _held(sent)
    run = Run(
        group=verdict.device_id,
        time_ms=times_ms[known],
        rows=inputs.complete(held[known]),
        truth=_truth(times_ms[known], verdict, asset=asset, label=classes.index(verdict.truth)),
        intensity=np.full(int(known.sum()), np.nan),
        remembered=None if inputs.is_plain else inputs.remembered,
    )
    _check(run, verdict, asset=asset)
    told = None
    if found.unfit:
        told = f"{verdict.readings}: {found.unfit} row(s) left out, the first {found.first_unfit}."
    return run, told


def _held(sent: FloatArray) -> tuple[FloatArray, MaskArray]:
    """Each cell, or the last one above it; and in which rows all are known."""
    there = np.logical_not(np.isnan(sent))
    at = np.maximum.accumulate(np.where(there, np.arange(len(sent))[:, np.newaxis], 0), axis=0)
    held = np.take_along_axis(sent, at, axis=0)
    return held, np.logical_not(np.isnan(held).any(axis=1))


def _truth(times_ms: TimeArray, verdict: Verdict, *, asset: Asset, label: int) -> IntArray:
    """The class while the alarm stood, its delay included; nobody said anything of other times."""
    delay_s = asset.fault_delay_s(verdict.alarmed, confidence=0.0)
    from_ms = verdict.raised_ms - round(1000 * delay_s)
    until_ms = verdict.until_ms
    if until_ms is None:
        until_ms = int(times_ms[-1]) if len(times_ms) else verdict.raised_ms
    elif verdict.is_cleared:
        until_ms -= _CLEARS_AFTER_MS
    until_ms = max(until_ms, verdict.raised_ms)
    stood = (times_ms >= from_ms) & (times_ms <= until_ms)
    return np.where(stood, label, NOT_TOLD).astype(np.intp)


def _check(run: Run, verdict: Verdict, *, asset: Asset) -> None:
    count = int((run.truth != NOT_TOLD).sum())
    if count < _LEAST:
        raise BadDataset(
            f"{verdict.readings} has {count} whole reading(s) of while the alarm stood; "
            f"{_LEAST} are needed."
        )
    if window_span_ms(asset, run.period_ms) is None:
        raise BadDataset(
            f"{verdict.readings} has a reading every {run.period_ms / 1000:.0f} s, too rarely to "
            f"be judged: one every {SLOWEST_PERIOD_MS / 1000:.0f} s is needed."
        )
    if not np.isfinite(run.rows).all():
        raise BadDataset(f"{verdict.readings} has values of which none can be derived.")


def _rows(path: Path, *, asset: Asset) -> _Rows:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(csv.reader(file), path, asset=asset)
    except FileNotFoundError:
        raise BadDataset(f"{path} is missing.") from None
    except OSError as error:
        raise BadDataset(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDataset(f"{path} is not a CSV in UTF-8: {error}.") from None


def _read(reader: Lines, path: Path, *, asset: Asset) -> _Rows:
    header = [bare(name.strip()) for name in next(reader, [])]
    missing = [name for name in (_TIME, *asset.columns) if name not in header]
    if missing:
        raise BadDataset(f"{path}, line 1: lacks the column(s) {', '.join(missing)}.")
    at = {name: header.index(name) for name in (_TIME, *asset.columns)}
    times_ms: list[int] = []
    values: list[list[float]] = []
    unfit: list[str] = []
    for cells in filter(None, reader):
        try:
            moment, row = _row(cells, at, asset=asset, width=len(header))
        except ValueError as error:
            unfit.append(f"in line {reader.line_num}: {error}")
        else:
            times_ms.append(moment)
            values.append(row)
    return _Rows(
        times_ms=times_ms, values=values, unfit=len(unfit), first_unfit=unfit[0] if unfit else ""
    )


def _row(
    cells: list[str], at: Mapping[str, int], *, asset: Asset, width: int
) -> tuple[int, list[float]]:
    """Raises ValueError: the row cannot be read; the text says why."""
    if len(cells) != width:
        raise ValueError("it has another number of cells than the header")
    moment = time_ms(cells[at[_TIME]])
    if moment is None:
        raise ValueError(f"time is {cells[at[_TIME]]!r}")
    codes = inputs_of(asset).codes
    return moment, [_value(name, cells[at[name]].strip(), codes) for name in asset.columns]


def _value(name: str, text: str, codes: Mapping[str, Mapping[str, float]]) -> float:
    if not text:
        return math.nan
    if name in codes:
        if text not in codes[name]:
            raise ValueError(f"{name} is {text!r}, which it cannot be")
        return codes[name][text]
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}, no number") from None
    if not abs(found) < _LARGEST:
        raise ValueError(f"{name} is {text!r}, no number of a machine")
    return found
