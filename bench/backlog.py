"""A backlog as after an outage: readings of 200 machines, queued for sessions that are away.

Every reader gets a persistent session of its own before the first reading is published, so the
broker queues the very same messages for each of them.
"""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mqtt5 import ConnectPacket, PublishPacket, QoS, read
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bench.programs import HOST, NotMeasured
from bench.servers import SITE
from contract import topics

DEVICES: Final = 200
RATE_HZ: Final = 5.0
FAN, DISPENSER = "fan", "dispenser"
EPOCH: Final = "9f2c41aa-7"
TELEMETRY: Final = topics.subscription(site=SITE, kind=topics.TELEMETRY)

Progress = Callable[[int], None]  # told how many are done

_SESSION_S: Final = 3_600
_IN_FLIGHT: Final = 2_000
_AT_ONCE: Final = 1_000  # less than the broker's receive maximum
_PERIOD_MS: Final = round(1000 / RATE_HZ)
_PAYLOAD: Final = (
    '{{"epoch":"{epoch}","seq":{seq},"time_ms":{time_ms},"values":{{"temperature":{t:.2f},'
    '"rpm":{rpm},"current":{current:.3f},"vibration":{vibration:.3f}}},"truth":"normal"}}'
)
_DISPENSERS_PAYLOAD: Final = (
    '{{"epoch":"{epoch}","seq":{seq},"time_ms":{time_ms},"values":{{"flow":{flow:.3f},'
    '"tank_level":{level:.2f},"hot_temperature":{hot:.2f},"cold_temperature":{cold:.2f},'
    '"power":{power:.1f},"hot_set_point":85.0,"state":"{state}","litres":{litres:.3f},'
    '"energy":{energy:.3f}}},"truth":"normal"}}'
)
_SERVICE: Final = (
    '{{"epoch":"{epoch}","seq":{seq},"time_ms":{time_ms},"event":"service","values":{{"wait":5.0,'
    '"volume":0.233,"temperature":82.5,"right":1,"drink":"hot"}}}}'
)
_A_SERVICE: Final = 60  # readings; ten of them choose, and ten pour


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who will drain a session: its client id, and the version of MQTT it speaks."""

    client_id: str
    protocol: MQTTProtocolVersion


def device_name(index: int, asset: str = FAN) -> str:
    return f"{asset}-{index:03d}"


def telemetry_topic(index: int, asset: str = FAN) -> str:
    return topics.build(site=SITE, device=device_name(index, asset), kind=topics.TELEMETRY)


def payload(index: int, *, epoch: str, seq: int, time_ms: int) -> str:
    """A reading as docs/architecture.md shows it, its values wandering within the normal bands."""
    return _PAYLOAD.format(
        epoch=epoch,
        seq=seq,
        time_ms=time_ms,
        t=40 + (index + seq) % 100 / 50,
        rpm=1180 + (index * 7 + seq) % 20,
        current=1.0 + (index + seq) % 13 / 100,
        vibration=0.8 + (index + 3 * seq) % 7 / 100,
    )


def dispensers_item(index: int, *, epoch: str, seq: int, time_ms: int) -> str:
    """A reading with a state and counters that go on, and one in 60 times a service instead."""
    served, at = divmod(seq + index, _A_SERVICE)
    if at == _A_SERVICE - 1 and seq > 1:  # by an event alone nobody knows its type
        return _SERVICE.format(epoch=epoch, seq=seq, time_ms=time_ms)
    state = "selecting" if 30 <= at < 40 else "dispensing" if 40 <= at < 50 else "idle"
    poured = min(10, max(0, at - 39))
    return _DISPENSERS_PAYLOAD.format(
        epoch=epoch,
        seq=seq,
        time_ms=time_ms,
        flow=2.0 if state == "dispensing" else 0.0,
        level=80 - at % 7 / 20,
        hot=85 - (index + seq) % 30 / 20,
        cold=5 + (index + seq) % 20 / 20,
        power=2000.0 if at % 20 < 5 else 4.0,
        state=state,
        litres=100 + 0.23 * served + 0.023 * poured,
        energy=50 + seq // 10 / 1000,
    )


_ITEMS: Final = {FAN: payload, DISPENSER: dispensers_item}


def open_sessions(readers: Sequence[Reader], *, port: int) -> None:
    """Subscribe to telemetry for each reader, and leave."""
    for reader in readers:
        client = connected(port=port, client_id=reader.client_id, protocol=reader.protocol)
        confirmed = threading.Event()
        client.on_subscribe = lambda *_, confirmed=confirmed: confirmed.set()
        client.subscribe(TELEMETRY, qos=1)
        wait_until(confirmed.is_set, what="a confirmed subscription")
        leave(client)


def fill(count: int, *, port: int, progress: Progress, asset: str = FAN) -> None:
    """Publish ``count`` items of such machines, one a message, that end now.

    The broker has taken all of them then. A thousand at a time, straight from the codec: a client
    library would take minutes.
    """
    start_ms = time.time_ns() // 1_000_000 - count // DEVICES * _PERIOD_MS
    with socket.create_connection((HOST, port)) as connection:
        connection.sendall(ConnectPacket(client_id="bench-filler").write())
        left = await_packets(connection, 1, b"")
        for first in range(0, count, _AT_ONCE):
            block = range(first, min(first + _AT_ONCE, count))
            connection.sendall(b"".join(_publication(at, start_ms, asset) for at in block))
            left = await_packets(connection, len(block), left)
            progress(block.stop)


def _publication(at: int, start_ms: int, asset: str) -> bytes:
    index, seq = at % DEVICES, at // DEVICES + 1
    item = _ITEMS[asset](index, epoch=EPOCH, seq=seq, time_ms=start_ms + seq * _PERIOD_MS)
    return PublishPacket(
        topic=telemetry_topic(index, asset),
        payload=item.encode(),
        qos=QoS.AT_LEAST_ONCE,
        packet_id=at % _AT_ONCE + 1,
    ).write()


def await_packets(connection: socket.socket, count: int, received: bytes) -> bytes:
    """Read ``count`` whole packets, whatever they say; returns what came after them."""
    while count:
        try:
            _, size = read(memoryview(received))
        except IndexError:  # a part of one
            received += connection.recv(1 << 16)
        else:
            received = received[size:]
            count -= 1
    return received


def connected(*, port: int, client_id: str, protocol: MQTTProtocolVersion) -> Client:
    """A connected paho client with a thread of its own and a session that stays."""
    newest = protocol == MQTTProtocolVersion.MQTTv5
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id,
        protocol=protocol,
        clean_session=None if newest else False,
    )
    client.max_inflight_messages_set(_IN_FLIGHT)
    if newest:
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = _SESSION_S
        client.connect(HOST, port, clean_start=False, properties=lasting)
    else:
        client.connect(HOST, port)
    client.loop_start()
    wait_until(client.is_connected, what="connection to the broker")
    return client


def leave(client: Client) -> None:
    client.disconnect()
    client.loop_stop()


def wait_until(ready: Callable[[], bool], *, what: str, within_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not ready():
        if time.monotonic() > deadline_s:
            raise NotMeasured(f"there was no {what} in {within_s:g} s")
        time.sleep(0.01)
