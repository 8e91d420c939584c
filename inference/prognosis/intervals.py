"""What was off on machines not learned from, in; intervals that hold what they say, out.

Conformal prediction by machine: rows of one life are not exchangeable, lives are. Each machine
counts once, spread over the places at which it was asked (Dunn, Wasserman and Ramdas 2023,
"Distribution-free prediction sets for two-layer hierarchical models": pooling). What was off is
measured in units of what is usually off where so much is predicted, so that intervals are narrow
near the end, where they matter, and wide far from it.
"""

from typing import Final

import msgspec
import numpy as np

from inference.errors import BadDataset
from inference.prognosis.lives import Array, Indices

SHARES: Final = (0.8, 0.9)
_KNOTS: Final = 7
_NEIGHBOURS: Final = 0.25  # of all predictions: those are looked at around each knot
_LEAST: Final = 0.01  # of the horizon


class Calibration(msgspec.Struct, kw_only=True, frozen=True):
    """In shares of the horizon: what is usually off (``spread``) where ``knots`` are predicted.

    ``below`` and ``above`` are how many times that each of ``shares`` reaches.
    """

    knots: list[float]
    spread: list[float]
    shares: list[float]
    below: list[float]
    above: list[float]

    def bands(self, predicted: Array) -> list[tuple[float, Array, Array]]:
        """(share, (N,) low, (N,) high) around (N,) predictions, within 0 and 1."""
        spread = np.interp(predicted, self.knots, self.spread)
        return [
            (
                share,
                np.clip(predicted + below * spread, 0.0, 1.0),
                np.clip(predicted + above * spread, 0.0, 1.0),
            )
            for share, below, above in zip(self.shares, self.below, self.above, strict=True)
        ]


def calibrated(predicted: Array, true: Array, units: Indices) -> Calibration:
    """From (N,) predictions for machines not learned from, all in shares of the horizon.

    Raises:
        BadDataset: of so few machines nothing can be promised.
    """
    _, of_unit, counts = np.unique(units, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[of_unit]
    shares = [share for share in SHARES if _tail(share) * (len(counts) + 1) >= 1.0 - 1e-9]
    if not shares:
        raise BadDataset(
            f"{len(counts)} machines are too few to say how sure a prediction is: an interval of "
            f"{SHARES[0]:.0%} wants {round(1.0 / _tail(SHARES[0])) - 1} at least."
        )
    off = true - predicted
    knots, spread = _spreads(predicted, np.abs(off), weights)
    relative = off / np.interp(predicted, knots, spread)
    return Calibration(
        knots=knots.tolist(),
        spread=spread.tolist(),
        shares=shares,
        below=[-_reached(-relative, weights, 1.0 - _tail(share), len(counts)) for share in shares],
        above=[_reached(relative, weights, 1.0 - _tail(share), len(counts)) for share in shares],
    )


def _tail(share: float) -> float:
    return (1.0 - share) / 2.0


def _spreads(predicted: Array, off: Array, weights: Array) -> tuple[Array, Array]:
    """What is off at the mean, among the nearest predictions of each knot."""
    order = np.argsort(predicted, kind="stable")
    predicted, off, weights = predicted[order], off[order], weights[order]
    knots = np.unique(np.quantile(predicted, np.linspace(0.02, 0.98, _KNOTS)))
    count = max(1, round(_NEIGHBOURS * len(predicted) / 2))
    spread = []
    for knot in knots:
        at = int(np.searchsorted(predicted, knot))
        near = slice(max(0, at - count), at + count)
        spread.append(np.average(off[near], weights=weights[near]))
    return knots, np.maximum(spread, _LEAST)


def _reached(relative: Array, weights: Array, level: float, machines: int) -> float:
    """The quantile of them and one more machine, of which nobody knows anything."""
    order = np.argsort(relative, kind="stable")
    total = np.cumsum(weights[order]) / (machines + 1.0)
    at = min(int(np.searchsorted(total, level - 1e-12)), len(order) - 1)
    return float(relative[order][at])
