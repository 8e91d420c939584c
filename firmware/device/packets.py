"""MQTT 3.1.1 packets: bytes from the broker in, packets out, and the other way round. No I/O.

Sections named here are those of the OASIS standard, version 3.1.1.
"""

CONNACK = 2
PUBLISH = 3
PUBACK = 4
SUBACK = 9
PINGRESP = 13

PING = b"\xc0\x00"
BYE = b"\xe0\x00"

_MAX_LENGTH_BYTES = 4  # section 2.2.3
_REFUSALS = {  # section 3.2.2.3
    1: "it does not speak MQTT 3.1.1",
    2: "it does not accept this client id",
    3: "it is not available",
    4: "user name or password is wrong",
    5: "this client is not authorised",
}


class MalformedPacket(OSError):
    """The peer broke the protocol, or sent more than this board takes: close the connection."""


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, digit = size >> 7, size & 127
        out.append(digit | 128 if size else digit)
        if not size:
            return bytes(out)


def _short(value: int) -> bytes:
    return bytes((value >> 8, value & 255))


def _field(data: bytes) -> bytes:
    return _short(len(data)) + data


def connect(
    *,
    client_id: str,
    keepalive_s: int,
    username: str,
    password: str,
    will_topic: str,
    will_payload: bytes,
) -> bytes:
    """CONNECT with a clean session and a retained QoS 1 will (section 3.1)."""
    flags = 0x02 | 0x04 | 0x08 | 0x20
    body = _field(client_id.encode()) + _field(will_topic.encode()) + _field(will_payload)
    if username:
        flags |= 0x80
        body += _field(username.encode())
        if password:
            flags |= 0x40
            body += _field(password.encode())
    head = b"\x00\x04MQTT\x04" + bytes((flags,)) + _short(keepalive_s)
    return b"\x10" + _length(len(head) + len(body)) + head + body


def subscribe(packet_id: int, topics: tuple[str, ...]) -> bytes:
    """SUBSCRIBE to ``topics`` at QoS 1."""
    body = _short(packet_id) + b"".join(_field(topic.encode()) + b"\x01" for topic in topics)
    return b"\x82" + _length(len(body)) + body


def publish(topic: bytes, payload: bytes, packet_id: int, *, retain: bool) -> bytes:
    """PUBLISH at QoS 1."""
    head = b"\x33" if retain else b"\x32"
    size = _length(4 + len(topic) + len(payload))
    return head + size + _field(topic) + _short(packet_id) + payload


def puback(packet_id: int) -> bytes:
    return b"\x40\x02" + _short(packet_id)


def packet_id_of(body: bytes) -> int:
    """The packet id of a PUBACK or SUBACK."""
    if len(body) < 2:
        raise MalformedPacket("the broker sent an acknowledgement without a packet id")
    return body[0] << 8 | body[1]


def check_connack(body: bytes) -> None:
    """Return if the broker accepted the connection.

    Raises:
        OSError: it refused; the text says why.
    """
    if len(body) != 2:
        raise MalformedPacket("the broker sent a malformed CONNACK")
    if body[1]:
        raise OSError("the broker refused: " + _REFUSALS.get(body[1], "code %d" % body[1]))


def parse_publish(flags: int, body: bytes) -> tuple[str, bytes, int]:
    """Cut a PUBLISH into topic, payload and packet id (0 at QoS 0).

    Raises:
        MalformedPacket: it is not as section 3.3 has it, or at a QoS nobody subscribed with.
    """
    qos = flags >> 1 & 3
    start = 2 + (body[0] << 8 | body[1]) if len(body) > 2 else 0
    end = start + 2 if qos else start
    if qos > 1 or start <= 2 or end > len(body):
        raise MalformedPacket("the broker sent a malformed PUBLISH")
    packet_id = body[start] << 8 | body[start + 1] if qos else 0
    if qos and not packet_id:
        raise MalformedPacket("the broker sent a PUBLISH with packet id 0")
    try:
        topic = str(body[2:start], "utf-8")
    except UnicodeError:
        raise MalformedPacket("the broker sent a topic that is not UTF-8") from None
    return topic, bytes(body[end:]), packet_id


class Parser:
    """Cuts the byte stream of a connection into packets, however it arrives."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = b""

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """The packets that ``data`` completes, each as type, flags and body.

        Raises:
            MalformedPacket: a length beyond what the standard or this board allows.
        """
        buffer = self._buffer + data if self._buffer else data
        packets = []
        at = 0
        while True:
            size, start = self._measure(buffer, at)
            end = start + size
            if start == 0 or end > len(buffer):
                break
            packets.append((buffer[at] >> 4, buffer[at] & 15, buffer[start:end]))
            at = end
        self._buffer = buffer[at:]
        return packets

    def _measure(self, buffer: bytes, at: int) -> tuple[int, int]:
        """Size of the packet body at ``at`` and where it starts; start 0: not known yet."""
        size = 0
        for index in range(_MAX_LENGTH_BYTES):
            here = at + 1 + index
            if here >= len(buffer):
                return 0, 0
            size |= (buffer[here] & 127) << (7 * index)
            if buffer[here] < 128:
                if size > self._max_bytes:
                    raise MalformedPacket("the broker sent a packet of %d bytes" % size)
                return size, here + 1
        raise MalformedPacket("the broker sent a packet of impossible length")
