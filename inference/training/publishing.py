"""A trained model becomes files, each written whole, the manifest last: none is half new."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import joblib
import msgspec
from sklearn.ensemble import RandomForestClassifier

from contract.assets.words import NORMAL, Asset
from inference.classifier.history import replace
from inference.classifier.manifest import (
    AUTOENCODER,
    BASELINE,
    CARD,
    FORMAT,
    JOBLIB,
    MANIFEST,
    MATRIX,
    ONNX,
    REPORT,
    Baseline,
    Manifest,
    model_name,
    sha256,
)
from inference.training import card, matrix
from inference.training.report import Report
from inference.windows import kinds
from inference.windows.inputs import inputs_of

_LIBRARIES: Final = ("numpy", "onnxruntime", "scikit-learn", "skl2onnx")


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A model before it is written; its manifest lacks the files' hashes and the score."""

    manifest: Manifest
    onnx: bytes
    baseline: Baseline
    forest: RandomForestClassifier
    autoencoder: bytes | None = None


def manifest_of(
    asset: Asset,
    *,
    onnx: bytes,
    baseline: bytes,
    classes: Sequence[str],
    source: str,
    seed: int,
    recipe: str,
    verdicts: int,
) -> Manifest:
    """The manifest as far as it is known before the test."""
    return Manifest(
        format=FORMAT,
        model=model_name(asset.name, onnx=onnx, baseline=baseline),
        asset=asset.name,
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        source=source,
        seed=seed,
        window_s=asset.window_s,
        channels=asset.columns,
        features=kinds.names(inputs_of(asset)),
        classes=tuple(classes),
        macro_f1=0.0,
        normal_alone=1.0,
        versions={name: version(name) for name in _LIBRARIES},
        files={},
        recipe=recipe,
        verdicts=verdicts,
    )


def publish(directory: Path, trained: Trained, report: Report) -> None:
    """Write every file of the model; a running service picks it up with the manifest."""
    contents = {
        ONNX: trained.onnx,
        BASELINE: msgspec.json.encode(trained.baseline),
        JOBLIB: _pickled(trained.forest),
        REPORT: msgspec.json.format(msgspec.json.encode(report), indent=2),
        MATRIX: matrix.picture(report),
        CARD: card.text(report).encode(),
    }
    if trained.autoencoder is not None:
        contents[AUTOENCODER] = trained.autoencoder
    manifest = msgspec.structs.replace(
        trained.manifest,
        macro_f1=report.evaluation.with_onset.macro_f1,
        normal_alone=round(report.evaluation.single_reading.classes[NORMAL].precision, 4),
        files={name: sha256(content) for name, content in contents.items()},
    )
    contents[MANIFEST] = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        replace(directory / name, content)


def _pickled(forest: RandomForestClassifier) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(forest, buffer, compress=3)
    return buffer.getvalue()
