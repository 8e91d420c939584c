"""Who is told what, and how often, by a clock of the test's own."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.errors import Unavailable
from contract.messages import Alarm, ToldHealth
from gateway.mqtt import publisher
from gateway.mqtt.broker import Outbound
from gateway.mqtt.publisher import (
    LARGE_INTERVAL_S,
    ROUND_S,
    STATE_INTERVAL_S,
    Publisher,
)
from tests.gateway.rig import EPOCH, NOW_MS, SITE, VALUES, Rig, reading, telemetry


class Post:
    """Keeps what is published; ``away`` stands for a broker that takes nothing."""

    def __init__(self) -> None:
        self.sent: list[Outbound] = []
        self.away = False
        self.has_backlog = False

    async def post(self, messages: list[Outbound]) -> None:
        self.sent += messages

    async def publish(self, message: Outbound) -> None:
        if self.away:
            raise Unavailable("no broker")
        self.sent.append(message)

    def take(self, kind: str) -> list[tuple[str, Any]]:
        """(device, content) of that kind since the last time."""
        taken = [m for m in self.sent if m.topic.endswith(f"/{kind}")]
        self.sent = [m for m in self.sent if not m.topic.endswith(f"/{kind}")]
        return [(m.topic.split("/")[3], json.loads(m.payload)) for m in taken]


class Desk:
    """A publisher with its clock, over the rig's fleet."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.post = Post()
        self.now_s = 1e9  # later than what the rig's own publisher has noted of its devices
        self.publisher = Publisher(
            broker=self.post,  # type: ignore[arg-type]  # it needs no more of it
            fleet=rig.fleet,
            site=SITE,
            metrics=rig.metrics,
            now_ms=lambda: rig.now_ms,
            monotonic=lambda: self.now_s,
        )

    def pass_time(self, seconds: float) -> None:
        """One round of the loop after so long."""
        self.now_s += seconds
        self.rig.now_ms += round(seconds * 1000)
        asyncio.run(self._round())

    async def _round(self) -> None:
        await self.publisher._post_acks(self.publisher._acks)
        await self.publisher._post_states()

    def acknowledge(self) -> None:
        device = self.rig.device()
        asyncio.run(self.publisher.acknowledge([(device, device.epochs[EPOCH])]))

    def tell_alarms(self) -> None:
        async def until_idle() -> None:
            task = asyncio.create_task(self.publisher.run_alarms())
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(until_idle())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("gateway.mqtt.publisher.RETRY_S", 0.01)
    rig = Rig(tmp_path)
    rig.take(telemetry("fan-01", reading(1)))
    yield Desk(rig)
    rig.die()


def alarm(name: str = "temperature_high", **changes: Any) -> Alarm:
    return Alarm(7, "fan-01", name, "limit", "High", "It is hot.", NOW_MS, **changes)


def test_the_first_watermark_goes_at_once_and_the_next_when_its_time_has_come(desk: Desk) -> None:
    desk.acknowledge()
    assert desk.post.take("ack") == [("fan-01", {"epoch": EPOCH, "seq": 1})]
    for seq in range(2, 12):
        desk.rig.take(telemetry("fan-01", reading(seq)))
        desk.acknowledge()
    assert desk.post.take("ack") == []
    desk.pass_time(0.2)
    assert desk.post.take("ack") == [("fan-01", {"epoch": EPOCH, "seq": 11})]
    desk.pass_time(10)
    assert desk.post.take("ack") == [], "nothing new, nothing said"


def test_five_watermarks_a_second_and_no_more(desk: Desk) -> None:
    for seq in range(2, 102):
        desk.rig.take(telemetry("fan-01", reading(seq)))
        desk.acknowledge()
        desk.pass_time(0.02)
    assert 8 <= len(desk.post.take("ack")) <= 11  # in two seconds


@pytest.mark.parametrize("jump_ms", [-3_600_000, -(10**10), 3_600_000])
def test_a_clock_that_is_set_stops_nothing(jump_ms: int, desk: Desk) -> None:
    desk.publisher.note_changed([desk.rig.device()])
    desk.acknowledge()
    desk.pass_time(0)
    desk.post.sent.clear()
    desk.rig.now_ms += jump_ms
    desk.acknowledge()
    desk.publisher.note_changed([desk.rig.device()])
    desk.pass_time(0.5)
    assert len(desk.post.take("ack")) == 1
    assert len(desk.post.take("state")) == 1


def test_what_is_told_of_its_health_is_its_trend(desk: Desk) -> None:
    for seq in range(2, 12):
        desk.rig.take(telemetry("fan-01", reading(seq)))
        desk.publisher.note_changed([desk.rig.device()])
        desk.pass_time(0.5)
    is_open = desk.rig.device().twin.open_minute()
    assert is_open is not None
    assert is_open.health == ToldHealth(2000, 200_000, 100.0)


def test_two_states_a_second_and_retained(desk: Desk) -> None:
    for _ in range(20):
        desk.publisher.note_changed([desk.rig.device()])
        desk.pass_time(0.1)
    assert all(message.retain for message in desk.post.sent)
    assert 4 <= len(desk.post.take("state")) <= 5


def test_while_a_backlog_is_drained_it_comes_first_and_states_are_told_once_a_second(
    desk: Desk,
) -> None:
    desk.post.has_backlog = True
    for _ in range(20):
        desk.publisher.note_changed([desk.rig.device()])
        desk.pass_time(0.1)
    assert len(desk.post.take("state")) == 2


def test_machines_that_came_together_are_told_in_turn_and_none_waits_for_long(desk: Desk) -> None:
    names = [f"fan-{at:02}" for at in range(1, 81)]
    desk.rig.take(*(telemetry(name, reading(1)) for name in names))
    desk.publisher.note_changed([desk.rig.device(name) for name in names])
    rounds = []
    while (desk.now_s - 1e9) < STATE_INTERVAL_S:
        desk.pass_time(ROUND_S)
        rounds.append([name for name, _ in desk.post.take("state")])
    assert max(map(len, rounds)) == 10  # a tenth of them, and some
    assert sorted(name for told in rounds for name in told) == names


def test_each_machine_of_a_large_fleet_is_told_once_a_second(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "SMALL_FLEET", 10)
    names = [f"fan-{at:02}" for at in range(11)]
    desk.rig.take(*(telemetry(name, reading(1)) for name in names))
    for _ in range(round(3 * LARGE_INTERVAL_S / ROUND_S)):
        desk.publisher.note_changed([desk.rig.device(name) for name in names])
        desk.pass_time(ROUND_S)
    told = Counter(name for name, _ in desk.post.take("state"))
    assert set(told) == set(names)
    assert max(told.values()) == 3


def test_silence_is_told_once(desk: Desk) -> None:
    desk.publisher.note_changed([desk.rig.device()])
    desk.pass_time(0)
    assert [state["fresh"] for _, state in desk.post.take("state")] == [True]
    for _ in range(20):
        desk.pass_time(1)
    assert [state["fresh"] for _, state in desk.post.take("state")] == [False]


def test_every_alarm_of_a_moment_is_told(desk: Desk) -> None:
    device = desk.rig.device()
    for name in ("temperature_high", "current_high"):
        device.alarms[name] = alarm(name)
        desk.publisher.note_alarm(device, device.alarms[name])
    desk.tell_alarms()
    told = desk.post.take("alarm")
    assert [content["event"]["name"] for _, content in told] == ["temperature_high", "current_high"]
    assert all(len(content["open"]) == 2 for _, content in told)


def test_an_alarm_is_told_until_a_broker_takes_it(desk: Desk) -> None:
    desk.post.away = True
    desk.publisher.note_alarm(desk.rig.device(), alarm())
    desk.tell_alarms()
    desk.publisher.note_alarm(desk.rig.device(), alarm(cleared_ms=NOW_MS + 1))
    assert desk.post.take("alarm") == []
    desk.post.away = False
    desk.tell_alarms()
    [(_, content)] = desk.post.take("alarm")
    assert content["event"]["cleared_ms"] == NOW_MS + 1, "the newest word counts"
    desk.tell_alarms()
    assert desk.post.take("alarm") == []


def test_a_new_connection_is_told_what_is_open_and_what_is_not(desk: Desk) -> None:
    """What is retained may be from before a crash: an alarm that was cleared since."""
    desk.rig.take(telemetry("fan-02", reading(1)))
    desk.rig.device("fan-02").alarms["x"] = alarm("x")
    asyncio.run(desk.publisher.on_connected())
    told = dict(desk.post.take("alarm"))
    assert told["fan-01"] == {"device": "fan-01", "event": None, "open": []}
    assert [each["name"] for each in told["fan-02"]["open"]] == ["x"]
    assert told["gateway"]["open"] == []
    desk.pass_time(0)
    assert {name for name, _ in desk.post.take("state")} == {"fan-01", "fan-02"}


def test_the_gateways_own_alarm_is_told_as_of_a_device(desk: Desk) -> None:
    own = Alarm(0, "gateway", "journal_not_writable", "system", "Critical", "Full.", NOW_MS)
    desk.publisher.note_own_alarm(own)
    desk.tell_alarms()
    [(name, content)] = desk.post.take("alarm")
    assert name == "gateway"
    assert [each["name"] for each in content["open"]] == ["journal_not_writable"]
    desk.publisher.note_own_alarm(
        Alarm(0, "gateway", "journal_not_writable", "system", "Critical", "Full.", NOW_MS,
              cleared_ms=NOW_MS + 5)
    )  # fmt: skip
    desk.tell_alarms()
    [(_, content)] = desk.post.take("alarm")
    assert content["open"] == []


def test_unsequenced_readings_are_not_acknowledged(desk: Desk) -> None:
    """There is nobody who could free anything."""
    desk.rig.take(telemetry("mine", {"values": VALUES}))
    assert desk.rig.publisher._acks.keys().isdisjoint(
        {epoch.id for epoch in desk.rig.device("mine").epochs.values()}
    )


def test_a_new_machine_takes_back_the_alarms_that_are_retained_of_a_life_before(desk: Desk) -> None:
    desk.publisher.note_changed([desk.rig.device()])
    desk.pass_time(1)
    kinds = [message.topic.rpartition("/")[2] for message in desk.post.sent]
    assert kinds == ["alarm", "state"]
    assert json.loads(desk.post.sent[0].payload)["open"] == []
    assert desk.post.sent[0].retain
    desk.post.sent.clear()
    desk.publisher.note_changed([desk.rig.device()])
    desk.pass_time(1)
    assert [message.topic.rpartition("/")[2] for message in desk.post.sent] == ["state"]


def test_a_machine_that_was_told_of_at_the_connect_is_not_told_again(desk: Desk) -> None:
    asyncio.run(desk.publisher.on_connected())
    desk.post.sent.clear()
    desk.pass_time(1)
    assert [message.topic.rpartition("/")[2] for message in desk.post.sent if message.retain] == [
        "state"
    ]


def test_who_listens_is_told_what_is_published(desk: Desk) -> None:
    listener = desk.publisher.live.listen()
    desk.publisher.note_changed([desk.rig.device()])
    desk.pass_time(1)
    desk.publisher.note_alarm(desk.rig.device(), alarm())
    told = {each.kind: json.loads(each.payload) for each in asyncio.run(listener.next(1.0))}
    assert told["state"]["device"] == "fan-01"
    assert told["alarm"]["event"]["name"] == "temperature_high"
