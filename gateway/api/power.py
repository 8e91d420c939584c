"""A reading in, the power in W that its type works out of it out. Pure."""

from math import isfinite, nan
from typing import Final

import msgspec

from contract.assets.words import Asset
from contract.language.program import Functions, program_of
from contract.language.tree import Signal
from contract.language.units import unit
from contract.messages import Value
from gateway.twin.dated import Dated
from gateway.twin.formulas import formulas_of
from gateway.twin.ledger import ledger_of

_WATT: Final = unit("W")
_values_of: Final = msgspec.json.Decoder(dict[str, Value]).decode


def worked_out(asset: Asset) -> str | None:
    """The figure that says it of a reading; None: there is none, or a channel measures it."""
    name = formulas_of(asset).power
    leaves = program_of(asset).leaves[name] if name else []
    is_so = leaves and all(
        leaf.function == "latest" and not isinstance(leaf.args[0], Signal) for leaf in leaves
    )
    return name if is_so else None


class Power:
    """Of the readings of one device, whose type works it out."""

    def __init__(self, asset: Asset, figure: str, params: Dated) -> None:
        program = program_of(asset)
        self._ledger, self._params = ledger_of(asset), params
        self._at = list(program.formulas.kpis).index(figure)
        self._watts = unit(program.words.kpis[figure].unit).per(_WATT)
        self._nothing, self._no_slopes = program.zero(), (nan,) * len(program.slopes)
        self._functions: Functions | None = None
        self._since_ms = self._turn_ms = 0

    def __call__(self, time_ms: int, body: str) -> float | None:
        """``body``: the reading's values as the journal has them; None: it cannot be told."""
        row = self._ledger.row(_values_of(body))
        figures = self._functions_at(time_ms).figures(self._nothing, row, self._no_slopes)
        watts = figures[self._at] * self._watts
        return watts if isfinite(watts) else None

    def _functions_at(self, time_ms: int) -> Functions:
        if self._functions is None or not self._since_ms <= time_ms < self._turn_ms:
            self._functions = self._ledger.functions_at(self._params.at(time_ms))
            self._since_ms, self._turn_ms = time_ms, self._params.ends_ms(time_ms)
        return self._functions
