"""The checked formulas of a type in, the list of sums they need out: what is kept, and where.

Everything kept is of one of three kinds: what adds up, what is the least, what is the greatest. So
any two lists of sums make one, in whatever order.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from contract.language.code import can_fail
from contract.language.meaning import Formulas
from contract.language.means import HEALTH, RULED, Mean, mean_of
from contract.language.reducers import OF_THE_MOMENT
from contract.language.tree import Among, Figure, Node, Reduced, Signal, children
from contract.language.vocabulary import Vocabulary

Merge = Literal["add", "least", "greatest"]

ROWS: Final = "rows"  # readings
EVENTS: Final = "events"
FULL_MS: Final = "full_ms"  # measured between two readings that had all there is to integrate
REST_MS: Final = "rest_ms"  # measured between others
GAP_MS: Final = "gap_ms"  # between two readings, and not measured
MISSING: Final = "missing"  # numbers of the sequence that never came
PARTS: Final = "parts"  # readings that did not, or came after one that did not
ALWAYS: Final = (ROWS, PARTS, EVENTS, FULL_MS, REST_MS, GAP_MS, MISSING)

STATISTICS: Final = frozenset({"mean", "least", "greatest", "std"})


class Slot(NamedTuple):
    """One number of the list: ``key`` says wholly what it is of."""

    key: str
    merge: Merge = "add"


class Series(NamedTuple):
    """What count, least, total and greatest are kept of, and squares from ``origin`` if needed."""

    node: Node
    origin: float | None

    @property
    def keys(self) -> tuple[str, str, str, str]:
        """Rows without it, its least, total, greatest."""
        of = str(self.node)
        return f"absent({of})", f"least({of})", f"total({of})", f"greatest({of})"

    @property
    def squares(self) -> str:
        return f"squares({self.node} - {self.origin!r})"


def inputs(node: Node) -> frozenset[str]:
    """The names of a reading that it is computed from."""
    match node:
        case Signal(name=name, of="") | Among(state=name):
            return frozenset({name})
        case _:
            return frozenset[str]().union(*map(inputs, children(node)))


def part_key(names: frozenset[str]) -> str:
    """Milliseconds, outside of ``FULL_MS``, in which all of these were known."""
    return f"part_ms({', '.join(sorted(names))})"


class Layout:
    """Where each sum of a type stands in its list."""

    def __init__(self, words: Vocabulary, formulas: Formulas) -> None:
        trees = (
            *formulas.kpis.values(),
            *formulas.services.values(),
            *formulas.wears.values(),
            *formulas.standing.values(),
            *formulas.ruled.values(),
        )
        self.reduced = [node for node in reduced(trees) if node.function not in OF_THE_MOMENT]
        self.series = _series(words, self.reduced)
        followed = self.named("integral", "time", "entries")
        self.groups = sorted({inputs(node.args[0]) for node in followed}, key=sorted)
        self.means = {node.key: mean_of(node, words.asset) for node in self.named(RULED)}
        own = tuple(self._slots())
        self.own = len(own)  # behind them is what a minute says by name, whatever its program
        self.slots = (*own, *self._told())
        self.at = {slot.key: at for at, slot in enumerate(self.slots)}
        self.series_of = {str(series.node): series for series in self.series}
        self.known = {
            node.key: (part_key(inputs(node.args[0])), lost_key(node)) for node in followed
        }

    def named(self, *functions: str) -> list[Reduced]:
        return [node for node in self.reduced if node.function in functions]

    def _slots(self) -> Iterable[Slot]:
        yield from map(Slot, ALWAYS)
        for series in self.series:
            absent, least, total, greatest = series.keys
            yield from (Slot(absent), Slot(least, "least"), Slot(total), Slot(greatest, "greatest"))
            if series.origin is not None:
                yield Slot(series.squares)
        yield from (Slot(part_key(group)) for group in self.groups)
        for node in self.named("integral", "time", "increase", "entries", "count", "sum"):
            yield Slot(str(node))
            lost = lost_key(node)
            if lost is not None:
                yield Slot(lost)
            if node.function == "increase":
                yield Slot(told_key(node))
            if node.function == "sum":
                least, greatest = extremes(node)
                yield from (Slot(least, "least"), Slot(greatest, "greatest"))
        for mean in self._means(is_of_readings=True):
            for pair in mean.pairs:
                yield from (Slot(pair.total), Slot(pair.ms))

    def _told(self) -> Iterable[Slot]:
        for mean in self._means(is_of_readings=False):
            [pair] = mean.pairs
            yield from (Slot(pair.ms), Slot(pair.total), Slot(mean.least, "least"))

    def _means(self, *, is_of_readings: bool) -> list[Mean]:
        return [m for m in self.means.values() if (m.rule != HEALTH) == is_of_readings]


def lost_key(node: Reduced) -> str | None:
    """Milliseconds in which what is integrated was no number, though all it is made of was."""
    can_be_lost = node.function == "integral" and can_fail(node.args[0])
    return f"lost_ms({node.args[0]})" if can_be_lost else None


def extremes(node: Reduced) -> tuple[str, str]:
    """The least and the greatest of what a sum over events was made of."""
    return f"least of {node}", f"greatest of {node}"


def told_key(node: Reduced) -> str:
    """Of the ``PARTS``, those that told how much the counter grew."""
    return f"told({node.args[0]})"


def reduced(trees: Iterable[Node], kpis: Mapping[str, Node] | None = None) -> list[Reduced]:
    """All that readings and events are reduced to, each once, in order of what it is.

    Also in those of ``kpis`` that the trees name.
    """
    found: dict[str, Reduced] = {}
    seen: set[str] = set()
    waiting = list(trees)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Reduced):
            found[node.key] = node
        elif isinstance(node, Figure) and kpis is not None and node.name not in seen:
            seen.add(node.name)
            waiting.append(kpis[node.name])
        waiting += () if isinstance(node, Reduced) else children(node)
    return [found[key] for key in sorted(found)]


def _series(words: Vocabulary, of: list[Reduced]) -> list[Series]:
    """Every channel, and whatever else a formula asks the mean of."""
    spread = {str(node.args[0]) for node in of if node.function == "std"}
    asked = {str(node.args[0]): node.args[0] for node in of if node.function in STATISTICS}
    channels = {each.name: each for each in words.asset.channels}
    series = [
        Series(Signal(name), _middle(channels[name].normal) if name in spread else None)
        for name in words.signals
        if name in channels
    ]
    others = sorted(asked.keys() - channels.keys())
    return series + [Series(asked[key], 0.0 if key in spread else None) for key in others]


def _middle(band: tuple[float, float]) -> float:
    """Squares of what is far from 0 would swallow their differences."""
    return (band[0] + band[1]) / 2.0
