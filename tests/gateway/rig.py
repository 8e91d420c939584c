"""The gateway from message to twin over a real journal, in one process and without a broker."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec

from contract.assets.words import CO2_PER_KWH, PRICE_PER_KWH, Asset
from contract.messages import Alarm
from gateway.accounts.enrolment import enrolment
from gateway.accounts.logins import Logins
from gateway.ingest.admission import Admission
from gateway.ingest.alarm_desk import why_over
from gateway.ingest.budget import Allowance, Budgets
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.pseudonyms import Pseudonyms
from gateway.ingest.renewal import Renewal
from gateway.ingest.restore import Restorer
from gateway.ingest.settlement import Settlement
from gateway.journal import Journal, JournalReader
from gateway.journal.ballast import Ballast
from gateway.journal.disk_alarm import DiskAlarm
from gateway.judging.presence import Presence
from gateway.metrics import GatewayMetrics
from gateway.mqtt.broker import Batch, Broker, Outbound
from gateway.mqtt.commander import Commander
from gateway.mqtt.publisher import Publisher
from gateway.registry.enrolment import Enrolment
from gateway.registry.params import ParamBook
from gateway.registry.register import Register
from gateway.registry.remover import Remover
from gateway.registry.replacer import Replacer, know_lives
from gateway.registry.tariffs import DeviceParams
from gateway.twin.dated import Dated
from gateway.twin.fleet import Device, Fleet
from gateway.twin.kpi import Factors
from tests.gateway.api.workshop import OwnSettings

NOW_MS = 1_763_640_000_000  # 2025-11-20T12:00:00Z
DAY_MS = 86_400_000
SITE = "workshop"
EPOCH = "9f2c41aa-1"
VALUES = {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
CLOCK_ALARM_S = 30.0
FACTORS = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="GBP")


class Message(NamedTuple):
    """As the broker hands it over."""

    topic: str
    payload: bytes | None
    retain: bool = False
    packet_id: int | None = 1


def message(device: str, kind: str, content: Any, *, retain: bool = False) -> Message:
    """``content`` is encoded unless it is bytes already."""
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Message(f"edgetwin/v1/{SITE}/{device}/{kind}", payload, retain)


def telemetry(device: str, *items: Any) -> Message:
    return message(device, "telemetry", items[0] if len(items) == 1 else list(items))


def reading(seq: int, /, *, epoch: str = EPOCH, **changes: Any) -> dict[str, Any]:
    """A good reading, one every 200 ms; None takes a part away."""
    good = {"epoch": epoch, "seq": seq, "time_ms": NOW_MS - 60_000 + seq * 200, "values": VALUES}
    return {key: value for key, value in (good | changes).items() if value is not None}


class Rig:
    """A gateway without its sockets. ``die`` leaves the journal as a crash would."""

    def __init__(
        self,
        directory: Path,
        *,
        now_ms: int = NOW_MS,
        max_devices: int = 100,
        pseudonyms: Pseudonyms | None = None,
        past_ms: int | None = None,
    ) -> None:
        """``past_ms``: so far back readings are taken that have waited; None: a week."""
        self.directory = directory
        self._pseudonyms = pseudonyms
        self.now_ms = now_ms
        self.monotonic_s = 0.0
        self.hears = True  # whether devices can be heard
        self.unheard_s = 0.0  # for how long nothing came from anybody
        self._max_devices = max_devices
        self._past_ms = past_ms
        self.decided: dict[str, Asset] = {}  # what people have decided of devices
        self.params: dict[str, Dated] = {}  # of devices, where they are not their type's
        self.follows_limits = False  # whether people may set limits of machines
        self.restates = True  # after each batch, all that late readings have left to do
        self._begin()

    def _begin(self) -> None:
        directory = self.directory
        self.fleet = Fleet()
        self.metrics = GatewayMetrics()
        self.journal = Journal(directory / "journal.db")
        self.reader = JournalReader(directory / "journal.db")
        self.register = Register(ParamBook((PRICE_PER_KWH, CO2_PER_KWH)))
        for change in self.reader.changes():
            self.register.take(change)
        self.told: list[Alarm] = []
        self.published: list[Outbound] = []  # by whoever waits for the broker
        self.broker = Broker(
            host="127.0.0.1", port=1, client_id="rig", site=SITE, username="", password=""
        )
        self.publisher = Publisher(
            broker=self.broker,
            fleet=self.fleet,
            site=SITE,
            metrics=self.metrics,
            now_ms=lambda: self.now_ms,
            monotonic=lambda: self.monotonic_s,
        )
        self.disk_alarm = DiskAlarm(
            ballast=Ballast(directory / "ballast"),
            told=self.publisher.note_own_alarm,
            now_ms=lambda: self.now_ms,
        )
        self.admission = Admission(
            fleet=self.fleet,
            journal=self.journal,
            site=SITE,
            factors_of=lambda _: FACTORS,
            params_of=self._params_of,
            retention_ms=7 * DAY_MS,
            past_ms=self._past_ms,
            max_devices=self._max_devices,
            decided=self.decided.get,
            descriptions=self.register.descriptions,
            budgets=Budgets(Allowance(), monotonic=lambda: self.monotonic_s),
            barred=self._barred,
            stage_of=lambda name: self.register.stage(name).name,
            quiet=self.register.quiet,
            pseudonyms=self._pseudonyms,
        )
        self.settlement = Settlement(
            journal=self.journal,
            reader=self.reader,
            metrics=self.metrics,
            told=self._tell,
            now_ms=lambda: self.now_ms,
        )
        self.pipeline = Pipeline(
            broker=self.broker,
            journal=self.journal,
            admission=self.admission,
            settlement=self.settlement,
            publisher=self.publisher,
            commander=Commander(
                broker=self.broker, fleet=self.fleet, site=SITE, now_ms=lambda: self.now_ms
            ),
            disk_alarm=self.disk_alarm,
            metrics=self.metrics,
            now_ms=lambda: self.now_ms,
            renewal=Renewal(self.fleet, self.reader.again),
        )
        self.presence = Presence(
            fleet=self.fleet,
            pipeline=self.pipeline,
            unheard_s=lambda: self.unheard_s if self.hears else None,
            clock_alarm_s=CLOCK_ALARM_S,
            now_ms=lambda: self.now_ms,
            monotonic=lambda: self.monotonic_s,
        )
        self.pipeline.witnesses.append(self.presence.note)
        logins = Logins(directory, site=SITE)
        settings = OwnSettings(data_dir=directory)

        def enrol(device: str, asset: str) -> Enrolment:
            return enrolment(logins.make(device, renew=True), settings, asset=asset)

        self.remover = Remover(
            data_dir=directory,
            site=SITE,
            stones=list(self.reader.tombstones()),
            fleet=self.fleet,
            register=self.register,
            alter=self.pipeline.alter,
            write=self.pipeline.write,
            forget=self.pipeline.forget,
            has_login=logins.has,
            take_login=logins.take,
            publish=self._publish,
            now_ms=lambda: self.now_ms,
        )
        self.replacer = Replacer(
            data_dir=directory,
            fleet=self.fleet,
            register=self.register,
            alter=self.pipeline.alter,
            succeed=self.admission.registry.succeed,
            enrol=enrol,
            ended=self._end,
            begun=self._begun,
            now_ms=lambda: self.now_ms,
        )
        Restorer(
            fleet=self.fleet,
            reader=self.reader,
            admission=self.admission,
            settlement=self.settlement,
            factors_of=lambda _: FACTORS,
            params_of=self._params_of,
        ).restore()
        asyncio.run(self.pipeline.settle(()))
        know_lives(self.fleet, self.register)

    async def _end(self, device: Device, by: str) -> None:
        why = why_over(device.stage, by=by)
        device.twin.book.end(time_ms=self.now_ms, reason=why)
        await self.pipeline.settle([device])

    async def _begun(self, device: Device) -> None:
        await self.remover.clear(device.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def _params_of(self, name: str, asset: Asset) -> Dated | None:
        if not self.follows_limits:
            return self.params.get(name)
        book, own = self.register.params, self.register.own_limits
        return DeviceParams(book, own, device=name, asset=asset, now_ms=lambda: self.now_ms)

    def _barred(self, name: str) -> str:
        return self.remover.barred(name)

    async def _publish(self, message: Outbound) -> None:
        self.published.append(message)

    def _tell(self, device: Device, alarm: Alarm) -> None:
        self.told.append(msgspec.structs.replace(alarm))

    # ------------------------------------------------------------ what happens

    def take(self, *messages: Message) -> None:
        """Process the messages as one batch."""
        asyncio.run(self._take(list(messages)))

    async def _take(self, messages: list[Message]) -> None:
        await self.pipeline.process(Batch(list(messages), None))
        if self.restates:
            await self._restate()

    def restate(self) -> None:
        """Do all late work there is."""
        asyncio.run(self._restate())

    async def _restate(self) -> None:
        while await self.pipeline.restate_some():
            pass

    def renew(self) -> None:
        """Restate all that another program has written."""
        asyncio.run(self._renew())

    async def _renew(self) -> None:
        while await self.pipeline.restate_some() or await self.pipeline.renew_some():
            pass

    def pass_s(self, seconds: float) -> None:
        """Let time pass, with a look at who is there each second."""
        asyncio.run(self._looks(round(seconds)))

    async def _looks(self, count: int) -> None:
        for _ in range(count):
            self.now_ms += 1000
            self.monotonic_s += 1.0
            await self.presence.look()

    def checkpoint(self) -> None:
        asyncio.run(self.pipeline.checkpoint())

    def die(self) -> None:
        """Leave without a checkpoint."""
        self.reader.close()
        self.journal.close()

    def again(self) -> Self:
        """Die, and start over on the same journal."""
        self.die()
        self._begin()
        return self

    # ------------------------------------------------------------ what can be seen

    def device(self, name: str = "fan-01") -> Device:
        return self.fleet.get(name)

    def watermark(self, name: str = "fan-01", epoch: str = EPOCH) -> int:
        return self.device(name).epochs[epoch].watermark.seq

    def rows(self, sql: str, *bindings: Any) -> list[tuple[Any, ...]]:
        return list(self.reader._connection.execute(sql, bindings))

    def reasons(self) -> list[str]:
        return [reason for (reason,) in self.rows("SELECT reason FROM quarantine ORDER BY id")]

    def seqs(self, name: str = "fan-01") -> list[int]:
        """Of every stored row, in order of id."""
        sql = (
            "SELECT r.seq FROM reading r JOIN device d ON d.id = r.device WHERE d.name = ?"
            " ORDER BY r.id"
        )
        return [seq for (seq,) in self.rows(sql, name)]


def batches(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """``items`` in runs of ``size``."""
    return (items[at : at + size] for at in range(0, len(items), size))
