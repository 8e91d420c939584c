"""The fleet as the journal has it: checkpoints loaded, and the rows after them folded again."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from contract.assets.words import Asset
from contract.errors import NotFound, Outdated
from contract.messages import UNSEQUENCED, Alarm, Birth, Event, Reading, Stamp
from gateway.clocks.board_clock import BoardClock, Memory
from gateway.ingest.admission import Admission
from gateway.ingest.alarm_desk import why_over
from gateway.ingest.settlement import Settlement
from gateway.journal import Device as StoredDevice
from gateway.journal import JournalReader, StoredEpoch
from gateway.journal.archived import newest_ms
from gateway.twin.dated import Dated
from gateway.twin.delivery import Watermark
from gateway.twin.device_settings import Reported
from gateway.twin.fleet import Counts, Device, Epoch, Fleet
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin

log = logging.getLogger(__name__)

_decode_birth: Final = msgspec.json.Decoder(Birth).decode
_decode_clock: Final = msgspec.json.Decoder(Memory).decode
_decode_counts: Final = msgspec.json.Decoder(Counts).decode
_decode_reported: Final = msgspec.json.Decoder(Reported).decode

# Of each device; others are loaded when something is said of them.
RECENT_EPOCHS: Final = 20


class Restorer:
    """Brings the fleet back after a restart; used once, before the first message is taken."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        reader: JournalReader,
        admission: Admission,
        settlement: Settlement,
        factors_of: Callable[[str], Factors],
        params_of: Callable[[str, Asset], Dated | None] = lambda *_: None,
    ) -> None:
        self._fleet = fleet
        self._reader = reader
        self._admission = admission
        self._settlement = settlement
        self._factors_of = factors_of
        self._params_of = params_of
        self._devices: dict[int, Device] = {}
        self._epochs: dict[int, tuple[Device, Epoch]] = {}
        self._folded: dict[int, int] = {}  # device id → last row its checkpoint has folded

    def restore(self) -> None:
        """Load devices, epochs, twins; fold what came after; take open alarms over."""
        for stored in self._reader.devices():
            self._restore_device(stored)
        for recent in self._reader.recent_epochs(RECENT_EPOCHS, always=UNSEQUENCED):
            self._restore_epoch(recent)
        for device, epoch in self._epochs.values():
            device.epoch = epoch  # the newest comes last
        self._restore_twins()
        count = self._fold_again()
        for device_id, start_ms, alone, why in self._reader.late_minutes():
            if device_id in self._devices:
                device = self._devices[device_id]
                self._settlement.late.load(device, start_ms, alone=alone, why=why)
        self._settle_again()
        for _, epoch in self._epochs.values():
            epoch.durable_seq = epoch.watermark.seq  # the journal was synced when it was opened
        self._count_again()
        self._adopt()
        self._note_pasts()
        for name in self._reader.removed_logins():
            if (removed := self._fleet.find(name)) is not None:
                removed.login_gone_s = 0.0
        for device in self._fleet:
            unsequenced = device.epochs.get(UNSEQUENCED)
            device.next_seq = unsequenced.watermark.last + 1 if unsequenced else 1
        log.info("%d devices restored, %d items folded again", len(self._fleet), count)

    def _note_pasts(self) -> None:
        with self._reader.blamed():
            for device_id in self._reader.imports().devices():
                if device_id in self._devices:
                    device = self._devices[device_id]
                    device.has_past = True
                    device.imported_ms = newest_ms(self._reader.connection, device_id)

    def _restore_device(self, stored: StoredDevice) -> None:
        registry = self._admission.registry
        try:
            asset = registry.type_called(stored.name, stored.asset)
        except NotFound as error:
            log.warning("%s: %s It is taken as it comes.", stored.name, error)
            asset = registry.described(stored.name)
        device = registry.make(id_=stored.id, name=stored.name, asset=asset)
        device.birth = _decode_birth(stored.birth) if stored.birth else None
        device.clock = BoardClock(_decode_clock(stored.clock) if stored.clock else None)
        if stored.reported:
            device.settings.reported = _decode_reported(stored.reported)
        device.status = stored.status
        device.sequenced = stored.sequenced
        device.first_seen_ms, device.last_seen_ms = stored.first_seen_ms, stored.last_seen_ms
        device.counts = _decode_counts(stored.counts) if stored.counts else Counts()
        self._devices[device.id] = device
        self._fleet.add(device)

    def _restore_epoch(self, stored: StoredEpoch) -> None:
        device = self._devices.get(stored.device_id)
        if device is not None:
            mark = Watermark(stored.seq, stored.ahead)
            epoch = Epoch(id_=stored.id, name=stored.name, watermark=mark)
            device.epochs[stored.name] = epoch
            self._epochs[stored.id] = (device, epoch)

    def _epoch(self, epoch_id: int) -> Epoch:
        """An epoch by its id; an old one is loaded now."""
        if epoch_id not in self._epochs:
            self._restore_epoch(self._reader.epoch(epoch_id))
        return self._epochs[epoch_id][1]

    def _restore_twins(self) -> None:
        for device_id, (snapshot, folded_id) in self._reader.snapshots().items():
            device = self._devices.get(device_id)
            if device is None:
                continue
            try:
                device.twin = Twin.restore(
                    snapshot,
                    device=device.name,
                    asset=device.asset,
                    factors=self._factors_of(device.name),
                    params=self._params_of(device.name, device.asset),
                )
            except Outdated as error:
                log.warning("%s: %s", device.name, error)
                continue
            device.enter(device.stage)
            self._admission.registry.quieten(device)
            self._folded[device_id] = folded_id

    def _fold_again(self) -> int:
        count = 0
        floor = self._reader.meta("folded_reading", 0)
        for row_id, device_id, epoch_id, item in self._rows(floor):
            device = self._devices.get(device_id)
            # What was imported is in the checkpoint that was stored with it.
            if device is None or item.stamp == Stamp.IMPORTED:
                continue
            epoch = self._epoch(epoch_id)
            if row_id > floor:
                epoch.watermark.settle(item.seq)
                device.epoch = epoch
                device.counts.stored += 1
            if row_id > self._folded.get(device_id, 0):
                self._settlement.fold_again(device, epoch, item)
                count += 1
        return count

    def _rows(self, floor: int) -> Iterator[tuple[int, int, int, Reading | Event]]:
        """What the checkpoint does not cover, and what those devices sent whose twins it lacks.

        One pass over everything serves all of them: after a change of the checkpoint's format.
        """
        unfolded = [id_ for id_ in self._devices if id_ not in self._folded]
        if len(unfolded) > len(self._devices) // 2 > 0:
            yield from self._reader.items_after(0)
            return
        for device_id in unfolded:
            yield from self._reader.items_of(device_id, up_to_id=floor)
        yield from self._reader.items_after(floor)

    def _settle_again(self) -> None:
        quarantined = self._reader.meta("folded_quarantine", 0)
        gaps = self._reader.meta("folded_gap", 0)
        for name, epoch_name, first, last in self._reader.settled_after(quarantined, gaps):
            device = self._fleet.find(name)
            stored = None
            if device is not None and epoch_name not in device.epochs:
                stored = self._reader.find_epoch(device_id=device.id, name=epoch_name)
            if stored is not None:
                self._restore_epoch(stored)
            epoch = device.epochs.get(epoch_name) if device else None
            if epoch is not None:
                epoch.watermark.settle_run(first, last)

    def _count_again(self) -> None:
        """What was refused and reported gone after the last checkpoint counts as well."""
        quarantined = self._reader.meta("folded_quarantine", 0)
        for name, reason, count in self._reader.refused_after(quarantined):
            device = self._fleet.find(name)
            if device is not None:
                device.counts.quarantined += count
                device.counts.conflicts += count if reason == "conflict" else 0
                self._settlement.count_again(device)
        for name, count in self._reader.refused_for_their_number():
            device = self._fleet.find(name)
            if device is not None:
                device.counts.over_budget = count
        for name, gaps, missing in self._reader.gone_after(self._reader.meta("folded_gap", 0)):
            device = self._fleet.find(name)
            if device is not None:
                device.counts.gaps += gaps
                device.counts.missing += missing
                self._settlement.count_again(device)

    def _adopt(self) -> None:
        for one in self._fleet:
            if one.birth is not None:
                one.twin.pace.announce(one.birth.rate_hz)
        open_alarms: dict[str, list[Alarm]] = defaultdict(list)
        for alarm in self._reader.open_alarms():
            open_alarms[alarm.device].append(alarm)
        for diagnosis in self._reader.newest_diagnoses():
            device = self._fleet.find(diagnosis.device)
            if device is not None:
                device.diagnosis = diagnosis
        for device in self._fleet:
            leads = [each for each in open_alarms[device.name] if each.part_of is None]
            device.alarms = {alarm.name: alarm for alarm in leads}
            device.twin.adopt_open(open_alarms[device.name])
        for alarm in self._reader.shelved_alarms():
            if (shelved := self._fleet.find(alarm.device)) is not None:
                shelved.twin.book.remember_shelf(alarm)
        self._end_what_is_over()
        for device in self._fleet:
            self._settlement.collect(device)

    def _end_what_is_over(self) -> None:
        """A crash may have come between the word that a machine is retired and its alarms' end."""
        for device in self._fleet:
            if device.is_over:
                why = why_over(device.stage)
                device.twin.book.end(time_ms=device.last_seen_ms, reason=why)
