"""Minutes that are to be other ones, found a day at a time; they then wait to be restated.

Those that another program has written, and those from when a parameter counts that was set later.

So a formula that was added later is worth something for as long as readings are kept. A minute
whose readings are gone stays as it is: its figures of the new formula are unknown. A look comes
when nothing else waits, runs in a thread, and a device that is done is noted in the journal.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from contract.language.program import program_of
from gateway.journal import Journal, JournalReader
from gateway.twin.fleet import Device, Fleet
from gateway.twin.minutes import start_of

LOOK_S: Final = 10.0  # between two looks for a device whose type has changed
PIECE_MS: Final = 86_400_000
_NEWEST_MS: Final = 2**62
_ANY: Final = "(any)"  # no program is called so


class Piece(NamedTuple):
    """The minutes of a device within a time that ``program`` has not written."""

    device: Device
    program: str
    before_ms: int
    since_ms: int = 0


class Found(NamedTuple):
    """Some of them, with the next piece to look at; None when there is nothing further back."""

    piece: Piece
    starts_ms: list[int]
    rest: Piece | None


class Renewal:
    """One device after another. ``look`` runs in a thread; all else in the event loop's."""

    def __init__(
        self,
        fleet: Fleet,
        open_reader: Callable[[], JournalReader],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fleet = fleet
        self._open_reader = open_reader
        self._monotonic = monotonic
        self._done: dict[int, str] = {}  # device id → program
        self._asked: dict[int, Piece] = {}  # device id → what somebody has asked for
        self._rest: Piece | None = None
        self._again_s = 0.0

    def pick(self) -> Piece | None:
        """What to look at next; None while every device is done."""
        if self._rest is not None:
            return self._rest
        if self._asked:
            return self._asked.pop(next(iter(self._asked)))
        if self._monotonic() < self._again_s:
            return None
        for device in self._fleet:
            program = program_of(device.asset).id
            if self._done.get(device.id) != program:
                return Piece(device, program, _NEWEST_MS)
        self._again_s = self._monotonic() + LOOK_S
        return None

    def since(self, device: Device, time_ms: int) -> None:
        """Parameters are others from a time on: all minutes from then are."""
        asked = self._asked.get(device.id)
        since_ms = time_ms if asked is None else min(time_ms, asked.since_ms)
        self._asked[device.id] = Piece(device, _ANY, _NEWEST_MS, since_ms)

    def look(self, piece: Piece) -> Found:
        """In a thread: a piece of what there is. Raises Damaged, Unusable."""
        reader = self._open_reader()
        try:
            with reader.blamed():
                return _found(reader, piece)
        finally:
            reader.close()

    def take(self, found: Found, journal: Journal) -> list[int]:
        """The minutes that are to wait; note in an open transaction that a device is done."""
        device, program, before_ms, since_ms = found.piece
        self._rest = found.rest
        if program == _ANY:
            is_open = device.twin.open_minute() if before_ms == _NEWEST_MS else None
            is_asked = is_open is not None and is_open.start_ms >= start_of(since_ms)
            return [*found.starts_ms, *([is_open.start_ms] if is_open and is_asked else [])]
        if program_of(device.asset).id != program or self._fleet.find(device.name) is not device:
            self._rest = None  # it is of another type by now, or gone
            return []
        if found.rest is None:
            self._done[device.id] = program
            journal.put_meta(_key(device), int(program, 16))
        return found.starts_ms


def _found(reader: JournalReader, piece: Piece) -> Found:
    device, program, before_ms, since_ms = piece
    nothing = Found(piece, [], None)
    is_new = program != _ANY and before_ms == _NEWEST_MS
    if is_new and reader.meta(_key(device), 0) == int(program, 16):
        return nothing
    oldest_ms = reader.oldest_item_ms(device_id=device.id)
    newest_ms = reader.last_minute_before(device_id=device.id, time_ms=before_ms)
    if oldest_ms is None or newest_ms is None:
        return nothing
    least_ms = start_of(max(oldest_ms, since_ms))
    if newest_ms < least_ms:
        return nothing
    from_ms = max(newest_ms - PIECE_MS, least_ms)
    starts_ms = reader.minutes_of_others(
        device_id=device.id, program=program, from_ms=from_ms, to_ms=newest_ms
    )
    return Found(piece, starts_ms, Piece(device, program, from_ms, since_ms))


def _key(device: Device) -> str:
    return f"renewed:{device.id}"
