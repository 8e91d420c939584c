"""When which machine gets which fault: a plan for the fleet in, injections into machines out."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

_HEALTHY_S = (60.0, 120.0)
_FAULTY_S = (20.0, 60.0)
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
    """Either drawn at random for each device, or the same steps for all."""

    kind: Literal["random", "steps"]
    faults: tuple[str, ...]
    steps: tuple[Step, ...] = ()


def parse_plan(text: str, *, known: Sequence[str]) -> Plan:
    """The plan that ``--faults`` names.

    Raises:
        ValueError: it names none; the text says what would.
    """
    if text == "random":
        return Plan(kind="random", faults=tuple(known))
    if text == "none":
        return Plan(kind="steps", faults=tuple(known))
    steps = sorted((_step(part, known) for part in text.split(",")), key=lambda step: step.at_s)
    return Plan(kind="steps", faults=tuple(known), steps=tuple(steps))


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


class Schedule:
    """The plan as it happens to one machine. ``advance`` is told the seconds since the start."""

    def __init__(self, plan: Plan, *, seed: int) -> None:
        self._plan = plan
        self._random = random.Random(seed)  # noqa: S311 - a fleet that can be repeated
        self._steps = list(plan.steps)
        self._mine: str | None = None  # the fault this schedule has injected
        if plan.kind == "random":
            self._steps = [self._onset(0.0)]

    def _onset(self, now_s: float) -> Step:
        at_s = now_s + self._random.uniform(*_HEALTHY_S)
        return Step(at_s=at_s, fault=self._random.choice(self._plan.faults))

    def advance(self, now_s: float, machine: Breakable) -> None:
        """Do what has come due."""
        while self._steps and self._steps[0].at_s <= now_s:
            step = self._steps.pop(0)
            self._apply(step, machine)
            if self._plan.kind == "random":
                self._steps.append(self._after(step, now_s))

    def _after(self, step: Step, now_s: float) -> Step:
        if step.fault == _NORMAL:
            return self._onset(now_s)
        return Step(at_s=now_s + self._random.uniform(*_FAULTY_S), fault=_NORMAL)

    def _apply(self, step: Step, machine: Breakable) -> None:
        """At random, leave alone what a person has injected or cleared by command."""
        by_hand = self._plan.kind == "random" and machine.truth not in (_NORMAL, self._mine)
        if step.fault == _NORMAL:
            if not by_hand:
                machine.clear()
            self._mine = None
        elif not by_hand:
            machine.inject(step.fault)
            self._mine = step.fault
