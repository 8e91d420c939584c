"""Where aiomqtt puts what arrives, until the pipeline takes it: one inbox a connection."""

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
    """Takes the place of aiomqtt's queue of waiting consumers, and is always waiting.

    aiomqtt hands a message over by ``_getters.popleft().set_result(message)`` when
    ``len(_getters) > 0``; this object is its own never-ending queue of futures.
    """

    def __init__(self, arrived: asyncio.Event) -> None:
        self.packets: deque[Inbound] = deque()
        self.dropped = 0
        self._arrived = arrived

    def __len__(self) -> int:
        return 1

    def popleft(self) -> "Inbox":
        return self

    def clear(self) -> None:
        """The connection is gone; what has arrived is still good."""

    def set_result(self, packet: Inbound) -> None:
        if packet.packet_id is None and len(self.packets) >= LIMIT:
            self.dropped += 1
            return
        self.packets.append(packet)
        self._arrived.set()
