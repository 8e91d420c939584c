"""A checked tree with its unit, and what a checker of one can be asked."""

from typing import Literal, NamedTuple, Protocol

from contract.errors import WrongType
from contract.language.tree import Binary, Condition, Node, Number
from contract.language.units import Unit
from contract.language.vocabulary import Vocabulary

Level = Literal["readings", "events", "sums"]


class Typed(NamedTuple):
    """A checked tree, and the unit of what it gives."""

    node: Node
    unit: Unit

    def into(self, wanted: Unit, text: str) -> "Typed":
        """The same in another unit, which is written ``text``."""
        if not self.unit.is_like(wanted):
            raise WrongType(
                f"it gives {self.unit}, but its unit {text!r} is {wanted}: change one of them."
            )
        return Typed(self._scaled(self.unit.per(wanted)), wanted)

    def beside(self, other: "Typed") -> Node:
        """The same in the unit of ``other``, which it is compared with or added to."""
        return self._scaled(self.unit.per(other.unit))

    def _scaled(self, factor: float) -> Node:
        return self.node if factor == 1.0 else Binary("*", self.node, Number(factor))


class Checking(Protocol):
    """What a reducer asks of the checker that met it."""

    @property
    def words(self) -> Vocabulary: ...

    @property
    def event(self) -> str:
        """The event whose fields were named."""

    def over(self, level: Level, event: str = "") -> "Checking":
        """A checker of what is reduced."""

    def expression(self, node: Node) -> Typed: ...

    def condition(self, node: Node) -> Condition: ...
