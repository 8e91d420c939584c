"""One MQTT 3.1.1 connection: payloads out at QoS 1, messages and acknowledgements in.

Every wait ends: connecting after a time limit, the rest by ``check``, which is called twice a
second and gives up a connection on which nothing is heard, or on which the broker acknowledges
nothing. A connection is used once; who wants another makes another.
"""

import asyncio

from firmware.device import packets

_CONNECT_S = 10
_ACKNOWLEDGE_MS = 15000
_CHUNK = 4096


class Client:
    """A connection to the broker.

    ``on_message(topic, payload)`` and ``on_puback(packet_id)`` are called for what arrives; they
    must not block or raise.
    """

    def __init__(
        self,
        *,
        board,
        host: str,
        port: int,
        hello: bytes,
        keepalive_s: int,
        on_message,
        on_puback,
        last_packet_id: int = 0,
        max_inbound_bytes: int = 20480,
    ):
        self._board = board
        self._host = host
        self._port = port
        self._hello = hello
        self._keepalive_ms = keepalive_s * 1000
        self._on_message = on_message
        self._on_puback = on_puback
        self._parser = packets.Parser(max_inbound_bytes)
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._unacknowledged: dict[int, int] = {}  # packet id -> when it was sent
        self._heard_ms = 0
        self._said_ms = 0
        self._asked = False  # a PINGREQ is out
        self.last_packet_id = last_packet_id
        self.closed = asyncio.Event()
        self.reason = ""

    @property
    def in_flight(self) -> int:
        return len(self._unacknowledged)

    # ------------------------------------------------------------- life

    async def connect(self) -> None:
        """Open the connection and wait for the broker's consent.

        Raises:
            OSError: nobody answers in time, or the broker refuses; the text says which.
        """
        try:
            reader, self._writer = await asyncio.wait_for(
                self._board.open_connection(self._host, self._port), _CONNECT_S
            )
            self._write(self._hello)
            await asyncio.wait_for(self.drain(), _CONNECT_S)
            rest = await asyncio.wait_for(self._consent(reader), _CONNECT_S)
        except asyncio.TimeoutError:
            raise OSError("no answer within %d s" % _CONNECT_S) from None
        except ValueError as error:  # so MicroPython says that it does not trust a certificate
            raise OSError("TLS: " + str(error)) from None
        self._heard_ms = self._board.ticks_ms()
        self._reading = asyncio.create_task(self._read(reader, rest))

    async def _consent(self, reader) -> list[tuple[int, int, bytes]]:
        """Read the CONNACK; returns the packets that came with it."""
        while True:
            data = await reader.read(_CHUNK)
            if not data:
                raise OSError("the broker closed the connection")
            arrived = self._parser.feed(data)
            if arrived:
                kind, _flags, body = arrived.pop(0)
                if kind != packets.CONNACK:
                    raise packets.MalformedPacket("the broker answered with something else")
                packets.check_connack(body)
                return arrived

    async def _read(self, reader, arrived: list[tuple[int, int, bytes]]) -> None:
        try:
            while True:
                for kind, flags, body in arrived:
                    self._handle(kind, flags, body)
                data = await reader.read(_CHUNK)
                if not data:
                    self.reason = self.reason or "the broker closed the connection"
                    return
                self._heard_ms = self._board.ticks_ms()
                arrived = self._parser.feed(data)
        except OSError as error:
            self.reason = self.reason or str(error)
        finally:
            self.closed.set()

    async def end(self) -> None:
        """Wait for ``closed``. Raises what ended the reading, if that was none of its errors."""
        await self.closed.wait()
        if self._reading is not None and self._reading.done():
            await self._reading

    def abort(self, reason: str) -> None:
        """Give the connection up: ``closed`` is set, and whoever waits for it calls ``close``.

        It is called from the reading task too, which MicroPython does not let cancel itself.
        """
        self.reason = self.reason or reason
        self.closed.set()

    async def close(self, *, politely: bool = False) -> None:
        """Free the socket; ``politely`` says goodbye first, so that the will is not published."""
        self.abort("closed")
        if self._reading is not None:
            self._reading.cancel()
        if politely:
            self._write(packets.BYE)
        writer, self._writer = self._writer, None
        if writer is not None:
            await self._board.close_connection(writer)

    # ------------------------------------------------------------- out

    def _write(self, data: bytes) -> None:
        self._said_ms = self._board.ticks_ms()
        try:
            if self._writer is not None:
                self._writer.write(data)
        except OSError as error:
            self.abort(str(error))

    async def drain(self) -> None:
        """Wait until the socket takes more.

        Raises:
            OSError: the connection is lost.
        """
        if self._writer is not None:
            await self._writer.drain()

    def _next_id(self) -> int:
        """1 to 65535 and around again, never one that is still in flight (section 2.3.1)."""
        packet_id = self.last_packet_id
        while True:
            packet_id = packet_id % 65535 + 1
            if packet_id not in self._unacknowledged:
                self.last_packet_id = packet_id
                return packet_id

    def publish(self, topic: bytes, payload: bytes, *, retain: bool = False) -> int:
        """Send at QoS 1 and return the packet id that ``on_puback`` will be called with."""
        packet_id = self._next_id()
        self._unacknowledged[packet_id] = self._board.ticks_ms()
        self._write(packets.publish(topic, payload, packet_id, retain=retain))
        return packet_id

    def subscribe(self, topics: tuple[str, ...]) -> None:
        packet_id = self._next_id()
        self._unacknowledged[packet_id] = self._board.ticks_ms()
        self._write(packets.subscribe(packet_id, topics))

    # ------------------------------------------------------------- in

    def _handle(self, kind: int, flags: int, body: bytes) -> None:
        if kind == packets.PUBACK:
            packet_id = packets.packet_id_of(body)
            if self._unacknowledged.pop(packet_id, None) is not None:
                self._on_puback(packet_id)
        elif kind == packets.PUBLISH:
            topic, payload, packet_id = packets.parse_publish(flags, body)
            self._on_message(topic, payload)
            if packet_id:
                self._write(packets.puback(packet_id))
        elif kind == packets.PINGRESP:
            self._asked = False
        elif kind == packets.SUBACK:
            self._unacknowledged.pop(packets.packet_id_of(body), None)
            if 0x80 in body[2:]:
                raise OSError("the broker does not let this device subscribe")
        else:
            raise packets.MalformedPacket("the broker sent a packet of type %d" % kind)

    # ------------------------------------------------------------- watch

    def check(self, now_ms: int) -> None:
        """Ask the broker for a sign of life after half the keep-alive; give up after the whole."""
        silence_ms = now_ms - min(self._heard_ms, self._said_ms)
        if now_ms - self._heard_ms >= self._keepalive_ms:
            self.abort("nothing heard for %d s" % (self._keepalive_ms // 1000))
        elif silence_ms >= self._keepalive_ms // 2 and not self._asked:
            self._asked = True
            self._write(packets.PING)
        oldest_ms = min(self._unacknowledged.values()) if self._unacknowledged else now_ms
        if now_ms - oldest_ms >= _ACKNOWLEDGE_MS:
            self.abort("the broker acknowledges nothing")
