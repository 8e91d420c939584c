"""The very files that go onto a board, under real MicroPython, with the real broker."""

import json
import subprocess
import time
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.messages import Birth, Reading
from firmware.device.payload import layout_of
from firmware.models import fan
from tests.firmware.servers import Gateway, micropython, program
from tests.mosquitto import HOST, Mosquitto, eventually

pytestmark = [pytest.mark.micropython, pytest.mark.broker]

RUN_S = 30


def board(*arguments: object) -> list[str]:
    return micropython("board.js", *arguments)


def test_a_board_works_for_half_a_minute_through_commands_and_a_broken_broker(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    began_s = time.monotonic()
    command = board("--device", "fan-90", "--host", HOST, "--port", broker.port, "--seed", 7)
    with program(command, tmp_path / "log") as micropython:
        eventually(lambda: gateway.count("fan-90") >= 10, "readings")
        birth = msgspec.json.decode(gateway.latest["fan-90/birth"], type=Birth)
        assert [(c.name, c.unit) for c in birth.channels] == list(fan.CHANNELS)
        assert gateway.latest["fan-90/status"] == b"online"

        assert gateway.command("fan-90", "inject_fault", fault="overcurrent")["ok"]
        eventually(lambda: latest(gateway)["values"]["current"] > 2.2, "overcurrent")
        assert latest(gateway)["truth"] == "overcurrent"
        assert "dragon" in gateway.command("fan-90", "dragon")["error"]
        assert gateway.command("fan-90", "set_point", set_point=1400)["ok"]
        assert json.loads(gateway.latest["fan-90/reported"])["set_point"] == 1400

        broker.kill()
        time.sleep(2)
        broker.start()
        goal = gateway.count("fan-90") + 30
        eventually(lambda: gateway.count("fan-90") >= goal, "readings after the broker came back")
        first = latest(gateway)["epoch"]
        assert gateway.command("fan-90", "restart")["ok"]
        eventually(lambda: latest(gateway)["epoch"] != first, "a new epoch")
        time.sleep(max(0.0, RUN_S - (time.monotonic() - began_s)))
        eventually(lambda: gateway.count("fan-90") > 100, "a hundred readings")
        assert micropython.stop() == 0
        eventually(lambda: gateway.latest["fan-90/status"] == b"offline", "its goodbye")
    assert "Traceback" not in micropython.text()
    assert gateway.gaps == 0
    readings = [msgspec.convert(r, Reading) for r in gateway.stored["fan-90"].values()]
    for epoch in {reading.epoch for reading in readings}:
        seqs = sorted(reading.seq for reading in readings if reading.epoch == epoch)
        assert seqs == list(range(1, len(seqs) + 1))


def test_a_board_takes_every_rate_and_its_readings_say_it(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    command = board("--device", "fan-90", "--host", HOST, "--port", broker.port, "--rate", "1/60")
    with program(command, tmp_path / "log"):
        eventually(lambda: gateway.count("fan-90") >= 1, "the first of a slow board")
        for rate_hz, period_ms in ((100, 10), (5, None), (20, 50)):
            assert gateway.command("fan-90", "set_rate", rate_hz=rate_hz)["ok"]
            # Those taken before may still be on their way.
            eventually(
                lambda period_ms=period_ms: latest(gateway).get("period_ms") == period_ms,  # type: ignore[misc]
                "readings at that rate",
            )
            goal = gateway.count("fan-90") + 40
            eventually(lambda goal=goal: gateway.count("fan-90") >= goal, "readings")  # type: ignore[misc]
            assert latest(gateway).get("period_ms") == period_ms
            birth = msgspec.json.decode(gateway.latest["fan-90/birth"], type=Birth)
            assert birth.rate_hz == rate_hz
        assert gateway.command("fan-90", "set_rate", rate_hz=1 / 3600)["ok"]
        refusal = gateway.command("fan-90", "set_rate", rate_hz=1 / 7200)
        assert (refusal["ok"], refusal["error"]) == (False, "rate_hz must be 1/3600 to 100")
    readings = sorted(gateway.stored["fan-90"].values(), key=lambda item: item["seq"])
    assert [item["seq"] for item in readings] == list(range(1, len(readings) + 1))
    periods = [period for period, _run in groupby(item.get("period_ms") for item in readings)]
    assert periods[:4] == [60_000, 10, None, 50]


def latest(gateway: Gateway) -> dict[str, Any]:
    return gateway.readings("fan-90")[-1]


def test_micropython_simulates_the_same_machine_as_cpython(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    command = board("--device", "fan-90", "--port", broker.port, "--seed", 11)
    theirs: list[dict[str, Any]] = []
    while len(theirs) < 5:  # again where the host stalled from the start
        goal = gateway.count("fan-90") + 40
        with program(command, tmp_path / "log"):
            eventually(lambda goal=goal: gateway.count("fan-90") >= goal, "readings")  # type: ignore[misc]
        theirs = unhurried(gateway)
    layout = layout_of(fan)
    machine = fan.Machine(11)
    for seq, there in enumerate(theirs, start=1):
        values = machine.step(0.2)
        record = layout.pack(time_ms=0, values=values, truth=machine.truth)
        here = json.loads(layout.encode(epoch="x", seq=seq, record=record))
        assert there["values"] == here["values"]
        assert there["truth"] == here["truth"]


def unhurried(gateway: Gateway) -> list[dict[str, Any]]:
    """The first readings on the 5 Hz grid: a host that stalls for a period makes a longer step."""
    epoch: str = latest(gateway)["epoch"]
    found: list[dict[str, Any]] = []
    for seq in range(1, 41):
        reading = gateway.stored["fan-90"][(epoch, seq)]
        if found and reading["time_ms"] - found[-1]["time_ms"] > 300:
            break
        found.append(reading)
    return found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "many"], "--port must be a number"),
        (["--colour", "red"], "--colour"),
        (["--asset", "dragon"], "no virtual machine of type dragon"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        board(*arguments), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode in (1, 2)
    assert words in done.stderr
