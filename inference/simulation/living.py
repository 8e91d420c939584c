"""A course and a seed in; what the machine tells out, reading by reading."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from contract.assets.words import NORMAL
from inference.simulation.course import Course, Trouble, Value, model_of

_DAY_H: Final = 24.0


class Told(NamedTuple):
    """A reading, what has happened since the one before, and what is the case."""

    time_ms: int
    values: Mapping[str, Value]
    events: list[tuple[str, Mapping[str, Value]]]
    truth: str


def lived(course: Course, seed: int) -> Iterator[Told]:
    """The readings of one machine, ``course.readings`` of them."""
    machine, troubles = _begun(course, seed), _Troubles(course.troubles)
    period_ms = round(course.period_s * 1000.0)
    for index in range(course.readings):
        troubles.follow(machine, index * course.period_s)
        values = machine.step(course.period_s)
        events = machine.take_events()
        yield Told(course.start_ms + index * period_ms, values, events, machine.truth)


def _begun(course: Course, seed: int) -> Any:  # as the modules of models: untyped
    """A machine that has been told what it must know, settled or where another one is."""
    machine = model_of(course.asset).Machine(seed)
    if hasattr(machine, "tell_hour"):
        machine.tell_hour((course.hour - course.before_s / 3600.0) % _DAY_H)
    if course.state is not None and hasattr(machine, "resume"):
        machine.resume(course.state)
    for name, value in course.inputs.items():
        machine.tell(name, value)
    for _ in range(round(course.before_s / course.period_s)):
        machine.step(course.period_s)
    machine.take_events()
    return machine


class _Troubles:
    """Injects and clears what is due."""

    def __init__(self, troubles: tuple[Trouble, ...]) -> None:
        begins = [(each.after_s, each.fault) for each in troubles]
        ends = [(each.until_s, NORMAL) for each in troubles if each.until_s is not None]
        self._due = sorted([*begins, *ends], key=lambda due: due[0])

    def follow(self, machine: Any, elapsed_s: float) -> None:
        while self._due and elapsed_s >= self._due[0][0]:
            _, fault = self._due.pop(0)
            if fault == NORMAL:
                machine.clear()
            else:
                machine.inject(fault)
