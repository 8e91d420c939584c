"""Which devices there are, and of which type: those seen for the first time, and those that change.

Works inside the journal's open transaction, as admission does.
"""

from collections.abc import Callable
from typing import Final

from contract import assets
from contract.assets.words import Asset
from contract.errors import Rejected
from contract.messages import Reading
from gateway.ingest.intake import Intake, Retyped
from gateway.ingest.payloads import channels_of
from gateway.journal import Journal
from gateway.twin.checker import checker_of
from gateway.twin.dated import Dated
from gateway.twin.fleet import Device, Fleet
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin

MOST_SHOWN: Final = 12  # channels named in a refusal


class Registry:
    """Adds devices to the fleet and to the journal."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        journal: Journal,
        factors_of: Callable[[str], Factors],
        max_devices: int,
        decided: Callable[[str], Asset | None] = lambda _: None,
        params_of: Callable[[str, Asset], Dated | None] = lambda *_: None,
    ) -> None:
        """``decided``: the type that a person has decided a device is of, by its name."""
        self._fleet = fleet
        self._journal = journal
        self._factors_of = factors_of
        self._params_of = params_of
        self.decided = decided
        self._max_devices = max_devices

    def recognise(self, intake: Intake, name: str, reading: Reading, now_ms: int) -> Device:
        """Add a device that never sent a birth, by what it measures.

        Raises:
            Rejected: no type measures that, or there are too many devices.
        """
        channels = frozenset(reading.values) | frozenset(reading.aside or ())
        asset = self.decided(name) or assets.matching(channels)
        if asset is not None:
            return self.add(intake, name, asset, now_ms)
        shown = ", ".join(sorted(name[:40] for name in channels)[:MOST_SHOWN])
        raise Rejected(
            "unknown_device",
            f"no birth came that could be used, and its channels ({shown}) are those of no asset"
            f" type: {assets.described()}. Say what it is: `python -m gateway device type TYPE"
            f" {name}`",
            epoch=reading.epoch or None,
            seq=reading.seq or None,
        )

    def notice(self, intake: Intake, name: str, payload: bytes, now_ms: int) -> None:
        """Add a device of which nothing was taken yet, where its channels tell what it is.

        Somebody must be told that all it sends is refused; who is no device has no alarms.
        """
        asset = self.decided(name) or assets.matching(channels_of(payload))
        if asset is not None and len(self._fleet) < self._max_devices:
            self.add(intake, name, asset, now_ms)

    def add(self, intake: Intake, name: str, asset: Asset, now_ms: int) -> Device:
        """Add a device. Raises Rejected (``too_many_devices``)."""
        if len(self._fleet) >= self._max_devices:
            raise Rejected("too_many_devices", f"the gateway takes {self._max_devices} devices")
        id_ = self._journal.add_device(name=name, asset=asset.name, now_ms=now_ms)
        device = self.make(id_=id_, name=name, asset=asset)
        device.first_seen_ms = device.last_seen_ms = now_ms
        self._begin_twin(device)
        self._fleet.add(device)
        intake.new_devices.append(device)
        return device

    def make(self, *, id_: int, name: str, asset: Asset) -> Device:
        """A device with an empty twin, in no fleet yet."""
        twin = self._twin(name, asset)
        return Device(id_=id_, name=name, asset=asset, checker=checker_of(asset), twin=twin)

    def retype(self, intake: Intake, device: Device, asset: Asset) -> None:
        """A device turned out to be of another type: its twin starts anew, at a restart too.

        Where its type has become another, and that is still the same, it goes on.
        """
        intake.retyped.append(Retyped(device, device.asset, device.twin))
        if asset.name == device.asset.name:
            device.twin = device.twin.continued(asset, self._params_of(device.name, asset))
        else:
            device.twin = self._twin(device.name, asset)
        device.asset, device.checker = asset, checker_of(asset)
        device.twin.adopt_open(list(device.alarms.values()))
        self._begin_twin(device)

    def _twin(self, name: str, asset: Asset) -> Twin:
        factors, params = self._factors_of(name), self._params_of(name, asset)
        return Twin(device=name, asset=asset, factors=factors, params=params)

    def follow_decision(self, device: Device, asset: Asset) -> Callable[[], None]:
        """Make a device one of the type that was decided; the answer undoes what is in memory."""
        intake = Intake()
        self.retype(intake, device, asset)
        self._journal.put_asset(device_id=device.id, asset=asset.name)
        return lambda: self.forget(intake)

    def forget(self, intake: Intake) -> None:
        """Undo what the batch changed: its transaction did not commit."""
        for device, asset, twin in reversed(intake.retyped):
            device.asset, device.checker, device.twin = asset, checker_of(asset), twin
        for device in intake.new_devices:
            self._fleet.remove(device.name)

    def _begin_twin(self, device: Device) -> None:
        """Checkpoint an empty twin: a restart looks at no row from before it."""
        snapshots = [(device.id, device.twin.snapshot())]
        self._journal.put_twins(snapshots, folded_id=self._journal.next_id - 1)
