"""What the gateway's memory comes to with 10,000 devices, each with a birth and some readings."""

import time
from pathlib import Path
from typing import Final

import msgspec
from paho.mqtt.enums import MQTTProtocolVersion

from bench import backlog
from bench.ingest import stored_readings
from bench.report import Figure, Section
from bench.screen import Screen
from bench.servers import SITE, gateway, mosquitto, wait_until_connected
from contract import topics
from contract.messages import Birth

_READINGS: Final = 5
_SETTLE_S: Final = 15.0  # checkpoints are written and every state is published meanwhile
_EPOCH: Final = "00c0ffee-1"


def measure(directory: Path, *, devices: int, screen: Screen) -> Section:
    """Let ``devices`` report to one gateway, and read its memory."""
    with (
        mosquitto(directory) as broker,
        gateway(directory, broker_port=broker.port, inference_port=None) as server,
    ):
        wait_until_connected(server)
        before_mb = server.program.memory_mb()
        with screen.counting("devices report", devices) as progress:
            _report(devices, port=broker.port, progress=progress)
        journal = directory / "journal.db"
        server.program.wait_for(
            lambda: stored_readings(journal) >= devices * _READINGS, what="last reading"
        )
        with screen.working("states and checkpoints"):
            time.sleep(_SETTLE_S)
        after_mb, peak_mb = server.program.memory_mb(), server.program.memory_mb(peak=True)
    return Section(
        title=f"Memory of the gateway: {devices:,} devices",
        figures=[
            Figure(what="resident", unit="MB", ours=after_mb, better="less", aim=300),
            Figure(what="at most", unit="MB", ours=peak_mb, better="less"),
            Figure(
                what="a device",
                unit="kB",
                ours=(after_mb - before_mb) * 1024 / devices,
                better="less",
            ),
        ],
        notes=[
            f"Each sends a birth and {_READINGS} readings; an empty gateway has {before_mb:.0f} MB."
        ],
    )


def _report(devices: int, *, port: int, progress: backlog.Progress) -> None:
    client = backlog.connected(
        port=port, client_id="bench-many", protocol=MQTTProtocolVersion.MQTTv5
    )
    start_ms = time.time_ns() // 1_000_000 - _READINGS * 200
    for index in range(devices):
        name = f"fan-{index:05d}"
        birth = msgspec.json.encode(Birth(asset="fan", model="bench", epoch=_EPOCH))
        client.publish(
            topics.build(site=SITE, device=name, kind=topics.BIRTH), birth, 1, retain=True
        )
        for seq in range(1, _READINGS + 1):
            time_ms = start_ms + seq * 200
            reading = backlog.payload(index, epoch=_EPOCH, seq=seq, time_ms=time_ms)
            topic = topics.build(site=SITE, device=name, kind=topics.TELEMETRY)
            info = client.publish(topic, reading, 1)
        if index % 200 == 199:
            info.wait_for_publish()
            progress(index + 1)
    info.wait_for_publish()
    backlog.leave(client)
