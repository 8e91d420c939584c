"""A figure of a type in; what of it is stored, and stays so until it is restated, out. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from contract.assets.words import Asset
from contract.errors import Refused
from contract.language.means import HEALTH
from contract.language.program import params_in, program_of
from contract.language.reducers import OF_THE_MOMENT
from contract.language.tree import Figure as Named
from contract.language.tree import Node, Parameter, Reduced, children


class Figure(NamedTuple):
    """``added_at``: parameters that its sums were added up with; ``worth_at``: its formula's.

    ``is_told``: no reading tells it.
    """

    name: str
    is_stored: bool
    added_at: list[str]
    worth_at: list[str]
    is_told: bool = False

    @property
    def text(self) -> str:
        """What is restated of it, and what need not be."""
        if self.is_told:
            return f"{self.name} is what was told at the time: it stays, and nothing restates it."
        if not self.is_stored:
            return f"{self.name} is of the moment: nothing of it is stored."
        said = f"{self.name} is worked out of the sums of minutes whenever it is asked for"
        if self.worth_at:
            said += f", at {_and(self.worth_at)} of their time: that needs no restatement"
        if self.added_at:
            return f"{said}; the sums were added up at {_and(self.added_at)}, and are restated."
        return f"{said}; the sums depend on no parameter, and are restated."


def figures(asset: Asset, names: list[str]) -> list[Figure]:
    """Those of a type that are called so. Raises Refused: it has none of that name."""
    known = [kpi.name for kpi in asset.kpis]
    for name in names:
        if name not in known:
            raise Refused(f"A {asset.name} has no KPI {name[:40]!r}; it has {', '.join(known)}.")
    return [_figure(asset, name) for name in names]


def _figure(asset: Asset, name: str) -> Figure:
    program = program_of(asset)
    kpis, leaves = program.figures, program.sums_of.get(name, [])
    added = {param for leaf in leaves for part in leaf.args for param in params_in(part)}
    worth = _outside(kpis[name], kpis) if name in kpis else set()
    is_stored = any(leaf.function not in OF_THE_MOMENT for leaf in leaves)
    rule = next(kpi.rule for kpi in asset.kpis if kpi.name == name)
    return Figure(name, is_stored, sorted(added), sorted(worth), rule == HEALTH)


def _outside(node: Node, kpis: Mapping[str, Node]) -> set[str]:
    """The parameters of a formula that are in no sum."""
    if isinstance(node, Parameter):
        return {node.name}
    if isinstance(node, Reduced):
        return set()
    parts = (kpis[node.name],) if isinstance(node, Named) else children(node)
    return set[str]().union(*(_outside(part, kpis) for part in parts))


def _and(names: list[str]) -> str:
    return " and ".join(names)
