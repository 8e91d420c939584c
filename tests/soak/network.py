"""The broker between boards and gateway, without sockets: a session, retained messages, deaths."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Protocol

from contract import topics
from contract.errors import Unavailable
from contract.messages import DependencyStatus
from gateway.mqtt.broker import Batch, Broker, Outbound
from gateway.mqtt.inbox import Inbound

SITE = "workshop"
KEPT = (topics.BIRTH, topics.STATUS)


class Message(NamedTuple):
    topic: str
    payload: bytes | None
    retain: bool = False
    packet_id: int | None = 1


class Hearer(Protocol):
    """Who is told of a message of the gateway's."""

    def __call__(self, topic: str, payload: bytes) -> None: ...


class Network:
    """One broker. The gateway's session outlives its connections, and most deaths."""

    def __init__(self, hearer: Hearer) -> None:
        self.is_up = True
        self.hearer = hearer
        self.session: deque[Message] = deque()  # of the gateway: what it has not acknowledged
        self.retained: dict[str, bytes] = {}
        self.link: Link | None = None

    def publish(self, device: str, kind: str, payload: bytes) -> bool:
        """From a board, QoS 1; whether the broker took it."""
        if not self.is_up:
            return False
        topic = topics.build(site=SITE, device=device, kind=kind)
        if kind in KEPT:
            self.retained[topic] = payload
        self.session.append(Message(topic, payload))
        if self.link is not None:
            self.link.arrived.set()
        return True

    def die(self, *, forgets: bool) -> None:
        self.is_up = False
        if forgets:
            self.session.clear()
        self.cut()

    def come_back(self) -> None:
        self.is_up = True

    def cut(self) -> None:
        """Cut the gateway's connection."""
        if self.link is not None:
            self.link.lost.set()
            self.link = None


class Link:
    """One connection of the gateway's."""

    def __init__(self, network: Network) -> None:
        self.arrived = asyncio.Event()
        self.lost = asyncio.Event()
        self.greeting = deque(
            Message(topic, payload, retain=True) for topic, payload in network.retained.items()
        )
        self.taken = 0  # of the session, on this connection, and not acknowledged


class VirtualBroker(Broker):
    """The gateway's side of the network."""

    def __init__(self, network: Network) -> None:
        super().__init__(
            host="127.0.0.1", port=1, client_id="soak", site=SITE, username="", password=""
        )
        self._network = network
        self._link: Link | None = None
        self._new = asyncio.Event()
        self.holds = False  # deliver nothing

    @property
    def _live(self) -> Link | None:
        link = self._link
        return link if link is not None and link is self._network.link else None

    def status(self) -> DependencyStatus:
        word = "ok" if self._live is not None else "down"
        return DependencyStatus("ok" if word == "ok" else "down", word, 0)

    @property
    def waiting(self) -> int:
        link = self._live
        if link is None:
            return 0
        return len(link.greeting) + len(self._network.session) - link.taken

    async def run(self, on_connected: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(0.7)
            if self._network.is_up:
                link = self._link = self._network.link = Link(self._network)
                link.arrived.set()
                self._new.set()
                await on_connected()
                await link.lost.wait()

    async def receive(self, limit: int) -> Batch:
        while True:
            link = self._live
            if link is None:
                self._new.clear()
                await self._new.wait()
                continue
            if self.waiting:
                return Batch(self._take(link, limit), link)
            link.arrived.clear()
            waits = [asyncio.ensure_future(each.wait()) for each in (link.arrived, link.lost)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    def _take(self, link: Link, limit: int) -> list[Inbound]:
        taken: list[Inbound] = []
        while link.greeting and len(taken) < limit:
            taken.append(link.greeting.popleft())
        session = self._network.session
        more = min(limit - len(taken), len(session) - link.taken)
        taken += [session[at] for at in range(link.taken, link.taken + more)]
        link.taken += more
        return taken

    def is_current(self, batch: Batch) -> bool:
        return self._live is not None and batch.connection is self._live

    async def acknowledge(self, batch: Batch) -> None:
        if not self.is_current(batch):
            return
        link = batch.connection
        for message in batch.messages:
            if not message.retain:
                self._network.session.popleft()
                link.taken -= 1

    async def post(self, messages: Iterable[Outbound]) -> None:
        if self._live is not None:
            for message in messages:
                self._network.hearer(message.topic, message.payload)

    async def publish(self, message: Outbound) -> None:
        if self._live is None:
            raise Unavailable("The broker is away.")
        self._network.hearer(message.topic, message.payload)
