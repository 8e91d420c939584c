"""What a prediction is measured against: a straight sum of what the channels show now."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from inference.prognosis.lives import Array, Life, Lives
from inference.prognosis.preparation import Preparation, ridge


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A linear regression on the newest row alone, and on age."""

    prepared: Preparation
    weights: Array
    at_rest: float

    @classmethod
    def of(cls, lives: Lives, prepared: Preparation) -> Self:
        """Fitted to machines whose lives are ``stepped``, and whole."""
        rows = np.concatenate([_rows(life, prepared) for life in lives.lives])
        left = np.concatenate([life.left / prepared.horizon for life in lives.lives])
        left = np.minimum(left, 1.0)
        weights = ridge(rows, left)
        at_rest = float(left.mean() - rows.mean(axis=0) @ weights)
        return cls(prepared=prepared, weights=weights, at_rest=at_rest)

    def shares(self, life: Life) -> Array:
        """(N,) of the horizon that is left at each row."""
        found: Array = _rows(life, self.prepared) @ self.weights + self.at_rest
        return np.clip(found, 0.0, 1.0)


def _rows(life: Life, prepared: Preparation) -> Array:
    return np.concatenate([prepared.levels(life), life.ages[:, None] / prepared.horizon], axis=1)
