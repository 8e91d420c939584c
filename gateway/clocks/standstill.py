"""Whether a board's clock stands still while one reading after the other comes. Pure."""

from typing import Final

# No network holds up so many readings, each as long as it took to measure. Clocks that count whole
# seconds, as those of many a chip do, stand still for one.
_LOOKS: Final = 10
_LEAST_MS: Final = 2_000


class Standstill:
    """One board's clock: what it said last, since when, and in how many messages."""

    __slots__ = ("_board_ms", "_from_ms", "_looks")

    def __init__(self) -> None:
        self._board_ms = self._from_ms = self._looks = 0

    def shows(self, board_ms: int, now_ms: int, *, is_news: bool) -> bool:
        """Take a reading in; ``is_news``: it came later than the one before."""
        if board_ms != self._board_ms:
            self._board_ms, self._from_ms, self._looks = board_ms, now_ms, 0
        elif is_news:
            self._looks += 1
        return self._looks >= _LOOKS and now_ms - self._from_ms >= _LEAST_MS

    def move(self, by_ms: int) -> None:
        """See ``BoardClock.move``."""
        self._from_ms += by_ms
