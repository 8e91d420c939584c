"""Runs become a served model: features, forest, envelope, export, test, files."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from contract.assets.words import Asset
from contract.window import is_long
from inference.classifier import autoencoder_fit, refusals
from inference.classifier.autoencoder import Autoencoder, loaded
from inference.classifier.manifest import Baseline
from inference.classifier.model import Model, onnx_probabilities
from inference.errors import NotLearned
from inference.runs import dataset, virtual
from inference.runs.dataset import Split
from inference.runs.recording import recorded
from inference.runs.told import Told, told
from inference.training import autoencoder_report, driven, forest, gate
from inference.training.autoencoder_report import AutoencoderReport, Healthy
from inference.training.evaluation import evaluate
from inference.training.gate import PoorModel
from inference.training.learning import Learned, OnStep, learn, stride_of, tested
from inference.training.publishing import Trained, manifest_of, publish
from inference.training.report import Report, report_of
from inference.windows import kinds
from inference.windows.inputs import inputs_of


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is learned from: the runs, their classes, and a sentence on where they come from."""

    split: Split
    classes: tuple[str, ...]
    source: str
    simulated: bool
    told: Told | None = None

    def with_verdicts(self, folder: Path, *, asset: Asset) -> Self:
        """The same, with what people said of alarms.

        Raises:
            BadDataset: ``folder`` has no table of verdicts, or it cannot be read.
        """
        found = told(folder, asset=asset, classes=self.classes)
        count = len(found.verdicts)
        source = f"{self.source}, and {count} verdict(s) of people" if count else self.source
        return replace(self, told=found, source=source)


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
    made_from: str = "",
) -> Report:
    """Learn, export, test on machines never seen, and write all files into ``directory``.

    ``made_from``: the recipe that the manifest names.

    Raises:
        NotLearned: the readings cannot be learned from; nothing is written.
        PoorModel: it does not reach ``bars``; nothing is written.
        ExportFailed: the ONNX model answers otherwise than the forest; nothing is written.
    """
    # Two threads of BLAS wait for each other by turning round: 17 s of two cores, for 1 s of one.
    with _learnable(asset), threadpool_limits(limits=1, user_api="blas"):
        started_s = time.perf_counter()
        learned = learn(
            asset, material.split, material.told, seed=seed, shape=shape, on_step=on_step
        )
        on_step("testing on unseen machines", 0, 1)
        trained, difference = _export(asset, material, learned, seed=seed, made_from=made_from)
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
            windows=len(learned.simulated.labels),
            shape=shape,
            parity=difference,
            evaluation=evaluate(model, material.split.test),
            drivers=driven.evaluate(model, material.split.driven),
            autoencoder=_rebuilding(model, learned.autoencoder, material),
            verdicts=tested(
                asset,
                material.told,
                learned,
                trained.manifest,
                shape=shape,
                seed=seed,
                on_step=on_step,
            ),
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


def _export(
    asset: Asset, material: Material, learned: Learned, *, seed: int, made_from: str
) -> tuple[Trained, float]:
    test = dataset.sampled(material.split.test, asset=asset, stride=stride_of(asset), seed=seed + 2)
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
        recipe=made_from,
        verdicts=0 if material.told is None else len(material.told.verdicts),
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
