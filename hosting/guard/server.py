"""uvicorn with an end to patience: slow heads, stalled readers and too many connections are cut.

A service has a limited number of file descriptors. A connection that waits for nothing but its
client is given up, the oldest first, when another one wants to come in: so whoever opens a thousand
and says nothing gets in his own way, and a request that comes at once is always heard. How many
are answered at a time is the guard's business (``hosting.guard.doorkeeper``), which leaves room.
"""

import asyncio
import logging
import resource
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN_S: Final = 10.0
READ_ON_WITHIN_S: Final = 30.0  # for a client that has stopped reading its answer
MOST_CONNECTIONS: Final = 512
MOST_PIPELINED: Final = 16  # requests that a connection sends before it has its answers
SAME_WORDS_S: Final = 60.0


def raise_open_files() -> int:
    """Let this process, and what it starts, open as many files as it may; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def most_connections(open_files: int) -> int:
    """Half of the files at most: journal, broker and peers need theirs."""
    return min(MOST_CONNECTIONS, open_files // 2)


class Waiting:
    """The connections of one server that wait for their clients, longest first."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._open = 0
        self._waiting: OrderedDict[PatientProtocol, None] = OrderedDict()

    def enter(self) -> None:
        """A connection came; the one that has waited longest goes where there are too many."""
        self._open += 1
        if self._open > self._most and self._waiting:
            oldest, _ = self._waiting.popitem(last=False)
            oldest.give_up()

    def left(self, connection: "PatientProtocol") -> None:
        self._open -= 1
        self._waiting.pop(connection, None)

    def waits(self, connection: "PatientProtocol") -> None:
        self._waiting[connection] = None

    def works(self, connection: "PatientProtocol") -> None:
        self._waiting.pop(connection, None)


class _TooManyError(Exception):
    """More requests at once than a connection may send: the parser stops there."""


class Brief(logging.Filter):
    """Lets the same words of uvicorn pass once a minute: whoever sends rubbish fills no log."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now_s, words = self._monotonic(), str(record.msg)  # few: nobody's own words are among them
        if record.levelno != logging.WARNING:
            return True
        is_new = now_s - self._said.get(words, -SAME_WORDS_S) >= SAME_WORDS_S
        if is_new:
            self._said[words] = now_s
        return is_new


_BRIEF: Final = Brief()


class PatientProtocol(HttpToolsProtocol):
    """One connection; ``waiting`` is set by ``configured`` in a class for each server."""

    waiting: Waiting

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.waiting.enter()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._be_patient()
        self.waiting.left(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self._patience is None and not self.transport.is_closing():
            self._expect_head()  # the first bytes of the next request

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            self.give_up()
            raise _TooManyError
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._be_patient()  # the guard gives a body its time
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.cycle.response_complete:
            self.waiting.works(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self.waiting.waits(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._limit(READ_ON_WITHIN_S)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._be_patient()

    def give_up(self) -> None:
        """Cut a client that takes its time."""
        self._be_patient()
        self.transport.abort()

    def _expect_head(self) -> None:
        self.waiting.waits(self)
        self._limit(HEAD_WITHIN_S)

    def _limit(self, within_s: float) -> None:
        self._be_patient()
        self._patience = self.loop.call_later(within_s, self.give_up)

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def configured(app: Any, **options: Any) -> uvicorn.Config:
    """A server's configuration with these limits; who is believed about origins is ours to say."""
    logging.getLogger("uvicorn.error").addFilter(_BRIEF)
    waiting = Waiting(most=most_connections(raise_open_files()))
    protocol = type("Protocol", (PatientProtocol,), {"waiting": waiting})
    return uvicorn.Config(
        app, http=protocol, ws="none", proxy_headers=False, access_log=False, **options
    )
