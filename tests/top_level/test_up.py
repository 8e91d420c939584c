"""`make up` for real: all processes answer, one that dies comes back, everything stops."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.processes import MARK, members
from scripts.settings import ROOT
from scripts.watchdog import STARTED_WITHIN_S
from tests.mosquitto import eventually
from tests.top_level.installation import Installation, installation, run

_PROCESSES = ("broker", "inference", "gateway", "dashboard", "devices")


def restarts(health: dict[str, Any], name: str) -> list[int]:
    return [entry["restarts"] for entry in health["processes"] if entry["name"] == name]


@pytest.mark.broker
@pytest.mark.timeout(1800)
def test_from_start_to_finish(environ: dict[str, str], data_dir: Path) -> None:
    with installation(environ, data_dir) as first:
        first.wait_until_running()
        rows = first.run("status").stdout.splitlines()[1:]
        assert [row.split()[0] for row in rows] == [*_PROCESSES]
        second = first.run("up")
        assert second.returncode == 1
        assert "edgetwin is already running" in second.stderr

        first.wait_until(lambda: first.recorded("gateway")["state"] == "RUNNING")
        os.kill(first.recorded("gateway")["pid"], signal.SIGKILL)
        first.wait_until(lambda: restarts(first.health(), "gateway") == [1])
        first.wait_until(lambda: first.recorded("gateway")["state"] == "RUNNING")
        died = first.recorded("gateway")
        assert (died["restarts"], died["exit_code"]) == (1, -signal.SIGKILL)
        assert died["last_exit_ms"] > 0
        first.wait_until_said("WARNING gateway ended by SIGKILL")
        first.wait_until((data_dir / "models" / "fan" / "manifest.json").exists, within_s=480)

        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(timeout=120) == 0
    assert members(data_dir) == []
    stopped = re.findall(r"stopped: (\w+)", (data_dir / "log" / "supervisord.log").read_text())
    assert [name for name in stopped if name in _PROCESSES] == [*reversed(_PROCESSES)]

    with installation(environ, data_dir) as again:
        again.wait_until_running()
        assert "Training" not in again.output.read_text()
        assert again.run("down").stdout == "Everything is stopped.\n"
        assert again.process.wait(timeout=120) == 0
    assert members(data_dir) == []

    with installation(environ, data_dir) as third:
        third.wait_until_running()
        gateway = third.recorded("gateway")["pid"]
        os.kill(int((data_dir / "run" / "supervisord.pid").read_text()), signal.SIGKILL)
        third.wait_until(lambda: third.recorded("gateway")["pid"] not in {None, gateway})
        third.wait_until_said("supervisord ended with exit code -9: starting it")
        third.wait_until(lambda: is_connected(third))
        hang(third, "gateway")
        third.wait_until(lambda: is_connected(third))
        lose_the_logins(third)
        assert third.run("down").stdout == "Everything is stopped.\n"
        assert third.process.wait(timeout=120) == 0
    assert members(data_dir) == []


@pytest.mark.broker
@pytest.mark.timeout(600)
def test_a_data_directory_that_is_deleted_is_begun_anew(
    environ: dict[str, str], data_dir: Path, models: Path
) -> None:
    with installation(environ, data_dir, trained=models) as made:
        made.wait_until_running()
        gateway = made.recorded("gateway")["pid"]
        kept = {data_dir / "models", made.output}  # training again takes its time
        for path in set(data_dir.iterdir()) - kept:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        assert "is not running" not in made.run("status").stdout
        made.wait_until(lambda: "was deleted: everything" in made.output.read_text(), within_s=90)
        made.wait_until(
            lambda: made.output.read_text().count("edgetwin is running") == 2, within_s=240
        )
        made.wait_until(lambda: is_connected(made), within_s=60)
        made.wait_until(lambda: made.recorded("gateway")["pid"] not in {None, gateway})
        assert "damaged" not in json.dumps(made.health()), "whoever deletes all knows it"
        assert made.run("status").returncode == 0
        assert "Traceback" not in (data_dir / "log" / "listener.log").read_text()
        assert made.run("down").stdout == "Everything is stopped.\n"
        assert made.process.wait(timeout=30) == 0
    assert members(data_dir) == []


_HOLDS = """import time
from scripts import hold, settings
with hold.held(settings.load()):
    time.sleep(60)"""


def test_what_is_still_being_started_is_said_and_can_be_stopped(environ: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS, "scripts.up"], cwd=ROOT, env=environ
    ) as starting:
        said = f"`make up` (pid {starting.pid}) has not started everything yet"
        eventually(lambda: said in run("status", environ).stdout, what="somebody who starts")
        assert run("up", environ).returncode == 1
        assert said in run("status", environ).stdout  # a second one that left changed nothing
        assert run("down", environ).stdout.startswith("Everything is stopped")
        assert starting.wait(timeout=30) == -signal.SIGTERM
    assert "is not running" in run("status", environ).stdout


def test_processes_without_a_supervisor_are_not_passed_over(
    environ: dict[str, str], data_dir: Path
) -> None:
    marked = environ | {MARK: str(data_dir)}
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=marked) as one:
        status = run("status", environ)
        one.kill()
    assert (status.returncode, status.stdout[:21]) == (1, "1 process of edgetwin")


def is_connected(made: Installation) -> bool:
    health = made.health()
    return "dependencies" in health and health["dependencies"]["broker"]["status"] == "ok"


def hang(made: Installation, name: str) -> None:
    """Stop a process without ending it; the watchdog ends it, and the supervisor begins it anew."""
    pid = made.recorded(name)["pid"]
    os.kill(pid, signal.SIGSTOP)
    # Should its first heartbeat have gone astray, it counts as one that has yet to start.
    longest_s = STARTED_WITHIN_S + 120.0
    made.wait_until(lambda: made.recorded(name)["pid"] not in {None, pid}, within_s=longest_s)
    made.wait_until_said(f"WARNING {name} (pid {pid}) hangs")


def lose_the_logins(made: Installation) -> None:
    """Everybody keeps the login they have, boards as well."""
    passwords = made.data_dir / "broker" / "passwords"
    before, broker = passwords.read_text(), made.recorded("broker")["pid"]
    shutil.rmtree(made.data_dir / "broker")
    made.wait_until(lambda: made.recorded("broker")["pid"] not in {None, broker})
    made.wait_until(lambda: is_connected(made))
    assert passwords.read_text() == before


@pytest.mark.slow
def test_a_busy_port_stops_it_before_anything_starts(
    environ: dict[str, str], data_dir: Path
) -> None:
    with socket.create_server(("127.0.0.1", int(environ["EDGETWIN_DASHBOARD_PORT"]))):
        made = Installation(environ, data_dir)
        assert made.process.wait(timeout=120) == 1
    assert f"(pid {os.getpid()})" in made.output.read_text()
    assert "EDGETWIN_DASHBOARD_PORT" in made.output.read_text()
    assert members(data_dir) == []


@pytest.mark.slow
def test_a_wrong_setting_stops_it_before_anything_starts(
    environ: dict[str, str], data_dir: Path
) -> None:
    made = Installation(environ | {"EDGETWIN_RATE_HZ": "fast"}, data_dir)
    assert made.process.wait(timeout=120) == 1
    assert made.output.read_text().startswith("EDGETWIN_RATE_HZ=fast: ")


@pytest.mark.slow
def test_what_a_killed_supervisor_left_behind_is_stopped(
    environ: dict[str, str], data_dir: Path
) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    marked = environ | {MARK: str(data_dir)}
    with subprocess.Popen([sys.executable, "-c", stubborn], env=marked) as orphan:
        down = run("down", environ)
        assert orphan.wait(timeout=60) < 0
    assert down.stdout == "Stopped 1 process left over.\n"


@pytest.mark.slow
def test_down_and_status_without_anything_running_say_so(environ: dict[str, str]) -> None:
    for name, text in (("down", "Nothing is running."), ("status", "edgetwin is not running")):
        assert text in run(name, environ).stdout
