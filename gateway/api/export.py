"""Readings out of the journal as CSV, a page at a time: for a route, and for ``export``.

A page is a query of its own that goes on where the last one ended. So an export takes constant
memory however long it is, holds no transaction open beside a running gateway, and never meets the
readings that were stored after it began.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO

import apsw

from contract import assets
from contract.assets.words import Asset
from contract.diagnosing import IN_FORCE_MS
from contract.errors import GatewayError, NotFound, Refused
from contract.settings import Settings
from gateway.api.columns import Table, cells_of, line_of, table_of, text_cell
from gateway.api.instants import LATEST_MS, parse_ms
from gateway.api.queries.registry import described_in
from gateway.journal import ending
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated

if TYPE_CHECKING:
    from rich.progress import Progress

PAGE_ROWS: Final = 2_000
_NO_LOG: Final = (
    "there is no {0}-wal beside {0}: if there was one where this journal comes from, put it there, "
    "as the newest readings are only in it."
)


@dataclass(frozen=True)
class Source:
    """A device as it is exported, in a table that may have columns it has no values for."""

    device_id: int
    device: str
    asset: Asset
    table: Table


def newest_id(connection: apsw.Connection) -> int:
    """The id of the newest reading: those stored later are left out of an export."""
    found: Any = connection.execute("SELECT coalesce(max(id), 0) FROM reading").fetchone()
    return int(found[0])


def broken_off(error: Exception) -> str:
    """The last line of an export that could not be brought to its end."""
    return f"# INCOMPLETE: the rest could not be read. {' '.join(str(error).split())}\n"


class Pages:
    """The readings of one device in order of (time, arrival), page after page; or its events.

    Args:
        source: the device.
        from_ms, to_ms: the range.
        up_to_id: nothing that was stored later.
        lines: what makes the lines of a page instead.
    """

    def __init__(
        self,
        source: Source,
        *,
        from_ms: int,
        to_ms: int,
        up_to_id: int,
        lines: "Lines | None" = None,
    ) -> None:
        self.source = source
        self.rows = 0
        made = lines or Lines(source.table.header, _line(source), "r.event IS NULL")
        self.header, self._sql = made.header, _page_sql(made)
        self._to_ms = to_ms
        self._up_to_id = up_to_id
        self._at = (from_ms, -1)  # the last row that was read

    def read(self, connection: apsw.Connection) -> str:
        """The next lines of CSV; empty when there are no more."""
        source = self.source
        bindings = (source.device_id, *self._at, self._to_ms, self._up_to_id, source.device)
        found: list[Any] = connection.execute(self._sql, bindings).fetchall()
        if not found:
            return ""
        self.rows += len(found)
        self._at = found[-1][0], found[-1][1]
        return "".join(line for _, _, line in found)


class Lines(NamedTuple):
    """A table as SQLite makes it: its header, SQL for a line, and which rows."""

    header: str
    line: str
    only: str


def _line(source: Source) -> str:
    cells = cells_of(source.table, source.asset)
    return line_of([*CELLS, *cells, text_cell("r.truth"), text_cell(_IN_FORCE)])


def _page_sql(lines: Lines) -> str:
    return f"""
SELECT r.time_ms, r.id, {lines.line}
FROM reading r JOIN epoch e ON e.id = r.epoch
WHERE {lines.only} AND r.device = ?1 AND (r.time_ms, r.id) > (?2, ?3) AND r.time_ms < ?4
    AND r.id <= ?5
ORDER BY r.time_ms, r.id LIMIT {PAGE_ROWS}"""  # noqa: S608 - the catalogue's names, quoted


# A row with ``stale`` set says where being judged ended: it stands for its own moment only.
_IN_FORCE: Final = f"""(
    SELECT CASE WHEN d.time_ms = r.time_ms OR NOT d.body ->> 'stale' THEN d.fault END
    FROM diagnosis d
    WHERE d.device = ?1 AND d.time_ms <= r.time_ms AND d.time_ms > r.time_ms - {IN_FORCE_MS}
    ORDER BY d.time_ms DESC, d.id DESC LIMIT 1)"""  # noqa: S608 - a number


# The board's own time is stored only where it says another thing than ``time_ms``.
CELLS: Final = (
    "r.time_ms",
    "strftime('%Y-%m-%dT%H:%M:%fZ', r.time_ms / 1000.0, 'unixepoch')",
    "coalesce(r.board_ms, iif(r.stamped, '', r.time_ms))",
    "?6",
    text_cell("e.name"),
    "r.seq",
)


# ---------------------------------------------------------------- python -m gateway export


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``export`` understands."""
    parser.add_argument(
        "--from", dest="from_", metavar="TIME", help="start (included): Unix ms or ISO 8601"
    )
    parser.add_argument("--to", metavar="TIME", help="end (not included): Unix ms or ISO 8601")
    parser.add_argument(
        "--device", action="append", metavar="ID", help="this device; may be repeated (all)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write to FILE (standard output)")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the readings that ``args`` ask for, device by device; returns an exit code.

    Raises:
        NotFound: there is no journal, or no such device.
        Refused: a time cannot be read, or the output not be written.
        Damaged, Unavailable: the journal cannot be read to its end; the last line says so too.
    """
    from_ms = parse_ms(args.from_) if args.from_ else 0
    to_ms = parse_ms(args.to) if args.to else LATEST_MS
    if from_ms > to_ms:
        raise Refused(f"--from ({from_ms}) is later than --to ({to_ms}).")
    path = settings.journal_path
    with translated(path), contextlib.closing(_open(path)) as connection:
        sources = _sources(connection, args.device)
        try:
            with _opened(args.out) as out, _told_in(out, path):
                _write(connection, sources, out, from_ms=from_ms, to_ms=to_ms)
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


def _open(path: Path) -> apsw.Connection:
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


def _sources(connection: apsw.Connection, wanted: list[str] | None) -> list[Source]:
    rows = list(connection.execute("SELECT name, id, asset FROM device ORDER BY name"))
    known = {name: (id_, asset) for name, id_, asset in rows}
    names = list(dict.fromkeys(wanted)) if wanted else list(known)
    for name in names:
        if name not in known:
            raise NotFound(f"The journal knows no device {name!r}; it knows {_some(known)}.")
    types = {name: _type(connection, name, known[name][1]) for name in names}
    table = table_of(types.values())
    return [Source(known[name][0], name, types[name], table) for name in names]


def _type(connection: apsw.Connection, device: str, name: str) -> Asset:
    """The type of a device; of one of none, what describes it."""
    if name in assets.CATALOGUE:
        return assets.get(name)
    return described_in(connection, device).asset


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:10]) + (", ..." if len(listed) > 10 else "") if listed else "none"  # noqa: PLR2004


def _write(
    connection: apsw.Connection, sources: list[Source], out: TextIO, *, from_ms: int, to_ms: int
) -> None:
    up_to_id = newest_id(connection)
    out.write(sources[0].table.header if sources else table_of(()).header)
    rows = 0
    with _progress() as progress:
        task = progress.add_task("devices", total=len(sources), rows=rows)
        for source in sources:
            pages = Pages(source, from_ms=from_ms, to_ms=to_ms, up_to_id=up_to_id)
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
        TextColumn("{task.fields[rows]} readings"),
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
