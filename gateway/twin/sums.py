"""One device's readings and events in, by event time; sums and minutes out. Pure.

One older than the newest changes sums through ``replace`` only: whoever keeps the items restates
its minute, and those around it.
"""

import math
from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from contract.assets.words import Asset
from contract.language import sums as language
from contract.messages import Event, Item, Minute, Reading, Stamp
from gateway.twin.bills import Bills
from gateway.twin.cadence import CLOSE_MS, Cadence
from gateway.twin.dated import Dated
from gateway.twin.ledger import ledger_of
from gateway.twin.minutes import Integrator, key_of
from gateway.twin.numbering import UNKNOWN, Numbering
from gateway.twin.rows import Row
from gateway.twin.snapshot import Snapshot, Totals

_NEVER_MS: Final = -(2**62)
_WAITED: Final = Stamp.WAITED


class Owed(NamedTuple):
    """A time whose minute must be restated, ``alone`` or with those around it."""

    time_ms: int
    alone: bool


class Whole(NamedTuple):
    """Minutes that have closed, put together."""

    measured_ms: int
    sums: language.Sums


class SoFar(NamedTuple):
    """All since the first reading."""

    measured_ms: int
    sums: language.Sums
    bills: dict[str, float]  # those of its figures that keep the price of their time


class Sums:
    """What a device has used and how long it was measured, since its first reading."""

    __slots__ = (
        "_bills",
        "_cadence",
        "_closed",
        "_epoch",
        "_integrator",
        "_is_plain",
        "_last",
        "_last_event",
        "_last_ms",
        "_ledger",
        "_max_gap_ms",
        "_next_seq",
        "_numbering",
        "_owed",
        "_totals",
    )

    def __init__(self, asset: Asset, params: Dated) -> None:
        self._ledger = ledger_of(asset)
        self._bills = Bills(self._ledger, params)
        self._is_plain = self._ledger.is_plain
        self._max_gap_ms = round(asset.max_gap_s * 1000)
        self._last: Reading | None = None
        self._last_ms = _NEVER_MS
        self._last_event = (_NEVER_MS, "", 0)
        self._numbering = Numbering()
        self._epoch, self._next_seq = "", 0  # the numbering's
        self._cadence = Cadence()
        self._integrator = Integrator(asset, params)
        self._totals = self._nothing()
        self._closed: list[Minute] = []
        self._owed: list[Owed] = []

    def add(self, reading: Reading, time_ms: int, row: Row) -> bool:
        """Take the next reading; False when it came late, and its minute must be restated."""
        seq, missing = reading.seq, 0
        if seq == self._next_seq and reading.epoch == self._epoch:
            self._next_seq = seq + 1
        else:
            missing = self._number(reading)
        elapsed_ms = time_ms - self._last_ms
        if elapsed_ms <= 0 and not self._is_next(reading, time_ms):
            self._take_late(reading, time_ms, row)
            return False
        if elapsed_ms <= CLOSE_MS and self._cadence.is_idle and reading.stamp != _WAITED:
            is_measured = True
        else:
            is_measured = self._is_measured(reading)
        integrator = self._integrator
        if reading.aside is not None:
            integrator.forget(reading.aside)
        if not self._is_plain:
            row = self._ledger.row(reading.values)
        if time_ms >= integrator.end_ms:
            self._close(integrator.turn(time_ms))
        integrator.memory = integrator.add_row(
            integrator.sums, integrator.memory, time_ms, row, is_measured
        )
        if missing:
            self._note_missing(missing, time_ms)
        self._last = reading
        self._last_ms = time_ms
        return True

    def _is_next(self, reading: Reading, time_ms: int) -> bool:
        return time_ms >= self._integrator.start_ms and self._is_newest(reading)

    def _is_newest(self, reading: Reading) -> bool:
        return self._last is None or key_of(reading) > key_of(self._last)

    def _take_late(self, reading: Reading, time_ms: int, row: Row) -> None:
        """A reading that is not the newest, or is one of a minute that an event has closed."""
        if not self._is_newest(reading):
            self._cadence.disturb()
            return
        is_measured = self._is_measured(reading)
        if reading.aside is not None:
            self._integrator.forget(reading.aside)
        self._integrator.pass_by(time_ms, self._ledger.row(reading.values, row), is_measured)
        self._last = reading
        self._cadence.is_idle = False

    def add_event(self, event: Event) -> bool:
        """Take the next event; False when it came late, and its minute must be restated."""
        missing, key = self._number(event), key_of(event)
        if key <= self._last_event or key[0] < self._integrator.start_ms:
            return False
        self._last_event = key
        self._close(self._integrator.add_event(event))
        self._mind_the_open()
        if missing:
            self._note_missing(missing, key[0])
        return True

    def _mind_the_open(self) -> None:
        """An event may have begun a minute: a reading from before it is late, newest or not."""
        start_ms = self._integrator.start_ms
        if start_ms > self._last_ms:
            self._last_ms = start_ms - 1
            self._cadence.is_idle = False

    @property
    def last(self) -> Reading | None:
        """The newest reading by event time."""
        return self._last

    def recall(self, readings: Sequence[Reading], unknown: Container[str]) -> bool:
        """A reading came late that told what the newest one lacks: see ``Integrator``."""
        return self._integrator.recall(readings, unknown)

    # ------------------------------------------------------------ numbers

    def _number(self, item: Item) -> int:
        numbering = self._numbering
        numbering.next = self._next_seq
        missing = numbering.step(item)
        self._epoch, self._next_seq = numbering.epoch, numbering.next
        return missing

    def _note_missing(self, missing: int, time_ms: int) -> None:
        if missing == UNKNOWN:
            self._owed.append(Owed(time_ms, alone=False))
        else:
            self._integrator.add_missing(missing)

    def _is_measured(self, reading: Reading) -> bool:
        """Whether the interval that ends here was measured, where that is not plain to see."""
        if self._last is None:
            return False
        is_measured, owed = self._cadence.step(self._last, reading, self._max_gap_ms)
        self._owed += [Owed(time_ms, alone=True) for time_ms in owed]
        return is_measured

    # ------------------------------------------------------------ minutes

    def replace(self, *, new: Minute, old: Minute | None) -> None:
        """Let a minute restated from the journal take the place of what had been counted for it.

        Args:
            new: the minute with its late readings.
            old: what the journal holds of it, None when it is a minute nobody knew of. It is of
                no account for the open minute and for one that has closed but was not taken yet.
        """
        if self._integrator.start_ms == new.start_ms:
            self._integrator.adopt(new)
            return
        for at, closed in enumerate(self._closed):
            if closed.start_ms == new.start_ms:
                old, self._closed[at] = closed, new
        self._count(new=new, old=old)
        self._bills.replace(new=new, old=old)

    def tell_health(self, percent: float | None, most_ms: int) -> None:
        """What is told of it now goes into the open minute: see ``Integrator``."""
        self._integrator.tell_health(percent, most_ms)

    # ------------------------------------------------------------ at the prices of their time

    def follow_params(self) -> None:
        """Somebody has set parameters otherwise: what is closed stays as it was billed."""
        self._integrator.follow_params()

    def _close(self, closed: Minute | None) -> None:
        if closed is not None:
            self._count(new=closed)
            self._bills.add(self._integrator.valued)
            self._closed.append(closed)

    def _count(self, *, new: Minute, old: Minute | None = None) -> None:
        totals = self._totals
        if old is not None:
            totals.add(old, sign=-1)
        totals.add(new)
        totals.sums = self._ledger.exchanged(totals.sums, new=new, old=old)

    def take_closed(self) -> list[Minute]:
        taken, self._closed = self._closed, []
        return taken

    def take_owed(self) -> list[Owed]:
        owed, self._owed = self._owed, []
        return owed

    def open_minute(self) -> Minute | None:
        return self._integrator.minute()

    @property
    def open_ms(self) -> int:
        """Where the open minute begins; before all time while there is none."""
        return self._integrator.start_ms

    @property
    def has_news(self) -> bool:
        return bool(self._closed) or bool(self._owed)

    def so_far(self) -> SoFar:
        """All of it, the open minute included."""
        totals, ledger, current = self._totals, self._ledger, self._integrator.sums
        valued = ledger.valued(current, self._integrator.figures_of)
        return SoFar(
            totals.measured_ms + ledger.measured_ms(current),
            ledger.added(totals.sums, current),
            self._bills.with_(valued),
        )

    def _nothing(self) -> Totals:
        return Totals(program=self._ledger.program.id, sums=self._ledger.zero())

    @property
    def lacks(self) -> bool:
        """Whether there is a sum of all its life that is not known."""
        own = self._ledger.program.layout.own  # whatever a minute says by name is not for a life
        return any(map(math.isnan, self._totals.sums[:own] + self._integrator.sums[:own]))

    def complete(self, whole: Whole) -> None:
        """Learn what is not known, if those minutes are all that have closed in its life."""
        if whole.measured_ms == self._totals.measured_ms:
            self._totals.sums = [
                theirs if math.isnan(mine) else mine
                for mine, theirs in zip(self._totals.sums, whole.sums, strict=True)
            ]

    # ------------------------------------------------------------ checkpoint

    def note(self, snapshot: Snapshot) -> None:
        """Write down what ``restore`` needs."""
        snapshot.last = None if self._last is snapshot.newest else self._last
        snapshot.cadence = self._cadence
        self._totals.bills = self._bills.amounts
        snapshot.totals = self._totals
        snapshot.open_minute = self._integrator.minute()
        snapshot.memory = list(self._integrator.memory)
        snapshot.closed = self._closed
        self._numbering.next = self._next_seq
        snapshot.numbering, snapshot.last_event = self._numbering, self._last_event

    def restore(self, held: Snapshot) -> None:
        self._last = held.last or held.newest
        self._cadence = held.cadence
        self._closed = held.closed
        self._numbering, self._last_event = held.numbering, held.last_event
        self._epoch, self._next_seq = held.numbering.epoch, held.numbering.next
        is_ours = held.totals.program == self._ledger.program.id
        self._totals = held.totals if is_ours else self._translated(held.totals)
        self._totals.sums += self._ledger.zero()[len(self._totals.sums) :]  # of an older snapshot
        self._bills.restore(self._totals.bills, self._totals.sums)
        if self._last is not None and self._last.time_ms is not None:
            self._last_ms = self._last.time_ms
            self._integrator.seed([self._last], [False])
        if is_ours and held.memory:
            time_ms, own, *inputs = held.memory
            self._integrator.memory = (time_ms, own if own is None else tuple(own), *inputs)
        if held.open_minute is not None:
            self._integrator.adopt(held.open_minute)
            self._mind_the_open()

    def _translated(self, totals: Totals) -> Totals:
        """What another program summed up, as far as every program says it by name."""
        known = Minute(0, 0, totals.measured_ms, totals.running_ms, totals.energy_j, {})
        totals.program, totals.sums = self._ledger.program.id, self._ledger.sums(known)
        return totals
