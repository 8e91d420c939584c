"""A trained model of remaining life: what a machine showed so far in, what it has left out.

Knows no web, and unpickles nothing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import onnxruntime

from inference.classifier.manifest import kept, model_name, sha256
from inference.errors import ModelUnusable, NoModel
from inference.prognosis.intervals import Calibration
from inference.prognosis.lives import Array, Life, amount, stepped
from inference.prognosis.preparation import LEAST_STEPS, Preparation, Shown

FOLDER: Final = "life"  # beside the files of the type's classifier
MANIFEST: Final = "manifest.json"
ONNX: Final = "model.onnx"
CONSTANTS: Final = "constants.json"
REPORT: Final = "report.json"
CARD: Final = "MODEL_CARD.md"
FORMAT: Final = 1  # grows when the meaning of a file changes

_INPUT: Final = "X"
_FAR: Final = 0.9  # of the horizon: what is predicted beyond is not told apart
_OLDER: Final = 1.25  # than any that was learned from
_RARE: Final = 1.5  # steps from one row to the next: slopes are others then
_ONNXRUNTIME_ERRORS_ONLY: Final = 3


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """``manifest.json``. ``model`` names the very bytes that are served; ``files`` are SHA-256."""

    format: int
    model: str
    asset: str
    trained_at: str
    source: str
    simulated: bool
    machines: int
    seed: int
    time_unit: str
    step: float
    horizon: float
    channels: tuple[str, ...]
    rmse: float
    versions: dict[str, str]
    files: dict[str, str]


class Constants(msgspec.Struct, kw_only=True, frozen=True):
    """``constants.json``: all that a prediction needs beside the regression.

    ``begins`` and ``longest`` are the latest first row and the longest life learned from.
    """

    preparation: Preparation
    calibration: Calibration
    begins: float
    longest: float


class Interval(msgspec.Struct, kw_only=True, frozen=True):
    """Holds for ``share`` of machines; ``high`` null: beyond what is told apart."""

    share: float
    low: float
    high: float | None


class Remaining(msgspec.Struct, kw_only=True, frozen=True):
    """What is left, in ``time_unit``; null with its reason where no number would be true."""

    remaining: float | None
    intervals: list[Interval]
    reason: str | None


class LifeModel:
    """One kind of machine's."""

    def __init__(self, *, manifest: Manifest, constants: Constants, onnx: bytes) -> None:
        self.manifest = manifest
        self._constants = constants
        self._shares = onnx_shares(onnx)

    def remaining(self, life: Life) -> Remaining:
        """What the machine of ``life`` has left after its last row; rows as in the manifest."""
        prepared = self._constants.preparation
        seen = stepped(life, prepared.step)
        if reason := self._why_not(life, seen):
            return Remaining(remaining=None, intervals=[], reason=reason)
        share = np.clip(self._shares(prepared.shown(seen)[-1:]), 0.0, 1.0)
        return self._told(share)

    def _why_not(self, life: Life, seen: Life) -> str | None:
        prepared, unit = self._constants.preparation, self.manifest.time_unit
        apart = float(np.median(np.diff(life.ages))) if len(life.ages) > 1 else 0.0
        if apart > _RARE * prepared.step:
            every, wanted = amount(apart, unit), amount(prepared.step, unit)
            return f"Its rows are {every} apart; one every {wanted} is needed."
        if len(seen.ages) < LEAST_STEPS:
            least = amount(LEAST_STEPS * prepared.step, unit)
            return f"It was followed for too short a time: {least} are needed."
        if life.ages[0] > self._constants.begins + LEAST_STEPS * prepared.step:
            begins = f"its first row is at {amount(life.ages[0], unit)}"
            return f"What it was like when new is not known: {begins}."
        if life.ages[-1] > _OLDER * self._constants.longest:
            return (
                f"It is older than all that were learned from, which lasted at most "
                f"{amount(self._constants.longest, unit)}."
            )
        channel = prepared.strange(seen)
        if channel is not None:
            return f"Its {channel} is unlike that of all that were learned from."
        return None

    def _told(self, share: Array) -> Remaining:
        horizon, unit = self.manifest.horizon, self.manifest.time_unit
        found = []
        for promised, low, high in self._constants.calibration.bands(share):
            top = None if high[0] >= 1.0 else float(high[0] * horizon)
            found.append(Interval(share=promised, low=float(low[0] * horizon), high=top))
        if share[0] > _FAR:
            far = f"what is more than {amount(horizon, unit)} ahead"
            why = f"Its end is not to be seen yet, nor {far}."
            return Remaining(remaining=None, intervals=found, reason=why)
        return Remaining(remaining=float(share[0] * horizon), intervals=found, reason=None)


def onnx_shares(content: bytes) -> Callable[[Shown], Array]:
    """(N, F) in, (N,) shares of the horizon out."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ONNXRUNTIME_ERRORS_ONLY
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def shares(shown: Shown) -> Array:
        [found] = session.run(None, {_INPUT: shown})
        return np.asarray(found, dtype=np.float64).reshape(-1)

    return shares


def load(directory: Path, *, name: str) -> LifeModel:
    """The model in ``directory``, whose files are those that were trained.

    Raises:
        NoModel: there is none; the text says what to run.
        ModelUnusable: a file is missing, or another than was trained.
    """
    manifest = _manifest(directory, name)
    content = {each: _verified(directory, each, manifest) for each in (ONNX, CONSTANTS)}
    if named(name, content[ONNX], content[CONSTANTS]) != manifest.model:
        raise ModelUnusable(f"{directory} has files of another model: {_run(name)}")
    constants = msgspec.json.decode(content[CONSTANTS], type=Constants)
    return LifeModel(manifest=manifest, constants=constants, onnx=content[ONNX])


def named(asset: str, onnx: bytes, constants: bytes) -> str:
    """``pump-life-3f2a91c0``: the same for the same bytes."""
    return model_name(f"{asset}-life", onnx=onnx, baseline=constants)


def _manifest(directory: Path, name: str) -> Manifest:
    try:
        content = (directory / MANIFEST).read_bytes()
    except OSError:
        raise NoModel(
            f"How long a {name!r} lasts nobody has learned; there is no model in {directory}: "
            f"{_run(name)}"
        ) from None
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise ModelUnusable(
            f"{directory / MANIFEST} is no manifest ({error}): {_run(name)}"
        ) from None
    if (manifest.format, manifest.asset) != (FORMAT, name):
        raise ModelUnusable(f"{directory / MANIFEST} is of another asset or format: {_run(name)}")
    return manifest


def _verified(directory: Path, name: str, manifest: Manifest) -> bytes:
    """While another model is published its files are in ``KEPT`` before they are here."""
    ahead = kept(directory, name, manifest)
    if ahead is not None:
        return ahead
    path = directory / name
    try:
        content = path.read_bytes()
    except OSError:
        raise ModelUnusable(f"{path} is missing: {_run(manifest.asset)}") from None
    if sha256(content) != manifest.files.get(name):
        raise ModelUnusable(f"{path} is not the file that was trained: {_run(manifest.asset)}")
    return content


def _run(name: str) -> str:
    return f"run `python -m inference train --life FOLDER --asset {name}`."
