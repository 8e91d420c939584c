"""When which machine gets which fault: a plan for the fleet in, injections into machines out.

At random a fault begins somewhere in the fleet about every two minutes, never while a third of it
is faulty already, so that healthy is what one sees first. It stands for a good part of the time
that its type takes to show it whole, and the types in which that takes long have it more rarely.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

_PAUSE_S = (60.0, 180.0)  # from one onset in the fleet to the next
_LEAST_GROWN = 1 / 3  # of the time in which a fault has grown
_GROWN_S = 60.0  # where a model does not say
_MOST_FAULTY = 3  # one in so many, and one in any case
_NORMAL = "normal"


class Breakable(Protocol):
    """What a plan needs of a machine."""

    @property
    def truth(self) -> str: ...
    def inject(self, fault: str) -> None: ...
    def clear(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Step:
    """At ``at_s`` seconds after the start ``fault`` begins; ``normal`` clears."""

    at_s: float
    fault: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Either drawn at random, or the same steps for all machines that can have them."""

    kind: Literal["random", "steps"]
    steps: tuple[Step, ...] = ()


def parse_plan(text: str, *, known: Sequence[str]) -> Plan:
    """The plan that ``--faults`` names; ``known`` are the faults that any of the fleet can have.

    Raises:
        ValueError: it names none; the text says what would.
    """
    if text == "random":
        return Plan(kind="random")
    if text == "none":
        return Plan(kind="steps")
    steps = sorted((_step(part, known) for part in text.split(",")), key=lambda step: step.at_s)
    return Plan(kind="steps", steps=tuple(steps))


def _step(part: str, known: Sequence[str]) -> Step:
    name, at, seconds = part.strip().partition("@")
    try:
        at_s = float(seconds)
    except ValueError:
        at_s = -1.0
    if not at or not 0 <= at_s < float("inf") or name not in (*known, _NORMAL):
        raise ValueError(
            f"{part!r} is neither random, none, nor NAME@SECONDS with a name out of "
            f"{', '.join((*known, _NORMAL))}"
        )
    return Step(at_s=at_s, fault=name)


@dataclass(frozen=True, kw_only=True)
class Breaking:
    """What a type of machine can have, and for how long it takes to show it."""

    faults: tuple[str, ...]
    grown_s: float

    @classmethod
    def of(cls, model: Any) -> "Breaking":
        """``model``: a module of ``firmware.models``, or what stands for one."""
        return cls(faults=tuple(model.FAULTS), grown_s=getattr(model, "GROWN_WITHIN_S", _GROWN_S))


class Schedule:
    """The plan as it happens to a fleet. ``advance`` is told the seconds since the start.

    ``breaking`` has what each of its machines can have, by the id of the device.
    """

    def __init__(self, plan: Plan, *, seed: int, breaking: Mapping[str, Breaking]) -> None:
        self._plan = plan
        self._breaking = breaking
        self._random = random.Random(seed)  # noqa: S311 - a fleet that can be repeated
        self._steps = list(plan.steps)
        self._onset_s = self._random.uniform(*_PAUSE_S)
        self._mine: dict[str, Step] = {}  # by device: what was injected at random, and until when

    def advance(self, now_s: float, machines: Mapping[str, Breakable]) -> None:
        """Do what has come due to those of ``machines``."""
        while self._steps and self._steps[0].at_s <= now_s:
            self._take(self._steps.pop(0), machines)
        if self._plan.kind == "random" and not self._end(now_s, machines):
            self._begin(now_s, machines)

    def _take(self, step: Step, machines: Mapping[str, Breakable]) -> None:
        for name, machine in machines.items():
            if step.fault == _NORMAL:
                machine.clear()
            elif step.fault in self._breaking[name].faults:
                machine.inject(step.fault)

    def _end(self, now_s: float, machines: Mapping[str, Breakable]) -> bool:
        """Clear what has stood long enough, but for what a person has injected meanwhile."""
        over = [name for name, mine in self._mine.items() if mine.at_s <= now_s]
        for name in over:
            mine = self._mine.pop(name)
            if machines[name].truth == mine.fault:
                machines[name].clear()
        return bool(over)

    def _begin(self, now_s: float, machines: Mapping[str, Breakable]) -> None:
        if now_s < self._onset_s:
            return
        healthy = [name for name, machine in machines.items() if machine.truth == _NORMAL]
        healthy = [name for name in healthy if name not in self._mine and self._faults(name)]
        most = max(1, len(machines) // _MOST_FAULTY)
        if not healthy or len(machines) - len(healthy) >= most:
            return
        weights = [1 / self._breaking[name].grown_s for name in healthy]
        (name,) = self._random.choices(healthy, weights)
        fault = self._random.choice(self._faults(name))
        stands_s = self._breaking[name].grown_s * self._random.uniform(_LEAST_GROWN, 1)
        self._mine[name] = Step(at_s=now_s + stands_s, fault=fault)
        self._onset_s = now_s + self._random.uniform(*_PAUSE_S)
        machines[name].inject(fault)

    def _faults(self, name: str) -> tuple[str, ...]:
        return self._breaking[name].faults
