"""What one batch of MQTT messages brought: rows, refusals and floors, each with its device."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from contract.assets.words import Asset
from contract.errors import Reason
from contract.messages import UNSEQUENCED, Aside, Birth, Result
from contract.type_files.generic import Description
from gateway.journal import Quarantined, Row
from gateway.twin.device_settings import Reported
from gateway.twin.fleet import Device, Epoch
from gateway.twin.twin import Twin


class Retyped(NamedTuple):
    """A device that turned out to be of another asset type, and what it was before."""

    device: Device
    asset: Asset
    twin: Twin
    description: Description | None


class Settled(NamedTuple):
    """How far a device's readings are settled, once what was committed is durable."""

    device: Device
    epoch: Epoch
    seq: int

    def note_durable(self) -> tuple[Device, Epoch]:
        """It is; whom to tell."""
        self.epoch.durable_seq = max(self.epoch.durable_seq, self.seq)
        return self.device, self.epoch


class Intake:
    """What one batch brought, in order; filled by ``Admission.admit``."""

    __slots__ = (
        "aside",
        "births",
        "counters",
        "described",
        "duplicates",
        "excess",
        "live",
        "marks",
        "new_devices",
        "new_epochs",
        "over_budget",
        "owners",
        "quarantined",
        "refused",
        "reported",
        "results",
        "retyped",
        "rows",
        "starts",
        "statuses",
        "switches",
        "tips",
        "turned_away",
    )

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.owners: list[Device] = []  # parallel to rows
        self.duplicates: list[Device] = []  # one entry a repeated reading
        self.marks: list[tuple[Device, Epoch, int, bool]] = []  # (.., seq or oldest, is a floor)
        self.quarantined: list[Quarantined] = []
        self.refused: list[tuple[Device, Reason]] = []  # by whom, and the reason
        self.births: list[tuple[Device, Birth, bytes]] = []
        self.statuses: list[tuple[Device, str]] = []
        self.reported: list[tuple[Device, Reported]] = []  # settings that devices work with
        self.aside: list[tuple[Device, str, str]] = []  # .., a channel that is no good, why
        # What devices said just now, not what the broker kept: "birth", "online" or "offline", and
        # the epoch that a birth names.
        self.live: list[tuple[Device, str, str]] = []
        self.starts: list[tuple[Device, str]] = []  # what live births tell of, by epoch or ""
        self.switches: list[tuple[Device, str, str]] = []  # .., epoch before, epoch of a reading
        self.results: list[tuple[Device, Result]] = []
        self.new_devices: list[Device] = []
        self.new_epochs: list[tuple[Device, Epoch]] = []
        self.retyped: list[Retyped] = []
        self.described: list[tuple[str, Description]] = []  # who, and what described it before
        # Refused for their number: those not kept, by name and reason; by device id who, with a
        # sentence, and how many.
        self.turned_away: Counter[tuple[str, Reason]] = Counter()
        self.over_budget: dict[int, tuple[Device, str]] = {}
        self.excess: Counter[int] = Counter()
        self.tips: dict[int, tuple[int, int]] = {}  # by epoch: last seq far ahead, runs it made
        self.counters: dict[int, tuple[Device, int]] = {}  # unsequenced ones: next seq before this

    def note_birth(self, device: Device, birth: Birth, raw: bytes, *, live: bool) -> None:
        self.births.append((device, birth, raw))
        if live:
            self.live.append((device, "birth", birth.epoch))
            if not birth.epoch or not device.has_lived(birth.epoch):
                self.starts.append((device, birth.epoch))

    def note_status(self, device: Device, status: str, *, live: bool) -> None:
        self.statuses.append((device, status))
        if live:
            self.live.append((device, status, ""))

    def note_aside(self, device: Device, aside: dict[str, Aside]) -> None:
        """Channels that count for nothing; one that its asset type does not know is no trouble."""
        for channel, found in aside.items():
            if found.reason != "unknown_channel":
                self.aside.append((device, channel, found.detail))

    def changed(self) -> Iterable[Device]:
        """The devices whose state is another now, some of them often."""
        yield from self.owners
        yield from (device for device, _, _ in self.births)
        yield from (device for device, _ in self.statuses)
        yield from (device for device, _ in self.reported)

    def last_births(self) -> Iterable[tuple[Device, Birth, bytes]]:
        """Of each device the last one: it is all that is kept of them."""
        return {said[0].id: said for said in self.births}.values()

    def last_reported(self) -> Iterable[tuple[Device, Reported]]:
        """Of each device the last word on its settings."""
        return {device.id: (device, said) for device, said in self.reported}.values()

    def last_statuses(self) -> Iterable[tuple[Device, str]]:
        """Of each device the last two: whether it is here, and whether it was meanwhile."""
        last: dict[int, tuple[tuple[Device, str], ...]] = {}
        for said in self.statuses:
            last[said[0].id] = (*last.get(said[0].id, ()), said)[-2:]
        return [said for two in last.values() for said in two]

    def acks(self) -> list[Settled]:
        """Whose watermark may have moved, or is worth repeating because a reading came twice."""
        marks = self.marks
        found = {e.id: (d, e) for d, e, _, _ in marks if e.name != UNSEQUENCED}.values()
        return [Settled(device, epoch, epoch.watermark.seq) for device, epoch in found]
