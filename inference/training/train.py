"""Runs become a served model: features, forest, envelope, export, test, files."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from threadpoolctl import threadpool_limits

from contract.assets.words import Asset
from contract.window import is_long
from inference.classifier import autoencoder_fit, explain, refusals
from inference.classifier.autoencoder import Autoencoder, loaded
from inference.classifier.envelope import Envelope
from inference.classifier.explain import Usual
from inference.classifier.manifest import Baseline
from inference.classifier.model import Model, onnx_probabilities
from inference.errors import NotLearned
from inference.runs import dataset, virtual
from inference.runs.dataset import Examples, Split
from inference.runs.recording import recorded
from inference.training import autoencoder_report, covering, driven, forest, gate
from inference.training.autoencoder_report import AutoencoderReport, Healthy
from inference.training.evaluation import evaluate
from inference.training.gate import PoorModel
from inference.training.publishing import Trained, manifest_of, publish
from inference.training.report import Report, report_of
from inference.windows import kinds
from inference.windows.inputs import inputs_of

# Neighbouring windows say nearly the same: one in this many is learned from.
_STRIDE: Final = 6
_STRIDE_SHARE: Final = 0.06  # of a long window
_STRIDE_OF_GROWTH: Final = 0.02  # of the time in which a fault has grown

# Told what is being done, how much of it is done, and out of how much.
OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is learned from: the runs, their classes, and a sentence on where they come from."""

    split: Split
    classes: tuple[str, ...]
    source: str
    simulated: bool


QUICK_PLAN: Final = virtual.Plan(training=36, calibration=10, test=6, healthy=2, driven=8)
_LONG_PLAN: Final = virtual.Plan(training=48, calibration=12, test=16, healthy=10, driven=8)
_LONG_QUICK_PLAN: Final = virtual.Plan(training=12, calibration=4, test=4, healthy=2, driven=0)
QUICK_SHAPE: Final = forest.Shape(trees=16, depth=12)


def plan_of(asset: Asset, *, quick: bool) -> virtual.Plan:
    """How many machines: one whose faults take half an hour shows as much as twenty fans."""
    if is_long(asset):
        return _LONG_QUICK_PLAN if quick else _LONG_PLAN
    return QUICK_PLAN if quick else virtual.Plan()


def simulate(asset: Asset, *, plan: virtual.Plan, seed: int, on_step: OnStep) -> Material:
    """Material from virtual machines.

    Raises:
        BadDataset: there is no model of ``asset``.
    """
    done = iter(range(1, plan.machines + 1))
    split = virtual.simulated(
        asset,
        plan=plan,
        seed=seed,
        on_machine=lambda: on_step("simulating machines", next(done), plan.machines),
    )
    return Material(
        split=split,
        classes=virtual.classes(asset),
        source=f"{plan.machines} virtual machines of firmware.models.{asset.name}",
        simulated=True,
    )


def _stride(asset: Asset) -> int:
    """Of a long window more is seen again in the next, and of a fault that grows slowly as well."""
    if not is_long(asset):
        return _STRIDE
    apart_s = max(_STRIDE_SHARE * asset.window_s, _STRIDE_OF_GROWTH * virtual.grown_within_s(asset))
    return max(1, round(apart_s * asset.nominal_rate_hz))


def from_csv(path: Path, *, asset: Asset, seed: int) -> Material:
    """Material from an exported CSV.

    Raises:
        BadDataset: the file lacks columns, machines or classes; the text says which.
    """
    runs, classes = recorded(path, asset=asset)
    return Material(
        split=dataset.split(runs, classes=classes, seed=seed),
        classes=classes,
        source=f"readings recorded in {path.name}",
        simulated=False,
    )


def train(
    asset: Asset,
    material: Material,
    *,
    directory: Path,
    seed: int,
    shape: forest.Shape,
    on_step: OnStep,
    bars: gate.Bars = gate.Bars(),  # noqa: B008 - frozen
) -> Report:
    """Learn, export, test on machines never seen, and write all files into ``directory``.

    Raises:
        NotLearned: the readings cannot be learned from; nothing is written.
        PoorModel: it does not reach ``bars``; nothing is written.
        ExportFailed: the ONNX model answers otherwise than the forest; nothing is written.
    """
    # Two threads of BLAS wait for each other by turning round: 17 s of two cores, for 1 s of one.
    with _learnable(asset), threadpool_limits(limits=1, user_api="blas"):
        started_s = time.perf_counter()
        learned = _learn(asset, material, seed=seed, shape=shape, on_step=on_step)
        on_step("testing on unseen machines", 0, 1)
        trained, difference = _export(asset, material, learned, seed=seed)
        model = Model(
            asset=asset,
            manifest=trained.manifest,
            baseline=trained.baseline,
            probabilities=onnx_probabilities(trained.onnx),
            autoencoder=_served(trained),
        )
        report = report_of(
            trained.manifest,
            split=material.split,
            simulated=material.simulated,
            windows=len(learned.examples.windows),
            shape=shape,
            parity=difference,
            evaluation=evaluate(model, material.split.test),
            drivers=driven.evaluate(model, material.split.driven),
            autoencoder=_rebuilding(model, learned.autoencoder, material),
            seconds=time.perf_counter() - started_s,
        )
        if wrong := gate.lacking(report.evaluation, bars):
            raise PoorModel(asset.name, wrong, report)
        publish(directory, trained, report)
        refusals.forget(directory)
        on_step("testing on unseen machines", 1, 1)
        return report


@contextlib.contextmanager
def _learnable(asset: Asset) -> Iterator[None]:
    """What numpy and scikit-learn say of data they cannot work with, as a person would."""
    try:
        yield
    except ValueError as error:
        raise NotLearned(
            f"No model of {asset.name} can be learned from these readings: {error}. More machines, "
            "longer runs or fewer gaps would change it."
        ) from error


@dataclass(frozen=True, kw_only=True)
class _Learned:
    examples: Examples
    forest: RandomForestClassifier
    envelope: Envelope
    usual: Usual
    autoencoder: Healthy | None


def _learn(
    asset: Asset, material: Material, *, seed: int, shape: forest.Shape, on_step: OnStep
) -> _Learned:
    runs, inputs = material.split.training, inputs_of(asset)
    examples = dataset.sampled(runs, asset=asset, stride=_stride(asset), seed=seed)
    found = kinds.extract(examples.windows, inputs)
    grown = 0

    def on_trees(count: int) -> None:
        nonlocal grown
        grown += count
        on_step("growing trees", grown, shape.trees)

    trees = forest.grow(
        found,
        examples.labels,
        weights=examples.weights,
        shape=shape,
        seed=seed,
        on_trees=on_trees,
    )
    held_out = dataset.sampled(
        material.split.calibration, asset=asset, stride=_stride(asset), seed=seed + 1
    )
    calibration = kinds.extract(held_out.windows, inputs)
    return _Learned(
        examples=examples,
        forest=trees,
        envelope=covering.cover(
            found,
            examples.labels,
            calibration=calibration,
            repeating=inputs.repeating,
            seed=seed,
        ),
        usual=explain.fit(
            found,
            examples.labels,
            importances=trees.feature_importances_,
            channels=len(inputs.channels),
        ),
        autoencoder=autoencoder_report.learned(asset, material.split, seed=seed)
        if asset.detector == "autoencoder"
        else None,
    )


def _export(
    asset: Asset, material: Material, learned: _Learned, *, seed: int
) -> tuple[Trained, float]:
    test = dataset.sampled(material.split.test, asset=asset, stride=_stride(asset), seed=seed + 2)
    held_out = np.ascontiguousarray(kinds.extract(test.windows, inputs_of(asset)))
    onnx, difference = forest.export(learned.forest, held_out=held_out)
    network, constants = None, None
    if learned.autoencoder is not None:
        network, constants = autoencoder_fit.export(learned.autoencoder.fitted)
    baseline = Baseline.of(learned.usual, learned.envelope, constants)
    manifest = manifest_of(
        asset,
        onnx=onnx,
        baseline=msgspec.json.encode(baseline),
        classes=material.classes,
        source=material.source,
        seed=seed,
    )
    trained = Trained(
        manifest=manifest,
        onnx=onnx,
        baseline=baseline,
        forest=learned.forest,
        autoencoder=network,
    )
    return trained, difference


def _served(trained: Trained) -> Autoencoder | None:
    constants = trained.baseline.autoencoder
    if trained.autoencoder is None or constants is None:
        return None
    return loaded(constants, trained.autoencoder)


def _rebuilding(
    model: Model, healthy: Healthy | None, material: Material
) -> AutoencoderReport | None:
    if healthy is None:
        return None
    return autoencoder_report.of(model, healthy, split=material.split, simulated=material.simulated)
