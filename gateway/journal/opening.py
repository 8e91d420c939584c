"""The journal's file opened for writing, once it is clear that it is the one that was left."""

import struct
from pathlib import Path
from typing import Final, NamedTuple

import apsw

from contract.errors import Damaged
from gateway.journal import ending, schema, wal
from gateway.journal.ending import Ending
from gateway.journal.statements import newest

# Every device appends to places of its own in two indexes: a batch of 500 readings of 200 devices
# touches 400 pages, and each is written whole. Measured: 54,000 readings a second with pages of
# 2 KiB, 49,000 with 4 KiB, 40,000 with 8 KiB. At a checkpoint such a page is written once, however
# many batches have touched it, so a long WAL spares the disk.
_PRAGMAS: Final = {
    "page_size": 2048,
    "journal_mode": "wal",
    "synchronous": "full",
    "cache_size": -32_768,
    "foreign_keys": "off",
}
_WAL_BYTES: Final = 32 * 1024 * 1024
# https://www.sqlite.org/fileformat2.html#the_database_header
_HEADER_BYTES: Final = 100
_NEWEST_FORMAT: Final = 2
_NEWEST: Final = f"SELECT {newest('least_reading')}, {newest('least_revision')}"
_NO_VERSION: Final = 10_000  # of the schema: there will never be so many


class Opened(NamedTuple):
    """The writing connection, and what was found.

    Attributes:
        is_as_left: the file is new, or just as a clean end left it.
        newest_id: of a reading; never below what a checkpoint says it has folded, as a row of a
            smaller id would not be folded.
        newest_revision: of a minute or an alarm.
    """

    connection: apsw.Connection
    is_as_left: bool
    newest_id: int
    newest_revision: int


def connect(path: Path) -> Opened:
    """Open the journal, or make it.

    Raises:
        Damaged: it is not what was left here. Misconfigured: a newer edgetwin wrote it.
    """
    left = ending.load(path)
    least_id = 0 if left is None else left.least_id(path)
    is_new = _is_new(path, left)
    _check_header(path)
    connection = apsw.Connection(str(path))
    try:
        for name, value in _PRAGMAS.items():
            connection.pragma(name, value)
        connection.wal_autocheckpoint(_WAL_BYTES // connection.pragma("page_size"))
        connection.set_busy_timeout(5_000)
        _check_log(connection, path, left)
        _migrate(connection, path)
        newest_id, newest_revision = _newest(connection, path)
        _check_end(path, lost=least_id - newest_id)
    except BaseException:
        abandon(connection)
        raise
    is_sound = is_new or (left is not None and left.is_clean(path))
    ending.note_open(path, newest_id=newest_id)
    return Opened(connection, is_sound, newest_id, newest_revision)


def abandon(connection: apsw.Connection) -> None:
    """Close without a checkpoint: what the log holds is not to go into the file."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.close()


def _is_new(path: Path, left: Ending | None) -> bool:
    is_empty = not path.exists() or path.stat().st_size == 0
    if is_empty and left is not None:
        when = "while no gateway worked" if left.look else "after a gateway had begun to work"
        raise Damaged(f"{path} was deleted or emptied {when} on it.")
    return is_empty


def _check_header(path: Path) -> None:
    """What SQLite would take for a read-only file or a newer schema, where it is no such thing."""
    if not path.exists():
        return
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        if header:
            raise Damaged(f"{path} is damaged: it ends within its header.")
        return
    [version] = struct.unpack_from(">I", header, 60)
    if max(header[18], header[19]) > _NEWEST_FORMAT or version > _NO_VERSION:
        raise Damaged(f"{path} is damaged: its header names no format there is.")


def _check_log(connection: apsw.Connection, path: Path, left: Ending | None) -> None:
    """SQLite passes over transactions behind a bad frame: a power cut may have torn the last ones.

    Raises:
        Damaged: more is missing than that.
    """
    lost = wal.commits(path).beyond(wal.recovered(connection))
    torn = 0 if left is not None and left.is_of_this_boot else 1 + wal.MOST_UNSYNCED
    if lost > torn:
        raise Damaged(f"{path}-wal is damaged: its last {lost} transactions cannot be read.")


def _migrate(connection: apsw.Connection, path: Path) -> None:
    try:
        schema.migrate(connection)
    except apsw.SQLError as error:  # of another version than it says
        raise Damaged(f"{path} is damaged: {error}.") from error
    schema.check(connection, path)


def _newest(connection: apsw.Connection, path: Path) -> tuple[int, int]:
    newest_id, newest_revision = next(connection.execute(_NEWEST))
    if not (isinstance(newest_id, int) and isinstance(newest_revision, int)):
        raise Damaged(f"{path} is damaged: a number in it is none.")
    return newest_id, newest_revision


def _check_end(path: Path, *, lost: int) -> None:
    """The log may have been cut or deleted: then nothing in what is left of it is wrong."""
    if lost > 0:
        raise Damaged(f"{path}-wal is damaged: it ends {lost} readings before its end.")
