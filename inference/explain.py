"""Why a class was chosen: which channels speak for it, how much, and a sentence for each.

Evidence of a feature = how much the forest relies on it (impurity importance) x how typical it is
of the class to deviate there x how far this window deviates from what is usual of a healthy
machine. That costs a few array operations a batch, where a walk through the trees for each window
(TreeSHAP) would cost a hundred times the forest itself; it says what stands out, not what the
forest would have answered otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from contract.assets.words import Channel
from contract.messages import Reason
from inference.dataset import LabelArray
from inference.features import STATISTICS, FeatureArray, FloatArray, column

_MOST_REASONS: Final = 3
_LEAST_WEIGHT: Final = 0.05
# A deviation counts up to this many half widths of the usual band, squared.
_FARTHEST: Final = 10.0
_BAND: Final = (0.01, 0.99)
# How a value repeats: a fault that is told by it is of the channel that does.
_OF_HOLDS: Final = ("held", "usual", "surprise")
_LAST, _HELD, _USUAL, _SURPRISE = map(STATISTICS.index, ("last", "held", "usual", "surprise"))
_TENTHS_BELOW_S: Final = 10.0
_MOSTLY: Final = 0.5

_SENTENCES: Final = {
    "last": "{title} is {{:.{decimals}f}}{unit}, normally {low} to {high}{unit}",
    "mean": "{title} averages {{:.{decimals}f}}{unit}, normally {low} to {high}{unit}",
    "std": "{title} scatters by {{:.{finer}f}}{unit}, normally {low} to {high}{unit}",
    "min": "{title} drops to {{:.{decimals}f}}{unit}, normally {low} to {high}{unit}",
    "max": "{title} peaks at {{:.{decimals}f}}{unit}, normally {low} to {high}{unit}",
    "range": "{title} swings over {{:.{finer}f}}{unit}, normally {low} to {high}{unit}",
    "slope": "{title} changes by {{:+.{finer}f}}{unit} a second, normally {low} to {high}",
}
_REPEATS: Final = "{title} has shown {{:.{decimals}f}}{unit} for {{:.{{places}}f}} s"
_BEFORE: Final = ", and each value before for {:.1f} s"
_FINER: Final = ("std", "range", "slope")


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What healthy machines do, and what each class is recognised by; F = 10 C features.

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


def fit(features: FeatureArray, labels: LabelArray, *, importances: FloatArray) -> Usual:
    """Learn the usual band and the weights; label 0 is healthy."""
    used = features[:, : len(STATISTICS) * (features.shape[1] // len(STATISTICS))]
    low, high = np.quantile(used[labels == 0], _BAND, axis=0).astype(np.float64)
    plain = Usual(low=low, high=high, weights=np.zeros((0, used.shape[1])))
    deviations = plain.deviations(used)
    typical = np.array([deviations[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    weights = typical * (importances[: used.shape[1]] + 1e-9)
    # How long values usually stand tells sensors apart, not conditions.
    weights.reshape(len(weights), len(STATISTICS), -1)[:, _USUAL] = 0.0
    return Usual(low=low, high=high, weights=weights / weights.sum(axis=1, keepdims=True))


class Explainer:
    """Turns features and chosen classes into reasons."""

    def __init__(self, usual: Usual, *, channels: Sequence[Channel]) -> None:
        self._usual = usual
        self._names = [channel.name for channel in channels]
        shape = (len(STATISTICS), len(channels))
        bands = np.stack((usual.low, usual.high), axis=-1).reshape(*shape, 2)
        self._sentences = [
            [_sentence(s, channel, *bands[i, j]) for j, channel in enumerate(channels)]
            for i, s in enumerate(STATISTICS)
        ]
        # Nothing is known of how "unknown" looks: there, every feature counts alike.
        even = np.full((1, len(usual.low)), 1.0 / len(usual.low))
        self._weights = np.concatenate((usual.weights, even))
        self._shape = shape
        holds = [statistic in _OF_HOLDS for statistic in STATISTICS]
        by_statistic = usual.weights.reshape(-1, *shape).sum(axis=2)
        told_by_holds = by_statistic[:, holds].sum(axis=1) > _MOSTLY
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
        evidence = self._usual.deviations(features) * self._weights[chosen]
        evidence = evidence.reshape(len(faulty), *self._shape)
        repeats = self._repeats[chosen]
        evidence[repeats] = 0.0
        evidence[repeats, _SURPRISE] = column(features[repeats], "surprise")
        weights = evidence.sum(axis=1)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        strongest = evidence.argmax(axis=1).tolist()
        rows = zip(
            faulty.tolist(), features.tolist(), weights.tolist(), strongest, repeats.tolist(),
            strict=True,
        )  # fmt: skip
        for index, values, shares, statistics, repeating in rows:
            reasons = self._of_one(values, shares, statistics)
            found[index] = reasons, reasons[0].channel if repeating and reasons else None
        return found

    def _of_one(
        self, values: list[float], shares: list[float], statistics: list[int]
    ) -> list[Reason]:
        order = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)[:_MOST_REASONS]
        return [
            Reason(
                channel=self._names[j],
                weight=round(shares[j], 2),
                text=self._text(values, j, statistics[j]),
            )
            for j in order
            if shares[j] >= _LEAST_WEIGHT
        ]

    def _text(self, values: list[float], channel: int, statistic: int) -> str:
        width, sentence = len(self._names), self._sentences[statistic][channel]
        if STATISTICS[statistic] not in _OF_HOLDS:
            return sentence.format(values[statistic * width + channel])
        last, held_s, usual_s = (values[s * width + channel] for s in (_LAST, _HELD, _USUAL))
        places = 1 if held_s < _TENTHS_BELOW_S else 0
        text = sentence.format(last, held_s, places=places)
        return text + _BEFORE.format(usual_s) if usual_s else text


def _sentence(statistic: str, channel: Channel, low: float, high: float) -> str:
    """The sentence about ``statistic`` of ``channel``, still lacking the value."""
    decimals = channel.decimals + 1 if statistic in _FINER else channel.decimals
    return _SENTENCES.get(statistic, _REPEATS).format(
        title=_in_sentence(channel.title),
        decimals=channel.decimals,
        finer=channel.decimals + 1,
        unit=f" {channel.unit}" if channel.unit else "",
        low=f"{low:.{decimals}f}",
        high=f"{high:.{decimals}f}",
    )


def _in_sentence(title: str) -> str:
    """A title inside a sentence: "Speed" becomes "speed", "CO2" and "pH" stay."""
    capitalised = title[:1].isupper() and title[1:] == title[1:].lower()
    return (
        (title[:1].lower() + title[1:] if capitalised else title)
        .replace("{", "{{")
        .replace("}", "}}")
    )
