"""Parts of a time or of a fleet in, the figures of all of them together out.

A part is a stretch between two values of a parameter, or a machine of the type, and summed up with
its own parameters. What adds up is added, and a ratio is one of sums: never a mean of ratios.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contract.language.adding import ADDED, with_sums
from contract.language.algebra import value
from contract.language.answers import Answers
from contract.language.intervals import ANYTHING, Interval, Intervals, exactly
from contract.language.numbers import Numbers, Value
from contract.language.program import Program
from contract.language.sums import Known, merged
from contract.language.totals import Totals, beyond_ms
from contract.language.tree import Figure, Leaf, Node, Parameter, Reduced


class Part(NamedTuple):
    """What was summed up while parameters stayed as they are, and how long that was."""

    sums: Known
    params: Mapping[str, float]
    elapsed_ms: int


def answers_of(program: Program, parts: Sequence[Part]) -> Answers:
    """The figures of all parts together; there is at least one."""
    changing = _changing(parts)
    if len(parts) == 1 or not changing:
        sums = (
            parts[0].sums
            if len(parts) == 1
            else merged(program.layout, [part.sums for part in parts])
        )
        params = parts[0].params
        beyond = (beyond_ms(program.layout, part.sums, part.elapsed_ms) for part in parts)
        return Answers(program, Totals(program, sums, params, sum(beyond)), params)
    return PartedAnswers(program, parts, changing)


class PartedAnswers(Answers):
    """Of parts whose parameters differ."""

    def __init__(
        self, program: Program, parts: Sequence[Part], changing: Mapping[str, Interval]
    ) -> None:
        self._parts = [(_totals(program, part), part.params) for part in parts]
        beyond = sum(totals.beyond_ms for totals, _ in self._parts)
        sums = merged(program.layout, [part.sums for part in parts])
        whole = Totals(program, sums, {**parts[0].params, **changing}, beyond)
        super().__init__(program, whole, parts[0].params)
        self._changing = changing

    def tree(self, name: str) -> Node:
        return self._with_sums(super().tree(name))

    def bounding_tree(self, name: str) -> Node:
        return self._with_sums(super().bounding_tree(name))

    def _with_sums(self, node: Node) -> Node:
        return with_sums(node, frozenset(self._changing), self._program.formulas.kpis)

    def _value(self, node: Leaf) -> Value:
        match node:
            case Parameter(name=name) if name in self._changing:
                return None
            case Reduced(function=function, args=(of,)) if function == ADDED:
                return self._added(of)
            case _:
                return super()._value(node)

    def _interval(self, node: Leaf, none_seen: float) -> Interval:
        match node:
            case Parameter(name=name) if name in self._changing:
                return self._changing[name]
            case Reduced(function=function, args=(of,)) if function == ADDED:
                return self._added_bounds(of)
            case _:
                return super()._interval(node, none_seen)

    # ------------------------------------------------------------ part by part

    def _added(self, node: Node) -> Value:
        found = [self._value_in(node, *part) for part in self._parts]
        known = [each for each in found if each is not None]
        return math.fsum(known) if len(known) == len(found) else None

    def _value_in(self, node: Node, totals: Totals, params: Mapping[str, float]) -> Value:
        """Of a part in which nothing was measured 0: what that hides is in the bounds."""

        def leaf_value(leaf: Leaf) -> Value:
            match leaf:
                case Parameter(name=name):
                    return params[name]
                case Figure(name=name):
                    return value(self._program.formulas.kpis[name], numbers)
                case Reduced() if self._value(leaf) is not None:
                    return totals.value(leaf) or 0.0
                case _:
                    return None

        numbers = Numbers(leaf_value)
        return value(node, numbers)

    def _added_bounds(self, node: Node) -> Interval:
        lows, highs = zip(*(self._bounds_in(node, *part) for part in self._parts), strict=True)
        return Interval(sum(lows), sum(highs))

    def _bounds_in(self, node: Node, totals: Totals, params: Mapping[str, float]) -> Interval:
        def leaf_bounds(leaf: Leaf) -> Interval:
            match leaf:
                case Parameter(name=name):
                    return exactly(params[name])
                case Figure(name=name):
                    return value(self._program.formulas.kpis[name], intervals)
                case Reduced(function="increase") if not totals.may_have_grown(leaf):
                    return exactly(totals.value(leaf) or 0.0)
                case Reduced():
                    return totals.bounds(leaf)
                case _:
                    return ANYTHING

        intervals = Intervals(leaf_bounds)
        return value(node, intervals)


def _totals(program: Program, part: Part) -> Totals:
    return Totals.over(program, part.sums, part.params, part.elapsed_ms)


def _changing(parts: Sequence[Part]) -> dict[str, Interval]:
    """The parameters that differ, and between which values."""
    first = parts[0].params
    found = {}
    for name in first:
        values = {part.params[name] for part in parts}
        if len(values) > 1:
            found[name] = Interval(min(values), max(values))
    return found
