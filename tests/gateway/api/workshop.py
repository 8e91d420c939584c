"""A small workshop with a real journal: what the API's tests read."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import msgspec
from fastapi import FastAPI
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from contract.assets import get as get_asset
from contract.assets.words import Asset
from contract.errors import NotFound, Refused
from contract.errors import Reason as Refusal
from contract.messages import (
    Alarm,
    Birth,
    BirthChannel,
    DependencyStatus,
    Diagnosis,
    Minute,
    Reading,
    Reason,
    Result,
)
from contract.settings import Settings
from contract.type_files.folder import TypeFolder
from contract.type_files.generic import Description
from gateway.accounts.enrolment import enrolment
from gateway.accounts.logins import Logins
from gateway.api.learned_life import LearnedLife
from gateway.api.ports import Services
from gateway.api.simulations import Simulations
from gateway.clocks.witnesses import BesideBoards
from gateway.ingest.alarm_desk import AlarmDesk
from gateway.ingest.alarm_rows import row_after
from gateway.ingest.registration import Registry as DeviceRegistry
from gateway.ingest.verdict_desk import VerdictDesk
from gateway.journal import Journal, JournalReader, Quarantined, Row
from gateway.journal.verdicts import Word
from gateway.metrics import GatewayMetrics
from gateway.mqtt.broker import Outbound
from gateway.mqtt.live_feed import LiveFeed
from gateway.registry import deletions
from gateway.registry.deleter import Deleter
from gateway.registry.deletions import Deletion
from gateway.registry.desired import DesiredTopics
from gateway.registry.enrolment import Enrolment
from gateway.registry.logbook import Note
from gateway.registry.maintenance import Maintenance
from gateway.registry.own_types import OwnTypes
from gateway.registry.params import SITE, ParamBook
from gateway.registry.photos import Photos
from gateway.registry.register import Register
from gateway.registry.registrar import Registrar
from gateway.registry.remover import Remover
from gateway.registry.replacer import Replacer, Undo
from gateway.registry.tariffs import Tariffs, site_params
from gateway.twin.alarm_changes import Shelf
from gateway.twin.checker import Checker
from gateway.twin.delivery import Watermark
from gateway.twin.fleet import Device, Epoch, Fleet
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin
from hosting.audit.events import What
from inference.errors import BadRequest
from inference.serving.anomalies import answered
from inference.serving.app import create_app
from inference.serving.registry import Registry
from inference.settings import Settings as InferenceSettings

MINUTE_MS = 60_000
NOON_MS = 1_763_640_000_000  # 2025-11-20T12:00:00Z
FACTORS = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="GBP")
GOOD = {"temperature": 41.2, "rpm": 1187.0, "current": 1.08, "vibration": 0.82}


ACCEPTED = Result("c1", ok=True, error=None, time_ms=NOON_MS)

T = TypeVar("T")
Serve = Callable[["Workshop"], httpx.Client]  # the fixture of that name


class OwnSettings(Settings):
    """Settings of the test alone: not of who runs it."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def served(data_dir: Path) -> httpx.ASGITransport:
    """The service that simulates, in this process; it is made when somebody asks it."""
    settings = InferenceSettings(data_dir=data_dir, api_token="", time_zone="UTC")

    @cache
    def made() -> FastAPI:
        return create_app(Registry(data_dir / "models"), settings=settings)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await made()(scope, receive, send)

    return httpx.ASGITransport(app)


async def answered_here(question: dict[str, Any]) -> dict[str, Any]:
    """What the inference service says, without a connection."""
    try:
        found = answered(msgspec.json.encode(question))
    except BadRequest as error:
        raise Refused(str(error)) from error
    told: dict[str, Any] = msgspec.to_builtins(found)
    return told


class Office:
    """One target, which every message reaches."""

    mistake = ""

    def routes_told(self, devices: Iterable[str]) -> list[dict[str, Any]]:
        return [{"name": "all", "tell": ["office"], "doubt": None if [*devices] else "nobody"}]

    def targets_told(self) -> list[dict[str, Any]]:
        return [{"name": "office", "address": "mailtos://…", "failure": None}]

    def test(self, target: str) -> None:
        if target != "office":
            raise NotFound(f"There is no target {target!r}.")


class Workshop:
    """Devices whose readings go through the journal and their twins, as in the gateway."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.settings = OwnSettings(
            data_dir=data_dir,
            grid_co2_kg_per_kwh=FACTORS.co2_kg_per_kwh,
            price_per_kwh=FACTORS.price_per_kwh,
            **({"time_zone": "UTC"} | settings),
        )
        self.now_ms = NOON_MS
        self.journal = Journal(self.settings.journal_path)
        self.fleet = Fleet()
        self.metrics = GatewayMetrics()
        self.dependencies = {
            "broker": DependencyStatus("ok", "connected", NOON_MS),
            "journal": DependencyStatus("ok", "writable", NOON_MS),
            "inference": DependencyStatus("ok", "answers", NOON_MS),
            "influxdb": DependencyStatus("off", "EDGETWIN_INFLUXDB_URL is empty", NOON_MS),
        }
        self.type_mistakes: list[str] = []
        self.ask_normality: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]] = answered_here
        inference = served(data_dir)
        self.simulations = Simulations("http://127.0.0.1", token="", transport=inference)
        self.lives = LearnedLife("http://127.0.0.1", token="", transport=inference)
        self.beside_boards: BesideBoards | None = None
        self.live = LiveFeed()
        self.commands: list[tuple[str, str, dict[str, Any]]] = []
        self.answer: Result | Exception = ACCEPTED
        self._alarm_names = itertools.count()
        self.published: list[Outbound] = []
        self.audited: list[tuple[str, What, str]] = []
        register = Register(ParamBook(site_params(self.settings), self.settings.site_time))
        self.registrar = Registrar(
            register=register,
            tariffs=Tariffs(
                register.params, currency=self.settings.currency, now_ms=lambda: self.now_ms
            ),
            fleet=self.fleet,
            write=self._write,
            retype=self._retype,
            describe=lambda *_: lambda: None,
            desired=DesiredTopics(
                register=register, publish=self._publish, site=self.settings.site
            ),
            changed=lambda _: None,
            data_dir=data_dir,
            now_ms=lambda: self.now_ms,
        )

        self.logins = logins = Logins(data_dir, site=self.settings.site)
        self.remover = Remover(
            data_dir=data_dir,
            site=self.settings.site,
            stones=[],
            fleet=self.fleet,
            register=register,
            alter=self._alter,
            write=self._write_some,
            forget=lambda _: None,
            has_login=logins.has,
            take_login=logins.take,
            publish=self._publish,
            now_ms=lambda: self.now_ms,
        )

        self.deleter = Prompt(
            data_dir=data_dir,
            fleet=self.fleet,
            write=self._write_any,
            erase=self._nothing_of,
            sums=NoSums(self.journal),
            is_held=lambda: False,
        )

        self.replacer = Replacer(
            data_dir=data_dir,
            fleet=self.fleet,
            register=register,
            alter=self._alter,
            succeed=self._succeed,
            enrol=self._renew,
            ended=lambda device, _: self._nothing(device),
            begun=self._nothing,
            now_ms=lambda: self.now_ms,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    # ------------------------------------------------------------ what devices do

    def add(self, name: str, *, durable: bool = True, asset: str = "fan") -> Device:
        """A machine that has just connected; one that is not durable is in no journal."""
        return self._added(name, get_asset(asset), durable=durable)

    def add_unknown(self, name: str, **values: float | str) -> Device:
        """A machine of no type, which has sent these."""
        description = Description().with_learned(Description().news(values))
        self.registrar.register.descriptions.put(name, description)
        device = self._added(name, description.asset, durable=True)
        device.description = description
        return device

    def _make_type(self, device: str, name: str, title: str) -> None:
        types = OwnTypes(
            folder=TypeFolder(self.settings.data_dir),
            fleet=self.fleet,
            write=self._write,
            retype=self._retype,
            changed=lambda _: None,
        )
        types.make(device, name, title)

    def _added(self, name: str, asset: Asset, *, durable: bool) -> Device:
        id_ = epoch_id = len(self.fleet) + 1
        if durable:
            with Written(self.journal):
                id_ = self.journal.add_device(name=name, asset=asset.name, now_ms=NOON_MS)
                epoch_id = self.journal.add_epoch(device_id=id_, name="9f2c41aa-1")
        device = Device(
            id_=id_,
            name=name,
            asset=asset,
            checker=Checker(asset),
            twin=Twin(device=name, asset=asset, factors=FACTORS),
        )
        device.status = "online"
        device.last_seen_ms = NOON_MS
        device.epoch = Epoch(id_=epoch_id, name="9f2c41aa-1", watermark=Watermark())
        device.epochs[device.epoch.name] = device.epoch
        self.fleet.add(device)
        return device

    def introduce(self, device: Device) -> None:
        """The device's birth."""
        device.birth = Birth(
            asset=device.asset.name,
            epoch="9f2c41aa-1",
            channels=[BirthChannel(c.name, c.unit) for c in device.asset.channels],
            virtual=True,
            faults=["overcurrent"],
        )

    def store(self, device: Device, readings: list[tuple[int, dict[str, float]]]) -> None:
        """Readings of (time, values) in their order of arrival; minutes they close are stored."""
        assert device.epoch is not None
        rows = []
        for at, (time_ms, values) in enumerate(readings):
            seq = device.counts.stored + 1
            reading = Reading(
                device.epoch.name, seq, values, time_ms, "normal", received_ms=time_ms
            )
            body = msgspec.json.encode(values)
            id_ = self.journal.next_id + at
            rows.append(Row(id_, device.epoch.id, device.id, reading, body))
            device.counts.stored += 1
            device.epoch.watermark.settle(seq)
            device.twin.fold(reading)
        with Written(self.journal):
            self.journal.add_items(rows)
            closed = ((device.id, minute) for minute in device.twin.take_closed())
            self.journal.put_minutes(closed, why=None)
        self.journal.next_id += len(rows)

    def run(self, device: Device, *, from_ms: int, to_ms: int, step_ms: int = 1000) -> None:
        """A reading every ``step_ms``, values a little different each time."""
        times = range(from_ms, to_ms, step_ms)
        self.store(device, [(t, GOOD | {"temperature": 40.0 + t // step_ms % 7}) for t in times])

    def put_minute(self, device: Device, minute: Minute) -> None:
        with Written(self.journal):
            self.journal.put_minutes([(device.id, minute)])

    # ------------------------------------------------------------ what is made of it

    def diagnose(
        self,
        device: Device,
        *,
        time_ms: int,
        fault: str,
        changed: bool = True,
        stale: bool = False,
    ) -> None:
        entry = device.asset.fault(fault)
        diagnosis = Diagnosis(
            device=device.name,
            time_ms=time_ms,
            judged_ms=time_ms + 5,
            stale=stale,
            fault_code=entry.code,
            fault_label=entry.label,
            fault=entry.name,
            confidence=0.9,
            severity=entry.severity,
            advice=entry.advice,
            reasons=[Reason("current", 0.8, "current is 2.9 A; in healthy machines 0.8 to 1.3 A")],
            anomaly_score=0.1,
            model="fan-00000000",
        )
        with Written(self.journal):
            self.journal.add_diagnosis(device_id=device.id, diagnosis=diagnosis, changed=changed)
        device.diagnosis = diagnosis

    def alarm(
        self, device: Device, *, raised_ms: int, cleared_ms: int | None = None, **said: Any
    ) -> Alarm:
        """An alarm in the journal, open where it was not cleared; ``said``: other than usual."""
        name = said.pop("name", None) or f"temperature_high_{next(self._alarm_names)}"
        severity = said.pop("severity", "High")
        alarm = Alarm(0, device.name, name, "limit", severity, "Too hot.", raised_ms, **said)
        alarm.cleared_ms = cleared_ms
        with Written(self.journal):
            self.journal.put_alarm(device_id=device.id, alarm=alarm)
        if cleared_ms is None:
            device.alarms[name] = alarm
            device.twin.book.raise_(
                name, kind="limit", severity=severity, text="Too hot.", time_ms=raised_ms
            )
            device.twin.take_transitions()
        return alarm

    def say(self, device: Device, *, alarm: int) -> None:
        """Sam has seen it, and put it on the shelf for a minute."""
        [name] = [name for name, each in device.alarms.items() if each.id == alarm]
        device.twin.book.acknowledge(name, by="Sam", now_ms=self.now_ms)
        shelf = Shelf(self.now_ms + MINUTE_MS, "Sam", None)
        device.twin.book.shelve(name, shelf, now_ms=self.now_ms)
        self._take_over(device)

    def judge(self, *, alarm: int) -> None:
        """Sam says that it was right."""
        word = Word(verdict="right", decided_ms=self.now_ms, decided_by="Sam")
        with Written(self.journal):
            self.journal.verdicts.add(alarm, word)

    def refuse(self, device: str, *, reason: Refusal, raw: bytes) -> None:
        row = Quarantined(NOON_MS, device, "edgetwin/v1/x/y", reason, "a detail", None, None, raw)
        with Written(self.journal):
            self.journal.add_quarantined([row])

    # ------------------------------------------------------------ what the API is lent

    def services(self) -> Services:
        return Services(
            settings=self.settings,
            fleet=self.fleet,
            journal_path=self.settings.journal_path,
            uptime_ms=lambda: self.now_ms - NOON_MS + 1_500,
            now_ms=lambda: self.now_ms,
            dependencies=lambda: self.dependencies,
            send_command=self._send_command,
            alarms=AlarmDesk(
                fleet=self.fleet,
                settle=self._settle,
                why_not_open=self._why_not_open,
                condemn=lambda _: None,
                now_ms=lambda: self.now_ms,
            ),
            verdicts=VerdictDesk(write=self._write_some, now_ms=lambda: self.now_ms),
            metrics=lambda: self.metrics,
            suspect=lambda: None,
            simulations=self.simulations,
            live=self.live,
            lives=self.lives,
            ask_normality=self.ask_normality,
            notifier=Office(),
            registrar=self.registrar,
            maintenance=Maintenance(
                register=self.registrar.register,
                fleet=self.fleet,
                site=self.settings.site_time,
                write=self._write,
                settle=self._settle,
                changed=lambda _: None,
                now_ms=lambda: self.now_ms,
            ),
            remover=self.remover,
            deleter=self.deleter,
            replacer=self.replacer,
            photos=Photos(self.settings.data_dir, check_known=self.registrar.entry),
            enrol=self._enrol,
            renew=self._renew,
            has_login=self.logins.is_taken,
            boards=self.logins.boards,
            audit=self._audit,
            make_type=self._make_type,
            beside_boards=lambda: self.beside_boards,
            type_mistakes=lambda: self.type_mistakes,
        )

    def _audit(self, *, who: str, origin: str, what: What, detail: str = "") -> None:
        del origin
        self.audited.append((who, what, detail))

    async def _write(self, work: Callable[[Journal], None]) -> None:
        with Written(self.journal):
            work(self.journal)

    def _enrol(self, device: str, asset: str | None) -> Enrolment:
        return enrolment(self.logins.make(device), self.settings, asset=asset)

    def _renew(self, device: str, asset: str | None) -> Enrolment:
        return enrolment(self.logins.make(device, renew=True), self.settings, asset=asset)

    def _succeed(self, device: Device, earlier: str, now_ms: int) -> tuple[Device, Undo]:
        registry = DeviceRegistry(
            fleet=self.fleet,
            journal=self.journal,
            factors_of=lambda _: FACTORS,
            max_devices=100,
            descriptions=self.registrar.register.descriptions,
        )
        return registry.succeed(device, earlier, now_ms)

    async def _write_any(self, work: Callable[[Journal], T]) -> T:
        with Written(self.journal):
            return work(self.journal)

    async def _nothing_of(self, device: Device, from_ms: int, to_ms: int) -> None:
        """No archive is there."""

    async def _nothing(self, device: Device) -> None:
        """No broker is told."""

    async def _write_some(self, work: Callable[[Journal], bool]) -> bool:
        with Written(self.journal):
            return work(self.journal)

    async def _alter(self, work: Callable[[Journal], None], then: Callable[[None], None]) -> None:
        await self._write(work)
        then(None)

    def _retype(self, device: Device, asset: Asset) -> Callable[[], None]:
        before = device.asset
        device.asset = asset

        def undo() -> None:
            device.asset = before

        return undo

    async def _publish(self, message: Outbound) -> None:
        self.published.append(message)

    async def _send_command(self, device: str, name: str, args: dict[str, Any]) -> Result:
        self.commands.append((device, name, args))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def _settle(self, devices: Iterable[Device]) -> None:
        for device in devices:
            self._take_over(device)

    def _take_over(self, device: Device) -> None:
        for transition in device.twin.take_transitions():
            row = row_after(device, transition)
            with Written(self.journal):
                row.write(self.journal)
            row.written()

    def _why_not_open(self, alarm_id: int) -> Refused:
        with closing(JournalReader(self.settings.journal_path)) as reader:
            return reader.why_not_open(alarm_id)


class Prompt(Deleter):
    """Deletes when it is asked, and not in a round."""

    async def delete(self, device: str, deletion: Deletion) -> bool:
        deletions.leave(self._data_dir, device, deletion)
        await self.look()
        return True


class NoSums:
    """What a deletion needs of sums, where nobody keeps any: all rows are folded."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def checkpoint(self) -> None:
        with Written(self._journal):
            self._journal.put_folded()

    async def empty(self, device: Device, from_ms: int, to_ms: int, *, by: str) -> None:
        """There is nothing to empty."""

    def is_emptying(self, _: Device) -> bool:
        return False


class Written:
    """A transaction of the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __enter__(self) -> None:
        self._journal.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._journal.commit()
        else:
            self._journal.rollback()


def furnish(workshop: Workshop) -> Device:
    """One fan, ``fan-01``, with two hours of everything; it is noon."""
    device = workshop.add("fan-01")
    workshop.introduce(device)
    workshop.run(device, from_ms=NOON_MS - 120 * MINUTE_MS, to_ms=NOON_MS, step_ms=2000)
    workshop.diagnose(device, time_ms=NOON_MS - 60 * MINUTE_MS, fault="normal")
    workshop.diagnose(device, time_ms=NOON_MS - 10 * MINUTE_MS, fault="overcurrent")
    workshop.alarm(device, raised_ms=NOON_MS - 9 * MINUTE_MS)
    workshop.refuse("fan-01", reason="out_of_range", raw=b'{"values":{"rpm":-1}}')
    power_cut = Note(time_ms=NOON_MS - 90 * MINUTE_MS, text="Power cut.")
    asyncio.run(workshop.registrar.note(SITE, power_cut, by="Sam"))
    return device
