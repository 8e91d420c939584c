"""What a machine told in; its figures, means and what befell it out: the gateway's own formulas."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from contract.assets.words import Asset
from contract.language.answers import Answers
from contract.language.folding import Folding
from contract.language.planned import Told as Figure
from contract.language.planned import is_of_time, told
from contract.language.program import program_of
from contract.language.tree import Reduced, Signal
from contract.shifts import PlannedTime
from inference.simulation.befallen import Watch
from inference.simulation.course import Course
from inference.simulation.living import Told

# A channel's, as the formulas reduce it.
STATISTICS: Final = ("mean", "least", "greatest")

Statistics = Mapping[str, float | None]


class Outcome(NamedTuple):
    """Of one machine."""

    kpis: Mapping[str, Figure]
    channels: Mapping[str, Statistics]
    befallen: frozenset[str]  # by the names that names_of gives them


def outcome(course: Course, told_by: Iterable[Told]) -> Outcome:
    """Fold it: the time of a simulation is all measured, and taken to be all planned."""
    program = program_of(course.asset)
    folding = Folding(program, terms=course.terms, start_ms=course.start_ms)
    watch = Watch(course.asset)
    add, add_event, look = folding.add, folding.add_event, watch.look
    for time_ms, values, events, truth in told_by:
        for name, fields in events:
            add_event(time_ms, name, fields)
        row = add(time_ms, values)
        look(time_ms, values, truth, is_stopped=folding.is_stopped(row))
    answers = folding.answers(course.end_ms)
    return Outcome(
        _kpis(course, answers), _channels(course.asset, answers.value_of), watch.befallen
    )


def _kpis(course: Course, answers: Answers) -> dict[str, Figure]:
    planned = PlannedTime(course.end_ms - course.start_ms)
    return {
        kpi.name: told(kpi, whole=answers, planned=answers, time=planned)
        for kpi in course.asset.kpis
        if is_of_time(course.asset, kpi)
    }


def _channels(
    asset: Asset, value_of: Callable[[Reduced], float | None]
) -> dict[str, dict[str, float | None]]:
    return {
        channel.name: {
            each: value_of(Reduced(each, (Signal(channel.name),))) for each in STATISTICS
        }
        for channel in asset.channels
    }
