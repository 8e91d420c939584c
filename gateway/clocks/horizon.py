"""How far retention has come: its own idea of now, which no clock can make jump. Pure.

It follows the gateway's clock at no more than twice the pace of monotonic time. So it catches up
with the days on which the gateway was off, and a clock that is wrong for an hour, unnoticed,
deletes what would have gone within two hours. It is kept in the journal.
"""

from typing import Final

PACE: Final = 2


class Horizon:
    """Advances a round at a time.

    Args:
        stored_ms: where it was, by the journal; None where that does not say.
        newest_ms: the newest reading in the journal, where it then begins; None if there is none.
        steady_ms: monotonic time.
    """

    def __init__(self, *, stored_ms: int | None, newest_ms: int | None, steady_ms: int) -> None:
        self.at_ms = newest_ms if stored_ms is None else stored_ms
        self._steady_ms = steady_ms

    def begin(self, oldest_ms: int | None) -> None:
        """Where nothing says so, at the first receipt: the clock may have been put right since."""
        if self.at_ms is None:
            self.at_ms = oldest_ms

    def advance(self, *, now_ms: int, steady_ms: int) -> int:
        """Where it is now; never ahead of the clock."""
        passed_ms, self._steady_ms = steady_ms - self._steady_ms, steady_ms
        reach_ms = now_ms if self.at_ms is None else self.at_ms + PACE * passed_ms
        self.at_ms = min(now_ms, reach_ms)
        return self.at_ms

    def hold(self, *, steady_ms: int) -> None:
        """Nobody knows the time: what passes meanwhile is not caught up with at once."""
        self._steady_ms = steady_ms
