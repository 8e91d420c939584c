"""How a model does on machines seen through the boards' drivers, at each rate, alarms included."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from sklearn.metrics import f1_score

from inference import alarms
from inference.dataset import LabelArray, Run
from inference.features import IntArray
from inference.model import Model, Verdicts

_AT_ONCE: Final = 20_000
_WEEK_H: Final = 168.0


class FaultFound(msgspec.Struct, kw_only=True, frozen=True):
    """Spells of one fault: how many the model names, how many become an alarm, and how soon."""

    spells: int
    named: int
    alarmed: int
    named_s: float | None  # median, from onset
    alarmed_s: float | None


class Driven(msgspec.Struct, kw_only=True, frozen=True):
    """Machines that measure every ``period_s``; ``false_alarms`` are by fault, of healthy ones."""

    period_s: float
    machines: int
    macro_f1: float | None
    faults: dict[str, FaultFound]
    healthy_hours: float
    odd_share: float | None  # of what is told of healthy machines
    false_alarms: dict[str, int]

    @property
    def false_alarms_a_week(self) -> float | None:
        """Of one machine."""
        if not self.healthy_hours:
            return None
        return sum(self.false_alarms.values()) * _WEEK_H / self.healthy_hours


class _Judged(msgspec.Struct):
    run: Run
    ends: IntArray
    chosen: LabelArray
    told: LabelArray
    raised: list[tuple[int, int]]


def evaluate(model: Model, runs: Sequence[Run]) -> list[Driven]:
    """Judge ``runs`` as a gateway would, the fastest machines first."""
    periods_s = sorted({_period_s(run) for run in runs})
    return [
        _of_rate(model, period_s, [run for run in runs if _period_s(run) == period_s])
        for period_s in periods_s
    ]


def _period_s(run: Run) -> float:
    return round(run.period_ms / 1000.0, 1)


def _of_rate(model: Model, period_s: float, runs: Sequence[Run]) -> Driven:
    judged = [judge(model, run) for run in runs]
    faulty = [one for one in judged if one.run.truth.any()]
    healthy = [one for one in judged if not one.run.truth.any()]
    names = _names(model)
    return Driven(
        period_s=period_s,
        machines=len(runs),
        macro_f1=_macro_f1(faulty, len(model.manifest.classes)),
        faults={name: _found(faulty, k) for k, name in enumerate(model.manifest.classes) if k},
        healthy_hours=sum(float(one.run.time_ms[-1]) for one in healthy) / 3.6e6,
        odd_share=_odd_share(healthy),
        false_alarms=dict(Counter(names[k] for one in healthy for _, k in one.raised)),
    )


def judge(model: Model, run: Run) -> _Judged:
    """What a gateway would have asked, told and alarmed of ``run``."""
    ends = alarms.looks(run.time_ms)
    parts = [ends[at : at + _AT_ONCE] for at in range(0, len(ends), _AT_ONCE)]
    verdicts = [_verdicts(model, run, part) for part in parts]
    chosen = np.concatenate([one.chosen for one in verdicts])
    confidence = np.concatenate([one.confidence for one in verdicts])
    told = alarms.told(run.time_ms[ends], chosen)
    delays_s = [model.asset.fault_delay_s(name) for name in _names(model)]
    least = np.array([model.asset.fault_alarm_from(name) for name in _names(model)])
    sure = (chosen == told) & (confidence >= least[told])
    raised = alarms.raised(run.time_ms[ends], told, delays_s=delays_s, sure=sure)
    return _Judged(run, ends, chosen, told, raised)


def _verdicts(model: Model, run: Run, ends: IntArray) -> Verdicts:
    starts = run.window_starts(ends, asset=model.asset)
    return model.judge(run.windows(starts, ends, remembered=True))


def _names(model: Model) -> list[str]:
    return [*model.manifest.classes, "unknown"]


def _macro_f1(judged: Sequence[_Judged], classes: int) -> float | None:
    if not judged:
        return None
    truth = np.concatenate([one.run.truth[one.ends] for one in judged])
    chosen = np.concatenate([one.chosen for one in judged])
    return float(f1_score(truth, chosen, labels=range(classes), average="macro", zero_division=0.0))


def _odd_share(healthy: Sequence[_Judged]) -> float | None:
    if not healthy:
        return None
    return float(np.concatenate([one.told != 0 for one in healthy]).mean())


def _found(judged: Sequence[_Judged], k: int) -> FaultFound:
    named: list[float] = []
    alarmed: list[float] = []
    spells = 0
    for one in judged:
        truth = one.run.truth[one.ends] == k
        time_s = one.run.time_ms[one.ends] / 1000.0
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
    )
