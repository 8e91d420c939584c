"""What SQLite says of a file that it cannot use, as an error of our own that says who must act."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import msgspec

from contract.errors import Damaged, StorageFull, Unavailable, Unusable

# Pages that cannot be read back, or are not there: nobody will ever read them.
_UNREADABLE: Final = frozenset(
    {
        apsw.SQLITE_IOERR_READ,
        apsw.SQLITE_IOERR_SHORT_READ,
        apsw.SQLITE_IOERR_DATA,
        apsw.SQLITE_IOERR_CORRUPTFS,
    }
)
# What the file or its disk does to a reader; a mistake in a statement is none of these.
TROUBLE: Final = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.LockedError,
    apsw.NotADBError,
    apsw.ReadOnlyError,
)
# What a row does to whoever reads it back, where it is not as it was written: SQLite looks neither
# at its texts nor, within a page, at its types. (ValueError: no UTF-8, no JSON.)
ILLEGIBLE: Final = (
    msgspec.MsgspecError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
# SQLite's words, with a code that is any mistake's: of a text that is no JSON, and of tables whose
# description is not as it was written, as our statements fit those that were made.
_OF_THE_FILE: Final = ("malformed JSON", "no such table", "no such column", "has no column named")


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite over the journal at ``path``.

    Raises:
        StorageFull: there is no room. Unavailable: another process holds the journal.
        Damaged: what is stored cannot be read. Unusable: it cannot be opened, or its disk fails.
    """
    try:
        yield
    except TROUBLE as error:
        raise ours(error, path) from error
    except UnicodeDecodeError as error:
        raise illegible(error, path) from error
    except apsw.SQLError as error:
        if not any(words in str(error) for words in _OF_THE_FILE):
            raise
        raise illegible(error, path) from error


@contextlib.contextmanager
def legible(path: Path) -> Iterator[None]:
    """For whoever makes something of rows: nothing but what they hold may fail within.

    Raises:
        Damaged: they cannot be what was written. Else as ``translated``.
    """
    with translated(path):
        try:
            yield
        except ILLEGIBLE as error:
            raise illegible(error, path) from error


def illegible(error: Exception, path: Path) -> Damaged:
    """The error that stands for ``error``, one of ``ILLEGIBLE``."""
    return Damaged(f"{path} is damaged: a row cannot be read back ({_words(error)}).")


def unsynced(error: OSError, path: Path) -> StorageFull | Unusable:
    """The error that stands for a sync that failed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    return _failing(error, path)


def _full(path: Path) -> StorageFull:
    return StorageFull(f"The disk that holds {path} is full.")


def _failing(error: Exception, path: Path) -> Unusable:
    return Unusable(f"The disk that holds {path} fails: {error}.")


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def ours(error: apsw.Error, path: Path) -> Unavailable | Damaged | Unusable:
    """The error that stands for ``error``, one of ``TROUBLE``."""
    code = getattr(error, "extendedresult", 0)
    if isinstance(error, apsw.FullError) or code == apsw.SQLITE_IOERR_SHMSIZE:
        return _full(path)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return Unavailable(f"Another process writes to {path}.")
    if isinstance(error, apsw.CorruptError | apsw.NotADBError) or code in _UNREADABLE:
        return Damaged(f"{path} is damaged: {error}.")
    if isinstance(error, apsw.IOError):
        return _failing(error, path)
    return Unusable(
        f"{path} cannot be opened for writing: {error}. Let the gateway's user own it and the "
        "directory, on a disk that is not read-only."
    )
