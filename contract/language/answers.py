"""Sums in, a type's figures out: each with its value, its bounds, and how much was measured."""

import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from contract.language.algebra import value
from contract.language.intervals import ANYTHING, Interval, Intervals, exactly
from contract.language.layout import reduced
from contract.language.numbers import Numbers, Value
from contract.language.program import Program
from contract.language.reasons import reason
from contract.language.reducers import OF_THE_MOMENT
from contract.language.totals import FARTHEST, Totals
from contract.language.tree import Figure, Leaf, Node, Number, Parameter, Reduced

# 0 failures in a time T: at 95 % there is less than one in T / 3.0 (Poisson, -ln 0.05 = 2.996).
NONE_SEEN: Final = 3.0
_HARDLY: Final = 1.0 / (1.0 + FARTHEST)  # measured: what bounds a quotient then is chance
_SHARES: Final = ("availability", "quality")  # roles of what is never below 0 or above 100 %


class Answer(NamedTuple):
    """A figure. None: it cannot be told; a bound that is None is not known."""

    value: float | None
    low: float | None
    high: float | None
    coverage: float  # 0..1


class Moment(Protocol):
    """What is known of now: for ``latest`` and ``slope``."""

    def latest(self, node: Node) -> Value: ...

    def slope(self, node: Node, seconds: float) -> Value: ...

    def coverage(self, node: Reduced) -> float: ...


class Answers:
    """The figures of one type, of one stretch of time or of a moment."""

    def __init__(
        self,
        program: Program,
        totals: Totals,
        params: Mapping[str, float],
        moment: Moment | None = None,
    ) -> None:
        self._program = program
        self._totals = totals
        self._params = params
        self._moment = moment
        self._numbers = Numbers(self._value)
        self._values: dict[str, Value] = {}
        self._bounds: dict[tuple[str, float], Interval] = {}

    def kpi(self, name: str) -> Answer:
        """The KPI called ``name``, which has a formula, or a rule that is added up."""
        is_of_failures = self._program.words.kpis[name].role == "reliability"
        found = self.now(name)
        if found.coverage < _HARDLY and name in self._program.bounding.quotients:
            return _answer(found.value, ANYTHING, found.coverage)
        bounds = self._kpi_bounds(name, NONE_SEEN if is_of_failures else 0.0)
        return _answer(found.value, self._of_share(name, bounds), found.coverage)

    def _of_share(self, name: str, bounds: Interval) -> Interval:
        kpi = self._program.words.kpis[name]
        if kpi.role not in _SHARES or kpi.unit != "%" or bounds == ANYTHING:
            return bounds
        return Interval(*(min(100.0, max(0.0, end)) for end in bounds))

    def now(self, name: str) -> Answer:
        """The same without its bounds, at a third of the cost."""
        coverage = self._coverage(self._program.sums_of[name])
        return Answer(self._kpi_value(name), None, None, coverage)

    def reason(self, name: str) -> str | None:
        """Why the KPI cannot be told; None: it can."""
        if self._kpi_value(name) is not None:
            return None
        return reason(name, self._program.figures, self)

    def value_of(self, node: Node) -> Value:
        return value(node, self._numbers)

    def is_kept(self, node: Reduced) -> bool:
        return self._totals.is_kept(node)

    def least(self, name: str) -> float | None:
        """The least that was told of a figure of which that is kept; None: of none it is."""
        node = self._program.formulas.ruled.get(name)
        return None if node is None else self._totals.least_told(node)

    def untold(self, node: Reduced) -> str:
        return self._program.layout.means[node.key].untold

    def tree(self, name: str) -> Node:
        """What the KPI is computed as, and below what its bounds are."""
        return self._program.figures[name]

    def bounding_tree(self, name: str) -> Node:
        return self._program.bounding.kpis[name]

    def service(self, name: str) -> Answer:
        """What share of its interval a service has used."""
        node = self._program.formulas.services[name]
        bounds = value(self._program.bounding.services[name], self._intervals(0.0))
        coverage = self._coverage(reduced((node,), self._program.formulas.kpis))
        return _answer(value(node, self._numbers), bounds, coverage)

    def wear(self, name: str) -> Value:
        """The sign of a wear, in its unit."""
        return value(self._program.formulas.wears[name], self._numbers)

    def wear_ends_at(self, name: str) -> Value:
        """Where that ends; of one that ends at a channel's limit it cannot be asked."""
        return value(self._program.formulas.ends[name], self._numbers)

    # ------------------------------------------------------------ values

    def _kpi_value(self, name: str) -> Value:
        if name not in self._values:
            self._values[name] = value(self.tree(name), self._numbers)
        return self._values[name]

    def _value(self, node: Leaf) -> Value:
        match node:
            case Parameter(name=name):
                return self._params[name]
            case Figure(name=name):
                return self._kpi_value(name)
            case Reduced(function="latest", args=(of,)):
                return self._moment.latest(of) if self._moment else self._totals.average(of)
            case Reduced(function="slope", args=args):
                return self._moment.slope(args[0], _seconds(node)) if self._moment else None
            case Reduced():
                return self._totals.value(node)
            case _:
                raise TypeError(f"{node} has no value over time")

    # ------------------------------------------------------------ bounds

    def _kpi_bounds(self, name: str, none_seen: float) -> Interval:
        key = name, none_seen
        if key not in self._bounds:
            self._bounds[key] = value(self.bounding_tree(name), self._intervals(none_seen))
        return self._bounds[key]

    def _intervals(self, none_seen: float) -> Intervals:
        return Intervals(lambda node: self._interval(node, none_seen))

    def _interval(self, node: Leaf, none_seen: float) -> Interval:
        match node:
            case Figure(name=name):
                return self._kpi_bounds(name, none_seen)
            case Reduced(function="entries" | "count"):
                return self._count_bounds(node, none_seen)
            case Reduced(function="latest", args=(of,)) if self._moment is None:
                return self._totals.average_bounds(of)
            case Reduced(function=function) if function not in OF_THE_MOMENT:
                return self._totals.bounds(node)
            case _:
                found = self._value(node)
                return ANYTHING if found is None else exactly(found)

    def _count_bounds(self, node: Reduced, none_seen: float) -> Interval:
        """That none was seen does not say that there never will be one."""
        low, high = self._totals.bounds(node)
        return Interval(low, high if low else max(high, none_seen))

    # ------------------------------------------------------------ coverage

    def _coverage(self, leaves: Iterable[Reduced]) -> float:
        """That of whatever was measured least."""
        return min(map(self._coverage_of, leaves), default=1.0)

    def _coverage_of(self, node: Reduced) -> float:
        if node.function not in OF_THE_MOMENT:
            return self._totals.coverage(node)
        if self._moment is not None:
            return self._moment.coverage(node)
        return self._totals.average_coverage(node.args[0]) if node.function == "latest" else 0.0


def _seconds(node: Reduced) -> float:
    seconds = node.args[1]
    return seconds.value if isinstance(seconds, Number) else 0.0


def _answer(found: Value, bounds: Interval, coverage: float) -> Answer:
    """What is measured lies within, even where measured time is all that counts to it."""
    within = bounds if found is None else bounds.hull(exactly(found))
    low, high = (end if math.isfinite(end) else None for end in within)
    return Answer(found, low, high, coverage)
