"""Whether a journal is sound: its pages, and what is written in them.

SQLite's own look finds broken pages, and rows and indexes that contradict each other; a flipped
bit inside a text breaks neither, so every JSON text is read as well.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import apsw

from contract.errors import Damaged
from gateway.journal import schema
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated

# Comparing each index with its table jumps about in the file: seconds up to here, minutes beyond.
DEEP_BYTES: Final = 256 * 1024 * 1024
_STEPS_BETWEEN_CHECKS: Final = 100_000  # of SQLite's virtual machine: some milliseconds

_TABLES: Final = tuple(dict.fromkeys(re.findall(r"CREATE TABLE (\w+)", "".join(schema.MIGRATIONS))))
_JSON: Final = frozenset(
    {
        ("device", "birth"),
        ("device", "clock"),
        ("device", "counts"),
        ("device", "reported"),
        ("epoch", "ahead"),
        ("reading", "aside"),
        ("reading", "body"),
        ("minute", "body"),
        ("tier", "body"),
        ("diagnosis", "body"),
        ("follower", "cursor"),
        ("registry", "value"),
    }
)
# What a column of a declared type never holds, whatever was put in (an edit by hand may leave a
# real number where whole ones are).
_FOREIGN: Final = {"TEXT": "('blob')", "INTEGER": "('blob', 'text')", "BLOB": "('text')"}


def examine(path: Path, *, give_up: Callable[[], bool]) -> bool:
    """Read all of the journal at ``path``, on a connection of its own.

    ``give_up`` is asked every few milliseconds; returns whether it let this come to its end.

    Raises:
        Damaged: it is not sound; the text says where. Unavailable, Unusable: it cannot be read now.
    """
    with translated(path), contextlib.closing(open_read_only(path)) as connection:
        connection.set_progress_handler(give_up, _STEPS_BETWEEN_CHECKS)
        try:
            _examine_pages(connection, path)
            schema.check(connection, path)
            for table in _TABLES:
                _examine_rows(connection, path, table)
        except apsw.InterruptError:
            return False
    return True


def _examine_pages(connection: apsw.Connection, path: Path) -> None:
    if path.stat().st_size % connection.pragma("page_size"):  # SQLite would take zeros for the rest
        raise Damaged(f"{path} is damaged: it ends within a page.")
    look = "integrity_check" if path.stat().st_size <= DEEP_BYTES else "quick_check"
    [(said,)] = connection.execute(f"PRAGMA {look}(1)").fetchall()
    if said != "ok":
        raise Damaged(f"{path} is damaged: {said}.")


def _examine_rows(connection: apsw.Connection, path: Path, table: str) -> None:
    """Types as declared; texts in UTF-8, which SQLite does not look at, and JSON where they are."""
    columns = [
        (str(row[1]), str(row[2])) for row in connection.execute(f"PRAGMA table_info({table})")
    ]
    tests = [test for name, kind in columns for test in _tests(table, name, kind)]
    if not tests:
        return
    texts = [name for name, kind in columns if kind == "TEXT"]
    raws = ", ".join(["0", *(f"CAST({name} AS BLOB)" for name in texts)])
    certain = " OR ".join(test for test, is_certain in tests if is_certain)
    anything = " OR ".join(test for test, _ in tests)
    sql = f"SELECT coalesce({certain}, 0), {raws} FROM {table} WHERE {anything}"  # noqa: S608
    for is_bad, _, *found in connection.execute(sql):
        if is_bad or not all(raw is None or _is_utf8(raw) for raw in found):
            raise Damaged(
                f"{path} is damaged: a text in its table {table} is no JSON or no UTF-8, or a "
                "value is of another type."
            )


def _tests(table: str, name: str, kind: str) -> Iterator[tuple[str, bool]]:
    """Conditions in SQL, and whether a row that meets one is damaged: else it is looked at."""
    if kind in _FOREIGN:
        yield f"typeof({name}) IN {_FOREIGN[kind]}", True
    if (table, name) in _JSON:
        yield f"({name} IS NOT NULL AND NOT json_valid({name}))", True
    if kind == "TEXT":
        yield f"{name} GLOB '*[^ -~]*'", False  # more than ASCII


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
