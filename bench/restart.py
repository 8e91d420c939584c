"""How soon a gateway is back on a fleet's year: after a clean end, and after a kill."""

import time
from pathlib import Path
from statistics import median
from typing import Final

import apsw
from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTProtocolVersion

from bench import aged, backlog, kpis, months
from bench.ingest import stored_readings
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import Server, gateway, mosquitto, wait_until_connected
from gateway.journal.archived import DAY_MS

_AIM_S: Final = 5.0
_TIMES: Final = 3
_EVERY: Final = 20  # of so many minutes one: to sum up all of them takes ten minutes
_READINGS: Final = DAY_MS // 200  # of each machine: a day at 5 Hz
_WITHOUT_CHECKPOINT_S: Final = 15.0  # so long boards send before a kill; a round is 10 s
_PERIOD_S: Final = 0.02


def measure(directory: Path, *, machines: int, days: int, screen: Screen) -> Section:
    """Make a journal, then start a gateway on it again and again."""
    journal = directory / "journal.db"
    _make(journal, machines=machines, days=days, screen=screen)
    with mosquitto(directory) as broker:
        client = backlog.connected(
            port=broker.port, client_id="bench-restart", protocol=MQTTProtocolVersion.MQTTv5
        )
        with screen.working("the first start, which examines what it did not write"):
            _start(directory, broker)
        clean = [_start(directory, broker) for _ in range(_TIMES)]
        killed, logs = list[tuple[float, float]](), list[float]()
        for turn in range(_TIMES):
            with screen.working("boards send, and the gateway is killed"):
                logs.append(_kill(directory, broker, client, turn))
            killed.append(_start(directory, broker))
        backlog.leave(client)
    size = journal.stat().st_size / 1e9
    return Section(
        title=f"Restart: a journal of {days} days of {machines} machines",
        figures=[
            *_figures("clean end", clean),
            *_figures("kill -9", killed),
        ],
        notes=[
            (
                f"Median of {_TIMES} starts, from the command to the connection with the broker."
                f" The journal has {size:.1f} GB: {machines * _READINGS:,} readings (a day at 5 Hz"
                f" each), one minute in {_EVERY} of all that time, and the sums of what is longer."
                " Before each kill two boards sent up to 50 readings a second each; the log to"
                f" recover had {max(logs):.0f} MB at most. Then what the file holds is examined"
                " for up to a second before the gateway serves, and beside the work after that."
            )
        ],
    )


def _figures(what: str, starts: list[tuple[float, float]]) -> list[Figure]:
    walls, cpus = zip(*starts, strict=True)
    return [
        Figure(
            what=f"after a {what}", unit="s", ours=median(walls), better="less", aim=_AIM_S,
        ),
        Figure(what=f"after a {what}: CPU", unit="s", ours=median(cpus), better="less"),
    ]  # fmt: skip


def _make(journal: Path, *, machines: int, days: int, screen: Screen) -> None:
    now_ms = time.time_ns() // 1_000_000
    minutes = machines * days * months.DAY_MINUTES // _EVERY
    with screen.counting("minutes", minutes) as progress:
        months.make(
            journal, machines=machines, days=days, end_ms=now_ms, progress=progress, every=_EVERY
        )
    with screen.working("their sums"):
        kpis.sum_up(journal, machines, now_ms)
    with screen.working("readings"):
        connection = apsw.Connection(str(journal))
        connection.pragma("synchronous", "off")
        with connection:
            assets = [months.asset_of(index) for index in range(machines)]
            aged.add_readings(
                connection, assets, rows=machines * _READINGS, from_ms=now_ms - DAY_MS,
                span_ms=DAY_MS,
            )  # fmt: skip
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        connection.close()


def _start(directory: Path, broker: Server) -> tuple[float, float]:
    """How long one takes, and how much of a processor."""
    began_s = time.monotonic()
    with gateway(directory, broker_port=broker.port, inference_port=None) as server:
        wait_until_connected(server)
        return time.monotonic() - began_s, server.program.cpu_s()


def _kill(directory: Path, broker: Server, client: Client, turn: int) -> float:
    """End one in the middle of its work; the MB of its log."""
    journal = directory / "journal.db"
    with gateway(directory, broker_port=broker.port, inference_port=None) as server:
        wait_until_connected(server)
        before = stored_readings(journal)
        _send(client, turn)
        server.program.wait_for(lambda: stored_readings(journal) > before, what="reading")
        server.program.kill()
    return journal.with_name(f"{journal.name}-wal").stat().st_size / 1e6


def _send(client: Client, turn: int) -> None:
    epoch, until_s, seq = f"9f2c41ab-{turn + 1}", time.monotonic() + _WITHOUT_CHECKPOINT_S, 0
    while time.monotonic() < until_s:
        seq += 1
        for index in range(2):
            now_ms = time.time_ns() // 1_000_000
            item = backlog.payload(index, epoch=epoch, seq=seq, time_ms=now_ms)
            client.publish(backlog.telemetry_topic(index), item, 1)
        time.sleep(_PERIOD_S)
