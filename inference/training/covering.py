"""Trained windows become an envelope: a few Gaussians a class, and a limit from held-out machines.

Apart from the envelope itself, so that serving does not load scikit-learn.
"""

from typing import Final

import numpy as np
from sklearn.mixture import GaussianMixture

from inference.classifier.envelope import Envelope, points_of
from inference.windows.features import (
    OF_WINDOW,
    FeatureArray,
    FloatArray,
    LabelArray,
    MaskArray,
    column,
)

_GAUSSIANS_A_CLASS: Final = 8
_FITTED_ON: Final = 4000  # windows a class: enough for the covariances, and fast
_LEAST_WINDOWS: Final = 50
_FROZEN_FROM: Final = 4  # readings
_COPIES: Final = 3
_RIDGE: Final = 3e-3  # of the unit variance: keeps a constant channel's Gaussian from collapsing
# The limit: the distance that 0.2 % of the windows of held-out machines exceed, and some more,
# since windows of one machine resemble each other and 30 machines are not all there are.
_LIMIT_QUANTILE: Final = 0.998
_LIMIT_MARGIN: Final = 1.3


def cover(
    features: FeatureArray,
    labels: LabelArray,
    *,
    calibration: FeatureArray,
    repeating: MaskArray,
    seed: int,
) -> Envelope:
    """Cover the trained windows of every class.

    Args:
        features: of the windows.
        labels: their classes.
        calibration: features of machines held out.
        repeating: (C,) the channels whose sensors may be stuck.
        seed: of what is drawn.
    """
    range_unit = _typical_range(features, channels=len(repeating))
    points = points_of(features, range_unit)
    mean, deviation = points.mean(axis=0), points.std(axis=0) + 1e-9
    scaled = (points - mean) / deviation
    groups = [scaled[labels == label] for label in np.unique(labels)]
    frozen = _frozen(features, repeating) & (labels != 0)[:, np.newaxis]
    if frozen.any(axis=1).sum() >= _LEAST_WINDOWS:
        groups.append(_elsewhere(scaled, frozen, seed=seed))
    mixtures = [_mixture(group, seed=seed) for group in groups]
    precisions = np.concatenate([mixture.precisions_cholesky_ for mixture in mixtures])
    means = np.concatenate([mixture.means_ for mixture in mixtures])
    whiten = np.concatenate(list(precisions / deviation[:, np.newaxis]), axis=1)
    centre = np.einsum("gd,gde->ge", means + mean / deviation, precisions).ravel()
    unlimited = Envelope(range_unit=range_unit, whiten=whiten, centre=centre, limit=1.0)
    limit = float(np.quantile(unlimited.distances(calibration), _LIMIT_QUANTILE) * _LIMIT_MARGIN)
    return Envelope(range_unit=range_unit, whiten=whiten, centre=centre, limit=limit)


def _frozen(features: FeatureArray, repeating: MaskArray) -> MaskArray:
    """(B, C) which channels showed one value throughout a window that is not very short."""
    long: MaskArray = features[:, -len(OF_WINDOW)] >= _FROZEN_FROM
    still = column(features, "range", channels=len(repeating)) == 0
    frozen: MaskArray = still & repeating & long[:, np.newaxis]
    return frozen


def _elsewhere(points: FloatArray, frozen: MaskArray, *, seed: int) -> FloatArray:
    """Windows with a frozen channel, that channel moved to where other windows have it.

    A sensor may stick at any value, and the machine goes on without it: no training has every
    combination, yet none is a reason to call the window unknown.
    """
    rng = np.random.default_rng(seed)
    stuck = np.flatnonzero(frozen.any(axis=1))
    copies = points[np.repeat(stuck, _COPIES)]
    others = points[rng.integers(len(points), size=len(copies))]
    moved = np.repeat(frozen[stuck], _COPIES, axis=0)
    width = moved.shape[1]
    copies[:, :width] = np.where(moved, others[:, :width], copies[:, :width])
    return copies


def _mixture(points: FloatArray, *, seed: int) -> GaussianMixture:
    rng = np.random.default_rng(seed)
    drawn = points[rng.permutation(len(points))[:_FITTED_ON]]
    components = min(_GAUSSIANS_A_CLASS, 1 + len(drawn) // _LEAST_WINDOWS)
    mixture = GaussianMixture(components, reg_covar=_RIDGE, max_iter=300, random_state=seed)
    return mixture.fit(drawn)


def _typical_range(features: FeatureArray, *, channels: int) -> FloatArray:
    ranges = column(features, "range", channels=channels).astype(np.float64)
    moving = np.where(ranges > 0, ranges, np.nan)
    typical = [np.nanmedian(one) if (one > 0).any() else 1.0 for one in moving.T]
    return np.array(typical)
