"""The manifest beside a model: what it is, and the hashes its files must have to be loaded."""

import hashlib
from pathlib import Path
from typing import Final, Protocol

import msgspec
import numpy as np

from inference.classifier import refusals
from inference.classifier.autoencoder import Constants
from inference.classifier.envelope import Envelope
from inference.classifier.explain import Usual
from inference.errors import ModelUnusable, NoModel, Refused

MANIFEST: Final = "manifest.json"
ONNX: Final = "model.onnx"
JOBLIB: Final = "model.joblib"
BASELINE: Final = "baseline.json"
AUTOENCODER: Final = "autoencoder.onnx"  # of types with that detector
REPORT: Final = "report.json"
MATRIX: Final = "confusion_matrix.png"
CARD: Final = "MODEL_CARD.md"
KEPT: Final = "kept"  # below it, by name, each model that may be put back

# Grows when the meaning of a file changes.
FORMAT: Final = 2


class Named(Protocol):
    """What a manifest of any kind of model has."""

    @property
    def model(self) -> str: ...
    @property
    def files(self) -> dict[str, str]: ...


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """``manifest.json``. ``model`` names the very bytes that are served; ``files`` are SHA-256.

    ``recipe`` is what the training depended on, ``verdicts`` how many it learned from.
    """

    format: int
    model: str
    asset: str
    trained_at: str
    source: str
    seed: int
    window_s: float
    channels: tuple[str, ...]
    features: tuple[str, ...]
    classes: tuple[str, ...]
    macro_f1: float
    normal_alone: float  # how often a single reading of an unseen machine that looks healthy is
    versions: dict[str, str]
    files: dict[str, str]
    recipe: str = ""
    verdicts: int = 0


class Baseline(msgspec.Struct, kw_only=True, frozen=True):
    """``baseline.json``: what is usual of a healthy machine, and the reach of all trained on."""

    usual_low: list[float]
    usual_high: list[float]
    weights: list[list[float]]
    range_unit: list[float]
    whiten: list[list[float]]
    centre: list[float]
    limit: float
    autoencoder: Constants | None = None

    @classmethod
    def of(
        cls, usual: Usual, envelope: Envelope, autoencoder: Constants | None = None
    ) -> "Baseline":
        return cls(
            autoencoder=autoencoder,
            usual_low=usual.low.tolist(),
            usual_high=usual.high.tolist(),
            weights=usual.weights.tolist(),
            range_unit=envelope.range_unit.tolist(),
            whiten=envelope.whiten.tolist(),
            centre=envelope.centre.tolist(),
            limit=envelope.limit,
        )

    @property
    def usual(self) -> Usual:
        return Usual(
            low=np.array(self.usual_low),
            high=np.array(self.usual_high),
            weights=np.array(self.weights),
        )

    @property
    def envelope(self) -> Envelope:
        return Envelope(
            range_unit=np.array(self.range_unit),
            whiten=np.array(self.whiten),
            centre=np.array(self.centre),
            limit=self.limit,
        )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def model_name(asset: str, *, onnx: bytes, baseline: bytes) -> str:
    """``fan-3f2a91c0``: the same for the same served bytes, and for no other."""
    return f"{asset}-{sha256(sha256(onnx).encode() + sha256(baseline).encode())[:8]}"


def read(directory: Path, *, asset: str) -> Manifest:
    """The manifest in ``directory``.

    Raises:
        NoModel: there is none; the text says what to run, or why what was trained is not served.
        ModelUnusable: it is not one.
    """
    try:
        content = (directory / MANIFEST).read_bytes()
    except OSError:
        raise _none(directory, asset) from None
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise ModelUnusable(
            f"{directory / MANIFEST} is not a model's manifest ({error}): {_run(asset)}"
        ) from None
    if manifest.format != FORMAT or manifest.asset != asset:
        raise ModelUnusable(
            f"{directory / MANIFEST} is for asset {manifest.asset!r}, format {manifest.format}; "
            f"expected {asset!r}, format {FORMAT}: {_run(asset)}"
        )
    return manifest


def _none(directory: Path, asset: str) -> NoModel:
    refusal = refusals.read(directory)
    if refusal is None:
        return NoModel(f"There is no model for {asset!r} in {directory}: {_run(asset)}")
    return Refused(
        f"The model of {asset!r} that was trained is not good enough: {refusal.sentence}."
    )


def kept(directory: Path, name: str, manifest: Named) -> bytes | None:
    """The bytes of one file out of ``KEPT``, where they are those that the manifest names."""
    try:
        content = (directory / KEPT / manifest.model / name).read_bytes()
    except OSError:
        return None
    return content if sha256(content) == manifest.files.get(name) else None


def verified(directory: Path, name: str, manifest: Manifest) -> bytes:
    """The bytes of one file, once their hash is the manifest's: nothing is parsed before.

    While another model is being taken the manifest is the new one's, and its files are those kept.

    Raises:
        ModelUnusable: the file is missing or its bytes are others.
    """
    ahead = kept(directory, name, manifest)
    if ahead is not None:
        return ahead
    try:
        content = (directory / name).read_bytes()
    except OSError:
        raise ModelUnusable(f"{directory / name} is missing: {_run(manifest.asset)}") from None
    if sha256(content) != manifest.files.get(name):
        raise ModelUnusable(
            f"{directory / name} is not the file that was trained (its SHA-256 differs from the "
            f"manifest's) and was not loaded: {_run(manifest.asset)}"
        )
    return content


def _run(asset: str) -> str:
    return f"run `python -m inference train --asset {asset}`."
