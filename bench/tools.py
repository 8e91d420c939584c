"""Readings published as 2,000 machine tools would, 10,000 a second, and when each was sent.

One message a reading, over the bare codec, all on one event loop: a client library would be most
of what is measured.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import msgspec
import uvloop

from bench.sensors import CONNECTIONS, Connection, connected
from bench.servers import SITE
from contract import topics
from contract.messages import Birth

DEVICES: Final = 2_000
RATE_HZ: Final = 5.0
EPOCH: Final = "70015000-1"
_MOST_IN_FLIGHT: Final = 1_500  # of 2,000 that the broker takes
_TICK_S: Final = 0.02
_HOT_EVERY, _HOT_FOR = 600, 25  # readings: a machine vibrates for 5 s every two minutes
PART_EVERY: Final = 200  # readings
_BIRTHS_AT_ONCE: Final = 100
_PAYLOAD: Final = (
    '{{"epoch":"{epoch}","seq":{seq},"time_ms":{time_ms},"values":{{"temperature":{t:.2f},'
    '"vibration":{vibration:.2f},"rpm":{rpm},"torque":{torque:.2f},"power":{power},'
    '"tool_wear":{wear:.1f},"worn":{worn:.1f},"state":"running"}},"truth":"normal"}}'
)
_PART: Final = (
    '{{"epoch":"{epoch}","seq":{seq},"time_ms":{time_ms},"event":"part","values":{{"good":1,'
    '"cycle_time":38.5}}}}'
)


def device_name(index: int) -> str:
    return f"tool-{index:04d}"


def item(index: int, *, seq: int, time_ms: int) -> str:
    """A reading within the normal bands, but for vibration now and then; or a part."""
    if (seq + index) % PART_EVERY == 0:
        return _PART.format(epoch=EPOCH, seq=seq, time_ms=time_ms)
    load = 20.0 + (index + seq) % 50 / 10
    return _PAYLOAD.format(
        epoch=EPOCH,
        seq=seq,
        time_ms=time_ms,
        t=35 + (index + seq) % 100 / 20,
        vibration=6.0 if is_hot(index, seq) else 1.0 + (index + 3 * seq) % 7 / 20,
        rpm=3000 + (index * 7 + seq) % 20,
        torque=load,
        power=round(1200 + load * 3000 * 0.1047 / 0.85),
        wear=(index + seq // 100) % 250,
        worn=1000 + seq // 100,
    )


def is_hot(index: int, seq: int) -> bool:
    """Whether the machine vibrates more than it may; another one each moment."""
    return (seq + index * 7) % _HOT_EVERY < _HOT_FOR and seq > _HOT_FOR


now_s = time.perf_counter


@dataclass(kw_only=True)
class Sent:
    """What was published, from when until when, and how much too late at most.

    ``sent_s``: (device, time of the reading) to when that was, of vibrating machines alone. By
    ``time.perf_counter``.
    """

    published: int = 0
    sent_s: dict[tuple[str, int], float] = field(default_factory=dict)
    started_s: float = 0.0
    ended_s: float = 0.0
    late_s: float = 0.0


class _Fleet:
    def __init__(self, connections: list[Connection]) -> None:
        self._connections = connections
        self._topics = [
            topics.build(site=SITE, device=device_name(index), kind=topics.TELEMETRY)
            for index in range(DEVICES)
        ]
        self.sent = Sent()

    async def born(self) -> None:
        """Tell the broker of each what it is."""
        birth = msgspec.json.encode(Birth(asset="machine_tool", epoch=EPOCH, rate_hz=RATE_HZ))
        for index in range(DEVICES):
            topic = topics.build(site=SITE, device=device_name(index), kind=topics.BIRTH)
            self._of(index).publish(topic, birth)
            if index % _BIRTHS_AT_ONCE == 0:
                await asyncio.sleep(_TICK_S)

    async def run(self, seconds: float) -> None:
        """Publish at a steady rate; machines are spread evenly over a period."""
        per_s, start_s = DEVICES * RATE_HZ, time.perf_counter()
        self.sent.started_s = start_s
        while (elapsed_s := time.perf_counter() - start_s) < seconds:
            due = int(elapsed_s * per_s)
            late_s = (due - self.sent.published) / per_s
            self.sent.late_s = max(self.sent.late_s, late_s)
            while self.sent.published < due and not self._is_full:
                self._publish(self.sent.published)
                self.sent.published += 1
            await asyncio.sleep(_TICK_S)
        self.sent.ended_s = time.perf_counter()

    @property
    def _is_full(self) -> bool:
        """One more, and the broker would cut a connection: it is behind."""
        return self._connections[self.sent.published % CONNECTIONS].in_flight >= _MOST_IN_FLIGHT

    def _publish(self, number: int) -> None:
        seq, index = divmod(number, DEVICES)
        time_ms = time.time_ns() // 1_000_000
        body = item(index, seq=seq + 1, time_ms=time_ms)
        if is_hot(index, seq + 1):
            self.sent.sent_s[device_name(index), time_ms] = time.perf_counter()
        self._of(index).publish(self._topics[index], body.encode())

    def _of(self, index: int) -> Connection:
        return self._connections[index % CONNECTIONS]


def run(*, broker_port: int, seconds: float) -> Sent:
    """Publish for so long; returns when the last was sent."""
    return uvloop.run(_run(broker_port, seconds))


async def _run(port: int, seconds: float) -> Sent:
    connections = [await connected(port) for _ in range(CONNECTIONS)]
    fleet = _Fleet(connections)
    await fleet.born()
    await fleet.run(seconds)
    while any(each.in_flight for each in connections):  # noqa: ASYNC110 - no one event says so
        await asyncio.sleep(_TICK_S)
    for connection in connections:
        connection.close()
    return fleet.sent
