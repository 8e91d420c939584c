"""A moment of the twin in, what the formulas of its type say of it out."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import isfinite, nan
from typing import Final

from contract.assets.words import TYPES_REMEMBERED, Asset
from contract.language.means import HEALTH
from contract.language.program import Row
from contract.language.reducers import OF_THE_MOMENT
from contract.language.sums import Sums
from contract.language.thermal import thermal_index
from contract.messages import Value
from gateway.twin.ledger import ledger_of
from gateway.twin.trends import Recent

_EXACT: Final = frozenset({"increase", "elapsed"})  # of these a gap hides nothing


Figures = Callable[[Sums, Row, Sequence[float]], Row]


class Formulas:
    """Of one asset type; shared by its twins."""

    def __init__(self, asset: Asset) -> None:
        self._ledger = ledger_of(asset)
        thermal = asset.thermal
        self.index = None if thermal is None else thermal_index(thermal, asset.running)
        self.health = next((each.name for each in asset.kpis if each.rule == HEALTH), None)
        program = self._ledger.program
        self._names = tuple(program.formulas.kpis)
        powers = (each.name for each in asset.kpis if each.role == "power")
        self.power = next((name for name in powers if name in self._names), None)
        kinds = {name: {leaf.function for leaf in program.leaves[name]} for name in self._names}
        self._shares = [_share(kinds[name]) for name in self._names]
        self._slopes = [(str(of), float(str(s))) for of, s in (n.args for n in program.slopes)]

    def at(self, params: Mapping[str, float]) -> Figures:
        """What works figures out, at these parameters."""
        return self._ledger.functions_at(params).figures

    def figures(
        self,
        sums: Sums,
        values: Mapping[str, Value],
        recent: Recent,
        *,
        work_out: Figures,
        present: float,
        covered: float,
    ) -> dict[str, tuple[float | None, float]]:
        """Each figure by its name, and its coverage; None: it cannot be told.

        Args:
            sums: of the stretch of time it is asked of.
            values: the newest of each channel.
            recent: the last seconds of them.
            work_out: the program's function, at the parameters of now.
            present: the coverage of what is of the moment.
            covered: the share of the stretch that was measured.
        """
        slopes = [recent.slope(channel, seconds) for channel, seconds in self._slopes]
        row = self._ledger.row(values)
        found = work_out(sums, row, [nan if each is None else each for each in slopes])
        shares = (present, covered, 1.0)
        return {
            name: (value, shares[share]) if isfinite(value) else (None, 0.0)
            for name, value, share in zip(self._names, found, self._shares, strict=False)
        }


def _share(functions: set[str]) -> int:
    """What coverage a figure has: 0 that of the present, 1 that of the stretch, 2 all of it."""
    if functions and functions <= _EXACT:
        return 2
    return 0 if functions and functions <= OF_THE_MOMENT else 1


@lru_cache(maxsize=TYPES_REMEMBERED)
def formulas_of(asset: Asset) -> Formulas:
    return Formulas(asset)
