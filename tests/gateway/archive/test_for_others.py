"""Files are for others as well: what the page tells to copy works, and so does the command."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.archive import command, suspects
from gateway.archive.layout import shown
from tests.gateway.api.workshop import OwnSettings
from tests.gateway.archive.archives import DAYS, EACH, archivist, files, work
from tests.gateway.rig import Rig

PAGE = (Path(__file__).parents[3] / "docs" / "archive.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_page_run(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    home = tmp_path / "home"
    home.mkdir()
    (home / "var").symlink_to(tmp_path)
    assert len(EXAMPLES) == 2
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=home,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        for program in EXAMPLES
    ]
    assert "2025-11-20 23:00:00+00:00" in told[0]
    assert "24 rows" in told[1]


def asked(directory: Path, *, verify: bool) -> int:
    args = argparse.Namespace(list=not verify, verify=verify)
    return command.run(args, OwnSettings(data_dir=directory))


def test_the_command_lists_and_verifies(
    rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(tmp_path, verify=False) == 0
    assert "No day of readings is in a file yet." in capsys.readouterr().out
    work(archivist(rig))
    assert asked(tmp_path, verify=False) == 0
    told = capsys.readouterr().out
    assert "2025-11-21" in told
    assert f"{DAYS * (EACH - 1)}" in told
    assert asked(tmp_path, verify=True) == 0
    assert "4 files, 0 of them damaged or missing." in capsys.readouterr().out
    path = next(files(tmp_path))
    path.write_bytes(path.read_bytes()[:-1])
    assert asked(tmp_path, verify=True) == 1
    assert shown(path) in capsys.readouterr().out
    [said] = suspects.taken(tmp_path)
    assert said.startswith(shown(path))
