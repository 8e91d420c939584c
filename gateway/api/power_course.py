"""Energy of quarter hours in; power over time, its peak and its base load out. Pure.

A utility bills the highest mean of a quarter hour; what is drawn when least is going on is the
fifth percentile of those means. What a machine drew in a quarter is known where four fifths of the
time for which it was there were measured; of less what was measured is a least value, and so is a
sum in which a machine lacks. A quarter tells the same in whatever range it is asked for, so a peak
never falls when a range grows.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from contract.buckets import Interval
from gateway.twin.tiers import QUARTER_MS

COUNTS_FROM: Final = 0.8
MACHINES: Final = 0.95
BASE_SHARE: Final = 0.05
NOTHING: Final = "no quarter hour of this time was measured well enough to tell"
_ENOUGH_MS: Final = COUNTS_FROM * QUARTER_MS
_QUARTER_S: Final = QUARTER_MS / 1000.0


class Drawn(NamedTuple):
    """What a machine drew in each quarter, and for how long that was measured."""

    energy_j: list[float]
    measured_ms: list[int]


class Load(msgspec.Struct, frozen=True):
    """A mean of a quarter hour, and when that began; ``is_least``: not all of it was measured."""

    w: float
    time_ms: int
    is_least: bool


class Base(Load, frozen=True):
    """Of how many ``quarters``."""

    quarters: int


class Loads(msgspec.Struct, frozen=True):
    """What is told of a course of power; where nothing was measured only why not."""

    peak: Load | None
    base: Base | None
    mean_w: float | None
    mean_is_least: bool
    quarters: int  # in which anything was measured
    whole: int  # in which all was
    of: int
    coverage: float
    reason: str | None


class Course(NamedTuple):
    """Columns of one machine or of several, a row a quarter."""

    mean_w: list[float | None]  # None: nothing that tells it was measured
    measured_ms: list[int]
    expected_ms: list[int]
    there_ms: list[int]  # for how long any was there
    due: list[int]  # how many were
    lacking: list[int]  # of how many of these too little was measured

    @classmethod
    def nothing(cls, count: int) -> "Course":
        return cls([None] * count, *([0] * count for _ in range(5)))

    @property
    def is_least(self) -> list[bool]:
        """Where not all of what was there was measured."""
        return [
            mean is not None and (lacking > 0 or there_ms < _ENOUGH_MS)
            for mean, lacking, there_ms in zip(
                self.mean_w, self.lacking, self.there_ms, strict=True
            )
        ]

    @property
    def measured(self) -> list[float]:
        """The share of each quarter; of one in which none was there 0."""
        times_ms = zip(self.measured_ms, self.expected_ms, strict=True)
        return [_share(measured_ms, expected_ms) for measured_ms, expected_ms in times_ms]


def quarters_of(from_ms: int, to_ms: int) -> list[Interval]:
    """The whole quarters within a time."""
    first_ms = -(-from_ms // QUARTER_MS) * QUARTER_MS
    return [
        Interval(ms, ms + QUARTER_MS) for ms in range(first_ms, to_ms - QUARTER_MS + 1, QUARTER_MS)
    ]


def course_of(drawn: Drawn, expected_ms: list[int], *, is_counted: bool) -> Course:
    """A machine's; ``drawn`` may begin with the quarter before the first that is told.

    ``expected_ms``: for how long it was there in each. ``is_counted``: its energy is a counter's,
    which tells after a gap all that was drawn in it; so a quarter tells nothing where the one
    before ends in one.
    """
    lead = len(drawn.measured_ms) - len(expected_ms)
    measured_ms = drawn.measured_ms[lead:]
    before_ms = [0, *drawn.measured_ms][lead:-1]
    means: list[float | None] = []
    for energy_j, read_ms, just_before_ms, due_ms in zip(
        drawn.energy_j[lead:], measured_ms, before_ms, expected_ms, strict=True
    ):
        if not (read_ms or energy_j) or (is_counted and just_before_ms < _ENOUGH_MS):
            means.append(None)
        elif COUNTS_FROM * due_ms <= read_ms < due_ms:  # the rest of it was like this
            means.append(energy_j * due_ms / read_ms / _QUARTER_S)
        else:
            means.append(energy_j / _QUARTER_S)
    lacking = [
        int(due_ms > 0 and (mean is None or read_ms < COUNTS_FROM * due_ms))
        for mean, read_ms, due_ms in zip(means, measured_ms, expected_ms, strict=True)
    ]
    known_ms = list(map(min, measured_ms, expected_ms))
    due = [int(due_ms > 0) for due_ms in expected_ms]
    return Course(means, known_ms, expected_ms, expected_ms, due, lacking)


def together(courses: Sequence[Course], count: int) -> Course:
    """Of machines, whether or not each was there at a time."""
    if not courses:
        return Course.nothing(count)
    return Course(
        [_added(means) for means in zip(*(each.mean_w for each in courses), strict=True)],
        _of_all(sum, [each.measured_ms for each in courses]),
        _of_all(sum, [each.expected_ms for each in courses]),
        _of_all(max, [each.there_ms for each in courses]),
        _of_all(sum, [each.due for each in courses]),
        _of_all(sum, [each.lacking for each in courses]),
    )


def _added(means: Sequence[float | None]) -> float | None:
    told = [mean for mean in means if mean is not None]
    return sum(told) if told else None


def _of_all(put: Callable[[tuple[int, ...]], int], columns: Sequence[Sequence[int]]) -> list[int]:
    return [put(row) for row in zip(*columns, strict=True)]


def loads_of(course: Course, times_ms: Sequence[int]) -> Loads:
    """Peak, base and mean of a course."""
    coverage = _share(sum(course.measured_ms), sum(course.expected_ms))
    told = [at for at, mean in enumerate(course.mean_w) if mean is not None]
    if not told:
        return Loads(None, None, None, False, 0, 0, len(times_ms), coverage, NOTHING)
    known_w = [mean or 0.0 for mean in course.mean_w]
    is_least = course.is_least
    peak = max(told, key=known_w.__getitem__)
    mean_w, mean_is_least = _mean(course)
    return Loads(
        peak=Load(known_w[peak], times_ms[peak], is_least[peak]),
        base=_base(known_w, times_ms, is_least, _for_base(course, told)),
        mean_w=mean_w,
        mean_is_least=mean_is_least,
        quarters=len(told),
        whole=len(told) - sum(is_least),
        of=len(times_ms),
        coverage=coverage,
        reason=None,
    )


def _for_base(course: Course, told: list[int]) -> list[int]:
    """The quarters that were measured well enough to stand for what is drawn at least, else all."""
    shares = zip(course.there_ms, course.due, course.lacking, strict=True)
    is_enough = [
        there_ms >= _ENOUGH_MS and due - lacking >= MACHINES * due
        for there_ms, due, lacking in shares
    ]
    return [at for at in told if is_enough[at]] or told


def _base(
    known_w: Sequence[float], times_ms: Sequence[int], is_least: Sequence[bool], those: list[int]
) -> Base:
    """What lies above it stays above it, whatever else was drawn then.

    So only what does not can make it a least value.
    """
    w = sorted(known_w[at] for at in those)[int(BASE_SHARE * len(those))]
    first = next(at for at in those if known_w[at] == w)
    may_be_more = any(is_least[at] and known_w[at] <= w for at in those)
    return Base(w, times_ms[first], may_be_more, len(those))


def _mean(course: Course) -> tuple[float | None, bool]:
    """Of the time for which any was there, in the quarters of which something is told.

    So it is the energy of them over that time.
    """
    rows = zip(course.mean_w, course.there_ms, course.lacking, strict=True)
    told = [(mean, there_ms, lacking) for mean, there_ms, lacking in rows if mean is not None]
    there_ms = sum(row[1] for row in told)
    mean_w = sum(row[0] for row in told) * QUARTER_MS / there_ms if there_ms else None
    return mean_w, any(row[2] for row in told)


def _share(measured_ms: int, expected_ms: int) -> float:
    return measured_ms / expected_ms if expected_ms else 0.0
