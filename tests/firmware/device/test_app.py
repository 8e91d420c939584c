"""The board's whole program, hours of it, in virtual time."""

import asyncio
import calendar
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.messages import Birth, Result
from firmware.device.app import Device, Site
from firmware.device.board import Board
from firmware.models import fan
from tests.firmware.device.virtual import VirtualBoard, VirtualBroker, now_ms, run, until

Scenario = Callable[["Rig"], Awaitable[None]]


class Rig:
    """A device, its board and its broker."""

    def __init__(self, directory: Path, broker: VirtualBroker, **options: Any) -> None:
        self.broker = broker
        self.board = VirtualBoard(directory=str(directory), broker=broker)
        what = {"model": fan, "machine": fan.Machine(1), **options}
        self.device = Device(
            board=self.board,
            site=Site(site="workshop", device="fan-01", host="broker", port=1883),
            asset="fan",
            **what,
        )

    def of_kind(self, kind: str) -> list[bytes]:
        return [payload for its_kind, payload in self.broker.messages if its_kind == kind]

    async def command(self, name: str, **args: Any) -> Result:
        number = len(self.of_kind("result"))
        command = {"id": f"c{number}", "name": name, "args": args}
        expires_ms = self.board.time_ms() + 5000
        self.broker.send("command", {**command, "expires_ms": expires_ms})
        await asyncio.sleep(0.5)
        return msgspec.json.decode(self.of_kind("result")[number], type=Result)


def play(
    directory: Path, scenario: Scenario, broker: VirtualBroker | None = None, **options: Any
) -> Rig:
    """Run ``scenario`` beside a device until it ends, then stop the device cleanly."""

    async def main() -> Rig:
        rig = Rig(directory, broker or VirtualBroker(), **options)
        running = asyncio.create_task(rig.device.run())
        await scenario(rig)
        rig.device.stop()
        await running
        return rig

    return run(main())


def seqs(rig: Rig, epoch: str | None = None) -> list[int]:
    wanted = epoch or rig.device.spool.epoch
    return sorted(seq for its_epoch, seq in rig.broker.stored if its_epoch == wanted)


@pytest.mark.slow
def test_two_hours_on_time_across_65536_packet_ids(tmp_path: Path) -> None:
    async def two_hours(rig: Rig) -> None:
        rig.device.uplink._packet_id = 40_000
        await asyncio.sleep(7200 + 0.3)

    rig = play(tmp_path, two_hours)
    readings = sorted(rig.broker.stored.values(), key=lambda item: item["seq"])
    assert len(readings) >= 36_000
    assert seqs(rig) == list(range(1, len(readings) + 1))
    times_ms = [item["time_ms"] for item in readings]
    assert {b - a for a, b in itertools.pairwise(times_ms)} <= {199, 200, 201}
    assert abs(times_ms[-1] - times_ms[0] - 200 * (len(readings) - 1)) <= 1
    ids = rig.broker.packet_ids
    assert len(ids) > 36_000
    assert {0, 65_536}.isdisjoint(ids)
    assert {1, 65_535} <= set(ids)
    assert [(a, b) for a, b in itertools.pairwise(ids) if b != a % 65_535 + 1] == []
    assert rig.broker.gaps == 0


@pytest.mark.slow
def test_a_day_of_trouble_loses_nothing(tmp_path: Path) -> None:
    async def trouble(rig: Rig) -> None:
        broker = rig.broker
        for hole in range(12):
            await asyncio.sleep(40 + hole)
            if hole % 4 == 0:
                broker.up = False
                broker.cut()
                await asyncio.sleep(60)
                broker.up = True
            elif hole % 4 == 1:
                broker.sessions[-1].silent = True
            elif hole % 4 == 2:
                broker.gateway_up = False
                await asyncio.sleep(300)
                broker.gateway_up = True
            else:
                broker.cut()
        await asyncio.sleep(150)

    rig = play(tmp_path, trouble, VirtualBroker(loss=0.05))
    last = rig.device.spool.last_seq
    assert last > 8_000
    assert seqs(rig)[: last - 20] == list(range(1, last - 19))
    assert rig.broker.gaps == 0
    assert list(tmp_path.glob("*.seg2")) == [] or rig.device.delivery.in_flight < 20


def test_five_minutes_without_a_gateway_drain_ten_times_faster_than_live(tmp_path: Path) -> None:
    marks: list[int] = []

    async def away(rig: Rig) -> None:
        await asyncio.sleep(5)
        rig.broker.gateway_up = False
        await asyncio.sleep(300)
        rig.broker.gateway_up = True
        behind = rig.device.spool.last_seq - rig.broker.watermark[rig.device.spool.epoch]
        stuck_at = rig.device.spool.oldest(rig.device.spool.epoch)
        await until(lambda: rig.device.spool.oldest(rig.device.spool.epoch) > stuck_at)
        marks.extend((behind, now_ms()))
        await until(lambda: rig.device.delivery.pending < 5)
        marks.append(now_ms())

    rig = play(tmp_path, away)
    behind, began_ms, done_ms = marks
    assert behind > 1400
    assert done_ms - began_ms < 1000 * behind / 50
    assert rig.broker.gaps == 0


def test_it_greets_with_birth_status_and_settings(tmp_path: Path) -> None:
    async def a_moment(rig: Rig) -> None:
        await asyncio.sleep(2)

    rig = play(tmp_path, a_moment, rate_hz=2.0)
    birth = msgspec.json.decode(rig.of_kind("birth")[0], type=Birth)
    assert (birth.asset, birth.model, birth.virtual) == ("fan", fan.MODEL, True)
    assert birth.epoch == rig.device.spool.epoch
    assert [(c.name, c.unit) for c in birth.channels] == list(fan.CHANNELS)
    assert birth.faults == list(fan.FAULTS)
    assert birth.rate_hz == 2.0
    assert rig.of_kind("status") == [b"online", b"offline"]
    assert json.loads(rig.of_kind("reported")[0]) == {"rate_hz": 2.0}


def test_commands_are_carried_out_and_answered(tmp_path: Path) -> None:
    async def commands(rig: Rig) -> None:
        await asyncio.sleep(1)
        assert (await rig.command("inject_fault", fault="overcurrent")).ok
        assert rig.device.machine.truth == "overcurrent"
        assert (await rig.command("clear_fault")).ok
        assert (await rig.command("set_rate", rate_hz=20)).ok
        assert (await rig.command("set_point", set_point=900)).ok
        assert json.loads(rig.of_kind("reported")[-1]) == {"rate_hz": 20.0, "set_point": 900.0}
        assert msgspec.json.decode(rig.of_kind("birth")[-1], type=Birth).rate_hz == 20.0
        assert (await rig.command("identify")).ok
        assert "here I am" in rig.board.said
        before = rig.device.spool.last_seq
        await asyncio.sleep(5)
        assert 95 <= rig.device.spool.last_seq - before <= 105

    play(tmp_path, commands)


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("inject_fault", {"fault": "dragon"}, "overcurrent"),
        ("inject_fault", {}, "fault must be a text"),
        ("set_rate", {"rate_hz": 1000}, "1/3600 to 100"),
        ("set_rate", {"rate_hz": True}, "must be a number"),
        ("set_rate", {"rate_hz": "5"}, "must be a number"),
        ("set_rate", {"rate_hz": 10**400}, "1/3600 to 100"),
        ("set_rate", {"rate_hz": float("-inf")}, "must be a number"),
        ("set_point", {"set_point": float("nan")}, "must be a number"),
        ("set_point", {"set_point": 9}, "600 to 1600 rpm"),
        ("set_point", {}, "must be a number"),
        ("explode", {}, "not explode"),
        ("update", {}, "not update"),
    ],
)
def test_a_command_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, name: str, args: dict[str, Any], words: str
) -> None:
    async def refused(rig: Rig) -> None:
        await asyncio.sleep(1)
        result = await rig.command(name, **args)
        assert not result.ok
        assert words in (result.error or "")

    play(tmp_path, refused)


def test_expired_and_repeated_commands_change_nothing(tmp_path: Path) -> None:
    async def late(rig: Rig) -> None:
        await asyncio.sleep(1)
        command = {"id": "x", "name": "inject_fault", "args": {"fault": "overcurrent"}}
        rig.broker.send("command", {**command, "expires_ms": rig.board.time_ms() - 1})
        await asyncio.sleep(0.5)
        assert rig.device.machine.truth == "normal"
        for _ in range(3):
            rig.broker.send("command", {**command, "id": "y", "expires_ms": 2**45})
        await asyncio.sleep(0.5)
        first, *others = [msgspec.json.decode(r, type=Result) for r in rig.of_kind("result")]
        assert not first.ok
        assert "expired" in (first.error or "")
        assert [(other.id, other.ok) for other in others] == [("y", True)]

    play(tmp_path, late)


RUBBISH = [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"{}", b'{"id":5}', b"[" * 3000]


@pytest.mark.parametrize("kind", ["command", "desired", "ack", "state", "no/such"])
def test_rubbish_from_the_broker_changes_nothing(tmp_path: Path, kind: str) -> None:
    async def rubbish(rig: Rig) -> None:
        await asyncio.sleep(1)
        for payload in RUBBISH:
            rig.broker.send(kind, None, raw=payload)
        await asyncio.sleep(10)

    rig = play(tmp_path, rubbish)
    assert rig.of_kind("result") == []
    assert len(rig.broker.sessions) == 1
    assert seqs(rig)[-1] >= 50


def test_desired_settings_are_adopted_one_by_one_and_reported(tmp_path: Path) -> None:
    async def desired(rig: Rig) -> None:
        await asyncio.sleep(1)
        rig.broker.send("desired", {"rate_hz": 10, "set_point": 1e9, "colour": "red"})
        await asyncio.sleep(1)
        reported = json.loads(rig.of_kind("reported")[-1])
        assert reported["rate_hz"] == 10.0
        assert "600 to 1600 rpm" in reported["refused"]["set_point"]
        assert any("600 to 1600 rpm" in said for said in rig.board.said)
        rig.broker.send("desired", {"rate_hz": 10, "set_point": 900})
        await asyncio.sleep(1)
        assert json.loads(rig.of_kind("reported")[-1]) == {"rate_hz": 10.0, "set_point": 900.0}

    play(tmp_path, desired)


def test_a_restart_is_answered_first_and_begins_a_new_epoch(tmp_path: Path) -> None:
    async def main() -> None:
        broker = VirtualBroker()
        rig = Rig(tmp_path, broker)
        running = asyncio.create_task(rig.device.run())
        await asyncio.sleep(3)
        assert (await rig.command("restart")).ok
        assert await running
        again = Rig(tmp_path, broker)
        running = asyncio.create_task(again.device.run())
        await asyncio.sleep(3)
        again.device.stop()
        assert not await running
        first, second = rig.device.spool.epoch, again.device.spool.epoch
        assert first != second
        assert seqs(rig, first) == list(range(1, rig.device.spool.last_seq + 1))
        assert len(seqs(rig, second)) >= 14

    run(main())


def test_a_result_that_the_broker_did_not_acknowledge_is_sent_again(tmp_path: Path) -> None:
    async def lost(rig: Rig) -> None:
        await asyncio.sleep(1)
        rig.broker.acknowledges = False
        rig.broker.send("command", {"id": "a", "name": "identify", "args": {}, "expires_ms": 2**45})
        await asyncio.sleep(1)
        rig.broker.acknowledges = True
        rig.broker.cut()
        await asyncio.sleep(5)
        assert [json.loads(result)["id"] for result in rig.of_kind("result")] == ["a", "a"]
        assert rig.device.uplink.posts_waiting == 0

    play(tmp_path, lost)


@pytest.mark.parametrize("year", [1970, 2000, 2014, 2023])
def test_a_clock_that_was_never_set_tells_no_time(
    year: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ns = calendar.timegm((year, 1, 1, 0, 0, 1)) * 10**9
    monkeypatch.setattr("firmware.device.board.time.time_ns", lambda: now_ns)
    assert Board(name="fan-01", directory=str(tmp_path)).time_ms() == 0


def test_a_board_without_a_clock_leaves_the_time_out(tmp_path: Path) -> None:
    async def timeless(rig: Rig) -> None:
        rig.board.clock_set = False
        await asyncio.sleep(1)
        assert (await rig.command("identify")).ok

    rig = play(tmp_path, timeless)
    assert all("time_ms" not in item for item in rig.broker.stored.values())


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda broker: setattr(broker.sessions[-1], "silent", True), "nothing heard for 15 s"),
        (lambda broker: setattr(broker, "acknowledges", False), "acknowledges nothing"),
        (lambda broker: broker.sessions[-1].reply(b"\xff" * 9), "impossible length"),
        (lambda broker: broker.sessions[-1].reply(b"\x30\xff\xff\x7f"), "packet of"),
        (lambda broker: broker.sessions[-1].reply(b"\x30\x00"), "malformed PUBLISH"),
        (lambda broker: broker.sessions[-1].reply(b"\xf0\x00"), "type 15"),
        (lambda broker: broker.cut(), "closed the connection"),
    ],
)
def test_a_broken_connection_is_noticed_named_and_replaced(
    tmp_path: Path, broken: Callable[[VirtualBroker], None], reason: str
) -> None:
    async def breaks(rig: Rig) -> None:
        await asyncio.sleep(5)
        broken(rig.broker)
        await asyncio.sleep(25)
        rig.broker.acknowledges = True
        await asyncio.sleep(30)
        assert any(reason in said for said in rig.board.said), rig.board.said
        assert len(rig.broker.sessions) >= 2
        assert rig.broker.watermark[rig.device.spool.epoch] > 150
        assert rig.broker.gaps == 0

    play(tmp_path, breaks)


def test_a_silent_device_pings_and_a_broker_that_answers_keeps_it(tmp_path: Path) -> None:
    async def slow(rig: Rig) -> None:
        await asyncio.sleep(300)
        assert len(rig.broker.sessions) == 1

    play(tmp_path, slow, rate_hz=0.1)


def test_a_broker_that_stays_away_is_tried_at_least_every_five_seconds(tmp_path: Path) -> None:
    async def away(rig: Rig) -> None:
        rig.broker.up = False
        await asyncio.sleep(600)
        assert len([said for said in rig.board.said if "refused" in said]) == 1
        rig.broker.up = True
        began_ms = now_ms()
        await until(lambda: bool(rig.broker.sessions))
        assert now_ms() - began_ms <= 5100

    play(tmp_path, away)


@pytest.mark.parametrize(("code", "words"), [(4, "password"), (5, "authorised")])
def test_a_refusal_is_said(tmp_path: Path, code: int, words: str) -> None:
    async def refused(rig: Rig) -> None:
        rig.broker.refusal = code
        await asyncio.sleep(20)
        assert any(words in said for said in rig.board.said)

    play(tmp_path, refused)


def test_a_host_that_slept_takes_one_reading_and_not_a_thousand(tmp_path: Path) -> None:
    async def sleeps(rig: Rig) -> None:
        await asyncio.sleep(2)
        before = rig.device.spool.last_seq
        loop: Any = asyncio.get_running_loop()
        loop._clock.now_s += 3600
        await asyncio.sleep(2)
        assert rig.device.spool.last_seq - before <= 12

    play(tmp_path, sleeps)


def test_a_driver_that_breaks_stops_the_program_for_all_to_see(tmp_path: Path) -> None:
    async def main() -> None:
        rig = Rig(tmp_path, VirtualBroker())

        def step(dt_s: float) -> dict[str, float]:
            raise RuntimeError("the bus is dead")

        rig.device.machine.step = step
        with pytest.raises(RuntimeError, match="the bus is dead"):
            await rig.device.run()

    run(main())
