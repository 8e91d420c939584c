"""A model meets machines it never saw: scores with onset and without, delays, false alarms.

Everything is asked of the model as it is served (ONNX, with "unknown" as a possible answer, which
counts as wrong), one window a reading, as a live gateway asks.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from contract.assets.words import UNKNOWN
from contract.window import is_long
from inference.classifier.model import Model
from inference.runs import dataset
from inference.runs.dataset import Run
from inference.training import alarms
from inference.windows.features import FloatArray, LabelArray, MaskArray, TimeArray, Windows

GROWN_FROM: Final = 0.3
_BINS: Final = (0.0, 0.1, 0.3, 0.5, 0.9)
_STEADY_S: Final = 1.0
_LOOKS: Final = 120  # of a long window, at one reading in so many of it
_RUBBISH: Final = 2000
_RUBBISH_LONG: Final = 500
_AT_ONCE: Final = 5_000  # windows


class ClassScore(msgspec.Struct, kw_only=True, frozen=True):
    precision: float
    recall: float
    f1: float
    windows: int


class Scores(msgspec.Struct, kw_only=True, frozen=True):
    macro_f1: float
    accuracy: float
    classes: dict[str, ClassScore]


class Growth(msgspec.Struct, kw_only=True, frozen=True):
    """Recall of one fault while its intensity is at least ``from_intensity`` (up to the next)."""

    from_intensity: float
    recall: float
    windows: int


class Delay(msgspec.Struct, kw_only=True, frozen=True):
    """Seconds from a fault's onset to the first window that names it."""

    episodes: int
    missed: int
    median_s: float | None
    p95_s: float | None


class FalseAlarms(msgspec.Struct, kw_only=True, frozen=True):
    """On machines that stayed healthy: spells of any other answer than normal.

    ``alarms`` are what a gateway would have raised, by fault: see ``inference.training.alarms``.
    """

    hours: float
    spells: int
    per_hour: float | None
    told_spells: int  # of two windows or more: what a gateway tells of
    told_per_hour: float | None
    steady_spells: int  # those that lasted at least a second
    steady_per_hour: float | None
    alarms: dict[str, int] = {}
    alarms_per_hour: float | None = None


class Unknowns(msgspec.Struct, kw_only=True, frozen=True):
    """``false_share``: of held-out windows called unknown; ``rubbish_found``: of random values."""

    false_share: float
    false_share_single: float
    rubbish_found: float
    rubbish_found_single: float


class MachineScore(msgspec.Struct, kw_only=True, frozen=True):
    """One held-out machine: F1 of each class it had."""

    machine: str
    period_s: float
    macro_f1: float
    classes: dict[str, float]


class Evaluation(msgspec.Struct, kw_only=True, frozen=True):
    machines: int
    with_onset: Scores
    grown: Scores | None
    single_reading: Scores
    confusion: list[list[int]]  # rows: truth; columns: the classes, then unknown
    growth: dict[str, list[Growth]]
    delay: dict[str, Delay]
    false_alarms: FalseAlarms
    unknown: Unknowns
    by_machine: list[MachineScore] = []


@dataclass(frozen=True, kw_only=True)
class _Judged:
    run: Run
    time_ms: TimeArray
    truth: LabelArray
    intensity: FloatArray
    confidence: FloatArray
    chosen: LabelArray
    single: LabelArray


def evaluate(model: Model, runs: Sequence[Run]) -> Evaluation:
    """Judge every window and every single reading of ``runs``."""
    judged = [_judge(model, run) for run in runs]
    truth = np.concatenate([one.truth for one in judged])
    intensity = np.concatenate([one.intensity for one in judged])
    chosen = np.concatenate([one.chosen for one in judged])
    single = np.concatenate([one.single for one in judged])
    classes = model.manifest.classes
    unknown = len(classes)
    grown = (truth == 0) | (intensity >= GROWN_FROM)
    return Evaluation(
        machines=len({run.group for run in runs}),
        with_onset=_scores(truth, chosen, classes),
        grown=None if np.isnan(intensity).any() else _scores(truth[grown], chosen[grown], classes),
        single_reading=_scores(truth, single, classes),
        confusion=confusion_matrix(truth, chosen, labels=range(unknown + 1)).tolist(),
        growth=_growth(truth, intensity, chosen, classes),
        delay={name: _delay(judged, k) for k, name in enumerate(classes) if k > 0},
        false_alarms=_false_alarms(model, judged),
        unknown=_unknowns(model, chosen == unknown, single == unknown),
        by_machine=[_of_machine(one, classes) for one in judged if one.truth.any()],
    )


def _judge(model: Model, run: Run) -> _Judged:
    asset = model.asset
    stride = 1
    if is_long(asset):
        stride = max(1, round(1000 * asset.window_s / _LOOKS / max(run.period_ms, 1)))
    ends = np.arange(0, len(run.rows), stride)
    parts = np.array_split(ends, 1 + len(ends) // _AT_ONCE)
    verdicts = [model.judge(dataset.windows_at(run, part, asset=asset).windows) for part in parts]
    return _Judged(
        run=run,
        time_ms=run.time_ms[ends],
        truth=run.truth[ends],
        intensity=run.intensity[ends],
        confidence=np.concatenate([one.confidence for one in verdicts]),
        chosen=np.concatenate([one.chosen for one in verdicts]),
        single=model.judge(dataset.every_reading(run, stride=stride).windows).chosen,
    )


def _scores(truth: LabelArray, chosen: LabelArray, classes: Sequence[str]) -> Scores:
    columns = precision_recall_fscore_support(
        truth, chosen, labels=range(len(classes)), zero_division=0.0
    )
    rows = zip(classes, *(column.tolist() for column in columns), strict=True)
    return Scores(
        macro_f1=float(columns[2].mean()),
        accuracy=float((truth == chosen).mean()),
        classes={
            name: ClassScore(precision=precision, recall=recall, f1=f1, windows=int(support))
            for name, precision, recall, f1, support in rows
        },
    )


def _growth(
    truth: LabelArray, intensity: FloatArray, chosen: LabelArray, classes: Sequence[str]
) -> dict[str, list[Growth]]:
    level = np.digitize(intensity, _BINS) - 1
    found: dict[str, list[Growth]] = {name: [] for name in classes[1:]}
    for k, name in enumerate(classes[1:], start=1):
        for index, least in enumerate(_BINS):
            here = (truth == k) & (level == index) & ~np.isnan(intensity)
            if here.any():
                recall = float((chosen[here] == k).mean())
                windows = int(here.sum())
                found[name].append(Growth(from_intensity=least, recall=recall, windows=windows))
    return found


def _delay(judged: Sequence[_Judged], k: int) -> Delay:
    delays = [delay for one in judged for delay in _delays_s(one, k)]
    found = [delay for delay in delays if delay is not None]
    return Delay(
        episodes=len(delays),
        missed=len(delays) - len(found),
        median_s=float(np.median(found)) if found else None,
        p95_s=float(np.quantile(found, 0.95)) if found else None,
    )


def _delays_s(one: _Judged, k: int) -> list[float | None]:
    """For each spell of fault ``k``: the time until it is named, or None if it never is."""
    delays: list[float | None] = []
    for first, end in _spells(one.truth == k):
        named = np.flatnonzero(one.chosen[first:end] == k)
        time_ms = one.time_ms
        delays.append(
            float(time_ms[first + named[0]] - time_ms[first]) / 1000.0 if len(named) else None
        )
    return delays


def _of_machine(one: _Judged, classes: Sequence[str]) -> MachineScore:
    present = np.unique(one.truth).tolist()
    scores = f1_score(one.truth, one.chosen, labels=present, average=None, zero_division=0.0)
    return MachineScore(
        machine=one.run.group,
        period_s=one.run.period_ms / 1000.0,
        macro_f1=float(scores.mean()),
        classes={classes[k]: float(f1) for k, f1 in zip(present, scores.tolist(), strict=True)},
    )


def _raised(model: Model, one: _Judged) -> list[str]:
    """The alarms that a gateway would have raised of a machine, by fault."""
    names = [*model.manifest.classes, UNKNOWN]
    found = alarms.raised(
        one.time_ms,
        alarms.told(one.time_ms, one.chosen),
        judged=one.chosen,
        confidence=one.confidence,
        delay_s=lambda label, sure: model.asset.fault_delay_s(names[label], confidence=sure),
        alarm_from=[model.asset.fault_alarm_from(name) for name in names],
    )
    return [names[label] for _, label in found]


def _false_alarms(model: Model, judged: Sequence[_Judged]) -> FalseAlarms:
    healthy = [one for one in judged if not one.run.truth.any()]
    hours = sum(float(one.run.time_ms[-1] - one.run.time_ms[0]) for one in healthy) / 3.6e6
    spells = [(one, spell) for one in healthy for spell in _spells(one.chosen != 0)]
    told = sum(1 for _, (first, end) in spells if end - first > 1)
    steady = sum(
        1
        for one, (first, end) in spells
        if one.time_ms[end - 1] - one.time_ms[first] >= 1000.0 * _STEADY_S
    )
    raised = Counter(name for one in healthy for name in _raised(model, one))
    return FalseAlarms(
        hours=hours,
        spells=len(spells),
        per_hour=len(spells) / hours if hours else None,
        told_spells=told,
        told_per_hour=told / hours if hours else None,
        steady_spells=steady,
        steady_per_hour=steady / hours if hours else None,
        alarms=dict(raised),
        alarms_per_hour=raised.total() / hours if hours else None,
    )


def _spells(present: MaskArray) -> list[tuple[int, int]]:
    """First and past-the-last index of each unbroken stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], present.astype(np.int8), [0]))))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]


def _unknowns(
    model: Model,
    windows: MaskArray,
    single: MaskArray,
) -> Unknowns:
    unknown = len(model.manifest.classes)
    asset, spacing_ms = model.asset, model.inputs.spacing_ms
    rows = round(asset.nominal_rate_hz * model.manifest.window_s)
    rows = rows if spacing_ms is None else round(1000 * model.manifest.window_s) // spacing_ms
    return Unknowns(
        false_share=float(windows.mean()),
        false_share_single=float(single.mean()),
        rubbish_found=float((model.judge(_rubbish(model, rows)).chosen == unknown).mean()),
        rubbish_found_single=float((model.judge(_rubbish(model, 1)).chosen == unknown).mean()),
    )


def _rubbish(model: Model, count: int) -> Windows:
    """Windows of values that sensors can report, each drawn by itself."""
    rng = np.random.default_rng(0)
    inputs, asset = model.inputs, model.asset
    drawn = _RUBBISH if inputs.spacing_ms is None else _RUBBISH_LONG
    low, high = inputs.bounds
    period_ms = inputs.spacing_ms or round(1000 / asset.nominal_rate_hz)
    time_ms = np.arange(count) * period_ms
    return Windows.of(
        inputs.complete(inputs.whole(rng.uniform(low, high, size=(drawn * count, len(low))))),
        np.tile(time_ms, drawn),
        np.full(drawn, count),
    )
