"""One target's messages, one after the other, each on a thread that may take its time."""

import threading
import time
from collections.abc import Callable
from typing import Final

from contract.errors import Unavailable
from gateway.sinks.people.message import Message

LATE_AFTER_S: Final = 30.0

Send = Callable[[str, Message, str], None]
Pause = Callable[[int], float]


class Courier:
    """For one thread; only what it sends runs on another.

    A message whose fate is not known yet is never sent a second time: while a server neither takes
    nor refuses it, this target waits, and no other.

    Attributes:
        under_way: ids of the notices of the message that is being sent.
        failure: why the last message did not arrive; empty: it did.
    """

    def __init__(self, send: Send, pause: Pause) -> None:
        self._send = send
        self._pause = pause
        self._thread: threading.Thread | None = None
        self._error = ""
        self._begun_s = 0.0
        self._next_s = 0.0
        self._failures = 0
        self.under_way: list[int] = []
        self.failure = ""

    @property
    def is_free(self) -> bool:
        return self._thread is None and time.monotonic() >= self._next_s

    @property
    def trouble(self) -> str:
        """Why nothing arrives; empty: it does."""
        is_late = self._thread is not None and time.monotonic() - self._begun_s > LATE_AFTER_S
        return f"no answer for {LATE_AFTER_S:.0f} s" if is_late else self.failure

    def begin(self, address: str, message: Message, ids: list[int], *, key: str) -> None:
        """Send a message, which is the same as any other with that ``key``."""
        self.under_way, self._error, self._begun_s = ids, "", time.monotonic()
        self._thread = threading.Thread(
            target=self._work, args=(address, message, key), name="people", daemon=True
        )
        self._thread.start()

    @property
    def failed(self) -> str:
        """Why the message that has ended did not arrive; empty: it did."""
        return self._error

    def wait(self, timeout_s: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout_s)

    def arrived(self) -> list[int] | None:
        """The ids whose message has arrived; none where it failed; None: nothing has ended."""
        if self._thread is None or self._thread.is_alive():
            return None
        return [] if self._error else self.under_way

    def rest(self) -> None:
        """What has ended is noted: the next may go, after a failure only in a while."""
        self._thread, self.under_way, self.failure = None, [], self._error
        self._failures = self._failures + 1 if self._error else 0
        self._next_s = time.monotonic() + (self._pause(self._failures) if self._error else 0.0)

    def _work(self, address: str, message: Message, key: str) -> None:
        try:
            self._send(address, message, key)
        except Unavailable as error:
            self._error = str(error)
        except Exception as error:  # noqa: BLE001 - a hundred services' code: all theirs ends here
            self._error = f"the service's code fails ({type(error).__name__})"
