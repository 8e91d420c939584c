"""The board's MQTT client against the real Mosquitto."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from firmware.device import packets
from firmware.device.board import Board
from firmware.device.mqtt import Client
from tests.mosquitto import HOST, Mosquitto

pytestmark = pytest.mark.broker


class Talk:
    """A client and what it was told."""

    def __init__(self, port: int, directory: Path, **options: int) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.pubacks: list[int] = []
        name = "fan-01"
        self.client = Client(
            board=Board(name=name, directory=str(directory)),
            host=HOST,
            port=port,
            hello=packets.connect(
                client_id=name,
                keepalive_s=15,
                username="fan-01",
                password="secret",
                will_topic=f"edgetwin/v1/workshop/{name}/status",
                will_payload=b"offline",
            ),
            keepalive_s=15,
            on_message=lambda topic, payload: self.messages.append((topic, payload)),
            on_puback=self.pubacks.append,
            **options,
        )

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(120):
            while not true():  # noqa: ASYNC110 - callbacks set no event
                await asyncio.sleep(0.01)


def talk(
    scenario: Callable[[Talk], Awaitable[None]], broker: Mosquitto, tmp_path: Path, **options: int
) -> None:
    async def main() -> None:
        talking = Talk(broker.port, tmp_path, **options)
        await talking.client.connect()
        try:
            await scenario(talking)
        finally:
            await talking.client.close(politely=True)

    asyncio.run(main())


def test_what_is_published_at_qos_1_comes_back(broker: Mosquitto, tmp_path: Path) -> None:
    async def echo(talking: Talk) -> None:
        talking.client.subscribe(("a/#", "b/+"))
        for number in range(20):
            talking.client.publish(b"a/b/c", b"%d" % number)
        talking.client.publish("b/grün".encode(), b"\x00\xff" * 5000)
        await talking.until(lambda: len(talking.messages) == 21)
        assert [body for topic, body in talking.messages if topic == "a/b/c"] == [
            b"%d" % number for number in range(20)
        ]
        assert ("b/grün", b"\x00\xff" * 5000) in talking.messages
        await talking.until(lambda: talking.client.in_flight == 0)
        assert sorted(talking.pubacks) == list(range(2, 23))

    talk(echo, broker, tmp_path)


def test_packet_ids_wrap_past_65535_with_the_real_broker(broker: Mosquitto, tmp_path: Path) -> None:
    async def wrap(talking: Talk) -> None:
        for number in range(300):
            talking.client.publish(b"x", b"%d" % number)
            if number % 10 == 9:
                await talking.until(lambda: talking.client.in_flight == 0)
        assert sorted(talking.pubacks) == [*range(1, 200), *range(65_435, 65_536)]
        assert not talking.client.closed.is_set()

    talk(wrap, broker, tmp_path, last_packet_id=65_434)


def test_an_id_in_flight_is_passed_over(broker: Mosquitto, tmp_path: Path) -> None:
    async def busy(talking: Talk) -> None:
        talking.client._unacknowledged = dict.fromkeys((1, 2, 65_535), 10**12)
        assert talking.client.publish(b"x", b"") == 3
        await talking.until(lambda: talking.pubacks == [3])

    talk(busy, broker, tmp_path, last_packet_id=65_534)


def test_a_message_beyond_the_limit_closes_the_connection(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async def flood(talking: Talk) -> None:
        talking.client.subscribe(("big",))
        talking.client.publish(b"big", b"x" * 2000)
        await asyncio.wait_for(talking.client.closed.wait(), 120)
        assert "a packet of 2" in talking.client.reason

    talk(flood, broker, tmp_path, max_inbound_bytes=1000)


def test_the_death_of_the_broker_closes_the_connection(broker: Mosquitto, tmp_path: Path) -> None:
    async def dies(talking: Talk) -> None:
        broker.kill()
        await asyncio.wait_for(talking.client.closed.wait(), 120)
        assert talking.client.reason

    talk(dies, broker, tmp_path)


def test_a_second_session_of_one_name_ends_the_first(broker: Mosquitto, tmp_path: Path) -> None:
    async def taken_over(talking: Talk) -> None:
        second = Talk(broker.port, tmp_path)
        await second.client.connect()
        await asyncio.wait_for(talking.client.closed.wait(), 120)
        await second.client.close(politely=True)

    talk(taken_over, broker, tmp_path)


@pytest.mark.parametrize(("password", "welcome"), [("secret", True), ("guess", False)])
def test_the_broker_is_told_user_and_password(
    tmp_path: Path, password: str, *, welcome: bool
) -> None:
    broker = Mosquitto(tmp_path / "mosquitto", users={"fan-01": password})
    broker.start()

    async def main() -> None:
        talking = Talk(broker.port, tmp_path)
        try:
            if welcome:
                await talking.client.connect()
            else:
                with pytest.raises(OSError, match=r"refused: .*(authorised|password)"):
                    await talking.client.connect()
        finally:
            await talking.client.close()

    try:
        asyncio.run(main())
    finally:
        broker.kill()


def test_nobody_there_is_an_oserror(tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(OSError, match="Connect call failed"):
            await Talk(Mosquitto(tmp_path / "mosquitto").port, tmp_path).client.connect()

    asyncio.run(main())
