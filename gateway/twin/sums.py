"""One device's readings in, by event time; sums and minutes out. Pure.

A reading older than the newest changes sums through ``replace`` only: whoever keeps the readings
restates its minute, and those around it.
"""

from typing import Final

from contract.messages import Minute, Reading, Stamp
from gateway.twin.cadence import CLOSE_MS, Cadence
from gateway.twin.minutes import Integrator, key_of
from gateway.twin.rows import Layout, Row
from gateway.twin.snapshot import Snapshot, Totals

_NEVER_MS: Final = -(2**62)
_WAITED: Final = Stamp.WAITED


class Sums:
    """What a device has used and how long it was measured, since its first reading."""

    __slots__ = (
        "_cadence",
        "_closed",
        "_integrator",
        "_last",
        "_last_ms",
        "_layout",
        "_owed",
        "_totals",
    )

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._last: Reading | None = None
        self._last_ms = _NEVER_MS
        self._cadence = Cadence()
        self._integrator = Integrator(layout)
        self._totals = Totals()
        self._closed: list[Minute] = []
        self._owed: list[int] = []

    def add(self, reading: Reading, time_ms: int, row: Row) -> bool:
        """Take the next reading; False when it came late, and its minute must be restated."""
        elapsed_ms = time_ms - self._last_ms
        if elapsed_ms <= 0 and not self._is_next(reading):
            self._cadence.disturb()
            return False
        if elapsed_ms <= CLOSE_MS and self._cadence.is_idle and reading.stamp != _WAITED:
            is_measured = True
        else:
            is_measured = self._is_measured(reading)
        closed = self._integrator.add(time_ms, row, is_measured)
        if closed is not None:
            self._totals.add(closed)
            self._closed.append(closed)
        self._last = reading
        self._last_ms = time_ms
        return True

    def _is_next(self, reading: Reading) -> bool:
        return self._last is None or key_of(reading) > key_of(self._last)

    def _is_measured(self, reading: Reading) -> bool:
        """Whether the interval that ends here was measured, where that is not plain to see."""
        if self._last is None:
            return False
        is_measured, owed = self._cadence.step(self._last, reading, self._layout.max_gap_ms)
        self._owed += owed
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
        if old is not None:
            self._totals.add(old, sign=-1)
        self._totals.add(new)

    def take_closed(self) -> list[Minute]:
        taken, self._closed = self._closed, []
        return taken

    def take_owed(self) -> list[int]:
        owed, self._owed = self._owed, []
        return owed

    def open_minute(self) -> Minute | None:
        return self._integrator.minute()

    @property
    def has_news(self) -> bool:
        return bool(self._closed) or bool(self._owed)

    def so_far(self) -> Totals:
        """All of it, the open minute included."""
        totals, current = self._totals, self._integrator
        return Totals(
            totals.energy_j + current.energy_j,
            totals.measured_ms + current.measured_ms,
            totals.running_ms + current.running_ms,
        )

    # ------------------------------------------------------------ checkpoint

    def note(self, snapshot: Snapshot) -> None:
        """Write down what ``restore`` needs."""
        snapshot.last = None if self._last is snapshot.newest else self._last
        snapshot.cadence = self._cadence
        snapshot.totals = self._totals
        snapshot.open_minute = self._integrator.minute()
        snapshot.closed = self._closed

    def restore(self, held: Snapshot) -> None:
        self._last = held.last or held.newest
        self._cadence = held.cadence
        self._totals = held.totals
        self._closed = held.closed
        if self._last is not None and self._last.time_ms is not None:
            self._last_ms = self._last.time_ms
            self._integrator.seed(self._last)
        if held.open_minute is not None:
            self._integrator.adopt(held.open_minute)
