"""How long a stretch of time to ask for next, so that each answer is about as large. Pure."""

from typing import Final

TARGET: Final = 100_000  # points an answer
MOST: Final = 4 * TARGET  # beyond it the answer is let go, and less is asked for
_NS_PER_MS: Final = 1_000_000
_FIRST_NS: Final = 3_600_000 * _NS_PER_MS
_LONGEST_NS: Final = 10 * 366 * 24 * _FIRST_NS
_FACTOR: Final = 8.0


class Pages:
    """Stretches one after the other, from ``first_ns`` to ``last_ns``, both included.

    A stretch ends between milliseconds, so that what a machine measured at one is in one answer.
    """

    def __init__(self, *, first_ns: int, last_ns: int) -> None:
        self._at_ns = first_ns // _NS_PER_MS * _NS_PER_MS
        self._end_ns = last_ns // _NS_PER_MS * _NS_PER_MS + _NS_PER_MS
        self._long_ns = _FIRST_NS

    @property
    def next(self) -> tuple[int, int] | None:
        """From when until before when; None where all is asked for."""
        if self._at_ns >= self._end_ns:
            return None
        return self._at_ns, min(self._at_ns + self._long_ns, self._end_ns)

    @property
    def may_be_less(self) -> bool:
        """Whether a stretch can be parted still."""
        return self._long_ns > _NS_PER_MS

    def note(self, points: int) -> None:
        """The stretch is there, with so many points."""
        self._at_ns += self._long_ns
        grows = _FACTOR if not points else TARGET / points
        self._resize(min(_FACTOR, max(1 / _FACTOR, grows)))

    def part(self) -> None:
        """The stretch has too many points: ask for less."""
        self._resize(1 / _FACTOR)

    def _resize(self, factor: float) -> None:
        long_ns = int(self._long_ns * factor) // _NS_PER_MS * _NS_PER_MS
        self._long_ns = min(_LONGEST_NS, max(_NS_PER_MS, long_ns))
