"""The journal of a running gateway in, a copy of one moment out, by SQLite's online backup."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import apsw

from contract.errors import Damaged
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated

_PAGES: Final = 4_096  # at once: 8 MiB


def copy(source: Path, target: Path, *, told: Callable[[int, int], None]) -> None:
    """Copy the journal; ``told`` hears of pages done and pages in all.

    All of it is as of one moment: a transaction that reads stays open meanwhile, so the gateway
    goes on writing, and only its log grows. Raises what ``translated`` does.
    """
    with translated(source), contextlib.closing(open_read_only(source)) as journal:
        journal.execute("BEGIN")
        journal.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        with contextlib.closing(apsw.Connection(str(target))) as made:
            with made.backup("main", journal, "main") as backup:
                while not backup.done:
                    backup.step(_PAGES)
                    told(backup.page_count - backup.remaining, backup.page_count)
            # A copy is one file: whoever opens it needs no log beside it.
            made.pragma("journal_mode", "delete")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[apsw.Connection]:
    """A copy that nobody writes to, without a file made beside it."""
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    with translated(path):
        connection = apsw.Connection(f"file:{_escaped(path)}?immutable=1", flags=flags)
        with contextlib.closing(connection):
            yield connection


def counts(path: Path) -> tuple[int, dict[str, int]]:
    """The schema of a copy, and how many rows each table has."""
    with opened(path) as journal:
        sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        names = sorted(str(name) for (name,) in journal.execute(sql).fetchall())
        rows = {name: int(journal.execute(_count_of(name)).get) for name in names}
        return int(journal.pragma("user_version")), rows


def check(path: Path) -> None:
    """Read every page and index. Raises Damaged."""
    with opened(path) as journal:
        found = [str(row[0]) for row in journal.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise Damaged(f"{path} is damaged: {'; '.join(found)}.")


def _count_of(table: str) -> str:
    quoted = table.replace('"', '""')
    return f'SELECT count(*) FROM "{quoted}"'  # noqa: S608 - a table of the file's own


def _escaped(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
