"""Where the broker's client puts what arrives, until the pipeline takes it: one a connection."""

import asyncio
from collections import deque
from typing import Final, Protocol

# Two bounds on memory. Above them QoS 0 is dropped and counted, as nobody could hold it back;
# for QoS 1 reading from the socket stops, so that the rest waits in the broker. `receive_max`
# alone does not see to that: Mosquitto 2.0.11 sends more while acknowledgements come.
MAX_MESSAGES: Final = 5_000
MAX_BYTES: Final = 24 * 1024 * 1024


class Inbound(Protocol):
    """What the pipeline reads of a received message."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> bytes | None: ...
    @property
    def retain(self) -> bool: ...
    @property
    def packet_id(self) -> int | None: ...


class Inbox:
    """The publications of one connection that nobody has taken yet, in order of receipt."""

    __slots__ = ("_arrived", "_bytes", "_held", "_room", "dropped", "packets")

    def __init__(self, arrived: asyncio.Event) -> None:
        self.packets: deque[Inbound] = deque()
        self.dropped = 0  # QoS 0 that came while it was full
        self._held = 0  # of the packets, those that must be acknowledged
        self._bytes = 0
        self._arrived = arrived
        self._room = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether reading must wait. QoS 0 alone cannot bring this about."""
        return self._held >= MAX_MESSAGES or self._bytes >= MAX_BYTES

    def add(self, packet: Inbound) -> None:
        size = len(packet.payload or b"")
        if packet.packet_id is not None:
            self._held += 1
        elif len(self.packets) >= MAX_MESSAGES or self._bytes + size > MAX_BYTES // 2:
            self.dropped += 1
            return
        self._bytes += size
        self.packets.append(packet)
        self._arrived.set()

    def take(self, limit: int) -> list[Inbound]:
        """The oldest packets, at most ``limit``."""
        packets = self.packets
        taken = [packets.popleft() for _ in range(min(limit, len(packets)))]
        self._held -= sum(packet.packet_id is not None for packet in taken)
        self._bytes -= sum(len(packet.payload or b"") for packet in taken)
        self._room.set()
        return taken

    async def until_room(self) -> None:
        """Return when something has been taken and it is full no more."""
        while self.is_full:
            self._room.clear()
            await self._room.wait()
