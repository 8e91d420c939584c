"""A twin's memory in, bytes out, and back: the checkpoint that shortens a restart."""

from functools import partial
from typing import Any, Final

import msgspec

from contract.errors import Outdated
from contract.messages import ChannelTrouble, Minute, Reading
from gateway.twin.alarm_changes import GoneAlarm, OpenAlarm, Transition
from gateway.twin.cadence import Cadence, Lag, Pace, Steady
from gateway.twin.happened import Happened
from gateway.twin.held import Holding
from gateway.twin.limits import FaultWatch
from gateway.twin.numbering import Numbering

SNAPSHOT_VERSION: Final = 1


class Totals(msgspec.Struct):
    """Sums over closed minutes since the first reading."""

    energy_j: float = 0.0
    measured_ms: int = 0
    running_ms: int = 0
    program: str = ""  # what ``sums`` mean; empty in older snapshots
    sums: list[int | float] = []
    bills: dict[str, float] = {}  # figures at the prices of their time; missing in older snapshots

    def add(self, minute: Minute, *, sign: int = 1) -> None:
        self.energy_j += sign * (minute.energy_j or 0.0)
        self.measured_ms += sign * minute.measured_ms
        self.running_ms += sign * minute.running_ms


class Snapshot(msgspec.Struct, kw_only=True):
    """All a twin must remember. By names, so that a changed catalogue costs as little as it can.

    Sums and life each write their part of it; older snapshots lack some.
    """

    version: int = SNAPSHOT_VERSION
    newest: Reading | None  # by number
    last: Reading | None = None  # by event time, where that is another
    first_ms: int = 2**62
    heard_ms: int | None = None
    life_ms: int | None = None
    epoch_ms: int = -(2**62)  # when the present epoch began
    cadence: Cadence = msgspec.field(default_factory=Cadence)
    pace: Pace = msgspec.field(default_factory=Pace)
    hearing: Pace = msgspec.field(default_factory=Pace)
    lag: Lag | None = None
    steady: Steady = msgspec.field(default_factory=Steady)
    totals: Totals = msgspec.field(default_factory=Totals)
    open_minute: Minute | None = None
    memory: list[Any] = []  # what the program remembers of rows; empty in older snapshots
    closed: list[Minute] = []  # counted in the totals, not taken yet
    last_event: tuple[int, str, int] = (-(2**62), "", 0)  # its key, by event time
    # Older snapshots do not say how far the sequence has come.
    numbering: Numbering = msgspec.field(default_factory=partial(Numbering, is_whole=False))
    channels: tuple[str, ...]  # the columns of ``cells``, behind the time
    cells: bytes = b""
    inputs: str = ""  # what the cells of ``course`` mean; empty where there is none
    course: bytes = b""
    troubles: dict[str, ChannelTrouble] = {}
    holding: Holding = msgspec.field(default_factory=Holding)
    happened: Happened = msgspec.field(default_factory=Happened)
    alarms: list[OpenAlarm]
    transitions: list[Transition]
    delays: dict[str, int] = {}
    fault_watch: FaultWatch
    suspicion: float
    gone_alarms: list[GoneAlarm] = []  # missing in older snapshots


class _Versioned(msgspec.Struct):
    version: int


encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Snapshot).decode
_decode_version: Final = msgspec.msgpack.Decoder(_Versioned).decode


def decode(snapshot: bytes) -> Snapshot:
    """Read a snapshot back.

    Raises:
        Outdated: another version wrote it, or it is damaged; fold the journal from its start.
    """
    try:
        version = _decode_version(snapshot).version
        if version != SNAPSHOT_VERSION:
            raise Outdated(f"the twin's snapshot has version {version}, not {SNAPSHOT_VERSION}")
        return _decode(snapshot)
    except msgspec.DecodeError as error:
        raise Outdated(f"the twin's snapshot cannot be read: {error}") from None
