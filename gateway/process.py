"""The gateway as one process: every part made once, run together, and ended in order."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import Any

from contract.errors import Damaged, Unavailable
from contract.messages import DependencyStatus
from contract.settings import Settings
from contract.type_files.folder import loaded
from gateway import beginning, build
from gateway.api import create_app
from gateway.api.health import running_version
from gateway.api.ports import Services
from gateway.api.serving import ApiServer
from gateway.archive.keeper import Archivist
from gateway.audit.diary import Diary
from gateway.audit.trail import Trail
from gateway.clocks.clock import Clock
from gateway.clocks.clock_report import ClockReport
from gateway.importing.importer import Importer
from gateway.ingest.alarm_desk import AlarmDesk
from gateway.ingest.compaction import Compactor, ledgers_of
from gateway.ingest.excerpt_keeper import ExcerptKeeper
from gateway.ingest.housekeeping import Housekeeper
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.renewal import Renewal
from gateway.ingest.restore import Restorer
from gateway.ingest.settlement import Settlement
from gateway.ingest.verdict_desk import VerdictDesk
from gateway.journal import Journal
from gateway.journal.ballast import Ballast
from gateway.journal.disk_alarm import DiskAlarm
from gateway.journal.inspector import Inspector
from gateway.judging.backfill import Backfill
from gateway.judging.diagnoser import Diagnoser
from gateway.judging.inactivity import Unused
from gateway.judging.learner import Learner
from gateway.judging.presence import Presence
from gateway.judging.rolling import RollingLooks
from gateway.metrics import GatewayMetrics
from gateway.mqtt.commander import Commander
from gateway.mqtt.publisher import Publisher
from gateway.registry.deleter import Deleter
from gateway.registry.maintenance import Maintenance
from gateway.registry.photos import Photos
from gateway.registry.tariffs import Tariffs
from gateway.restating.restater import Restater
from gateway.twin.fleet import Fleet
from hosting.heartbeat import Heartbeat

log = logging.getLogger("gateway")


class Gateway:
    """Every part of the process, made and connected once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = GatewayMetrics()
        self.fleet = Fleet()
        ballast = Ballast(settings.data_dir / "ballast")
        types = loaded(settings.data_dir)
        self.journal, self.reader = beginning.opened(settings.journal_path, ballast)
        ballast.put_back()
        with beginning.let_go_if_damaged(self.journal, self.reader):
            newest_ms = self.reader.newest_ms()
            register = build.register(settings, self.reader)
        self.clock = Clock(newest_ms=newest_ms, made_ms=beginning.made_ms())
        now_ms = self.clock.now_ms
        tariffs = Tariffs(
            register.params,
            currency=settings.currency,
            now_ms=now_ms,
            own=register.own_limits,
        )
        self.broker = build.broker(settings)
        self.publisher = Publisher(
            broker=self.broker,
            fleet=self.fleet,
            site=settings.site,
            metrics=self.metrics,
            now_ms=now_ms,
        )
        with beginning.let_go_if_damaged(self.journal, self.reader):
            self.inspector = Inspector(
                settings.journal_path,
                is_as_left=self.journal.is_as_left,
                has_backlog=lambda: self.pipeline.saturated and self.broker.waiting > 0,
                note_end=self.journal.note_end,
                told=self.publisher.note_own_alarm,
                now_ms=now_ms,
            )
        self.clock.on_move.append(self.fleet.move_clocks)
        self.clock_report = ClockReport(
            clock=self.clock, told=self.publisher.note_own_alarm, moved=self.fleet.put_right
        )
        disk_alarm = DiskAlarm(ballast=ballast, told=self.publisher.note_own_alarm, now_ms=now_ms)
        admission = build.admission(
            settings,
            fleet=self.fleet,
            journal=self.journal,
            clock=self.clock,
            register=register,
            tariffs=tariffs,
            barred=self._barred,
        )
        settlement = Settlement(
            journal=self.journal,
            reader=self.reader,
            metrics=self.metrics,
            told=self.publisher.note_alarm,
            now_ms=now_ms,
        )
        self.commander = Commander(
            broker=self.broker, fleet=self.fleet, site=settings.site, now_ms=now_ms
        )
        self.pipeline = Pipeline(
            broker=self.broker,
            journal=self.journal,
            admission=admission,
            settlement=settlement,
            publisher=self.publisher,
            commander=self.commander,
            disk_alarm=disk_alarm,
            metrics=self.metrics,
            now_ms=now_ms,
            clock=self.clock,
            renewal=Renewal(self.fleet, self.reader.again),
        )
        self.compactor = Compactor(
            ledgers=lambda: ledgers_of(self.fleet),
            write=self.pipeline.write,
            open_reader=self.reader.again,
            site=settings.site_time,
            now_ms=now_ms,
        )
        self.classifier = build.classifier(settings)
        # The past has one of its own: it never holds up the present.
        self.past_classifier = build.classifier(settings)
        self.backfill = Backfill(
            classifier=self.past_classifier,
            live=self.classifier,
            pipeline=self.pipeline,
            journal_path=settings.journal_path,
            now_ms=now_ms,
        )
        self.diagnoser = Diagnoser(
            classifier=self.classifier,
            pipeline=self.pipeline,
            publisher=self.publisher,
            metrics=self.metrics,
            missed=self.backfill.note,
            now_ms=now_ms,
        )
        self.pipeline.listeners.append(self.diagnoser.note)
        self.presence = Presence(
            fleet=self.fleet,
            pipeline=self.pipeline,
            unheard_s=self.pipeline.unheard_s,
            clock_alarm_s=settings.clock_alarm_s,
            now_ms=now_ms,
        )
        self.pipeline.witnesses.append(self.presence.note)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self.audit = Trail(
            data_dir=settings.data_dir,
            write=self.pipeline.write,
            now_ms=now_ms,
            told=self.publisher.note_own_alarm,
        )
        self.audit.on_takeover.append(self.presence.note_takeover)
        self.audit.on_login += [self.presence.note_login, self._note_login]
        self.diary = Diary(self.audit, settings=settings, version=running_version())
        self.people = build.people(
            settings,
            write=self._write_from_thread,
            register=register,
            now_ms=self.clock.glance_ms,
        )
        self.followers = build.followers(
            settings,
            write=self._write_from_thread,
            people=self.people,
            inspector=self.inspector,
            tariffs=tariffs,
            now_ms=self.clock.glance_ms,
        )
        self.alarm_desk = AlarmDesk(
            fleet=self.fleet,
            settle=self.pipeline.settle,
            why_not_open=self.reader.why_not_open,
            condemn=self.inspector.condemn,
            now_ms=now_ms,
        )
        restorer = Restorer(
            fleet=self.fleet,
            reader=self.reader,
            admission=admission,
            settlement=settlement,
            factors_of=tariffs.now,
            params_of=tariffs.params,
        )
        with beginning.let_go_if_damaged(self.journal, self.reader):
            beginning.restored(restorer, settings.journal_path)
            self.learner = Learner(
                fleet=self.fleet,
                pipeline=self.pipeline,
                normality=build.normality(settings),
                known=list(self.reader.learned()),
                open_=list(self.reader.open_anomalies("joint")),
                now_ms=now_ms,
                journal_path=settings.journal_path,
                in_use_since_ms=lambda name: register.stage(name).since_ms or 0,
            )
            self.housekeeper = Housekeeper(
                pipeline=self.pipeline,
                reader=self.reader,
                ballast=ballast,
                disk_alarm=disk_alarm,
                retention_ms=settings.retention_ms,
                minutes_ms=settings.minutes_ms,
                alarms_ms=settings.alarms_ms,
                formers_ms=settings.formers_ms,
                metrics=self.metrics,
                clock=self.clock,
                archives=settings.archive == "1",
                is_importing=lambda: self.importer.is_busy or len(settlement.late) > 0,
            )
            self.registrar = build.registrar(
                settings,
                tariffs=tariffs,
                register=register,
                fleet=self.fleet,
                pipeline=self.pipeline,
                registry=admission.registry,
                publisher=self.publisher,
                broker=self.broker,
                now_ms=now_ms,
            )
            self.remover, self.replacer = build.lives(
                settings,
                reader=self.reader,
                fleet=self.fleet,
                registrar=self.registrar,
                registry=admission.registry,
                pipeline=self.pipeline,
                publisher=self.publisher,
                broker=self.broker,
                alarm_desk=self.alarm_desk,
                now_ms=now_ms,
            )
        self.own_types = build.own_types(
            folder=types,
            fleet=self.fleet,
            pipeline=self.pipeline,
            registry=admission.registry,
            publisher=self.publisher,
            register=register,
        )
        self.clock.witnesses.trust(device.name for device in self.fleet if device.has_right_clock)

    @cached_property
    def unused(self) -> Unused:
        """Who knows which machine nobody uses."""
        return Unused(
            fleet=self.fleet,
            pipeline=self.pipeline,
            open_=list(self.reader.open_anomalies("limits")),
        )

    @cached_property
    def rolling(self) -> RollingLooks:
        """Who looks at readings beside those just before them."""
        return RollingLooks(
            fleet=self.fleet,
            pipeline=self.pipeline,
            open_=list(self.reader.open_anomalies("rolling")),
            threshold_of=self.registrar.tariffs.rolling_threshold,
        )

    @cached_property
    def importer(self) -> Importer:
        """Who takes recordings of other systems."""
        return Importer(
            data_dir=self.settings.data_dir,
            fleet=self.fleet,
            pipeline=self.pipeline,
            registry=self.pipeline.registry,
            open_reader=self.reader.again,
            pseudonyms=build.pseudonyms(self.settings),
            now_ms=self.clock.now_ms,
        )

    @cached_property
    def restater(self) -> Restater:
        """Who computes minutes of the past anew because somebody asks."""
        return Restater(
            data_dir=self.settings.data_dir,
            fleet=self.fleet,
            pipeline=self.pipeline,
            open_reader=self.reader.again,
            now_ms=self.clock.now_ms,
        )

    @cached_property
    def maintenance(self) -> Maintenance:
        """Who knows which machine is in maintenance."""
        made = Maintenance(
            register=self.registrar.register,
            fleet=self.fleet,
            site=self.settings.site_time,
            write=self.pipeline.write,
            settle=self.pipeline.settle,
            changed=self.publisher.note_changed,
            now_ms=self.clock.now_ms,
        )
        made.lasting.append(self.registrar.register.quiet)
        return made

    @cached_property
    def excerpts(self) -> ExcerptKeeper:
        """Who keeps the readings around alarms."""
        return ExcerptKeeper(
            fleet=self.fleet,
            write=self.pipeline.write,
            journal_path=self.settings.journal_path,
            retention_ms=self.settings.retention_ms,
            now_ms=self.clock.now_ms,
        )

    @cached_property
    def archivist(self) -> Archivist:
        """Who keeps the files of closed days."""
        return build.archivist(
            self.settings,
            pipeline=self.pipeline,
            fleet=self.fleet,
            told=self.publisher.note_own_alarm,
            # An import looks at what there is of a minute: nothing moves meanwhile.
            horizon_ms=lambda: None if self.importer.is_busy else self.housekeeper.horizon_ms,
            now_ms=self.clock.now_ms,
        )

    @cached_property
    def deleter(self) -> Deleter:
        """Who deletes what was measured in a time."""
        return build.deleter(
            self.settings,
            fleet=self.fleet,
            pipeline=self.pipeline,
            archivist=self.archivist,
            open_reader=self.reader.again,
            is_held=lambda: self.importer.is_busy,
        )

    def dependencies(self) -> dict[str, DependencyStatus]:
        return {
            "broker": self.broker.status(),
            "journal": self.inspector.told_in(self.pipeline.status()),
            "archive": self.deleter.told_in(self.archivist.standing.status()),
            "inference": self.classifier.status(),
            **{follower.name: follower.status() for follower in self.followers},
            "clock": self.clock_report.status(),
        }

    def measured(self) -> GatewayMetrics:
        """The counters, with the gauges read now."""
        self.metrics.follower_rows = sum(follower.rows_sent for follower in self.followers)
        self.metrics.queue = self.broker.waiting
        self.metrics.dropped = self.broker.dropped
        self.metrics.journal_bytes = beginning.size_bytes(self.settings.journal_path)
        return self.metrics

    def _write_from_thread(self, work: Callable[[Journal], None]) -> None:
        """Let the pipeline's one writer do ``work`` for a follower's thread, which waits for it."""
        if self._loop is None:
            raise Unavailable("The gateway is not running yet.")
        asyncio.run_coroutine_threadsafe(self.pipeline.write(work), self._loop).result()

    def services(self) -> Services:
        return Services(
            settings=self.settings,
            fleet=self.fleet,
            journal_path=self.settings.journal_path,
            uptime_ms=self.clock.uptime_ms,
            now_ms=self.clock.now_ms,
            beside_boards=self.clock.beside_boards,
            dependencies=self.dependencies,
            send_command=self.commander.send,
            alarms=self.alarm_desk,
            verdicts=VerdictDesk(write=self.pipeline.write, now_ms=self.clock.now_ms),
            metrics=self.measured,
            registrar=self.registrar,
            maintenance=self.maintenance,
            remover=self.remover,
            deleter=self.deleter,
            replacer=self.replacer,
            photos=Photos(self.settings.data_dir, check_known=self.registrar.entry),
            enrol=build.enrol(self.settings),
            renew=build.enrol(self.settings, renew=True),
            has_login=build.logins(self.settings).is_taken,
            boards=build.logins(self.settings).boards,
            notifier=self.people,
            audit=self.audit.note,
            suspect=self.inspector.suspect,
            suspect_file=self.archivist.standing.suspect,
            ask_normality=build.normality(self.settings).ask,
            simulations=build.simulations(self.settings),
            lives=build.learned_life(self.settings),
            type_mistakes=self.own_types.mistakes,
            make_type=self.own_types.make,
            live=self.publisher.live,
            learning=self.learner.standing,
        )

    async def run(self) -> None:
        """Serve until ``stop``; what came is then committed or the broker's. Raises Damaged."""
        server = ApiServer(
            create_app(self.services()),
            host=self.settings.host,
            port=self.settings.gateway_port,
        )
        self._loop = asyncio.get_running_loop()
        for follower in self.followers:
            follower.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self._unless_damaged(work), name=name)
                    for name, work in {
                        "broker": self.broker.run(self._on_connected),
                        "pipeline": self.pipeline.run(),
                        "settle restored": self.pipeline.settle(()),
                        "late": self.pipeline.run_late(),
                        "compactor": self.compactor.run(),
                        "importer": self.importer.run(),
                        "restater": self.restater.run(),
                        "publisher": self.publisher.run(),
                        "clock": self.clock_report.run(),
                        "alarms": self.publisher.run_alarms(),
                        "diagnoser": self.diagnoser.run(),
                        "backfill": self.backfill.run(),
                        "learner": self.learner.run(),
                        "learner asks": self.learner.ask_on(),
                        "learner recollects": self.learner.recollect(),
                        "rolling": self.rolling.run(),
                        "unused": self.unused.run(),
                        "presence": self.presence.run(),
                        "registrar": self.registrar.run(),
                        "maintenance": self.maintenance.run(),
                        "remover": self.remover.run(),
                        "deleter": self.deleter.run(),
                        "own types": self.own_types.run(),
                        "housekeeper": self.housekeeper.run(),
                        "excerpts": self.excerpts.run(),
                        "archivist": self.archivist.run(),
                        "audit": self.diary.run(lost=self.inspector.lost),
                        "inspector": self.inspector.run(),
                        "heartbeat": Heartbeat(self.pipeline).run(),
                        "stop": self._stop_server(server),
                    }.items()
                ]
                # uvicorn ends by itself when told so; cancelled, it would log a trace back.
                await server.serve()
                for task in running:
                    task.cancel()
        finally:
            await self.close()
        if self.pipeline.damage is not None:
            raise self.pipeline.damage

    async def take_imports(self) -> None:
        """Store what lies there to be imported, and end: for who imports while none serves."""
        try:
            await self.importer.round(in_turn=False)
            while await self.pipeline.restate_some():
                pass
        finally:
            await self.close()

    async def take_deletions(self) -> None:
        """Delete what somebody wants gone, and end: for who deletes while none serves."""
        try:
            while await self.deleter.look():
                while await self.pipeline.restate_some():
                    pass
        finally:
            await self.close()

    async def take_restatements(self) -> None:
        """Compute anew what somebody has asked for, and end: for who asks while none serves."""
        try:
            await self.restater.round(wait=self.pipeline.restate_some)
        finally:
            await self.close()

    async def _on_connected(self) -> None:
        await self.publisher.on_connected()
        self.registrar.desired.note_all()
        self.remover.note_connected()

    def _barred(self, name: str) -> str:
        """Admission is made before whoever knows."""
        return self.remover.barred(name)

    def _note_login(self, name: str, known: bool) -> None:  # noqa: FBT001 - as ``Trail`` tells it
        if known:
            self.remover.barred(name)  # it is not, if the login is still there

    async def _unless_damaged(self, work: Coroutine[Any, Any, None]) -> None:
        """Whoever finds the journal damaged ends the process in order, with nothing more stored."""
        try:
            await self.inspector.judge(work)
        except Damaged as damage:
            self.pipeline.condemn(damage)
            self.stop()

    async def _stop_server(self, server: ApiServer) -> None:
        await self._stopping.wait()
        self.publisher.live.close()
        server.should_exit = True

    def stop(self) -> None:
        """Let ``run`` return, in order: the API first, then what is under way, then the journal."""
        self._stopping.set()

    async def close(self) -> None:
        for follower in self.followers:
            await asyncio.to_thread(follower.stop)
        try:
            await self._write_the_last()
        except Damaged as damage:  # met in this very transaction, or before
            self.pipeline.damage = damage
        await self.classifier.close()
        await self.past_classifier.close()
        self.reader.close()
        if self.pipeline.damage is None:
            self.journal.close()
        else:
            self.journal.abandon()
        self.inspector.close()

    async def _write_the_last(self) -> None:
        try:
            await self.pipeline.checkpoint()
        except Unavailable as error:  # a full disk: the next start folds the rows again
            log.warning("no checkpoint at the end: %s", error)
        await self.diary.stop()
