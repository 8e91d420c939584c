"""What `make up` trains before it starts anything, and what it does when that fails."""

import json
import sys
from pathlib import Path

import pytest
from msgspec import structs

from contract.assets import CATALOGUE
from inference.__main__ import POOR_MODEL
from inference.classifier import refusals
from inference.classifier.manifest import FORMAT
from inference.training.gate import Bars
from inference.training.recipe import SEED, recipe
from scripts import models
from scripts.settings import Settings, load
from tests.top_level.installation import refused

SIMULATED = ["dispenser", "fan"]


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [(None, SIMULATED), ("{", SIMULATED), (json.dumps({"format": FORMAT - 1}), SIMULATED),
     (json.dumps({"format": FORMAT}), ["dispenser"])],
)  # fmt: skip
def test_what_no_model_of_this_version_serves_is_trained(
    manifest: str | None, expected: list[str], tmp_path: Path
) -> None:
    if manifest is not None:
        path = tmp_path / "models" / "fan" / "manifest.json"
        path.parent.mkdir(parents=True)
        path.write_text(manifest)
    assert set(expected) <= set(models.missing(settings(tmp_path))) <= {*expected, *others()}


def others() -> set[str]:
    """Types that somebody has added."""
    return set(CATALOGUE) - set(SIMULATED)


def settings(data_dir: Path) -> Settings:
    return load().model_copy(update={"data_dir": data_dir})


def python_that(does: str, directory: Path) -> str:
    """A program in place of the interpreter, which notes each of its calls in ``calls``."""
    program = directory / "python"
    program.write_text(f'#!/bin/sh\necho "$@" >> {directory}/calls\n{does}\n')
    program.chmod(0o755)
    return str(program)


def test_a_training_that_fails_stops_nothing_else_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", python_that("exit 1", tmp_path))
    for _start in range(2):
        assert set(SIMULATED) <= set(models.train_missing(settings(tmp_path)))
        assert "There is no model of fan, see above: all else goes on." in capsys.readouterr().out
    assert (tmp_path / "calls").read_text().count("train --asset fan\n") == 2


def test_a_model_that_was_too_poor_is_not_trained_again_from_the_same_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The training leaves why, and what it was made from, beside the model."""
    made = tmp_path / "models"
    refusals.note(tmp_path, refused())
    note = f'mkdir -p "{made}/$5" && cp "{tmp_path}/{refusals.REFUSAL}" "{made}/$5"'
    monkeypatch.setattr(sys, "executable", python_that(f"{note}; exit {POOR_MODEL}", tmp_path))
    for _start in range(2):
        assert set(SIMULATED) <= set(models.train_missing(settings(tmp_path)))
    told = "no model of fan: the one trained here is not good enough, its macro-F1 is 0.20, below"
    assert told in capsys.readouterr().out
    assert (tmp_path / "calls").read_text().count("train --asset fan\n") == 1
    refusals.note(made / "fan", structs.replace(refused(), recipe="another code's"))
    models.train_missing(settings(tmp_path))
    assert (tmp_path / "calls").read_text().count("train --asset fan\n") == 2


def test_what_other_bars_or_another_seed_refused_is_trained_all_the_same() -> None:
    assert recipe() == recipe(seed=SEED, bars=Bars())
    assert len({recipe(), recipe(seed=SEED + 1), recipe(bars=Bars(macro_f1=0.95))}) == 3
