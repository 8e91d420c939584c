"""Verdicts are tested by models that have not seen them: a machine's are left out at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from inference.classifier.envelope import Envelope
from inference.classifier.model import Model
from inference.runs.told import Told
from inference.training import agreement, forest
from inference.training.learned_verdicts import HOW, LearnedVerdicts
from inference.training.lessons import Lessons
from inference.windows.features import FeatureArray, FloatArray, LabelArray

_FOLDS: Final = 5
_TREES: Final = 16  # a fold: what they know of a verdict is the same, they only waver more

# Makes a model of a forest's probabilities and an envelope.
MakeModel = Callable[[Callable[[FeatureArray], FloatArray | FeatureArray], Envelope], Model]


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """What is learned from beside verdicts: (B, F) features, (B,) classes, and their weights."""

    features: FeatureArray
    labels: LabelArray
    weights: FloatArray
    envelope: Envelope


def folds(told: Told) -> list[list[int]]:
    """Which verdicts are left out together: those of a machine, never one in two folds."""
    devices = [verdict.device_id for verdict in told.verdicts]
    by_machine = len(set(devices)) > 1
    groups = devices if by_machine else [verdict.key for verdict in told.verdicts]
    fold_of = {group: at % _FOLDS for at, group in enumerate(dict.fromkeys(groups))}
    found: list[list[int]] = [[] for _ in range(min(_FOLDS, len(fold_of)))]
    for at, group in enumerate(groups):
        found[fold_of[group]].append(at)
    return found


def tested(
    told: Told,
    lessons: Lessons,
    *,
    simulated: Simulated,
    model_of: MakeModel,
    shape: forest.Shape,
    seed: int,
    on_fold: Callable[[int, int], None],
) -> LearnedVerdicts:
    """What was learned, and what becomes of each verdict that was left out.

    Args:
        told: the verdicts.
        lessons: their windows.
        simulated: what all learn from.
        model_of: makes a model of a fold.
        shape: of the forest that is served.
        seed: of the forests.
        on_fold: told how many are done, of how many.
    """
    parts = folds(told)
    left_out: dict[str, str] = {}
    small = replace(shape, trees=min(shape.trees, _TREES))
    for done, part in enumerate(parts):
        on_fold(done, len(parts))
        model = _fold(lessons.without(part), simulated, model_of=model_of, shape=small, seed=seed)
        left_out.update(_judged(model, told, part))
    on_fold(len(parts), len(parts))
    return LearnedVerdicts(
        verdicts=len(told.verdicts),
        machines=len(told.devices),
        by_kind=told.by_kind,
        windows=len(lessons.labels),
        share=round(float(lessons.weights(beside=1.0).sum()), 4),
        unusable=told.left_out,
        asked={verdict.key: verdict.truth for verdict in told.verdicts},
        left_out=left_out,
        how=HOW,
    )


def _fold(
    lessons: Lessons,
    simulated: Simulated,
    *,
    model_of: MakeModel,
    shape: forest.Shape,
    seed: int,
) -> Model:
    features, labels, weights = beside(simulated, lessons)
    trees = forest.grow(
        features, labels, weights=weights, shape=shape, seed=seed, on_trees=lambda _count: None
    )
    return model_of(trees.predict_proba, lessons.reach(simulated.envelope))


def beside(simulated: Simulated, lessons: Lessons) -> tuple[FeatureArray, LabelArray, FloatArray]:
    """Features, classes and weights of both."""
    return (
        np.concatenate((simulated.features, lessons.features)),
        np.concatenate((simulated.labels, lessons.labels)),
        np.concatenate((simulated.weights, lessons.weights(beside=float(simulated.weights.sum())))),
    )


def _judged(model: Model, told: Told, part: Sequence[int]) -> Iterator[tuple[str, str]]:
    some = replace(
        told,
        verdicts=tuple(told.verdicts[at] for at in part),
        runs=tuple(told.runs[at] for at in part),
    )
    keys = [verdict.key for verdict in some.verdicts]
    yield from zip(keys, agreement.answers(model, some), strict=True)
