"""Readings of a file that somebody deleted come back by the same file: each once, as they were."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from hosting.audit import person
from scripts.settings import ROOT
from tests.gateway.archive.archives import archivist, held, work
from tests.gateway.importing.recordings import BEGIN_MS, fan_lines, imported, rows, table
from tests.gateway.importing.test_import import KILLED, sums, twin
from tests.gateway.registry.test_deleter import delete
from tests.gateway.rig import DAY_MS, Rig

COUNT: Final = 4_500  # a quarter of an hour
FROM, TO = BEGIN_MS + 150_000, BEGIN_MS + 495_000  # both cut a minute
GONE: Final = (TO - FROM) // 200
FAN: Final = ("--asset", "fan", "--device", "fan-01")
LAST: Final = "SELECT stored, repeated, summed FROM import ORDER BY id DESC LIMIT 1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = table(tmp_path / "recording.csv", fan_lines(COUNT))
    imported(tmp_path, made, *FAN)
    return made


def archived(rig: Rig) -> None:
    work(archivist(rig))


def as_it_is(_: Rig) -> None:
    """All of it stays in the journal."""


def state(directory: Path) -> Any:
    """Readings, minutes and what the twin has counted, but for the last digits of sums."""
    items = [(item.time_ms, item.body) for item in held(directory)]
    counted = twin(directory)
    return items, sums(directory), counted.measured_ms, [round(each, 6) for each in counted.sums]


@pytest.mark.parametrize("later", [as_it_is, archived])
def test_what_was_deleted_comes_back_and_nothing_twice(
    tmp_path: Path, file: Path, later: Callable[[Rig], None], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = state(tmp_path)
    with Rig(tmp_path, now_ms=BEGIN_MS + 30 * DAY_MS) as rig:
        later(rig)
        delete(rig, FROM, TO)
    less = state(tmp_path)
    assert len(less[0]) == COUNT - GONE

    imported(tmp_path, file, *FAN)

    assert "nothing is done twice (--again brings back what was deleted" in capsys.readouterr().out
    assert state(tmp_path) == less
    for stored in (GONE, 0):
        imported(tmp_path, file, *FAN, "--again")
        assert state(tmp_path) == whole
        assert rows(tmp_path, LAST) == [(stored, COUNT - stored, 0)]
        assert (
            f"stored {stored:,} readings, {COUNT - stored:,} were there" in capsys.readouterr().out
        )
    others = "SELECT DISTINCT reason, by FROM former WHERE reason <> 'deleted'"
    assert rows(tmp_path, others) == [("imported", person.user())]
    with Rig(tmp_path, now_ms=BEGIN_MS + 30 * DAY_MS) as rig:
        archived(rig)
        delete(rig, FROM, TO)  # a second time, of another epoch by now
    imported(tmp_path, file, *FAN, "--again")
    assert state(tmp_path) == whole


def test_of_a_file_that_cannot_be_read_nothing_is_doubled(
    tmp_path: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Rig(tmp_path, now_ms=BEGIN_MS + 30 * DAY_MS) as rig:
        archived(rig)
        delete(rig, FROM, TO)
    less = state(tmp_path)
    [day] = (tmp_path / "archive").rglob("*.parquet")
    content = day.read_bytes()
    day.write_bytes(content[:-40])

    imported(tmp_path, file, *FAN, "--again")

    assert "nothing is added to its minutes: archive/" in caplog.text
    within = (TO - TO % 60_000) - (FROM + 60_000 - FROM % 60_000)
    assert rows(tmp_path, LAST) == [(within // 200, 0, COUNT - within // 200)]
    day.write_bytes(content)
    imported(tmp_path, file, *FAN, "--again")
    assert len(state(tmp_path)[0]) == COUNT > len(less[0])


@pytest.mark.slow
def test_killed_while_it_comes_back_it_goes_on(tmp_path: Path, file: Path) -> None:
    whole = state(tmp_path)
    with Rig(tmp_path, now_ms=BEGIN_MS + DAY_MS) as rig:
        delete(rig, FROM, TO)
    command = ["import", str(file), *FAN, "--again"]
    for left in (2, 0, 99):
        env = {**os.environ, "EDGETWIN_DATA_DIR": str(tmp_path)}
        argv = [sys.executable, "-c", KILLED, str(left), *command]
        code = subprocess.run(argv, cwd=ROOT, env=env, check=False, timeout=120).returncode
        assert code == (0 if left == 99 else -signal.SIGKILL)
    assert state(tmp_path) == whole
    assert rows(tmp_path, "SELECT count(*) FROM import") == [(2,)]
