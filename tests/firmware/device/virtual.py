"""Two hours in seconds: an event loop whose clock jumps, and a broker with a gateway inside it."""

import asyncio
import json
import random
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from firmware.device import packets
from firmware.device.board import Board

_EPOCH_MS = 1_800_000_000_000
_ACK_EVERY_S = 0.2
T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Waits by moving the clock on."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits and nothing is due: a deadlock"
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now_s


def run(main: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


async def until(true: Callable[[], bool]) -> None:
    """Look every 50 ms of virtual time."""
    while not true():  # noqa: ASYNC110 - nobody sets an event here
        await asyncio.sleep(0.05)


def now_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


class VirtualBoard(Board):
    """A board in virtual time, connected to ``broker``; what it says is kept."""

    def __init__(self, *, directory: str, broker: "VirtualBroker", seed: int = 1) -> None:
        super().__init__(name="fan-01", directory=directory)
        self._broker = broker
        self._random = random.Random(seed)
        self.clock_set = True
        self.said: list[str] = []

    def ticks_ms(self) -> int:
        return now_ms()

    def time_ms(self) -> int:
        return _EPOCH_MS + now_ms() if self.clock_set else 0

    def random_u32(self) -> int:
        return self._random.getrandbits(32)

    def dice(self) -> float:
        return self._random.random()

    def open_connection(self, host: str, port: int) -> Any:
        return self._broker.accept()

    def say(self, text: str) -> None:
        self.said.append(text)


class _Writer:
    """The device's sending half."""

    def __init__(self, session: "Session") -> None:
        self._session = session

    def write(self, data: bytes) -> None:
        if self._session.lost:
            raise OSError("the connection is gone")
        if not self._session.silent:
            self._session.underway.append(data)  # in order, whatever the loop's heap does
            asyncio.get_running_loop().call_later(0.001, self._session.arrive)

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        self._session.lose()

    async def wait_closed(self) -> None:
        return


class Session:
    """One connection as the broker sees it."""

    def __init__(self, broker: "VirtualBroker") -> None:
        self.broker = broker
        self.reader = asyncio.StreamReader()
        self.parser = packets.Parser(100_000)
        self.lost = False
        self.silent = False  # a black hole: nothing comes through, nobody says so
        self.unacknowledged: set[int] = set()
        self.underway: deque[bytes] = deque()

    def lose(self) -> None:
        if not self.lost:
            self.lost = True
            self.reader.feed_eof()

    def reply(self, data: bytes) -> None:
        if not self.lost and not self.silent:
            self.reader.feed_data(data)

    def arrive(self) -> None:
        data = self.underway.popleft()
        for kind, flags, body in [] if self.lost else self.parser.feed(data):
            self._handle(kind, flags, body)

    def _handle(self, kind: int, flags: int, body: bytes) -> None:
        if kind == 1:
            self.reply(b"\x20\x02\x00" + bytes((self.broker.refusal,)))
        elif kind == 8:
            self.reply(b"\x90\x05" + body[:2] + b"\x01\x01\x01")
        elif kind == 12 and self.broker.answers_pings:
            self.reply(b"\xd0\x00")
        elif kind == packets.PUBLISH:
            self._published(flags, body)

    def _published(self, flags: int, body: bytes) -> None:
        topic, payload, packet_id = packets.parse_publish(flags, body)
        assert packet_id not in self.unacknowledged, "this packet id is still in flight"
        self.unacknowledged.add(packet_id)
        self.broker.packet_ids.append(packet_id)
        self.broker.publish(topic, payload)
        if self.broker.acknowledges:
            asyncio.get_running_loop().call_later(0.002, self._puback, packet_id)

    def _puback(self, packet_id: int) -> None:
        self.unacknowledged.discard(packet_id)
        self.reply(packets.puback(packet_id))


class VirtualBroker:
    """Takes connections while ``up``; its gateway keeps books and acknowledges five times a second.

    ``loss`` is the share of messages that vanish between broker and gateway, PUBACKed all the same.
    """

    def __init__(self, *, loss: float = 0.0, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._loss = loss
        self.up = True
        self.gateway_up = True
        self.acknowledges = True
        self.answers_pings = True
        self.refusal = 0
        self.sessions: list[Session] = []
        self.packet_ids: list[int] = []
        self.messages: list[tuple[str, bytes]] = []  # all but telemetry
        self.stored: dict[tuple[str, int], dict[str, Any]] = {}
        self.watermark: dict[str, int] = {}
        self.gaps = 0
        self.on_publish: Callable[[str, bytes], None] = lambda _topic, _payload: None
        self._due: set[str] = set()

    async def accept(self) -> Any:
        await asyncio.sleep(0.005)
        if not self.up:
            raise OSError("connection refused")
        session = Session(self)
        self.sessions.append(session)
        return session.reader, _Writer(session)

    def cut(self) -> None:
        for session in self.sessions:
            session.lose()

    def publish(self, topic: str, payload: bytes) -> None:
        self.on_publish(topic, payload)
        if not topic.endswith("/telemetry"):
            self.messages.append((topic.rsplit("/", 1)[1], payload))
        elif self.gateway_up and self._random.random() >= self._loss:
            message = json.loads(payload)
            for item in message if isinstance(message, list) else [message]:
                self._store(item)

    def _store(self, item: dict[str, Any]) -> None:
        epoch = item["epoch"]
        seq = self.watermark.get(epoch, 0)
        if "oldest" in item:
            self.gaps += sum((epoch, s) not in self.stored for s in range(seq + 1, item["oldest"]))
            seq = max(seq, item["oldest"] - 1)
        else:
            assert self.stored.setdefault((epoch, item["seq"]), item) == item
        while (epoch, seq + 1) in self.stored:
            seq += 1
        self.watermark[epoch] = seq
        if not self._due:
            asyncio.get_running_loop().call_later(_ACK_EVERY_S, self._acknowledge)
        self._due.add(epoch)

    def _acknowledge(self) -> None:
        for epoch in self._due:
            self.send("ack", {"epoch": epoch, "seq": self.watermark[epoch]})
        self._due.clear()

    def send(self, kind: str, message: Any, *, raw: bytes | None = None) -> None:
        """Deliver to the device's last session, at QoS 1."""
        payload = raw if raw is not None else json.dumps(message).encode()
        topic = f"edgetwin/v1/workshop/fan-01/{kind}".encode()
        self.sessions[-1].reply(packets.publish(topic, payload, 9, retain=False))
