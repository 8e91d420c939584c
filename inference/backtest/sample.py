"""Machines that both models watch: every alarm by the gateway's own rules, on the same readings."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from contract.assets.words import NORMAL
from inference.classifier.model import Model
from inference.runs.dataset import Run
from inference.training import driven

_GAP_PERIODS: Final = 10
_AFTER_MS: Final = 5_000  # a fault is over, and a last window with it in it is still to be judged


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A fault that stood once: after how many seconds each model alarmed it; None: it did not."""

    fault: str
    delays_s: tuple[float | None, ...]


@dataclass(kw_only=True)
class Sample:
    """What became of some machines, for each of the models, in their order.

    ``false_alarms`` are by class, of the ``healthy_h`` hours in which nothing was wrong.
    """

    models: int
    machines: int = 0
    healthy_h: float = 0.0
    false_alarms: list[Counter[str]] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.false_alarms = [Counter() for _ in range(self.models)]

    def delays_s(self, model: int, fault: str) -> list[float | None]:
        return [spell.delays_s[model] for spell in self.spells if spell.fault == fault]

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(spell.fault for spell in self.spells))


def watched(
    models: Sequence[Model],
    runs: Iterable[Run],
    *,
    classes: Sequence[str],
    on_run: Callable[[], None],
) -> Sample:
    """Let ``models`` judge ``runs``, whose truth is an index into ``classes``.

    A run without a fault is looked at in glances first, as ``driven.calm`` has it. ``on_run`` is
    called after each.
    """
    sample = Sample(models=len(models))
    groups: set[str] = set()
    for run in runs:
        _watch(sample, models, run, classes)
        groups.add(run.group)
        on_run()
    sample.machines = len(groups)
    return sample


def _watch(sample: Sample, models: Sequence[Model], run: Run, classes: Sequence[str]) -> None:
    faulty = run.truth > 0
    raised = [_raised(model, run, is_healthy=not faulty.any()) for model in models]
    sample.healthy_h += _healthy_h(run)
    for counted, alarms in zip(sample.false_alarms, raised, strict=True):
        counted.update(name for at, name in alarms if _is_false(run, at))
    edges = np.flatnonzero(np.diff(faulty.astype(np.int8) * run.truth, prepend=0, append=0))
    for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if run.truth[first] > 0:
            fault = classes[run.truth[first]]
            delays_s = tuple(_delay_s(run, alarms, fault, first, end) for alarms in raised)
            sample.spells.append(Spell(fault=fault, delays_s=delays_s))


def _healthy_h(run: Run) -> float:
    """Hours in which nothing was wrong; nobody was there in a gap."""
    apart_ms = np.minimum(np.diff(run.time_ms), _GAP_PERIODS * run.period_ms)
    return float(apart_ms[run.truth[1:] == 0].sum()) / 3.6e6


def _raised(model: Model, run: Run, *, is_healthy: bool) -> list[tuple[int, str]]:
    stride = driven.glance(run) if is_healthy else 1
    names = driven.names(model)
    return [(at, names[label]) for at, label in driven.judge(model, run, stride=stride).raised]


def _is_false(run: Run, at: int) -> bool:
    """Whether nothing was wrong, nor had just been."""
    since_ms = run.time_ms[at] - max(_AFTER_MS, 15 * run.period_ms)
    return not run.truth[np.searchsorted(run.time_ms, since_ms) : at + 1].any()


def _delay_s(
    run: Run, alarms: Sequence[tuple[int, str]], fault: str, first: int, end: int
) -> float | None:
    for at, name in alarms:
        if name == fault and first <= at < end and name != NORMAL:
            return float(run.time_ms[at] - run.time_ms[first]) / 1000.0
    return None
