"""What SQLite says of a file that it cannot use, as an error of our own that says who must act."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from gateway.errors import Damaged, StorageFull, Unavailable, Unusable

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


def ours(error: apsw.Error, path: Path) -> Unavailable | Damaged | Unusable:
    """The error that stands for ``error``, one of ``TROUBLE``."""
    code = getattr(error, "extendedresult", 0)
    if isinstance(error, apsw.FullError) or code == apsw.SQLITE_IOERR_SHMSIZE:
        return StorageFull(f"The disk that holds {path} is full.")
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return Unavailable(f"Another process writes to {path}.")
    if isinstance(error, apsw.CorruptError | apsw.NotADBError) or code in _UNREADABLE:
        return Damaged(f"{path} is damaged: {error}.")
    if isinstance(error, apsw.IOError):
        return Unusable(f"The disk that holds {path} fails: {error}.")
    return Unusable(
        f"{path} cannot be opened for writing: {error}. Let the gateway's user own it and the "
        "directory, on a disk that is not read-only."
    )
