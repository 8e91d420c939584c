"""The algebra of code: a checked tree as a Python expression over a row's variables.

Nothing of a formula's text gets in: variables are numbered, numbers are written by ``repr``, and
what can fail (a division, a root, a power) is a call that answers NaN.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from contract.language.numbers import COMPARE, Truth, combined, every, negated
from contract.language.tree import (
    Among,
    Binary,
    Call,
    Comparison,
    Leaf,
    Node,
    Operator,
    Parameter,
    Signal,
    children,
)

_CALLED: Final = {"min": "lesser", "max": "greater"}
SLACK_MS: Final = 1000  # a clock's grain, and a counter's
_NOISE: Final = 0.9  # without a max_rate, what falls by less than a tenth has not begun anew


class Code:
    """Expressions; ``variable`` says what a signal is called."""

    def __init__(
        self,
        variable: Callable[[str], str],
        params: Sequence[str],
        codes: Mapping[str, dict[str, float]],
    ) -> None:
        self.variable = variable
        self._params = params
        self._codes = codes

    def number(self, value: float) -> str:
        return f"({value!r})"

    def leaf(self, node: Leaf) -> str:
        match node:
            case Signal(name=name):
                return self.variable(name)
            case Parameter(name=name):
                return f"k{self._params.index(name)}"
            case _:
                raise TypeError(f"{node} has no value in a reading")

    def binary(self, op: Operator, left: str, right: str) -> str:
        if op in ("/", "**"):
            return f"{'divide' if op == '/' else 'power'}({left}, {right})"
        return f"({left} {op} {right})"

    def call(self, function: str, args: Sequence[str]) -> str:
        return f"{_CALLED.get(function, function)}({', '.join(args)})"

    def choose(self, condition: str, yes: str, no: str) -> str:
        return f"({yes} if {condition} else {no})"

    def compare(self, op: Comparison, left: str, right: str) -> str:
        return f"{left} {op} {right}"

    def among(self, node: Among) -> str:
        variable, codes = self.variable(node.state), self._codes[node.state]
        return " or ".join(f"{variable} == {codes[value]!r}" for value in node.values)

    def every(self, truths: Sequence[str]) -> str:
        return " and ".join(f"({truth})" for truth in truths)

    def some(self, truths: Sequence[str]) -> str:
        return " or ".join(f"({truth})" for truth in truths)

    def negate(self, truth: str) -> str:
        return f"not ({truth})"


def can_fail(node: Node) -> bool:
    """Whether it can be no number although all it is computed from are."""
    match node:
        case Binary(op="/" | "**") | Call(function="sqrt"):
            return True
        case _:
            return any(map(can_fail, children(node)))


# ---------------------------------------------------------------- what the code calls


def divide(left: float, right: float) -> float:
    return left / right if right else math.nan


def power(base: float, exponent: float) -> float:
    found = combined("**", base, exponent)
    return math.nan if found is None else found


def sqrt(of: float) -> float:
    return math.sqrt(of) if of >= 0.0 else math.nan


def grown(
    now: float, before: float, elapsed_ms: int, wraps_at: float | None, per_ms: float | None
) -> float:
    """By how much a counter grew that reads less than before, or grew faster than it can.

    It went round where that fits; it began anew at 0, as far as that fits; and else it was a glitch
    and grew by nothing.
    """
    most = math.inf if per_ms is None else per_ms * (elapsed_ms + SLACK_MS)
    if now >= before:
        return 0.0
    if wraps_at is not None and wraps_at - before + now <= min(most, wraps_at / 2):
        return wraps_at - before + now
    if per_ms is None:
        return now if now < _NOISE * before else 0.0
    return now if now <= most else 0.0


def lesser(one: float, other: float) -> float:
    return one + other if one != one or other != other else min(one, other)  # noqa: PLR0124  NaN


def greater(one: float, other: float) -> float:
    return one + other if one != one or other != other else max(one, other)  # noqa: PLR0124  NaN


def spread(count: float, total: float, squares: float, origin: float) -> float:
    """The standard deviation of what was added up from ``origin``."""
    if count <= 0:
        return math.nan
    return math.sqrt(max(0.0, squares / count - (total / count - origin) ** 2))


def chosen(condition: Truth, yes: float, no: float) -> float:
    return math.nan if condition is None else yes if condition else no


def _compared(op: Comparison) -> Callable[[float, float], Truth]:
    def compare(left: float, right: float) -> Truth:
        is_known = left == left and right == right  # noqa: PLR0124  not NaN
        return COMPARE[op](left, right) if is_known else None

    return compare


RUNTIME: Final[dict[str, object]] = {
    "__builtins__": {},
    "abs": abs,
    "at_least": _compared(">="),
    "at_most": _compared("<="),
    "chosen": chosen,
    "divide": divide,
    "every": every,
    "greater": greater,
    "grown": grown,
    "less": _compared("<"),
    "lesser": lesser,
    "max": max,
    "min": min,
    "more": _compared(">"),
    "nan": math.nan,
    "negated": negated,
    "other": _compared("!="),
    "power": power,
    "same": _compared("=="),
    "spread": spread,
    "sqrt": sqrt,
}
