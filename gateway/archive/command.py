"""``python -m gateway archive``: which days are in files, how large they are, and how they do."""

import argparse
import contextlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw

from contract.errors import NotFound
from contract.settings import Settings
from gateway.archive import suspects
from gateway.archive.files import damage, fault_of
from gateway.archive.layout import path_of, root_beside, shown, told
from gateway.journal.archived import Day, every_day
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_COLUMNS: Final = ("machine", "days", "from", "to", "readings", "events", "bytes", "B/reading")
_NUMBERS: Final = (1, 4, 5, 6, 7)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``archive`` understands."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="what there is (the default)")
    what.add_argument(
        "--verify", action="store_true", help="read every file, and compare it with the ledger"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Say what there is, or what is wrong with it; returns an exit code.

    Raises:
        NotFound: there is no journal. Damaged, Unavailable: it cannot be read.
    """
    from rich.console import Console  # noqa: PLC0415  (the gateway starts without it)

    path = settings.journal_path
    if not path.exists():
        raise NotFound(
            f"There is no journal at {path}: start the gateway once, or set EDGETWIN_DATA_DIR."
        )
    with translated(path):
        connection = open_read_only(path)
        days = [day for day in every_day(connection) if day.is_readable]
        names: dict[int, str] = dict(_names(connection))
        connection.close()
    console = Console(soft_wrap=True)
    if args.verify:
        return _verify(days, root_beside(path), console)
    console.print(_listed(days, names) if days else "No day of readings is in a file yet.")
    return 0


def _names(connection: apsw.Connection) -> Iterator[tuple[int, str]]:
    rows: Any = connection.execute("SELECT id, name FROM device")
    return iter(rows)


def _listed(days: Iterable[Day], names: dict[int, str]) -> "Table":
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None)
    for at, name in enumerate(_COLUMNS):
        table.add_column(name, no_wrap=True, justify="right" if at in _NUMBERS else "left")
    for device_id, its in groupby(days, key=lambda day: day.device_id):
        table.add_row(names.get(device_id, "?"), *_cells(list(its)))
    return table


def _cells(days: list[Day]) -> tuple[str, ...]:
    rows, size = sum(day.rows for day in days), sum(day.size for day in days)
    each = f"{size / rows:.2f}" if rows else ""
    return (
        f"{len(days)}", told(days[0].day_ms), told(days[-1].day_ms), f"{rows:,}",
        f"{sum(day.events for day in days):,}", f"{size:,}", each,
    )  # fmt: skip


def _verify(days: list[Day], root: Path, console: "Console") -> int:
    faults = [fault for day in days if (fault := _fault(day, root)) is not None]
    for fault in faults:
        console.print(fault)
    console.print(f"{len(days)} files, {len(faults)} of them damaged or missing.")
    with contextlib.suppress(OSError):  # whoever may read alone: the gateway looks in its turn
        if faults:
            suspects.leave(root.parent, faults)
    return 1 if faults else 0


def _fault(day: Day, root: Path) -> str | None:
    from pyarrow.parquet import read_metadata  # noqa: PLC0415  (only where it is wanted)

    path = path_of(root, day.folder, day.day_ms)
    fault = fault_of(path, size=day.size, sha256=day.sha256)
    if fault is not None:
        return fault
    try:
        rows = read_metadata(path).num_rows
    except (OSError, ValueError) as error:
        return damage(path, error)
    if rows != day.rows + day.events:
        return f"{shown(path)} has {rows} rows, and should have {day.rows + day.events}."
    return None
