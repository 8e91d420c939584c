"""The algebra of values: a number, or None where it cannot be told. Never infinite."""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Final

from contract.language.tree import Among, Comparison, Leaf, Operator

Value = float | None
Truth = bool | None

COMPARE: Final[dict[Comparison, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def finite(number: float) -> Value:
    return number if math.isfinite(number) else None


def power(base: float, exponent: float) -> Value:
    """None where there is no such number, or it is too large to be one."""
    if base == 0.0 and exponent < 0.0:
        return None
    try:
        found = base**exponent
    except OverflowError:
        return None
    return None if isinstance(found, complex) else finite(found)


def combined(op: Operator, left: float, right: float) -> Value:
    """``left op right``; None where that is no number."""
    if op == "**":
        return power(left, right)
    if op == "/":
        return finite(left / right) if right else None
    return finite({"+": operator.add, "-": operator.sub, "*": operator.mul}[op](left, right))


class Numbers:
    """Values; where its leaves come from is for who asks."""

    def __init__(self, look_up: Callable[[Leaf], Value]) -> None:
        self._look_up = look_up

    def number(self, value: float) -> Value:
        return value

    def leaf(self, node: Leaf) -> Value:
        return self._look_up(node)

    def binary(self, op: Operator, left: Value, right: Value) -> Value:
        return None if left is None or right is None else combined(op, left, right)

    def call(self, function: str, args: Sequence[Value]) -> Value:
        known = [arg for arg in args if arg is not None]
        if len(known) < len(args):
            return None
        if function == "sqrt":
            return math.sqrt(known[0]) if known[0] >= 0.0 else None
        return abs(known[0]) if function == "abs" else {"min": min, "max": max}[function](known)

    def choose(self, condition: Truth, yes: Value, no: Value) -> Value:
        return None if condition is None else yes if condition else no

    def compare(self, op: Comparison, left: Value, right: Value) -> Truth:
        return None if left is None or right is None else COMPARE[op](left, right)

    def among(self, node: Among) -> Truth:
        """States are compared in readings only, where code does it."""
        raise TypeError(f"{node} is no condition over sums")

    def every(self, truths: Sequence[Truth]) -> Truth:
        return every(truths)

    def some(self, truths: Sequence[Truth]) -> Truth:
        return negated(every([negated(truth) for truth in truths]))

    def negate(self, truth: Truth) -> Truth:
        return negated(truth)


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def every(truths: Sequence[Truth]) -> Truth:
    """Kleene's and: one that is false decides, whatever is unknown."""
    if False in truths:
        return False
    return None if None in truths else True
