"""Who may read what we write: its owner."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hosting.private import close
from tests.mosquitto import HOST, eventually, free_port

ROOT = Path(__file__).parents[2]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def modes_of_files(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was put in the place of another
            if path.is_file():
                yield path.name, mode(path)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_was_open_is_closed(tmp_path: Path, open_umask: None) -> None:
    files = [
        tmp_path / name
        for name in ("journal.db", "journal.db-wal", "log/gateway.log", "devices/fan-01/spool")
    ]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    theirs = tmp_path / "theirs"
    theirs.touch()
    (tmp_path / "log" / "link").symlink_to(theirs)
    before = mode(tmp_path)
    close(tmp_path)
    assert {mode(path) for path in files} == {0o600}
    assert {mode(tmp_path / name) for name in ("log", "devices")} == {0o700}
    assert mode(theirs) == 0o644
    assert mode(tmp_path) == before


def test_a_gateway_started_with_an_open_umask_writes_private_files(
    tmp_path: Path, open_umask: None
) -> None:
    (tmp_path / "journal.db").touch()
    environ = os.environ | {
        "EDGETWIN_BROKER_PORT": str(free_port()),
        "EDGETWIN_DATA_DIR": str(tmp_path),
        "EDGETWIN_GATEWAY_PORT": str(free_port()),
        "EDGETWIN_HOST": HOST,
    }
    process = subprocess.Popen([sys.executable, "-m", "gateway"], cwd=ROOT, env=environ)
    try:
        eventually((tmp_path / "journal.db-wal").exists, "a journal")
        eventually((tmp_path / "ballast").exists, "the ballast")
        written = dict(modes_of_files(tmp_path))
        assert set(written.values()) == {0o600}, written
    finally:
        process.terminate()
        process.wait()
