"""How fast a backlog becomes durable, and what a reading costs: the gateway, Telegraf, by hand.

Each drains its own copy of one queue in the broker. The clock runs from the first reading that
is stored to the last, so nobody's start-up counts.
"""

import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw
from paho.mqtt.enums import MQTTProtocolVersion

from bench import backlog, handwritten, telegraf
from bench.backlog import DEVICES, Reader
from bench.programs import NotMeasured, Program
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import GATEWAY_CLIENT_ID, Server, gateway, mosquitto
from gateway.journal.reader import open_read_only
from influx import build

_POLL_S: Final = 0.02
_STALLED_S: Final = 60.0
_LATECOMERS_S: Final = 2.0
_BY_HAND_S: Final = 15.0  # it would take minutes to drain it all: its rate shows before

OURS: Final = (Reader(client_id=GATEWAY_CLIENT_ID, protocol=MQTTProtocolVersion.MQTTv5),)
_READERS: Final = (
    *OURS,
    Reader(client_id=telegraf.CLIENT_ID, protocol=MQTTProtocolVersion.MQTTv311),
    Reader(client_id=handwritten.CLIENT_ID, protocol=MQTTProtocolVersion.MQTTv311),
)


@dataclass(frozen=True, kw_only=True)
class Drained:
    """What one reader of the queue did. ``others_us`` is of the programs it stores through."""

    readings: int
    seconds: float
    cpu_us: float
    others_us: float
    memory_mb: float

    @property
    def per_s(self) -> float:
        return self.readings / self.seconds


def measure(directory: Path, *, readings: int, screen: Screen) -> Section:
    """Drain ``readings`` queued readings with each."""
    section = Section(title=f"Ingest: {readings:,} queued readings of {DEVICES} devices")
    with mosquitto(directory) as broker:
        backlog.open_sessions(_READERS, port=broker.port)
        with screen.counting("filling the queue", readings) as progress:
            backlog.fill(readings, port=broker.port, progress=progress)
        with screen.working("the gateway drains it"):
            ours = _gateway(directory / "gateway", broker, readings)
        peers: dict[str, Callable[[], Drained]] = {
            "Telegraf → InfluxDB": lambda: _telegraf(directory / "telegraf", broker, readings),
            "paho + sqlite3 by hand": lambda: _by_hand(directory / "by-hand", broker, readings),
        }
        for peer, drain in peers.items():
            try:
                with screen.working(f"{peer} drains it"):
                    _compare(section, ours, peer, drain())
            except NotMeasured as reason:
                section.notes.append(f"{peer}: not measured, {reason}")
    try:
        dispensers = _dispensers(directory / "dispensers", readings, screen)
    except NotMeasured as reason:
        section.notes.append(f"dispensers: not measured, {reason}")
    else:
        section.figures.append(_beside(ours, dispensers))
    section.notes += _NOTES
    return section


def _dispensers(directory: Path, readings: int, screen: Screen) -> Drained:
    """The gateway alone, on as many items of water dispensers, in a queue of their own."""
    directory.mkdir()
    with mosquitto(directory) as broker:
        backlog.open_sessions(OURS, port=broker.port)
        with screen.counting("filling a queue of dispensers", readings) as progress:
            backlog.fill(readings, port=broker.port, progress=progress, asset=backlog.DISPENSER)
        with screen.working("the gateway drains it"):
            return _gateway(directory / "gateway", broker, readings)


def _beside(fans: Drained, dispensers: Drained) -> Figure:
    return Figure(
        what=f"CPU a dispenser's item ({dispensers.cpu_us:.1f} µs), in a fan's reading",
        unit="×",  # noqa: RUF001
        ours=dispensers.cpu_us / fans.cpu_us,
        better="less",
        aim=1.5,
    )


def _gateway(directory: Path, broker: Server, readings: int) -> Drained:
    directory.mkdir()
    with gateway(directory, broker_port=broker.port, inference_port=None) as server:
        journal = directory / "journal.db"
        server.program.wait_for(journal.exists, what="journal")
        server.program.wait_for(lambda: stored_readings(journal) >= 0, what="table of readings")
        drained = _watch(server.program, [], lambda: stored_readings(journal), readings)
        _insist_on(readings, _count(journal), server.program)
    return drained


def stored_readings(journal: Path) -> int:
    """How many readings are committed, or -1 while there is no table."""
    connection = open_read_only(journal)
    try:
        return int(next(connection.execute("SELECT coalesce(max(id), 0) FROM reading"))[0])
    except apsw.SQLError:
        return -1
    finally:
        connection.close()


def _count(journal: Path) -> int:
    connection = open_read_only(journal)
    try:
        return int(next(connection.execute("SELECT count(*) FROM reading"))[0])
    finally:
        connection.close()


def _telegraf(directory: Path, broker: Server, readings: int) -> Drained:
    directory.mkdir()
    with telegraf.running(directory, broker_port=broker.port) as peer:
        drained = _watch(peer.telegraf, [peer.influxd], peer.stored, readings)
        time.sleep(_LATECOMERS_S)
        _insist_on(readings, peer.stored(), peer.telegraf)
    return drained


def _insist_on(readings: int, stored: int, program: Program) -> None:
    """A rate of anything but these readings, each once, would be another measurement."""
    if stored != readings:
        raise NotMeasured(f"{program.name} stored {stored} points of {readings} readings")


def _by_hand(directory: Path, broker: Server, readings: int) -> Drained:
    directory.mkdir()
    database = directory / "readings.db"
    command = [sys.executable, "-m", "bench.handwritten", str(broker.port), str(database)]

    def stored() -> int:
        if not database.exists():
            return 0
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            found = connection.execute("SELECT coalesce(max(rowid), 0) FROM reading").fetchone()
        except sqlite3.OperationalError:  # locked, or not made yet
            return 0
        finally:
            connection.close()
        return int(found[0])

    with Program(command, log=directory / "by-hand.log") as program:
        return _watch(program, [], stored, readings, at_most_s=_BY_HAND_S)


def _watch(
    program: Program,
    others: Sequence[Program],
    stored: Callable[[], int],
    target: int,
    *,
    at_most_s: float = float("inf"),
) -> Drained:
    """Watch ``stored`` go from its first readings to ``target``, or as far as it comes."""
    program.wait_for(lambda: stored() > 0, what="first stored reading")
    first, start_s = stored(), time.perf_counter()
    cpu_s, others_s = program.cpu_s(), sum(other.cpu_s() for other in others)
    last, moved_s = first, start_s
    while last < target and time.perf_counter() - start_s < at_most_s:
        time.sleep(_POLL_S)
        if (now := stored()) > last:
            last, moved_s = now, time.perf_counter()
        elif time.perf_counter() - moved_s > _STALLED_S:
            raise NotMeasured(f"{program.name} stalled at {last} of {target} readings")
    done = last - first
    if done <= 0:
        raise NotMeasured("it had stored everything before it could be watched: drain more")
    return Drained(
        readings=done,
        seconds=moved_s - start_s,
        cpu_us=(program.cpu_s() - cpu_s) * 1e6 / done,
        others_us=(sum(other.cpu_s() for other in others) - others_s) * 1e6 / done,
        memory_mb=program.memory_mb(),
    )


_NOTES: Final = (
    (
        "One message a reading, MQTT QoS 1, queued in the broker for persistent sessions; all "
        "share the cores with Mosquitto. Stored by the gateway means: validated, committed, folded "
        "into twins with KPIs, minutes and alarms, synced to the disk; only then is it "
        "acknowledged."
    ),
    (
        "A dispenser's item has six channels, a state and two counters, or is one service in 60; "
        "its type has 21 figures, most of them formulas."
    ),
    (
        f"Telegraf {telegraf.VERSION}: mqtt_consumer (QoS 1, persistent session, json_v2, "
        "`max_undelivered_messages` 100,000), influxdb_v2 (`metric_batch_size` 5,000), InfluxDB "
        f"{build.VERSION} with its defaults. It computes no KPI and drops no repeats but by time."
    ),
    f"By hand: `python -m bench.handwritten`, watched for at most {_BY_HAND_S:g} s.",
)


def _compare(section: Section, ours: Drained, peer: str, theirs: Drained) -> None:
    aims = (None, None) if section.figures else (50_000, 20)  # each stands in the table once

    def less(what: str, unit: str, our: float, their: float, aim: float | None = None) -> None:
        figure = Figure(
            what=what, unit=unit, ours=our, better="less", peer=peer, theirs=their, aim=aim
        )
        section.figures.append(figure)

    section.figures.append(
        Figure(
            what="stored durably",
            unit="readings/s",
            ours=ours.per_s,
            better="more",
            peer=peer,
            theirs=theirs.per_s,
            aim=aims[0],
        )
    )
    less("CPU, process that ingests", "µs/reading", ours.cpu_us, theirs.cpu_us, aims[1])
    if theirs.others_us:
        total_us = theirs.cpu_us + theirs.others_us
        less("CPU, with the store", "µs/reading", ours.cpu_us + ours.others_us, total_us)
    less("memory, process that ingests", "MB", ours.memory_mb, theirs.memory_mb)
