"""What a gateway knew it knows again after a restart, whatever ended it."""

import time
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.witness import Witness
from tests.end_to_end.workshop import Workshop
from tests.mosquitto import HOST, eventually

pytestmark = pytest.mark.broker

MINUTE_MS = 60_000


def test_alarms_counts_and_states_survive_a_kill(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices("--faults", "overcurrent@0")
        eventually(
            lambda: "current_high" in [each["name"] for each in open_alarms(workshop)], "an alarm"
        )
        [alarm] = [each for each in open_alarms(workshop) if each["name"] == "current_high"]
        url = f"http://{HOST}:{workshop._api_port}/alarms/{alarm['id']}/acknowledge"
        assert httpx.post(url, json={"by": "Ann"}, timeout=10).status_code == 200
        said = {"by": "Ann", "verdict": "nothing", "note": "A test."}
        workshop.send("PUT", f"/alarms/{alarm['id']}/verdict", said)
        workshop.kill_devices()
        eventually(
            lambda: {"current_high", "offline"} == {a["name"] for a in open_alarms(workshop)},
            "it is offline",
        )
        eventually(lambda: workshop.metric("edgetwin_queue_messages") == 0, "all is taken")
        before, counts = open_alarms(workshop), workshop.get("/delivery")
        workshop.kill_gateway()
        workshop.start_gateway()

        after = open_alarms(workshop)
        assert after == before
        assert {each["acknowledged_by"] for each in after} == {"Ann", None}
        [judged] = workshop.get("/verdicts")
        assert (judged["alarm"], judged["verdict"]["note"]) == (alarm["id"], "A test.")
        assert judged["verdict"] in [each["verdict"] for each in after]
        eventually(
            lambda: (
                {each["name"] for each in workshop.retained("fan-01", "alarm")["open"]}
                == {"current_high", "offline"}
            ),
            "they are told",
        )
        [restored] = workshop.get("/delivery")
        [known] = counts
        for figure in ("stored", "quarantined", "gaps", "missing", "epoch", "watermark"):
            assert restored[figure] == known[figure], figure
        workshop.start_devices("--faults", "none")
        eventually(lambda: open_alarms(workshop) == [], "both are over")
        workshop.quiesce()
        assert workshop.violations() == []


def open_alarms(workshop: Workshop) -> list[dict[str, object]]:
    found: list[dict[str, object]] = workshop.get("/alarms?state=open")
    return found


def test_readings_that_come_late_are_restated_across_a_restart(tmp_path: Path) -> None:
    """Five minutes in five parts, the newest first, with a kill after each."""
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        witness = Witness(workshop)
        workshop.start_gateway()
        witness.introduce()
        now_ms = time.time_ns() // 1_000_000
        starts_ms = [now_ms - minutes * MINUTE_MS for minutes in (5, 4, 3, 2, 1)]
        parts = [witness.accept(range(at, at + MINUTE_MS, 500)) for at in starts_ms]
        stored = 0
        for part in reversed(parts):
            witness.publish(part)
            stored += len(part)
            eventually(lambda: has_stored(workshop, stored), "it is stored")  # noqa: B023
            workshop.kill_gateway()
            workshop.start_gateway()
        assert workshop.violations() == []
        assert workshop.stop_gateway() == 0
        workshop.start_gateway()
        assert workshop.violations() == []


def has_stored(workshop: Workshop, count: int) -> bool:
    return any(each["stored"] >= count for each in workshop.get("/delivery"))


def test_a_second_gateway_on_the_same_journal_stays_away(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        assert workshop._gateway is not None
        pid = workshop._gateway.pid
        assert workshop.run_second_gateway() == 2
        assert f"Another gateway (process {pid}) works on the journal" in workshop.log("gateway")
        assert "EDGETWIN_DATA_DIR" in workshop.log("gateway")
        workshop.start_devices()
        workshop.await_progress(5)


def test_sigterm_ends_it_without_a_trace_back(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=2, rate_hz=20.0) as workshop:
        workshop.broker.start()
        for _ in range(3):
            workshop.start_gateway()
            workshop.start_devices()
            workshop.await_progress(20)
            assert workshop.stop_gateway() == 0
            workshop.kill_devices()
        assert "Traceback" not in workshop.log("gateway")
        assert workshop.log("gateway").count("gateway_stopped") == 3
        workshop.start_gateway()
        workshop.start_devices()
        workshop.quiesce()
        assert workshop.violations() == []
