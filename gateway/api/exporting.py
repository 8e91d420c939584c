"""``python -m gateway export``: readings, events or figures of machines, out of the journal."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, get_args

import apsw

from contract.buckets import Bucket
from contract.errors import GatewayError, NotFound, Refused
from contract.settings import Settings
from gateway.api.export import Export
from gateway.api.export_choice import FORMATS, Chosen
from gateway.api.relative import EXAMPLES
from gateway.journal import ending
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated

if TYPE_CHECKING:
    from rich.progress import Progress

_BUCKETS: Final = get_args(Bucket)
_NO_LOG: Final = (
    "there is no {0}-wal beside {0}: if there was one where this journal comes from, put it there, "
    "as the newest readings are only in it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``export`` understands."""
    add = parser.add_argument
    times = f"Unix ms, ISO 8601, or from now on ({EXAMPLES}: --from=-24h)"
    add("--from", dest="from_", metavar="TIME", help=f"start (included): {times}")
    add("--to", metavar="TIME", help="end (not included), likewise")
    add("--device", action="append", metavar="ID", help="this device; may be repeated (all)")
    add("--out", type=Path, metavar="FILE", help="write to FILE (standard output)")
    add("--format", choices=FORMATS, help="as FILE ends, else csv")
    add("--events", action="store_true", help="what has happened, instead of the readings")
    told = f"figures instead, by {', '.join(_BUCKETS)}"
    add("--kpis", choices=_BUCKETS, metavar="BUCKET", help=told)
    add("--names", metavar="NAMES", help="of --kpis these alone, with commas: energy_wh,cost")
    add("--unit-row", action="store_true", help="CSV: units in a row below the header")
    add("--decimal-comma", action="store_true", help="CSV: numbers as 1,5, and ; between cells")
    add("--zone", metavar="ZONE", help="CSV: of times in ISO 8601 (UTC; of --kpis the site's)")
    add("--leave-out-damaged", action="store_true",
        help="name what of the archive cannot be read at the end, and export all else")  # fmt: skip


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write what ``args`` ask for, machine by machine; returns an exit code.

    Raises:
        NotFound: there is no journal, or no such device.
        Refused: a time cannot be read, things do not go together, or the output cannot be written.
        Unreadable: something of the archive cannot be read; the text names the files.
        Damaged, Unavailable: the journal cannot be read to its end; the last line says so too.
    """
    chosen = Chosen(args, settings)
    path = settings.journal_path
    with translated(path), contextlib.closing(open_journal(path)) as connection:
        export, machines = chosen.export(connection)
        try:
            with _opened(args.out) as out, _told_in(out, export, path):
                _write(connection, export, out, machines=machines)
        except BrokenPipeError:  # as with `| head`: enough has been read
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise Refused(f"{args.out or 'Standard output'} cannot be written: {error}.") from error
    return 0


@contextlib.contextmanager
def _told_in(out: BinaryIO, export: Export, journal: Path) -> Iterator[None]:
    try:
        with translated(journal):
            yield
    except GatewayError as error:
        out.write(export.broken_off(error))
        raise


def open_journal(path: Path) -> apsw.Connection:
    """Read only, beside a gateway or without one. Raises NotFound: there is none."""
    if not path.exists():
        raise NotFound(
            f"There is no journal at {path}: start the gateway once, or set EDGETWIN_DATA_DIR."
        )
    if not path.with_name(f"{path.name}-wal").exists() and not _was_closed(path):
        print(f"export: {_NO_LOG.format(path.name)}", file=sys.stderr)  # noqa: T201 - for a person
    return open_read_only(path)


def _was_closed(path: Path) -> bool:
    """Whether it is all there is: closed by a gateway, or a copy that needs no log, as restored."""
    left = ending.load(path)
    return (left is not None and left.is_clean(path)) or not _has_log(path)


def _has_log(path: Path) -> bool:
    """Whether there is a log beside it while somebody writes (SQLite's file format, 1.3.3)."""
    with path.open("rb") as file:
        return file.read(20)[18:] != b"\x01\x01"


def _write(connection: apsw.Connection, export: Export, out: BinaryIO, *, machines: int) -> None:
    out.write(export.head())
    with _progress() as progress:
        task = progress.add_task("devices", total=machines, rows=0)
        while (piece := export.read(connection)) is not None:
            out.write(piece())
            progress.update(task, rows=export.rows, completed=export.done)
        progress.update(task, rows=export.rows, completed=export.done)
    out.write(export.end())


def _progress() -> "Progress":
    from rich.console import Console  # noqa: PLC0415  (the gateway starts without it)
    from rich.progress import (  # noqa: PLC0415
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is only there once it is whole."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("wb") as out:
            yield out
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
