"""A checked tree in; one of the same value out, whose bounds are as close as is cheap.

Interval arithmetic takes every mention of a sum for another number, so a share like a / (a + b)
would seem to pass 1, and a / b * b to be as wide as both. Here a sum that stands above and below a
line goes, and a share is written as 1 / (1 + b / a), where each is mentioned once. What an event's
items sum up to over how many they are is one leaf, as of yes or no it is a share.
For bounds alone: where a is 0, the value as written cannot be told, and this can.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Final

from contract.language.tree import Binary, Call, Figure, Node, Number, Reduced, children

MEAN_ITEM: Final = "mean_item"  # of the items of an event; a leaf of bounds alone

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


def is_quotient(node: Node, kpis: Mapping[str, Node]) -> bool:
    """Whether it is over what was measured, and no share: its bounds run away where that is small.

    ``node`` and ``kpis`` are tightened.
    """
    match node:
        case Figure(name=name):
            return name in kpis and is_quotient(kpis[name], kpis)
        case Binary(op="/", left=left, right=right):
            runs_away = _is_measured(right, kpis) and not _is_share(node)
            return runs_away or is_quotient(left, kpis)
        case Reduced():
            return False
        case _:
            return any(is_quotient(child, kpis) for child in children(node))


def _is_measured(node: Node, kpis: Mapping[str, Node]) -> bool:
    match node:
        case Reduced(function=function):
            return function != "duration"
        case Figure(name=name):
            return name in kpis and _is_measured(kpis[name], kpis)
        case _:
            return any(_is_measured(child, kpis) for child in children(node))


def _is_share(node: Binary) -> bool:
    return node.left == _ONE and isinstance(node.right, Binary) and node.right.left == _ONE


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
    shares = _mean_items(left, kept)
    for whole in list(kept):
        part = next((factor for factor in left if factor in _terms(whole)), None)
        if part is not None:
            left.remove(part)
            kept.remove(whole)
            shares.append(_share(part, whole))
    product = _product([*left, *shares])
    return Binary("/", product, _product(kept)) if kept else product


def _mean_items(above: list[Node], below: list[Node]) -> list[Node]:
    """Those of which sum and count stand above and below; they are taken away there."""
    found: list[Node] = []
    for part in list(above):
        if isinstance(part, Reduced) and part.function == "sum":
            count = Reduced("count", part.args[:1])
            if count in below:
                above.remove(part)
                below.remove(count)
                found.append(Reduced(MEAN_ITEM, part.args))
    return found


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
