"""A tree as read in, a checked tree and its unit out.

In the checked tree every name is a signal, a parameter or a KPI, what is derived stands in full,
and conversions of units are multiplications: whoever computes with it looks nothing up.
"""

from typing import Final, Protocol

from contract.errors import WrongType
from contract.language.reducers import REDUCERS
from contract.language.tree import (
    Among,
    Binary,
    Call,
    Compare,
    Condition,
    Field,
    Figure,
    Logic,
    Name,
    Node,
    Not,
    Number,
    Parameter,
    Reduced,
    Signal,
    Within,
    size,
)
from contract.language.typed import Level, Typed
from contract.language.units import ONE, Unit
from contract.language.vocabulary import Vocabulary, hint

LARGEST: Final = 400  # parts of a tree, with all that is derived in full
_GREATEST_POWER: Final = 10.0
_ARGUMENTS: Final = {"abs": 1, "sqrt": 1, "min": 2, "max": 2, "where": 3}


class Names(Protocol):
    """Where names lead to."""

    vocabulary: Vocabulary

    def kpi(self, name: str) -> Typed: ...

    def derived(self, name: str) -> Typed: ...


class Checker:
    """Checks one formula: over a reading, over the fields of one event, or over sums."""

    def __init__(self, names: Names, level: Level, event: str = "") -> None:
        self._names = names
        self.words = names.vocabulary
        self._level = level
        self.event = event

    def over(self, level: Level, event: str = "") -> "Checker":
        """A checker of what is reduced."""
        return Checker(self._names, level, event)

    def expression(self, node: Node) -> Typed:
        """A value: its checked tree and its unit."""
        found = self._expression(node)
        _bounded(found.node)
        return found

    def condition(self, node: Node) -> Condition:
        """What is true or not."""
        found = self._condition(node)
        _bounded(found)
        return found

    # ------------------------------------------------------------ values

    def _expression(self, node: Node) -> Typed:  # noqa: PLR0911  one a kind of part
        match node:
            case Number():
                return Typed(node, ONE)
            case Name(id=name):
                return self._name(name)
            case Field(of=of, id=name):
                return self._field(of, name)
            case Binary(op="**"):
                return self._power(node)
            case Binary(op="*" | "/"):
                return self._product(node)
            case Binary():
                return self._sum(node)
            case Call(function=function) if function in _ARGUMENTS:
                return self._function(node)
            case Call():
                return self._reduced(node)
            case _:
                raise WrongType(
                    f"`{node}` is a condition where a value is needed: where({node}, 1, 0) "
                    "makes one of it."
                )

    def _name(self, name: str) -> Typed:
        words = self.words
        if name in words.params:
            return Typed(Parameter(name), words.unit_of(name))
        if self._level == "sums":
            return self._name_in_sums(name)
        if self._level == "readings" and name in words.signals:
            return Typed(Signal(name), words.unit_of(name))
        if self._level == "readings" and name in words.derived:
            return self._names.derived(name)
        if name in words.states:
            value = next(iter(words.states[name].elements))
            raise WrongType(f"`{name}` is a state, no number: compare it, as in {name} == {value}.")
        known = (*words.signals, *words.derived, *words.params)
        raise WrongType(f"`{name}` is not known here{hint(name, known)}.")

    def _name_in_sums(self, name: str) -> Typed:
        words = self.words
        if name in words.kpis:
            return Typed(Figure(name), self._names.kpi(name).unit)
        if name in words.counters:
            raise WrongType(f"`{name}` is a counter: write increase({name}) for what it grew by.")
        if name in words.signals or name in words.derived:
            raise WrongType(
                f"`{name}` has no one value over time: write mean({name}), integral({name})"
                f", least({name}), greatest({name}) or latest({name})."
            )
        if name in words.states:
            raise WrongType(
                f"`{name}` is a state: write time({name} == …) or entries({name} == …)."
            )
        if name in words.events:
            raise WrongType(f"`{name}` is an event: write count({name}) or sum({name}.…).")
        raise WrongType(
            f"`{name}` is no parameter and no KPI{hint(name, (*words.params, *words.kpis))}."
        )

    def _field(self, of: str, name: str) -> Typed:
        if self._level != "events" or of not in self.words.events:
            raise WrongType(
                f"`{of}.{name}` has no value here: fields of an event are summed, as in "
                "sum(service.volume)."
            )
        if of != (self.event or of):
            raise WrongType(
                f"`{of}.{name}` is of another event than {self.event!r}: sum each alone."
            )
        self.event = of
        return Typed(Signal(name, of), self.words.field_unit(of, name))

    def _product(self, node: Binary) -> Typed:
        left, right = self._expression(node.left), self._expression(node.right)
        for side, typed in ((node.left, left), (node.right, right)):
            self._no_point(side, typed)
        unit = left.unit * right.unit if node.op == "*" else left.unit / right.unit
        return Typed(Binary(node.op, left.node, right.node), unit)

    def _power(self, node: Binary) -> Typed:
        base, exponent = self._expression(node.left), node.right
        if not isinstance(exponent, Number) or abs(exponent.value) > _GREATEST_POWER:
            raise WrongType(f"in `{node}` the exponent must be a number up to {_GREATEST_POWER:g}.")
        self._no_point(node.left, base)
        is_whole = exponent.value.is_integer()
        if base.unit.dimensions and not is_whole:
            raise WrongType(
                f"`{node.left}` is {base.unit}: only a plain number has such a power. "
                "Divide it by a rated value first."
            )
        plain = base.into(ONE, "1") if not is_whole else base
        unit = base.unit ** int(exponent.value) if is_whole else ONE
        return Typed(Binary("**", plain.node, exponent), unit)

    def _sum(self, node: Binary) -> Typed:
        left, right = self._expression(node.left), self._expression(node.right)
        one, other = left.unit, right.unit
        if one.dimensions != other.dimensions:
            raise WrongType(
                f"`{node}` takes {one} and {other} together: only like things have a sum. "
                "A number with a unit is a Param."
            )
        if one.is_point and other.is_point and node.op == "+":
            raise WrongType(
                f"`{node}` adds two temperatures, which means nothing: take their "
                "difference, or mean()."
            )
        if other.is_point and not one.is_point and node.op == "-":
            raise WrongType(f"`{node}` takes a temperature from a difference: turn it round.")
        is_point = (one.is_point or other.is_point) and not (one.is_point and other.is_point)
        unit = Unit(one.factor, one.dimensions, is_point=is_point)
        return Typed(Binary(node.op, left.node, right.beside(left)), unit)

    def _no_point(self, node: Node, typed: Typed) -> None:
        if typed.unit.is_point:
            raise WrongType(
                f"`{node}` is a temperature in °C, a point on a scale: twice of it means "
                "nothing. Take a difference first."
            )

    def _function(self, node: Call) -> Typed:
        wanted = _ARGUMENTS[node.function]
        if len(node.args) != wanted:
            raise WrongType(
                f"`{node}`: {node.function}() takes {wanted} things, not {len(node.args)}."
            )
        if node.function == "where":
            return self._where(node)
        if node.function in ("min", "max"):
            left, right = self._alike(node, *node.args)
            return Typed(Call(node.function, (left.node, right.node)), left.unit)
        of = self._expression(node.args[0])
        self._no_point(node.args[0], of)
        unit = of.unit.root() if node.function == "sqrt" else of.unit
        if unit is None:
            raise WrongType(f"`{node}`: {of.unit} is no square, so it has no root.")
        return Typed(Call(node.function, (of.node,)), unit)

    def _where(self, node: Call) -> Typed:
        condition = self._condition(node.args[0])
        yes, no = self._alike(node, *node.args[1:])
        return Typed(Call("where", (condition, yes.node, no.node)), yes.unit)

    def _alike(self, whole: Node, left: Node, right: Node) -> tuple[Typed, Typed]:
        """Both in the unit of the first; a bare number has the unit of what it stands beside."""
        one, other = self._expression(left), self._expression(right)
        if isinstance(other.node, Number):
            other = Typed(other.node, one.unit)
        elif isinstance(one.node, Number):
            one = Typed(one.node, other.unit)
        if not one.unit.is_like(other.unit):
            raise WrongType(
                f"`{whole}` compares {one.unit} with {other.unit}: only like things can be "
                "compared."
            )
        return one, Typed(other.beside(one), one.unit)

    def _reduced(self, node: Call) -> Typed:
        reducer = REDUCERS.get(node.function)
        if reducer is None:
            known = (*_ARGUMENTS, *REDUCERS)
            raise WrongType(f"there is no function {node.function}(){hint(node.function, known)}.")
        if self._level != "sums":
            raise WrongType(f"`{node}` looks over time, which nothing inside another sum can do.")
        args, unit = reducer(self, node)
        return Typed(Reduced(node.function, args), unit)

    # ------------------------------------------------------------ conditions

    def _condition(self, node: Node) -> Condition:
        match node:
            case Logic(op=op, parts=parts):
                return Logic(op, tuple(self._condition(part) for part in parts))
            case Not(of=of):
                return Not(self._condition(of))
            case Within(left=left, names=names, negated=negated):
                return self._among(left, names, negated=negated)
            case Compare(left=left, op=op, right=Name(id=name)) if self._is_state(left):
                if op not in ("==", "!="):
                    raise WrongType(f"`{node}`: a state has no order: use == or !=.")
                return self._among(left, (name,), negated=op == "!=")
            case Compare(op=op, left=left, right=right):
                one, other = self._alike(node, left, right)
                return Compare(op, one.node, other.node)
            case _:
                raise WrongType(f"`{node}` is no condition: compare it with something.")

    def _is_state(self, node: Node) -> bool:
        match node:
            case Name(id=name) | Field(of=name, id="element"):
                return name in self.words.states
        return False

    def _among(self, left: Node, names: tuple[str, ...], *, negated: bool) -> Condition:
        if not self._is_state(left) or self._level != "readings":
            raise WrongType(
                f"`{left}` is no state that is known here: only a state is in one of some values."
            )
        if isinstance(left, Field):
            found = Among(left.of, self.words.values_in_element(left.of, names))
        else:
            found = Among(str(left), self.words.values_of(str(left), names))
        return Not(found) if negated else found


def _bounded(node: Node) -> None:
    if size(node) > LARGEST:
        raise WrongType(f"with all it names in full it has more than {LARGEST} parts: shorten it.")
