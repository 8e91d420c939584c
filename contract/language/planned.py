"""Figures of planned time: without a plan they are not told, and it is said why."""

from typing import Final, NamedTuple

from contract.assets.words import Asset, Kpi
from contract.language.answers import Answer, Answers
from contract.language.program import program_of
from contract.language.reducers import OF_THE_MOMENT
from contract.language.totals import averaged
from contract.shifts import PlannedTime

NOTHING_PLANNED: Final = "nothing was planned"
_UNKNOWN: Final = Answer(None, None, None, 0.0)


class Told(NamedTuple):
    """A figure, or why there is none."""

    answer: Answer
    reason: str | None = None
    least: float | None = None  # that was told of health


def is_of_time(asset: Asset, kpi: Kpi) -> bool:
    """Whether a stretch of time has it: not what a rule or a slope tells of the moment."""
    if not kpi.formula:
        return False
    leaves = program_of(asset).leaves[kpi.name]
    return not any(leaf.function in OF_THE_MOMENT for leaf in leaves)


def has_mean(asset: Asset, kpi: Kpi) -> bool:
    """Whether a stretch of time has it, or its mean.

    Of what is the ``latest`` at a moment, and of what a rule tells at each reading.
    """
    program = program_of(asset)
    of_now = [leaf for leaf in program.sums_of.get(kpi.name, ()) if leaf.function in OF_THE_MOMENT]
    return kpi.name in program.sums_of and all(
        leaf.function == "latest" and averaged(program.layout, leaf.args[0]) for leaf in of_now
    )


def told(kpi: Kpi, *, whole: Answers, planned: Answers | None, time: PlannedTime) -> Told:
    """The figure of a stretch of time.

    ``whole`` is of all that was measured in it, ``planned`` of what was measured in its planned
    ``time`` (None without a plan).
    """
    if not kpi.planned:
        return _told(whole, kpi.name)
    if planned is None or time.ms is None:
        return Told(_UNKNOWN, time.reason)
    if not time.ms:
        return Told(_UNKNOWN, NOTHING_PLANNED)
    return _told(planned, kpi.name)


def _told(answers: Answers, name: str) -> Told:
    return Told(answers.kpi(name), answers.reason(name), answers.least(name))
