"""Queries in, answers out, on a few threads with a read-only connection each.

The event loop goes on taking readings meanwhile: SQLite computes without the GIL, so queries do
their JSON in SQL and bring few rows back.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

import apsw

from contract.errors import Damaged, TimedOut, Unavailable, Unreadable, Unusable
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import ILLEGIBLE, translated

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MAX_QUERY_S: Final = 30.0
_STEPS_BETWEEN_CHECKS: Final = 200_000  # of SQLite's virtual machine: some milliseconds


class Readers:
    """Runs queries beside the writer. Each sees what was committed when it began."""

    def __init__(
        self,
        path: Path,
        *,
        suspect: Callable[[], None] = lambda: None,
        suspect_file: Callable[[str], None] = lambda _: None,
        threads: int = 4,
    ) -> None:
        """``suspect`` is told, on one of the threads, when what is stored cannot be read.

        ``suspect_file``: of the archive; a sentence that begins with the file.
        """
        self._path = path
        self._suspect = suspect
        self._suspect_file = suspect_file
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="journal-reader")
        self._own = threading.local()
        self._connections: list[apsw.Connection] = []

    async def run(
        self,
        query: Callable[Concatenate[apsw.Connection, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """``query(connection, ...)`` on one of the threads.

        Raises:
            TimedOut: it took longer than ``MAX_QUERY_S``.
            Unavailable: the journal cannot be read.
        """

        def work(connection: apsw.Connection) -> T:
            return query(connection, *args, **kwargs)

        left = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._answer, work, left)
        except asyncio.CancelledError:  # nobody waits for it: its thread is for others
            left.set()
            raise

    def close(self) -> None:
        """Wait for what is under way, then let go of the journal."""
        self._threads.shutdown(cancel_futures=True)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _answer(self, work: Callable[[apsw.Connection], T], left: threading.Event) -> T:
        self._own.deadline_s, self._own.left = time.monotonic() + MAX_QUERY_S, left
        try:
            with translated(self._path):
                connection = self._connection()
                with connection:  # one snapshot for all statements of a query
                    answer = work(connection)
        except apsw.InterruptError:
            raise TimedOut(
                f"The journal was searched for {MAX_QUERY_S:g} s: ask for a shorter range."
            ) from None
        except (Damaged, Unusable) as error:
            self._suspect()
            raise _unreadable(error) from error
        except Unreadable as error:  # of the archive: the journal is none the worse
            log.warning("%s", error)
            self._suspect_file(str(error))
            raise
        except Unavailable as error:
            raise _unreadable(error) from error
        except ILLEGIBLE as error:  # of what the journal holds, or a mistake: the log shows where
            self._suspect()
            log.exception("a query failed")
            raise _unreadable(error) from error
        return answer

    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = open_read_only(self._path)
            connection.set_progress_handler(self._is_overdue, _STEPS_BETWEEN_CHECKS)
            self._own.connection = connection
            self._connections.append(connection)
        return connection

    def _is_overdue(self) -> bool:
        deadline_s: float = self._own.deadline_s
        left: threading.Event = self._own.left
        return left.is_set() or time.monotonic() > deadline_s


def _unreadable(error: Exception) -> Unavailable:
    log.warning("a query could not read the journal: %r", error)
    return Unavailable(
        "The journal cannot be read at the moment: it is being examined, and begun anew if it "
        "is damaged. Ask again in a few seconds."
    )
