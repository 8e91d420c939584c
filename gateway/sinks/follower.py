"""A follower carries the journal to one sink, on a thread of its own; ingest never waits."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Final, Literal

import apsw

from contract.errors import Damaged, GatewayError, Misconfigured
from contract.messages import DependencyStatus
from gateway.journal.reader import follower_cursor, open_read_only
from gateway.journal.rows import Quarantined
from gateway.journal.streams import HOUR_MS, Stream
from gateway.journal.trouble import ILLEGIBLE, TROUBLE
from gateway.sinks.carrier import Carrier
from gateway.sinks.sink import Delivery, Difference, Sink, Throttled

_POLL_S: Final = 0.5
_OFF_POLL_S: Final = 5.0
_STOP_WITHIN_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_LONGEST_ASKED_S: Final = 300.0  # what a server may ask for: nobody would notice years of silence
_CHECK_EVERY_S: Final = 3_600.0
# A server loses at most its unsynced tail; late readings make that tail reach back in event time.
_CHECK_AFTER_OUTAGE_MS: Final = 24 * HOUR_MS
_CHECK_HOURLY_MS: Final = 3 * HOUR_MS
_CLOCKS_APART_MS: Final = HOUR_MS
_STARTING: Final = "starting"

_log = logging.getLogger(__name__)

Connect = Callable[[apsw.Connection], AbstractContextManager[Delivery]]


class Follower:
    """Follows the journal with cursors that move only after the sink has acknowledged.

    Args:
        sink: where it carries what is stored.
        journal_path: opened read-only.
        set_cursor: stores a cursor durably, through the journal's one writer; any thread may call.
        quarantine: stores what the sink refuses; any thread may call.
        suspect, condemn: told when the journal cannot be read, and what cannot have been written;
            called on the follower's thread.
        now_ms: the gateway's clock.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        journal_path: Path,
        set_cursor: Callable[[str, Mapping[str, int]], None],
        quarantine: Callable[[Quarantined], None],
        suspect: Callable[[], None],
        condemn: Callable[[Damaged], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._sink = sink
        self._journal_path = journal_path
        self._set_cursor = set_cursor
        self._quarantine = quarantine
        self._suspect = suspect
        self._condemn = condemn
        self._now_ms = now_ms
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=sink.name, daemon=True)
        self._status = DependencyStatus("off", _STARTING, self._now_ms())
        self._failures = 0
        self._check_due_s = 0.0
        self._check_span_ms = _CHECK_AFTER_OUTAGE_MS
        self.name = sink.name
        self.rows_sent = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread. What it leaves half done is done again at the next start, harmlessly."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_WITHIN_S)

    def status(self) -> DependencyStatus:
        """How the sink does, and how much it still has to get. Any thread may ask."""
        return self._status

    def compare(self, *, from_ms: int, to_ms: int) -> list[Difference]:
        """Compare the journal with the sink now, on the caller's thread; returns what differed.

        Raises:
            Misconfigured: there is none, or it lets nobody in. Unavailable: it is away.
        """
        connect = self._sink.find()
        if connect is None:
            raise Misconfigured(self._sink.absent)
        with closing(open_read_only(self._journal_path)) as journal, connect(journal) as delivery:
            return self._carrier(journal, delivery).compare(from_ms=from_ms, to_ms=to_ms)

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._stopping.wait(self._attempt())
        finally:
            if not self._stopping.is_set():
                self._say("down", "the follower has ended by a defect, see the log")

    def _attempt(self) -> float:
        """Follow until something fails; returns how many seconds to pause."""
        try:
            connect = self._sink.find()
            if connect is None:
                self._say("off", self._sink.absent)
                return _OFF_POLL_S
            self._follow(connect)
        except Damaged as damage:
            self._condemn(damage)
            return self._note_failure(damage)
        except GatewayError as error:
            return self._note_failure(error)
        except (*TROUBLE, *ILLEGIBLE) as error:  # any other is a defect and ends the thread
            self._suspect()
            _log.warning("the journal is looked into", exc_info=error)
            return self._note_failure(error)
        return 0.0

    def _note_failure(self, error: Exception) -> float:
        self._say("down", str(error), self._status.behind)
        self._check_due_s = 0.0
        self._check_span_ms = _CHECK_AFTER_OUTAGE_MS
        self._failures += 1
        asked_s = error.after_s if isinstance(error, Throttled) else None
        return pause_s(failures=self._failures, asked_s=asked_s)

    def _follow(self, connect: Connect) -> None:
        with closing(open_read_only(self._journal_path)) as journal:
            behind = self._sink.behind(journal, follower_cursor(journal, self.name))
            self._say(self._status.status, self._status.detail, behind)
            with connect(journal) as delivery:
                carrier = self._carrier(journal, delivery)
                if carrier.is_new:
                    self._set_cursor(self.name, carrier.cursor)
                while not self._stopping.is_set():
                    self._step(carrier)

    def _carrier(self, journal: apsw.Connection, delivery: Delivery) -> Carrier:
        return Carrier(
            sink=self._sink,
            journal=journal,
            delivery=delivery,
            quarantine=self._quarantine,
            now_ms=self._now_ms,
        )

    def _step(self, carrier: Carrier) -> None:
        """Deliver one batch a stream; when there is none, compare if due, and rest."""
        moved = [self._advance(carrier, stream) for stream in self._sink.streams]
        moved.append(carrier.tend())
        self._failures = 0
        status: Literal["ok", "down"] = "down" if carrier.trouble else "ok"
        self._say(status, carrier.trouble or carrier.detail, carrier.behind())
        if not any(moved):
            self._check_if_due(carrier)
            self._stopping.wait(_POLL_S)

    def _advance(self, carrier: Carrier, stream: Stream) -> bool:
        sent_before = carrier.sent
        moved = carrier.advance(stream)
        if moved:
            self._set_cursor(self.name, carrier.cursor)
        self.rows_sent += carrier.sent - sent_before
        return moved

    def _check_if_due(self, carrier: Carrier) -> None:
        if time.monotonic() < self._check_due_s:
            return
        now_ms = self._now_ms()
        carrier.compare(from_ms=now_ms - self._check_span_ms, to_ms=now_ms + _CLOCKS_APART_MS)
        self._check_due_s = time.monotonic() + _CHECK_EVERY_S
        self._check_span_ms = _CHECK_HOURLY_MS

    def _say(
        self, status: Literal["ok", "down", "off"], detail: str, behind: int | None = None
    ) -> None:
        changed = status != self._status.status or self._status.detail == _STARTING
        since_ms = self._now_ms() if changed else self._status.since_ms
        if changed:
            level = logging.WARNING if status == "down" else logging.INFO
            _log.log(level, "%s %s: %s", self.name, status, detail)
        self._status = DependencyStatus(status, detail, since_ms, behind)


def pause_s(*, failures: int, asked_s: float | None) -> float:
    """Seconds before the next attempt: full jitter up to 30 s, and what was asked for up to 5 min.

    Full jitter spreads clients that failed together: Brooker, "Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015.
    """
    ceiling_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(failures, 10))
    asked_s = min(asked_s or 0.0, _LONGEST_ASKED_S)
    return max(random.uniform(0.0, ceiling_s), asked_s)  # noqa: S311 (no secret)
