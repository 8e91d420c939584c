"""The formulas of a type in, checked trees and their units out: each once, whoever names it."""

from typing import Final, NamedTuple

from contract.assets.words import Wear
from contract.errors import WrongType
from contract.language.checker import Checker
from contract.language.formula import parse
from contract.language.means import nodes_of
from contract.language.tree import (
    Compare,
    Condition,
    Figure,
    Node,
    Number,
    Reduced,
    Signal,
    is_set,
)
from contract.language.typed import Level, Typed
from contract.language.units import unit
from contract.language.vocabulary import Vocabulary

ENERGY: Final = "energy"  # of what is kept of every type; a type has it where something tells it


class Formulas(NamedTuple):
    """All formulas of a type, checked."""

    kpis: dict[str, Node]
    services: dict[str, Node]
    wears: dict[str, Node]  # their signs
    ends: dict[str, Node]  # where those end, but for limits of channels
    derived: dict[str, Node]
    standing: dict[str, Node]  # what is kept of every type: energy in J, running time in s
    ruled: dict[str, Reduced]  # figures of rules, of which a stretch of time has a mean
    stopped: Condition | None


class Meaning:
    """What the formulas of one type mean."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._known: dict[str, Typed] = {}
        self._open: list[str] = []

    def formulas(self) -> Formulas:
        """All of them.

        Raises:
            WrongType: one cannot be right.
        """
        words = self.vocabulary
        kpis = {
            name: self.kpi(name).node
            for name, kpi in words.kpis.items()
            if kpi.formula or not kpi.rule
        }
        return Formulas(
            kpis=kpis,
            ruled=nodes_of(words.asset, kpis),
            services={each.name: self.service(each.name).node for each in words.asset.services},
            wears={each.name: self.wear(each).node for each in words.asset.wears},
            ends={
                each.name: self.end(each).node
                for each in words.asset.wears
                if each.ends_at not in words.asset.by_name
            },
            derived={name: self.derived(name).node for name in words.derived},
            standing=self._standing(),
            stopped=self.stopped(),
        )

    def _standing(self) -> dict[str, Node]:
        asset, running = self.vocabulary.asset, self._running()
        standing: dict[str, Node] = {}
        if running is not None:
            standing["running"] = Reduced("time", (running,))
        energy = next((kpi for kpi in asset.kpis if kpi.role == "energy" and kpi.formula), None)
        if energy is not None:
            found = Typed(Figure(energy.name), self.kpi(energy.name).unit)
            standing[ENERGY] = found.into(unit("J"), "J").node
        return standing

    def _running(self) -> Condition | None:
        """When it runs: as its type says, else while one of its states is one of producing."""
        asset = self.vocabulary.asset
        if asset.running is not None:
            of = asset.running
            return Compare(">", Signal(of.channel), Number(float(of.above)))
        produces = (each.name for each in asset.states if "producing" in each.elements.values())
        name = next(produces, None)
        if name is None:
            return None
        return Checker(self, "readings").condition(parse(f"{name}.element == producing"))

    def kpi(self, name: str) -> Typed:
        """The KPI's tree over sums, in the KPI's unit."""
        kpi = self.vocabulary.kpis[name]
        return self._named(f"KPI {name!r}", name, kpi.formula, kpi.unit, "sums")

    def derived(self, name: str) -> Typed:
        """The derived channel's tree over a reading, in its unit."""
        derived = self.vocabulary.derived[name]
        what = f"derived channel {name!r}"
        return self._named(what, name, derived.formula, derived.unit, "readings")

    def service(self, name: str) -> Typed:
        """What share of its interval a service has used: 1 is due."""
        every = next(each.every for each in self.vocabulary.asset.services if each.name == name)
        return self._named(f"service {name!r}", f"service {name}", every, "1", "sums")

    def wear(self, wear: Wear) -> Typed:
        """What shows how far it has worn, in its unit."""
        channel = self.vocabulary.asset.by_name.get(wear.ends_at)
        if channel is not None and channel.unit != wear.unit:
            raise WrongType(
                f"The type {self.vocabulary.asset.name!r}, wear {wear.name!r}: it ends at the limit"
                f" of {channel.name}, which is in {channel.unit}: let its unit be that."
            )
        what = f"wear {wear.name!r}"
        return self._named(what, f"wear {wear.name}", wear.shown_by, wear.unit, "sums")

    def end(self, wear: Wear) -> Typed:
        """Where it ends: a bare number is in the unit of the wear."""
        what, key = f"end of the wear {wear.name!r}", f"end of {wear.name}"
        with _Blamed(self, what, key, wear.ends_at):
            found = Checker(self, "sums").expression(parse(wear.ends_at))
            if not is_set(found.node):
                raise WrongType("it changes with what is measured: name parameters and numbers.")
            plain = isinstance(found.node, Number)
            return found if plain else found.into(unit(wear.unit), wear.unit)

    def stopped(self) -> Condition | None:
        """When the machine counts as stopped; None where the type does not say."""
        text = self.vocabulary.asset.stopped
        if not text:
            return None
        with _Blamed(self, "condition 'stopped'", "stopped", text):
            return Checker(self, "readings").condition(parse(text))

    def _named(self, what: str, key: str, text: str, unit_text: str, level: Level) -> Typed:
        if key in self._open:
            circle = " → ".join([*self._open[self._open.index(key) :], key])
            raise WrongType(f"it names itself: {circle}. Write one of them without the others.")
        if key not in self._known:
            with _Blamed(self, what, key, text):
                found = Checker(self, level).expression(parse(text))
                self._known[key] = found.into(unit(unit_text), unit_text)
        return self._known[key]

    def open(self, key: str) -> None:
        self._open.append(key)

    def close(self) -> None:
        self._open.pop()


class _Blamed:
    """Names type and formula in whatever is wrong with it; the innermost formula is to blame."""

    def __init__(self, meaning: Meaning, what: str, key: str, text: str) -> None:
        self._meaning, self._key = meaning, key
        self._start = f"The type {meaning.vocabulary.asset.name!r}, {what} = `{text}`: "

    def __enter__(self) -> None:
        self._meaning.open(self._key)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._meaning.close()
        if isinstance(error, WrongType) and not error.is_placed:
            raise WrongType(f"{self._start}{error}", is_placed=True) from None
