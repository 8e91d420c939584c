"""A model of remaining life becomes files: a cut of power leaves the former one, or this one."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from inference.classifier import history
from inference.classifier.manifest import KEPT, sha256
from inference.prognosis import card, model, regression, report
from inference.prognosis.learning import Learned
from inference.prognosis.report import Report

_LIBRARIES: Final = ("numpy", "onnxruntime", "scikit-learn", "skl2onnx")


def publish(directory: Path, learned: Learned, *, asset: str, seed: int) -> Report:
    """Export, report and write; a running service picks it up.

    Raises:
        BadDataset: there are too few machines to test its intervals.
        ExportFailed: the exported regression answers otherwise; nothing is written.
    """
    shown = [learned.preparation.shown(life) for life in learned.lives.lives]
    onnx, parity = regression.export(learned.regression, np.concatenate(shown))
    constants = msgspec.json.encode(constants_of(learned))
    name = model.named(asset, onnx, constants)
    trained_at = datetime.now(UTC).isoformat(timespec="seconds")
    found = report.of(
        learned, model=name, asset=asset, seed=seed, trained_at=trained_at, parity=parity
    )
    contents = {
        model.ONNX: onnx,
        model.CONSTANTS: constants,
        model.REPORT: msgspec.json.format(msgspec.json.encode(found), indent=2),
        model.CARD: card.text(found).encode(),
    }
    files = {each: sha256(content) for each, content in contents.items()}
    write(directory, contents, _manifest(learned, found, files))
    return found


def write(directory: Path, contents: Mapping[str, bytes], manifest: model.Manifest) -> None:
    """Aside, then the manifest, which counts from then on, then where people look for them."""
    ahead = directory / KEPT / manifest.model
    ahead.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        history.replace(ahead / name, content)
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    history.replace(directory / model.MANIFEST, encoded)
    for name, content in contents.items():
        history.replace(directory / name, content)
    shutil.rmtree(directory / KEPT)


def constants_of(learned: Learned) -> model.Constants:
    """What serving needs beside the regression."""
    lives = learned.lives.lives
    return model.Constants(
        preparation=learned.preparation.needed,
        calibration=learned.calibration,
        begins=max(float(life.ages[0]) for life in lives),
        longest=max(life.length for life in lives),
    )


def _manifest(learned: Learned, found: Report, files: dict[str, str]) -> model.Manifest:
    return model.Manifest(
        format=model.FORMAT,
        model=found.model,
        asset=found.asset,
        trained_at=found.trained_at,
        source=found.source,
        simulated=learned.lives.is_simulated,
        machines=found.machines,
        seed=found.seed,
        time_unit=found.time_unit,
        step=found.step,
        horizon=found.horizon,
        channels=learned.preparation.needed.channels,
        rmse=found.held_out.rmse,
        versions={each: version(each) for each in _LIBRARIES},
        files=files,
    )
