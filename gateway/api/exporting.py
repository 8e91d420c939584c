"""``python -m gateway export``: the readings of devices, or their events, out of the journal."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import apsw

from contract import assets
from contract.assets.words import Asset
from contract.errors import GatewayError, NotFound, Refused
from contract.settings import Settings
from gateway.api import event_table
from gateway.api.columns import table_of
from gateway.api.export import Lines, Pages, Source, broken_off, newest_id
from gateway.api.instants import LATEST_MS, iso, moment_ms
from gateway.api.queries.registry import described_in, tariffs_in, wall_ms
from gateway.api.relative import EXAMPLES, Clock
from gateway.journal import ending
from gateway.journal.reader import open_read_only
from gateway.journal.removals import GONE
from gateway.journal.trouble import translated

if TYPE_CHECKING:
    from rich.progress import Progress

_NO_LOG: Final = (
    "there is no {0}-wal beside {0}: if there was one where this journal comes from, put it there, "
    "as the newest readings are only in it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``export`` understands."""
    parser.add_argument(
        "--from",
        dest="from_",
        metavar="TIME",
        help=f"start (included): Unix ms, ISO 8601, or from now on ({EXAMPLES}: --from=-24h)",
    )
    parser.add_argument("--to", metavar="TIME", help="end (not included), likewise")
    parser.add_argument(
        "--device", action="append", metavar="ID", help="this device; may be repeated (all)"
    )
    parser.add_argument(
        "--events", action="store_true", help="what has happened, instead of the readings"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write to FILE (standard output)")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the readings or events that ``args`` ask for, device by device; returns an exit code.

    Raises:
        NotFound: there is no journal, or no such device.
        Refused: a time cannot be read, or the output not be written.
        Damaged, Unavailable: the journal cannot be read to its end; the last line says so too.
    """
    clock = Clock(settings.site_time, wall_ms)
    from_ms = moment_ms(args.from_, clock) if args.from_ else 0
    to_ms = moment_ms(args.to, clock, is_end=True) if args.to else LATEST_MS
    if from_ms > to_ms:
        raise Refused(f"--from ({iso(from_ms)}) is later than --to ({iso(to_ms)}).")
    path = settings.journal_path
    with translated(path), contextlib.closing(open_journal(path)) as connection:
        sources = _sources(connection, args.device, settings)
        lines = event_table.lines_of(*(each.asset for each in sources)) if args.events else None
        try:
            with _opened(args.out) as out, _told_in(out, path):
                _write(connection, sources, out, lines, from_ms=from_ms, to_ms=to_ms)
        except BrokenPipeError:  # as with `| head`: enough has been read
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise Refused(f"{args.out or 'Standard output'} cannot be written: {error}.") from error
    return 0


@contextlib.contextmanager
def _told_in(out: TextIO, journal: Path) -> Iterator[None]:
    try:
        with translated(journal):
            yield
    except GatewayError as error:
        out.write(broken_off(error))
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
    left = ending.load(path)
    return left is not None and left.is_clean(path)


def _sources(
    connection: apsw.Connection, wanted: list[str] | None, settings: Settings
) -> list[Source]:
    sql = "SELECT name, id, asset FROM device WHERE name < ? ORDER BY name"
    rows = list(connection.execute(sql, (GONE,)))
    known = {name: (id_, asset) for name, id_, asset in rows}
    names = list(dict.fromkeys(wanted)) if wanted else list(known)
    for name in names:
        if name not in known:
            raise NotFound(f"The journal knows no device {name!r}; it knows {_some(known)}.")
    types = {name: type_of(connection, name, known[name][1]) for name in names}
    table = table_of(types.values())
    tariffs = tariffs_in(connection, settings)
    return [
        Source(known[name][0], name, asset, table, tariffs.params(name, asset))
        for name, asset in types.items()
    ]


def type_of(connection: apsw.Connection, device: str, name: str) -> Asset:
    """The type of a device; of one of none, what describes it."""
    if name in assets.CATALOGUE:
        return assets.get(name)
    return described_in(connection, device).asset


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:10]) + (", ..." if len(listed) > 10 else "") if listed else "none"  # noqa: PLR2004


def _write(
    connection: apsw.Connection,
    sources: list[Source],
    out: TextIO,
    lines: Lines | None,
    *,
    from_ms: int,
    to_ms: int,
) -> None:
    up_to_id = newest_id(connection)
    table = sources[0].table if sources else table_of(())
    out.write(lines.header if lines else table.header)
    rows = 0
    with _progress() as progress:
        task = progress.add_task("devices", total=len(sources), rows=rows)
        for source in sources:
            pages = Pages(source, from_ms=from_ms, to_ms=to_ms, up_to_id=up_to_id, lines=lines)
            while page := pages.read(connection):
                out.write(page)
                progress.update(task, rows=rows + pages.rows)
            rows += pages.rows
            progress.advance(task)


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
def _opened(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that is only there once it is whole."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as out:
            yield out
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
