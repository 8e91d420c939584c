"""What a connection reads into: no more of it is touched than what came at once needs."""

import asyncio
from typing import Any

from mqtt5 import PubAckPacket, PublishPacket, QoS

from gateway.mqtt.connection import Client
from gateway.mqtt.inbox import Inbox

COUNT = 4_000
PAYLOADS = [f"{number:05d}".encode() * (190 + number % 40) for number in range(COUNT)]  # 1 KB each


def read(payloads: list[bytes]) -> tuple[Any, Client]:
    """What is left of the stream behind the last publication, and who has read it."""

    async def story() -> tuple[Any, Client]:
        client = Client(Inbox(asyncio.Event()), hostname="127.0.0.1", port=1)
        client._reader = asyncio.StreamReader()
        for number, payload in enumerate(payloads, start=1):
            packet = PublishPacket("t", payload=payload, qos=QoS.AT_LEAST_ONCE, packet_id=number)
            client._reader.feed_data(packet.write())
        client._reader.feed_data(PubAckPacket(7).write())
        return await client._receive(), client

    return asyncio.run(story())


def test_megabytes_that_are_read_touch_the_front_of_the_buffer_alone() -> None:
    behind, client = read(PAYLOADS)
    assert behind.packet_id == 7
    assert [packet.payload for packet in client.inbox.packets] == PAYLOADS
    assert not client._buffer_in.buffer[2**20 :].strip(b"\0")
    assert sum(map(len, PAYLOADS)) > 3 * 2**20
