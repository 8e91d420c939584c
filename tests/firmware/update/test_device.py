"""Updates and the device around them: whose program may be exchanged, and what it says of it."""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from contract.messages import Birth
from firmware.device import VERSION, update
from firmware.device.app import Device, Site
from firmware.device.slots import Slots
from firmware.device.update import NoUpdates, Updates
from firmware.models import fan
from tests.firmware.device.virtual import VirtualBoard, VirtualBroker, run, until

KEY = bytes(32)


def device(directory: Path, broker: VirtualBroker, updates: object = None) -> Device:
    return Device(
        board=VirtualBoard(directory=str(directory), broker=broker),
        site=Site(site="workshop", device="fan-01", host="broker", port=1883),
        asset="fan",
        model=fan,
        machine=fan.Machine(1),
        updates=updates,
    )


def births(broker: VirtualBroker) -> list[dict[str, Any]]:
    return [json.loads(payload) for kind, payload in broker.messages if kind == "birth"]


def results(broker: VirtualBroker) -> list[dict[str, Any]]:
    return [json.loads(payload) for kind, payload in broker.messages if kind == "result"]


def test_a_device_on_a_host_says_why_it_is_not_updated(tmp_path: Path) -> None:
    broker = VirtualBroker()

    async def main() -> None:
        running = device(tmp_path, broker)
        task = asyncio.create_task(running.run())
        await until(lambda: bool(births(broker)))
        order = {"id": "u1", "name": "update", "args": {}, "expires_ms": 1 << 50}
        broker.send("command", order)
        await until(lambda: bool(results(broker)))
        broker.send("chunk", None, raw=bytes(100))
        await asyncio.sleep(1)
        running.stop()
        await task

    run(main())
    assert results(broker)[0]["error"] == (
        "this device is not updated over the air: it runs on a host"
    )
    assert births(broker)[0]["update"] is None
    assert msgspec.convert(births(broker)[0], Birth).firmware == VERSION


def test_a_program_on_trial_is_good_when_its_readings_are_acknowledged_and_not_before(
    tmp_path: Path,
) -> None:
    prefix = f"{tmp_path}/slot-"
    for name in "ab":
        Path(prefix + name).mkdir()
    Slots(prefix, "a").offer(json.dumps({"version": "1.1.0", "files": []}))
    slots = Slots(prefix, Slots(prefix).choose())
    assert slots.on_trial
    broker = VirtualBroker()
    broker.gateway_up = False
    (tmp_path / "spool").mkdir()

    async def main() -> None:
        updates = Updates(slots=slots, key=KEY, device="fan-01")
        running = device(tmp_path / "spool", broker, updates)
        task = asyncio.create_task(running.run())
        await asyncio.sleep(30)
        assert slots.on_trial
        assert running.uplink.connected
        broker.gateway_up = True
        await until(lambda: not slots.on_trial)
        await asyncio.sleep(1)
        running.stop()
        await task

    run(main())
    told = [(birth["firmware"], birth["update"]["state"]) for birth in births(broker)]
    assert told == [("1.1.0", "trial"), ("1.1.0", "good")]
    assert not Slots(prefix, "b").on_trial


def test_only_a_program_in_a_slot_with_a_key_takes_updates(monkeypatch: Any) -> None:
    def begun(file: str, key: str) -> object:
        monkeypatch.setattr(update, "__file__", file)
        settings = {"device": "fan-01", "update_key": key}
        return update.begin(settings)  # type: ignore[no-untyped-call]

    inside = "/slot-b/firmware/device/update.mpy"
    assert isinstance(begun(inside, KEY.hex()), Updates)
    assert isinstance(begun(inside, ""), NoUpdates)
    assert isinstance(begun(sys.modules["json"].__file__ or "", KEY.hex()), NoUpdates)


def test_an_update_for_which_there_is_no_memory_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    posts: list[tuple[str, bytes]] = []

    async def no_memory(*_arguments: object) -> None:
        raise MemoryError("memory allocation failed, allocating 4096 bytes")

    async def main() -> None:
        updates = Updates(slots=Slots(f"{tmp_path}/slot-", "a"), key=KEY, device="fan-01")
        monkeypatch.setattr(updates, "_receive", no_memory)
        uplink = SimpleNamespace(post=lambda kind, payload: posts.append((kind, payload)))
        updates.join(SimpleNamespace(uplink=uplink))
        await updates._carry_out(bytes(8), "{}", [])

    run(main())
    ((kind, payload),) = posts
    assert kind == "fetch"
    assert "allocating 4096 bytes" in json.loads(payload)["error"]
