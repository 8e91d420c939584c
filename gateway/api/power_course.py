"""Energy of quarter hours in; power over time, its peak and its base load out. Pure.

A utility bills the highest mean of a quarter hour; what is drawn when least is going on is the
fifth percentile of those means. A quarter counts where four fifths of it were measured, as of less
nobody knows its mean; of many machines together where that is so of 95 % of them: of up to 19, of
each.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from contract.buckets import Interval
from gateway.twin.tiers import QUARTER_MS

COUNTS_FROM: Final = 0.8
MACHINES: Final = 0.95
BASE_SHARE: Final = 0.05
NOTHING: Final = "no quarter hour of this time was measured well enough to tell"


class Drawn(NamedTuple):
    """What a machine drew in a quarter, and for how long that was measured."""

    energy_j: float
    measured_ms: int

    @property
    def coverage(self) -> float:
        return min(1.0, self.measured_ms / QUARTER_MS)


class Load(msgspec.Struct, frozen=True):
    """A mean of a quarter hour, and when that began."""

    w: float
    time_ms: int


class Loads(msgspec.Struct, frozen=True):
    """What is told of a course of power; without a quarter that counts only why not."""

    peak: Load | None
    base: Load | None
    mean_w: float | None  # of the quarters that count
    quarters: int  # that count
    coverage: float
    reason: str | None


class Course(NamedTuple):
    """Mean power of each quarter; None where it does not count."""

    mean_w: list[float | None]
    coverage: list[float]
    left_out: frozenset[int] = frozenset()  # the quarters in which it is not to be counted


def quarters_of(from_ms: int, to_ms: int) -> list[Interval]:
    """The whole quarters within a time."""
    first_ms = -(-from_ms // QUARTER_MS) * QUARTER_MS
    return [
        Interval(ms, ms + QUARTER_MS) for ms in range(first_ms, to_ms - QUARTER_MS + 1, QUARTER_MS)
    ]


def course_of(drawn: Mapping[int, Drawn], times_ms: Sequence[int], *, is_counted: bool) -> Course:
    """A machine's.

    ``is_counted``: its energy is a counter's, which tells after a gap all that was drawn in it; so
    a quarter counts where the one before does not end in one.
    """
    coverage = [drawn[ms].coverage if ms in drawn else 0.0 for ms in times_ms]
    means: list[float | None] = []
    for ms, share in zip(times_ms, coverage, strict=True):
        before = drawn.get(ms - QUARTER_MS)
        follows = not is_counted or (before is not None and before.coverage >= COUNTS_FROM)
        is_told = follows and share >= COUNTS_FROM
        means.append(_watts(drawn[ms]) if is_told else None)
    return Course(means, coverage)


def _watts(drawn: Drawn) -> float:
    """The mean of what was measured."""
    return drawn.energy_j / drawn.measured_ms * 1000.0


def together(courses: Sequence[Course], count: int) -> Course:
    """Of machines that were all measured at some time."""
    means: list[float | None] = []
    shares: list[float] = []
    for at in range(count):
        due = [c for c in courses if at not in c.left_out]
        told = [c.mean_w[at] for c in due if c.mean_w[at] is not None]
        shares.append(sum(c.coverage[at] for c in due) / len(due) if due else 0.0)
        is_enough = bool(due) and len(told) >= MACHINES * len(due)
        means.append(sum(w for w in told if w is not None) if is_enough else None)
    never = frozenset.intersection(*(c.left_out for c in courses)) if courses else frozenset[int]()
    return Course(means, shares, never)


def loads_of(course: Course, times_ms: Sequence[int]) -> Loads:
    """Peak, base and mean of a course."""
    due = len(times_ms) - len(course.left_out)
    coverage = sum(course.coverage) / due if due else 0.0
    told = zip(course.mean_w, times_ms, strict=True)
    known = sorted((w, ms) for w, ms in told if w is not None)
    if not known:
        return Loads(None, None, None, 0, coverage, NOTHING)
    base = known[int(BASE_SHARE * len(known))]
    peak = max(known, key=lambda each: (each[0], -each[1]))
    mean_w = sum(w for w, _ in known) / len(known)
    return Loads(Load(*peak), Load(*base), mean_w, len(known), coverage, None)
