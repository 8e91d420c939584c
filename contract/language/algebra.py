"""A checked tree computed with, in whatever an algebra takes for a value: numbers, bounds, code."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from contract.language.tree import (
    Among,
    Binary,
    Call,
    Compare,
    Comparison,
    Condition,
    Figure,
    Leaf,
    Logic,
    Node,
    Not,
    Number,
    Operator,
    Parameter,
    Reduced,
    Signal,
)

V = TypeVar("V")
"""What stands for a value."""
T = TypeVar("T")
"""What stands for a truth."""


class Algebra(Protocol[V, T]):
    def number(self, value: float) -> V: ...

    def leaf(self, node: Leaf) -> V: ...

    def binary(self, op: Operator, left: V, right: V) -> V: ...

    def call(self, function: str, args: Sequence[V]) -> V:
        """``abs``, ``sqrt``, ``min``, ``max``."""

    def choose(self, condition: T, yes: V, no: V) -> V: ...

    def compare(self, op: Comparison, left: V, right: V) -> T: ...

    def among(self, node: Among) -> T: ...

    def every(self, truths: Sequence[T]) -> T: ...

    def some(self, truths: Sequence[T]) -> T: ...

    def negate(self, truth: T) -> T: ...


def value(node: Node, algebra: Algebra[V, T]) -> V:
    """What the tree gives."""
    match node:
        case Number(value=number):
            return algebra.number(number)
        case Binary(op=op, left=left, right=right):
            return algebra.binary(op, value(left, algebra), value(right, algebra))
        case Call(function="where", args=(condition, yes, no)):
            chosen = value(yes, algebra), value(no, algebra)
            return algebra.choose(truth(condition, algebra), *chosen)
        case Call(function=function, args=args):
            return algebra.call(function, [value(arg, algebra) for arg in args])
        case Signal() | Parameter() | Figure() | Reduced():
            return algebra.leaf(node)
        case _:
            raise TypeError(f"{node} was not checked, or is a condition")


def truth(node: Condition | Node, algebra: Algebra[V, T]) -> T:
    """Whether the condition holds."""
    match node:
        case Compare(op=op, left=left, right=right):
            return algebra.compare(op, value(left, algebra), value(right, algebra))
        case Among():
            return algebra.among(node)
        case Logic(op="and", parts=parts):
            return algebra.every([truth(part, algebra) for part in parts])
        case Logic(parts=parts):
            return algebra.some([truth(part, algebra) for part in parts])
        case Not(of=of):
            return algebra.negate(truth(of, algebra))
        case _:
            raise TypeError(f"{node} was not checked, or is no condition")
