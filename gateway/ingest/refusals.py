"""Refused messages in, few lines of log out: the first of a kind at once, then a count a minute."""

import logging
import time
from collections.abc import Callable
from typing import Final

from gateway.journal import Quarantined

log = logging.getLogger(__name__)

INTERVAL_S: Final = 60.0
MOST_KINDS: Final = 10_000  # a kind is a device and a reason; beyond that, begin anew


class RefusalLog:
    """Warns of what is refused, however much it is."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told_s: dict[tuple[str, str], float] = {}
        self._untold: dict[tuple[str, str], int] = {}

    def note(self, refused: Quarantined) -> None:
        """One more refusal."""
        kind = (refused.device, refused.reason)
        now_s = self._monotonic()
        if now_s - self._told_s.get(kind, -INTERVAL_S) < INTERVAL_S:
            self._untold[kind] = self._untold.get(kind, 0) + 1
            return
        if len(self._told_s) >= MOST_KINDS:
            self._told_s.clear()
            self._untold.clear()
        self._told_s[kind] = now_s
        more = self._untold.pop(kind, 0)
        since = f" (and {more} more since the last such line)" if more else ""
        extra = {"device": refused.device or refused.topic}
        log.warning("refused, %s: %s%s", refused.reason, refused.detail, since, extra=extra)
