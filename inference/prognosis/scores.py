"""How good predictions of remaining life were, by the rules others have published under. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from inference.prognosis.lives import Array

_EARLY: Final = 13.0  # of the score: what is told too early costs less
_LATE: Final = 10.0
_BOUNDS: Final = (0.0, 0.2, 0.4, 0.8, 1.0)  # of what was left, as a share of the horizon


class Held(msgspec.Struct, kw_only=True, frozen=True):
    """Of intervals that promise ``share``: how many held, and how wide they were at the mean."""

    share: float
    coverage: float
    width: float


class Figures(msgspec.Struct, kw_only=True, frozen=True):
    """Of so many predictions; ``score`` is NASA's, for a hundred of them."""

    predictions: int
    rmse: float
    score: float
    bias: float
    held: list[Held]


class Stretch(msgspec.Struct, kw_only=True, frozen=True):
    """The predictions made when between ``from_left`` and ``to_left`` was left."""

    from_left: float
    to_left: float
    figures: Figures


Bands = Sequence[tuple[float, Array, Array]]  # share, (N,) low, (N,) high


def figures(predicted: Array, true: Array, bands: Bands = (), *, weights: Array) -> Figures:
    """Of (N,) predictions, each of which counts as its weight says."""
    weights = weights / weights.sum()
    off = predicted - true
    cost = np.expm1(np.where(off < 0.0, -off / _EARLY, off / _LATE))
    return Figures(
        predictions=len(predicted),
        rmse=float(np.sqrt(weights @ off**2)),
        score=float(100.0 * weights @ cost),
        bias=float(weights @ off),
        held=[
            Held(
                share=share,
                coverage=float(weights @ ((low <= true) & (true <= high))),
                width=float(weights @ (high - low)),
            )
            for share, low, high in bands
        ],
    )


def by_horizon(
    predicted: Array, true: Array, bands: Bands, *, weights: Array, horizon: float
) -> list[Stretch]:
    """The same by how much was left; nothing of a stretch in which nobody was asked."""
    found = []
    for begin, end in zip(_BOUNDS, (*_BOUNDS[1:], np.inf), strict=True):
        inside = (true >= begin * horizon) & (true < end * horizon)
        if inside.any():
            inner = [(share, low[inside], high[inside]) for share, low, high in bands]
            one = figures(predicted[inside], true[inside], inner, weights=weights[inside])
            most = min(end, 1.0) * horizon
            found.append(Stretch(from_left=begin * horizon, to_left=most, figures=one))
    return found
