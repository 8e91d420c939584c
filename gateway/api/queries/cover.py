"""A time in; out, what to read it from: the largest spans that are summed up, and minutes.

Pure. A span is used where it lies within one run (time over which nothing changes that sums are
told apart by), has been summed up, and nothing in it was stored since.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from contract.buckets import BucketAt, Interval, every
from gateway.twin.tiers import (
    DAY,
    HOUR,
    HOUR_MS,
    QUARTER,
    QUARTER_MS,
    SIX_HOURS,
    SIX_HOURS_MS,
)

MINUTES: Final = 1  # the level of what is kept by the minute
ALL: Final = (DAY, SIX_HOURS, HOUR, QUARTER)  # the longest first
_LENGTHS: Final = {SIX_HOURS: SIX_HOURS_MS, HOUR: HOUR_MS, QUARTER: QUARTER_MS}


class Segment(NamedTuple):
    """A time that is read from one level."""

    level: int
    start_ms: int
    end_ms: int


class Spans:
    """Which spans there are. ``usable_ms``: until when, by level."""

    def __init__(self, usable_ms: Callable[[int], int], day_at: BucketAt) -> None:
        self._usable_ms = {level: usable_ms(level) for level in ALL}
        self._at: dict[int, BucketAt] = {DAY: day_at}
        self._at |= {level: every(length_ms) for level, length_ms in _LENGTHS.items()}

    def cover(
        self,
        runs: Iterable[Interval],
        stale: Sequence[int],
        levels: tuple[int, ...] = ALL,
    ) -> list[Segment]:
        """What runs are read from, in order; ``stale`` are starts of quarters, in order.

        ``levels``: those that may be used, the longest first.
        """
        found: list[Segment] = []
        for run in runs:
            for each in self._within(run, stale, levels):
                last = found[-1] if found else None
                if last and (last.level, last.end_ms) == (each.level, each.start_ms):
                    found[-1] = last._replace(end_ms=each.end_ms)
                else:
                    found.append(each)
        return found

    def _within(
        self, run: Interval, stale: Sequence[int], levels: tuple[int, ...]
    ) -> Iterator[Segment]:
        """``run`` by the first of ``levels``, where that fits, and by the others around it."""
        if run.start_ms >= run.end_ms:
            return
        if not levels:
            yield Segment(MINUTES, *run)
            return
        level, *smaller = levels
        left_ms = run.start_ms  # from here on nothing is said yet
        for unit in self._units(level, run) if _is_stale(run, stale) else self._joined(level, run):
            if not _is_stale(unit, stale):
                yield from self._within(Interval(left_ms, unit.start_ms), stale, tuple(smaller))
                yield Segment(level, *unit)
                left_ms = unit.end_ms
        yield from self._within(Interval(left_ms, run.end_ms), stale, tuple(smaller))

    def _joined(self, level: int, run: Interval) -> Iterator[Interval]:
        """As ``_units``, those of one length as one: where none of them is stale."""
        length_ms = _LENGTHS.get(level)
        if length_ms is None:
            yield from self._units(level, run)
            return
        start_ms = -(-run.start_ms // length_ms) * length_ms
        end_ms = min(run.end_ms, self._usable_ms[level]) // length_ms * length_ms
        if start_ms < end_ms:
            yield Interval(start_ms, end_ms)

    def _units(self, level: int, run: Interval) -> Iterator[Interval]:
        """Those that lie within, and have been summed up."""
        at, behind_ms = self._at[level], min(run.end_ms, self._usable_ms[level])
        unit = at(run.start_ms)
        if unit.start_ms < run.start_ms:
            unit = at(unit.end_ms)
        while unit.end_ms <= behind_ms:
            if unit.start_ms % QUARTER_MS == 0 == unit.end_ms % QUARTER_MS:
                yield unit
            unit = at(unit.end_ms)


def _is_stale(unit: Interval, stale: Sequence[int]) -> bool:
    place = bisect_left(stale, unit.start_ms)
    return place < len(stale) and stale[place] < unit.end_ms
