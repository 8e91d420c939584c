"""The emulator as people start it: processes, the real broker, signals and kills."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.messages import Birth
from firmware.emulator.faults import Breakable, Schedule
from firmware.emulator.fleet import Fleet
from firmware.emulator.options import parse
from tests.firmware.servers import Gateway, emulator, program
from tests.mosquitto import HOST, Mosquitto, eventually

pytestmark = pytest.mark.broker


def audit(path: Path) -> tuple[dict[tuple[str, int], dict[str, Any]], dict[str, int]]:
    """Accepted readings by key, and the highest watermark of each epoch."""
    readings: dict[tuple[str, int], dict[str, Any]] = {}
    acks: dict[str, int] = {}
    for line in path.read_text().splitlines():
        ((kind, body),) = json.loads(line).items()
        if kind == "reading":
            readings[(body["epoch"], body["seq"])] = body
        elif kind == "ack":
            acks[body["epoch"]] = max(acks.get(body["epoch"], 0), body["seq"])
    return readings, acks


def test_a_fleet_publishes_and_stops_cleanly(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    command = emulator("--devices", 3, "--port", broker.port, "--data-dir", tmp_path / "var")
    with program(command, tmp_path / "log") as fleet:
        names = ["fan-01", "fan-02", "fan-03"]
        eventually(lambda: all(gateway.count(name) >= 10 for name in names), "readings")
        assert all(gateway.latest[f"{name}/status"] == b"online" for name in names)
        birth = msgspec.json.decode(gateway.latest["fan-01/birth"], type=Birth)
        assert birth.faults
        assert fleet.stop(signal.SIGTERM) == 0
        eventually(
            lambda: all(gateway.latest[f"{name}/status"] == b"offline" for name in names),
            "offline",
        )
        assert "fan-02: connected to" in fleet.text()
    firsts = [next(iter(gateway.stored[name].values()))["values"] for name in names]
    assert len({json.dumps(values) for values in firsts}) == 3


def await_more(gateway: Gateway, names: tuple[str, ...]) -> None:
    """Thirty readings more of each."""
    goals = {name: gateway.count(name) + 30 for name in names}
    eventually(lambda: all(gateway.count(name) >= goals[name] for name in names), "readings")


def test_kills_of_device_and_broker_lose_nothing_and_the_audit_agrees(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    command = emulator(
        *("--devices", 2, "--rate", 20, "--port", broker.port, "--data-dir", tmp_path / "var"),
        *("--audit", tmp_path / "audit"),
    )
    names = ("fan-01", "fan-02")
    for life in range(1, 5):
        with program(command, tmp_path / "log") as fleet:
            await_more(gateway, names)
            if life % 2:
                broker.kill()
                broker.start()
                await_more(gateway, names)
            fleet.stop(signal.SIGKILL)
        eventually(lambda: gateway.latest.get("fan-01/status") == b"offline", "the last will")
    with program(command, tmp_path / "log") as fleet:
        eventually(lambda: all(len(gateway.epochs(name)) == 5 for name in names), "epoch 5")
        fleet.stop(signal.SIGTERM)
    for name in names:
        accepted, acked = audit(tmp_path / "audit" / f"{name}.jsonl")
        stored = gateway.stored[name]
        assert stored.items() <= accepted.items(), "a reading nobody accepted"
        last_epoch = max(accepted, key=lambda key: int(key[0].split("-")[1]))[0]
        missing = [key for key in accepted if key not in stored and key[0] != last_epoch]
        assert missing == []
        assert all((epoch, seq) in stored for epoch, seq in acked.items())
        lives = [int(epoch.split("-")[1]) for epoch, _seq in gateway.order[name]]
        assert lives == sorted(lives), "the old tail goes before the new epoch"
    assert gateway.gaps == 0


def test_a_mixed_fleet_tells_states_counters_and_events_beside_measurements(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    command = emulator(
        *("--fleet", "fan:1,dispenser:2", "--rate", 20, "--port", broker.port),
        *("--data-dir", tmp_path / "var", "--audit", tmp_path / "audit", "--faults", "none"),
    )
    with program(command, tmp_path / "log") as fleet:
        eventually(lambda: gateway.count("dispenser-02") >= 60, "readings of a dispenser")
        eventually(lambda: gateway.count("fan-01") >= 60, "readings of a fan")
        birth = json.loads(gateway.latest["dispenser-01/birth"])
        kinds = {channel["name"]: channel.get("kind") for channel in birth["channels"]}
        assert (kinds["state"], kinds["litres"], kinds["flow"]) == ("state", "counter", None)
        assert "service" in birth["events"]
        # Whoever clears limescale has descaled it, and that is an event.
        assert gateway.command("dispenser-01", "inject_fault", fault="limescale")["ok"]
        assert gateway.command("dispenser-01", "clear_fault")["ok"]
        eventually(
            lambda: any(i.get("event") == "descaled" for i in gateway.readings("dispenser-01")),
            "the event",
        )
        assert fleet.stop(signal.SIGTERM) == 0
    reading = next(item for item in gateway.readings("dispenser-01") if "event" not in item)
    assert reading["values"]["state"] in {"idle", "selecting", "dispensing", "error"}
    assert gateway.wrong == []
    accepted, _acked = audit(tmp_path / "audit" / "dispenser-01.jsonl")
    assert any("event" in item for item in accepted.values())


def test_the_fleet_of_the_documented_file_publishes_as_it_says(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    file = Path(__file__).parents[3] / "docs" / "examples" / "fleet.toml"
    command = emulator("--fleet-file", file, "--port", broker.port, "--data-dir", tmp_path / "var")
    names = ("mill-east", "hall2-mill-20", "oven-3")
    with program(command, tmp_path / "log") as fleet:
        eventually(lambda: all(gateway.count(name) >= 2 for name in names), "readings")
        births = {name: json.loads(gateway.latest[f"{name}/birth"]) for name in names}
        assert fleet.stop(signal.SIGTERM) == 0
    assert [birth["asset"] for birth in births.values()] == ["machine_tool"] * 2 + ["generic"]
    assert [birth["rate_hz"] for birth in births.values()] == [0.2, 0.2, 1.0]
    oven = gateway.readings("oven-3")[0]
    assert 178 <= oven["values"]["chamber"] <= 186
    assert 12 <= oven["values"]["humidity"] <= 30
    mill = next(item for item in gateway.readings("mill-east") if "event" not in item)
    assert mill["period_ms"] == 5000
    assert 18 <= mill["values"]["temperature"] <= 50
    assert gateway.wrong == []


def test_a_commanded_fault_is_seen_in_the_readings(
    broker: Mosquitto, gateway: Gateway, tmp_path: Path
) -> None:
    command = emulator(
        "--devices", 1, "--port", broker.port, "--data-dir", tmp_path, "--faults", "none"
    )
    with program(command, tmp_path / "log"):
        eventually(lambda: gateway.count("fan-01") >= 3, "readings")
        assert gateway.command("fan-01", "inject_fault", fault="overcurrent")["ok"]

        def latest() -> dict[str, Any]:
            return gateway.readings("fan-01")[-1]

        eventually(lambda: latest()["values"]["current"] > 2.2, "overcurrent")
        assert latest()["truth"] == "overcurrent"
        assert gateway.command("fan-01", "clear_fault")["ok"]
        eventually(lambda: latest()["truth"] == "normal", "recovery")
        refused = gateway.command("fan-01", "inject_fault", fault="dragon")
        assert not refused["ok"]
        assert "vibration_spikes" in refused["error"]
        first_epoch = latest()["epoch"]
        assert gateway.command("fan-01", "restart")["ok"]
        eventually(lambda: latest()["epoch"] != first_epoch, "a new epoch after restart")


def test_two_emulators_do_not_share_a_spool(broker: Mosquitto, tmp_path: Path) -> None:
    command = emulator("--devices", 2, "--port", broker.port, "--data-dir", tmp_path / "var")
    with program(command, tmp_path / "log") as first:
        eventually(lambda: "connected" in first.text(), "the first")
        second = subprocess.run(
            command, capture_output=True, text=True, timeout=240, cwd=Path.cwd(), check=False
        )
        assert second.returncode == 1
        assert "is another emulator running?" in second.stderr


def test_it_reads_the_environment_and_starts_before_the_broker(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path / "mosquitto")
    environ = {
        "EDGETWIN_HOST": HOST,
        "EDGETWIN_BROKER_PORT": str(server.port),
        "EDGETWIN_FLEET": "fan:1",
        "EDGETWIN_RATE_HZ": "10",
        "EDGETWIN_DATA_DIR": str(tmp_path / "var"),
    }
    with program(emulator(), tmp_path / "log", **environ) as fleet:
        eventually(lambda: "not connected" in fleet.text(), "the complaint")
        server.start()
        gateway = Gateway(server.port)
        try:
            eventually(lambda: gateway.count("fan-01") >= 20, "what was spooled before")
            seqs = [seq for _epoch, seq in gateway.order["fan-01"]]
            assert seqs == list(range(1, len(seqs) + 1))
        finally:
            gateway.close()
            server.kill()


def test_a_plan_of_faults_that_breaks_ends_the_fleet_for_all_to_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def advance(_schedule: Schedule, _now_s: float, _machines: Mapping[str, Breakable]) -> None:
        raise RuntimeError("no such fault")

    monkeypatch.setattr(Schedule, "advance", advance)
    options = parse(["--devices", "2", "--port", "1", "--data-dir", str(tmp_path)])
    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(asyncio.wait_for(Fleet(options).run(), 120))
    assert raised.group_contains(RuntimeError, match="no such fault")
