"""Every command of the README's "Four ways in", run as it stands there (on this test's ports)."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from scripts.settings import ROOT
from tests.top_level.installation import Installation, installation

_RUNS_ON = "firmware.emulator"  # until Ctrl-C
_VIRTUAL = ("hall-fan-01", "hall-fan-02")


def blocks() -> list[str]:
    """The README's shell blocks, in order, continued lines joined."""
    ways_in = (ROOT / "README.md").read_text().partition("## Four ways in")[2]
    found = re.findall(r"^```sh\n(.*?)^```", ways_in, re.DOTALL | re.MULTILINE)
    return [block.replace("\\\n", "") for block in found]


def here(block: str, environ: dict[str, str]) -> str:
    """The block for this test's ports and directories."""
    for standard, name in (("8000", "GATEWAY"), ("8001", "INFERENCE"), ("1880", "DASHBOARD")):
        block = block.replace(f"127.0.0.1:{standard}", "127.0.0.1:" + port(environ, name))
    block = re.sub(r"\b(mosquitto_[ps]ub) (?!--unix)", rf"\1 -p {port(environ, 'BROKER')} ", block)
    block = block.replace("var/", environ["EDGETWIN_DATA_DIR"] + "/")
    return block.replace(".venv/bin/python", sys.executable)


def port(environ: dict[str, str], name: str) -> str:
    return environ[f"EDGETWIN_{name}_PORT"]


def test_the_readme_shows_each_way_in() -> None:
    text = "\n".join(blocks())
    for tool in (_RUNS_ON, "mosquitto_pub", "mosquitto_sub", "curl"):
        assert tool in text


@pytest.mark.broker
@pytest.mark.timeout(1800)
def test_every_command_does_what_it_says(
    environ: dict[str, str], data_dir: Path, models: Path
) -> None:
    with installation(environ, data_dir, trained=models) as running:
        running.wait_until_running()
        running.wait_until(lambda: "fan-01" in devices(running))
        for block in blocks():
            if _RUNS_ON in block:
                run_until_known(here(block, environ), environ, running)
            else:
                run(here(block, environ), environ)
        running.wait_until(lambda: "my-fan" in devices(running))


def run_until_known(block: str, environ: dict[str, str], running: Installation) -> None:
    """Press Ctrl-C once the gateway has heard of the devices that the block starts."""
    line = ["bash", "-euo", "pipefail", "-c", block]
    with subprocess.Popen(line, cwd=ROOT, env=environ, start_new_session=True) as shell:
        try:
            running.wait_until(lambda: shell.poll() is not None or is_known(running, _VIRTUAL))
            assert shell.poll() is None, "it ended by itself"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGINT)
        shell.wait(timeout=120)


def is_known(running: Installation, names: Iterable[str]) -> bool:
    known = devices(running)
    return all(name in known for name in names)


def run(block: str, environ: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=ROOT, env=environ, check=False, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, (block, done.stderr)
    for line in ("mosquitto_sub", "curl"):
        assert line not in block or done.stdout, block
    assert '"status":4' not in done.stdout, (block, done.stdout)
    assert '"status":5' not in done.stdout, (block, done.stdout)


def devices(running: Installation) -> str:
    url = f"http://127.0.0.1:{port(running.environ, 'GATEWAY')}/devices"
    done = subprocess.run(["curl", "-s", url], check=False, capture_output=True, text=True)
    return done.stdout
