"""A type in, the source of what else is asked of it out: of one row, or of one event.

``stopped`` says whether a row's machine stands, ``derive`` gives the channels nobody measures, and
each of ``events`` adds one event to the sums.
"""

from contract.language import layout as keys
from contract.language.algebra import truth, value
from contract.language.code import Code
from contract.language.meaning import Formulas
from contract.language.tree import Name, Node, Reduced, Signal, children
from contract.language.variables import Lines, Variables, indented


class MomentWriter:
    """Writes ``stopped``, ``derive`` and ``events`` of one type."""

    def __init__(self, variables: Variables, formulas: Formulas) -> None:
        self._v = variables
        self._words = variables.words
        self._layout = variables.layout
        self._formulas = formulas

    def source(self) -> Lines:
        yield from self._stopped()
        yield from self._derive()
        for at, name in enumerate(self._words.events):
            yield from self._event(at, name)
        yield f"events = ({''.join(f'event{at}, ' for at in range(len(self._words.events)))})"

    def _stopped(self) -> Lines:
        condition = self._formulas.stopped
        yield "def stopped(row):"
        if condition is None:
            yield "    return False"
            return
        yield f"    [{self._v.some('s', self._v.row)}] = row"
        yield f"    u = {self._v.known_inputs('s', condition)}"
        yield f"    return u == u and ({truth(condition, self._v.at('s'))})"

    def _derive(self) -> Lines:
        yield "def derive(row):"
        yield f"    [{self._v.some('s', self._v.row)}] = row"
        parts = "".join(f"{self._of_known(node)}, " for node in self._formulas.derived.values())
        yield f"    return ({parts})"

    def _of_known(self, node: Node) -> str:
        known = self._v.known_inputs("s", node)
        return f"{value(node, self._v.at('s'))} if ({known}) == ({known}) else nan"

    def _event(self, at: int, name: str) -> Lines:
        fields = [field for field, _ in self._words.events[name].fields]
        code = self._v.code(lambda field: f"f{fields.index(field)}")
        yield f"def event{at}(m, fields):"
        if fields:
            yield f"    {''.join(f'f{number}, ' for number in range(len(fields)))}= fields"
        yield f"    {self._v.slot(keys.EVENTS)} += 1"
        for node in self._layout.named("count", "sum"):
            if node.args[0] == Name(name):
                write = self._counted if node.function == "count" else self._summed
                yield from indented(write(node, code))

    def _counted(self, node: Reduced, code: Code) -> Lines:
        conditions = node.args[1:]
        slot = self._v.slot(str(node))
        if not conditions:
            yield f"{slot} += 1"
        for condition in conditions:
            named = sorted(_fields(condition))
            known = " + ".join(map(code.variable, named)) or "0.0"
            yield f"u = {known}"
            yield f"if u == u and ({truth(condition, code)}): {slot} += 1"

    def _summed(self, node: Reduced, code: Code) -> Lines:
        total, least, greatest = map(self._v.slot, (str(node), *keys.extremes(node)))
        yield f"x = {value(node.args[1], code)}"
        yield "if x - x == 0.0:"
        yield f"    {total} += x"
        yield f"    if x < {least}: {least} = x"
        yield f"    if x > {greatest}: {greatest} = x"


def _fields(node: Node) -> frozenset[str]:
    """The fields of an event that it is computed from: a truth of one that lacks is none."""
    if isinstance(node, Signal):
        return frozenset({node.name})
    return frozenset[str]().union(*map(_fields, children(node)))
