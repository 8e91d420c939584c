"""What an autoencoder of healthy machines finds on machines and times it never saw.

No figure stands alone: an area under the curve says how well errors are ordered, and nothing of the
limit that decides; precision and recall are of that limit; R² says whether anything was learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from sklearn.metrics import r2_score, roc_auc_score

from contract.assets.words import Asset
from inference.classifier import autoencoder_fit
from inference.classifier.autoencoder_fit import Fitted
from inference.classifier.model import Model
from inference.runs import dataset, virtual
from inference.runs.dataset import Run, Split
from inference.training import autoencoder_data as data
from inference.training import autoencoder_lead
from inference.training.autoencoder_lead import Lead
from inference.training.lessons import Lessons
from inference.windows.features import FloatArray, IntArray, column

GROWN: Final = 0.5
_MACHINES: Final = 6  # of the split by time
_HEALTHY_S: Final = 1200.0
_LEARNED_SHARE: Final = 0.6  # of the healthy time; what remains of it sets the limit
HOW: Final = (
    f"Split by time: {_MACHINES} machines, through drivers; the first {_LEARNED_SHARE:.0%} of "
    f"{_HEALTHY_S / 60:.0f} healthy minutes are learned from, the rest of them sets the limit, and "
    "all that comes later, faults included, is the test. A window is called what was the case at "
    "its newest reading, so one that still reaches into a fault that is over counts as false."
)


class Found(msgspec.Struct, kw_only=True, frozen=True):
    """Windows called anomalous or not, against what was the case; ``r2_normal`` is of healthy ones.

    ``recall_of`` is by fault, of windows in which it has grown at least half.
    """

    windows: int
    r2_normal: float
    auc: float
    precision: float
    recall: float
    f1: float
    false_share: float
    recall_of: dict[str, float]


class AutoencoderReport(msgspec.Struct, kw_only=True, frozen=True):
    """Part of ``report.json``."""

    library: str
    layers: tuple[int, ...]
    rows: int
    machines: int
    other_machines: Found
    later: Found | None  # None: not known for recorded readings
    how_later: str
    lead: list[Lead]


@dataclass(frozen=True, kw_only=True)
class Healthy:
    """An autoencoder, and of how many rows of how many machines it is."""

    fitted: Fitted
    rows: int
    machines: int


def learned(asset: Asset, split: Split, *, seed: int, lessons: Lessons | None = None) -> Healthy:
    """An autoencoder of the healthy time of a split's machines, and of people's.

    Raises:
        NotLearned: there is too little healthy time.
    """
    rows, machines = data.healthy(split.training, asset=asset)
    held_out, _ = data.healthy(split.calibration, asset=asset)
    if lessons is not None:
        means = column(lessons.features, "mean", channels=rows.shape[1]).astype(np.float64)
        rows = np.concatenate((rows, means[lessons.copies(len(rows))]))
    fitted = autoencoder_fit.fit(rows, held_out=held_out, seed=seed)
    return Healthy(fitted=fitted, rows=len(rows), machines=machines)


def of(model: Model, healthy: Healthy, *, split: Split, simulated: bool) -> AutoencoderReport:
    """All that is found of ``healthy``, of which ``model`` has the served one."""
    asset, seed, fitted = model.asset, model.manifest.seed, healthy.fitted
    return AutoencoderReport(
        library=autoencoder_fit.LIBRARY,
        layers=fitted.shape,
        rows=healthy.rows,
        machines=healthy.machines,
        other_machines=_found(fitted, split.test, asset=asset, begins=[0] * len(split.test)),
        later=_later(asset, seed=seed) if simulated else None,
        how_later=HOW,
        lead=autoencoder_lead.found(model, seed=seed) if simulated else [],
    )


def _later(asset: Asset, *, seed: int) -> Found:
    """Learned from what was first, tested on what came later, of the same machines."""
    runs = virtual.histories(asset, machines=_MACHINES, healthy_s=_HEALTHY_S, seed=seed)
    begins = [int(np.searchsorted(run.time_ms, 1000.0 * _HEALTHY_S)) for run in runs]
    cuts = [round(_LEARNED_SHARE * begin) for begin in begins]
    rows = _between(runs, [0] * len(runs), cuts, asset=asset)
    held_out = _between(runs, cuts, begins, asset=asset)
    fitted = autoencoder_fit.fit(rows, held_out=held_out, seed=seed)
    return _found(fitted, runs, asset=asset, begins=begins)


def _between(
    runs: Sequence[Run], first: Sequence[int], last: Sequence[int], *, asset: Asset
) -> FloatArray:
    parts = [
        data.points(dataset.windows_at(run, data.ends(begin, end), asset=asset), asset=asset)
        for run, begin, end in zip(runs, first, last, strict=True)
    ]
    return np.concatenate(parts)


def _found(fitted: Fitted, runs: Sequence[Run], *, asset: Asset, begins: Sequence[int]) -> Found:
    """Of windows from reading ``begins`` of each run on."""
    examples = [
        dataset.windows_at(run, at, asset=asset)
        for run, begin in zip(runs, begins, strict=True)
        if len(at := data.ends(begin, len(run.truth)))
    ]
    rows = np.concatenate([data.points(each, asset=asset) for each in examples])
    labels = np.concatenate([each.labels for each in examples])
    intensity = np.concatenate([each.intensity for each in examples])
    healthy = _between(
        runs,
        begins,
        [max(begin + 60, data.first_fault(run)) for run, begin in zip(runs, begins, strict=True)],
        asset=asset,
    )
    scored = fitted.score(rows)
    called, wrong = scored.error >= 1.0, labels > 0
    hits = int((called & wrong).sum())
    precision, recall = hits / max(int(called.sum()), 1), hits / max(int(wrong.sum()), 1)
    return Found(
        windows=len(rows),
        r2_normal=round(float(r2_score(healthy, fitted.score(healthy).expected)), 4),
        auc=round(float(roc_auc_score(wrong, scored.error)), 4),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=round(2 * hits / max(int(called.sum() + wrong.sum()), 1), 4),
        false_share=round(float(called[~wrong].mean()), 5),
        recall_of=_recall_of(scored.error, labels, intensity, asset=asset),
    )


def _recall_of(
    error: FloatArray, labels: IntArray, intensity: FloatArray, *, asset: Asset
) -> dict[str, float]:
    grown = (intensity >= GROWN) | np.isnan(intensity)
    names = virtual.classes(asset) if virtual.has_model(asset) else ()
    return {
        name: round(float((error[at] >= 1.0).mean()), 4)
        for k, name in enumerate(names)
        if k and (at := (labels == k) & grown).any()
    }
