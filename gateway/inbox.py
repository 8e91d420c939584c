"""Where the broker's client puts what arrives, until the pipeline takes it: one a connection."""

import asyncio
from collections import deque
from typing import Final, Protocol

LIMIT: Final = 20_000  # QoS 0 beyond this is dropped and counted; QoS 1 is held by receive_max


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

    def __init__(self, arrived: asyncio.Event) -> None:
        self.packets: deque[Inbound] = deque()
        self.dropped = 0
        self._arrived = arrived

    def add(self, packet: Inbound) -> None:
        if packet.packet_id is None and len(self.packets) >= LIMIT:
            self.dropped += 1
            return
        self.packets.append(packet)
        self._arrived.set()
