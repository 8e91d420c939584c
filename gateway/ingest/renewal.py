"""Minutes that are to be other ones, found a day at a time; they then wait to be restated.

Those that another program has written, and those from when a parameter counts that was set later.

So a formula that was added later is worth something for as long as readings are kept. A minute
whose readings are gone stays as it is: its figures of the new formula are unknown. A look comes
when nothing else waits, runs in a thread, and a device that is done is noted in the journal.
"""

import time
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from contract.language.program import program_of
from gateway.journal import Journal, JournalReader
from gateway.journal.formers import PARAMETER, PROGRAM, Why
from gateway.twin.fleet import Device, Fleet
from gateway.twin.ledger import ledger_of
from gateway.twin.minutes import start_of
from gateway.twin.sums import Whole

LOOK_S: Final = 10.0  # between two looks for a device whose type has changed
PIECE_MS: Final = 86_400_000
MOST: Final = 50_000  # minutes that a twin's sums are made anew of
_NEWEST_MS: Final = 2**62
_ANY: Final = "(any)"  # no program is called so


class Piece(NamedTuple):
    """The minutes of a device within a time that ``program`` has not written."""

    device: Device
    program: str
    before_ms: int
    since_ms: int = 0
    open_ms: int = 0  # its open minute, when the piece was picked
    lacks: bool = False  # its twin does not know all sums of all its life

    @property
    def why(self) -> Why:
        """Why they are to be other ones."""
        return PARAMETER if self.program == _ANY else PROGRAM


class Found(NamedTuple):
    """Some of them, with the next piece to look at; None when there is nothing further back."""

    piece: Piece
    starts_ms: list[int]
    rest: Piece | None
    whole: Whole | None = None  # at the end, where the twin lacks some: all minutes there are


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
        piece = self._rest or self._next()
        if piece is None:
            return None
        is_open = piece.device.twin.open_minute()
        open_ms = 0 if is_open is None else is_open.start_ms
        return piece._replace(open_ms=open_ms, lacks=piece.device.twin.lacks)

    def _next(self) -> Piece | None:
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

    def note_born(self, devices: Iterable[Device]) -> None:
        """Nobody has written minutes of these yet."""
        for device in devices:
            self._done[device.id] = program_of(device.asset).id

    def since(self, device: Device, time_ms: int) -> None:
        """Parameters are others from a time on: all minutes from then are."""
        asked = self._asked.get(device.id)
        since_ms = time_ms if asked is None else min(time_ms, asked.since_ms)
        self._asked[device.id] = Piece(device, _ANY, _NEWEST_MS, since_ms)

    def put_back(self, piece: Piece) -> None:
        """What was found of a piece could not be stored: look at it again."""
        self._done.pop(piece.device.id, None)
        self._rest = piece

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
        device, program, before_ms, since_ms, open_ms, lacks = found.piece
        self._rest = found.rest
        is_gone = self._fleet.find(device.name) is not device
        if is_gone or program not in (_ANY, program_of(device.asset).id):
            self._rest = None  # or it is of another type by now
            return []
        if found.rest is None and program != _ANY:
            self._end(found, journal)
        is_asked = program == _ANY or lacks or found.rest is not None
        if is_asked and before_ms == _NEWEST_MS and open_ms and open_ms >= start_of(since_ms):
            return [*found.starts_ms, open_ms]
        return found.starts_ms

    def _end(self, found: Found, journal: Journal) -> None:
        device, program, *_ = found.piece
        if found.whole is not None:
            is_open = device.twin.open_minute()
            if is_open is not None and is_open.start_ms != found.piece.open_ms:
                self._rest = found.piece  # one more has closed meanwhile
                return
            device.twin.complete(found.whole)
        self._done[device.id] = program
        journal.put_meta(_key(device), int(program, 16))


def _found(reader: JournalReader, piece: Piece) -> Found:
    device, program, before_ms, since_ms, _, lacks = piece
    is_new = program != _ANY and before_ms == _NEWEST_MS
    if is_new and reader.meta(_key(device), 0) == int(program, 16):
        return Found(piece, [], None)
    oldest_ms = reader.oldest_item_ms(device_id=device.id)
    newest_ms = reader.last_minute_before(device_id=device.id, time_ms=before_ms)
    least_ms = start_of(max(oldest_ms or 0, since_ms))
    if oldest_ms is None or newest_ms is None or newest_ms < least_ms:
        whole = _whole(reader, piece) if lacks and program != _ANY else None
        return Found(piece, [], None, whole)
    from_ms = max(newest_ms - PIECE_MS, least_ms)
    starts_ms = reader.minutes_of_others(
        device_id=device.id, program=program, from_ms=from_ms, to_ms=newest_ms
    )
    return Found(piece, starts_ms, Piece(device, program, from_ms, since_ms))


def _whole(reader: JournalReader, piece: Piece) -> Whole | None:
    """The sums of all minutes that have closed; None where they are too many."""
    ledger, measured_ms = ledger_of(piece.device.asset), 0
    sums = ledger.zero()
    minutes = reader.minutes_before(device_id=piece.device.id, time_ms=piece.open_ms)
    for count, minute in enumerate(minutes):
        if count == MOST:
            return None
        measured_ms += minute.measured_ms
        sums = ledger.added(sums, ledger.sums(minute))
    return Whole(measured_ms, sums)


def _key(device: Device) -> str:
    return f"renewed:{device.id}"
