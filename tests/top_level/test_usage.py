"""Every command of ours answers ``--help``, and does nothing else then."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = [
    *(f"scripts.{name}" for name in ("up", "down", "status", "broker", "setup")),
    *("scripts.influx_for_tests", "scripts.kafka_for_tests", "scripts.install_service"),
    *("gateway", "inference", "firmware", "influx", "bench"),
]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_what_it_does(command: str, tmp_path: Path) -> None:
    environment = {"EDGETWIN_DATA_DIR": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
    run = [sys.executable, "-m", command]
    shown = subprocess.run(
        [*run, "--help"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith(f"usage: python -m {command}")
    wrong = subprocess.run(
        [*run, "--nonsense"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert wrong.returncode == 2
    assert list(tmp_path.iterdir()) == []
