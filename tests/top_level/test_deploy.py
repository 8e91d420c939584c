"""The units of systemd: they hold what they promise, systemd understands them, they install."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hosting.heartbeat import PERIOD_S
from scripts import install_service, watched
from scripts.install_service import TEMPLATES, InstallError, Plan, install
from scripts.settings import ROOT

ANALYZE = shutil.which("systemd-analyze")
SERVICES = ("broker", "inference", "gateway", "dashboard", "devices")
Settings = dict[str, list[str]]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(
        data=Path("/var/lib/edgetwin"),
        settings=tmp_path / "settings.env",
        units=tmp_path / "units",
        user=pwd.getpwuid(os.getuid()).pw_name,  # whom `verify` can look up
    )


@pytest.fixture
def units(plan: Plan) -> Path:
    for path, text in plan.rendered().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return plan.units


def section(path: Path, name: str) -> Settings:
    """Every assignment of one section; a key may stand there more than once."""
    found: Settings = {}
    inside = False
    for line in path.read_text().splitlines():
        if line.startswith("["):
            inside = line == f"[{name}]"
        elif inside and line and not line.startswith("#"):
            key, sign, value = line.partition("=")
            assert sign, f"{path.name}: {line}"
            found.setdefault(key, []).append(value)
    return found


def test_every_service_is_sandboxed_started_again_and_watched(units: Path) -> None:
    common = section(units / "edgetwin-.service.d" / "sandbox.conf", "Service")
    wanted = {
        "Restart": "always",
        "Type": "notify",
        "ProtectSystem": "strict",
        "ReadWritePaths": "/var/lib/edgetwin",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
    }
    assert {key: common[key] for key in wanted} == {key: [value] for key, value in wanted.items()}
    assert common["SystemCallFilter"][0] == "@system-service"
    assert common["User"] != ["root"] or os.getuid() == 0
    assert float(common["WatchdogSec"][0]) >= max(30.0, 3 * PERIOD_S)
    limits = section(units / "edgetwin-.service.d" / "sandbox.conf", "Unit")
    assert limits["StartLimitIntervalSec"] == ["0"]  # never given up


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_what_is_there(units: Path, name: str) -> None:
    service = section(units / f"edgetwin-{name}.service", "Service")
    [line] = service["ExecStart"]
    words = line.split()
    assert Path(words[0]).samefile(ROOT / ".venv" / "bin" / "python")
    for module in re.findall(r"-m (\S+)", line):
        path = ROOT / Path(*module.split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    assert set(service) <= {"ExecStart", "ExecStartPre", "TimeoutStartSec", "Type", "WatchdogSec"}
    assert "{" not in (units / f"edgetwin-{name}.service").read_text()
    unwatched = service.get("WatchdogSec") == ["0"]
    assert unwatched == (name == "devices")


def test_the_target_starts_all_but_the_emulator(units: Path) -> None:
    [wanted] = section(units / "edgetwin.target", "Unit")["Wants"]
    assert wanted.split() == [f"edgetwin-{name}.service" for name in SERVICES[:-1]]


@pytest.mark.skipif(
    ANALYZE is None, reason="no systemd here; the units are read above all the same"
)
def test_systemd_understands_them_and_finds_them_tight(units: Path) -> None:
    environ = os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:"}
    files = [str(path) for path in sorted(units.glob("edgetwin*.*")) if path.is_file()]
    verified = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *files],
        env=environ, check=False, capture_output=True, text=True,
    )  # fmt: skip
    about_us = [line for line in verified.stderr.splitlines() if "edgetwin" in line]
    assert (verified.returncode, about_us) == (0, [])
    for name in SERVICES:
        rated = subprocess.run(
            [str(ANALYZE), "security", "--offline=true", "--threshold=30", "--no-pager",
             f"edgetwin-{name}.service"],
            env=environ, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert rated.returncode == 0, (rated.stdout + rated.stderr)[-3000:]


def test_a_dry_run_says_everything_and_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install_service, "_HIDDEN", ())  # wherever this checkout lies
    units = tmp_path / "units"
    plan = Plan(units=units, settings=tmp_path / "settings.env", user="nobody-of-that-name")
    install(plan, devices=True, dry_run=True)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "would create the user nobody-of-that-name"
    assert said[-1] == "would enable and start edgetwin.target, edgetwin-devices.service"
    assert len([line for line in said if line.startswith(f"would write {units}")]) == 7
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["/home/pi/edgetwin", "/root/edgetwin", "/tmp/edgetwin"])
def test_a_place_that_services_cannot_see_is_refused(place: str) -> None:
    with pytest.raises(InstallError, match="/opt/edgetwin"):
        Plan(root=Path(place)).check()
    with pytest.raises(InstallError, match="hidden"):
        Plan(data=Path(place)).check()


def test_a_place_that_is_not_set_up_is_refused() -> None:
    with pytest.raises(InstallError, match="make setup"):
        Plan(root=Path("/opt/nothing-here")).check()


def test_the_command_line_answers_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert install_service.main(["--dry-run", "--data-dir", "/home/pi/data"]) == 1
    assert capsys.readouterr().err.startswith("ERROR /home/pi/data is hidden")


# ---------------------------------------------------------------- python -m scripts.watched


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(tmp_path / "s"))
        found.settimeout(240)
        yield found


@pytest.mark.slow
def test_a_watched_process_is_told_of_only_while_it_answers(
    tmp_path: Path, environ: dict[str, str], notified: socket.socket
) -> None:
    """A server that answers anything, then hangs, then ends."""
    port = environ["EDGETWIN_INFERENCE_PORT"]
    line = [sys.executable, "-m", "scripts.watched", "inference"]
    server = [sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1"]
    with subprocess.Popen(
        [*line, *server],
        cwd=ROOT,
        env=environ | {"NOTIFY_SOCKET": str(tmp_path / "s")},
        stderr=subprocess.DEVNULL,
    ) as process:
        assert notified.recv(100) == b"READY=1"
        assert notified.recv(100) == b"WATCHDOG=1"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == -signal.SIGTERM or process.returncode != 0


def test_who_has_answered_once_has_no_grace_any_more() -> None:
    grace = watched.Grace(0.0)
    assert grace.covers(170.0, is_well=False)
    assert grace.covers(175.0, is_well=True)
    assert not grace.covers(180.0, is_well=False)
    assert grace.covers(200.0, is_well=True)
    assert not watched.Grace(0.0).covers(181.0, is_well=False)


def test_the_templates_are_all_that_is_deployed(plan: Plan) -> None:
    assert len(plan.rendered()) == len([p for p in TEMPLATES.rglob("*") if p.is_file()]) == 7
