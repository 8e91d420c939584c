"""How the sums of an asset type make a minute, and a minute sums. Pure.

A minute says by name what every type has (energy, running time, its channels), so that whoever
reads minutes need not know the type's formulas; and it has the other sums as its program keeps
them. What another program has written is read by those names alone: the rest is unknown.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from math import isnan
from operator import add
from typing import Final, NamedTuple

from contract.assets.words import TYPES_REMEMBERED, Asset
from contract.language import layout as keys
from contract.language.program import Functions, Program, Row, program_of
from contract.language.sums import Sums, exchanged, zero
from contract.language.tree import Signal
from contract.messages import ChannelStats, Event, Minute, ToldHealth, Value
from gateway.twin.rows import layout_of

_UNKNOWN: Final = math.nan
_SITES: Final = 256  # parameters that are known at a time
_BILLED: Final = frozenset({"cost", "co2"})  # roles whose figures keep the price of their time


class _Places(NamedTuple):
    """Where the sums of a channel stand."""

    name: str
    absent: int
    low: int
    total: int
    high: int


class _Health(NamedTuple):
    """Where the sums of what was told of its health stand; they are the last ones."""

    told_ms: int
    total: int
    least: int


class Valued(NamedTuple):
    """What a minute's sums are worth, at the parameters of its time."""

    energy_j: float | None  # None: the type has nothing that says it
    bills: tuple[float, ...]  # of ``Ledger.billed``; NaN: it cannot be told


class Ledger:
    """Of one asset type; made once and shared by its twins."""

    def __init__(self, asset: Asset) -> None:
        program = self.program = program_of(asset)
        self.functions = program.functions(program.defaults())
        self._layout = program.layout
        self.functions_of = lru_cache(maxsize=_SITES)(self._functions_of)
        order = list(program.formulas.kpis)
        self.billed = tuple(
            each.name for each in asset.kpis if each.role in _BILLED and each.name in order
        )
        self._billed_at = [order.index(name) for name in self.billed]
        self._no_row = (math.nan,) * len(program.names)
        self._no_slopes = (math.nan,) * len(program.slopes)
        self._channel_row = layout_of(asset).row
        self.is_plain = not asset.counters and not asset.states  # a row is its channels
        self._zero = self.zero()
        merges = [slot.merge for slot in self._layout.slots]
        self._least_at = [at for at, merge in enumerate(merges) if merge == "least"]
        self._greatest_at = [at for at, merge in enumerate(merges) if merge == "greatest"]
        at, standing = self._layout.at, program.formulas.standing
        running = standing.get("running")
        self._running_at = None if running is None else at[str(running)]
        self._energy = standing.get("energy")
        self._measured_at = _measured_at(program)
        self.channels = [
            _Places(series.node.name, *map(at.__getitem__, series.keys))
            for series in self._layout.series
            if isinstance(series.node, Signal)
        ]
        named = {place for channel in self.channels for place in channel[1:]}
        self.others = [place for place in range(self._layout.own) if place not in named]
        told = range(self._layout.own, len(self._layout.slots))
        self._health = _Health(*told) if told else None

    def zero(self) -> Sums:
        return zero(self._layout)

    def functions_at(self, params: Mapping[str, float]) -> Functions:
        """The program's, at these parameters; at the type's where one is not among them."""
        words = self.program.words.params
        return self.functions_of(tuple(params.get(n, word.default) for n, word in words.items()))

    def _functions_of(self, values: tuple[float, ...]) -> Functions:
        return self.program.functions(dict(zip(self.program.words.params, values, strict=True)))

    def row(self, values: Mapping[str, Value], channels: Row | None = None) -> Row:
        """What the program takes; ``channels`` is what it begins with, where that is known."""
        if not self.is_plain:
            return self.program.row(values)
        return self._channel_row(values) if channels is None else channels

    def add_event(self, sums: Sums, event: Event, functions: Functions) -> None:
        """Add an event."""
        self.program.add_event(sums, functions, event.event, event.values)

    def add_missing(self, sums: Sums, count: int) -> None:
        """Numbers of the sequence lack."""
        sums[self._layout.at[keys.MISSING]] += count

    def is_empty(self, sums: Sums) -> bool:
        """Whether nothing was added."""
        return not (sums[self._layout.at[keys.ROWS]] or sums[self._layout.at[keys.EVENTS]])

    # ------------------------------------------------------------ health

    def any_measured_ms(self, sums: Sums) -> int:
        """How long anything was measured."""
        return int(sums[self._layout.at[keys.FULL_MS]] + sums[self._layout.at[keys.REST_MS]])

    def add_health(self, sums: Sums, percent: float, told_ms: int) -> None:
        """It was told for so long; nothing of a type that has none."""
        at = self._health
        if at is not None:
            sums[at.told_ms] += told_ms
            sums[at.total] += round(percent * told_ms)
            sums[at.least] = min(sums[at.least], percent)

    def _health_in(self, sums: Sums) -> ToldHealth | None:
        at = self._health
        if at is None or isnan(sums[at.told_ms]):
            return None
        least = sums[at.least]
        known = None if math.isinf(least) else least
        return ToldHealth(int(sums[at.told_ms]), int(sums[at.total]), known)

    def put_health(self, sums: Sums, told: ToldHealth | None) -> None:
        at = self._health
        if at is None:
            return
        if told is None:
            sums[at.told_ms] = sums[at.total] = sums[at.least] = _UNKNOWN
            return
        sums[at.told_ms], sums[at.total] = told.told_ms, told.total
        if told.least is not None:
            sums[at.least] = told.least

    def whole(self, sums: Sequence[float]) -> Sums:
        """Sums that are stored, also those from before anything was kept of health.

        Raises:
            ValueError: these are none of its program.
        """
        if len(sums) not in (self._layout.own, len(self._zero)):
            raise ValueError(
                f"{len(sums)} numbers are no sums of a {self.program.words.asset.name}"
            )
        return [*sums, *(_UNKNOWN,) * (len(self._zero) - len(sums))]

    # ------------------------------------------------------------ minutes

    def valued(self, sums: Sums, functions: Functions) -> Valued:
        """Energy is 0 where none was measured."""
        if self._energy is None and not self.billed:
            return Valued(None, ())
        found = functions.figures(sums, self._no_row, self._no_slopes)
        energy_j = found[-1] if math.isfinite(found[-1]) else 0.0
        bills = tuple([found[at] for at in self._billed_at])
        return Valued(None if self._energy is None else energy_j, bills)

    def energy_j(self, sums: Sums) -> float | None:
        """At the type's own parameters."""
        return self.valued(sums, self.functions).energy_j

    def measured_ms(self, sums: Sums) -> int:
        """How long what makes up the energy was measured; of a type without, anything."""
        return int(sum([sums[at] for at in self._measured_at]))

    def running_ms(self, sums: Sums) -> int:
        """0 where nobody can say when it runs."""
        return 0 if self._running_at is None else int(sums[self._running_at])

    def minute(self, start_ms: int, sums: Sums, valued: Valued | None = None) -> Minute:
        """The minute that has these sums; ``valued``: what they are worth, where that is known."""
        count = int(sums[self._layout.at[keys.ROWS]])
        return Minute(
            start_ms=start_ms,
            count=count,
            measured_ms=self.measured_ms(sums),
            running_ms=self.running_ms(sums),
            energy_j=(valued or self.valued(sums, self.functions)).energy_j,
            channels={
                name: ChannelStats(count - int(sums[absent]), sums[low], sums[total], sums[high])
                for name, absent, low, total, high in self.channels
                if sums[absent] < count
            },
            program=self.program.id,
            sums=[sums[at] for at in self.others],
            health=self._health_in(sums),
        )

    def sums(self, minute: Minute) -> Sums:
        """The sums of a minute: bit for bit those it was made of, if this program kept them."""
        sums = self.zero()
        if minute.program == self.program.id:
            for at, one in zip(self.others, minute.sums, strict=True):
                is_extreme = self._layout.slots[at].merge != "add"
                sums[at] = one if one is not None else sums[at] if is_extreme else _UNKNOWN
        else:
            self._guess(sums, minute)
        for name, absent, low, total, high in self.channels:
            stats = minute.channels.get(name)
            sums[absent] = minute.count - (stats.count if stats else 0)
            if stats is not None:
                sums[low], sums[total], sums[high] = stats.low, stats.total, stats.high
        self.put_health(sums, minute.health)
        return sums

    def _guess(self, sums: Sums, minute: Minute) -> None:
        """What is known of a minute by its names alone."""
        for at in self.others[len(keys.ALWAYS) :]:
            sums[at] = _UNKNOWN
        for group in self._layout.groups:
            sums[self._layout.at[keys.part_key(group)]] = 0
        sums[self._layout.at[keys.ROWS]] = minute.count
        sums[self._layout.at[keys.FULL_MS]] = minute.measured_ms
        if self._running_at is not None:
            sums[self._running_at] = minute.running_ms
        if self._one_integral is not None:
            at, one_j = self._one_integral
            energy_j = _UNKNOWN if minute.energy_j is None else minute.energy_j
            sums[at] = energy_j / one_j if one_j else _UNKNOWN

    @cached_property
    def _one_integral(self) -> tuple[int, float | None] | None:
        """Of energy that is a single integral: where that stands, and the J of one that is 1."""
        leaves = keys.reduced([self._energy] if self._energy else [], self.program.formulas.kpis)
        if [leaf.function for leaf in leaves] != ["integral"]:
            return None
        return self._layout.at[leaves[0].key], self._energy_of(1.0)

    def _energy_of(self, integral: float) -> float | None:
        """The energy in J of an integral that is so large."""
        sums = self.zero()
        for node in self._layout.named("integral"):
            sums[self._layout.at[node.key]] = integral
        sums[self._layout.at[keys.FULL_MS]] = 1
        return self.energy_j(sums)

    def added(self, one: Sums, other: Sums) -> Sums:
        """Both together; what one does not know, both do not."""
        both = list(map(add, one, other))
        for at in self._least_at:
            if not isnan(both[at]):
                both[at] = min(one[at], other[at])
        for at in self._greatest_at:
            if not isnan(both[at]):
                both[at] = max(one[at], other[at])
        return both

    def exchanged(self, whole: Sums, *, new: Minute | None, old: Minute | None) -> Sums:
        """``whole`` with one minute more, and without another."""
        more = self._zero if new is None else self.sums(new)
        if old is None:
            return exchanged(self._layout, whole, new=more, old=self._zero)
        less = self.sums(old)
        found = exchanged(self._layout, whole, new=more, old=less)
        # What another program did not keep was never in the whole.
        return [
            was if math.isnan(one) else now
            for was, one, now in zip(whole, less, found, strict=True)
        ]


def _measured_at(program: Program) -> tuple[int, ...]:
    energy, at = program.formulas.standing.get("energy"), program.layout.at
    leaves = keys.reduced([energy] if energy else [], program.formulas.kpis)
    integrals = [leaf for leaf in leaves if leaf.function == "integral"]
    if not integrals:
        return at[keys.FULL_MS], at[keys.REST_MS]
    part, _ = program.layout.known[integrals[0].key]
    return at[keys.FULL_MS], at[part]


@lru_cache(maxsize=TYPES_REMEMBERED)
def ledger_of(asset: Asset) -> Ledger:
    return Ledger(asset)
