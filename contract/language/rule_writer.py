"""What is kept of figures of rules in, the source of the lines that add a measured interval out.

They stand where ``d`` is how many milliseconds it had, and say what the rule does at its end: of
the row ``s`` alone, and of what the row before said, ``q``.
"""

from typing import Final

from contract.language.algebra import value
from contract.language.means import (
    COOLING,
    HEALTH,
    RULED,
    Mean,
    Pair,
    ambient_of,
    has_ambient,
)
from contract.language.tree import Reduced
from contract.language.variables import Lines, Variables, indented

INDEX_FUNCTION: Final = "thermal_index"  # what the code calls the function of that name


class RuleWriter:
    """Writes the lines of one type."""

    def __init__(self, variables: Variables) -> None:
        self._v = variables
        self._asset = variables.words.asset
        self._layout = variables.layout

    def interval(self) -> Lines:
        for node in self._layout.named(RULED):
            mean = self._layout.means[node.key]
            if mean.rule == HEALTH:
                continue
            write = self._cooling if mean.rule == COOLING else self._index
            yield from write(node, mean)

    def _cooling(self, node: Reduced, mean: Mean) -> Lines:
        """By how much it fell from one row to the next."""
        name = str(node.args[1])
        yield f"x = {self._v.one('q', name)} - {self._v.one('s', name)}"
        yield f"if x == x: {self._add(mean.pairs[0], 'x')}"

    def _index(self, node: Reduced, mean: Mean) -> Lines:
        """What lacks the ambient is judged by the reference, and kept apart."""
        thermal = self._asset.thermal
        assert thermal is not None
        reference = repr(float(thermal.reference_ambient_c))
        if not has_ambient(self._asset):
            yield from self._index_beside(reference, node, mean.pairs[0])
            return
        ambient = self._v.one("s", ambient_of(thermal))
        yield f"if {ambient} == {ambient}:"
        yield from indented(self._index_beside(ambient, node, mean.pairs[0]))
        yield "else:"
        yield from indented(self._index_beside(reference, node, mean.pairs[1]))

    def _index_beside(self, ambient: str, node: Reduced, pair: Pair) -> Lines:
        thermal, running = self._asset.thermal, self._asset.running
        assert thermal is not None
        temperature, speed = (
            self._v.one("s", name) for name in (thermal.temperature_channel, thermal.speed_channel)
        )
        runs = "1.0" if running is None else self._v.one("s", running.channel)
        given = f"{temperature}, {speed}, {ambient}, {runs}, {self._power(node)}"
        yield f"x = {INDEX_FUNCTION}({given})"
        yield f"if x == x: {self._add(pair, 'x * d')}"

    def _power(self, node: Reduced) -> str:
        if len(node.args) == 1:
            return "None"
        known = self._v.known_inputs("s", node.args[1])
        return f"{value(node.args[1], self._v.at('s'))} if ({known}) == ({known}) else nan"

    def _add(self, pair: Pair, what: str) -> str:
        return f"{self._v.slot(pair.total)} += {what}; {self._v.slot(pair.ms)} += d"
