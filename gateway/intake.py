"""What one batch of MQTT messages brought: rows, refusals and floors, each with its device."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.assets.base import Asset
from gateway.errors import Reason
from gateway.fleet import Device, Epoch
from gateway.journal import Quarantined, Row
from gateway.messages import Birth, Result
from gateway.twin import Twin
from gateway.validate import UNSEQUENCED


class Retyped(NamedTuple):
    """A device that turned out to be of another asset type, and what it was before."""

    device: Device
    asset: Asset
    twin: Twin


class Intake:
    """What one batch brought, in order; filled by ``Admission.admit``."""

    __slots__ = (
        "births",
        "counters",
        "duplicates",
        "marks",
        "new_devices",
        "new_epochs",
        "owners",
        "quarantined",
        "refused",
        "results",
        "retyped",
        "rows",
        "statuses",
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
        self.results: list[tuple[Device, Result]] = []
        self.new_devices: list[Device] = []
        self.new_epochs: list[tuple[Device, Epoch]] = []
        self.retyped: list[Retyped] = []
        self.counters: dict[int, tuple[Device, int]] = {}  # unsequenced ones: next seq before this

    def changed(self) -> Iterable[Device]:
        """The devices whose state is another now, some of them often."""
        yield from self.owners
        yield from (device for device, _, _ in self.births)
        yield from (device for device, _ in self.statuses)

    def acks(self) -> Iterable[tuple[Device, Epoch]]:
        """Whose watermark may have moved, or is worth repeating because a reading came twice."""
        marks = self.marks
        return {e.id: (d, e) for d, e, _, _ in marks if e.name != UNSEQUENCED}.values()
