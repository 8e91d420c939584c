"""How a model does on machines seen through the boards' drivers, at each rate, alarms included."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from scipy.stats import chi2
from sklearn.metrics import f1_score

from contract.assets.words import UNKNOWN
from contract.diagnosing import MAX_WINDOW_ROWS
from inference.classifier.model import Model
from inference.runs import dataset
from inference.runs.dataset import Run
from inference.training import alarms
from inference.windows.features import FloatArray, LabelArray

_AT_ONCE: Final = 20_000
_ROWS_AT_ONCE: Final = 500_000  # of long windows
_WEEK_H: Final = 168.0
_GLANCE_MS: Final = 800  # a lost reading makes it no second
_SURE: Final = 0.65  # of being normal; where less so, the readings around are looked at as well


class FaultFound(msgspec.Struct, kw_only=True, frozen=True):
    """Spells of one fault: how many the model names, how many become an alarm, and how soon."""

    spells: int
    named: int
    alarmed: int
    named_s: float | None  # median, from onset
    alarmed_s: float | None
    alarmed_p95_s: float | None


class Driven(msgspec.Struct, kw_only=True, frozen=True):
    """Machines that measure every ``period_s``; ``false_alarms`` are by fault, of healthy ones.

    ``by_driver`` has the healthy hours seen through each driver, and the false alarms in them.
    """

    period_s: float
    machines: int
    macro_f1: float | None
    faults: dict[str, FaultFound]
    healthy_hours: float
    odd_share: float | None  # of what is told of healthy machines
    false_alarms: dict[str, int]
    by_driver: dict[str, tuple[float, int]] = {}

    @property
    def false_alarms_a_week(self) -> float | None:
        """Of one machine."""
        if not self.healthy_hours:
            return None
        return sum(self.false_alarms.values()) * _WEEK_H / self.healthy_hours

    @property
    def at_most_a_week(self) -> float | None:
        """The upper 95 % bound of the same."""
        if not self.healthy_hours:
            return None
        return at_most(sum(self.false_alarms.values())) * _WEEK_H / self.healthy_hours


def at_most(count: int) -> float:
    """The upper 95 % bound of how many to expect, where ``count`` came by chance (Poisson)."""
    return float(chi2.ppf(0.95, 2 * (count + 1)) / 2)


class Calm(msgspec.Struct, kw_only=True, frozen=True):
    """What was told and alarmed of one healthy machine."""

    hours: float
    judged: int
    odd: int  # judgements after which another class was told
    raised: list[str]
    drivers: tuple[str, ...]


class _Judged(msgspec.Struct):
    run: Run
    chosen: LabelArray
    told: LabelArray
    raised: list[tuple[int, int]]


def evaluate(model: Model, runs: Sequence[Run]) -> list[Driven]:
    """Judge ``runs`` as a gateway would, the fastest machines first."""
    periods_s = sorted({_period_s(run) for run in runs})
    return [
        of_rate(
            model,
            period_s,
            faulty=[run for run in runs if _period_s(run) == period_s and run.truth.any()],
            healthy=[
                calm(model, run)
                for run in runs
                if _period_s(run) == period_s and not run.truth.any()
            ],
        )
        for period_s in periods_s
    ]


def _period_s(run: Run) -> float:
    return round(run.period_ms / 1000.0, 1)


def of_rate(
    model: Model, period_s: float, *, faulty: Sequence[Run], healthy: Sequence[Calm]
) -> Driven:
    """What was found of machines of one rate; ``healthy`` ones have been judged."""
    judged = [judge(model, run) for run in faulty]
    looks = sum(one.judged for one in healthy)
    return Driven(
        period_s=period_s,
        machines=len(faulty) + len(healthy),
        macro_f1=_macro_f1(judged, len(model.manifest.classes)),
        faults={name: _found(judged, k) for k, name in enumerate(model.manifest.classes) if k},
        healthy_hours=sum(one.hours for one in healthy),
        odd_share=sum(one.odd for one in healthy) / looks if looks else None,
        false_alarms=dict(Counter(name for one in healthy for name in one.raised)),
        by_driver=_by_driver(healthy),
    )


def _by_driver(healthy: Sequence[Calm]) -> dict[str, tuple[float, int]]:
    return {
        driver: (
            sum(one.hours for one in healthy if driver in one.drivers),
            sum(len(one.raised) for one in healthy if driver in one.drivers),
        )
        for driver in sorted({driver for one in healthy for driver in one.drivers})
    }


def calm(model: Model, run: Run) -> Calm:
    """Judge a healthy machine, and keep no more of it than its figures: runs are large."""
    found, labels = judge(model, run, stride=glance(run)), names(model)
    return Calm(
        hours=float(run.time_ms[-1]) / 3.6e6,
        judged=len(found.told),
        odd=int((found.told != 0).sum()),
        raised=[labels[k] for _, k in found.raised],
        drivers=run.drivers,
    )


def glance(run: Run) -> int:
    """At one reading of so many it is enough to look first where nothing is wrong.

    No alarm is raised by one judgement alone, nor within a second: of what lasts so long one look
    in two readings, or in a second, sees something.
    """
    return max(2, _GLANCE_MS // max(run.period_ms, 1))


def judge(model: Model, run: Run, *, stride: int = 1) -> _Judged:
    """What a gateway that keeps up would have told and alarmed of ``run``, reading by reading.

    ``stride``: look at one reading of so many first, and at the others near what is odd, or
    nearly so.
    """
    chosen, confidence = _chosen(model, run, stride)
    told, labels = alarms.told(run.time_ms, chosen), names(model)
    raised = alarms.raised(
        run.time_ms,
        told,
        judged=chosen,
        confidence=confidence,
        delay_s=lambda label, sure: model.asset.fault_delay_s(labels[label], confidence=sure),
        alarm_from=[model.asset.fault_alarm_from(name) for name in labels],
    )
    return _Judged(run, chosen, told, raised)


def _chosen(model: Model, run: Run, stride: int) -> tuple[LabelArray, FloatArray]:
    count = len(run.time_ms)
    chosen, confidence = np.zeros(count, dtype=np.intp), np.ones(count)
    judged = np.zeros(count, dtype=np.bool_)
    ends = np.arange(0, count, stride)
    at_once = _AT_ONCE if model.inputs.spacing_ms is None else _ROWS_AT_ONCE // MAX_WINDOW_ROWS
    while len(ends):
        for part in np.array_split(ends, 1 + len(ends) // at_once):
            verdicts = model.judge(dataset.windows_at(run, part, asset=model.asset).windows)
            chosen[part], confidence[part] = verdicts.chosen, verdicts.confidence
        judged[ends] = True
        odd = ends[(chosen[ends] != 0) | (confidence[ends] < _SURE)]
        near = (odd[:, np.newaxis] + np.arange(-stride, stride + 1)).ravel()
        near = np.unique(near[(near >= 0) & (near < count)])
        ends = near[np.logical_not(judged[near])]
    return chosen, confidence


def names(model: Model) -> list[str]:
    """What each label is called, unknown last."""
    return [*model.manifest.classes, UNKNOWN]


def _macro_f1(judged: Sequence[_Judged], classes: int) -> float | None:
    if not judged:
        return None
    truth = np.concatenate([one.run.truth for one in judged])
    chosen = np.concatenate([one.chosen for one in judged])
    return float(f1_score(truth, chosen, labels=range(classes), average="macro", zero_division=0.0))


def _found(judged: Sequence[_Judged], k: int) -> FaultFound:
    named: list[float] = []
    alarmed: list[float] = []
    spells = 0
    for one in judged:
        truth = one.run.truth == k
        time_s = one.run.time_ms / 1000.0
        edges = np.flatnonzero(np.diff(truth.astype(np.int8), prepend=0, append=0))
        for first, end in edges.reshape(-1, 2).tolist():
            spells += 1
            hits = np.flatnonzero(one.told[first:end] == k)[:1] + first
            rung = [at for at, label in one.raised if label == k and first <= at < end][:1]
            named += [float(time_s[at] - time_s[first]) for at in hits.tolist()]
            alarmed += [float(time_s[at] - time_s[first]) for at in rung]
    return FaultFound(
        spells=spells,
        named=len(named),
        alarmed=len(alarmed),
        named_s=float(np.median(named)) if named else None,
        alarmed_s=float(np.median(alarmed)) if alarmed else None,
        alarmed_p95_s=float(np.quantile(alarmed, 0.95)) if alarmed else None,
    )
