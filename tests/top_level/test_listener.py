"""Listener: supervisor's events in, processes.json out."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import listener
from scripts.listener import Process, keep, load, save, sentence

STATES = ("STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "STOPPED", "FATAL", "UNKNOWN")


def event(from_state: str, pid: int = 42) -> dict[str, str]:
    return {"processname": "gateway", "from_state": from_state, "pid": str(pid)}


def after(*steps: tuple[str, str]) -> Process:
    process = Process(name="gateway")
    for number, (from_state, state) in enumerate(steps):
        process = process.after(event(from_state, pid=100 + number), state=state, now_ms=number)
    return process


def test_a_first_start_is_no_restart() -> None:
    process = after(("STOPPED", "STARTING"), ("STARTING", "RUNNING"))
    assert process == Process(name="gateway", state="RUNNING", restarts=0, pid=101)


def test_a_death_is_timed_and_the_start_after_it_counted() -> None:
    died = after(("STOPPED", "STARTING"), ("STARTING", "RUNNING"), ("RUNNING", "EXITED"))
    assert (died.state, died.last_exit_ms, died.pid, died.restarts) == ("EXITED", 2, None, 0)
    again = died.after(event("EXITED"), state="STARTING", now_ms=3)
    assert (again.restarts, again.last_exit_ms) == (1, 2)


def test_a_start_by_hand_is_no_restart() -> None:
    steps = (("STOPPED", "STARTING"), ("RUNNING", "STOPPING"), ("STOPPED", "STARTING"))
    assert after(*steps).restarts == 0


@given(st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from(STATES)), max_size=30))
def test_any_order_of_events_only_ever_counts_up(steps: list[tuple[str, str]]) -> None:
    counts = [after(*steps[:length]).restarts for length in range(len(steps) + 1)]
    assert counts == sorted(counts)


def test_the_file_holds_the_contract_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "processes.json"
    processes = {"gateway": Process(name="gateway", state="EXITED", restarts=2, exit_code=-1)}
    save(processes, path)
    assert json.loads(path.read_text()) == [
        {
            "name": "gateway",
            "state": "EXITED",
            "restarts": 2,
            "last_exit_ms": None,
            "pid": None,
            "exit_code": -1,
        }
    ]
    assert load(path) == processes
    assert [entry.name for entry in tmp_path.iterdir()] == ["processes.json"]


@pytest.mark.parametrize(
    ("process", "text"),
    [
        (Process(name="a", state="EXITED", exit_code=-9), "WARNING a ended by SIGKILL; starting"),
        (Process(name="a", state="EXITED"), "WARNING a ended; starting it again"),
        (Process(name="a", state="EXITED", exit_code=3), "WARNING a ended with exit code 3"),
        (Process(name="a", state="BACKOFF"), "WARNING a ended soon after its start"),
        (Process(name="a", state="FATAL"), "ERROR a does not stay up"),
        (Process(name="a", state="RUNNING", restarts=1, pid=7), "a is running again (pid 7)"),
    ],
)
def test_what_a_person_should_know_is_said(process: Process, text: str) -> None:
    assert (sentence(process) or "").startswith(text)


def test_an_ordinary_start_says_nothing() -> None:
    assert sentence(Process(name="a", state="RUNNING", pid=7)) is None


LOG = """\
2026-01-01 00:00:00,001 WARN exited: gateway-2 (exit status 9; not expected)
2026-01-01 00:00:00,002 WARN exited: gateway (exit status 3; not expected)
2026-01-01 00:00:00,003 INFO spawned: 'gateway' with pid 7
2026-01-01 00:00:00,004 WARN exited: devices (terminated by SIGKILL; not expected)
"""


@pytest.mark.parametrize(
    ("name", "code"), [("gateway", 3), ("devices", -9), ("gateway-2", 9), ("broker", None)]
)
def test_the_exit_code_is_read_from_the_log(name: str, code: int | None) -> None:
    assert listener.exit_code(name, LOG) == code


def test_the_last_exit_counts(tmp_path: Path) -> None:
    log = tmp_path / "supervisord.log"
    log.write_text("x" * 100_000 + LOG + LOG.replace("status 3", "status 4"))
    assert listener.exit_code("gateway", listener.end_of(log)) == 4
    assert listener.end_of(tmp_path / "rotated-away") == ""


def test_a_directory_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "run" / "processes.json"
    save({"gateway": Process(name="gateway")}, path)
    assert list(load(path)) == ["gateway"]


def test_a_file_that_cannot_be_written_or_read_ends_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").write_text("a file where a directory should be")
    keep({"gateway": Process(name="gateway")}, tmp_path / "run" / "processes.json")
    assert "cannot be written" in capsys.readouterr().err
    path = tmp_path / "processes.json"
    for content in ("", "{", '[{"name": "gateway", "colour": "red"}]', "[1]", "7"):
        path.write_text(content)
        assert load(path) == {}
