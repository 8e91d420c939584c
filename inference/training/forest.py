"""The random forest: grown with scikit-learn, exported to ONNX, and the two compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier

from inference.classifier.model import onnx_probabilities
from inference.errors import ExportFailed
from inference.windows.features import FeatureArray, FloatArray, LabelArray, MaskArray

# Single precision sums of a hundred trees differ by about 1e-6.
_TOLERANCE: Final = 1e-5
_GROWN_AT_ONCE: Final = 4


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large the forest is: as small as its accuracy on held-out machines allows."""

    trees: int = 60
    depth: int = 16
    least_leaf: int = 2


def grow(
    features: FeatureArray,
    labels: LabelArray,
    *,
    weights: FloatArray,
    shape: Shape,
    seed: int,
    on_trees: Callable[[int], None],
) -> RandomForestClassifier:
    """Fit the forest, a few trees at a time; ``on_trees`` is told how many have been added.

    ``weights`` is (B,) how much each row counts.
    """
    forest = RandomForestClassifier(
        n_estimators=0,
        max_depth=shape.depth,
        min_samples_leaf=shape.least_leaf,
        warm_start=True,
        n_jobs=-1,
        random_state=seed,
    )
    for grown in range(0, shape.trees, _GROWN_AT_ONCE):
        forest.n_estimators = min(shape.trees, grown + _GROWN_AT_ONCE)
        forest.fit(features, labels, sample_weight=weights)
        on_trees(forest.n_estimators - grown)
    # Single windows are asked about later: threads would cost more than they gain.
    return forest.set_params(n_jobs=1, warm_start=False)


def export(forest: RandomForestClassifier, *, held_out: FeatureArray) -> tuple[bytes, float]:
    """The forest as ONNX, and the largest difference of a probability on ``held_out``.

    Raises:
        ExportFailed: a label differs, or a probability by more than 1e-5.
    """
    graph = to_onnx(forest, held_out[:1], options={id(forest): {"zipmap": False}})
    content: bytes = graph.SerializeToString()
    exported = onnx_probabilities(content)(held_out)
    trained = forest.predict_proba(held_out)
    difference = float(np.abs(exported - trained).max())
    same = (exported.argmax(axis=1) == trained.argmax(axis=1)) | _tied(trained)
    if not same.all() or difference > _TOLERANCE:
        raise ExportFailed(
            f"The exported forest differs from the trained one: {int((~same).sum())} of "
            f"{len(same)} labels, probabilities by up to {difference:.1e}."
        )
    return content, difference


def _tied(probabilities: FloatArray) -> MaskArray:
    """Where the two likeliest classes are equally likely to within rounding: either is right."""
    best = np.sort(probabilities, axis=1)[:, -2:]
    tied: MaskArray = best[:, 1] - best[:, 0] <= _TOLERANCE
    return tied
