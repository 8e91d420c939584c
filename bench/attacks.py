"""What a bad board sends, as payloads; and a socket that sends them as fast as a broker takes them.

Bounded in number, and to 127.0.0.1 only.
"""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from mqtt5 import ConnectPacket, PublishPacket, QoS

from bench.backlog import await_packets
from bench.programs import HOST
from bench.servers import SITE
from contract import topics

_AT_ONCE: Final = 500
_ITEMS: Final = 20  # in a message
_MINUTE_MS: Final = 60_000
_VALUES: Final = {"temperature": 41.0, "rpm": 1200, "current": 1.05, "vibration": 0.8}

Reading = dict[str, object]


class Board:
    """A connection that speaks as one device."""

    def __init__(self, name: str, *, port: int) -> None:
        self._topic = topics.build(site=SITE, device=name, kind=topics.TELEMETRY)
        self._socket = socket.create_connection((HOST, port))
        self._socket.sendall(ConnectPacket(client_id=f"bench-{name}").write())
        self._left = await_packets(self._socket, 1, b"")

    def close(self) -> None:
        self._socket.close()

    def send(self, items: Iterable[Reading], *, until_s: float = float("inf")) -> int:
        """Send lists of 20 until ``until_s`` of monotonic time; returns how many items."""
        rest, sent = iter(items), 0
        while time.monotonic() < until_s:
            lists = [each for _ in range(_AT_ONCE) if (each := list(islice(rest, _ITEMS)))]
            if not lists:
                break
            packets = [self._packet(at + 1, each) for at, each in enumerate(lists)]
            self._socket.sendall(b"".join(packets))
            self._left = await_packets(self._socket, len(packets), self._left)
            sent += sum(map(len, lists))
        return sent

    def _packet(self, packet_id: int, items: list[Reading]) -> bytes:
        return PublishPacket(
            topic=self._topic,
            payload=json.dumps(items if len(items) > 1 else items[0]).encode(),
            qos=QoS.AT_LEAST_ONCE,
            packet_id=packet_id,
        ).write()


def _reading(epoch: str, seq: int, time_ms: int) -> Reading:
    return {"epoch": epoch, "seq": seq, "time_ms": time_ms, "values": _VALUES}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def late(count: int, *, minutes: int) -> Iterator[Reading]:
    """The newest first; then readings, each in another of the last ``minutes``."""
    now_ms = _now_ms()
    yield _reading("1a7e0000-1", 1, now_ms)
    for at in range(count):
        back_ms = (at * 7_919 % minutes + 1) * _MINUTE_MS
        yield _reading("1a7e0000-1", at + 2, now_ms - back_ms + at % 50_000)


def one_minute(count: int) -> Iterator[Reading]:
    """All in one minute, which then closes."""
    start_ms = _now_ms() // _MINUTE_MS * _MINUTE_MS - 5 * _MINUTE_MS
    for at in range(count):
        yield _reading("00b10000-1", at + 1, start_ms + at * _MINUTE_MS // count)
    yield _reading("00b10000-1", count + 1, start_ms + 2 * _MINUTE_MS)


def into_that_minute(first: int, count: int) -> Iterator[Reading]:
    """Late ones for the minute of ``one_minute``."""
    start_ms = _now_ms() // _MINUTE_MS * _MINUTE_MS - 5 * _MINUTE_MS
    for at in range(count):
        yield _reading("00b10000-1", first + at, start_ms + at * 37 % _MINUTE_MS)


def holes(count: int) -> Iterator[Reading]:
    """Every second number, and then a floor that passes all of them."""
    now_ms = _now_ms()
    for at in range(count):
        yield _reading("00e50000-1", 2 * at + 2, now_ms - count + at)
    yield {"epoch": "00e50000-1", "oldest": 2 * count + 2}


def epochs(count: int) -> Iterator[Reading]:
    """A reading each of so many epochs."""
    for at in range(count):
        yield _reading(f"{at:08x}-1", 1, _now_ms())


def flood() -> Iterator[Reading]:
    """Good readings without end."""
    at = 0
    while True:
        at += 1
        yield _reading("f1000d00-1", at, _now_ms())
