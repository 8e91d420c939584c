"""A request in, its answer out, with word of how far it is: the same for HTTP and a shell."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from inference.settings import Settings
from inference.simulation import answers, asked
from inference.simulation.bodies import ScenariosBody, SimulateBody
from inference.simulation.course import Course
from inference.simulation.living import Told, lived
from inference.simulation.outcome import Outcome, outcome

OnShare = Callable[[float], None]  # 0..1 of the work is done
OnTold = Callable[[Told], None]

_EVERY: Final = 2048  # readings


def simulate(body: SimulateBody, settings: Settings, *, on_share: OnShare) -> dict[str, Any]:
    """The answer of ``/simulate``. Raises BadRequest."""
    course = asked.one(body, settings)
    every = -(-course.readings // body.most_readings) if body.most_readings else 0
    readings: list[Any] = []
    events: list[Any] = []

    def keep(told: Told) -> None:
        events.extend(answers.events(told))
        if every and (told.time_ms - course.start_ms) // round(course.period_s * 1000) % every == 0:
            readings.append(answers.reading(told))

    found = run(course, body.seed, on_share=on_share, on_told=keep)
    return {
        **answers.simulated(course, found, currency=settings.currency),
        "seed": body.seed,
        "inputs": course.inputs,
        "readings_simulated": course.readings,
        "readings_every": every,
        "readings": readings,
        "events": events,
    }


def run(course: Course, seed: int, *, on_share: OnShare, on_told: OnTold) -> Outcome:
    """One machine; each reading is shown to ``on_told`` as well."""
    return outcome(course, _shown(_followed(course, seed, on_share), on_told))


def scenarios(body: ScenariosBody, settings: Settings, *, on_share: OnShare) -> dict[str, Any]:
    """The answer of ``/scenarios``, whose asset is known. Raises BadRequest."""
    courses, seeds = asked.several(body, settings), body.seed_list
    whole, done = len(seeds) * sum(course.steps for course in courses), 0
    found: list[list[Outcome]] = [[] for _ in courses]
    for seed in seeds:
        for course, outcomes in zip(courses, found, strict=True):
            base, part = done / whole, course.steps / whole

            def tell(share: float, base: float = base, part: float = part) -> None:
                on_share(base + part * share)

            outcomes.append(outcome(course, _followed(course, seed, tell)))
            done += course.steps
    names = [each.name for each in body.scenarios]
    return {
        **answers.about(courses[0]),
        "device": body.device,
        "seeds": seeds,
        "scenarios": answers.compared(courses, found, names=names, currency=settings.currency),
        "note": answers.PLANNED,
    }


def _followed(course: Course, seed: int, on_share: OnShare) -> Iterator[Told]:
    for index, told in enumerate(lived(course, seed)):
        if index % _EVERY == 0:
            on_share(index / course.readings)
        yield told


def _shown(told_by: Iterator[Told], on_told: OnTold) -> Iterator[Told]:
    for told in told_by:
        on_told(told)
        yield told
