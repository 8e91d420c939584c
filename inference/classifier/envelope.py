"""How far a window lies from everything trained on: an anomaly score, and the limit of "unknown".

Each class is covered by a few Gaussians over each channel's mean and (log) range: where the
machine was and how much it moved. The score is the distance to the nearest of them (Mahalanobis,
i.e. in that Gaussian's own standard deviations), measured against a limit that held-out machines
set. A window beyond it resembles nothing trained, and is not forced into a class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from inference.windows.features import FeatureArray, FloatArray, column

# At this score a window is as far out as the limit; beyond it the answer is "unknown".
UNKNOWN_FROM: Final = 0.5

# Windows whose distances to all Gaussians are held at once: half a megabyte stays in the cache.
_AT_ONCE: Final = 128


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The Gaussians of C channels, D = 2 C dimensions, G Gaussians.

    Attributes:
        range_unit: (C,) typical range of each channel within a window.
        whiten: (D, G D) turns a point into its whitened coordinates, one block a Gaussian.
        centre: (G D,) the Gaussians' means in those coordinates.
        limit: distance beyond which a window resembles nothing trained.
    """

    range_unit: FloatArray
    whiten: FloatArray
    centre: FloatArray
    limit: float

    def scores(self, features: FeatureArray) -> FloatArray:
        """(B,) anomaly scores in 0..1; ``UNKNOWN_FROM`` is the limit."""
        return from_shares(self.distances(features) / self.limit)

    def distances(self, features: FeatureArray) -> FloatArray:
        """(B,) Mahalanobis distance to the nearest Gaussian."""
        points = points_of(features, self.range_unit)
        parts = [self._squared(points[i : i + _AT_ONCE]) for i in range(0, len(points), _AT_ONCE)]
        return np.sqrt(np.concatenate(parts))

    def _squared(self, points: FloatArray) -> FloatArray:
        offset = points @ self.whiten
        offset -= self.centre
        blocks = offset.reshape(len(points), -1, len(self.whiten))
        nearest: FloatArray = np.einsum("bgd,bgd->bg", blocks, blocks).min(axis=1)
        return nearest


def from_shares(share: FloatArray) -> FloatArray:
    """Scores in 0..1 of shares of a limit; ``UNKNOWN_FROM`` is the limit."""
    scores: FloatArray = 1.0 - np.exp2(-(share * share))
    return scores


def points_of(features: FeatureArray, range_unit: FloatArray) -> FloatArray:
    """(B, 2 C) where each window was and how much it moved: means, and log of the ranges."""
    count = len(range_unit)
    parts: Sequence[FloatArray] = (
        column(features, "mean", channels=count).astype(np.float64),
        np.log1p(column(features, "range", channels=count) / range_unit),
    )
    return np.concatenate(parts, axis=1)
