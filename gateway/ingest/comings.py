"""Who comes and goes, as lines of the log; of one that does so without end, one line a minute."""

import logging
import time
from collections.abc import Callable
from typing import Final

from gateway.twin.alarms import OFFLINE

log = logging.getLogger(__name__)

WINDOW_S: Final = 60.0
MOST: Final = 4  # lines of one device within a window: two boards on one login change each second


class _Recent:
    """What a device did since ``since_s``; beyond ``MOST`` lines it is only counted."""

    __slots__ = ("left_out", "said", "since_s", "status")

    def __init__(self, since_s: float, *, said: int) -> None:
        self.since_s = since_s
        self.said = said
        self.left_out = 0
        self.status = ""


class Comings:
    """Told of every change, and asked now and then to sum up what was not said line by line."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._recent: dict[str, _Recent] = {}

    def note(self, name: str, status: str) -> None:
        """The device called ``name`` is ``status`` by now."""
        recent = self._recent_of(name)
        recent.status = status
        if recent.said < MOST:
            recent.said += 1
            detail = "went offline" if status == OFFLINE else "is here"
            log.info("%s", detail, extra={"device": name})
        else:
            recent.left_out += 1

    def _recent_of(self, name: str) -> _Recent:
        self._end(name)
        known = self._recent.get(name)
        if known is None:
            known = self._recent[name] = _Recent(self._monotonic(), said=0)
        return known

    def sum_up(self) -> None:
        """Say what is not said yet of windows that are over."""
        for name in list(self._recent):
            self._end(name)

    def _end(self, name: str) -> None:
        """End a window that is over; who went on without end is heard of once a window."""
        recent, now_s = self._recent.get(name), self._monotonic()
        if recent is None or now_s - recent.since_s < WINDOW_S:
            return
        del self._recent[name]
        if recent.left_out:
            text = "came or went %d times more within a minute; now it is %s"
            log.info(text, recent.left_out, recent.status, extra={"device": name})
            self._recent[name] = _Recent(now_s, said=MOST)

    @property
    def owes(self) -> bool:
        """Whether something was not said yet."""
        return any(recent.left_out for recent in self._recent.values())
