"""The algebra of whole columns: a checked formula over arrays, as derived channels are told by."""

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Final

import numpy as np

from contract.language.numbers import COMPARE
from contract.language.tree import Among, Comparison, Leaf, Operator, Parameter, Signal
from inference.windows.features import FloatArray, MaskArray

_BINARY: Final[dict[Operator, Callable[[FloatArray, FloatArray], FloatArray]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


class Arrays:
    """Values of many readings at once; what cannot be told is not finite.

    Args:
        columns: of channels and counters, and of states as codes.
        params: of the type, as it has them by default.
        codes: of each state's values.
    """

    def __init__(
        self,
        columns: Mapping[str, FloatArray],
        *,
        params: Mapping[str, float],
        codes: Mapping[str, Mapping[str, float]],
    ) -> None:
        self._columns = columns
        self._params = params
        self._codes = codes

    def number(self, value: float) -> FloatArray:
        return np.array(value)

    def leaf(self, node: Leaf) -> FloatArray:
        match node:
            case Signal(name=name):
                return self._columns[name]
            case Parameter(name=name):
                return np.array(self._params[name])
            case _:
                raise TypeError(f"{node} is nothing that a reading tells")

    def binary(self, op: Operator, left: FloatArray, right: FloatArray) -> FloatArray:
        return _BINARY[op](left, right)

    def call(self, function: str, args: Sequence[FloatArray]) -> FloatArray:
        if function == "min":
            return reduce(np.minimum, args)  # one of them may be a parameter, and no column
        if function == "max":
            return reduce(np.maximum, args)
        found: FloatArray = (np.sqrt if function == "sqrt" else np.abs)(args[0])
        return found

    def choose(self, condition: MaskArray, yes: FloatArray, no: FloatArray) -> FloatArray:
        return np.where(condition, yes, no)

    def compare(self, op: Comparison, left: FloatArray, right: FloatArray) -> MaskArray:
        return COMPARE[op](left, right)  # type: ignore[arg-type, return-value]

    def among(self, node: Among) -> MaskArray:
        codes = self._codes[node.state]
        return np.isin(self._columns[node.state], [codes[value] for value in node.values])

    def every(self, truths: Sequence[MaskArray]) -> MaskArray:
        return np.logical_and.reduce(truths)  # type: ignore[no-any-return]

    def some(self, truths: Sequence[MaskArray]) -> MaskArray:
        return np.logical_or.reduce(truths)  # type: ignore[no-any-return]

    def negate(self, truth: MaskArray) -> MaskArray:
        return np.logical_not(truth)
