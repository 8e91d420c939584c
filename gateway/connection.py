"""One connection to the broker: aiomqtt's client, and how a connection ends."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Iterator
from typing import Any, Final

import aiomqtt
from aiomqtt import PublishPacket
from mqtt5 import PingReqPacket, PingRespPacket, read

from gateway.inbox import Inbox

SILENCE_MS: Final = 20_000
_LOOK_S: Final = 0.05

# How a connection ends. uvloop raises RuntimeError for writing to one that is closed already.
LOST: Final = (OSError, aiomqtt.ConnectError, aiomqtt.ProtocolError, RuntimeError)


class Client(aiomqtt.Client):
    """aiomqtt's client, whose publications go to an inbox, as many at once as have come.

    While the inbox is full nothing is read: what the broker sends waits in the socket, and in the
    broker. An answer to a ping waits there as well, so it is not what a broker is known to live by:
    anything that was read is, and a full inbox excuses its silence. A peer that takes nothing any
    more, pings included, is given up by the kernel (``bound_silence``).
    """

    def __init__(self, inbox: Inbox, **options: Any) -> None:
        # One of its own choice it would put back to warnings, with trace backs: see gateway.logs.
        super().__init__(logger=logging.getLogger("aiomqtt"), **options)
        self.inbox = inbox
        self._reads = 0  # how often something came

    async def _receive(self) -> Any:
        """The next packet that is no publication; aiomqtt's loop asks for it, again and again."""
        while True:
            await self.inbox.until_room()
            packet = await super()._receive()
            self._reads += 1
            if type(packet) is PublishPacket:
                self.inbox.add(packet)
                packet = self._drain()
            if packet is not None and not self._is_late_pong(packet):
                return packet

    @property
    def reads(self) -> int:
        """How often something came."""
        return self._reads

    def _drain(self) -> Any:
        """Take publications up to another packet, which is returned, or a part, which stays."""
        buffer, inbox = self._buffer_in, self.inbox
        with contextlib.suppress(IndexError, ValueError):
            while not inbox.is_full:
                packet, size = read(buffer.view[buffer.left : buffer.right])
                buffer.left += size
                if type(packet) is not PublishPacket:
                    return packet
                inbox.add(packet)
        return None

    def _is_late_pong(self, packet: Any) -> bool:
        """Whether nobody waits for this answer any more; aiomqtt would fail over it."""
        return type(packet) is PingRespPacket and self._pending_pingresp.done()

    async def _pingreq(self) -> Any:
        """Ping, and wait for a sign of life; aiomqtt's loop gives up after half a keep alive."""
        pong: asyncio.Future[Any] = asyncio.Future()
        self._pending_pingresp = pong
        reads = self._reads
        await self._send(PingReqPacket())
        waiting = (pong, self._disconnected)
        while not pong.done() and self._reads == reads and not self.inbox.is_full:
            await asyncio.wait(waiting, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            if self._disconnected.done():
                raise aiomqtt.ConnectError(self._endpoint)


async def answered(client: Client, request: Awaitable[object], *, within_s: float) -> None:
    """Wait for the answer to a request, behind whatever a resumed session has to deliver first.

    Raises:
        TimeoutError: for ``within_s`` nothing at all came, and there was room for it.
    """
    waiting = asyncio.ensure_future(request)
    try:
        while not waiting.done():
            reads = client.reads
            await asyncio.wait((waiting,), timeout=within_s)
            if not waiting.done() and client.reads == reads and not client.inbox.is_full:
                raise TimeoutError
        waiting.result()
    finally:
        waiting.cancel()


@contextlib.contextmanager
def ungrouped() -> Iterator[None]:
    """Aiomqtt's own tasks fail as a group: raise the first of how a connection ends, if it is."""
    try:
        yield
    except BaseExceptionGroup as group:
        ends, others = group.split(LOST)
        if ends is None or others is not None:
            raise
        raise _first(ends) from group


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def bound_silence(client: aiomqtt.Client) -> None:
    """Let the kernel give up a peer that takes no data: aiomqtt would wait for it in ``drain``."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        client._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE_MS)  # noqa: SLF001


def release(client: aiomqtt.Client) -> None:
    """Close the socket, which aiomqtt leaves open where a connection failed or broke."""
    writer, sock = getattr(client, "_writer", None), getattr(client, "_socket", None)
    if writer is not None:
        writer.transport.abort()
    elif sock is not None:
        sock.close()


async def until_lost(client: aiomqtt.Client) -> None:
    """Return when the connection is gone, or when aiomqtt's own tasks have died of an error."""
    lost = asyncio.ensure_future(client.disconnected())
    try:
        await asyncio.wait((lost, client._tasks), return_when=asyncio.FIRST_COMPLETED)  # noqa: SLF001
    finally:
        lost.cancel()
