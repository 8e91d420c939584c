"""What people said of alarms, as ``python -m gateway verdicts`` writes it, becomes verdicts."""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from contract.assets.words import NORMAL, Asset
from inference.errors import BadDataset

TABLE: Final = "verdicts.csv"
COLUMNS: Final = (
    "alarm_id", "device_id", "asset", "kind", "cause", "verdict", "true_cause", "raised_at",
    "cleared_at", "decided_at", "note", "readings",
)  # fmt: skip
Kind = Literal["right", "nothing", "normal_here", "cause"]
_KINDS: Final[dict[str, Kind]] = {
    "right": "right",
    "nothing": "nothing",
    "normal_here": "normal_here",
    "cause": "cause",
}
_FAULT: Final = "fault_"  # so begins what a gateway calls an alarm of a class
_ABOUT_THE_MACHINE: Final = ("fault", "limit")
_WRITES: Final = "`python -m gateway verdicts --out FOLDER` writes one"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A person's word on one alarm.

    Attributes:
        line: of the table, for whoever reads that something is wrong with it.
        alarmed: what the alarm said: a class, or something else where it was of a limit.
        truth: the class that was the case; ``normal`` where nothing was wrong.
        raised_ms: when it was raised; Unix milliseconds, as the next two.
        until_ms: when it was over, or when the person said so; None where nobody knows.
        is_cleared: whether ``until_ms`` is when it was over.
        readings: the file of what was measured then.
    """

    line: int
    alarm_id: str
    device_id: str
    kind: Kind
    alarmed: str
    truth: str
    raised_ms: int
    until_ms: int | None
    is_cleared: bool
    readings: Path

    @property
    def key(self) -> str:
        """What it is called in reports."""
        return f"{self.device_id}/{self.alarm_id}"


class _Unfit(Exception):
    """The row cannot be used; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The verdicts on one type, a sentence on each row that is none, and how many of others."""

    verdicts: tuple[Verdict, ...]
    unfit: tuple[str, ...]
    of_others: int


def read(folder: Path, *, asset: Asset, classes: tuple[str, ...]) -> Table:
    """The table in ``folder``.

    Args:
        folder: what the gateway wrote.
        asset: of which type.
        classes: that a model of it can tell.

    Raises:
        BadDataset: there is no such table, or it cannot be read.
    """
    path = folder / TABLE
    found: dict[str, Verdict] = {}
    unfit: list[str] = []
    others = 0
    for line, row in _rows(path):
        if row is not None and row["asset"].strip() not in ("", asset.name):
            others += 1
            continue
        try:
            verdict = _verdict(line, row, folder=folder, asset=asset, classes=classes)
            _check_new(verdict, found)
        except _Unfit as error:
            unfit.append(f"{path}, line {line}: {error}.")
        else:
            found[verdict.key] = verdict
    return Table(verdicts=tuple(found.values()), unfit=tuple(unfit), of_others=others)


def check(folder: Path) -> None:
    """Raises BadDataset: there is no table of verdicts in ``folder``, or it cannot be read."""
    for _ in _rows(folder / TABLE):
        pass


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    """Each row with its line; None for one of another length."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            _check(header, path)
            for cells in reader:
                if cells:
                    fits = len(cells) == len(header)
                    yield reader.line_num, dict(zip(header, cells, strict=True)) if fits else None
    except FileNotFoundError:
        raise BadDataset(f"There is no {path}: {_WRITES}.") from None
    except OSError as error:
        raise BadDataset(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDataset(f"{path} is not a CSV in UTF-8: {error}.") from None


def _check(header: list[str], path: Path) -> None:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise BadDataset(f"{path}, line 1: lacks the column(s) {', '.join(missing)}; {_WRITES}.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BadDataset(f"{path}, line 1: has the column(s) {', '.join(twice)} twice.")


def _check_new(verdict: Verdict, found: Mapping[str, Verdict]) -> None:
    if verdict.key in found:
        raise _Unfit(
            f"alarm {verdict.alarm_id} of {verdict.device_id} is in line {found[verdict.key].line}"
        )


def _verdict(
    line: int,
    row: Mapping[str, str] | None,
    *,
    folder: Path,
    asset: Asset,
    classes: tuple[str, ...],
) -> Verdict:
    if row is None:
        raise _Unfit("has another number of cells than the header")
    row = {name: cell.strip() for name, cell in row.items()}
    for name in ("alarm_id", "device_id", "asset"):
        if not row[name]:
            raise _Unfit(f"{name} is empty")
    if row["kind"] and row["kind"] not in (*_ABOUT_THE_MACHINE, *classes):
        raise _Unfit(f"an alarm of kind {row['kind']!r} is not about what the machine measured")
    cleared_ms = _time_ms(row, "cleared_at")
    decided_ms = _time_ms(row, "decided_at")
    return Verdict(
        line=line,
        alarm_id=row["alarm_id"],
        device_id=row["device_id"],
        kind=_kind(row["verdict"]),
        alarmed=row["cause"].removeprefix(_FAULT),
        truth=_truth(row, asset=asset, classes=classes),
        raised_ms=_raised_ms(row),
        until_ms=decided_ms if cleared_ms is None else cleared_ms,
        is_cleared=cleared_ms is not None,
        readings=_readings(row["readings"], folder),
    )


def _kind(word: str) -> Kind:
    if word not in _KINDS:
        raise _Unfit(f"verdict is {word!r}; it is one of {', '.join(_KINDS)}")
    return _KINDS[word]


def _truth(row: Mapping[str, str], *, asset: Asset, classes: tuple[str, ...]) -> str:
    if _kind(row["verdict"]) in ("nothing", "normal_here"):
        return NORMAL
    cause = row["true_cause"]
    if not cause and row["verdict"] == "right":
        cause = row["cause"].removeprefix(_FAULT)
    if cause not in classes or cause == NORMAL:
        raise _Unfit(
            f"{cause!r} is no cause that a model of {asset.name} can tell; those are "
            f"{', '.join(name for name in classes if name != NORMAL)}"
        )
    return cause


def _raised_ms(row: Mapping[str, str]) -> int:
    found = _time_ms(row, "raised_at")
    if found is None:
        raise _Unfit("raised_at is empty")
    return found


def _time_ms(row: Mapping[str, str], name: str) -> int | None:
    if not row[name]:
        return None
    found = time_ms(row[name])
    if found is None:
        raise _Unfit(f"{name} is {row[name]!r}, no time such as 2026-01-31T08:00:00.000Z")
    return found


def time_ms(text: str) -> int | None:
    """Unix milliseconds of a time in ISO 8601 with its offset from UTC; None of anything else."""
    try:
        found = datetime.fromisoformat(text.strip())
        return None if found.tzinfo is None else math.floor(found.timestamp() * 1000 + 0.5)
    except (ValueError, OverflowError):
        return None


def _readings(name: str, folder: Path) -> Path:
    if not name:
        raise _Unfit("there are no readings of that time (any more)")
    path = folder / name
    try:
        is_inside = path.resolve().is_relative_to(folder.resolve())
    except (ValueError, OSError, RuntimeError):  # a zero byte; a link to itself
        is_inside = False
    if not is_inside:
        raise _Unfit(f"readings is {name!r}, which is not a file in the same folder")
    return path
