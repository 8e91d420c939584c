"""The gateway as one life after another over one journal, every part but sockets the real one."""

import asyncio
import contextlib
import itertools
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec

from contract.errors import Unavailable
from contract.messages import Alarm
from gateway.clocks.clock import Clock
from gateway.clocks.clock_report import ClockReport
from gateway.ingest.admission import Admission
from gateway.ingest.budget import Allowance, Budgets
from gateway.ingest.housekeeping import Housekeeper
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.restore import Restorer
from gateway.ingest.settlement import Settlement
from gateway.journal import Journal, JournalReader
from gateway.journal.ballast import Ballast
from gateway.journal.disk_alarm import DiskAlarm
from gateway.judging.presence import Presence
from gateway.metrics import GatewayMetrics
from gateway.mqtt.commander import Commander
from gateway.mqtt.publisher import Publisher
from gateway.twin.fleet import Device, Fleet
from gateway.twin.kpi import Factors
from tests.soak.network import SITE, Network, VirtualBroker

DAY_MS = 86_400_000
RETENTION_MS = 7 * DAY_MS
CLOCK_ALARM_S = 30.0
FACTORS = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="GBP")


class Killed(BaseException):
    """The process dies here."""


class WallClock:
    """What the gateway's computer says the time is."""

    def __init__(self, loop: asyncio.AbstractEventLoop, begin_ms: int) -> None:
        self._loop = loop
        self._begin_ms = begin_ms
        self.off_ms = 0

    def look(self) -> tuple[int, int]:
        monotonic_ms = round(self._loop.time() * 1000)
        return self._begin_ms + monotonic_ms + self.off_ms, monotonic_ms


class Life:
    """One process of the gateway's, from its start to its stop or death."""

    def __init__(self, *, directory: Path, network: Network, wall: WallClock) -> None:
        loop = asyncio.get_running_loop()
        journal_path = directory / "journal.db"
        self.fleet = Fleet()
        self.metrics = GatewayMetrics()
        self.journal = Journal(journal_path)
        self.reader = JournalReader(journal_path)
        self.clock = Clock(newest_ms=self.reader.newest_ms(), look=wall.look)
        now_ms = self.clock.now_ms
        self.broker = VirtualBroker(network)
        self.publisher = Publisher(
            broker=self.broker, fleet=self.fleet, site=SITE, metrics=self.metrics,
            now_ms=now_ms, monotonic=loop.time,
        )  # fmt: skip
        self.clock.on_move.append(self.fleet.move_clocks)
        self.clock_report = ClockReport(
            clock=self.clock, told=self.publisher.note_own_alarm, moved=self.fleet.put_right
        )
        ballast = Ballast(directory / "ballast")
        disk_alarm = DiskAlarm(ballast=ballast, told=self.publisher.note_own_alarm, now_ms=now_ms)
        admission = Admission(
            fleet=self.fleet, journal=self.journal, site=SITE, factors_of=lambda _: FACTORS,
            retention_ms=RETENTION_MS, max_devices=100,
            budgets=Budgets(Allowance(), monotonic=loop.time), clock=self.clock,
        )  # fmt: skip
        self.settlement = Settlement(
            journal=self.journal, reader=self.reader, metrics=self.metrics,
            told=self._note_alarm, now_ms=now_ms,
        )  # fmt: skip
        self.pipeline = Pipeline(
            broker=self.broker, journal=self.journal, admission=admission,
            settlement=self.settlement, publisher=self.publisher,
            commander=Commander(broker=self.broker, fleet=self.fleet, site=SITE, now_ms=now_ms),
            disk_alarm=disk_alarm, metrics=self.metrics, now_ms=now_ms, clock=self.clock,
        )  # fmt: skip
        self.presence = Presence(
            fleet=self.fleet, pipeline=self.pipeline, unheard_s=self.pipeline.unheard_s,
            clock_alarm_s=CLOCK_ALARM_S, now_ms=now_ms, monotonic=loop.time,
        )  # fmt: skip
        self.pipeline.witnesses.append(self.presence.note)
        self.housekeeper = Housekeeper(
            pipeline=self.pipeline, reader=self.reader, ballast=ballast, disk_alarm=disk_alarm,
            retention_ms=RETENTION_MS, minutes_ms=RETENTION_MS, alarms_ms=RETENTION_MS,
            metrics=self.metrics, clock=self.clock,
        )  # fmt: skip
        Restorer(
            fleet=self.fleet, reader=self.reader, admission=admission,
            settlement=self.settlement, factors_of=lambda _: FACTORS,
        ).restore()  # fmt: skip
        self._tasks: list[asyncio.Task[None]] = []

    def _note_alarm(self, device: Device, alarm: Alarm) -> None:
        self.publisher.note_alarm(device, msgspec.structs.replace(alarm))

    def start(self) -> None:
        work: tuple[Coroutine[Any, Any, None], ...] = (
            self.broker.run(self.publisher.on_connected),
            self.pipeline.run(),
            self.pipeline.settle(()),
            self.pipeline.run_late(),
            self.publisher.run(),
            self.clock_report.run(),
            self.publisher.run_alarms(),
            self.presence.run(),
            self.housekeeper.run(),
        )
        self._tasks = [asyncio.ensure_future(self._until_killed(each)) for each in work]

    async def _until_killed(self, work: Coroutine[Any, Any, None]) -> None:
        """Where one part dies, all do, at that moment."""
        try:
            await work
        except Killed:
            for task in self._tasks:
                if task is not asyncio.current_task():
                    task.cancel()

    def check(self) -> None:
        """Raise what a part of the gateway has failed with."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def stop(self) -> None:
        """Leave in order, with a checkpoint."""
        await self._end()
        with contextlib.suppress(Unavailable):
            await self.pipeline.checkpoint()
        self._close()

    async def die(self) -> None:
        """Leave the journal as a crash does."""
        await self._end()
        self._close()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _close(self) -> None:
        self.reader.close()
        self.journal.close()

    def is_idle(self) -> bool:
        """Whether all that came has been taken and late minutes are restated."""
        return not self.broker.waiting and not len(self.settlement.late)


class Site:
    """The gateway through all its lives, and when it could hear nobody."""

    def __init__(
        self, *, directory: Path, network: Network, loop: asyncio.AbstractEventLoop, begin_ms: int
    ) -> None:
        self.directory = directory
        self.network = network
        self.wall = WallClock(loop, begin_ms)
        self.life: Life | None = None
        self.lives = itertools.count(1)

    def begin(self) -> None:
        next(self.lives)
        self.life = Life(directory=self.directory, network=self.network, wall=self.wall)
        self.life.start()

    async def end(self, *, kill: bool) -> None:
        life, self.life = self.life, None
        assert life is not None
        self.network.cut()
        await (life.die() if kill else life.stop())
