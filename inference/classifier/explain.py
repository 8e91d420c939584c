"""Why a class was chosen: which channels speak for it, how much, and a sentence for each.

Evidence of a feature = how much the forest relies on it (impurity importance) x how typical it is
of the class to deviate there x how far this window deviates from what is usual of a healthy
machine. That costs a few array operations a batch, where a walk through the trees for each window
(TreeSHAP) would cost a hundred times the forest itself; it says what stands out, not what the
forest would have answered otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np

from contract.assets.words import Channel, Derived
from contract.messages import Reason
from inference.classifier.phrases import OF_HOLDS, sentence
from inference.windows.features import (
    OF_WINDOW,
    STATISTICS,
    FeatureArray,
    FloatArray,
    LabelArray,
    column,
)
from inference.windows.kinds import Feature

_MOST_REASONS: Final = 3
_LEAST_WEIGHT: Final = 0.05
# A deviation counts up to this many half widths of the usual band, squared.
_FARTHEST: Final = 10.0
_BAND: Final = (0.01, 0.99)
_LAST, _HELD, _USUAL, _SURPRISE = map(STATISTICS.index, ("last", "held", "usual", "surprise"))
_TENTHS_BELOW_S: Final = 10.0
_MOSTLY: Final = 0.5

_BEFORE: Final = ", and each value before for {:.1f} s"


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What healthy machines do, and what each class is recognised by, over F features.

    Those are ``STATISTICS`` of each channel, and then what there is beyond them.

    Attributes:
        low, high: (F,) band that 98 % of healthy windows keep to.
        weights: (K, F) how much each feature speaks for each class; rows sum to 1.
    """

    low: FloatArray
    high: FloatArray
    weights: FloatArray

    @cached_property
    def _scale(self) -> tuple[FloatArray, FloatArray]:
        """The band's centre, and one over its half width."""
        half = np.maximum((self.high - self.low) / 2.0, 1e-6)
        return (self.high + self.low) / 2.0, 1.0 / half

    def deviations(self, features: FeatureArray) -> FloatArray:
        """(B, F) squared distance from the band's centre in half widths, at most 100."""
        centre, per_half = self._scale
        share = (features[:, : len(centre)] - centre) * per_half
        share *= share
        return np.minimum(share, _FARTHEST**2, out=share)


def fit(
    features: FeatureArray,
    labels: LabelArray,
    *,
    importances: FloatArray,
    channels: int | None = None,
) -> Usual:
    """Learn the usual band and the weights; label 0 is healthy.

    ``channels``: how many there are; None: there is nothing beyond their statistics.
    """
    if channels is None:
        channels = features.shape[1] // len(STATISTICS)
        used = features[:, : len(STATISTICS) * channels]
    else:
        used = features[:, : -len(OF_WINDOW)]
    low, high = np.quantile(used[labels == 0], _BAND, axis=0).astype(np.float64)
    plain = Usual(low=low, high=high, weights=np.zeros((0, used.shape[1])))
    deviations = plain.deviations(used)
    typical = np.array([deviations[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    weights = typical * (importances[: used.shape[1]] + 1e-9)
    # How long values usually stand tells sensors apart, not conditions.
    weights[:, _USUAL * channels : (_USUAL + 1) * channels] = 0.0
    return Usual(low=low, high=high, weights=weights / weights.sum(axis=1, keepdims=True))


class Explainer:
    """Turns features and chosen classes into reasons."""

    def __init__(
        self,
        usual: Usual,
        *,
        channels: Sequence[Channel | Derived],
        others: Sequence[Feature] = (),
        titles: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """``others`` are the features beyond ``STATISTICS`` of ``channels``.

        ``titles``: of what has them beside channels, and of the values of states.
        """
        self._usual = usual
        self._width = len(channels)
        self._features = [
            *(Feature(channel.name, s) for s in STATISTICS for channel in channels),
            *others,
        ]
        known = {channel.name: channel for channel in channels}
        bands = zip(self._features, usual.low.tolist(), usual.high.tolist(), strict=True)
        self._sentences = [
            sentence(feature, known.get(feature.of), titles, low=low, high=high)
            for feature, low, high in bands
        ]
        self._names = list(dict.fromkeys(feature.of for feature in self._features))
        of = np.array([self._names.index(feature.of) for feature in self._features])
        self._columns = [np.flatnonzero(of == at) for at in range(len(self._names))]
        # Nothing is known of how "unknown" looks: there, every feature counts alike.
        even = np.full((1, len(usual.low)), 1.0 / len(usual.low))
        self._weights = np.concatenate((usual.weights, even))
        self._is_rich = bool(others)
        self._holds = np.array([feature.what in OF_HOLDS for feature in self._features])
        told_by_holds = usual.weights[:, self._holds].sum(axis=1) > _MOSTLY
        self.told_by_repeats = np.flatnonzero(told_by_holds)  # classes
        self._repeats = np.append(told_by_holds, False)  # by class, unknown last

    def reasons(
        self, features: FeatureArray, chosen: LabelArray
    ) -> list[tuple[list[Reason], str | None]]:
        """The reasons of each window, strongest first, and the channel the fault is of.

        A normal one (class 0) has neither; of one channel is a fault that is told by how a value
        repeats. ``chosen`` is (B,) the index of the class, or the number of classes for "unknown".
        """
        found: list[tuple[list[Reason], str | None]] = [([], None)] * len(chosen)
        faulty = np.flatnonzero(chosen)
        if not len(faulty):
            return found
        features, chosen = features[faulty], chosen[faulty]
        deviations = self._usual.deviations(features)
        if self._is_rich:
            deviations = self._telling(deviations)
        evidence = deviations * self._weights[chosen]
        repeats = self._repeats[chosen]
        evidence[repeats] = 0.0
        first = _SURPRISE * self._width
        surprise = column(features[repeats], "surprise", channels=self._width)
        evidence[repeats, first : first + self._width] = surprise
        weights = np.stack([evidence[:, of].sum(axis=1) for of in self._columns], axis=1)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        strongest = [of[evidence[:, of].argmax(axis=1)] for of in self._columns]
        rows = zip(
            faulty.tolist(), features.tolist(), weights.tolist(),
            np.stack(strongest, axis=1).tolist(), repeats.tolist(),
            strict=True,
        )  # fmt: skip
        for index, values, shares, told, repeating in rows:
            reasons = self._of_one(values, shares, told)
            found[index] = reasons, reasons[0].channel if repeating and reasons else None
        return found

    def _telling(self, deviations: FloatArray) -> FloatArray:
        """Of many features those that are not usual: where each is by itself, there is no reason.

        How long a value stays is told of sensors alone.
        """
        return np.where(self._holds | (deviations <= 1.0), 0.0, deviations)

    def _of_one(self, values: list[float], shares: list[float], told: list[int]) -> list[Reason]:
        order = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)[:_MOST_REASONS]
        return [
            Reason(
                channel=self._names[j],
                weight=round(shares[j], 2),
                text=self._text(values, told[j]),
            )
            for j in order
            if shares[j] >= _LEAST_WEIGHT
        ]

    def _text(self, values: list[float], at: int) -> str:
        if self._features[at].what not in OF_HOLDS:
            return self._sentences[at].format(values[at])
        channel = at % self._width
        last, held_s, usual_s = (values[s * self._width + channel] for s in (_LAST, _HELD, _USUAL))
        places = 1 if held_s < _TENTHS_BELOW_S else 0
        text = self._sentences[at].format(last, held_s, places=places)
        return text + _BEFORE.format(usual_s) if usual_s else text
