"""How long each input of a device has shown one value, and how long it usually does. Pure.

A sensor that gives a new value every 0.75 s, in steps of 1/16 °C, repeats itself for seconds; one
of a fine converter never does. Whether a value that stays is a stuck sensor can only be told by
what is usual of that very channel, and a window of some seconds does not show it.
"""

from collections.abc import Sequence

from contract.diagnosing import REMEMBERED, Hold, Window
from contract.messages import Value


class Holds:
    """What is remembered of one device, from window to window."""

    __slots__ = ("_changes", "_newest_ms", "_row", "_since_ms", "_usual_ms")

    def __init__(self) -> None:
        self._newest_ms: int | None = None
        self._row: tuple[Value, ...] = ()
        self._since_ms: list[int] = []
        self._usual_ms: list[float] = []  # the mean of ..
        self._changes: list[int] = []  # .. so many holds

    def follow(self, window: Window) -> list[Hold]:
        """Take in what ``window`` shows that is new; how each channel stands at its end."""
        times_ms, rows = window.time_ms, window.rows
        first = self._first_new(times_ms)
        if first == 0:
            self._begin(times_ms[0], rows[0])
            first = 1
        for at in range(first, len(rows)):
            self._step(times_ms[at], rows[at])
        newest_ms = self._newest_ms = times_ms[-1]
        return [
            Hold(newest_ms - since_ms, round(usual_ms), changes)
            for since_ms, usual_ms, changes in zip(
                self._since_ms, self._usual_ms, self._changes, strict=True
            )
        ]

    def _first_new(self, times_ms: Sequence[int]) -> int:
        """Index of the first reading that was not seen; 0 where the window does not join on."""
        seen_ms = self._newest_ms
        if seen_ms is None or not times_ms[0] <= seen_ms <= times_ms[-1]:
            return 0
        at = len(times_ms)
        while times_ms[at - 1] > seen_ms:
            at -= 1
        return at

    def _begin(self, time_ms: int, row: tuple[Value, ...]) -> None:
        """Nobody knows what was before; what is usual of the channels stays so."""
        self._row = row
        self._since_ms = [time_ms] * len(row)
        if len(self._changes) != len(row):
            self._usual_ms, self._changes = [0.0] * len(row), [0] * len(row)

    def _step(self, time_ms: int, row: tuple[Value, ...]) -> None:
        before, self._row = self._row, row
        since_ms, usual_ms, counts = self._since_ms, self._usual_ms, self._changes
        for at, value in enumerate(row):
            if value != before[at]:
                if counts[at] < REMEMBERED:
                    counts[at] += 1
                usual_ms[at] += (time_ms - since_ms[at] - usual_ms[at]) / counts[at]
                since_ms[at] = time_ms
