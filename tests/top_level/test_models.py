"""What `make up` trains before it starts anything, and what it does when that fails."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from inference.manifest import FORMAT
from scripts import models
from scripts.settings import load


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [(None, ["fan"]), ("{", ["fan"]), (json.dumps({"format": FORMAT - 1}), ["fan"]),
     (json.dumps({"format": FORMAT}), [])],
)  # fmt: skip
def test_what_no_model_of_this_version_serves_is_trained(
    manifest: str | None, expected: list[str], tmp_path: Path
) -> None:
    if manifest is not None:
        path = tmp_path / "models" / "fan" / "manifest.json"
        path.parent.mkdir(parents=True)
        path.write_text(manifest)
    settings = load().model_copy(update={"data_dir": tmp_path})
    assert models.missing(settings) == expected


def test_a_training_that_fails_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    settings = load().model_copy(update={"data_dir": tmp_path})
    assert models.train_missing(settings) == ["fan"]
    assert "There is no model of fan, see above: all else goes on." in capsys.readouterr().out
