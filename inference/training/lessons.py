"""Verdicts become examples beside the simulated ones, so heavy that they count and no heavier."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from contract.assets.words import Asset
from inference.classifier.envelope import Envelope, points_of
from inference.runs import dataset
from inference.runs.told import Told
from inference.runs.verdict_readings import NOT_TOLD
from inference.windows import kinds
from inference.windows.features import FeatureArray, FloatArray, IntArray, LabelArray, MaskArray
from inference.windows.inputs import inputs_of

# Of the weight of all simulated windows: one verdict, whatever it lasted, and all of them together.
# One is 500 windows among 100,000: enough for trees to turn at. All of them never outvote the
# thousands of faults that nobody has seen here yet.
OF_ONE: Final = 0.005
OF_ALL: Final = 0.2
_WINDOWS: Final = 120  # of one verdict, and as many shortened copies at most
_OUTSIDE: Final = 0.7  # of the limit of "unknown": what lies further out is taken in
_GAUSSIANS_A_VERDICT: Final = 3
_GAUSSIANS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """Windows of verdicts: (B, F) features, (B,) classes, and (B,) which verdict each is of."""

    features: FeatureArray
    labels: LabelArray
    owner: IntArray

    @classmethod
    def of(cls, told: Told, *, asset: Asset, seed: int) -> Self:
        """Windows that end while the alarm stood, shortened copies among them."""
        parts = [
            dataset.sampled([run], asset=asset, stride=_stride(run.truth), seed=seed + at)
            for at, run in enumerate(told.runs)
        ]
        found = dataset.joined(parts)
        return cls(
            features=kinds.extract(found.windows, inputs_of(asset)),
            labels=found.labels,
            owner=np.repeat(np.arange(len(parts)), [len(part.windows) for part in parts]),
        )

    def without(self, verdicts: Sequence[int]) -> Self:
        """All but those of some verdicts."""
        kept = np.isin(self.owner, verdicts, invert=True)
        return replace(
            self, features=self.features[kept], labels=self.labels[kept], owner=self.owner[kept]
        )

    def weights(self, *, beside: float) -> FloatArray:
        """(B,) how much each counts, beside simulated windows that weigh so much together."""
        _, at, counts = np.unique(self.owner, return_inverse=True, return_counts=True)
        each = min(OF_ONE, OF_ALL / max(len(counts), 1)) * beside
        found: FloatArray = each / counts[at]
        return found

    def copies(self, rows: int) -> IntArray:
        """Which windows of healthy machines to add to ``rows`` of them that have no weights."""
        healthy = self.labels == 0
        at = np.flatnonzero(healthy)
        if not len(at):
            return at
        times = self.weights(beside=float(rows))[at]
        return np.repeat(at, np.maximum(np.rint(times).astype(np.intp), 1))

    def reach(self, envelope: Envelope) -> Envelope:
        """``envelope`` with what lies outside of it: a Gaussian more, as wide as the nearest."""
        most = len(envelope.centre) + _GAUSSIANS * len(envelope.whiten)
        for each in np.unique(self.owner).tolist():
            if len(envelope.centre) >= most:  # each costs every judgement a little
                break
            envelope = _reaching(envelope, self.features[self.owner == each])
        return envelope


def _stride(truth: LabelArray) -> int:
    return max(1, int((truth != NOT_TOLD).sum()) // _WINDOWS)


def _reaching(envelope: Envelope, features: FeatureArray) -> Envelope:
    points = points_of(features, envelope.range_unit)
    for _ in range(_GAUSSIANS_A_VERDICT):
        outside = envelope.distances(features) > _OUTSIDE * envelope.limit
        if not outside.any():
            break
        envelope = _with_one_at(envelope, _middle(points, outside))
    return envelope


def _middle(points: FloatArray, outside: MaskArray) -> FloatArray:
    found: FloatArray = np.median(points[outside], axis=0)
    return found


def _with_one_at(envelope: Envelope, middle: FloatArray) -> Envelope:
    width = len(envelope.whiten)
    offset = (middle @ envelope.whiten - envelope.centre).reshape(-1, width)
    nearest = int((offset * offset).sum(axis=1).argmin())
    whiten = envelope.whiten[:, nearest * width : (nearest + 1) * width]
    return replace(
        envelope,
        whiten=np.concatenate((envelope.whiten, whiten), axis=1),
        centre=np.concatenate((envelope.centre, middle @ whiten)),
    )
