"""Refused logins in; out, an alarm of the gateway's own while somebody seems to be guessing."""

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

import msgspec

from contract import topics
from contract.messages import Alarm
from hosting.audit.events import GUESSES, Event

ALARM_NAME: Final = "logins_refused"
MANY: Final = 20
WITHIN_S: Final = 300.0
_MOST_KEPT: Final = 1_000


class Guessing:
    """``told`` is called when the alarm is raised and when it is cleared."""

    def __init__(
        self,
        *,
        told: Callable[[Alarm], None],
        now_ms: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._told = told
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._recent: deque[tuple[float, str, int]] = deque(maxlen=_MOST_KEPT)
        self._alarm: Alarm | None = None

    def note(self, event: Event) -> None:
        """An entry of the audit trail; only refused logins, tokens and passwords count."""
        if event.what in GUESSES:
            self._recent.append((self._monotonic(), event.origin, event.count))
            self.look_again()

    def look_again(self) -> None:
        """Raise or clear by what the last five minutes brought."""
        while self._recent and self._monotonic() - self._recent[0][0] > WITHIN_S:
            self._recent.popleft()
        origins: Counter[str] = Counter()
        for _, origin, count in self._recent:
            origins[origin] += count
        if self._alarm is None and origins.total() >= MANY:
            self._raise(origins)
        elif self._alarm is not None and origins.total() < MANY:
            alarm, self._alarm = self._alarm, None
            self._told(msgspec.structs.replace(alarm, cleared_ms=self._now_ms()))

    def _raise(self, origins: Counter[str]) -> None:
        [(worst, count)] = origins.most_common(1)
        text = (
            f"{origins.total()} logins were refused within {WITHIN_S / 60:g} minutes, {count} from "
            f"{worst}: somebody may be guessing, or a board has an old password. The audit trail "
            "lists them; block a stranger's address at the firewall."
        )
        self._alarm = Alarm(0, topics.GATEWAY, ALARM_NAME, "system", "High", text, self._now_ms())
        self._told(self._alarm)
