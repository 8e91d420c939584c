"""A formula as a tree: the parts it may have, and one way to write each.

``formula`` reads a text into these, with plain names. ``meaning`` says what each name is, puts the
conversions of units in, and leaves none of the first group.
"""

from dataclasses import dataclass, field
from typing import Literal

Operator = Literal["+", "-", "*", "/", "**"]
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]

# ---------------------------------------------------------------- as read


@dataclass(frozen=True, slots=True)
class Name:
    id: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Field:
    """``service.volume``, or ``state.element``."""

    of: str
    id: str

    def __str__(self) -> str:
        return f"{self.of}.{self.id}"


@dataclass(frozen=True, slots=True)
class Within:
    """``state in (a, b)``."""

    left: "Node"
    names: tuple[str, ...]
    negated: bool

    def __str__(self) -> str:
        return f"{self.left}{' not' if self.negated else ''} in ({', '.join(self.names)})"


# ---------------------------------------------------------------- leaves


@dataclass(frozen=True, slots=True)
class Number:
    value: float

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Signal:
    """What a reading carries: a channel, a counter; ``of`` an event: one of its fields."""

    name: str
    of: str = ""

    def __str__(self) -> str:
        return f"{self.of}.{self.name}" if self.of else self.name


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Figure:
    """Another KPI."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Reduced:
    """What readings or events are reduced to: a sum, or what is made of sums alone."""

    function: str
    args: tuple["Node", ...] = ()
    key: str = field(init=False, compare=False, repr=False)  # written once: it is looked up by

    def __post_init__(self) -> None:
        key = f"{self.function}({', '.join(map(str, self.args))})"
        object.__setattr__(self, "key", key)

    def __str__(self) -> str:
        return self.key


Leaf = Signal | Parameter | Figure | Reduced

# ---------------------------------------------------------------- what combines them


@dataclass(frozen=True, slots=True)
class Binary:
    op: Operator
    left: "Node"
    right: "Node"

    def __str__(self) -> str:
        return f"({self.left} {self.op} {self.right})"


@dataclass(frozen=True, slots=True)
class Call:
    """``abs``, ``min``, ``max``, ``sqrt``, and ``where`` with a condition first."""

    function: str
    args: tuple["Node", ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.args))})"


@dataclass(frozen=True, slots=True)
class Compare:
    op: Comparison
    left: "Node"
    right: "Node"

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True, slots=True)
class Among:
    """The state is one of ``values``, in the order the type has them."""

    state: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.state} in ({', '.join(self.values)})"


@dataclass(frozen=True, slots=True)
class Logic:
    op: Literal["and", "or"]
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return "(" + f" {self.op} ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class Not:
    of: "Node"

    def __str__(self) -> str:
        return f"not ({self.of})"


Condition = Compare | Among | Logic | Not | Within
Node = Name | Field | Number | Leaf | Binary | Call | Condition


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Reduced(args=args) | Call(args=args):
            return args
        case Binary(left=left, right=right) | Compare(left=left, right=right):
            return left, right
        case Logic(parts=parts):
            return parts
        case Not(of=of):
            return (of,)
        case _:
            return ()


def size(node: Node) -> int:
    """How many parts it has."""
    return 1 + sum(map(size, children(node)))


def is_set(node: Node) -> bool:
    """Whether it is made of numbers and parameters alone: nothing measured changes it."""
    return not isinstance(node, Reduced | Figure | Signal) and all(map(is_set, children(node)))
