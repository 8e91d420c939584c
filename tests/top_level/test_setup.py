"""Setup: steps run once for each lock, and a failing one says what went wrong."""

import os
from pathlib import Path

import pytest

from scripts import setup


def test_a_step_runs_once_until_its_lock_changes(tmp_path: Path) -> None:
    lock, stamp, ran = tmp_path / "lock", tmp_path / "stamp", []
    for text in ("one", "one", "two", "two"):
        lock.write_text(text)
        setup.once(what="x", stamp=stamp, lock=lock, step=lambda: ran.append(lock.read_text()))
    assert ran == ["one", "two"]


def test_a_failed_step_leaves_no_stamp(tmp_path: Path) -> None:
    lock, stamp = tmp_path / "lock", tmp_path / "stamp"
    lock.touch()
    with pytest.raises(setup.SetupError, match="exit code 3:\nno room"):
        setup.once(
            what="x",
            stamp=stamp,
            lock=lock,
            step=lambda: setup.run("sh", "-c", "echo no room; exit 3"),
        )
    assert not stamp.exists()


def test_one_package_is_cut_out_of_a_lock_with_its_hashes() -> None:
    cut = setup.pinned("uv", setup.ROOT / "requirements-dev.txt")
    first, *rest = cut.splitlines()
    assert first.startswith("uv==")
    assert rest
    assert all(line.startswith("    --hash=sha256:") for line in rest)


def test_system_directories_are_searched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(setup, "SBIN", ("/bin",))
    assert setup.find("sh") == "/bin/sh"
    assert setup.find("no-such-program") is None


def test_without_root_and_sudo_the_command_to_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(setup, "find", lambda _name: None)
    with pytest.raises(setup.SetupError, match="as root run `apt-get install mosquitto`"):
        setup.as_root("mosquitto")
