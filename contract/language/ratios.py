"""A checked tree in; one of the same value out, whose bounds are as close as is cheap.

Interval arithmetic takes every mention of a sum for another number, so a share like a / (a + b)
would seem to pass 1, and a / b * b to be as wide as both. Here a sum that stands above and below a
line goes, and a share is written as 1 / (1 + b / a), where each is mentioned once. For bounds
alone: where a is 0, the value as written cannot be told, and this can.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Final

from contract.language.tree import Binary, Call, Figure, Node, Number

_MOST: Final = 40  # factors of a product with the KPIs it names in full
_ONE: Final = Number(1.0)


def tightened(node: Node, kpis: Mapping[str, Node]) -> Node:
    """The same, each sum mentioned as seldom as is easily done; ``kpis`` are what it may name."""
    match node:
        case Binary(op="*" | "/"):
            as_named = _cancelled(*_factors(node, {}))
            in_full = _factors(as_named, kpis)
            if sum(map(len, in_full)) <= _MOST:
                as_named = _cancelled(*in_full)
            return _within_product(as_named, kpis)
        case Binary(left=left, right=right):
            return replace(node, left=tightened(left, kpis), right=tightened(right, kpis))
        case Call(function="where", args=(condition, yes, no)):
            return Call("where", (condition, tightened(yes, kpis), tightened(no, kpis)))
        case Call(args=args):
            return replace(node, args=tuple(tightened(arg, kpis) for arg in args))
        case _:
            return node


def _within_product(node: Node, kpis: Mapping[str, Node]) -> Node:
    """Its factors that are no products themselves."""
    match node:
        case Binary(op="*" | "/", left=left, right=right):
            parts = _within_product(left, kpis), _within_product(right, kpis)
            return replace(node, left=parts[0], right=parts[1])
        case _:
            return tightened(node, kpis)


def _factors(node: Node, kpis: Mapping[str, Node]) -> tuple[list[Node], list[Node]]:
    """What stands above the line, and what below."""
    above: list[Node] = []
    below: list[Node] = []
    waiting = [(node, above, below)]
    while waiting and len(above) + len(below) <= _MOST:
        part, here, there = waiting.pop()
        match part:
            case Binary(op="*", left=left, right=right):
                waiting += [(right, here, there), (left, here, there)]
            case Binary(op="/", left=left, right=right):
                waiting += [(right, there, here), (left, here, there)]
            case Figure(name=name) if name in kpis:
                waiting.append((kpis[name], here, there))
            case _:
                here.append(part)
    for part, here, _ in waiting:
        here.append(part)
    return above, below


def _cancelled(above: list[Node], below: list[Node]) -> Node:
    kept = list(below)
    left = []
    for factor in above:
        if factor in kept:
            kept.remove(factor)
        else:
            left.append(factor)
    shares = []
    for whole in list(kept):
        part = next((factor for factor in left if factor in _terms(whole)), None)
        if part is not None:
            left.remove(part)
            kept.remove(whole)
            shares.append(_share(part, whole))
    product = _product([*left, *shares])
    return Binary("/", product, _product(kept)) if kept else product


def _terms(node: Node) -> list[Node]:
    match node:
        case Binary(op="+", left=left, right=right):
            return [*_terms(left), *_terms(right)]
        case _:
            return [node]


def _share(part: Node, whole: Node) -> Node:
    others = _terms(whole)
    others.remove(part)
    rest = reduce(lambda one, other: Binary("+", one, other), others)
    return Binary("/", _ONE, Binary("+", _ONE, Binary("/", rest, part)))


def _product(factors: list[Node]) -> Node:
    return reduce(lambda one, other: Binary("*", one, other), factors) if factors else _ONE
