"""Trained windows become an envelope: a few Gaussians a class, and a limit from held-out machines.

Apart from the envelope itself, so that serving does not load scikit-learn.
"""

from typing import Final

import numpy as np
from sklearn.mixture import GaussianMixture

from inference.dataset import LabelArray
from inference.envelope import Envelope, points_of
from inference.features import FeatureArray, FloatArray, column

_GAUSSIANS_A_CLASS: Final = 8
_FITTED_ON: Final = 4000  # windows a class: enough for the covariances, and fast
_RIDGE: Final = 3e-3  # of the unit variance: keeps a constant channel's Gaussian from collapsing
# The limit: the distance that 0.2 % of the windows of held-out machines exceed, and a tenth more.
_LIMIT_QUANTILE: Final = 0.998
_LIMIT_MARGIN: Final = 1.1


def cover(
    features: FeatureArray, labels: LabelArray, *, calibration: FeatureArray, seed: int
) -> Envelope:
    """Cover the trained windows of every class; ``calibration`` is of machines held out."""
    range_unit = _typical_range(features)
    points = points_of(features, range_unit)
    mean, deviation = points.mean(axis=0), points.std(axis=0) + 1e-9
    scaled = (points - mean) / deviation
    mixtures = [_mixture(scaled[labels == label], seed=seed) for label in np.unique(labels)]
    precisions = np.concatenate([mixture.precisions_cholesky_ for mixture in mixtures])
    means = np.concatenate([mixture.means_ for mixture in mixtures])
    whiten = np.concatenate(list(precisions / deviation[:, np.newaxis]), axis=1)
    centre = np.einsum("gd,gde->ge", means + mean / deviation, precisions).ravel()
    unlimited = Envelope(range_unit=range_unit, whiten=whiten, centre=centre, limit=1.0)
    limit = float(np.quantile(unlimited.distances(calibration), _LIMIT_QUANTILE) * _LIMIT_MARGIN)
    return Envelope(range_unit=range_unit, whiten=whiten, centre=centre, limit=limit)


def _mixture(points: FloatArray, *, seed: int) -> GaussianMixture:
    rng = np.random.default_rng(seed)
    drawn = points[rng.permutation(len(points))[:_FITTED_ON]]
    components = min(_GAUSSIANS_A_CLASS, 1 + len(drawn) // 50)
    mixture = GaussianMixture(components, reg_covar=_RIDGE, max_iter=300, random_state=seed)
    return mixture.fit(drawn)


def _typical_range(features: FeatureArray) -> FloatArray:
    ranges = column(features, "range").astype(np.float64)
    moving = np.where(ranges > 0, ranges, np.nan)
    typical = [np.nanmedian(one) if (one > 0).any() else 1.0 for one in moving.T]
    return np.array(typical)
