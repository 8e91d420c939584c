"""An asset type in; out, once, all that is computed of it: the functions that add up, and the sums.

The functions are Python source written from the checked formulas (``row_writer``), so that a row
costs one call and looks nothing up by name.
"""

import hashlib
import math
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from contract.assets.words import TYPES_REMEMBERED, Asset, Channel
from contract.language.code import RUNTIME
from contract.language.figure_writer import FigureWriter
from contract.language.layout import EVENTS, Layout, reduced
from contract.language.meaning import Formulas, Meaning
from contract.language.means import INDEX
from contract.language.moment_writer import MomentWriter
from contract.language.ratios import is_quotient, tightened
from contract.language.row_writer import NEVER_MS, RowWriter
from contract.language.rule_writer import INDEX_FUNCTION
from contract.language.sums import Sums, zero
from contract.language.thermal import thermal_index
from contract.language.tree import Node, Parameter, children
from contract.language.variables import Variables, indented
from contract.language.vocabulary import Vocabulary
from contract.picking import picker

Row = tuple[float, ...]
# Time of the last row, times of its inputs where they differ, inputs, what the last row alone said.
Memory = tuple[Any, ...]


class Functions(NamedTuple):
    """A program with its parameters set."""

    add: Callable[[Sums, Memory, int, Row, bool], Memory]  # bool: the interval before was measured
    stopped: Callable[[Row], bool]
    derive: Callable[[Row], Row]
    events: tuple[Callable[[Sums, Row], None], ...]
    figures: Callable[[Sums, Row, Sequence[float]], Row]  # of KPIs, then of ``standing``


class Bounding:
    """The trees of figures, as their bounds are computed."""

    def __init__(self, formulas: Formulas) -> None:
        kpis = formulas.kpis
        figures = {**kpis, **formulas.ruled}
        self.kpis = {name: tightened(node, kpis) for name, node in figures.items()}
        self.services = {name: tightened(node, kpis) for name, node in formulas.services.items()}
        self.quotients = {name for name, node in self.kpis.items() if is_quotient(node, self.kpis)}


class Program:
    """What one type of machine is summed up by."""

    def __init__(self, asset: Asset) -> None:
        self.words = Vocabulary(asset)
        self.formulas = Meaning(self.words).formulas()
        self.bounding = Bounding(self.formulas)
        kpis = self.formulas.kpis
        self.figures: dict[str, Node] = {**kpis, **self.formulas.ruled}
        self.leaves = {name: reduced((node,), kpis) for name, node in kpis.items()}
        ruled = {name: [node] for name, node in self.formulas.ruled.items()}
        self.sums_of = {**self.leaves, **ruled}  # what each figure of a stretch of time is made of
        self.signs = {name: reduced((node,), kpis) for name, node in self.formulas.wears.items()}
        self.layout = Layout(self.words, self.formulas)
        variables = Variables(self.words, self.layout)
        self.names = variables.row
        self.remembered, self._timed = variables.remembered, variables.timed
        rows, moments = RowWriter(variables), MomentWriter(variables, self.formulas)
        figures = FigureWriter(variables, self.formulas)
        self.slopes = figures.slopes
        self.source = _source(variables, *rows.source(), *moments.source(), *figures.source())
        self.start: Memory = (
            NEVER_MS,
            (NEVER_MS,) * len(variables.timed),
            *(math.nan,) * (len(variables.remembered) + len(variables.compared)),
        )
        self._codes = self.words.codes
        self._pick = picker(self.names)
        self._events = {
            event.name: (at, tuple(field for field, _ in event.fields))
            for at, event in enumerate(self.words.events.values())
        }
        self._coded = [(self.names.index(name), codes) for name, codes in self._codes.items()]
        self._bind = _compiled(self.source, self._rules())

    def _rules(self) -> dict[str, object]:
        """What the functions call, by what they call it."""
        thermal, running = self.words.asset.thermal, self.words.asset.running
        is_asked = any(mean.rule == INDEX for mean in self.layout.means.values())
        if thermal is None or not is_asked:
            return {}
        return {INDEX_FUNCTION: thermal_index(thermal, running)}

    def functions(self, params: Mapping[str, float]) -> Functions:
        """The functions, with these parameters."""
        return Functions(*self._bind(*(params[name] for name in self.words.params)))

    def defaults(self) -> dict[str, float]:
        """The parameters of the type."""
        return {name: param.default for name, param in self.words.params.items()}

    def zero(self) -> Sums:
        """The sums of nothing."""
        return zero(self.layout)

    def row(self, values: Mapping[str, float | str]) -> Row:
        """A reading's values in order; NaN for what it does not tell."""
        try:
            row = list(self._pick(values))
        except KeyError:  # it lacks something
            return self._part(values)
        for at, codes in self._coded:
            row[at] = codes.get(row[at], math.nan)
        return tuple(row)

    def _part(self, values: Mapping[str, float | str]) -> Row:
        return tuple([self._cell(name, values.get(name)) for name in self.names])

    def _cell(self, name: str, value: float | str | None) -> float:
        if isinstance(value, str):
            return self._codes.get(name, {}).get(value, math.nan)
        return math.nan if value is None else value

    def add_event(
        self, sums: Sums, functions: Functions, name: str, values: Mapping[str, float | str]
    ) -> None:
        """Add an event; one that the type does not know is an item all the same."""
        known = self._events.get(name)
        if known is None:
            sums[self.layout.at[EVENTS]] += 1
            return
        at, fields = known
        functions.events[at](sums, tuple([_number(values.get(field)) for field in fields]))

    def forgotten(self, memory: Memory, names: Container[str]) -> Memory:
        """What is remembered, without those inputs: nobody knows what they were."""
        if not any(name in names for name in self.remembered):
            return memory
        times, known = self._told(memory)
        times |= {name: NEVER_MS for name in times if name in names}
        known |= {name: math.nan for name in known if name in names}
        return (memory[0], tuple(times.values()), *known.values(), *self._compared(memory))

    def kept(self, memory: Memory, before: Memory, names: Container[str]) -> Memory:
        """What is remembered; of those inputs what was remembered before."""
        if not any(name in names for name in self.remembered):
            return memory
        times, known = self._told(memory)
        old_times, old_known = self._told(before)
        times |= {name: time_ms for name, time_ms in old_times.items() if name in names}
        known |= {name: value for name, value in old_known.items() if name in names}
        return (memory[0], tuple(times.values()), *known.values(), *self._compared(memory))

    def _told(self, memory: Memory) -> tuple[dict[str, int], dict[str, float]]:
        time_ms, own, *inputs = memory
        times = dict(zip(self._timed, own or (time_ms,) * len(self._timed), strict=True))
        own_inputs = inputs[: len(self.remembered)]
        return times, dict(zip(self.remembered, own_inputs, strict=True))

    def _compared(self, memory: Memory) -> Memory:
        """What the last row alone said."""
        return memory[2 + len(self.remembered) :]

    @cached_property
    def row_params(self) -> frozenset[str]:
        """Parameters that rows and events are added up with: others make other sums."""
        return frozenset[str]().union(
            *(params_in(part) for node in self.layout.reduced for part in node.args)
        )

    @cached_property
    def id(self) -> str:
        """Says what the sums mean: another where a formula, a unit or a state's value is."""
        words = self.words
        own = self.layout.slots[: self.layout.own]
        parts = [f"{slot.key} {slot.merge}" for slot in own]
        for name, signal in words.signals.items():
            how = signal.hold if isinstance(signal, Channel) else (signal.wraps_at, signal.max_rate)
            parts.append(f"{name} {signal.unit} {how}")
        parts += [f"{param.name} {param.unit}" for param in words.params.values()]
        if self._rules():
            parts.append(f"{words.asset.thermal} {words.asset.running}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _number(value: float | str | None) -> float:
    return math.nan if value is None or isinstance(value, str) else value


def params_in(node: Node) -> frozenset[str]:
    if isinstance(node, Parameter):
        return frozenset({node.name})
    return frozenset[str]().union(*map(params_in, children(node)))


def _source(variables: Variables, *lines: str) -> str:
    given = f"def bind({variables.params}):"
    return "\n".join([given, *indented(lines), "    return add, stopped, derive, events, figures"])


def _compiled(source: str, rules: Mapping[str, object]) -> Callable[..., tuple[Any, ...]]:
    scope = {**RUNTIME, **rules}
    exec(compile(source, "<sums of a type>", "exec"), scope)  # noqa: S102  written by us alone
    bind: Callable[..., tuple[Any, ...]] = scope["bind"]  # type: ignore[assignment]
    return bind


@lru_cache(maxsize=TYPES_REMEMBERED)
def program_of(asset: Asset) -> Program:
    """The type's program, made once.

    Raises:
        WrongType: one of its formulas cannot be right.
    """
    return Program(asset)
