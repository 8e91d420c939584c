"""Readings published as 200 boards would, and the time until each is diagnosed on MQTT.

Everything happens on one event loop over the bare codec, so that one clock measures both ends, no
thread waits for another's turn, and the client library under test is not also the instrument.
"""

import asyncio
import gc
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import uvloop
from mqtt5 import (
    ConnAckPacket,
    ConnectPacket,
    PubAckPacket,
    PublishPacket,
    QoS,
    SubAckPacket,
    SubscribePacket,
    Subscription,
    read,
)

from bench.backlog import DEVICES, RATE_HZ, device_name, payload, telemetry_topic
from bench.programs import HOST, NotMeasured

CONNECTIONS: Final = 20  # of 10 boards each: 200 sockets would above all measure this process
EPOCH: Final = "5e115042-1"
_READY_WITHIN_S: Final = 10.0
_LATE_S: Final = 30


class _Judged(msgspec.Struct):
    """What every diagnosis says, ours and the baseline's: which reading of which board."""

    device: str
    time_ms: int


_decode: Final = msgspec.json.Decoder(_Judged).decode


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """Seconds from publishing a reading to receiving the diagnosis that judges it, sorted."""

    seconds: Sequence[float]
    published: int

    def percentile_ms(self, percent: float) -> float:
        at = min(len(self.seconds) - 1, int(len(self.seconds) * percent / 100))
        return self.seconds[at] * 1e3


class Connection(asyncio.Protocol):
    """A minimal MQTT 5 client: publishes with QoS 1, and hands on what it is sent."""

    def __init__(self, take: Callable[[PublishPacket], None] | None = None) -> None:
        self._take = take
        self._received = b""
        self._transport: Any = None
        self._packet_ids = itertools.cycle(range(1, 2**16))
        self.ready = asyncio.Event()
        self.in_flight = 0  # published, and not acknowledged by the broker yet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(ConnectPacket(client_id=f"bench-{id(self):x}").write())

    def data_received(self, data: bytes) -> None:
        self._received += data
        at, view = 0, memoryview(self._received)
        while at < len(view):
            try:
                packet, size = read(view[at:])
            except IndexError:  # a part of one
                break
            at += size
            self._on_packet(packet)
        self._received = self._received[at:]

    def _on_packet(self, packet: object) -> None:
        if isinstance(packet, PublishPacket):
            if self._take is not None:
                self._take(packet)
        elif isinstance(packet, PubAckPacket):
            self.in_flight -= 1
        elif isinstance(packet, ConnAckPacket | SubAckPacket):
            self.ready.set()

    def subscribe(self, pattern: str) -> None:
        self.ready.clear()
        wanted = [Subscription(pattern=pattern, max_qos=QoS.AT_MOST_ONCE)]
        self._transport.write(SubscribePacket(packet_id=1, subscriptions=wanted).write())

    def publish(self, topic: str, body: bytes) -> None:
        packet = PublishPacket(
            topic=topic, payload=body, qos=QoS.AT_LEAST_ONCE, packet_id=next(self._packet_ids)
        )
        self._transport.write(packet.write())
        self.in_flight += 1

    def close(self) -> None:
        self._transport.close()


class _Fleet:
    def __init__(self) -> None:
        self._sent_s: dict[tuple[str, int], float] = {}
        self.taken_s: list[float] = []
        self.published = 0
        self.measuring = False

    async def run_board(self, connection: Connection, index: int) -> None:
        """Publish at a steady rate, for ever; boards are spread evenly over a period."""
        period_s = 1.0 / RATE_HZ
        start_s = time.perf_counter() + index / DEVICES * period_s
        device, topic = device_name(index), telemetry_topic(index)
        for seq in itertools.count(1):
            await asyncio.sleep(start_s + seq * period_s - time.perf_counter())
            time_ms = time.time_ns() // 1_000_000
            reading = payload(index, epoch=EPOCH, seq=seq, time_ms=time_ms).encode()
            if self.measuring:
                self._sent_s[device, time_ms] = time.perf_counter()
                self.published += 1
            connection.publish(topic, reading)

    def take(self, packet: PublishPacket) -> None:
        now_s = time.perf_counter()
        judged = _decode(packet.payload or b"")
        sent_s = self._sent_s.pop((judged.device, judged.time_ms), None)
        if sent_s is not None:
            self.taken_s.append(now_s - sent_s)


def measure(*, broker_port: int, diagnoses: str, warm_up_s: float, seconds: float) -> Latencies:
    """Run the fleet; ``diagnoses`` is the topic filter to listen to.

    Raises:
        NotMeasured: nothing was diagnosed.
    """
    gc.collect()
    gc.disable()  # the collector's pauses in this process are none of theirs
    try:
        fleet = uvloop.run(_run(broker_port, diagnoses, warm_up_s, seconds))
    finally:
        gc.enable()
    if not fleet.taken_s:
        raise NotMeasured("no reading was diagnosed")
    return Latencies(seconds=sorted(fleet.taken_s), published=fleet.published)


async def _run(port: int, diagnoses: str, warm_up_s: float, seconds: float) -> _Fleet:
    fleet = _Fleet()
    listener = await connected(port, fleet.take)
    listener.subscribe(diagnoses)
    await asyncio.wait_for(listener.ready.wait(), _READY_WITHIN_S)
    connections = [await connected(port) for _ in range(CONNECTIONS)]
    boards = [
        asyncio.create_task(fleet.run_board(connections[index % CONNECTIONS], index))
        for index in range(DEVICES)
    ]
    await asyncio.sleep(warm_up_s)
    fleet.measuring = True
    await asyncio.sleep(seconds)
    for board in boards:
        board.cancel()
    await asyncio.gather(*boards, return_exceptions=True)
    await _quiet(fleet)
    for connection in (listener, *connections):
        connection.close()
    return fleet


async def _quiet(fleet: _Fleet) -> None:
    """Wait for what is under way: a peer that has fallen behind is late, not lost."""
    for _ in range(_LATE_S):
        taken = len(fleet.taken_s)
        await asyncio.sleep(1.0)
        if taken and len(fleet.taken_s) == taken:
            return


async def connected(port: int, take: Callable[[PublishPacket], None] | None = None) -> Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(take), HOST, port)
    await asyncio.wait_for(connection.ready.wait(), _READY_WITHIN_S)
    return connection
