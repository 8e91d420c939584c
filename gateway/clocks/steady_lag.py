"""Readings that come at the pace they were measured at: how late they are, and if that stays so.

Pure. What waited on a board comes faster than it was measured, and ever less late; what a wrong
clock has dated comes at its own pace, and each reading as late as the one before.
"""

from typing import Final

# What shows a constant offset: so many looks, over so long, each as late as the others.
_LEAST_LOOKS: Final = 3
_SPREAD_MS: Final = 1_000
_CATCHING_UP: Final = 0.05  # less late by this share of the time: a backlog that is drained slowly
PACE: Final = 1.5  # readings that come faster than this, against their own times, had waited


class SteadyLag:
    """Readings that came at the pace they were measured at: how late, how many, for how long."""

    __slots__ = ("_board_ms", "_gained_ms", "_greatest_late_ms", "_received_ms", "_since_ms",
                 "least_late_ms", "looks")  # fmt: skip

    def __init__(self, board_ms: int, received_ms: int) -> None:
        self._board_ms = board_ms
        self._received_ms = self._since_ms = received_ms
        self.least_late_ms = self._greatest_late_ms = received_ms - board_ms
        self._gained_ms = 0  # by how much a reading was less late than any before
        self.looks = 0

    def move(self, by_ms: int) -> None:
        """See ``BoardClock.move``."""
        self._received_ms += by_ms
        self._since_ms += by_ms
        self.least_late_ms += by_ms
        self._greatest_late_ms += by_ms

    def goes_on(self, board_ms: int, received_ms: int) -> bool:
        """Take the next look; False when the board's readings came faster than that."""
        passed_ms, took_ms = board_ms - self._board_ms, received_ms - self._received_ms
        if took_ms <= 0:
            return True  # one and the same
        if not 0 < passed_ms <= PACE * took_ms + _SPREAD_MS / 4:
            return False
        self._board_ms, self._received_ms = board_ms, received_ms
        late_ms = received_ms - board_ms
        self.least_late_ms = min(self.least_late_ms, late_ms)
        self._greatest_late_ms = max(self._greatest_late_ms, late_ms)
        self._gained_ms = max(self._gained_ms, self._greatest_late_ms - late_ms)
        self.looks += 1
        return self._greatest_late_ms - self.least_late_ms <= _SPREAD_MS

    def shows_an_offset(self, least_span_ms: int) -> bool:
        """Whether it has stood still for ``least_span_ms``."""
        span_ms = self._received_ms - self._since_ms
        if self.looks < _LEAST_LOOKS or span_ms < least_span_ms:
            return False
        return self._gained_ms <= _CATCHING_UP * span_ms + _SPREAD_MS / 4
