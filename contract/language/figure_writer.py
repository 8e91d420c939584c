"""A type's figures in, the source of the function that works them all out from sums out.

The same as ``answers`` gives, without bounds, for whoever asks twice a second. NaN stands for what
cannot be told. What is of the moment comes beside the sums: the newest row, and slopes.
"""

from collections.abc import Sequence
from typing import Final

from contract.language import layout as keys
from contract.language.algebra import value
from contract.language.code import Code
from contract.language.meaning import Formulas
from contract.language.tree import Comparison, Figure, Leaf, Node, Reduced, children
from contract.language.variables import Lines, Variables

_MS_IN_S: Final = 0.001
_COMPARED: Final[dict[Comparison, str]] = {
    "<": "less",
    "<=": "at_most",
    ">": "more",
    ">=": "at_least",
    "==": "same",
    "!=": "other",
}


class FigureCode(Code):
    """Expressions over sums: a truth may be None, where what it is of is not known."""

    def __init__(
        self, variables: Variables, numbers: dict[str, int], slopes: list[Reduced]
    ) -> None:
        super().__init__(variables.at("s").variable, variables.params_in_order, {})
        self._v = variables
        self._numbers = numbers
        self._slopes = slopes

    def leaf(self, node: Leaf) -> str:
        match node:
            case Figure(name=name):
                return f"v{self._numbers[name]}"
            case Reduced(function="latest", args=(of,)):
                known = self._v.known_inputs("s", of)
                return f"({value(of, self._v.at('s'))} if ({known}) == ({known}) else nan)"
            case Reduced(function="slope"):
                return f"slopes[{self._slopes.index(node)}]"
            case Reduced():
                return self._sum(node)
            case _:
                return super().leaf(node)

    def _sum(self, node: Reduced) -> str:
        measured_ms = f"({self._m(keys.FULL_MS)} + {self._m(keys.REST_MS)})"
        match node.function:
            case "duration":
                return f"({measured_ms} * {_MS_IN_S!r})"
            case "elapsed":
                return f"(({measured_ms} + {self._m(keys.GAP_MS)}) * {_MS_IN_S!r})"
            case "integral" | "time" | "entries":
                scale = f" * {_MS_IN_S!r}" if node.function == "time" else ""
                return f"({self._m(node.key)}{scale} if {self._known_ms(node)} else nan)"
            case "increase":
                told = (
                    f"{self._m(keys.ROWS)} - {self._m(keys.PARTS)} + {self._m(keys.told_key(node))}"
                )
                return f"({self._m(node.key)} if {told} else nan)"
            case "count" | "sum":
                items = f"{self._m(keys.ROWS)} + {self._m(keys.EVENTS)}"
                return f"({self._m(node.key)} if {items} else nan)"
            case _:
                return self._statistic(node)

    def _m(self, key: str) -> str:
        return self._v.slot(key)

    def _known_ms(self, node: Reduced) -> str:
        part, lost = self._v.layout.known[node.key]
        known = f"{self._m(keys.FULL_MS)} + {self._m(part)}"
        return known if lost is None else f"{known} - {self._m(lost)}"

    def _statistic(self, node: Reduced) -> str:
        series = self._v.layout.series_of[str(node.args[0])]
        absent, least, total, greatest = map(self._m, series.keys)
        count = f"({self._m(keys.ROWS)} - {absent})"
        if node.function == "std":
            given = f"{count}, {total}, {self._m(series.squares)}, {series.origin!r}"
            return f"spread({given})"
        if node.function == "mean":
            return f"divide({total}, {count})"
        return f"({least if node.function == 'least' else greatest} if {count} else nan)"

    # ------------------------------------------------------------ truths

    def compare(self, op: Comparison, left: str, right: str) -> str:
        return f"{_COMPARED[op]}({left}, {right})"

    def every(self, truths: Sequence[str]) -> str:
        return f"every(({', '.join(truths)}, ))"

    def some(self, truths: Sequence[str]) -> str:
        return self.negate(self.every([self.negate(truth) for truth in truths]))

    def negate(self, truth: str) -> str:
        return f"negated({truth})"

    def choose(self, condition: str, yes: str, no: str) -> str:
        return f"chosen({condition}, {yes}, {no})"


class FigureWriter:
    """Writes ``figures`` of one type: its KPIs, then what every type has."""

    def __init__(self, variables: Variables, formulas: Formulas) -> None:
        self._v = variables
        self._trees = formulas.kpis | {
            f"({name})": node for name, node in formulas.standing.items()
        }
        self._numbers = {name: at for at, name in enumerate(self._trees)}
        self.slopes = [
            node for node in keys.reduced(self._trees.values()) if node.function == "slope"
        ]
        self._code = FigureCode(variables, self._numbers, self.slopes)

    def source(self) -> Lines:
        yield "def figures(m, row, slopes):"
        yield f"    [{self._v.some('s', self._v.row)}] = row"
        for name in self._in_order():
            yield f"    v{self._numbers[name]} = {value(self._trees[name], self._code)}"
        yield f"    return ({''.join(f'v{at}, ' for at in self._numbers.values())})"

    def _in_order(self) -> list[str]:
        """Each behind those it names."""
        ordered: dict[str, None] = {}

        def follow(node: Node) -> None:
            if isinstance(node, Figure):
                visit(node.name)
            for child in children(node):
                follow(child)

        def visit(name: str) -> None:
            if name not in ordered:
                follow(self._trees[name])
                ordered[name] = None

        for name in self._trees:
            visit(name)
        return list(ordered)
