"""What a backtest found out, as it is written to ``backtest.json`` and shown."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from inference.backtest.sample import Sample
from inference.runs.told import Told
from inference.training.driven import at_most

HOW: Final = (
    "Both models judged the same readings, none of which training, its test or a trial has seen: "
    "virtual machines through drawn sensors at the rates of the type. Alarms are raised by the "
    "gateway's own rules, delays included; delays count from a fault's first reading, and a fault "
    "that was not alarmed while it stood is missed. At most: the upper 95 % bound of what is "
    "counted. A verdict that a model was trained on is answered by forests that had not seen it."
)
_DAY_H: Final = 24.0


class OfFault(msgspec.Struct, kw_only=True, frozen=True):
    """Delays are of the spells that were alarmed."""

    spells: int
    missed: int
    median_s: float | None
    p90_s: float | None


class Figures(msgspec.Struct, kw_only=True, frozen=True):
    """One model on some machines; false alarms of healthy hours, by class, and of a machine-day."""

    faults: dict[str, OfFault]
    false_alarms: dict[str, int]
    a_day: float | None
    at_most_a_day: float | None

    @property
    def missed(self) -> int:
        return sum(one.missed for one in self.faults.values())

    @property
    def spells(self) -> int:
        return sum(one.spells for one in self.faults.values())


class Compared(msgspec.Struct, kw_only=True, frozen=True):
    """Both models on the same machines; ``present`` is None where there is none."""

    machines: int
    healthy_hours: float
    present: Figures | None
    next: Figures


class Answered(msgspec.Struct, kw_only=True, frozen=True):
    """One verdict: what should have been alarmed, and what each model would have."""

    key: str
    verdict: str
    asked: str
    present: str | None
    next: str


class OnVerdicts(msgspec.Struct, kw_only=True, frozen=True):
    """``left_out``: of how many the next model was trained on, and answers as if it were not."""

    answered: list[Answered]
    left_out: int
    unusable: int

    def agreed(self, *, next_: bool, kind: str | None = None) -> int:
        return sum(
            (one.next if next_ else one.present) == one.asked
            for one in self.answered
            if kind in (None, one.verdict)
        )

    @property
    def kinds(self) -> Counter[str]:
        return Counter(one.verdict for one in self.answered)


class Backtest(msgspec.Struct, kw_only=True, frozen=True):
    """``backtest.json``."""

    asset: str
    present: str | None
    next: str
    made_at: str
    seconds: float
    seed: int
    length: str
    week: Compared | None  # None: there is no virtual machine of the type, or none was asked for
    verdicts: OnVerdicts | None
    recordings: Compared | None
    worse: tuple[str, ...]
    summary: str
    how: str = HOW


def compared(sample: Sample, *, has_present: bool) -> Compared:
    """The figures of a sample; its last model is the next one."""
    return Compared(
        machines=sample.machines,
        healthy_hours=round(sample.healthy_h, 4),
        present=_figures(sample, 0) if has_present else None,
        next=_figures(sample, sample.models - 1),
    )


def _figures(sample: Sample, model: int) -> Figures:
    counted, hours = sample.false_alarms[model], sample.healthy_h
    count = counted.total()
    return Figures(
        faults={fault: _of_fault(sample.delays_s(model, fault)) for fault in sample.faults},
        false_alarms=dict(counted),
        a_day=round(count * _DAY_H / hours, 3) if hours else None,
        at_most_a_day=round(at_most(count) * _DAY_H / hours, 3) if hours else None,
    )


def _of_fault(delays_s: Sequence[float | None]) -> OfFault:
    found = [each for each in delays_s if each is not None]
    return OfFault(
        spells=len(delays_s),
        missed=len(delays_s) - len(found),
        median_s=round(float(np.median(found)), 1) if found else None,
        p90_s=round(float(np.quantile(found, 0.9)), 1) if found else None,
    )


def on_verdicts(
    told: Told, *, present: Sequence[str] | None, next_: Sequence[str], left_out: int
) -> OnVerdicts:
    """What both answer, in the order of the verdicts."""
    return OnVerdicts(
        answered=[
            Answered(
                key=verdict.key,
                verdict=verdict.kind,
                asked=verdict.truth,
                present=present[at] if present is not None else None,
                next=next_[at],
            )
            for at, verdict in enumerate(told.verdicts)
        ],
        left_out=left_out,
        unusable=told.left_out,
    )
