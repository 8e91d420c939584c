"""A broker that says nothing: hung, or just quiet, and what is said of either."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import mqtt5
import pytest
import uvloop

from gateway.mqtt.broker import Broker, Outbound
from gateway.mqtt.pulse import Pulse
from tests.gateway.boards import Board, told
from tests.gateway.mqtt.test_inbox import Flooder
from tests.gateway.rig import SITE, Rig
from tests.mosquitto import HOST

WITHIN_S = 60.0


def looks(pulse: Pulse, count: int, *, heard: bool, now_ms: int = 1_000) -> list[bool]:
    return [pulse.look(heard=heard, now_ms=now_ms) for _ in range(count)]


def test_who_is_not_heard_for_long_is_still_since_the_last_word() -> None:
    pulse = Pulse(look_s=0.5, still_after_s=6.0)
    assert looks(pulse, 3, heard=True, now_ms=5_000) == [False] * 3
    assert looks(pulse, 11, heard=False, now_ms=9_000) == [False] * 11
    assert not pulse.is_still
    assert looks(pulse, 2, heard=False, now_ms=11_000) == [True, False]
    assert (pulse.is_still, pulse.unheard_s, pulse.since_ms) == (True, 6.5, 5_000)
    assert looks(pulse, 2, heard=True, now_ms=30_000) == [True, False]
    assert (pulse.is_still, pulse.unheard_s, pulse.since_ms) == (False, 0.0, 30_000)


def test_who_never_said_anything_is_still_since_that_was_noticed() -> None:
    pulse = Pulse(look_s=1.0, still_after_s=2.0)
    looks(pulse, 2, heard=False, now_ms=7_000)
    assert (pulse.is_still, pulse.since_ms) == (True, 7_000)


def test_nobody_is_silent_by_time_in_which_nothing_came_from_anybody(rig: Rig) -> None:
    """Half of its patience is gone when the broker hangs, which takes a while to be noticed."""
    Board(rig).live(3)
    rig.pass_s(8)
    for unheard_s in range(1, 7):
        rig.unheard_s = float(unheard_s)
        rig.pass_s(1)
    rig.hears = False
    rig.pass_s(20)
    assert told(rig) == []
    rig.hears, rig.unheard_s = True, 0.0
    rig.pass_s(29)
    assert told(rig) == []
    rig.pass_s(2)
    assert told(rig) == [("silent", "raised")]


def test_of_a_quiet_fleet_who_is_silent_is_told_with_the_next_answer_to_a_ping(rig: Rig) -> None:
    Board(rig).live(3)
    rig.pass_s(10)
    rig.unheard_s = 2.0
    rig.pass_s(2)
    assert told(rig) == []
    rig.unheard_s = 0.0
    rig.pass_s(1)
    assert told(rig) == [("silent", "raised")]


class Quiet(Flooder):
    """A broker that has nothing to say, but for answers to pings, and not those while it hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = False

    def _answer(self, packet: Any, writer: asyncio.StreamWriter) -> None:
        if not self.hangs or type(packet) is not mqtt5.PingReqPacket:
            super()._answer(packet, writer)

    def _flood(self, writer: asyncio.StreamWriter) -> None:
        """No board measures."""


@contextlib.asynccontextmanager
async def connected(quiet: Quiet) -> AsyncIterator[Broker]:
    async with quiet.running() as port, asyncio.timeout(WITHIN_S):
        broker = Broker(host=HOST, port=port, client_id="gw", site=SITE, username="", password="")
        task = asyncio.create_task(broker.run(_nothing))
        await until_it_is("ok", broker)
        yield broker
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _nothing() -> None:
    return


async def until_it_is(status: str, broker: Broker) -> None:
    while broker.status().status != status:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


@pytest.mark.slow
def test_a_quiet_broker_is_one_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mqtt.broker.KEEP_ALIVE_S", 2)

    async def story() -> None:
        quiet = Quiet()
        async with connected(quiet) as broker:
            said = broker.status()
            while quiet.pings < 6:
                assert broker.status() == said
                await asyncio.sleep(0.01)
            assert quiet.connections == 1

    uvloop.run(story())


@pytest.mark.slow
def test_a_broker_that_hangs_is_told_and_is_well_as_soon_as_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.mqtt.broker.KEEP_ALIVE_S", 5)

    async def story() -> None:
        quiet = Quiet()
        async with connected(quiet) as broker:
            before = broker.status()
            while not quiet.pings:  # noqa: ASYNC110 - nobody sets an event here
                await asyncio.sleep(0.01)
            quiet.hangs = True
            writing = asyncio.create_task(write_for_ever(broker))
            await until_it_is("down", broker)
            said = broker.status()
            assert said.detail == f"{before.detail}, but it has not answered for 2 s"
            quiet.hangs = False
            await until_it_is("ok", broker)
            writing.cancel()
            after = broker.status()
            assert (after.detail, quiet.connections) == (before.detail, 1), "the same connection"
            assert after.since_ms >= said.since_ms >= before.since_ms

    uvloop.run(story())


async def write_for_ever(broker: Broker) -> None:
    """What is sent is no sign that anybody hears it, and keeps no ping from being sent."""
    while True:
        await broker.post([Outbound("x", b"{}")])
        await asyncio.sleep(0.05)


@pytest.mark.slow
def test_a_broker_that_hangs_for_good_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.mqtt.broker.KEEP_ALIVE_S", 1)

    async def story() -> None:
        quiet = Quiet()
        async with connected(quiet) as broker:
            quiet.hangs = True
            while quiet.connections < 2:  # noqa: ASYNC110 - nobody sets an event here
                await asyncio.sleep(0.01)
            quiet.hangs = False
            await until_it_is("ok", broker)

    uvloop.run(story())
