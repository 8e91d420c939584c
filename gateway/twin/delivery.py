"""Which readings of one epoch are settled: the watermark a device frees its spool by. Pure."""

from bisect import bisect_left, bisect_right
from typing import Final

# A device has at most 200 readings in flight, so it can leave 100 runs. Runs are written with
# each checkpoint: without a bound, every second number of a million would be 12 MB each time.
MAX_RUNS: Final = 1_000
MAX_GAPS: Final = 100  # that one floor tells of one by one; each is a row


class Watermark:
    """Every seq up to ``seq`` is settled; ``ahead`` holds what is settled beyond a hole.

    ``ahead`` is a sorted list of inclusive (first, last) runs, so that it stays small however
    long a hole stands open: a hole costs one run, not one entry a reading.
    """

    __slots__ = ("ahead", "seq")

    def __init__(self, seq: int = 0, ahead: list[tuple[int, int]] | None = None) -> None:
        self.seq = seq
        self.ahead = ahead or []

    @property
    def last(self) -> int:
        """The greatest seq that is settled, holes before it or not."""
        return self.ahead[-1][1] if self.ahead else self.seq

    @property
    def pending(self) -> int:
        """How many settled readings wait beyond a hole."""
        return sum(last - first + 1 for first, last in self.ahead)

    def holds(self, seq: int) -> bool:
        """Whether ``seq`` is settled."""
        if seq <= self.seq:
            return True
        at = bisect_left(self.ahead, seq, key=_last)
        return at < len(self.ahead) and self.ahead[at][0] <= seq

    def begins_run(self, seq: int) -> bool:
        """Whether settling ``seq`` would add a run to those there are."""
        if seq <= self.seq + 1:
            return False
        at = bisect_left(self.ahead, seq - 1, key=_last)
        return at == len(self.ahead) or self.ahead[at][0] > seq + 1

    def settle(self, seq: int) -> None:
        """``seq`` is stored, or quarantined under its key."""
        if seq == self.seq + 1:
            self.seq = seq
            if self.ahead:
                self._join()
        elif seq > self.seq:
            self._insert(seq, seq)

    def settle_run(self, first: int, last: int) -> None:
        """All from ``first`` to ``last`` is settled."""
        self._insert(first, last)
        self._join()

    def raise_floor(self, oldest: int) -> list[tuple[int, int]]:
        """The device holds nothing below ``oldest``: pass it, and return the holes as gaps."""
        gaps, passed = [], 0
        for first, last in self.ahead:
            if first > oldest:
                break
            gaps.append((self.seq + 1, first - 1))
            self.seq = last
            passed += 1
        del self.ahead[:passed]
        if self.seq < oldest - 1:
            gaps.append((self.seq + 1, oldest - 1))
            self.seq = oldest - 1
        self._join()
        return gaps

    def _join(self) -> None:
        """Take over the runs that the watermark has reached."""
        passed = 0
        for first, last in self.ahead:
            if first > self.seq + 1:
                break
            self.seq = max(self.seq, last)
            passed += 1
        del self.ahead[:passed]

    def _insert(self, first: int, last: int) -> None:
        """Add a run, joining those it touches."""
        runs = self.ahead
        start = bisect_left(runs, first - 1, key=_last)
        end = bisect_right(runs, last + 1, key=_first)
        if start < end:
            first, last = min(first, runs[start][0]), max(last, runs[end - 1][1])
        runs[start:end] = [(first, last)]


def few_gaps(gaps: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(first, last, how many are missing) of each gap, the many last ones of a floor as one."""
    told = [(first, last, last - first + 1) for first, last in gaps[:MAX_GAPS]]
    rest = gaps[MAX_GAPS:]
    if rest:
        missing = sum(last - first + 1 for first, last in rest)
        told.append((rest[0][0], rest[-1][1], missing))
    return told


def _first(run: tuple[int, int]) -> int:
    return run[0]


def _last(run: tuple[int, int]) -> int:
    return run[1]
