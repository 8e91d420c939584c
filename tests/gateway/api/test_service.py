"""Health and metrics."""

import json
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from contract.messages import DependencyStatus
from gateway.clocks.witnesses import BesideBoards
from tests.gateway.api.workshop import NOON_MS, Serve, Workshop

DOWN = DependencyStatus("down", "connection refused", NOON_MS - 5_000)


def put_processes(workshop: Workshop, text: bytes) -> None:
    path = workshop.settings.data_dir / "run" / "processes.json"
    path.parent.mkdir()
    path.write_bytes(text)


def test_all_is_well(client: httpx.Client) -> None:
    answer = client.get("/health")
    health = answer.json()
    assert answer.status_code == 200
    assert health["status"] == "ok"  # although influxdb is off: nobody asked for it
    assert health["uptime_s"] == 1.5
    assert health["version"][0].isdigit()
    assert health["dependencies"].keys() == {"broker", "journal", "inference", "influxdb"}
    assert health["processes"] == []
    assert "processes_error" not in health


@pytest.mark.parametrize("peer", ["broker", "inference", "influxdb"])
def test_a_peer_that_is_down_degrades(empty_workshop: Workshop, serve: Serve, peer: str) -> None:
    empty_workshop.dependencies[peer] = DOWN
    answer = serve(empty_workshop).get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    shown = {"status": "down", "detail": "connection refused", "since_ms": NOON_MS - 5_000}
    assert answer.json()["dependencies"][peer] == shown


def test_a_journal_that_cannot_be_written_is_503(empty_workshop: Workshop, serve: Serve) -> None:
    empty_workshop.dependencies["journal"] = DOWN
    answer = serve(empty_workshop).get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "degraded"


def test_a_follower_tells_how_far_it_is_behind(empty_workshop: Workshop, serve: Serve) -> None:
    behind = DependencyStatus("ok", "delivering", NOON_MS, behind=1234)
    empty_workshop.dependencies["influxdb"] = behind
    client = serve(empty_workshop)
    assert client.get("/health").json()["dependencies"]["influxdb"]["behind"] == 1234
    assert values(client.get("/metrics"))["edgetwin_follower_behind_rows", "influxdb"] == 1234


def test_the_supervisor_s_processes_are_shown(empty_workshop: Workshop, serve: Serve) -> None:
    entry = {"name": "broker", "state": "RUNNING", "restarts": 2, "last_exit_ms": NOON_MS}
    put_processes(empty_workshop, json.dumps([entry | {"pid": 7, "exit_code": -1}]).encode())
    shown = serve(empty_workshop).get("/health").json()["processes"]
    assert shown == [entry | {"down": False}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "restarts", "status"),
    [
        ("RUNNING", 0, "ok"),
        ("RUNNING", 7, "ok"),
        ("STARTING", 0, "ok"),
        ("STARTING", 1, "degraded"),
        ("EXITED", 0, "degraded"),
        ("BACKOFF", 3, "degraded"),
        ("FATAL", 10, "degraded"),
        ("STOPPED", 1, "ok"),
    ],
)
def test_a_process_that_does_not_stay_up_degrades(
    empty_workshop: Workshop, serve: Serve, state: str, restarts: int, status: str
) -> None:
    steady = {"name": "broker", "state": "RUNNING", "restarts": 0, "last_exit_ms": None}
    entry = {"name": "inference", "state": state, "restarts": restarts, "last_exit_ms": NOON_MS}
    put_processes(empty_workshop, json.dumps([steady, entry]).encode())
    answer = serve(empty_workshop).get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == status
    assert [each["down"] for each in answer.json()["processes"]] == [False, status == "degraded"]


@pytest.mark.slow
@pytest.mark.parametrize("text", [b"", b"{", b"{}", b'[{"name":1}]', b"\xff", b"[" * 100_000])
def test_rubbish_instead_of_processes_is_said_to_be_so(
    empty_workshop: Workshop, serve: Serve, text: bytes
) -> None:
    put_processes(empty_workshop, text)
    answer = serve(empty_workshop).get("/health")
    assert answer.status_code == 200
    assert answer.json()["processes"] == []
    assert "processes.json cannot be read" in answer.json()["processes_error"]


def test_a_directory_instead_of_processes(empty_workshop: Workshop, serve: Serve) -> None:
    (empty_workshop.settings.data_dir / "run" / "processes.json").mkdir(parents=True)
    answer = serve(empty_workshop).get("/health")
    assert "cannot be read" in answer.json()["processes_error"]


def values(answer: httpx.Response) -> dict[tuple[str, str], float]:
    """(sample name, its only label or nothing) → value, by Prometheus' own parser."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_metrics_are_the_live_counters(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    workshop.metrics.readings_stored = 36_000
    workshop.metrics.commit_seconds = 1.5
    workshop.metrics.queue = 3
    workshop.dependencies["broker"] = DOWN
    found = values(client.get("/metrics"))
    assert found["edgetwin_readings_stored_total", ""] == 36_000
    assert found["edgetwin_commit_seconds_total", ""] == 1.5
    assert found["edgetwin_queue_messages", ""] == 3
    assert found["edgetwin_dependency_up", "broker"] == 0
    assert found["edgetwin_dependency_up", "journal"] == 1
    assert ("edgetwin_dependency_up", "influxdb") not in found
    assert found["edgetwin_devices", ""] == found["edgetwin_devices_online", ""] == 1
    assert found["edgetwin_open_alarms", ""] == 1
    assert found["edgetwin_device_readings_stored_total", "fan-01"] == 3600
    assert found["edgetwin_device_last_seen_timestamp_seconds", "fan-01"] == NOON_MS / 1000
    assert found["process_cpu_seconds_total", ""] > 0


def test_every_counter_of_the_gateway_is_given_out(client: httpx.Client, noon: Workshop) -> None:
    text = client.get("/metrics").text
    for field in noon.metrics.__struct_fields__:
        assert f"edgetwin_{field}" in text


def test_many_devices_are_only_counted(empty_workshop: Workshop, serve: Serve) -> None:
    for number in range(500):
        empty_workshop.add(f"fan-{number}", durable=False)
    client = serve(empty_workshop)
    found = values(client.get("/metrics"))
    assert found["edgetwin_devices", ""] == 500
    assert not [name for name, _ in found if name.startswith("edgetwin_device_")]


def test_the_version_is_the_project_s(client: httpx.Client) -> None:
    project = Path(__file__).parents[3] / "pyproject.toml"
    version = client.get("/health").json()["version"]
    assert f'version = "{version}"' in project.read_text(encoding="utf-8")


def test_files_of_types_that_are_no_good_are_told_and_degrade(
    workshop: Workshop, serve: Serve
) -> None:
    workshop.type_mistakes = ["assets/barn.toml: it is not TOML."]
    found = serve(workshop).get("/health").json()
    assert found["status"] == "degraded"
    assert found["assets_error"] == ["assets/barn.toml: it is not TOML."]


def test_the_system_tells_its_room_its_clock_and_what_it_refused(
    empty_workshop: Workshop, serve: Serve
) -> None:
    empty_workshop.refuse("fan-01", reason="out_of_range", raw=b"12345")
    empty_workshop.add("fan-01").counts.over_budget = 3
    empty_workshop.beside_boards = BesideBoards(offset_ms=-12, within_ms=3_000, boards=5)
    found = serve(empty_workshop).get("/system").json()
    assert found["disk"]["total"] >= found["disk"]["free"] > 0
    assert found["kept"] == {
        "reading_days": 7.0, "minute_days": 365.0, "alarm_days": 400.0, "oldest_reading_ms": None
    }  # fmt: skip
    clock = {"offset_ms": -12, "within_ms": 3_000, "boards": 5}
    assert {name: found["clock"][name] for name in clock} == clock
    assert found["refused"]["kept"] == 1
    assert found["refused"]["kept_bytes"] == 5
    assert found["budgets"]["over"] == {"fan-01": 3}
    assert found["versions"]["inference"] is None  # nobody listens there
