"""What a reducer may be given, and the unit of what it gives: one function each."""

from collections.abc import Callable
from typing import Final

from contract.errors import WrongType
from contract.language.tree import Call, Name, Node, Number, Signal
from contract.language.typed import Checking
from contract.language.units import ONE, SECOND, Unit
from contract.language.vocabulary import hint

Reducer = Callable[[Checking, Call], tuple[tuple[Node, ...], Unit]]


def _arguments(node: Call, least: int, most: int) -> tuple[Node, ...]:
    if not least <= len(node.args) <= most:
        wanted = str(least) if least == most else f"{least} or {most}"
        raise WrongType(f"`{node}`: {node.function}() takes {wanted} things, not {len(node.args)}.")
    return node.args


def _integral(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
    (of,) = _arguments(node, 1, 1)
    found = checking.over("readings").expression(of)
    if found.unit.is_point:
        raise WrongType(
            f"`{node}` adds up temperatures in °C, whose zero is nowhere: take a "
            "difference first, as in integral(hot - ambient), or mean()."
        )
    return (found.node,), found.unit * SECOND


def _increase(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
    (of,) = _arguments(node, 1, 1)
    counters = [each.name for each in checking.words.asset.counters]
    if not isinstance(of, Name) or of.id not in counters:
        raise WrongType(f"`{node}`: only a Counter has an increase{hint(str(of), counters)}.")
    return (Signal(of.id),), checking.words.unit_of(of.id)


def _of_condition(unit: Unit) -> Reducer:
    def reducer(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
        (of,) = _arguments(node, 1, 1)
        return (checking.over("readings").condition(of),), unit

    return reducer


def _count(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
    event, *conditions = _arguments(node, 1, 2)
    events = checking.words.events
    if not isinstance(event, Name) or event.id not in events:
        raise WrongType(f"`{node}`: only an Event is counted{hint(str(event), events)}.")
    checker = checking.over("events", event.id)
    return (Name(event.id), *map(checker.condition, conditions)), ONE


def _sum(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
    (of,) = _arguments(node, 1, 1)
    checker = checking.over("events")
    found = checker.expression(of)
    if not checker.event:
        raise WrongType(f"`{node}`: only fields of an event are summed: write sum(event.field).")
    if found.unit.is_point:
        raise WrongType(
            f"`{node}` adds up temperatures, which means nothing: take a difference first."
        )
    return (Name(checker.event), found.node), found.unit


def _duration(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:  # noqa: ARG001
    return _arguments(node, 0, 0), SECOND


def _as_it_is(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
    (of,) = _arguments(node, 1, 1)
    found = checking.over("readings").expression(of)
    return (found.node,), found.unit


def _spread(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
    args, unit = _as_it_is(checking, node)
    return args, unit.difference()


def _slope(checking: Checking, node: Call) -> tuple[tuple[Node, ...], Unit]:
    of, seconds = _arguments(node, 2, 2)
    if not isinstance(seconds, Number) or seconds.value <= 0:
        raise WrongType(
            f"`{node}`: how far back it looks must be a number of seconds, as in slope({of}, 10)."
        )
    found = checking.over("readings").expression(of)
    return (found.node, seconds), found.unit.difference() / SECOND


REDUCERS: Final[dict[str, Reducer]] = {
    "integral": _integral,
    "increase": _increase,
    "time": _of_condition(SECOND),
    "entries": _of_condition(ONE),
    "count": _count,
    "sum": _sum,
    "duration": _duration,
    "elapsed": _duration,
    "mean": _as_it_is,
    "least": _as_it_is,
    "greatest": _as_it_is,
    "std": _spread,
    "latest": _as_it_is,
    "slope": _slope,
}
OF_THE_MOMENT: Final = frozenset({"latest", "slope"})
