"""Every device the gateway knows, with its twin, its watermarks and its delivery counts."""

import math
from collections.abc import Iterator

import msgspec

from contract.assets.words import Asset
from contract.errors import NotFound
from contract.messages import UNSEQUENCED, Alarm, Birth, ClockOffset, Diagnosis
from contract.type_files.generic import Description
from gateway.clocks.board_clock import BoardClock
from gateway.twin.alarm_changes import Suppression
from gateway.twin.checker import Checker
from gateway.twin.delivery import Watermark
from gateway.twin.device_settings import DeviceSettings
from gateway.twin.trail import Trail
from gateway.twin.twin import Twin


class Counts(msgspec.Struct):
    """What was delivered, in readings (conflicts and quarantined: in refused items)."""

    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    gaps: int = 0
    missing: int = 0
    over_budget: int = 0  # turned away for their number; the device sends them again


class Epoch:
    """One incarnation of a device: where its readings are stored, and how far they are settled.

    Attributes:
        durable_seq: up to here what is settled is on the disk: this much a device may be told.
    """

    __slots__ = ("durable_seq", "id", "name", "watermark")

    def __init__(self, *, id_: int, name: str, watermark: Watermark) -> None:
        self.id = id_
        self.name = name
        self.watermark = watermark
        self.durable_seq = watermark.seq


class Device:
    """One machine: who it is, how it does, what is open about it."""

    __slots__ = (
        "ack_due_s",
        "alarms",
        "asset",
        "away_since_s",
        "birth",
        "birth_refused",
        "board_clock",
        "checker",
        "clock",
        "clock_jumped_s",
        "counts",
        "description",
        "diagnosis",
        "earlier_ids",
        "epoch",
        "epochs",
        "first_seen_ms",
        "has_greeted",
        "has_past",
        "heard_s",
        "id",
        "imported_ms",
        "is_gone",
        "judged",
        "last_seen_ms",
        "late_ms",
        "login_gone_s",
        "look_again_s",
        "maintenance",
        "name",
        "next_seq",
        "not_judged",
        "published_s",
        "sequenced",
        "settings",
        "stage",
        "status",
        "trail",
        "twin",
    )

    def __init__(self, *, id_: int, name: str, asset: Asset, checker: Checker, twin: Twin) -> None:
        self.id = id_
        self.name = name
        self.asset = asset
        self.checker = checker
        self.twin = twin
        self.description: Description | None = None  # of who is of no type; None: it has one
        self.is_gone = False  # it was removed: nothing of it is stored or told any more
        self.stage = "in_use"  # of its life
        self.earlier_ids: tuple[int, ...] = ()  # in the journal, of those that had its name before
        self.clock = BoardClock()
        self.birth: Birth | None = None  # the last one that was accepted
        self.birth_refused: str | None = None  # why a newer one was not, for a person
        self.settings = DeviceSettings()
        self.status = "unknown"
        self.board_clock: ClockOffset | None = None  # None while nothing is known of it
        self.clock_jumped_s = -math.inf  # monotonic: when the board's clock jumped far
        # By presence's own clock: when it sent something, since when it is offline, when its login
        # was taken away, when to look again whether it is silent.
        self.heard_s = -math.inf
        self.has_greeted = False  # it has said nothing else since it greeted
        self.has_past = False  # somebody has imported readings of it
        self.imported_ms: int | None = None  # the newest there was then; None: none is kept
        self.away_since_s: float | None = None
        self.login_gone_s: float | None = None
        self.look_again_s = -math.inf
        self.trail: Trail | None = None  # None while there is nothing to remember of it
        self.sequenced = True
        self.first_seen_ms = 0
        self.last_seen_ms = 0
        self.counts = Counts()
        self.epochs: dict[str, Epoch] = {}
        self.epoch: Epoch | None = None  # the one readings came from last
        self.next_seq = 1  # the key of the next unsequenced reading
        self.ack_due_s = -math.inf  # monotonic, as is the next one
        self.published_s = -math.inf
        self.diagnosis: Diagnosis | None = None  # what was told last
        self.judged: Diagnosis | None = None  # the last judgement, told or not
        self.not_judged: str | None = None  # why the classifier cannot judge it, for a person
        self.late_ms: tuple[int, int] | None = None  # first and last time of late readings
        self.alarms: dict[str, Alarm] = {}  # open ones, by name
        self.maintenance: Suppression | None = None  # why its alarms ask for nobody

    def forget_epochs(self, most: int) -> None:
        """Keep ``most`` epochs in memory, the last ones; what is forgotten is in the journal."""
        surplus = len(self.epochs) - most
        for name in list(self.epochs)[:surplus]:
            if name != UNSEQUENCED and self.epochs[name] is not self.epoch:
                del self.epochs[name]

    @property
    def is_over(self) -> bool:
        """Whether it is retired, or an earlier life: it is read, and nobody sees to it."""
        return self.stage in ("retired", "replaced")

    @property
    def is_awaited(self) -> bool:
        """Whether it has the name of another from before, and has not been heard yet."""
        return bool(self.earlier_ids) and self.is_unheard

    def enter(self, stage: str) -> None:
        """Another stage of its life begins, or goes on with another twin."""
        self.stage = stage
        self.twin.book.is_mute = self.is_over

    @property
    def is_unheard(self) -> bool:
        """Whether nothing was taken of it yet: a will that comes now is of who was before it."""
        return self.birth is None and not self.epochs

    @property
    def is_recording(self) -> bool:
        """Whether all that is known of it was imported: nobody waits for a word of it."""
        return self.has_past and self.is_unheard and self.heard_s == -math.inf

    @property
    def recorded_ms(self) -> int | None:
        """When the newest reading was measured, where all that is known of it was imported."""
        return self.imported_ms if self.is_recording else None

    def has_lived(self, epoch: str) -> bool:
        """Whether this epoch is known: whoever greets in it again has only come back."""
        return epoch in self.epochs or (self.birth is not None and self.birth.epoch == epoch)

    @property
    def has_right_clock(self) -> bool:
        """Whether its clock is known, and needs no correction."""
        memory = self.clock.memory()
        return memory.is_known and not memory.offset_ms

    @property
    def catalogue_id(self) -> str | None:
        """Another whenever what describes it is; None of who is just as its type has it."""
        if self.description is not None:
            return self.description.id
        return self.twin.channels_id

    def note_late(self, time_ms: int) -> None:
        """A reading of ``time_ms`` came late: no window will show it."""
        first_ms, last_ms = self.late_ms or (time_ms, time_ms)
        self.late_ms = min(first_ms, time_ms), max(last_ms, time_ms)


class Fleet:
    """The devices by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Device] = {}

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Device]:
        return iter(self._by_name.values())

    def add(self, device: Device) -> None:
        self._by_name[device.name] = device

    def remove(self, name: str) -> None:
        del self._by_name[name]

    def rename(self, device: Device, name: str) -> None:
        """What a device was and did goes by another name from now on."""
        del self._by_name[device.name]
        device.name = name
        device.twin.device = name
        for said in (*device.alarms.values(), device.diagnosis, device.judged):
            if said is not None:
                said.device = name
        self._by_name[name] = device

    def put_right(self, now_ms: int) -> None:
        """The gateway's clock was wrong until now: nobody was heard in the future."""
        for device in self:
            device.last_seen_ms = min(device.last_seen_ms, now_ms)
            device.twin.put_right(now_ms)

    def move_clocks(self, by_ms: int) -> None:
        """The gateway's time goes on ``by_ms`` ahead: the boards' clocks have not jumped."""
        for device in self:
            device.clock.move(by_ms)

    def find(self, name: str) -> Device | None:
        return self._by_name.get(name)

    def get(self, name: str) -> Device:
        """The device called ``name``.

        Raises:
            NotFound: no such device has reported.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise NotFound(f"No device {name!r} has reported to this gateway.") from None
