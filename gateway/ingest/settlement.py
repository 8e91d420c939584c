"""What follows from a commit: twins folded, watermarks moved, and what they in turn must store.

``fold`` runs after the readings are durable and only on new ones. What it gives rise to (closed
and restated minutes, gaps, alarm transitions) waits here until ``write`` has staged it and the
pipeline has committed it. A crash in between loses nothing: the journal is folded again at start.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from contract.messages import Alarm, Event, Minute, Reading, Stamp
from gateway.archive.nearby import Nearby
from gateway.ingest.alarm_rows import AlarmRow, row_after
from gateway.ingest.belated import Belated
from gateway.ingest.comings import Comings
from gateway.ingest.intake import Intake
from gateway.ingest.lateness import SMALL, Job, LateWork, Outcome, computed, is_sound
from gateway.ingest.lookback import held_at, untold
from gateway.ingest.past import Past
from gateway.journal import Gap, Journal, JournalReader
from gateway.journal.formers import GRACE_MS, LATE, PACE, Why
from gateway.metrics import GatewayMetrics
from gateway.twin.alarms import OFFLINE
from gateway.twin.delivery import few_gaps
from gateway.twin.fleet import Device, Epoch
from gateway.twin.minutes import emptied, start_of
from gateway.twin.told_health import with_more_told, with_told

ONLINE: Final = "online"
EPOCHS_IN_MEMORY: Final = 100  # a device: others come from the journal when spoken of


class _Waiting(NamedTuple):
    """A minute to be stored; ``why`` it replaces another; None: it has just closed."""

    device: Device
    minute: Minute
    why: Why | None


_why: Final = attrgetter("why")


class Emptied(NamedTuple):
    """A minute of which nothing is left; ``former``: what it was where it is kept no more."""

    start_ms: int
    former: Sequence[Minute] | None = None


class Settlement:
    """Folds what was stored, and collects what must be stored because of it.

    ``told`` is called with each device and alarm whose change has become durable.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        reader: JournalReader,
        metrics: GatewayMetrics,
        told: Callable[[Device, Alarm], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._journal = journal
        self._reader = reader
        self._metrics = metrics
        self._told = told
        self._now_ms = now_ms
        self._unsaved: dict[int, Device] = {}  # changed since the last checkpoint
        self._moved: dict[int, Epoch] = {}
        self.late = LateWork(reader.again)
        self._gaps: list[Gap] = []
        self._minutes: list[_Waiting] = []
        self._belated = Belated(self._stored_minute)
        self._restated: dict[int, Device] = {}
        self._alarms: list[AlarmRow] = []
        self._comings = Comings()

    # ------------------------------------------------------------------ after a commit

    def fold(self, intake: Intake) -> bool:
        """Fold a committed batch into twins and watermarks; whether there is more to store."""
        for device, birth, _ in intake.last_births():
            device.birth, device.birth_refused = birth, None
            device.twin.pace.announce(birth.rate_hz)
            self._unsaved[device.id] = device
        for device, said in intake.last_reported():
            device.settings.reported = said
        touched = self._fold_rows(intake)
        # Who leaves in order says so after its last reading.
        for device, status in intake.last_statuses():
            self.set_status(device, status)
        for device in intake.duplicates:
            device.counts.duplicates += 1
            self._unsaved[device.id] = device
        for device, reason in intake.refused:
            device.counts.quarantined += 1
            device.counts.conflicts += reason == "conflict"
            self._unsaved[device.id] = device
        for device_id, (device, _) in intake.over_budget.items():
            device.counts.over_budget += intake.excess[device_id]
            self._unsaved[device_id] = device
        self._mark(intake)
        for device in touched:
            self.collect(device)
        return self._has_more()

    def _fold_rows(self, intake: Intake) -> Iterable[Device]:
        touched: dict[int, Device] = {}
        for row, device in zip(intake.rows, intake.owners, strict=True):
            item = row.item
            # A row from before a birth in the same batch may be of another asset type.
            if not intake.retyped or device.checker.fits_item(item):
                self._fold(device, item)
            device.counts.stored += 1
            device.last_seen_ms = item.received_ms
            touched[device.id] = device
        for device in touched.values():
            if device.status != ONLINE:
                self.set_status(device, ONLINE)
        self._unsaved.update(touched)
        return touched.values()

    def _fold(self, device: Device, item: Reading | Event) -> None:
        twin = device.twin
        if item.received_ms - (item.time_ms or 0) > GRACE_MS:
            self._belated.note(device, item)
        if isinstance(item, Event):
            if not twin.on_event(item):
                self.late.note(device, item.time_ms or 0)
        elif not twin.fold(item):  # it is late: the minutes around it are computed anew
            self.late.note(device, item.time_ms or 0)
            if item.stamp != Stamp.PAST:  # of so long ago nothing is judged
                device.note_late(item.time_ms or 0)

    def fold_again(self, device: Device, epoch: Epoch, item: Reading | Event) -> None:
        """Fold an item that was stored before a restart and after the last checkpoint."""
        if device.checker.fits_item(item):
            self._fold(device, item)
            self.collect(device, is_again=True)
        self._unsaved[device.id] = device
        self._moved[epoch.id] = epoch

    def count_again(self, device: Device) -> None:
        """A device whose counts were brought up to date after a restart."""
        self._unsaved[device.id] = device

    def _mark(self, intake: Intake) -> None:
        moved, unsaved = self._moved, self._unsaved
        for device, epoch, seq, is_floor in intake.marks:
            if is_floor:
                self._raise_floor(device, epoch, seq)
            else:
                epoch.watermark.settle(seq)
                if device.epoch is not epoch:
                    before = device.epoch.name if device.epoch is not None else ""
                    intake.switches.append((device, before, epoch.name))
                    device.epoch = epoch
            moved[epoch.id] = epoch
            unsaved[device.id] = device

    def _raise_floor(self, device: Device, epoch: Epoch, oldest: int) -> None:
        for first, last, missing in few_gaps(epoch.watermark.raise_floor(oldest)):
            self._gaps.append(Gap(epoch.id, first, last, missing, self._now_ms()))
            device.counts.gaps += 1
            device.counts.missing += missing
            self._metrics.missing += missing

    def set_status(self, device: Device, status: str) -> None:
        """Note that a device came or went."""
        if device.status != status:
            self._comings.note(device.name, status)
        device.status = status
        if status == ONLINE:
            device.away_since_s = None
            device.twin.book.clear(OFFLINE, time_ms=self._now_ms())
        self._unsaved[device.id] = device
        self.collect(device)

    def forget(self, device: Device) -> None:
        """Nothing of a device that is gone is stored any more."""
        epochs = {epoch.id for epoch in device.epochs.values()}
        self._unsaved.pop(device.id, None)
        self._restated.pop(device.id, None)
        self._moved = {id_: epoch for id_, epoch in self._moved.items() if id_ not in epochs}
        self._gaps = [gap for gap in self._gaps if gap.epoch_id not in epochs]
        self._minutes = [waiting for waiting in self._minutes if waiting.device is not device]
        self._belated.forget(device)
        self._alarms = [waiting for waiting in self._alarms if waiting[0] is not device]
        self.late.forget(device)

    def collect(self, device: Device, *, is_again: bool = False) -> None:
        """Take over the minutes and alarm transitions that a twin has ready.

        ``is_again``: it is folded again after a death, and some of them are stored.
        """
        twin = device.twin
        if twin.has_news and not device.is_gone:
            for minute in twin.take_closed():
                whole = minute
                if is_again:
                    whole = with_more_told(minute, self._stored_minute(device, minute.start_ms))
                self._minutes.append(_Waiting(device, whole, None))
            for time_ms, alone in twin.take_owed():
                why = PACE if alone else LATE
                self.late.wait(device, start_of(time_ms), alone=alone, why=why)
            for transition in twin.take_transitions():
                self._alarms.append(row_after(device, transition))

    def _has_more(self) -> bool:
        news = self._gaps, self._minutes, self._alarms, self._belated.waiting
        return self.late.has_news or any(news)

    # ------------------------------------------------------------------ the second transaction

    def write(self) -> None:
        """Stage all that is waiting, in an open transaction. Can be called again if it fails."""
        journal = self._journal
        self.late.stage(journal)
        journal.add_gaps(self._gaps)
        self._write_minutes()
        for row in self._alarms:
            row.write(journal)
        self._put_twins(self._restated.values())

    def _write_minutes(self) -> None:
        for former in self._belated.waiting:
            self._journal.formers.add(former)
        now_ms = self._now_ms()
        for why, those in groupby(self._minutes, key=_why):
            minutes = ((each.device.id, each.minute) for each in those)
            self._journal.put_minutes(minutes, why=why, now_ms=now_ms)

    def written(self) -> None:
        """What was staged is durable: forget it, and tell about the alarms."""
        self.late.staged()
        alarms, self._alarms = self._alarms, []
        self._gaps.clear()
        self._minutes.clear()
        self._belated.waiting.clear()
        self._restated.clear()
        for each in alarms:
            if (alarm := each.written()) is not None:
                self._told(each.device, alarm)

    # ------------------------------------------------------------------ the past

    def take_past(self, past: Past) -> None:
        """Take over what an imported portion comes to; ``write`` then stages it.

        The device's twin is checkpointed with the portion, as it counts its minutes from now on:
        no restart folds these rows.
        """
        device = past.device
        for each in past.minutes:
            old = self._reader.minute(device_id=device.id, start_ms=each.start_ms)
            minute = with_told(each, old)
            device.twin.replace_minute(new=minute, old=old)
            self._minutes.append(_Waiting(device, minute, past.why))
        for time_ms in past.late_ms:
            self.late.wait(device, start_of(time_ms), alone=False, why=past.why)
        if past.first_ms is not None:
            device.twin.note_past(past.first_ms)
        device.counts.quarantined += len(past.quarantined)
        self._restated[device.id] = self._unsaved[device.id] = device

    # ------------------------------------------------------------------ late minutes

    def restate(self, jobs: list[Job], outcomes: list[Outcome], left: list[Job]) -> None:
        """Take over minutes that were computed anew; ``write`` then stages what came of it.

        A twin is checkpointed in the same transaction, so that its totals and the minutes that
        were replaced can never disagree after a crash.
        """
        for outcome in outcomes:
            if outcome.job.device.is_gone:
                continue
            if is_sound(outcome) and outcome.minute is not None:
                self._replace(outcome.job.device, outcome.minute, outcome.job.why)
            elif outcome.is_ahead:
                self._wait_again(outcome, alone=outcome.job.alone)
            else:
                alone = outcome.job.alone or outcome.start_ms != outcome.job.start_ms
                self._restate_open(outcome, alone=alone)
        for device in {job.device.id: job.device for job in jobs if not job.alone}.values():
            self._remember(device)
        self.late.finish(jobs, left)

    def _remember(self, device: Device) -> None:
        """What came late may have told what the newest reading lacks, and it still counts."""
        newest, is_open = device.twin.last, device.twin.open_minute()
        if device.is_gone or newest is None or is_open is None or not untold(device, [newest]):
            return
        with self._reader.blamed():
            up_to_ms = newest.time_ms or 0
            held = held_at(self._reader, device, up_to_ms=up_to_ms, last=[newest])
        if device.twin.recall([*held.readings, newest], held.unknown):
            self.late.wait(device, is_open.start_ms, alone=True)

    def _restate_open(self, outcome: Outcome, *, alone: bool) -> None:
        """Nothing is folded while this looks at the journal: what is small is restated at once."""
        device, start_ms = outcome.job.device, outcome.start_ms
        is_open = device.twin.open_minute()
        if is_open is None or is_open.start_ms < start_ms:
            return  # from when it was of another type: its twin has begun anew since
        if is_open.start_ms != start_ms or is_open.count > SMALL:
            self._wait_again(outcome, alone=alone)
            return
        with self._reader.blamed(), closing(Nearby(self._reader.connection)) as nearby:
            nearby.go(device.id, start_ms)  # it is in a file where it has been silent for weeks
            minute = computed(self._reader, device, start_ms)
        if minute is not None:
            self._replace(device, minute, outcome.job.why)

    def _wait_again(self, outcome: Outcome, *, alone: bool) -> None:
        job = outcome.job
        self.late.wait(job.device, outcome.start_ms, alone=alone, why=job.why)

    def _replace(self, device: Device, minute: Minute, why: Why) -> None:
        old = self._minute(device, minute.start_ms)
        if old is None and why.may_shrink:
            return  # it is kept no more, but in its quarter
        if old is not None and old.count > minute.count and not why.may_shrink:
            return  # some of its readings are not kept any more
        is_open = minute.start_ms == device.twin.open_ms
        if not why.may_shrink:  # of what is left of a minute nobody knows what was told
            minute = with_told(minute, device.twin.open_minute() if is_open else old)
        if is_open:  # the journal may have less of it
            self._belated.note_replaced(device, minute, old, now_ms=self._now_ms(), why=why)
        device.twin.replace_minute(new=minute, old=old)
        self._minutes.append(_Waiting(device, minute, None if is_open else why))
        self._restated[device.id] = device

    # ------------------------------------------------------------------ what was deleted

    def empty(self, device: Device, minutes: Iterable[Emptied], why: Why) -> None:
        """Take over that nothing of some minutes is left; ``write`` then stages it.

        Where something has come meanwhile, they are computed anew.
        """
        for start_ms, former in minutes:
            if self._reader.has_items(device_id=device.id, start_ms=start_ms):
                self.late.wait(device, start_ms, alone=True, why=why)
                continue
            new = emptied(device.asset, start_ms)
            for old in former or (self._minute(device, start_ms),):
                device.twin.replace_minute(new=new, old=old)
            self._minutes.append(_Waiting(device, new, why))
        self._restated[device.id] = self._unsaved[device.id] = device

    def _stored_minute(self, device: Device, start_ms: int) -> Minute | None:
        return self._reader.minute(device_id=device.id, start_ms=start_ms)

    def _minute(self, device: Device, start_ms: int) -> Minute | None:
        """The minute as the twin has counted it: what waits to be written is newer."""
        for owner, minute, _ in reversed(self._minutes):
            if owner is device and minute.start_ms == start_ms:
                return minute
        is_open = device.twin.open_minute()
        if is_open is not None and is_open.start_ms == start_ms:
            return is_open
        return self._stored_minute(device, start_ms)

    # ------------------------------------------------------------------ checkpoint

    def checkpoint(self) -> None:
        """Stage everything changed since the last one; rows up to now need no folding at start.

        What waits for the second transaction goes with it: a twin that has handed a minute or an
        alarm over knows nothing of it any more.
        """
        self.write()
        journal = self._journal
        self._put_twins(self._unsaved.values())
        journal.put_devices(_columns(device) for device in self._unsaved.values())
        marks = ((e.id, e.watermark.seq, e.watermark.ahead) for e in self._moved.values())
        journal.put_watermarks(marks)
        journal.put_folded()

    def checkpointed(self) -> None:
        """What ``checkpoint`` staged is durable."""
        self.written()
        self._comings.sum_up()
        for device in self._unsaved.values():
            if len(device.epochs) > EPOCHS_IN_MEMORY:
                device.forget_epochs(EPOCHS_IN_MEMORY)
        self._unsaved.clear()
        self._moved.clear()

    @property
    def needs_checkpoint(self) -> bool:
        return bool(self._unsaved) or self._has_more() or self._comings.owes

    def _put_twins(self, devices: Iterable[Device]) -> None:
        snapshots = ((device.id, device.twin.snapshot()) for device in devices)
        self._journal.put_twins(snapshots, folded_id=self._journal.next_id - 1)


def _columns(device: Device) -> tuple[str, int, bool, bytes, bytes, int]:
    counts, clock = msgspec.json.encode(device.counts), msgspec.json.encode(device.clock.memory())
    return device.status, device.last_seen_ms, device.sequenced, counts, clock, device.id
