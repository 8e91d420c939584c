"""Runs and verdicts become a forest, an envelope of all it has seen, and what is usual."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sklearn.ensemble import RandomForestClassifier

from contract.assets.words import Asset
from contract.window import is_long
from inference.classifier import autoencoder_fit, explain
from inference.classifier.autoencoder import Autoencoder, loaded
from inference.classifier.envelope import Envelope
from inference.classifier.explain import Usual
from inference.classifier.manifest import Baseline, Manifest
from inference.classifier.model import Model
from inference.runs import dataset, virtual
from inference.runs.dataset import Split
from inference.runs.told import Told
from inference.training import autoencoder_report, covering, crossed, forest
from inference.training.autoencoder_report import Healthy
from inference.training.crossed import Simulated
from inference.training.learned_verdicts import LearnedVerdicts
from inference.training.lessons import Lessons
from inference.windows import kinds
from inference.windows.features import FeatureArray, FloatArray
from inference.windows.inputs import inputs_of

# Neighbouring windows say nearly the same: one in this many is learned from.
_STRIDE: Final = 6
_STRIDE_SHARE: Final = 0.06  # of a long window
_STRIDE_OF_GROWTH: Final = 0.02  # of the time in which a fault has grown

# Told what is being done, how much of it is done, and out of how much.
OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A model before it is exported.

    ``simulated`` is what was learned from beside verdicts, ``untold`` an autoencoder that has seen
    none of them.
    """

    simulated: Simulated
    lessons: Lessons | None
    forest: RandomForestClassifier
    envelope: Envelope
    usual: Usual
    autoencoder: Healthy | None
    untold: Healthy | None


def stride_of(asset: Asset) -> int:
    """Of a long window more is seen again in the next, and of a fault that grows slowly as well."""
    if not is_long(asset):
        return _STRIDE
    apart_s = max(_STRIDE_SHARE * asset.window_s, _STRIDE_OF_GROWTH * virtual.grown_within_s(asset))
    return max(1, round(apart_s * asset.nominal_rate_hz))


def learn(
    asset: Asset,
    split: Split,
    told: Told | None,
    *,
    seed: int,
    shape: forest.Shape,
    on_step: OnStep,
) -> Learned:
    """Learn from the training runs of ``split``, and from what people have told.

    Raises:
        ValueError, NotLearned: they cannot be learned from.
    """
    simulated, usual_from = _simulated(asset, split, seed=seed)
    lessons = None
    if told is not None and told.verdicts:
        lessons = Lessons.of(told, asset=asset, seed=seed)
    trees = _grown(simulated, lessons, shape=shape, seed=seed, on_step=on_step)
    untold = _rebuilding(asset, split, None, seed=seed)
    is_told = lessons is not None and untold is not None and not lessons.labels.all()
    return Learned(
        simulated=simulated,
        lessons=lessons,
        forest=trees,
        envelope=simulated.envelope if lessons is None else lessons.reach(simulated.envelope),
        usual=explain.fit(
            simulated.features,
            simulated.labels,
            importances=trees.feature_importances_,
            channels=usual_from,
        ),
        autoencoder=_rebuilding(asset, split, lessons, seed=seed) if is_told else untold,
        untold=untold,
    )


def _simulated(asset: Asset, split: Split, *, seed: int) -> tuple[Simulated, int]:
    """What is learned from beside verdicts, and how many channels it is of."""
    inputs, stride = inputs_of(asset), stride_of(asset)
    examples = dataset.sampled(split.training, asset=asset, stride=stride, seed=seed)
    held_out = dataset.sampled(split.calibration, asset=asset, stride=stride, seed=seed + 1)
    features = kinds.extract(examples.windows, inputs)
    envelope = covering.cover(
        features,
        examples.labels,
        calibration=kinds.extract(held_out.windows, inputs),
        repeating=inputs.repeating,
        seed=seed,
    )
    found = Simulated(
        features=features, labels=examples.labels, weights=examples.weights, envelope=envelope
    )
    return found, len(inputs.channels)


def _grown(
    simulated: Simulated,
    lessons: Lessons | None,
    *,
    shape: forest.Shape,
    seed: int,
    on_step: OnStep,
) -> RandomForestClassifier:
    grown = 0

    def on_trees(count: int) -> None:
        nonlocal grown
        grown += count
        on_step("growing trees", grown, shape.trees)

    features, labels, weights = simulated.features, simulated.labels, simulated.weights
    if lessons is not None:
        features, labels, weights = crossed.beside(simulated, lessons)
    return forest.grow(features, labels, weights=weights, shape=shape, seed=seed, on_trees=on_trees)


def _rebuilding(
    asset: Asset, split: Split, lessons: Lessons | None, *, seed: int
) -> Healthy | None:
    if asset.detector != "autoencoder":
        return None
    return autoencoder_report.learned(asset, split, seed=seed, lessons=lessons)


def tested(
    asset: Asset,
    told: Told | None,
    learned: Learned,
    manifest: Manifest,
    *,
    shape: forest.Shape,
    seed: int,
    on_step: OnStep,
) -> LearnedVerdicts | None:
    """What was learned of verdicts, tested by leaving them out; None: nothing was."""
    if told is None or learned.lessons is None:
        return None
    autoencoder = _served(learned.untold)

    def model_of(
        probabilities: Callable[[FeatureArray], FloatArray | FeatureArray], envelope: Envelope
    ) -> Model:
        return Model(
            asset=asset,
            manifest=manifest,
            baseline=Baseline.of(learned.usual, envelope),
            probabilities=probabilities,
            autoencoder=autoencoder,
        )

    return crossed.tested(
        told,
        learned.lessons,
        simulated=learned.simulated,
        model_of=model_of,
        shape=shape,
        seed=seed,
        on_fold=lambda done, total: on_step("testing verdicts by leaving out", done, total),
    )


def _served(healthy: Healthy | None) -> Autoencoder | None:
    if healthy is None:
        return None
    network, constants = autoencoder_fit.export(healthy.fitted)
    return loaded(constants, network)
