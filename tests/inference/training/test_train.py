"""A quick training end to end: every file, the same model for the same seed, CSV as a source."""

import json
from pathlib import Path

import pandas as pd
import pytest

from contract.assets.words import Asset
from inference.classifier.manifest import (
    BASELINE,
    CARD,
    JOBLIB,
    MANIFEST,
    MATRIX,
    ONNX,
    REPORT,
    read,
    sha256,
)
from inference.errors import BadDataset
from inference.runs.dataset import Run
from inference.training import train
from inference.training.gate import Bars
from inference.training.train import Material


def quick(fan: Asset, material: Material, directory: Path) -> None:
    train.train(
        fan,
        material,
        directory=directory,
        seed=1,
        shape=train.QUICK_SHAPE,
        on_step=lambda _stage, _done, _total: None,
        bars=Bars(macro_f1=0.7),  # ten machines make no model to be served
    )


def test_every_artefact_is_written_with_its_hash(models_dir: Path, fan: Asset) -> None:
    directory = models_dir / fan.name
    manifest = read(directory, asset=fan.name)
    assert manifest.files.keys() == {ONNX, JOBLIB, BASELINE, REPORT, MATRIX, CARD}
    assert sorted(path.name for path in directory.iterdir()) == sorted([*manifest.files, MANIFEST])
    for name, digest in manifest.files.items():
        assert sha256((directory / name).read_bytes()) == digest
    assert (directory / MATRIX).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(
    models_dir: Path, material: Material, fan: Asset, tmp_path: Path
) -> None:
    quick(fan, material, tmp_path)
    again, first = read(tmp_path, asset=fan.name), read(models_dir / fan.name, asset=fan.name)
    assert again.model == first.model
    assert {name: again.files[name] for name in (ONNX, BASELINE, MATRIX)} == {
        name: first.files[name] for name in (ONNX, BASELINE, MATRIX)
    }


def test_the_report_tells_how_onset_is_scored(models_dir: Path, fan: Asset) -> None:
    report = json.loads((models_dir / fan.name / REPORT).read_bytes())
    assert "Onset counts in full" in report["how_scored"]
    assert "flatters" in report["caveat"]
    found = report["evaluation"]
    assert found["grown"]["macro_f1"] > found["with_onset"]["macro_f1"]
    assert found["single_reading"]["macro_f1"] < found["with_onset"]["macro_f1"]
    assert found["delay"].keys() == found["growth"].keys() == {f.name for f in fan.faults}
    assert found["false_alarms"]["hours"] == pytest.approx(1 / 3, rel=0.01)
    assert report["parity"] <= 1e-5


def test_the_card_has_the_figures_and_the_caveat(models_dir: Path, fan: Asset) -> None:
    report = json.loads((models_dir / fan.name / REPORT).read_bytes())
    card = (models_dir / fan.name / CARD).read_text()
    assert f"**{report['evaluation']['with_onset']['macro_f1']:.3f}**" in card
    assert report["caveat"] in card
    assert "Macro-F1, a single reading at a time" in card


def rows(run: Run, fan: Asset, classes: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(run.rows, columns=[channel.name for channel in fan.required])
    frame["time_ms"], frame["device"], frame["epoch"] = run.time_ms, run.group, "9f2c41aa-1"
    frame["seq"] = range(1, len(frame) + 1)
    frame["truth"] = [classes[label] for label in run.truth]
    return frame


@pytest.mark.slow
def test_an_exported_csv_can_be_learned_from(
    material: Material, fan: Asset, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    frames = [rows(run, fan, material.classes) for run in material.split.training[:10]]
    pd.concat(frames).to_csv(path, index=False)
    quick(fan, train.from_csv(path, asset=fan, seed=1), tmp_path / "fan")
    report = json.loads((tmp_path / "fan" / REPORT).read_bytes())
    assert report["source"] == "readings recorded in export.csv"
    assert report["machines"] == {"training": 6, "calibration": 2, "test": 2}
    assert report["evaluation"]["grown"] is None
    assert report["evaluation"]["with_onset"]["macro_f1"] > 0.7
    assert "recorded machines" in report["caveat"]


def test_one_machine_is_not_enough(material: Material, fan: Asset, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    rows(material.split.training[0], fan, material.classes).to_csv(path, index=False)
    with pytest.raises(BadDataset, match="at least 3 machines or runs; there are 1"):
        train.from_csv(path, asset=fan, seed=1)
