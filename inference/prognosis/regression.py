"""What lives show in; a regression of what is left, by scikit-learn, and its ONNX out."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor, VotingRegressor

from inference.errors import ExportFailed
from inference.prognosis.lives import Array
from inference.prognosis.model import onnx_shares
from inference.prognosis.preparation import Shown

_TOLERANCE: Final = 1e-3  # of the horizon: in single precision a threshold may be missed
_DEPTH: Final = 6
_LEAST_LEAF: Final = 20
_RATE: Final = 0.05
_ROWS_SEEN: Final = 0.5  # by each tree
_SHARE_SEEN: Final = 0.15  # of what is shown, at each split


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large it is: so many boosted ensembles of so many trees."""

    ensembles: int = 3
    trees: int = 200


QUICK: Final = Shape(ensembles=1, trees=60)


def fit(shown: Shown, left: Array, *, shape: Shape, seed: int) -> VotingRegressor:
    """From (N, F) rows to (N,) shares of the horizon that were left."""
    several = [(f"{at}", _boosted(shape, 100 * seed + at)) for at in range(shape.ensembles)]
    return VotingRegressor(several).fit(shown, left)


def _boosted(shape: Shape, seed: int) -> GradientBoostingRegressor:
    """Of the histogram variant, which is faster, skl2onnx 1.20 makes no ONNX."""
    return GradientBoostingRegressor(
        n_estimators=shape.trees,
        learning_rate=_RATE,
        max_depth=_DEPTH,
        min_samples_leaf=_LEAST_LEAF,
        subsample=_ROWS_SEEN,
        max_features=_SHARE_SEEN,
        random_state=seed,
    )


def export(regression: Any, held_out: Shown) -> tuple[bytes, float]:
    """As ONNX, and by how much it differs on ``held_out`` at most, in shares of the horizon.

    Raises:
        ExportFailed: that is too much.
    """
    content: bytes = to_onnx(regression, held_out[:1]).SerializeToString()
    exported, trained = onnx_shares(content)(held_out), regression.predict(held_out)
    difference = float(np.abs(exported - trained).max())
    if difference > _TOLERANCE:
        raise ExportFailed(
            f"The exported regression differs from the trained one by up to {difference:.1e}."
        )
    return content, difference
