"""How much of what one device sent lately was no good, and why. Pure; made with the first refusal.

Readings that were taken are not counted one by one: the device's own count of stored readings is
sampled now and then, so that a device without refusals costs nothing.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

WINDOW_S: Final = 60.0
PERIODS: Final = 5.0  # a slow board's minute is as long as so many of its readings
STEPS: Final = 12  # samples a window

READINGS: Final = ""  # the cause of what was refused whole; any other is a channel


class Bad(NamedTuple):
    """So many of ``total`` readings, or values of a channel, were refused; ``detail`` says why."""

    cause: str
    refused: int
    total: int
    detail: str

    @property
    def share(self) -> float:
        return self.refused / self.total if self.total else 0.0


class _Sample:
    """Since ``at_s``, when ``stored`` readings had been taken, so many were bad, by cause."""

    __slots__ = ("at_s", "bad", "stored")

    def __init__(self, at_s: float, stored: int) -> None:
        self.at_s = at_s
        self.stored = stored
        self.bad: dict[str, int] = {}


class Tally:
    """The last minute of one device, or its last few periods where they are longer.

    ``period_s`` is how often it measures. What it had sent in the minute before its first refusal
    is reckoned from that: all of it was good.
    """

    def __init__(self, *, now_s: float, stored: int, period_s: float | None) -> None:
        self.window_s = max(WINDOW_S, PERIODS * (period_s or 0.0))
        self._before = min(stored, round(self.window_s / period_s)) if period_s else 0
        self._began_s = now_s
        self._samples = deque([_Sample(now_s, stored)])
        self._details: dict[str, str] = {}

    def note(self, cause: str, detail: str) -> None:
        """One more was no good."""
        bad = self._samples[-1].bad
        bad[cause] = bad.get(cause, 0) + 1
        self._details[cause] = detail

    def step(self, *, now_s: float, stored: int) -> bool:
        """Let time pass; False once nothing bad is left in the window."""
        samples = self._samples
        if now_s - samples[-1].at_s >= self.window_s / STEPS:
            samples.append(_Sample(now_s, stored))
        while len(samples) > 1 and samples[1].at_s <= now_s - self.window_s:
            samples.popleft()
        return any(sample.bad for sample in samples)

    def causes(self, *, now_s: float, stored: int) -> Iterator[Bad]:
        """What was no good in the window, cause by cause."""
        begun = max(0.0, 1.0 - (now_s - self._began_s) / self.window_s)
        taken = stored - self._samples[0].stored + round(self._before * begun)
        counts: dict[str, int] = {}
        for sample in self._samples:
            for cause, count in sample.bad.items():
                counts[cause] = counts.get(cause, 0) + count
        for cause, count in counts.items():
            total = taken + count if cause == READINGS else max(taken, count)
            yield Bad(cause, count, total, self._details[cause])
