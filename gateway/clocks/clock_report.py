"""What the gateway says of its own clock: in ``/health``, as an alarm of its own, in the log."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import msgspec

from contract import topics
from contract.messages import Alarm, DependencyStatus
from gateway.clocks.clock import STEP_MS, Clock, Doubt

log = logging.getLogger(__name__)

ALARM_NAME: Final = "clock_in_doubt"
ADVICE: Final = (
    "Nothing is deleted, and nothing refused for its age, until that is settled: set the clock of"
    " the gateway's computer, or let it find a time server."
)
WELL: Final = "as monotonic time, the journal and the boards have it"
LOOK_S: Final = 0.2


class ClockReport:
    """Looks at the clock and tells of its doubt.

    Args:
        told: is called when the alarm is raised and when it is cleared.
        moved: is called when the time until now turned out to be wrong, with the time it is; and
            at the start, as what the journal remembers may have been dated by a wrong clock.
    """

    def __init__(
        self, *, clock: Clock, told: Callable[[Alarm], None], moved: Callable[[int], None]
    ) -> None:
        self._clock = clock
        self._told = told
        self._moved = moved
        self._moved_ms = clock.moved_ms
        self._since = clock.steady_ms()  # by monotonic time, as the time itself is in question
        self._doubt: Doubt | None = None
        self._alarm: Alarm | None = None

    async def run(self) -> None:
        self._moved(self._clock.now_ms())
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def status(self) -> DependencyStatus:
        """How it is now."""
        self.look()
        since_ms = self._clock.at_ms(self._since)
        if self._doubt is None:
            return DependencyStatus("ok", WELL, since_ms)
        return DependencyStatus("down", self._doubt.why, since_ms)

    def look(self) -> None:
        """Tell what has changed since the last look."""
        now_ms = self._clock.now_ms()
        if self._clock.moved_ms != self._moved_ms:
            self._note_move(now_ms)
        if self._clock.doubt == self._doubt:
            return
        told, self._doubt = self._doubt, self._clock.doubt
        self._since = self._clock.steady_ms() if self._doubt is None else self._doubt.since
        if self._doubt is None:
            log.info("clock: it is right again")
        else:
            log.error("clock: %s", _text(self._doubt))
        if told is not None and self._doubt is not None and told.since == self._doubt.since:
            self._retell(self._doubt)
        else:
            self._tell(now_ms)

    def _note_move(self, now_ms: int) -> None:
        by_ms, self._moved_ms = self._clock.moved_ms - self._moved_ms, self._clock.moved_ms
        if abs(by_ms) > STEP_MS:
            log.warning("clock: the time was wrong until now, by %+.0f s", by_ms / 1000)
        self._moved(now_ms)

    def _tell(self, now_ms: int) -> None:
        if self._alarm is not None:
            self._told(msgspec.structs.replace(self._alarm, cleared_ms=now_ms))
            self._alarm = None
        if self._doubt is not None:
            text = _text(self._doubt)
            since_ms = self._clock.at_ms(self._doubt.since)
            self._alarm = Alarm(
                0, topics.GATEWAY, ALARM_NAME, "system", "Critical", text, since_ms
            )  # fmt: skip
            self._told(self._alarm)

    def _retell(self, doubt: Doubt) -> None:
        """The same alarm with another text: how far the clock is off."""
        if self._alarm is not None:
            self._alarm = msgspec.structs.replace(self._alarm, text=_text(doubt))
            self._told(self._alarm)


def _text(doubt: Doubt) -> str:
    return f"{doubt.why} {ADVICE}"
