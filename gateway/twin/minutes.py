"""Rows in, minutes out: the sums of a type's formulas, of each minute.

Where nobody knows what happened between two neighbouring readings (``cadence`` says where), the
interval counts as unmeasured. An interval belongs to the minute of its later end.
"""

from collections.abc import Container, Sequence
from typing import Final

from contract.assets.words import Asset
from contract.language.program import Memory
from contract.language.sums import Sums
from contract.messages import Item, Minute, Reading
from gateway.twin.cadence import measured
from gateway.twin.ledger import ledger_of
from gateway.twin.rows import Row

MINUTE_MS: Final = 60_000
_NEVER_MS: Final = -(2**62)


def start_of(time_ms: int) -> int:
    """The start of the minute ``time_ms`` lies in."""
    return time_ms - time_ms % MINUTE_MS


def key_of(item: Item) -> tuple[int, str, int]:
    """What puts a device's items in order; its epoch decides between equal times."""
    return item.time_ms or 0, item.epoch, item.seq


class Integrator:
    """Adds up one device's rows, in order of time, and closes a minute when the next one begins."""

    __slots__ = ("_add", "_end_ms", "_ledger", "memory", "sums")

    def __init__(self, asset: Asset) -> None:
        self._ledger = ledger_of(asset)
        self._add = self._ledger.functions.add
        self._end_ms = _NEVER_MS
        self.memory: Memory = self._ledger.program.start
        self.sums: Sums = self._ledger.zero()

    def add(self, time_ms: int, row: Row, is_measured: bool) -> Minute | None:  # noqa: FBT001 - hot
        """Add the next row; the minute before, if this row is the first of another one.

        ``is_measured`` says whether the interval that ends with the row was.
        """
        closed = None
        if time_ms >= self._end_ms:
            closed = self.minute()
            self.begin(start_of(time_ms))
        self.memory = self._add(self.sums, self.memory, time_ms, row, is_measured)
        return closed

    def forget(self, names: Container[str]) -> None:
        """Channels were set aside: what they measured before says nothing of what comes."""
        self.memory = self._ledger.program.forgotten(self.memory, names)

    def begin(self, start_ms: int) -> None:
        """Start an empty minute at ``start_ms``."""
        self.sums = self._ledger.zero()
        self._end_ms = start_ms + MINUTE_MS

    def seed(self, before: Sequence[Reading], flags: Sequence[bool]) -> None:
        """Let the next interval begin at the last of ``before``, which are not counted."""
        for reading, is_measured in zip(before, flags, strict=True):
            self.take(reading, is_measured=is_measured)
        self.sums = self._ledger.zero()

    def take(self, reading: Reading, *, is_measured: bool) -> None:
        """Add the next reading, of the minute that is open."""
        row = self._ledger.row(reading.values)
        if reading.aside is not None:
            self.forget(reading.aside)
        self.memory = self._add(self.sums, self.memory, reading.time_ms or 0, row, is_measured)

    @property
    def start_ms(self) -> int:
        """The start of the present minute; far in the past before the first row."""
        return self._end_ms - MINUTE_MS

    def minute(self) -> Minute | None:
        """The minute so far; None before the first row."""
        minute = self._ledger.minute(self.start_ms, self.sums)
        return minute if minute.count else None

    def adopt(self, minute: Minute) -> None:
        """Go on from ``minute``, whatever had been added to it before."""
        self.begin(minute.start_ms)
        self.sums = self._ledger.sums(minute)


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
    max_gap_ms = round(asset.max_gap_s * 1000)
    flags = [False, *measured([*before, *readings, *after], max_gap_ms)]
    integrator = Integrator(asset)
    integrator.seed(before, flags[: len(before)])
    integrator.begin(start_ms)
    for reading, is_measured in zip(readings, flags[len(before) :], strict=False):
        integrator.take(reading, is_measured=is_measured)
    minute = integrator.minute()
    if minute is None:
        raise ValueError(f"the minute at {start_ms} has no readings to restate")
    return minute
