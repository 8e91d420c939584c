"""The gateway's loop, on one screen: what a message goes through before it is acknowledged.

    broker.receive          everything that has arrived, at most 2,000 messages
      → hearing             in the first two seconds: what boards say of the time
      → admission.admit     who may, decode, check, date; bad channels aside, bad items refused
      → clock.witness       what the boards' clocks say of ours
      → journal             one transaction: rows, refusals, births
      → settlement          fold new readings into twins, move watermarks; commit closed minutes,
                            gaps and alarms
      → listeners           diagnoser and presence
      → publisher           states and alarms to everybody
      → syncing             all that is committed, made durable: some milliseconds later
      → broker.acknowledge  PUBACK, in order, on the connection they came from
      → publisher           watermarks to devices

The next batch gathers while this one commits, so a lone reading never waits and a flood is
committed 2,000 at a time. Nothing is acknowledged that is not on disk. What late readings change is
restated beside this, in slices between two batches (``run_late``).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from functools import partial
from typing import Final, TypeVar

import msgspec

from contract.errors import Conflict, Damaged, Unavailable
from contract.messages import DependencyStatus
from gateway.clocks.clock import Clock
from gateway.ingest.admission import Admission
from gateway.ingest.disk_pace import DiskPace
from gateway.ingest.hearing import Hearing, bear_witness
from gateway.ingest.intake import Intake, Settled
from gateway.ingest.lateness import REST
from gateway.ingest.past import Past
from gateway.ingest.refusals import RefusalLog
from gateway.ingest.registration import Registry
from gateway.ingest.renewal import Renewal
from gateway.ingest.settlement import Emptied, Settlement
from gateway.ingest.syncing import Syncing
from gateway.journal import Journal
from gateway.journal.disk_alarm import DiskAlarm
from gateway.journal.formers import Why
from gateway.metrics import GatewayMetrics
from gateway.mqtt.broker import BACKLOG, Batch, Broker
from gateway.mqtt.commander import Commander
from gateway.mqtt.publisher import Publisher
from gateway.twin.fleet import Device
from hosting.threads import to_the_end

T = TypeVar("T")

# The more at once, the fewer pages a reading dirties: each of 200 boards has its own in the index.
MAX_BATCH: Final = 2_000
RETRY_S: Final = 1.0
LATE_S: Final = 0.05  # between two looks whether a late reading has left something to do


class Pipeline:
    """Moves batches from the broker into the journal and the twins, one at a time."""

    def __init__(
        self,
        *,
        broker: Broker,
        journal: Journal,
        admission: Admission,
        settlement: Settlement,
        publisher: Publisher,
        commander: Commander,
        disk_alarm: DiskAlarm,
        metrics: GatewayMetrics,
        now_ms: Callable[[], int],
        clock: Clock | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        self._disk_alarm = disk_alarm
        self._broker = broker
        self._journal = journal
        self._admission = admission
        self._settlement = settlement
        self._publisher = publisher
        self._commander = commander
        self._metrics = metrics
        self._now_ms = now_ms
        self._clock = clock
        self._renewal = renewal
        admission.has_late_work = settlement.late.is_full
        self._hearing = None if clock is None else Hearing(clock=clock, broker=broker)
        self._writing = asyncio.Lock()
        self._disk_pace = DiskPace()
        self._syncing = Syncing(journal, writing=self._writing, failed=self._hold)
        self.listeners: list[Callable[[Collection[Device]], None]] = []  # told what was folded
        self.witnesses: list[Callable[[Intake], None]] = []  # told of each batch once it is folded
        self.saturated = False  # the last batch was large: there is a backlog
        self._refusals = RefusalLog()
        self._closing = False
        self._is_torn = False  # rows may be durable that no twin has folded
        self.is_busy = False  # a batch is under way
        self.passes = 0
        self.damage: Damaged | None = None  # why nothing is stored or acknowledged any more

    @property
    def registry(self) -> Registry:
        """Who adds devices, within a transaction."""
        return self._admission.registry

    def condemn(self, damage: Damaged) -> None:
        """Store and acknowledge nothing from this moment on: the journal is to be set aside."""
        self.damage = damage
        self._disk_alarm.condemn(damage)

    def _insist_on_soundness(self) -> None:
        if self.damage is not None:
            raise self.damage

    def status(self) -> DependencyStatus:
        """Whether the journal can be written."""
        return self._disk_alarm.status

    def unheard_s(self) -> float | None:
        """For how long nothing at all came; None while what a device sends is not taken soon."""
        peers = (self._broker.status(), self.status())
        hears = all(peer.status == "ok" for peer in peers) and not self._broker.has_backlog
        return self._broker.unheard_s if hears else None

    async def run(self) -> None:
        """Process batch after batch, and acknowledge each as soon as it is durable, for ever."""
        parts = [asyncio.ensure_future(work) for work in (self._run_batches(), self._syncing.run())]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        for part in parts:  # damage ends both
            if not part.cancelled():
                part.result()

    async def _run_batches(self) -> None:
        """Take batch after batch; when cancelled, finish the one under way first.

        A batch that is stored must be folded as well, or the checkpoint that follows would say so
        of rows that never were.
        """
        while True:
            batch = await self._broker.receive(MAX_BATCH)
            self.saturated = len(batch.messages) >= BACKLOG
            if self._hearing is not None:
                batch = await self._heard(batch, self._hearing)
            self.is_busy = True
            work = asyncio.ensure_future(self._take(batch))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                self._closing = True
                with contextlib.suppress(Unavailable):  # nothing of it is stored: it comes again
                    await work
                raise
            self.is_busy = False
            self.passes += 1
            if self._syncing.is_behind:
                await self._syncing.flush()

    async def flush(self) -> None:
        """Make durable what is stored by now, however long it takes, and acknowledge it."""
        await self._syncing.flush()

    async def _heard(self, batch: Batch, hearing: Hearing) -> Batch:
        batch = await hearing.hear(batch)
        if hearing.is_over:
            self._hearing = None
        return batch

    async def process(self, batch: Batch) -> None:
        """Store a batch, however long the disk takes, then acknowledge it."""
        await self._take(batch)
        await self.flush()

    async def _take(self, batch: Batch) -> None:
        """Store a batch, fold it, and promise to acknowledge it."""
        async with self._writing:
            self._is_torn = True
            intake = await self._store(batch)
            changed = self._settlement.fold(intake)
            self._is_torn = False
            await self._settle(changed)
        self._insist_on_soundness()
        promise = partial(self._acknowledge, batch, intake, intake.acks())
        self._syncing.promise(promise, urgent=len(batch.messages) >= BACKLOG)
        for refused in intake.quarantined:
            self._refusals.note(refused)
        touched = {device.id: device for device in intake.changed()}.values()
        self._publisher.note_changed(touched)
        for listener in self.listeners:
            listener(touched)
        for witness in self.witnesses:
            witness(intake)

    async def _acknowledge(self, batch: Batch, intake: Intake, settled: list[Settled]) -> None:
        """What came is durable."""
        self._insist_on_soundness()
        await self._broker.acknowledge(batch)
        await self._publisher.acknowledge([each.note_durable() for each in settled])
        for device, result in intake.results:
            self._commander.answer(device.name, result)

    async def settle(self, devices: Iterable[Device]) -> None:
        """Commit what something other than readings has caused in these twins."""
        async with self._between_batches():
            for device in devices:
                self._settlement.collect(device)
            await self._settle(changed=True)

    async def run_late(self) -> None:
        """Restate what late readings have touched, slice by slice, for ever.

        And, while there is nothing of that, what another program has written.
        """
        while True:
            took_s = await self.restate_some() or await self.renew_some()
            await asyncio.sleep(max(LATE_S, REST * took_s))

    async def restate_some(self) -> float:
        """One slice of what late readings have left to do; how long it took, 0 if nothing."""
        late = self._settlement.late
        jobs = late.pick() if len(late) else []
        if not jobs:
            return 0.0
        started_s = time.perf_counter()
        try:
            outcomes, left = await asyncio.to_thread(late.compute, jobs)
        except BaseException:  # whatever it is, nothing of it is done
            late.finish((), jobs)
            raise
        async with self._between_batches():
            self._settlement.restate(jobs, outcomes, left)
            await self._settle(changed=True)
        self._publisher.note_changed({job.device for job in jobs})
        return time.perf_counter() - started_s

    def restate_since(self, device: Device, time_ms: int) -> None:
        """Minutes of a device are others from a time on: let them be computed anew."""
        if self._renewal is not None:
            self._renewal.since(device, time_ms)

    async def renew_some(self) -> float:
        """Let minutes of another program wait to be restated; how long that took, 0 if none."""
        renewal, piece = self._renewal, None if self._renewal is None else self._renewal.pick()
        if renewal is None or piece is None:
            return 0.0
        started_s = time.perf_counter()
        found = await asyncio.to_thread(renewal.look, piece)
        try:
            starts_ms = await self.write(partial(renewal.take, found))
        except Unavailable:  # nothing of it is stored: once more, when there is room
            renewal.put_back(piece)
            await asyncio.sleep(RETRY_S)
            return 0.0
        await self.let_restate(piece.device, starts_ms, piece.why)
        return time.perf_counter() - started_s

    async def let_restate(self, device: Device, starts_ms: Iterable[int], why: Why) -> None:
        """Let minutes of a device be computed anew, each by itself, beside all else."""
        async with self._between_batches():
            if device.is_gone:
                return
            for start_ms in starts_ms:
                self._settlement.late.wait(device, start_ms, alone=True, why=why)
            await self._settle(changed=self._settlement.late.has_news)

    def take_unread(self, device: Device, why: Why) -> dict[int, str]:
        """Minutes of those that are as they were, as a file cannot be read; why, by start."""
        return self._settlement.late.take_unread(device, why)

    # ------------------------------------------------------------------ what was deleted

    async def empty(self, device: Device, minutes: Iterable[Emptied], why: Why) -> float:
        """Minutes have nothing any more, as their readings were deleted; how long that took."""
        started_s = time.perf_counter()
        async with self._between_batches():
            if not device.is_gone:
                self._settlement.empty(device, minutes, why)
                await self._settle(changed=True)
        self._publisher.note_changed([device])
        return time.perf_counter() - started_s

    async def shrink(
        self, device: Device, ends_ms: Iterable[int], alone_ms: Iterable[int], why: Why
    ) -> None:
        """Let minutes wait to be computed anew of what is left of them.

        ``ends_ms``: with those around them; ``alone_ms``: each by itself.
        """
        late = self._settlement.late
        async with self._between_batches():
            if device.is_gone:
                return
            for starts_ms, alone in ((alone_ms, True), (ends_ms, False)):
                for start_ms in starts_ms:
                    late.wait(device, start_ms, alone=alone, why=why)
            await self._settle(changed=late.has_news)

    def is_shrinking(self, device: Device) -> bool:
        """Whether some of those wait yet."""
        return self._settlement.late.is_shrinking(device)

    async def add_past(self, past: Past) -> None:
        """Store a portion of a device's past, however long the disk takes.

        Rows, the minutes they make, and the twin that has counted these are one transaction.

        Raises:
            Conflict: the device was removed meanwhile.
        """
        async with self._between_batches():
            if past.device.is_gone:
                raise Conflict(f"{past.device.name} was removed: nothing more is stored of it.")
            self._settlement.take_past(past)
            while True:
                next_id = self._journal.next_id
                try:
                    async with self.transaction():
                        past.stage(self._journal)
                        self._settlement.write()
                    self._settlement.written()
                except Unavailable as error:
                    self._journal.next_id = next_id
                    await self._hold(error)
                else:
                    break
        self._publisher.note_changed([past.device])

    async def checkpoint(self) -> None:
        """Store what the twins have become, so that a restart need not fold it again."""
        if self._settlement.needs_checkpoint:
            async with self._between_batches(), self.transaction():
                self._settlement.checkpoint()
            self._settlement.checkpointed()

    @contextlib.asynccontextmanager
    async def _between_batches(self) -> AsyncIterator[None]:
        """For what says which rows the twins have folded: never while one may lack some."""
        async with self._writing:
            if self._is_torn:
                raise Unavailable("A batch is stored and not folded: the next start does that.")
            yield

    def epochs_in_use(self) -> set[int]:
        """Ids of the epochs that are held in memory."""
        return self._admission.epochs_in_use()

    async def write(self, work: Callable[[Journal], T], *, lazily: bool = False) -> T:
        """Run ``work`` on the journal in a transaction of its own, between two batches.

        It is durable, or, ``lazily``, will be in some milliseconds.

        Raises:
            StorageFull, Unavailable: nothing of it is stored.
        """
        async with self._writing, self.transaction(lazily=lazily):
            return work(self._journal)

    async def alter(self, work: Callable[[Journal], T], then: Callable[[T], None]) -> None:
        """Change at once what is stored and what is held of devices: no batch sees half of it.

        Raises:
            StorageFull, Unavailable: nothing of it is done.
        """
        async with self._between_batches():
            async with self.transaction():
                done = work(self._journal)
            then(done)

    def forget(self, device: Device) -> None:
        """It was removed: what waits to be stored or told of it goes with it."""
        device.is_gone = True
        self._settlement.forget(device)
        self._publisher.forget(device)

    # ------------------------------------------------------------------ durable, or not at all

    async def _store(self, batch: Batch) -> Intake:
        while True:
            intake, next_id = Intake(), self._journal.next_id
            try:
                async with self.transaction(lazily=True):
                    self._stage(intake, batch)
            except Unavailable as error:
                self._journal.next_id = next_id
                self._admission.forget(intake)
                await self._hold(error)
            else:
                self._count(batch, intake)
                if self._renewal is not None:
                    self._renewal.note_born(intake.new_devices)
                return intake

    def _stage(self, intake: Intake, batch: Batch) -> None:
        journal, now_ms = self._journal, self._now_ms()
        next_id = journal.next_id
        self._admission.admit(intake, batch.messages, now_ms=now_ms, queued=self.saturated)
        if self._clock is not None:
            bear_witness(self._clock, intake, now_ms, queued=self.saturated)
        new_ids = journal.add_items(intake.rows)
        # Ids of repeats are given again: a checkpoint covers all below ``next_id``, and a restart
        # begins behind the last row there is.
        journal.next_id += len(intake.rows)
        if new_ids is not None:
            journal.next_id = max(new_ids, default=next_id - 1) + 1
            self._admission.set_repeats_aside(intake, new_ids, now_ms=now_ms)
        journal.add_quarantined(intake.quarantined)
        if intake.turned_away:
            journal.count_refused(intake.turned_away)
        for device, _, raw in intake.last_births():
            journal.put_birth(device_id=device.id, asset=device.asset.name, birth=raw)
        for device, said in intake.last_reported():
            journal.put_reported(device_id=device.id, reported=msgspec.json.encode(said))

    async def _settle(self, changed: bool) -> None:  # noqa: FBT001 - one private caller a line up
        while changed:
            try:
                async with self.transaction():
                    self._settlement.write()
                self._settlement.written()
            except Unavailable as error:
                await self._hold(error)
            else:
                return

    @contextlib.asynccontextmanager
    async def transaction(self, *, lazily: bool = False) -> AsyncIterator[None]:
        """One durable transaction, or one that soon will be. Hold the lock."""
        self._insist_on_soundness()
        journal = self._journal
        journal.begin(lazily=lazily)
        try:
            yield
            started_s = time.perf_counter()
            await self._commit(started_s)
            self._insist_on_soundness()
        except BaseException:
            journal.rollback()
            raise
        self._metrics.commits += 1
        self._metrics.commit_seconds += time.perf_counter() - started_s
        self._disk_alarm.succeeded()
        if lazily:
            self._syncing.note()

    async def _commit(self, now_s: float) -> None:
        journal, pace = self._journal, self._disk_pace
        if pace.is_prompt(rows=journal.staged, now_s=now_s):
            journal.commit()
            pace.note(took_s=time.perf_counter() - now_s, now_s=now_s)
        else:
            await to_the_end(journal.commit)

    async def _hold(self, error: Unavailable) -> None:
        """Nothing is acknowledged meanwhile, so the broker stops sending and devices keep all."""
        self._disk_alarm.failed(error)
        self._journal.note_torn()
        self.passes += 1  # waiting for a disk is no hanging
        if self._closing:
            raise error
        await asyncio.sleep(RETRY_S)

    def _count(self, batch: Batch, intake: Intake) -> None:
        metrics = self._metrics
        metrics.messages += len(batch.messages)
        metrics.readings_stored += len(intake.rows)
        metrics.duplicates += len(intake.duplicates)
        metrics.quarantined += len(intake.quarantined)
        metrics.over_budget += intake.turned_away.total()
