"""Rows and events in, minutes out: the sums of a type's formulas, of each minute.

Where nobody knows what happened between two neighbouring readings (``cadence`` says where), the
interval counts as unmeasured. An interval belongs to the minute of its later end.
"""

from collections.abc import Container, Sequence
from typing import Final

from contract.assets.words import Asset
from contract.language.program import Memory
from contract.language.sums import Sums
from contract.messages import Event, Item, Minute, Reading
from gateway.twin.cadence import measured
from gateway.twin.dated import Always, Dated
from gateway.twin.ledger import Valued, ledger_of
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
    """Adds up one device's items, in order of time; closes a minute when the next one begins.

    A row is added at the parameters of its own time, and so is an event; a minute is worth what it
    is at those of its start.
    """

    __slots__ = (
        "_functions",
        "_health",
        "_ledger",
        "_params",
        "_since_ms",
        "_told_ms",
        "_turn_ms",
        "add_row",
        "end_ms",
        "figures_of",
        "memory",
        "start_ms",
        "sums",
        "valued",
    )

    def __init__(self, asset: Asset, params: Dated | None = None) -> None:
        self._ledger = ledger_of(asset)
        self._params = params or Always(self._ledger.program.defaults())
        self._functions = self.figures_of = self._ledger.functions
        self._since_ms = self._turn_ms = _NEVER_MS  # from when to when they are those
        self.add_row = self._functions.add
        self.start_ms = _NEVER_MS
        self.end_ms = _NEVER_MS  # of the minute, or of the parameters if that is earlier
        self._told_ms = 0  # of its measured time, before which its health has been told
        self._health: tuple[float | None, int] = (None, 0)  # as told last, and how far that goes
        self.memory: Memory = self._ledger.program.start
        self.sums: Sums = self._ledger.zero()
        self.valued: Valued | None = None  # what the last minute that was made is worth

    def add(self, time_ms: int, row: Row, is_measured: bool) -> Minute | None:  # noqa: FBT001 - hot
        """Add the next row; the minute before, if this row is the first of another one.

        ``is_measured`` says whether the interval that ends with the row was.
        """
        closed = self.turn(time_ms) if time_ms >= self.end_ms else None
        self.memory = self.add_row(self.sums, self.memory, time_ms, row, is_measured)
        return closed

    def add_event(self, event: Event) -> Minute | None:
        """Add the next event; the minute before, if this is the first item of another one."""
        time_ms, closed = event.time_ms or 0, None
        if time_ms >= self.start_ms + MINUTE_MS:
            closed = self._close(time_ms)
        functions = self._functions
        if not self._since_ms <= time_ms < self._turn_ms:
            functions = self._ledger.functions_at(self._params.at(time_ms))
        self._ledger.add_event(self.sums, event, functions)
        return closed

    def add_missing(self, count: int) -> None:
        """Numbers lack before an item of the minute."""
        self._ledger.add_missing(self.sums, count)

    def pass_by(self, time_ms: int, row: Row, is_measured: bool) -> None:  # noqa: FBT001 - as add
        """Remember a row that counts to a minute before."""
        self.memory = self.add_row(self._ledger.zero(), self.memory, time_ms, row, is_measured)

    def turn(self, time_ms: int) -> Minute | None:
        """Go on to a row behind ``end_ms``; the minute before, where another begins."""
        closed = self._close(time_ms) if time_ms >= self.start_ms + MINUTE_MS else None
        self._set_params(time_ms)
        return closed

    def tell_health(self, percent: float | None, most_ms: int) -> None:
        """Its health was told: it counts for the measured time since it was before.

        That is of the open minute, up to whose end the last one counts as well, and at most
        ``most_ms``. None: it had none.
        """
        measured_ms = self._ledger.any_measured_ms(self.sums)
        told_ms = min(measured_ms - self._told_ms, most_ms)
        self._told_ms, self._health = measured_ms, (percent, most_ms)
        if percent is not None and told_ms > 0:
            self._ledger.add_health(self.sums, percent, told_ms)

    def _close(self, time_ms: int) -> Minute | None:
        self.tell_health(*self._health)
        closed = self.minute()
        self.begin(start_of(time_ms))
        return closed

    def follow_params(self) -> None:
        """Somebody has set them otherwise: look at them anew."""
        self._turn_ms = self.end_ms = _NEVER_MS
        self.figures_of = self._ledger.functions_at(self._params.at(self.start_ms))

    def _set_params(self, time_ms: int) -> None:
        if not self._since_ms <= time_ms < self._turn_ms:
            self._functions = self._ledger.functions_at(self._params.at(time_ms))
            self.add_row = self._functions.add
            self._since_ms, self._turn_ms = time_ms, self._params.ends_ms(time_ms)
        self.end_ms = min(self.start_ms + MINUTE_MS, self._turn_ms)

    def forget(self, names: Container[str]) -> None:
        """Channels were set aside: what they measured before says nothing of what comes."""
        self.memory = self._ledger.program.forgotten(self.memory, names)

    def begin(self, start_ms: int) -> None:
        """Start an empty minute at ``start_ms``."""
        self.sums = self._ledger.zero()
        self.start_ms = start_ms
        self._told_ms, self._health = 0, (None, 0)
        self._set_params(start_ms)
        self.figures_of = self._functions

    def seed(self, before: Sequence[Reading], flags: Sequence[bool]) -> None:
        """Let the next interval begin at the last of ``before``, which are not counted."""
        for reading, is_measured in zip(before, flags, strict=True):
            self.take(reading, is_measured=is_measured)
        self.sums = self._ledger.zero()

    def recall(self, readings: Sequence[Reading], unknown: Container[str]) -> bool:
        """Remember what these readings, in order, have told; of ``unknown`` inputs as before.

        Whether that is another thing than was remembered.
        """
        before, sums = self.memory, self.sums
        self.memory, self.sums = self._ledger.program.start, self._ledger.zero()
        self.seed(readings, [False] * len(readings))
        self.memory, self.sums = self._ledger.program.kept(self.memory, before, unknown), sums
        return repr(self.memory) != repr(before)  # NaN is not NaN

    def take(self, reading: Reading, *, is_measured: bool) -> None:
        """Add the next reading, of the minute that is open."""
        row, time_ms = self._ledger.row(reading.values), reading.time_ms or 0
        if reading.aside is not None:
            self.forget(reading.aside)
        if time_ms >= self.end_ms:
            self._set_params(time_ms)
        self.memory = self.add_row(self.sums, self.memory, time_ms, row, is_measured)

    def minute(self) -> Minute | None:
        """The minute so far; None before the first item."""
        if self._ledger.is_empty(self.sums):
            return None
        self.valued = self._ledger.valued(self.sums, self.figures_of)
        return self._ledger.minute(self.start_ms, self.sums, self.valued)

    def adopt(self, minute: Minute) -> None:
        """Go on from ``minute``, whatever had been added to it before."""
        self.begin(minute.start_ms)
        self.sums = self._ledger.sums(minute)
        self._told_ms = self._ledger.any_measured_ms(self.sums)


def emptied(asset: Asset, start_ms: int) -> Minute:
    """A minute of which nothing is left: its readings and events were deleted."""
    ledger = ledger_of(asset)
    return ledger.minute(start_ms, ledger.zero())


def restate(
    *,
    asset: Asset,
    start_ms: int,
    before: Sequence[Reading],
    readings: Sequence[Reading],
    after: Sequence[Reading],
    events: Sequence[Event] = (),
    missing: int = 0,
    params: Dated | None = None,
    held: Sequence[Reading] = (),
) -> Minute:
    """The minute from ``start_ms`` on, computed from nothing: bit for bit what folding gives.

    Args:
        asset: the device's asset type.
        start_ms: a multiple of 60,000.
        before: the last ``cadence.BEFORE`` readings before the minute, as far as there are any.
        readings: those of the minute.
        after: the first ``cadence.AFTER`` readings behind it.
        events: those of the minute; with its readings at least one. All in order of ``key_of``.
        missing: how many numbers lack before its items: see ``numbering``.
        params: the device's; None: those of its type.
        held: earlier readings that told last what those ``before`` do not.
    """
    max_gap_ms = round(asset.max_gap_s * 1000)
    flags = [False, *measured([*before, *readings, *after], max_gap_ms)]
    integrator = Integrator(asset, params)
    integrator.seed(held, [False] * len(held))
    integrator.seed(before, flags[: len(before)])
    integrator.begin(start_ms)
    for reading, is_measured in zip(readings, flags[len(before) :], strict=False):
        integrator.take(reading, is_measured=is_measured)
    for event in events:
        integrator.add_event(event)
    integrator.add_missing(missing)
    minute = integrator.minute()
    if minute is None:
        raise ValueError(f"the minute at {start_ms} has nothing to restate")
    return minute
