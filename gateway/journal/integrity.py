"""Whether a journal is sound: its pages, and what is written in them.

SQLite's own look finds broken pages, and rows and indexes that contradict each other; a flipped
bit inside a text breaks neither, so every JSON text is read as well.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from gateway.errors import Damaged
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated

# Comparing each index with its table jumps about in the file: seconds up to here, minutes beyond.
DEEP_BYTES: Final = 256 * 1024 * 1024
_STEPS_BETWEEN_CHECKS: Final = 100_000  # of SQLite's virtual machine: some milliseconds

_JSON: Final = (
    ("device", "birth"),
    ("device", "counts"),
    ("epoch", "ahead"),
    ("reading", "body"),
    ("minute", "body"),
    ("diagnosis", "body"),
    ("follower", "cursor"),
)


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
            for table, column in _JSON:
                _examine_texts(connection, path, table, column)
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


def _examine_texts(connection: apsw.Connection, path: Path, table: str, column: str) -> None:
    """Texts must be JSON, and UTF-8, which SQLite does not look at."""
    bad = (
        f"SELECT NOT json_valid({column}), CAST({column} AS BLOB) FROM {table}"  # noqa: S608
        f" WHERE {column} IS NOT NULL AND (NOT json_valid({column})"
        f" OR {column} GLOB '*[^ -~]*')"  # more than ASCII
    )
    for is_bad, raw in connection.execute(bad):
        if is_bad or not _is_utf8(raw):
            raise Damaged(f"{path} is damaged: a {column} in its table {table} is no JSON.")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
