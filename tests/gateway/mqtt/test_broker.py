"""The session with a real Mosquitto: what is heard, what comes again, what a loss does."""

import asyncio
import contextlib
import json
import signal
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import paho.mqtt.client as paho
import pytest
import uvloop
from paho.mqtt.enums import CallbackAPIVersion

from contract.errors import Unavailable
from gateway.mqtt.broker import Batch, Broker, Outbound
from gateway.mqtt.connection import ungrouped
from tests.gateway.rig import SITE
from tests.mosquitto import HOST, Mosquitto, free_port

pytestmark = pytest.mark.broker

WITHIN_S = 60.0


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mqtt.broker.PUBLISH_TIMEOUT_S", WITHIN_S)


def topic(kind: str, device: str = "fan-01") -> str:
    return f"edgetwin/v1/{SITE}/{device}/{kind}"


def gateway_at(port: int) -> Broker:
    return Broker(host=HOST, port=port, client_id="gw", site=SITE, username="", password="")


@contextlib.asynccontextmanager
async def running(broker: Broker, told: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
    """``broker`` connected and kept so."""

    async def on_connected() -> None:
        told()

    task = asyncio.create_task(broker.run(on_connected))
    try:
        await until(lambda: broker.status().status == "ok")
        yield
        assert not task.done(), "it gave up"
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not true():  # noqa: ASYNC110 - nobody sets an event here
            await asyncio.sleep(0.01)


async def heard(broker: Broker, count: int) -> list[Batch]:
    """Batches until they hold ``count`` messages."""
    batches: list[Batch] = []
    async with asyncio.timeout(WITHIN_S):
        while sum(len(batch.messages) for batch in batches) < count:
            batches.append(await broker.receive(100))
    return batches


def payloads(batches: list[Batch]) -> list[bytes]:
    return [message.payload or b"" for batch in batches for message in batch.messages]


def send(port: int, *messages: tuple[str, bytes, int, bool]) -> None:
    """(topic, payload, QoS, retain), each taken by the broker before this returns."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect(HOST, port)
    client.loop_start()
    infos = [client.publish(*message) for message in messages]
    for info in infos:
        info.wait_for_publish(WITHIN_S)
    client.disconnect()
    client.loop_stop()


def play(story: Callable[[], Awaitable[None]]) -> None:
    uvloop.run(story())  # type: ignore[arg-type]  # as the gateway runs


def test_a_burst_at_qos_0_is_heard_whole_and_in_order(mosquitto: Mosquitto) -> None:
    async def story() -> None:
        broker = gateway_at(mosquitto.port)
        async with running(broker):
            burst = [(topic("telemetry"), str(n).encode(), 0, False) for n in range(2_000)]
            await asyncio.to_thread(send, mosquitto.port, *burst)
            assert payloads(await heard(broker, 2_000)) == [str(n).encode() for n in range(2_000)]

    play(story)


def test_a_retained_reading_is_never_news_and_a_retained_birth_is(mosquitto: Mosquitto) -> None:
    send(
        mosquitto.port,
        (topic("telemetry"), b"old", 1, True),
        (topic("birth"), b"birth", 1, True),
    )

    async def story() -> None:
        broker = gateway_at(mosquitto.port)
        async with running(broker):
            await asyncio.to_thread(send, mosquitto.port, (topic("status"), b"online", 1, False))
            assert payloads(await heard(broker, 2)) == [b"birth", b"online"]
            await asyncio.to_thread(send, mosquitto.port, (topic("telemetry"), b"live", 1, True))
            [batch] = await heard(broker, 1)
            assert batch.messages[0].retain, "a live one says what it is, and is refused"

    play(story)


def test_what_was_not_acknowledged_comes_again_and_the_rest_does_not(mosquitto: Mosquitto) -> None:
    async def story() -> None:
        first = gateway_at(mosquitto.port)
        async with running(first):
            for payload in (b"1", b"2", b"3"):
                await asyncio.to_thread(
                    send, mosquitto.port, (topic("telemetry"), payload, 1, False)
                )
            one = await first.receive(1)
            await first.acknowledge(one)
            await heard(first, 2)
            # What the broker takes on this connection now, it takes after the acknowledgement.
            await first.publish(Outbound(topic("alarm"), b"{}"))
        second = gateway_at(mosquitto.port)
        async with running(second):
            assert payloads(await heard(second, 2)) == [b"2", b"3"]

    play(story)


def test_a_batch_is_acknowledged_on_its_own_connection_only(mosquitto: Mosquitto) -> None:
    async def story() -> None:
        proxy = Proxy(mosquitto.port)
        async with proxy:
            broker = gateway_at(proxy.port)
            async with running(broker):
                await asyncio.to_thread(send, mosquitto.port, (topic("telemetry"), b"1", 1, False))
                [old] = await heard(broker, 1)
                assert broker.is_current(old)
                proxy.reset()
                await until(lambda: proxy.connections >= 2 and broker.status().status == "ok")
                assert not broker.is_current(old)
                sent = proxy.upstream_bytes
                await broker.acknowledge(old)
                await asyncio.sleep(0.2)
                assert proxy.upstream_bytes == sent
                [again] = await heard(broker, 1)
                assert payloads([again]) == [b"1"]
                await broker.acknowledge(again)

    play(story)


def test_connections_that_are_reset_are_made_again_and_again(mosquitto: Mosquitto) -> None:
    """An RST is an error where an orderly end is none: neither may end the gateway."""

    async def story() -> None:
        proxy = Proxy(mosquitto.port)
        connected: list[bool] = []
        async with proxy:
            broker = gateway_at(proxy.port)
            async with running(broker, lambda: connected.append(True)):
                for number in range(2, 9):
                    writing = asyncio.create_task(write_for_ever(broker))
                    await asyncio.sleep(0.02)
                    proxy.reset() if number % 2 else proxy.end()
                    await until(lambda: len(connected) >= number)  # noqa: B023
                    writing.cancel()
                await until(lambda: broker.status().status == "ok")

    play(story)


async def write_for_ever(broker: Broker) -> None:
    while True:
        await broker.post([Outbound(topic("state"), b"x" * 10_000)])
        await asyncio.sleep(0)


def test_a_broker_that_stands_still_is_noticed_and_found_again(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.mqtt.broker.KEEP_ALIVE_S", 1)
    monkeypatch.setattr("gateway.mqtt.broker.CONNECT_TIMEOUT_S", 1.0)

    async def story() -> None:
        broker = Broker(
            host=HOST, port=mosquitto.port, client_id="gw", site=SITE, username="", password=""
        )
        async with running(broker):
            mosquitto.pause(signal.SIGSTOP)
            try:
                await until(lambda: broker.status().status == "down")
                await until(lambda: "did not answer in time" in broker.status().detail)
            finally:
                mosquitto.pause(signal.SIGCONT)
            await until(lambda: broker.status().status == "ok")

    play(story)


def test_what_is_posted_at_once_leaves_in_one_write_and_in_order(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        broker, written = gateway_at(mosquitto.port), []
        async with running(broker):
            assert broker._client is not None
            writer = broker._client._writer
            write = writer.write

            def write_and_note(data: bytes) -> None:
                written.append(data)
                write(data)

            monkeypatch.setattr(writer, "write", write_and_note)
            said = [b"one", b"two", b"three"]  # to itself: it listens to telemetry
            await asyncio.gather(*(broker.post([Outbound(topic("telemetry"), s)]) for s in said))
            assert payloads(await heard(broker, len(said))) == said
            assert sum(b"one" in data or b"three" in data for data in written) == 1

    play(story)


def test_it_says_which_broker_it_misses(mosquitto: Mosquitto) -> None:
    async def story() -> None:
        broker = gateway_at(free_port())
        task = asyncio.create_task(broker.run(_nothing))
        await until(lambda: "No broker answers" in broker.status().detail)
        assert broker.address in broker.status().detail
        with pytest.raises(Unavailable, match="No broker answers"):
            await broker.publish(Outbound(topic("alarm"), b"{}", retain=True))
        await broker.post([Outbound(topic("state"), b"{}")])  # which is dropped
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    play(story)


async def _nothing() -> None:
    return


def test_a_publication_at_qos_1_is_taken_or_unavailable(mosquitto: Mosquitto) -> None:
    async def story() -> None:
        broker = gateway_at(mosquitto.port)
        async with running(broker):
            await broker.publish(Outbound(topic("alarm"), b"{}", retain=True))
            await asyncio.to_thread(mosquitto.kill)
            with pytest.raises(Unavailable):
                await broker.publish(Outbound(topic("alarm"), b"{}", retain=True))
            await until(lambda: broker.status().status == "down")
            await asyncio.to_thread(mosquitto.start)
            await until(lambda: broker.status().status == "ok")
            await broker.publish(Outbound(topic("alarm"), json.dumps({}).encode(), retain=True))

    play(story)


@pytest.mark.parametrize("end", [RuntimeError("the handler is closed"), ConnectionResetError()])
def test_how_a_connection_ends_is_told_out_of_a_group(end: Exception) -> None:
    with pytest.raises(type(end)), ungrouped():
        raise ExceptionGroup("tasks", [ExceptionGroup("", [end])])
    with pytest.raises(ExceptionGroup), ungrouped():
        raise ExceptionGroup("tasks", [end, ZeroDivisionError()])


class Proxy:
    """Between gateway and broker: its connections can be reset, or ended in order."""

    def __init__(self, to_port: int) -> None:
        self.port = 0
        self.connections = 0
        self.upstream_bytes = 0
        self._to_port = to_port
        self._writers: list[asyncio.StreamWriter] = []
        self._ended: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        """What was not sent yet is thrown away: a loop cannot be closed beneath it."""
        self._server.close()
        self.end()
        for task in self._tasks:
            task.cancel()
        for writer in self._ended:
            writer.transport.abort()
        closing = (writer.wait_closed() for writer in self._ended)
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(*self._tasks, *closing, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, back = await asyncio.open_connection(HOST, self._to_port)
        self._writers += [writer, back]
        self._tasks += [
            asyncio.create_task(self._carry(reader, back, upstream=True)),
            asyncio.create_task(self._carry(there, writer, upstream=False)),
        ]

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upstream: bool
    ) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while data := await reader.read(65_536):
                self.upstream_bytes += len(data) if upstream else 0
                writer.write(data)
                await writer.drain()
            writer.close()

    def reset(self) -> None:
        """RST both sides: SO_LINGER with 0 s throws away what was not sent."""
        for writer in self._writers:
            raw: Any = writer.get_extra_info("socket")
            with contextlib.suppress(OSError, AttributeError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._leave()

    def end(self) -> None:
        for writer in self._writers:
            writer.close()
        self._leave()

    def _leave(self) -> None:
        self._ended += self._writers
        self._writers.clear()
