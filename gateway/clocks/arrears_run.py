"""Readings of one epoch from far back, as they come: have they waited, or were they measured now?

Pure. See ``arrears``.
"""

from enum import Enum, auto
from typing import Final

from gateway.clocks.steady_lag import PACE

# No network holds readings of a board that is live up for so long.
GAINED_MS: Final = 10_000
# A board that is live is on time for so long, give or take what a network holds up.
_LIVE_MS: Final = 10_000
_JITTER_MS: Final = 2_000
# Whose window is full, or whose readings end, sends the same ones again.
_BLOCKED_GAIN_MS: Final = 1_000
_BLOCKED_MS: Final = 1_500
_BLOCKED_PERIODS: Final = 3
PATIENCE_MS: Final = 150_000  # then one that nothing tells anything of is given up


class Word(Enum):
    """What is known of such a reading."""

    WAITED = auto()  # its time is what its board says
    CAME = auto()  # it was measured when it came
    OPEN = auto()  # nobody can tell yet
    HOPELESS = auto()  # nor will anybody


class Run:
    """What has come of one epoch.

    Attributes:
        epoch: whose they are.
        late_ms: how late those came that were measured when they came.
        last_seq: the highest number.
    """

    __slots__ = (
        "_came_ms", "_end_ms", "_ended_ms", "_first_ms", "_first_seq", "_gained_ms",
        "_has_waited", "_held_seq", "_is_live", "_last_ms", "_lost_ms", "_news_ms",
        "epoch", "last_seq", "late_ms",
    )  # fmt: skip

    def __init__(self, epoch: str, seq: int, time_ms: int, now_ms: int) -> None:
        self.epoch = epoch
        self._first_seq = self.last_seq = seq
        self._first_ms = self._last_ms = time_ms
        self._came_ms = self._news_ms = now_ms
        self._end_ms, self._ended_ms = time_ms, now_ms  # the last of what came together before that
        self.late_ms = now_ms - time_ms
        self._gained_ms = self._lost_ms = 0  # against the first: less late at most, and later
        self._has_waited = self._is_live = False
        # From there on they come at their own pace, although those before had waited: the end of a
        # backlog that is as far back as this came from a wrong clock.
        self._held_seq: int | None = None

    def has(self, seq: int) -> bool:
        """Whether it lies among them."""
        return self._first_seq <= seq <= self.last_seq

    def is_over(self, now_ms: int) -> bool:
        """Whether nothing new has come for so long that nobody waits for more."""
        return now_ms - self._news_ms >= PATIENCE_MS

    def word(self, seq: int, time_ms: int, now_ms: int, *, is_set: bool) -> Word:
        """Take a reading in; ``is_set``: the clock has been right in a later one of the epoch."""
        if seq > self.last_seq:
            self._follow_pace(seq, time_ms, now_ms)
        elif self._is_blocked(now_ms):  # so it is not live
            self._held_seq = None
        if not self._has_waited:
            self._weigh(time_ms, now_ms)
        if self._has_waited and (self._held_seq is None or seq < self._held_seq):
            return Word.WAITED
        # A clock that was set right before anything had shown that they waited is the reason.
        if self._is_live or is_set:
            return Word.CAME
        return Word.HOPELESS if self.is_over(now_ms) else Word.OPEN

    def _follow_pace(self, seq: int, time_ms: int, now_ms: int) -> None:
        """The next reading by number: did what came together before it come at its own pace?"""
        if now_ms > self._news_ms:
            passed_ms, took_ms = self._last_ms - self._end_ms, self._news_ms - self._ended_ms
            self._end_ms, self._ended_ms = self._last_ms, self._news_ms
            if not 0 < passed_ms <= PACE * took_ms:
                self._held_seq = None
            elif self._held_seq is None and self._has_waited:
                self._held_seq, self.late_ms = seq, now_ms - time_ms
        self.last_seq, self._last_ms, self._news_ms = seq, time_ms, now_ms

    def _weigh(self, time_ms: int, now_ms: int) -> None:
        """Whatever their order: they cannot all have been measured while they came."""
        took_ms, apart_ms = now_ms - self._came_ms, time_ms - self._first_ms
        self._gained_ms = max(self._gained_ms, abs(apart_ms) - took_ms)
        if now_ms == self._news_ms:
            self._lost_ms = max(self._lost_ms, took_ms - apart_ms)
        blocked = self._gained_ms >= _BLOCKED_GAIN_MS and self._is_blocked(now_ms)
        self._has_waited = blocked or self._gained_ms >= GAINED_MS
        on_time = max(self._gained_ms, self._lost_ms) <= _JITTER_MS
        self._is_live = on_time and self._news_ms - self._came_ms >= _LIVE_MS

    def _is_blocked(self, now_ms: int) -> bool:
        """Whether a board that is live would have sent another one by now."""
        period_ms = abs(self._last_ms - self._first_ms) / max(1, self.last_seq - self._first_seq)
        return now_ms - self._news_ms >= max(_BLOCKED_MS, _BLOCKED_PERIODS * period_ms)
