"""States, counters and events of a machine, through the board's whole program."""

import asyncio
import itertools
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmware.device import announced, packed
from firmware.device.app import Device, Site
from firmware.models import fan
from tests.firmware.device import turnstile
from tests.firmware.device.test_app import Rig, play, seqs
from tests.firmware.device.virtual import VirtualBroker, run

Item = dict[str, Any]


def items(rig: Rig) -> list[Item]:
    return sorted(rig.broker.stored.values(), key=lambda item: (item["epoch"], item["seq"]))


def events(rig: Rig) -> list[Item]:
    return [item for item in items(rig) if "event" in item]


def turning(directory: Path, broker: VirtualBroker | None = None, **options: Any) -> Rig:
    return Rig(
        directory,
        broker or VirtualBroker(),
        model=turnstile,
        machine=turnstile.Machine(3),
        **options,
    )


async def live(rig: Rig, duration_s: float) -> None:
    running = asyncio.create_task(rig.device.run())
    await asyncio.sleep(duration_s)
    rig.device.stop()
    await running


def check_books(rig: Rig) -> None:
    """Every passage is one event, one step of the counter, and before the reading that has it."""
    told = items(rig)
    numbers = [item["seq"] for item in told]
    assert numbers == list(range(1, len(numbers) + 1))
    counts = [item["values"]["passages"] for item in told if "passages" in item["values"]]
    assert counts == list(range(turnstile.FIRST_PASSAGE + 1, counts[-1] + 1))
    assert [item["values"]["card"] for item in events(rig)] == [f"c{count}" for count in counts]
    for before, after in itertools.pairwise(told):
        if "event" in before:
            assert after["values"]["passages"] == int(before["values"]["card"][1:])
            assert after["time_ms"] == before["time_ms"]
    for item in told:
        if "event" not in item:
            assert ("state" in item["values"]) != ("power" in item["values"])


def test_events_are_items_of_the_same_sequence_as_the_readings(tmp_path: Path) -> None:
    rig = turning(tmp_path)
    run(live(rig, 120))
    assert len(events(rig)) > 40
    assert events(rig)[0].keys() == {"epoch", "seq", "time_ms", "event", "values"}
    assert events(rig)[0]["values"]["seconds"] == 0.5
    check_books(rig)
    assert rig.broker.gaps == 0
    assert list(tmp_path.glob("*.seg2")) == []


def test_counters_that_no_float_of_32_bits_holds_arrive_exactly(tmp_path: Path) -> None:
    payloads: list[bytes] = []
    broker = VirtualBroker()
    broker.on_publish = lambda topic, message: (
        payloads.append(message) if topic.endswith("/telemetry") else None
    )
    run(live(turning(tmp_path, broker), 5))
    told = re.findall(rb'"energy":([0-9.]+)', b"".join(payloads))
    assert told[:2] == [b"4711.235", b"4711.236"]
    assert b'"passages":12345679,' in b"".join(payloads)


@pytest.mark.parametrize("storage", [{}, {"store": packed, "flush_every": 16}])
def test_trouble_and_a_restart_lose_no_event_and_count_none_twice(
    tmp_path: Path, storage: dict[str, Any]
) -> None:
    broker = VirtualBroker(loss=0.1)

    async def first(rig: Rig) -> None:
        running = asyncio.create_task(rig.device.run())
        await asyncio.sleep(30)
        broker.up = False
        broker.cut()
        await asyncio.sleep(120)
        rig.device.stop()
        await running

    before = turning(tmp_path, broker, **storage)
    run(first(before))
    broker.up = True
    after = Rig(tmp_path, broker, model=fan, machine=fan.Machine(1), **storage)
    run(live(after, 60))
    epoch = before.device.spool.epoch
    assert seqs(after, epoch) == list(range(1, before.device.spool.last_seq + 1))
    assert broker.gaps == 0
    after.broker.stored = {key: item for key, item in broker.stored.items() if key[0] == epoch}
    check_books(after)


def test_what_happens_is_emitted_by_hand_too(tmp_path: Path) -> None:
    async def happens(rig: Rig) -> None:
        await asyncio.sleep(2)
        seq = rig.device.emit("filter_changed", by="u7", pressure=1.25, meter=(4711234, 3))
        assert seq == rig.device.spool.last_seq
        with pytest.raises(ValueError, match="no number"):
            rig.device.emit("filter_changed", by=None)
        await asyncio.sleep(2)
        assert rig.broker.stored[(rig.device.spool.epoch, seq)]["values"] == {
            "by": "u7",
            "meter": 4711.234,
            "pressure": 1.25,
        }

    rig = play(tmp_path, happens)
    assert seqs(rig) == list(range(1, len(rig.broker.stored) + 1))


def test_a_full_spool_gives_up_events_as_it_does_readings_and_says_so(tmp_path: Path) -> None:
    broker = VirtualBroker()
    broker.up = False

    async def later(rig: Rig) -> None:
        running = asyncio.create_task(rig.device.run())
        await asyncio.sleep(300)
        broker.up = True
        await asyncio.sleep(30)
        rig.device.stop()
        await running

    rig = turning(tmp_path, broker, segment_readings=16, max_segments=4)
    run(later(rig))
    assert rig.device.spool.evicted > 100
    assert broker.gaps == rig.device.spool.evicted
    assert seqs(rig)[0] == broker.gaps + 1


def test_the_birth_says_what_each_channel_is_and_which_events_there_are(tmp_path: Path) -> None:
    rig = turning(tmp_path)
    run(live(rig, 2))
    birth = json.loads(rig.of_kind("birth")[0])
    assert birth["channels"] == [
        {"name": "state", "unit": "", "kind": "state"},
        {"name": "passages", "unit": "", "kind": "counter"},
        {"name": "energy", "unit": "kWh", "kind": "counter"},
        {"name": "power", "unit": "W"},
    ]
    assert birth["events"] == ["passage"]


def test_a_machine_that_reports_no_event_announces_none(tmp_path: Path) -> None:
    async def moment(rig: Rig) -> None:
        await asyncio.sleep(2)
        birth = json.loads(rig.of_kind("birth")[0])
        assert "events" not in birth
        assert all(channel.keys() == {"name", "unit"} for channel in birth["channels"])

    play(tmp_path, moment)


def test_an_event_that_cannot_be_sent_is_named_once_and_costs_no_other(tmp_path: Path) -> None:
    machine = turnstile.Machine(3)
    real = machine.take_events
    machine.take_events = lambda: [("passage", {"card": None}), *real()]  # type: ignore[dict-item,method-assign]
    rig = Rig(tmp_path, VirtualBroker(), model=turnstile, machine=machine)
    run(live(rig, 30))
    assert [said for said in rig.board.said if "left out" in said] == [
        "the event passage was left out: that is no number"
    ]
    check_books(rig)


def test_a_sensor_that_gives_no_number_costs_its_own_channel(tmp_path: Path) -> None:
    async def broken(rig: Rig) -> None:
        real_step = rig.device.machine.step
        rig.device.machine.step = lambda dt_s: {**real_step(dt_s), "rpm": float("nan")}
        await asyncio.sleep(5)
        assert rig.device.withheld.count >= 20
        rig.device.machine.step = real_step
        await asyncio.sleep(2)

    rig = play(tmp_path, broken)
    told = items(rig)
    assert [item["seq"] for item in told] == list(range(1, len(told) + 1))
    assert told[0]["values"].keys() == {"temperature", "current", "vibration", "ambient"}
    assert told[-1]["values"].keys() == {name for name, _unit in fan.CHANNELS}
    assert any("channels are missing: the sensor of rpm gave nan" in x for x in rig.board.said)
    assert "readings again, and whole" in rig.board.said


def test_a_sample_without_any_channel_is_no_reading(tmp_path: Path) -> None:
    async def silent(rig: Rig) -> None:
        await asyncio.sleep(1)
        rig.device.machine.step = lambda _dt_s: {}
        await asyncio.sleep(5)
        last = rig.device.spool.last_seq
        await asyncio.sleep(5)
        assert rig.device.spool.last_seq == last
        assert "no readings: no sensor gave a value" in rig.board.said

    play(tmp_path, silent)


def test_long_texts_share_a_message_as_far_as_it_holds_them(tmp_path: Path) -> None:
    sizes: list[int] = []
    broker = VirtualBroker()
    broker.on_publish = lambda _topic, message: sizes.append(len(message))
    broker.up = False
    labels = tuple(f"label_{index}" for index in range(30))
    model = SimpleNamespace(
        MODEL="labels", CHANNELS=tuple((name, "") for name in labels), LABELS=labels, FAULTS=()
    )
    machine = SimpleNamespace(step=lambda _dt_s: dict.fromkeys(labels, "é" * 64))

    async def backlog() -> Device:
        rig = Rig(tmp_path, broker)
        site = Site(site="workshop", device="fan-01", host="broker", port=1883)
        device = Device(board=rig.board, site=site, asset="x", model=model, machine=machine)
        running = asyncio.create_task(device.run())
        await asyncio.sleep(20)
        broker.up = True
        await asyncio.sleep(10)
        device.stop()
        await running
        return device

    device = run(backlog())
    assert max(sizes) <= 16 * 1024
    assert broker.watermark[device.spool.epoch] >= device.spool.last_seq - 5


def test_a_model_names_its_states_and_counters_among_its_channels_or_beside_them() -> None:
    among = SimpleNamespace(
        CHANNELS=(("power", "W"), ("state", ""), ("litres", "L")),
        STATES=("state",),
        COUNTERS=("litres",),
    )
    beside = SimpleNamespace(
        CHANNELS=(("power", "W"),),
        STATES=(("state", ("idle", "error")),),
        COUNTERS=(("litres", "L"),),
        EVENTS=(("service", (("volume", "L"),), ("drink",)), ("descaled", (), ())),
    )
    assert announced.channels(among) == announced.channels(beside)
    assert announced.channels(beside)[1] == ("state", "", "state", 3)
    assert announced.channels(beside)[2] == ("litres", "L", "counter", 3)
    assert announced.in_birth(beside)["events"] == ["service", "descaled"]
