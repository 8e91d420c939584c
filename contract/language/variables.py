"""What the generated functions call things: variables numbered as in a row, slots by their place.

``s`` what the row says, ``p`` what was remembered, ``n`` what is known now, ``o`` when an input was
last read, ``c`` the same after this row; ``q`` what the row before said; ``k`` parameters, ``f``
fields of an event.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from contract.language.code import Code
from contract.language.layout import Layout, inputs
from contract.language.means import COOLING, RULED
from contract.language.tree import Node
from contract.language.vocabulary import Vocabulary

Lines = Iterator[str]


def indented(lines: Iterable[str], deep: int = 1) -> Lines:
    yield from (f"{'    ' * deep}{line}" for line in lines)


class Variables:
    """Of one type."""

    def __init__(self, words: Vocabulary, layout: Layout) -> None:
        self.words = words
        self.layout = layout
        self.row = words.row_names
        self._index = {name: at for at, name in enumerate(words.row_names)}
        self.params_in_order = tuple(words.params)
        self._codes = words.codes
        followed = layout.named("integral", "time", "entries", "increase")
        self.remembered = self.in_order(*(inputs(node.args[0]) for node in followed))
        self.timed = [name for name in self.remembered if name in words.signals]
        cooling = (n for n in layout.named(RULED) if layout.means[n.key].rule == COOLING)
        self.compared = self.in_order(*(inputs(node.args[1]) for node in cooling))

    @property
    def params(self) -> str:
        return ", ".join(f"k{at}" for at in range(len(self.params_in_order)))

    def in_order(self, *names: Iterable[str]) -> list[str]:
        return sorted(set[str]().union(*names), key=self._index.__getitem__)

    def slot(self, key: str) -> str:
        return f"m[{self.layout.at[key]}]"

    def one(self, prefix: str, name: str) -> str:
        return f"{prefix}{self._index[name]}"

    def some(self, prefix: str, names: Iterable[str]) -> str:
        """As part of a tuple: each with a comma behind."""
        return "".join(f"{self.one(prefix, name)}, " for name in names)

    def known(self, prefix: str, names: Iterable[str]) -> str:
        """A sum that is NaN if one of them is: it equals itself if all are known."""
        return " + ".join(self.one(prefix, name) for name in names) or "0.0"

    def known_inputs(self, prefix: str, node: Node) -> str:
        return self.known(prefix, self.in_order(inputs(node)))

    # ------------------------------------------------------------ algebras

    def code(self, variable: Callable[[str], str]) -> Code:
        return Code(variable, self.params_in_order, self._codes)

    def at(self, prefix: str) -> Code:
        """Of one moment."""
        return self.code(partial(self.one, prefix))

    def at_end(self, prefix: str) -> Code:
        """Of the end of an interval, until which what goes in steps has kept its value."""
        is_step = self.words.is_step
        return self.code(lambda name: self.one("p" if is_step(name) else prefix, name))
