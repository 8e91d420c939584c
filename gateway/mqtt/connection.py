"""One connection to the broker: aiomqtt's client, and how a connection ends."""

import asyncio
import contextlib
import logging
import math
import mmap
import socket
import time
from collections.abc import Awaitable, Iterator
from typing import Any, Final

import aiomqtt
from aiomqtt import PublishPacket
from mqtt5 import PingReqPacket, PingRespPacket, read

from gateway.mqtt.inbox import Inbox
from gateway.mqtt.pulse import Pulse

log = logging.getLogger(__name__)

SILENCE_MS: Final = 20_000
# Of the keep alive of 15 s: a ping every 3 s, looks six times as often. A broker is still when it
# left two pings unanswered, long before its silence is that of boards, and given up after 22 s.
_PINGS: Final = 5
_LOOKS: Final = 6  # a ping
_STILL: Final = 2  # pings
_GONE: Final = 1.5  # keep alives, as long as a broker waits for us
_WINDOW: Final = 256 * 1024  # of the buffer, is all that is used as long as packets are small

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
        # One of its own choice it would put back to warnings, with trace backs: see hosting.logs.
        super().__init__(logger=logging.getLogger("aiomqtt"), **options)
        self._take_no_memory_yet()
        self.inbox = inbox
        self.pulse = Pulse(look_s=1.0, still_after_s=math.inf)  # until it is known how often to ask
        self._reads = 0  # how often something came
        self._pongs = 0
        self._posted: list[bytes] = []

    async def _receive(self) -> Any:
        """The next packet that is no publication; aiomqtt's loop asks for it, again and again."""
        while True:
            await self.inbox.until_room()
            self._begin_at_the_front()
            packet = await super()._receive()
            if type(packet) is PingRespPacket:  # nobody waits for it
                self._pongs += 1
                continue
            self._reads += 1
            if type(packet) is PublishPacket:
                self.inbox.add(packet)
                packet = self._drain()
            if packet is not None and type(packet) is not PingRespPacket:
                return packet

    def _take_no_memory_yet(self) -> None:
        """Of the buffer's 16 MiB only what is written to takes any; aiomqtt fills it with 0."""
        buffer: Any = self._buffer_in
        buffer.buffer = mmap.mmap(-1, len(buffer.buffer))
        buffer.view = memoryview(buffer.buffer)

    def _begin_at_the_front(self) -> None:
        """Not only at the buffer's end, as aiomqtt does: all of it would be written to in a day."""
        buffer = self._buffer_in
        if buffer.left == buffer.right:
            buffer.clear()
        elif buffer.left > _WINDOW:  # what is left is part of a packet, or one read of the socket
            rest = bytes(buffer.view[buffer.left : buffer.right])
            buffer.view[: len(rest)] = rest
            buffer.left, buffer.right = 0, len(rest)

    @property
    def reads(self) -> int:
        """How often something came, but for answers to pings."""
        return self._reads

    def post(self, packets: bytes) -> None:
        """Let ``packets`` leave, in one write with all else that is posted before it comes to it.

        A write costs as much processor time as what is in it: 25 us, measured.
        """
        if not self._posted:
            asyncio.get_running_loop().call_soon(self._write_posted)
        self._posted.append(packets)

    def _write_posted(self) -> None:
        posted, self._posted = self._posted, []
        if not self._writer.transport.is_closing():  # uvloop would raise RuntimeError
            self._writer.write(b"".join(posted))

    async def drain(self) -> None:
        """Wait while the peer takes nothing. Raises ConnectionError: it is gone."""
        await self._writer.drain()

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

    async def _pingreq_loop(self) -> None:
        """Ping all the time, and look whether anything comes.

        aiomqtt pings when nothing else was sent for a while: a broker that hangs is sent states and
        acknowledgements all the same, as its kernel takes them. Nobody waits until a ping has left:
        what cannot leave is a silence that has to be seen.

        Raises:
            TimeoutError: nothing came for so long that nobody is there.
        """
        look_s = self._keep_alive / _PINGS / _LOOKS
        self.pulse = Pulse(look_s=look_s, still_after_s=_STILL * self._keep_alive / _PINGS)
        while self.pulse.unheard_s < _GONE * self._keep_alive:
            self.post(PingReqPacket().write())
            for _ in range(_LOOKS):
                came = self._reads + self._pongs
                await asyncio.sleep(look_s)
                self._feel(heard=self._reads + self._pongs != came or self.inbox.is_full)
        raise TimeoutError

    def _feel(self, *, heard: bool) -> None:
        if self.pulse.look(heard=heard, now_ms=time.time_ns() // 1_000_000):
            if heard:
                log.info("broker: it answers again")
            else:
                log.warning("broker: it does not answer, though the connection stands")


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
    """Close the socket, which aiomqtt leaves open where a connection failed or broke.

    And let go of its 16 MiB of buffer: a client is part of a cycle, which the collector finds late,
    and while there is no broker another one is made for each attempt.
    """
    buffer = client._buffer_in  # noqa: SLF001
    buffer.buffer = bytearray()
    buffer.view = memoryview(buffer.buffer)
    buffer.clear()
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
