"""Every command of the README's "Four ways in", run as it stands there (on this test's ports)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.settings import ROOT
from tests.top_level.installation import Installation, installation

_RUNS_ON = "firmware.emulator"  # until Ctrl-C
_ENDED_BY_TIMEOUT = 124


def commands() -> list[str]:
    """One entry a command, continued lines joined."""
    ways_in = (ROOT / "README.md").read_text().partition("## Four ways in")[2]
    blocks = re.findall(r"^```sh\n(.*?)^```", ways_in, re.DOTALL | re.MULTILINE)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [line for line in lines if line.strip()]


def on_these_ports(command: str, environ: dict[str, str]) -> str:
    for standard, name in (("8000", "GATEWAY"), ("8001", "INFERENCE"), ("1880", "DASHBOARD")):
        command = command.replace(f"127.0.0.1:{standard}", "127.0.0.1:" + port(environ, name))
    command = re.sub(r"\b(mosquitto_[ps]ub) ", rf"\1 -p {port(environ, 'BROKER')} ", command)
    return command.replace(".venv/bin/python", sys.executable)


def port(environ: dict[str, str], name: str) -> str:
    return environ[f"EDGETWIN_{name}_PORT"]


def test_the_readme_shows_each_way_in() -> None:
    text = "\n".join(commands())
    for tool in (_RUNS_ON, "mosquitto_pub", "mosquitto_sub", "curl"):
        assert tool in text


@pytest.mark.broker
@pytest.mark.timeout(600)
def test_every_command_does_what_it_says(environ: dict[str, str], data_dir: Path) -> None:
    with installation(environ, data_dir) as running:
        running.wait_until_running()
        running.wait_until(lambda: "fan-01" in devices(running), within_s=30)
        for command in commands():
            run(on_these_ports(command, environ), environ)
        known = devices(running)
    for name in ("my-fan", "hall-fan-01", "hall-fan-02"):
        assert name in known


def run(command: str, environ: dict[str, str]) -> None:
    runs_on = _RUNS_ON in command
    line = f"timeout -s INT 12 {command}" if runs_on else command
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=ROOT, env=environ, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode in {0, _ENDED_BY_TIMEOUT if runs_on else 0}, (command, done.stderr)
    if "curl" in command:
        assert done.stdout, command
        assert '"status":4' not in done.stdout, (command, done.stdout)
        assert '"status":5' not in done.stdout, (command, done.stdout)


def devices(running: Installation) -> str:
    url = f"http://127.0.0.1:{port(running.environ, 'GATEWAY')}/devices"
    done = subprocess.run(["curl", "-s", url], check=False, capture_output=True, text=True)
    return done.stdout
