"""A checked tree in; out, the same with what adds up over parts of a time or of a fleet as leaves.

``increase(energy) * price`` adds up where the price changes: each part has its own. A ratio of two
such is the ratio of their sums. What else names a number that changes cannot be told of the whole.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from contract.language import layout as keys
from contract.language.ratios import MEAN_ITEM
from contract.language.reducers import OF_THE_MOMENT
from contract.language.tree import (
    Binary,
    Call,
    Compare,
    Figure,
    Logic,
    Node,
    Not,
    Number,
    Parameter,
    Reduced,
    children,
)

ADDED: Final = "added"  # a leaf that is worked out of each part, and added

_NO_SUMS: Final = OF_THE_MOMENT | keys.STATISTICS | {MEAN_ITEM}


def with_sums(node: Node, changing: frozenset[str], kpis: Mapping[str, Node]) -> Node:
    """The tree with an ``added`` leaf for each largest part of it that adds up.

    ``changing`` are the parameters that are not the same in all parts, ``kpis`` what it may name.
    """
    if adds_up(node, kpis) and names_any(node, changing, kpis):
        return Reduced(ADDED, (node,))

    def inside(part: Node) -> Node:
        return with_sums(part, changing, kpis)

    match node:
        case Binary(left=left, right=right) | Compare(left=left, right=right):
            return replace(node, left=inside(left), right=inside(right))
        case Call(args=args):
            return replace(node, args=tuple(map(inside, args)))
        case Logic(parts=parts):
            return replace(node, parts=tuple(map(inside, parts)))
        case Not(of=of):
            return Not(inside(of))
        case _:
            return node


def adds_up(node: Node, kpis: Mapping[str, Node]) -> bool:
    """Whether its value of two parts is the sum of its values of each."""
    match node:
        case Reduced(function=function):
            return function not in _NO_SUMS
        case Figure(name=name):
            return adds_up(kpis[name], kpis)
        case Binary(op="+" | "-", left=left, right=right):
            return adds_up(left, kpis) and adds_up(right, kpis)
        case Binary(op="*", left=left, right=right):
            return (_is_scale(left) and adds_up(right, kpis)) or (
                adds_up(left, kpis) and _is_scale(right)
            )
        case Binary(op="/", left=left, right=right):
            return adds_up(left, kpis) and _is_scale(right)
        case _:
            return False


def _is_scale(node: Node) -> bool:
    """Whether it is made of numbers and parameters alone."""
    match node:
        case Number() | Parameter():
            return True
        case Binary(left=left, right=right):
            return _is_scale(left) and _is_scale(right)
        case _:
            return False


def names_any(node: Node, names: frozenset[str], kpis: Mapping[str, Node]) -> bool:
    """Whether one of these parameters is in it, outside of what it is reduced from."""
    match node:
        case Parameter(name=name):
            return name in names
        case Figure(name=name):
            return names_any(kpis[name], names, kpis)
        case Reduced():
            return False
        case _:
            return any(names_any(child, names, kpis) for child in children(node))
