"""A figure that cannot be told in, the reason for it out, in words for a person."""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from contract.language.means import RULED
from contract.language.numbers import Value
from contract.language.tree import Binary, Call, Figure, Node, Parameter, Reduced, children

OF_NOW: Final = "it is of the moment, not of a stretch of time"
NOT_KEPT: Final = "at the time nothing was summed up for this formula yet"
NOT_MEASURED: Final = "nothing was measured that tells it"
NO_NUMBER: Final = "its formula gives no number here"

_MEASURED_S: Final = Reduced("duration")


class Facts(Protocol):
    """What is known of the parts of a formula."""

    def value_of(self, node: Node) -> Value: ...

    def is_kept(self, node: Reduced) -> bool: ...

    def untold(self, node: Reduced) -> str:
        """Why a rule said nothing of time that was measured."""


def reason(name: str, trees: Mapping[str, Node], facts: Facts) -> str:
    """Why the figure ``name`` has no value; ``trees`` are those of all figures."""
    parts = list(_parts(Figure(name), trees))
    sums = [part for part in parts if isinstance(part, Reduced)]
    if any(part.function == "slope" for part in sums):
        return OF_NOW
    if not all(map(facts.is_kept, sums)):
        return NOT_KEPT
    unknown = [part for part in sums if facts.value_of(part) is None]
    if unknown and all(part.function == RULED for part in unknown) and facts.value_of(_MEASURED_S):
        return facts.untold(unknown[0])
    if unknown:
        return NOT_MEASURED
    changed = [
        part.name for part in parts if isinstance(part, Parameter) and facts.value_of(part) is None
    ]
    if changed:
        return f"{changed[0]} is not the same in all of it: ask for less at a time"
    return next(_divisions_by_0(parts, facts), NO_NUMBER)


def _divisions_by_0(parts: list[Node], facts: Facts) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Binary) and part.op == "/" and facts.value_of(part.right) == 0:
            yield f"{_nothing(part.right)}: {_is_0(part.right)}"


def _is_0(divisor: Node) -> str:
    """What is kept from being less than 0 is said by itself."""
    if isinstance(divisor, Call) and divisor.function == "max":
        return f"{divisor.args[0]} is not above 0"
    return f"{divisor} is 0"


def _nothing(divisor: Node) -> str:
    counts = isinstance(divisor, Reduced) and divisor.function in ("entries", "count")
    return "it happened not once in this time" if counts else "there is nothing to divide by"


def _parts(node: Node, trees: Mapping[str, Node]) -> Iterator[Node]:
    """It and all it is made of, but for what sums are reduced from."""
    yield node
    if isinstance(node, Figure):
        yield from _parts(trees[node.name], trees)
    elif not isinstance(node, Reduced):
        for child in children(node):
            yield from _parts(child, trees)
