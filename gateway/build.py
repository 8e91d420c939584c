"""Those parts of the gateway that settings shape: settings in, one part out of each function."""

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from contract.assets import CATALOGUE
from contract.assets.words import Asset, Fault
from contract.errors import Misconfigured, Unavailable
from contract.messages import Alarm
from contract.settings import Settings
from contract.type_files.folder import TypeFolder
from gateway.accounts.enrolment import enrolment
from gateway.accounts.logins import Logins
from gateway.api.learned_life import LearnedLife
from gateway.api.simulations import Simulations
from gateway.archive import labour
from gateway.archive.keeper import Archivist
from gateway.clocks.clock import Clock
from gateway.ingest.admission import Admission
from gateway.ingest.alarm_desk import AlarmDesk
from gateway.ingest.budget import Allowance, Budgets
from gateway.ingest.emptying import Emptying
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.pseudonyms import Pseudonyms, key_of
from gateway.ingest.registration import Registry
from gateway.journal import Journal, JournalReader
from gateway.journal.inspector import Inspector
from gateway.journal.rows import Quarantined
from gateway.judging.classifier import Classifier
from gateway.judging.normality import Normality
from gateway.mqtt.broker import Broker
from gateway.mqtt.publisher import Publisher
from gateway.registry import decisions
from gateway.registry.deleter import Deleter
from gateway.registry.desired import DesiredTopics
from gateway.registry.enrolment import Enrolment
from gateway.registry.own_types import OwnTypes
from gateway.registry.params import ParamBook
from gateway.registry.register import Register
from gateway.registry.registrar import Registrar
from gateway.registry.remover import Remover
from gateway.registry.replacer import Replacer
from gateway.registry.tariffs import Tariffs, site_params
from gateway.sinks.follower import Follower, pause_s
from gateway.sinks.influxdb.sink import InfluxDb
from gateway.sinks.kafka.access import Access as KafkaAccess
from gateway.sinks.kafka.sink import Kafka
from gateway.sinks.people.house import House
from gateway.sinks.people.routing import Machine, Occasion
from gateway.sinks.people.sink import People
from gateway.sinks.sink import Sink
from gateway.twin.causes import FAULT_PREFIX
from gateway.twin.fleet import Device, Fleet

Work = Callable[[Journal], None]


def own_types(
    *,
    folder: TypeFolder,
    fleet: Fleet,
    pipeline: Pipeline,
    registry: Registry,
    publisher: Publisher,
    register: Register,
) -> OwnTypes:
    """Who keeps an eye on the site's own types."""
    return OwnTypes(
        folder=folder,
        fleet=fleet,
        write=pipeline.write,
        retype=registry.follow_decision,
        changed=publisher.note_changed,
        decided=register.decided,
    )


def register(settings: Settings, reader: JournalReader) -> Register:
    """What people have said of devices and of the site. Raises Damaged."""
    made = Register(ParamBook(site_params(settings), settings.site_time))
    with reader.blamed():
        for change in reader.changes():
            made.take(change)
    return made


def decided(register: Register, data_dir: Path) -> Callable[[str], Asset | None]:
    """The type that a person has decided on, in the registry or on the way into it."""

    def asset(device: str) -> Asset | None:
        known = register.decided(device)
        if known is None and (waits := decisions.left(data_dir, device)) is not None:
            known = register.typed(device, waits.asset)
        return known

    return asset


def archivist(
    settings: Settings,
    *,
    pipeline: Pipeline,
    fleet: Fleet,
    horizon_ms: Callable[[], int | None],
    told: Callable[[Alarm], None],
    now_ms: Callable[[], int],
) -> Archivist:
    """Who keeps the files of closed days."""

    def asset_of(name: str) -> Asset | None:
        device = fleet.find(name)
        return None if device is None else device.asset

    return Archivist(
        journal=settings.journal_path,
        site=settings.site,
        write=pipeline.write,
        work=labour.work,
        horizon_ms=horizon_ms,
        keep_ms=settings.retention_ms,
        limit_ms=settings.archive_ms,
        asset_of=asset_of,
        archives=settings.archive == "1",
        limit_bytes=settings.disk_budget_bytes,
        told=told,
        now_ms=now_ms,
    )


def broker(settings: Settings) -> Broker:
    """The session with the broker."""
    return Broker(
        host=settings.host,
        port=settings.broker_port,
        client_id=f"edgetwin-gateway-{settings.site}",
        site=settings.site,
        username=settings.broker_username,
        password=settings.broker_password,
    )


def allowance(settings: Settings) -> Allowance:
    """What one board may send."""
    return Allowance(
        readings_per_s=settings.board_readings_per_s, bytes_a_day=settings.board_mb_a_day * 1e6
    )


def admission(
    settings: Settings,
    *,
    fleet: Fleet,
    journal: Journal,
    clock: Clock,
    register: Register,
    tariffs: Tariffs,
    barred: Callable[[str], str],
) -> Admission:
    """Who checks what comes."""
    return Admission(
        fleet=fleet,
        journal=journal,
        site=settings.site,
        factors_of=tariffs.now,
        params_of=tariffs.params,
        decided=decided(register, settings.data_dir),
        descriptions=register.descriptions,
        barred=barred,
        stage_of=lambda device: register.stage(device).name,
        quiet=register.quiet,
        retention_ms=settings.retention_ms,
        past_ms=settings.past_ms,
        max_devices=settings.max_devices,
        budgets=Budgets(allowance(settings), monotonic=time.monotonic),
        clock=clock,
        pseudonyms=pseudonyms(settings),
    )


def pseudonyms(settings: Settings) -> Pseudonyms | None:
    """Who hides people's names; None where the site wants to see them.

    Raises:
        Misconfigured: there is no key, and none can be made.
    """
    if settings.pseudonyms == "0":
        return None
    try:
        return Pseudonyms(key_of(settings.data_dir))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"People's names cannot be hidden: {error}") from error


def classifier(settings: Settings) -> Classifier:
    """A connection to inference of its own, with breakers of its own."""
    return Classifier(url=settings.inference_url, token=settings.api_token)


def normality(settings: Settings) -> Normality:
    """Whoever is asked what is unlike a machine's normal."""
    return Normality(url=settings.inference_url, token=settings.api_token)


def learned_life(settings: Settings) -> LearnedLife:
    """Whoever is asked how long machines last, as others did."""
    return LearnedLife(settings.inference_url, token=settings.api_token)


def simulations(settings: Settings) -> Simulations:
    """Whoever is asked what if."""
    return Simulations(settings.inference_url, token=settings.api_token)


def people(
    settings: Settings,
    *,
    write: Callable[[Work], None],
    register: Register,
    now_ms: Callable[[], int],
) -> People:
    """Whoever is told of alarms."""

    def machine(device: str) -> Machine:
        fields = register.entry(device).fields
        return Machine(fields.name, fields.place, fields.group)

    house = House(
        write=write,
        machine=machine,
        title=title,
        advice=advice,
        site=settings.site_time,
        now_ms=now_ms,
        keep_ms=settings.retention_ms,
    )
    return People(
        settings.data_dir,
        house,
        pause=lambda failures: pause_s(failures=failures, asked_s=None),
    )


def advice(occasion: Occasion) -> str:
    """What its type says is to be done about a fault; empty where it says nothing."""
    fault = _fault(occasion)
    return fault.advice if fault is not None else ""


def title(occasion: Occasion) -> str:
    """What was found, in the few words of its type, else those of its name."""
    fault, asset = _fault(occasion), CATALOGUE.get(occasion.asset)
    if fault is not None:
        return fault.label
    channel, _, side = occasion.name.rpartition("_")
    if asset is not None and channel in asset.by_name:
        return f"{asset.by_name[channel].title} {side}"
    return occasion.name.removeprefix(FAULT_PREFIX).replace("_", " ").capitalize()


def _fault(occasion: Occasion) -> Fault | None:
    asset = CATALOGUE.get(occasion.asset)
    faults = () if asset is None else asset.faults
    return next((each for each in faults if FAULT_PREFIX + each.name == occasion.name), None)


def sinks(
    settings: Settings, *, people: People, tariffs: Tariffs, now_ms: Callable[[], int]
) -> list[Sink]:
    """Every system that follows the journal; one that is not set up says so in ``/health``."""
    return [
        people,
        influxdb(settings, tariffs=tariffs, now_ms=now_ms),
        Kafka(access=kafka_access(settings), site=settings.site),
    ]


def influxdb(settings: Settings, *, tariffs: Tariffs, now_ms: Callable[[], int]) -> InfluxDb:
    """InfluxDB, wherever it is."""
    return InfluxDb(
        data_dir=settings.data_dir,
        url=settings.influxdb_url,
        token=settings.influxdb_token,
        org=settings.influxdb_org,
        bucket=settings.influxdb_bucket,
        factors_at=tariffs.at,
        now_ms=now_ms,
    )


def influxdb_follower(
    settings: Settings,
    *,
    tariffs: Tariffs,
    quarantine: Callable[[Quarantined], None],
    now_ms: Callable[[], int],
) -> Follower:
    """One that compares and follows nothing: it moves no cursor."""

    def keep(_name: str, _cursor: Mapping[str, int]) -> None:
        raise AssertionError("who compares delivers nothing new")

    return Follower(
        influxdb(settings, tariffs=tariffs, now_ms=now_ms),
        journal_path=settings.journal_path,
        set_cursor=keep,
        quarantine=quarantine,
        suspect=lambda: None,
        condemn=lambda _: None,
        now_ms=now_ms,
    )


def kafka_access(settings: Settings) -> KafkaAccess:
    """Where Kafka is, if anywhere."""
    return KafkaAccess(
        servers=settings.kafka_bootstrap_servers,
        prefix=settings.kafka_topic_prefix,
        partitions=settings.kafka_partitions,
        tls=settings.kafka_tls == "1",
        ca_file=settings.kafka_ca_file,
        mechanism=settings.kafka_mechanism,
        username=settings.kafka_username,
        password=settings.kafka_password,
    )


def followers(
    settings: Settings,
    *,
    write: Callable[[Work], None],
    people: People,
    inspector: Inspector,
    tariffs: Tariffs,
    now_ms: Callable[[], int],
) -> list[Follower]:
    """Who carries the journal to each sink; ``write`` has the one writer do it, and waits."""
    return [
        Follower(
            sink,
            journal_path=settings.journal_path,
            set_cursor=lambda name, cursor: write(
                lambda journal: journal.set_follower_cursor(name, cursor)
            ),
            quarantine=lambda item: write(lambda journal: journal.add_quarantined([item])),
            suspect=inspector.suspect,
            condemn=inspector.condemn,
            now_ms=now_ms,
        )
        for sink in sinks(settings, people=people, tariffs=tariffs, now_ms=now_ms)
    ]


def registrar(
    settings: Settings,
    *,
    tariffs: Tariffs,
    register: Register,
    fleet: Fleet,
    pipeline: Pipeline,
    registry: Registry,
    publisher: Publisher,
    broker: Broker,
    now_ms: Callable[[], int],
) -> Registrar:
    """Who keeps what people say of machines."""
    return Registrar(
        register=register,
        tariffs=tariffs,
        fleet=fleet,
        write=pipeline.write,
        retype=registry.follow_decision,
        describe=registry.follow_description,
        desired=DesiredTopics(register=register, publish=broker.publish, site=settings.site),
        changed=publisher.note_changed,
        restate=pipeline.restate_since,
        data_dir=settings.data_dir,
        now_ms=now_ms,
    )


def deleter(
    settings: Settings,
    *,
    fleet: Fleet,
    pipeline: Pipeline,
    archivist: Archivist,
    open_reader: Callable[[], JournalReader],
    is_held: Callable[[], bool],
) -> Deleter:
    """Who deletes what was measured in a time."""

    async def erase(device: Device, from_ms: int, to_ms: int) -> None:
        await archivist.erase(device.id, device.name, from_ms, to_ms)

    return Deleter(
        data_dir=settings.data_dir,
        fleet=fleet,
        write=pipeline.write,
        erase=erase,
        sums=Emptying(pipeline, open_reader),
        is_held=is_held,
    )


def lives(
    settings: Settings,
    *,
    reader: JournalReader,
    fleet: Fleet,
    registrar: Registrar,
    registry: Registry,
    pipeline: Pipeline,
    publisher: Publisher,
    broker: Broker,
    alarm_desk: AlarmDesk,
    now_ms: Callable[[], int],
) -> tuple[Remover, Replacer]:
    """Who lets machines end, for good or by another. Raises Damaged."""

    def forget(device: Device) -> None:
        pipeline.forget(device)
        registrar.desired.forget(device.name)

    known = logins(settings)
    remover = Remover(
        data_dir=settings.data_dir,
        site=settings.site,
        stones=list(reader.tombstones()),
        fleet=fleet,
        register=registrar.register,
        alter=pipeline.alter,
        write=pipeline.write,
        forget=forget,
        has_login=known.has,
        take_login=known.take,
        publish=broker.publish,
        now_ms=now_ms,
    )

    async def ended(device: Device, by: str) -> None:
        await alarm_desk.end(device, by=by)
        publisher.forget(device)

    async def begun(device: Device) -> None:
        with contextlib.suppress(Unavailable):  # what a broker keeps is known to be of the other
            await remover.clear(device.name)
        registrar.desired.note(device.name)
        publisher.note_changed([device])

    replacer = Replacer(
        data_dir=settings.data_dir,
        fleet=fleet,
        register=registrar.register,
        alter=pipeline.alter,
        succeed=registry.succeed,
        enrol=enrol(settings, renew=True),
        ended=ended,
        begun=begun,
        now_ms=now_ms,
    )
    return remover, replacer


def logins(settings: Settings) -> Logins:
    """The boards' logins at our own broker."""
    return Logins(settings.data_dir, site=settings.site)


def enrol(settings: Settings, *, renew: bool = False) -> Callable[[str, str | None], Enrolment]:
    """Who makes a board's login: (device, type). Blocks; ``renew``: it may have one already."""
    known = logins(settings)

    def make(device: str, asset: str | None) -> Enrolment:
        return enrolment(known.make(device, renew=renew), settings, asset=asset)

    return make
