"""The MQTT broker behind aiomqtt 3: batches in, acknowledgements and publications out.

Only this file and ``connection`` import aiomqtt (an alpha, pinned). What it takes care of:

* a new client for each connection, so that an acknowledgement can never reach a connection other
  than the one its message came from (packet ids are reused; a stale one may name another message);
* aiomqtt runs a coroutine for each packet (2 us) and drops a QoS 0 message when no consumer waits
  at that instant; an inbox takes all that has come, so `mosquitto_pub` is heard in bursts too;
* PUBACKs and QoS 0 publications of a batch leave in one write instead of one each.
"""

import asyncio
import contextlib
import logging
import random
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Literal, NamedTuple

import aiomqtt
import msgspec
from aiomqtt import PublishPacket, QoS, RetainHandling

from contract import topics
from contract.errors import Unavailable, reason
from contract.messages import DependencyStatus
from gateway.mqtt.connection import (
    LOST,
    Client,
    answered,
    bound_silence,
    release,
    ungrouped,
    until_lost,
)
from gateway.mqtt.inbox import MAX_MESSAGES, Inbound, Inbox

log = logging.getLogger(__name__)

SESSION_EXPIRY_S: Final = 7 * 24 * 3600
# Two batches of the pipeline: one arrives while the other is committed.
RECEIVE_MAX: Final = 2_000
BACKLOG: Final = 500  # messages in a batch, or waiting for the next: they have been queued
KEEP_ALIVE_S: Final = 15
CONNECT_TIMEOUT_S: Final = 10.0
PUBLISH_TIMEOUT_S: Final = 5.0
MAX_BACKOFF_S: Final = 5.0

# "Success", with neither reason code nor properties: MQTT 5, 3.4.2.1.
_PUBACK: Final = struct.Struct(">BBH")


class Outbound(NamedTuple):
    topic: str
    payload: bytes
    retain: bool = False


class Batch(NamedTuple):
    """Messages in order of receipt, all from one connection."""

    messages: list[Inbound]
    connection: Any


class Broker:
    """One MQTT 5 session of the gateway, kept over reconnects and restarts for 7 days."""

    def __init__(
        self, *, host: str, port: int, client_id: str, site: str, username: str, password: str
    ) -> None:
        self._options: dict[str, Any] = {
            "hostname": host,
            "port": port,
            "identifier": client_id,
            "username": username or None,
            "password": password.encode() if password else None,
            "clean_start": False,
            "session_expiry_interval": SESSION_EXPIRY_S,
            "receive_max": RECEIVE_MAX,
            "keep_alive": KEEP_ALIVE_S,
        }
        self._site = site
        self._arrived = asyncio.Event()
        self._inboxes: deque[Inbox] = deque()
        self._dropped_before = 0  # by connections that are gone
        self._client: Client | None = None
        self._status = DependencyStatus(status="down", detail="not connected yet", since_ms=_now())

    @property
    def address(self) -> str:
        return f"{self._options['hostname']}:{self._options['port']}"

    def status(self) -> DependencyStatus:
        known, dropped = self._known(), self.dropped
        if not dropped:
            return known
        detail = f"{known.detail}; {dropped} messages of QoS 0 were dropped: too many at once"
        return msgspec.structs.replace(known, detail=detail)

    def _known(self) -> DependencyStatus:
        """What is known of the connection; one over which nothing comes is none by now."""
        known, client = self._status, self._client
        if client is None or known.status != "ok" or not client.pulse.since_ms:
            return known
        pulse = client.pulse
        if not pulse.is_still:
            return msgspec.structs.replace(known, since_ms=pulse.since_ms)
        detail = f"{known.detail}, but it has not answered for {pulse.unheard_s:.0f} s"
        return DependencyStatus(status="down", detail=detail, since_ms=pulse.since_ms)

    @property
    def unheard_s(self) -> float:
        """For how long nothing came over the connection, not even an answer to a ping."""
        return self._client.pulse.unheard_s if self._client is not None else 0.0

    @property
    def dropped(self) -> int:
        """QoS 0 messages that came faster than they could be taken, since the start."""
        return self._dropped_before + sum(inbox.dropped for inbox in self._inboxes)

    @property
    def waiting(self) -> int:
        """Messages received and not yet taken."""
        return sum(len(inbox.packets) for inbox in self._inboxes)

    @property
    def has_backlog(self) -> bool:
        """Whether so many wait that they have been queued."""
        return self.waiting >= BACKLOG

    # ------------------------------------------------------------------ the connection

    async def run(self, on_connected: Callable[[], Awaitable[None]]) -> None:
        """Connect, subscribe and stay connected, for ever; back off with jitter in between."""
        attempt = 0
        while True:
            try:
                with ungrouped():
                    async with self._connection() as client:
                        attempt = 0
                        await on_connected()
                        await until_lost(client)
                self._note("down", f"The broker at {self.address} closed the connection.")
            except aiomqtt.NegativeAckError as error:
                self._note("down", f"The broker at {self.address} refused the gateway: {error}")
            except TimeoutError:
                self._note("down", f"The broker at {self.address} did not answer in time.")
            except LOST as error:
                self._note("down", f"No broker answers at {self.address}: {error}")
            await asyncio.sleep(random.uniform(0.1, min(MAX_BACKOFF_S, 0.5 * 1.5**attempt)))  # noqa: S311
            attempt = min(attempt + 1, 10)

    @contextlib.asynccontextmanager
    async def _connection(self) -> Any:
        inbox = Inbox(self._arrived)
        client = Client(inbox, **self._options)
        self._make_room()
        self._inboxes.append(inbox)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(release, client)
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await stack.enter_async_context(client)
            bound_silence(client)
            # Before subscribing: a resumed session delivers at once, and what is not acknowledged
            # then would fill `receive_max` for good.
            self._client = client
            try:
                await self._subscribe(client)
                self._note("ok", f"connected to {self.address}")
                yield client
            finally:
                self._client = None

    async def _subscribe(self, client: Client) -> None:
        for kind in topics.FROM_DEVICE:
            # A retained reading is never news: whoever plants one must not be counted at each
            # restart. (One published live with the flag arrives all the same, and is refused.)
            # Of all else the flag tells what the broker has kept from what is said just now.
            never = kind == topics.TELEMETRY
            await answered(
                client,
                client.subscribe(
                    topics.subscription(site=self._site, kind=kind),
                    max_qos=QoS.AT_LEAST_ONCE,
                    retain_as_published=never,
                    retain_handling=(
                        RetainHandling.SEND_NEVER if never else RetainHandling.SEND_ALWAYS
                    ),
                ),
                within_s=PUBLISH_TIMEOUT_S,
            )

    def _note(self, status: Literal["ok", "down"], detail: str) -> None:
        known = self._status
        if (status, detail) != (known.status, known.detail):
            log.log(logging.INFO if status == "ok" else logging.WARNING, "broker: %s", detail)
            since_ms = known.since_ms if status == known.status else _now()
            self._status = DependencyStatus(status=status, detail=detail, since_ms=since_ms)

    # ------------------------------------------------------------------ in

    async def receive(self, limit: int) -> Batch:
        """Wait for a message, then give it with all that has arrived by now, at most ``limit``."""
        while True:
            for inbox in self._inboxes:
                if inbox.packets:
                    return Batch(inbox.take(limit), inbox)
            self._forget_old_inboxes()
            self._arrived.clear()
            await self._arrived.wait()

    def _make_room(self) -> None:
        """While nothing can be stored, connections may come and go: do not hoard what each brought.

        The broker, or the device, sends it again; what is QoS 0 is gone, and counted.
        """
        if self.waiting >= MAX_MESSAGES or any(inbox.is_full for inbox in self._inboxes):
            for inbox in self._inboxes:
                inbox.dropped += sum(packet.packet_id is None for packet in inbox.packets)
                self._forget(inbox)
            self._inboxes.clear()

    def _forget_old_inboxes(self) -> None:
        while len(self._inboxes) > 1:
            self._forget(self._inboxes.popleft())

    def _forget(self, inbox: Inbox) -> None:
        self._dropped_before += inbox.dropped

    def is_current(self, batch: Batch) -> bool:
        """Whether the connection that brought ``batch`` still stands."""
        client = self._client
        return client is not None and client.inbox is batch.connection

    async def acknowledge(self, batch: Batch) -> None:
        """PUBACK in order of receipt; nothing at all when the connection is another by now."""
        if not self.is_current(batch):
            return
        ids = [id_ for packet in batch.messages if (id_ := packet.packet_id)]
        await self._write(b"".join([_PUBACK.pack(0x40, 2, id_) for id_ in ids]))

    # ------------------------------------------------------------------ out

    async def post(self, messages: Iterable[Outbound]) -> None:
        """Publish with QoS 0; without a connection they are dropped (each is told again later)."""
        packets = (
            PublishPacket(topic=m.topic, payload=m.payload, qos=QoS.AT_MOST_ONCE, retain=m.retain)
            for m in messages
        )
        await self._write(b"".join(packet.write() for packet in packets))

    async def _write(self, data: bytes) -> None:
        client = self._client
        if client is None or not data:
            return
        client.post(data)
        with contextlib.suppress(ConnectionError):  # `run` notices, and connects again
            await client.drain()

    async def publish(self, message: Outbound) -> None:
        """Publish with QoS 1 and wait for the PUBACK.

        Raises:
            Unavailable: no broker took it within 5 s.
        """
        client = self._client
        if client is None:
            raise Unavailable(f"No broker answers at {self.address}.")
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await client.publish(
                    message.topic, message.payload, retain=message.retain,
                    qos=QoS.AT_LEAST_ONCE, packet_id=next(client.packet_ids),
                )  # fmt: skip
        except (*LOST, TimeoutError, aiomqtt.NegativeAckError) as error:
            raise Unavailable(
                f"The broker at {self.address} did not take it: {reason(error)}"
            ) from error


def _now() -> int:
    return time.time_ns() // 1_000_000
