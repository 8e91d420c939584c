"""Channels that samples lack: counted each sample, reported once a reason.

A sensor that does not answer costs its own channel; where none does, there is no reading. A sensor
may need a moment after it was switched on, and that is no news.
"""

_PATIENCE_MS = 3000


class Withheld:
    """What is wrong with the sensors now, if it is."""

    def __init__(self, *, board) -> None:
        self._board = board
        self._since_ms: int | None = None
        self._said = ""
        self.count = 0

    @property
    def standing(self) -> bool:
        """Whether the failure has been reported and is not over."""
        return bool(self._said)

    def because(self, reason: str, *, none: bool) -> None:
        """A sample lacks channels, or has ``none``; ``reason`` says which and why."""
        self.count += 1
        now_ms = self._board.ticks_ms()
        if self._since_ms is None:
            self._since_ms = now_ms
        if now_ms - self._since_ms >= _PATIENCE_MS and reason != self._said:
            self._said = reason
            self._board.say(("no readings: " if none else "channels are missing: ") + reason)

    def over(self) -> None:
        """A sample was whole."""
        if self._said:
            self._board.say("readings again, and whole")
        self._since_ms = None
        self._said = ""
