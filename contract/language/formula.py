"""A formula's text in, a tree out: Python's expressions, and of them only what is listed here.

Formulas come from whoever writes a type, by TOML too, so a text is bounded in length and depth, and
nothing of it is ever run: ``code`` writes its own from the checked tree.
"""

import ast
import math
import re
from typing import Final

from contract.errors import WrongType
from contract.language.tree import (
    Binary,
    Call,
    Compare,
    Comparison,
    Field,
    Logic,
    Name,
    Node,
    Not,
    Number,
    Operator,
    Within,
)

LONGEST: Final = 600
DEEPEST: Final = 20

_ALLOWED: Final = re.compile(r"[A-Za-z0-9_ .,()<>=!+*/\n-]*")
_OPERATORS: Final[dict[type[ast.operator], Operator]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_COMPARISONS: Final[dict[type[ast.cmpop], Comparison]] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_HELP: Final = (
    "write numbers, names, + - * / **, comparisons, and, or, not, `state in (a, b)` and functions"
)


def parse(text: str) -> Node:
    """The tree of ``text``, its names not looked up yet.

    Raises:
        WrongType: it is no formula; the sentence says which part is not.
    """
    if len(text) > LONGEST:
        raise WrongType(
            f"it is longer than {LONGEST} characters: give a part of it a name of its own."
        )
    strange = text[_end_of_allowed(text) :][:1]
    if strange:
        raise WrongType(f"{strange!r} has no place in a formula: {_HELP}.")
    if _depth(text) > DEEPEST:
        raise WrongType(f"its brackets are more than {DEEPEST} deep: give a part of it a name.")
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise WrongType(f"it cannot be read: {_HELP}, and close every bracket.") from None
    return _Reader(text.strip()).node(body, DEEPEST)


def _end_of_allowed(text: str) -> int:
    match = _ALLOWED.match(text)
    return match.end() if match else 0


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


class _Reader:
    """From Python's tree to ours, part by part."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _wrong(self, node: ast.expr, why: str) -> WrongType:
        return WrongType(f"`{ast.get_source_segment(self._text, node)}` {why}.")

    def node(self, node: ast.expr, room: int) -> Node:  # noqa: C901, PLR0911  one a kind of part
        if room < 0:
            raise WrongType(f"its parts are more than {DEEPEST} deep: give a part of it a name.")
        match node:
            case ast.Constant(value=value):
                return self._number(node, value)
            case ast.Name(id=name):
                return Name(name)
            case ast.Attribute(value=ast.Name(id=of), attr=name):
                return Field(of, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.node(operand, room - 1)
                return self._negative(inner)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.node(operand, room - 1))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                operator = _OPERATORS[type(op)]
                return Binary(operator, self.node(left, room - 1), self.node(right, room - 1))
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.node(value, room - 1) for value in values)
                return Logic("and" if isinstance(op, ast.And) else "or", parts)
            case ast.Compare():
                return self._comparison(node, room - 1)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return Call(name, tuple(self.node(arg, room - 1) for arg in args))
            case _:
                raise self._wrong(node, f"is not of this language: {_HELP}")

    def _number(self, node: ast.expr, value: object) -> Number:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(node, "is no number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise WrongType("a number in it is too large to be one.")
        return Number(number)

    @staticmethod
    def _negative(inner: Node) -> Node:
        if isinstance(inner, Number):
            return Number(-inner.value)
        return Binary("*", Number(-1.0), inner)

    def _comparison(self, node: ast.Compare, room: int) -> Node:
        """``low < x < high`` is two of them."""
        sides = [node.left, *node.comparators]
        parts = tuple(
            self._pair(node, op, left, right, room)
            for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
        )
        return parts[0] if len(parts) == 1 else Logic("and", parts)

    def _pair(
        self, node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr, room: int
    ) -> Node:
        if isinstance(op, ast.In | ast.NotIn):
            return Within(self.node(left, room), self._names(right), isinstance(op, ast.NotIn))
        if type(op) not in _COMPARISONS:
            raise self._wrong(node, "compares in a way that is not of this language")
        return Compare(_COMPARISONS[type(op)], self.node(left, room), self.node(right, room))

    def _names(self, node: ast.expr) -> tuple[str, ...]:
        elements = node.elts if isinstance(node, ast.Tuple) else [node]
        names = tuple(each.id for each in elements if isinstance(each, ast.Name))
        if len(names) < len(elements) or not names:
            raise self._wrong(node, "should name values of a state: `state in (idle, error)`")
        return names
