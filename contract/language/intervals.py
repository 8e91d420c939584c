"""The algebra of bounds: between which two numbers a value lies, whatever was not measured.

What is told is sound: whatever the leaves are within their bounds, the value is within these. A
bound that is not known is infinite. Rounding is not looked after: bounds are a double's width off.
"""

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final, NamedTuple

from contract.language.numbers import COMPARE, Truth, every, negated
from contract.language.tree import Among, Comparison, Leaf, Operator


class Interval(NamedTuple):
    low: float
    high: float

    def hull(self, other: "Interval") -> "Interval":
        """The least that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


ANYTHING: Final = Interval(-math.inf, math.inf)


def exactly(value: float) -> Interval:
    return Interval(value, value)


def _times(one: float, other: float) -> float:
    """0 times whatever is 0, even where that has no bound."""
    return one * other if one and other else 0.0


def _corners(left: Interval, right: Interval) -> Interval:
    products = [_times(one, other) for one, other in product(left, right)]
    return Interval(min(products), max(products))


def _inverse(of: Interval) -> Interval:
    """1 / of; a bound that is 0 is never quite reached."""
    if of.low < 0.0 < of.high or of.low == of.high == 0.0:
        return ANYTHING
    low = 1.0 / of.high if of.high else -math.inf
    high = 1.0 / of.low if of.low else math.inf
    return Interval(low, high)


def _power(base: Interval, exponent: float) -> Interval:
    if exponent < 0.0:
        return _inverse(_power(base, -exponent))
    if not exponent.is_integer() and base.low < 0.0:
        return ANYTHING
    ends = sorted(_raised(end, exponent) for end in base)
    if exponent and exponent % 2 == 0 and base.low < 0.0 < base.high:
        return Interval(0.0, ends[1])
    return Interval(*ends)


def _raised(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf


def combined(op: Operator, left: Interval, right: Interval) -> Interval:
    match op:
        case "+":
            return Interval(left.low + right.low, left.high + right.high)
        case "-":
            return Interval(left.low - right.high, left.high - right.low)
        case "*":
            return _corners(left, right)
        case "/":
            return _corners(left, _inverse(right)) if any(right) else ANYTHING
        case "**":
            return _power(left, right.low)


def _absolute(of: Interval) -> Interval:
    if of.low >= 0.0:
        return of
    high = max(-of.low, of.high)
    return Interval(-of.high if of.high < 0.0 else 0.0, high)


class Intervals:
    """Bounds; where its leaves come from is for who asks."""

    def __init__(self, look_up: Callable[[Leaf], Interval]) -> None:
        self._look_up = look_up

    def number(self, value: float) -> Interval:
        return exactly(value)

    def leaf(self, node: Leaf) -> Interval:
        return self._look_up(node)

    def binary(self, op: Operator, left: Interval, right: Interval) -> Interval:
        return combined(op, left, right)

    def call(self, function: str, args: Sequence[Interval]) -> Interval:
        if function == "abs":
            return _absolute(args[0])
        if function == "sqrt":
            return Interval(math.sqrt(max(0.0, args[0].low)), math.sqrt(max(0.0, args[0].high)))
        chosen = min if function == "min" else max
        return Interval(chosen(arg.low for arg in args), chosen(arg.high for arg in args))

    def choose(self, condition: Truth, yes: Interval, no: Interval) -> Interval:
        return yes.hull(no) if condition is None else yes if condition else no

    def compare(self, op: Comparison, left: Interval, right: Interval) -> Truth:
        """None where it holds for some values within the bounds and not for others."""
        if op in ("==", "!="):
            is_apart = left.high < right.low or right.high < left.low
            is_one = left == right and left.low == left.high
            same: Truth = False if is_apart else True if is_one else None
            return same if op == "==" else negated(same)
        ends = {COMPARE[op](one, other) for one, other in product(left, right)}
        return ends.pop() if len(ends) == 1 else None

    def among(self, node: Among) -> Truth:  # noqa: ARG002  a state may be any of its values
        return None

    def every(self, truths: Sequence[Truth]) -> Truth:
        return every(truths)

    def some(self, truths: Sequence[Truth]) -> Truth:
        return negated(every([negated(truth) for truth in truths]))

    def negate(self, truth: Truth) -> Truth:
        return negated(truth)
