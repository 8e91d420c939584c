"""One connection to the broker: aiomqtt's client, and how a connection ends."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

import aiomqtt
from aiomqtt import PublishPacket
from mqtt5 import read

from gateway.inbox import Inbox

SILENCE_MS: Final = 20_000

# How a connection ends. uvloop raises RuntimeError for writing to one that is closed already.
LOST: Final = (OSError, aiomqtt.ConnectError, aiomqtt.ProtocolError, RuntimeError)


class Client(aiomqtt.Client):
    """aiomqtt's client, whose publications go to an inbox, as many at once as have come."""

    def __init__(self, inbox: Inbox, **options: Any) -> None:
        super().__init__(**options)
        self.inbox = inbox

    async def _receive(self) -> Any:
        """The next packet that is no publication; aiomqtt's loop asks for it, again and again."""
        while True:
            packet = await super()._receive()
            if type(packet) is PublishPacket:
                self.inbox.add(packet)
                packet = self._drain()
            if packet is not None:
                return packet

    def _drain(self) -> Any:
        """Take publications up to another packet, which is returned, or a part, which stays."""
        buffer, add = self._buffer_in, self.inbox.add
        with contextlib.suppress(IndexError, ValueError):
            while True:
                packet, size = read(buffer.view[buffer.left : buffer.right])
                buffer.left += size
                if type(packet) is not PublishPacket:
                    return packet
                add(packet)
        return None


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
