"""Every name of an asset type, and what it stands for."""

from collections import Counter as Tally
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property

from contract.assets.words import Asset, Channel, Counter, Derived, Event, Kpi, Param, State
from contract.errors import WrongType
from contract.language.units import Unit, unit


class Vocabulary:
    """Looks up names; units are read when a formula needs them, and no sooner."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        optional = (channel for channel in asset.channels if channel.optional)
        channels = (*asset.required, *optional)
        self.signals: dict[str, Channel | Counter] = {
            **{channel.name: channel for channel in channels},
            **{counter.name: counter for counter in asset.counters},
        }
        self.states: dict[str, State] = {each.name: each for each in asset.states}
        self.events: dict[str, Event] = {each.name: each for each in asset.events}
        self.derived: dict[str, Derived] = {each.name: each for each in asset.derived}
        self.params: dict[str, Param] = {each.name: each for each in asset.params}
        self.counters = {each.name: each for each in asset.counters}
        self.kpis: dict[str, Kpi] = {each.name: each for each in asset.kpis}
        self._check_unique()

    def _check_unique(self) -> None:
        asset = self.asset
        tally: Tally[str] = Tally()
        for words in (asset.channels, asset.counters, asset.states, asset.labels, asset.events,
                      asset.derived, asset.params, asset.kpis):  # fmt: skip
            tally.update(each.name for each in words)
        for name, count in tally.items():
            if count > 1:
                raise WrongType(
                    f"The type {asset.name!r} has {count} things called {name!r}: one name each."
                )

    @cached_property
    def row_names(self) -> tuple[str, ...]:
        """What a row holds, in order: required channels, optional ones, counters, states."""
        return (*self.signals, *self.states)

    def unit_of(self, name: str) -> Unit:
        """Of a signal, or a parameter."""
        found = self.signals.get(name) or self.params[name]
        return unit(found.unit)

    def field_unit(self, event: str, field: str) -> Unit:
        """Of a field of an event.

        Raises:
            WrongType: the event has none of that name.
        """
        fields = dict(self.events[event].fields)
        if field not in fields:
            raise WrongType(f"the event {event!r} has no field {field!r}{hint(field, fields)}.")
        return unit(fields[field])

    def is_step(self, name: str) -> bool:
        """Whether it keeps its last value until the next one comes."""
        signal = self.signals.get(name)
        return not isinstance(signal, Channel) or signal.hold == "step"

    @cached_property
    def codes(self) -> dict[str, dict[str, float]]:
        """How a row holds each value of each state: as its place among them."""
        return {
            name: {value: float(at) for at, value in enumerate(state.elements)}
            for name, state in self.states.items()
        }

    def values_of(self, state: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those values of a state, in the order it has them."""
        known = self.states[state].elements
        for name in names:
            if name not in known:
                raise WrongType(f"the state {state!r} is never {name!r}{hint(name, known)}.")
        return tuple(name for name in known if name in names)

    def values_in_element(self, state: str, elements: tuple[str, ...]) -> tuple[str, ...]:
        """The values of a state whose time counts as one of these time elements."""
        known = self.states[state].elements
        for element in elements:
            if element not in known.values():
                raise WrongType(
                    f"no value of the state {state!r} counts as {element!r}: give one this "
                    "time element."
                )
        return tuple(name for name, element in known.items() if element in elements)


def hint(name: str, known: Iterable[str]) -> str:
    """What could be meant: one that is nearly the same, or all there are."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return f" (is {near[0]!r} meant?)"
    return f" (there are {', '.join(names)})" if names else " (there are none)"
