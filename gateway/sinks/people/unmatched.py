"""A route and the machines there are in; out, which names of it mean none of them. Pure.

``Hall 2`` in people.toml is no ``hall 2`` of the registry, and nobody would be told.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from gateway.sinks.people.routing import Machine
from gateway.sinks.people.words import Route

_ALIKE: Final = 0.6
_MOST_NAMED: Final = 3


def doubt(route: Route, machines: Mapping[str, Machine]) -> str | None:
    """A sentence on the places, groups and machines that there are none of; None: all are there."""
    places = {each.place for each in machines.values()} - {""}
    groups = {each.group for each in machines.values()} - {""}
    said = [
        *_unknown("place", route.places, places),
        *_unknown("group", route.groups, groups),
        *_unknown("machine", route.machines, machines),
    ]
    more = f" (and {len(said) - _MOST_NAMED} more)" if len(said) > _MOST_NAMED else ""
    return "; ".join(said[:_MOST_NAMED]) + f"{more}." if said else None


def _unknown(kind: str, asked: Iterable[str], known: Iterable[str]) -> list[str]:
    names = sorted(known)
    none = "There is no machine" if kind == "machine" else f"No machine is of the {kind}"
    return [f"{none} {name!r}{_hint(name, names)}" for name in asked if name not in names]


def _hint(name: str, names: list[str]) -> str:
    folded = {each.casefold(): each for each in names}
    alike = get_close_matches(name.casefold(), folded, n=1, cutoff=_ALIKE)
    return f" (is {folded[alike[0]]!r} meant?)" if alike else ""
