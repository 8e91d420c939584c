"""How often a device measures, and which of its intervals were measured at all. Pure.

An interval between two neighbouring readings (by event time) is measured when it is no longer than
``max_gap_ms``, or than three of the device's periods where it says its period, or when it is one of
a run: at least three intervals in a row that are alike, in one epoch and with hardly a number
missing. So a device that sends every ten seconds, unasked, is measured, and one that hung for ten
minutes is not. The rule looks at neighbours only, whatever order they came in.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from contract.messages import Reading, Stamp
from contract.window import ROWS_A_WINDOW

CLOSE_MS: Final = 1_000  # intervals up to here are like none that is longer than the shortest gap
RUN: Final = 3  # intervals that make a run
BEFORE, AFTER = RUN, RUN - 1  # readings around an interval's later end that decide on it
PERIODS_A_GAP: Final = 3
_ALIKE: Final = 2.0
_MOST_MISSING: Final = 3  # steps of seq in an interval of a run
LATE_MS: Final = 2_000  # more than that is no matter of the network
LAG_SPREAD_MS: Final = 500
LAG_SHOWN_MS: Final = 1_000
_WAVERS: Final = 8  # steps that differ by less than an eighth are alike
SLOW_MS: Final = 600  # three such periods are within every type's max_gap_ms
BELIED: Final = 3  # so many intervals, and so long, show that a period is not what readings say
BELIED_MS: Final = 10_000


def limit_ms(before: Reading, reading: Reading, max_gap_ms: int) -> int:
    """How long the interval between two readings may be, by what they say of their period."""
    return max(max_gap_ms, PERIODS_A_GAP * max(before.period_ms or 0, reading.period_ms or 0))


def measured(readings: Sequence[Reading], max_gap_ms: int) -> list[bool]:
    """Whether each interval was measured: of neighbours in order, one fewer than readings."""
    pairs = list(pairwise(readings))
    periods = [_period(before, reading) for before, reading in pairs]
    flags = [
        reading.stamp != Stamp.WAITED
        and _elapsed(before, reading) <= limit_ms(before, reading, max_gap_ms)
        for before, reading in pairs
    ]
    for first, last in _runs(periods):
        flags[first:last] = [True] * (last - first)
    return flags


def _runs(periods: Sequence[float | None]) -> list[tuple[int, int]]:
    """(first, one behind the last) of every run that is long enough."""
    runs, first = [], 0
    for at in range(1, len(periods) + 1):
        if at == len(periods) or not _are_alike(periods[at - 1], periods[at]):
            if at - first >= RUN:
                runs.append((first, at))
            first = at
    return runs


def _elapsed(before: Reading, reading: Reading) -> int:
    return (reading.time_ms or 0) - (before.time_ms or 0)


def _period(before: Reading, reading: Reading) -> float | None:
    """The mean period of an interval that may be one of a run; None of all others."""
    steps = reading.seq - before.seq
    if reading.epoch != before.epoch or not 1 <= steps <= _MOST_MISSING:
        return None
    elapsed_ms = _elapsed(before, reading)
    return elapsed_ms / steps if elapsed_ms > CLOSE_MS and reading.stamp != Stamp.WAITED else None


def _are_alike(one_ms: float | None, other_ms: float | None) -> bool:
    if one_ms is None or other_ms is None:
        return False
    return one_ms <= _ALIKE * other_ms and other_ms <= _ALIKE * one_ms


class Cadence(msgspec.Struct):
    """The same rule for readings that come in order, one at a time.

    What cannot be told yet counts as a gap; when a run shows that it was none, the minutes it
    lies in are owed: whoever keeps the sums restates them.
    """

    period_ms: float | None = None  # of the last interval
    length: int = 0  # of the run it ends
    ends_ms: tuple[int, ...] = ()  # of the intervals before that may be of a run with the next
    unsure: int = 0  # as many intervals to come may have late readings in their run
    is_idle: bool = False  # the last interval was close: another such one changes nothing

    def step(
        self, before: Reading, reading: Reading, max_gap_ms: int
    ) -> tuple[bool, tuple[int, ...]]:
        """The next interval: whether it was measured, and the times whose minutes are owed."""
        period_ms = _period(before, reading)
        alike = _are_alike(self.period_ms, period_ms)
        self.length = self.length + 1 if alike else int(period_ms is not None)
        self.period_ms = period_ms
        elapsed_ms, time_ms = _elapsed(before, reading), reading.time_ms or 0
        is_measured = reading.stamp != Stamp.WAITED and (
            elapsed_ms <= limit_ms(before, reading, max_gap_ms) or self.length >= RUN
        )
        owed: tuple[int, ...] = self.ends_ms if self.length == RUN else ()
        if self.unsure:
            self.unsure -= 1
            owed = (*self.ends_ms, time_ms)
        self.ends_ms = (*self.ends_ms, time_ms)[-AFTER:]
        self.is_idle = elapsed_ms <= CLOSE_MS and not self.unsure
        return is_measured, owed

    def disturb(self) -> None:
        """A late reading has come in between: the next few runs are looked at whole."""
        if not self.is_idle:
            self.period_ms, self.length, self.unsure = None, 0, RUN


class Lag(msgspec.Struct):
    """Readings that come late, and yet at the pace they were measured at: of now, by a slow clock.

    ``shift_ms`` is what their times lack; 0 while it has not been seen for long enough, and for a
    backlog, which comes faster.
    """

    time_ms: int = 0
    received_ms: int = 0
    shift_ms: int = 0

    def step(self, time_ms: int, received_ms: int) -> None:
        """The next late reading."""
        took_ms = received_ms - self.received_ms
        if abs(time_ms - self.time_ms - took_ms) > LAG_SPREAD_MS:
            self.time_ms, self.received_ms, self.shift_ms = time_ms, received_ms, 0
        elif took_ms >= LAG_SHOWN_MS:
            self.shift_ms = received_ms - time_ms


class Steady(msgspec.Struct):
    """Whether the last steps from reading to reading are alike, and how long one of them is.

    So that of a board which keeps its pace, as nearly all do, nobody looks at them all each time.
    """

    step_ms: int = 0
    alike: int = 0  # so many steps

    @property
    def is_shown(self) -> bool:
        return self.alike == ROWS_A_WINDOW

    def step(self, elapsed_ms: int) -> bool:
        """The next step: whether there are just now enough that are alike to tell their median."""
        if abs(elapsed_ms - self.step_ms) * _WAVERS > elapsed_ms:
            self.step_ms, self.alike = elapsed_ms, 0
        elif self.alike < ROWS_A_WINDOW:
            self.alike += 1
            return self.alike == ROWS_A_WINDOW
        return False


class Pace(msgspec.Struct):
    """How often a device measures now, in the order of its life: said by it, or shown.

    Attributes:
        announced_ms: what its birth says.
        said_ms: what its newest reading says.
        shown_ms: what its last intervals were like, where they are long.
        last_ms: the last interval, where it was long.
        is_idle: a short interval, of a reading that says what the last one said, changes nothing.
        soon, soon_ms: the last intervals that were far shorter than said, and how long in all.
    """

    announced_ms: int | None = None
    said_ms: int | None = None
    shown_ms: int | None = None
    last_ms: int | None = None
    is_idle: bool = False
    is_new: bool = True
    soon: int = 0
    soon_ms: int = 0

    @property
    def period_ms(self) -> int | None:
        """None: as usual for its type, or unknown."""
        return self.believed_ms or self.shown_ms or self.announced_ms

    @property
    def believed_ms(self) -> int | None:
        """What its newest reading says, unless its intervals show otherwise."""
        if self.shown_ms is None and not self.soon:  # as of nearly every board
            return self.said_ms
        is_late = (self.shown_ms or 0) > _ALIKE * (self.said_ms or 0)
        return None if is_late or self._is_soon else self.said_ms

    @property
    def _is_soon(self) -> bool:
        return self.soon >= BELIED and self.soon_ms >= BELIED_MS

    def announce(self, rate_hz: float | None) -> None:
        """Its birth says so many readings a second."""
        is_rate = rate_hz is not None and 0.0 < rate_hz < math.inf
        self.announced_ms = max(1, round(1000.0 / rate_hz)) if is_rate and rate_hz else None
        self.is_idle = False

    def step(self, elapsed_ms: int, said_ms: int | None) -> None:
        """The next interval, and what the reading at its end says."""
        self.said_ms = said_ms
        is_soon = said_ms is not None and elapsed_ms * _ALIKE < said_ms
        self.soon = self.soon + 1 if is_soon else 0
        self.soon_ms = self.soon_ms + elapsed_ms if is_soon else 0
        if elapsed_ms <= SLOW_MS:
            self.shown_ms = self.last_ms = None
            if (self.announced_ms or 0) > SLOW_MS:
                self.announced_ms = None  # it shows otherwise
        elif self.is_new:
            self.shown_ms = self.last_ms = elapsed_ms
        elif self.last_ms is not None and _are_alike(self.last_ms, elapsed_ms):
            # Of two that are alike the longer may be one that something has held up.
            self.shown_ms, self.last_ms = min(self.last_ms, elapsed_ms), elapsed_ms
        else:
            self.last_ms = elapsed_ms
        self.is_new = False
        self.is_idle = self.last_ms is None and (not is_soon or self._is_soon)
