"""Which devices there are, and of which type: those seen for the first time, and those that change.

Works inside the journal's open transaction, as admission does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from contract import assets
from contract.assets import GENERIC
from contract.assets.words import Asset
from contract.errors import Rejected
from contract.messages import Reading, Value
from contract.type_files.generic import LEARNED, Description, Learned
from gateway.ingest.intake import Intake, Retyped
from gateway.ingest.payloads import channels_of
from gateway.journal import Change, Journal
from gateway.twin.alarm_changes import Suppression
from gateway.twin.checker import checker_of
from gateway.twin.dated import Dated
from gateway.twin.descriptions import Descriptions
from gateway.twin.fleet import Device, Fleet
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin

_encode: Final = msgspec.json.encode


class Registry:
    """Adds devices to the fleet and to the journal."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        journal: Journal,
        factors_of: Callable[[str], Factors],
        max_devices: int,
        descriptions: Descriptions,
        decided: Callable[[str], Asset | None] = lambda _: None,
        params_of: Callable[[str, Asset], Dated | None] = lambda *_: None,
        barred: Callable[[str], str] = lambda _: "",
        stage_of: Callable[[str], str] = lambda _: "in_use",
        quiet: Callable[[str, int], Suppression | None] = lambda *_: None,
    ) -> None:
        """``decided``: the type that a person has decided a device is of, by its name.

        ``barred``: why a device may not come, for a person; empty: it may. ``stage_of``: the stage
        of its life; ``quiet``: why its alarms ask for nobody in that, at a time.
        """
        self._descriptions = descriptions
        self._fleet = fleet
        self._journal = journal
        self._factors_of = factors_of
        self._params_of = params_of
        self.decided = decided
        self._max_devices = max_devices
        self._barred = barred
        self._stage_of = stage_of
        self._quiet = quiet

    def bars(self, name: str) -> bool:
        """Whether a device may not come: it was removed."""
        return self._fleet.find(name) is None and bool(self._barred(name))

    def recognise(self, intake: Intake, name: str, reading: Reading, now_ms: int) -> Device:
        """Add a device that never sent a birth, by what it measures; any is taken as it comes.

        Raises:
            Rejected: nothing in it can be a channel, or there are too many devices.
        """
        asset = self._guessed(name, _names(reading))
        if asset.name == GENERIC and not self._descriptions.of(name).shows(reading.values):
            detail = "no birth came that could be used, and nothing in it can be a channel"
            key = reading.epoch or None, reading.seq or None
            raise Rejected("unknown_device", detail, epoch=key[0], seq=key[1])
        return self.add(intake, name, asset, now_ms)

    def notice(self, intake: Intake, name: str, payload: bytes, now_ms: int) -> None:
        """Add a device of which nothing was taken yet, where its channels tell what it is.

        Somebody must be told that all it sends is refused; who is no device has no alarms.
        """
        asset = self.decided(name) or assets.matching(channels_of(payload))
        is_full = len(self._fleet) >= self._max_devices
        if asset is not None and not is_full and not self._barred(name):
            self.add(intake, name, asset, now_ms)

    def _guessed(self, name: str, channels: frozenset[str]) -> Asset:
        return self.decided(name) or assets.matching(channels) or self.described(name)

    def described(self, name: str) -> Asset:
        """The device as what it was seen to be, and not of any type."""
        return self._descriptions.of(name).asset

    def unit(self, name: str, channel: str) -> str:
        """Of a channel of a device of no type; empty: nobody has said."""
        return self._descriptions.of(name).unit(channel)

    def type_called(self, device: str, name: str) -> Asset:
        """The type of that name, as this device has it. Raises NotFound."""
        return self.described(device) if name == GENERIC else assets.get(name)

    def learn(self, intake: Intake, device: Device, reading: Reading, now_ms: int) -> None:
        """Let what describes a device of no type follow what it sends.

        Of whom nothing but a type nobody knows was said, the first reading may tell what it is.
        """
        before = self._descriptions.of(device.name)
        if not before.learned and device.birth is None:
            asset = self._guessed(device.name, _names(reading))
            if asset.name != GENERIC:
                self.retype(intake, device, asset)
                return
        found = before.news(reading.values)
        if not found:
            return
        self._enter(device.name, found, now_ms)
        after = before.with_learned(found)
        self._describe(intake, device, before, after)

    def show(
        self,
        intake: Intake,
        device: Device,
        samples: Iterable[Mapping[str, Value]],
        now_ms: int,
        *,
        units: Mapping[str, str],
    ) -> None:
        """Let a device of no type be described by what is about to be stored of it."""
        before = after = self._descriptions.of(device.name)
        every: dict[str, Learned] = {}
        for values in samples:
            found = after.news(values)
            every |= found
            after = after.with_learned(found)
        every |= (told := after.units_told(units))
        after = after.with_learned(told)
        if every:
            self._enter(device.name, every, now_ms)
            self._describe(intake, device, before, after)

    def _enter(self, device: str, found: Mapping[str, Learned], now_ms: int) -> None:
        for channel, seen in found.items():
            change = Change(
                device=device,
                kind=LEARNED,
                name=channel,
                value=_encode(seen),
                changed_ms=now_ms,
                changed_by=device,
            )
            self._journal.ledger.add(change)

    def _describe(
        self, intake: Intake, device: Device, before: Description, after: Description
    ) -> None:
        """The twin goes on as what the device is described by now."""
        intake.described.append((device.name, before))
        self._descriptions.put(device.name, after)
        if after.is_like(before):
            device.description = after
        else:
            self.retype(intake, device, after.asset)

    def add(self, intake: Intake, name: str, asset: Asset, now_ms: int) -> Device:
        """Add a device. Raises Rejected (``too_many_devices``, ``removed``)."""
        if why := self._barred(name):
            raise Rejected("removed", why)
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
        device = Device(id_=id_, name=name, asset=asset, checker=checker_of(asset), twin=twin)
        device.description = self._description_of(name, asset)
        device.enter(self._stage_of(name))
        self.quieten(device)
        return device

    def quieten(self, device: Device) -> None:
        """A twin that begins in commissioning tells nobody of its first alarm either."""
        device.twin.book.suppression = self._quiet(device.name, device.last_seen_ms)

    def succeed(
        self, device: Device, earlier: str, now_ms: int
    ) -> tuple[Device, Callable[[], None]]:
        """Another machine of its type has a device's name from now on; that goes by ``earlier``.

        Returns the other one, and what undoes all of it in memory. Raises Rejected.
        """
        name, intake = device.name, Intake()
        self._descriptions.put(earlier, self._descriptions.of(name))
        self._fleet.rename(device, earlier)
        try:
            other = self.add(intake, name, device.asset, now_ms)
        except BaseException:
            self._fleet.rename(device, name)
            raise
        other.earlier_ids = (*device.earlier_ids, device.id)

        def undo() -> None:
            self.forget(intake)
            self._fleet.rename(device, name)

        return other, undo

    def _description_of(self, name: str, asset: Asset) -> Description | None:
        return self._descriptions.of(name) if asset.name == GENERIC else None

    def retype(self, intake: Intake, device: Device, asset: Asset) -> None:
        """A device turned out to be of another type: its twin starts anew, at a restart too.

        It goes on where that type has become another, and where a machine gets its first type.
        """
        intake.retyped.append(Retyped(device, device.asset, device.twin, device.description))
        if asset.name == device.asset.name or GENERIC in (asset.name, device.asset.name):
            device.twin = device.twin.continued(asset, self._params_of(device.name, asset))
        else:
            device.twin = self._twin(device.name, asset)
        device.asset, device.checker = asset, checker_of(asset)
        device.description = self._description_of(device.name, asset)
        device.twin.adopt_open(list(device.alarms.values()))
        device.enter(device.stage)
        self.quieten(device)
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

    def follow_description(self, device: Device, description: Description) -> Callable[[], None]:
        """Let a device of no type be described so; the answer undoes it."""
        intake = Intake()
        self._describe(intake, device, self._descriptions.of(device.name), description)
        return lambda: self.forget(intake)

    def forget(self, intake: Intake) -> None:
        """Undo what the batch changed: its transaction did not commit."""
        for device, asset, twin, description in reversed(intake.retyped):
            device.asset, device.checker, device.twin = asset, checker_of(asset), twin
            device.description = description
        for name, before in reversed(intake.described):
            self._descriptions.put(name, before)
            known = self._fleet.find(name)
            if known is not None and known.description is not None:
                known.description = before
        for device in intake.new_devices:
            self._fleet.remove(device.name)

    def _begin_twin(self, device: Device) -> None:
        """Checkpoint an empty twin: a restart looks at no row from before it."""
        snapshots = [(device.id, device.twin.snapshot())]
        self._journal.put_twins(snapshots, folded_id=self._journal.next_id - 1)


def _names(reading: Reading) -> frozenset[str]:
    return frozenset(reading.values) | frozenset(reading.aside or ())
