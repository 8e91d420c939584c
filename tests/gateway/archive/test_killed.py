"""Whatever kills the gateway while it archives, each reading is there once, as it was."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.archive.archives import (
    DAYS,
    DEVICES,
    EACH,
    archivist,
    begin,
    held,
    in_journal,
    ledger,
    same,
    work,
)
from tests.gateway.archive.killed import STEPS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def left(before: Path, late: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each of the killed processes has left."""
    folder = tmp_path_factory.mktemp("left")
    shutil.copytree(before, folder / "before")
    shutil.copytree(late, folder / "late")
    program = [sys.executable, "-m", "tests.gateway.archive.killed", str(folder)]
    told = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert told.split() == [str(-signal.SIGKILL)] * len(STEPS)
    return folder


@pytest.mark.parametrize(("begun_with", "step", "times"), STEPS)
def test_a_kill_at_any_step_loses_and_doubles_nothing(
    left: Path, begun_with: str, step: str, times: int
) -> None:
    directory, late = left / f"{begun_with} {step} {times}", begun_with == "late"
    expected = {device: held(left / begun_with, device) for device in DEVICES}
    assert [len(expected[device]) for device in DEVICES] == [
        DAYS * EACH + 1 + 2 * late,
        DAYS * EACH + 1,
    ]
    for device in DEVICES:
        assert same(held(directory, device), expected[device]), f"after a kill: {device}"
    with begin(directory) as rig:
        keeper = archivist(rig)
        work(keeper)
        assert keeper.standing.status().status == "ok"
    for device in DEVICES:
        assert same(held(directory, device), expected[device]), f"in the end: {device}"
    assert len(in_journal(directory, "fan-01")) == 1 + late
    kept = [(device, "kept", EACH - 1, 1) for device in DEVICES for _ in range(DAYS)]
    assert ledger(directory)[1:] == kept[1:]
    assert not list((directory / "archive").rglob("*.part"))
