"""Rows in, minutes out: counts, least, mean and greatest, energy and running time of each minute.

Energy is the trapezoid of power over measured time only: where nobody knows what happened between
two neighbouring readings (``cadence`` says where), the interval counts neither as energy
nor as measured. An interval belongs to the minute of its later end.
"""

import math
from collections.abc import Sequence
from typing import Final

from contract.assets.words import Asset
from contract.messages import ChannelStats, Minute, Reading
from gateway.twin.cadence import measured
from gateway.twin.rows import Layout, Row, layout_of

MINUTE_MS: Final = 60_000
_NEVER_MS: Final = -(2**62)  # further back than any gap is long: the first reading ends no interval
_HALF_MS_IN_S: Final = 0.0005  # (P1 + P2) / 2 in W, times ms, is this times J


def start_of(time_ms: int) -> int:
    """The start of the minute ``time_ms`` lies in."""
    return time_ms - time_ms % MINUTE_MS


def key_of(reading: Reading) -> tuple[int, str, int]:
    """What puts a device's readings in order; its epoch decides between equal times."""
    return reading.time_ms or 0, reading.epoch, reading.seq


class Integrator:
    """Adds up one device's rows, in order of time, and closes a minute when the next one begins."""

    __slots__ = (
        "_end_ms",
        "_highs",
        "_last_ms",
        "_last_w",
        "_layout",
        "_lows",
        "_missing",
        "_sums",
        "count",
        "energy_j",
        "measured_ms",
        "running_ms",
    )

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._last_ms = _NEVER_MS
        self._last_w = 0.0
        self._end_ms = _NEVER_MS
        self._clear()

    def _clear(self) -> None:
        width = len(self._layout.names)
        self.count = 0
        self.measured_ms = 0
        self.running_ms = 0
        self.energy_j = 0.0
        self._missing = [0] * width
        self._lows = [math.inf] * width
        self._sums = [0.0] * width
        self._highs = [-math.inf] * width

    def add(self, time_ms: int, row: Row, is_measured: bool) -> Minute | None:  # noqa: FBT001 - hot
        """Add the next row; the minute before, if this row is the first of another one.

        ``is_measured`` says whether the interval that ends with the row was.
        """
        closed = None
        if time_ms >= self._end_ms:
            closed = self.minute()
            self.begin(start_of(time_ms))
        self._integrate(time_ms, row, is_measured)
        self.count += 1
        lows, sums, highs = self._lows, self._sums, self._highs
        for at, value in enumerate(row):
            if value == value:  # noqa: PLR0124  not NaN, at a fifth of the cost of isnan
                sums[at] += value
                if value < lows[at]:  # noqa: PLR1730  min() costs four times as much
                    lows[at] = value
                if value > highs[at]:  # noqa: PLR1730
                    highs[at] = value
            else:
                self._missing[at] += 1
        return closed

    def _integrate(self, time_ms: int, row: Row, is_measured: bool) -> None:  # noqa: FBT001 - hot
        layout = self._layout
        power_w = layout.volts * row[layout.current_at] if layout.has_power else 0.0
        if is_measured:
            elapsed_ms = time_ms - self._last_ms
            energy_j = (self._last_w + power_w) * elapsed_ms * _HALF_MS_IN_S
            if energy_j == energy_j:  # noqa: PLR0124  NaN where the current was set aside
                self.energy_j += energy_j
                self.measured_ms += elapsed_ms
            if row[layout.running_at] > layout.running_above:
                self.running_ms += elapsed_ms
        self._last_ms = time_ms
        self._last_w = power_w

    def begin(self, start_ms: int) -> None:
        """Start an empty minute at ``start_ms``."""
        self._clear()
        self._end_ms = start_ms + MINUTE_MS

    def seed(self, predecessor: Reading) -> None:
        """Let the next interval begin at ``predecessor``, which itself is not counted."""
        self._last_ms = predecessor.time_ms or 0
        layout = self._layout
        row = layout.row(predecessor.values)
        self._last_w = layout.volts * row[layout.current_at] if layout.has_power else 0.0

    @property
    def start_ms(self) -> int:
        """The start of the present minute; far in the past before the first row."""
        return self._end_ms - MINUTE_MS

    def minute(self) -> Minute | None:
        """The minute so far; None before the first row."""
        if not self.count:
            return None
        parts = zip(
            self._layout.names, self._missing, self._lows, self._sums, self._highs, strict=True
        )
        return Minute(
            start_ms=self.start_ms,
            count=self.count,
            measured_ms=self.measured_ms,
            running_ms=self.running_ms,
            energy_j=self.energy_j,
            channels={
                name: ChannelStats(self.count - missing, low, total, high)
                for name, missing, low, total, high in parts
                if missing < self.count
            },
        )

    def adopt(self, minute: Minute) -> None:
        """Go on from ``minute``, whatever had been added to it before."""
        self.begin(minute.start_ms)
        self.count = minute.count
        self.measured_ms = minute.measured_ms
        self.running_ms = minute.running_ms
        self.energy_j = minute.energy_j
        for at, name in enumerate(self._layout.names):
            stats = minute.channels.get(name)
            self._missing[at] = minute.count - (stats.count if stats else 0)
            if stats is not None:
                self._lows[at], self._sums[at] = stats.low, stats.total
                self._highs[at] = stats.high


def restate(
    *,
    asset: Asset,
    start_ms: int,
    before: Sequence[Reading],
    readings: Sequence[Reading],
    after: Sequence[Reading],
) -> Minute:
    """The minute from ``start_ms`` on, computed from nothing: bit for bit what folding gives.

    Args:
        asset: the device's asset type.
        start_ms: a multiple of 60,000.
        before: the last ``cadence.BEFORE`` readings before the minute, as far as there are any.
        readings: those of the minute; at least one.
        after: the first ``cadence.AFTER`` readings behind it. All three in order of ``key_of``.
    """
    layout = layout_of(asset)
    integrator = Integrator(layout)
    integrator.begin(start_ms)
    if before:
        integrator.seed(before[-1])
    flags = [False, *measured([*before, *readings, *after], layout.max_gap_ms)]
    for reading, is_measured in zip(readings, flags[len(before) :], strict=False):
        integrator.add(reading.time_ms or 0, layout.row(reading.values), is_measured)
    minute = integrator.minute()
    if minute is None:
        raise ValueError(f"the minute at {start_ms} has no readings to restate")
    return minute
