"""Readings and events in order in; out, the sums of each value of a label. Pure.

A label is what it was told last, as a state is. An interval belongs to what it was at its earlier
end; one that was not measured belongs to nobody, and after it the label is unknown until it is told
again. An event that names the label itself, as a sample names its operator, belongs to that. All is
computed of what is stored, in order: what came late, or twice, changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from contract.assets.words import Asset
from contract.language import layout as keys
from contract.language.program import Functions
from contract.language.sums import Sums
from contract.messages import Event, Item, Reading
from gateway.twin.cadence import measured
from gateway.twin.ledger import Ledger, ledger_of
from gateway.twin.minutes import key_of

MOST_VALUES: Final = 100  # of a label; the others are told together
OTHERS: Final = "(others)"


class Share(NamedTuple):
    """What is summed up together: a value (None: nobody has told it), and which parameters."""

    value: str | None
    terms: int


class Split:
    """Of one machine; ``place`` says which parameters count at a time, None: it does not count."""

    def __init__(
        self,
        asset: Asset,
        label: str,
        *,
        sets: Sequence[Mapping[str, float]],
        place: Callable[[int], int | None],
    ) -> None:
        self._ledger = ledger_of(asset)
        self._max_gap_ms = round(asset.max_gap_s * 1000)
        self._label = label
        self._functions: list[Functions] = [self._ledger.functions_at(each) for each in sets]
        self._place = place
        self._memory = self._ledger.program.start
        self._value: str | None = None
        self.shares: dict[Share, Sums] = {}

    def add(self, items: Sequence[Reading | Event]) -> None:
        """All there are, in order of ``key_of``; those that do not count are where it begins."""
        readings = [item for item in items if isinstance(item, Reading)]
        flags = iter([False, *measured(readings, self._max_gap_ms)])
        for item in items:
            if isinstance(item, Reading):
                self._reading(item, is_measured=next(flags))
            else:
                self._event(item)

    def _reading(self, reading: Reading, *, is_measured: bool) -> None:
        time_ms = reading.time_ms or 0
        place = self._place(time_ms)
        sums = self._sums(self._value if is_measured else None, place)
        program = self._ledger.program
        if reading.aside is not None:
            self._memory = program.forgotten(self._memory, reading.aside)
        add = self._functions[place or 0].add
        row = self._ledger.row(reading.values)
        self._memory = add(sums, self._memory, time_ms, row, is_measured)
        self._value = self._told(reading, self._value if is_measured else None)

    def _event(self, event: Event) -> None:
        place = self._place(event.time_ms or 0)
        sums = self._sums(self._told(event, self._value), place)
        self._ledger.add_event(sums, event, self._functions[place or 0])

    def _told(self, item: Item, before: str | None) -> str | None:
        """What the label is from this item on."""
        if item.aside is not None and self._label in item.aside:
            return None
        value = item.values.get(self._label)
        return value or None if isinstance(value, str) else before

    def _sums(self, value: str | None, place: int | None) -> Sums:
        if place is None:
            return self._ledger.zero()
        share = Share(value, place)
        if share not in self.shares:
            self.shares[share] = self._ledger.zero()
        return self.shares[share]


def in_order(items: Iterable[Reading | Event]) -> list[Reading | Event]:
    """As sums need them."""
    return sorted(items, key=key_of)


def measured_ms(sums: Sums, ledger: Ledger) -> int:
    """How long anything was measured."""
    at = ledger.program.layout.at
    return int(sums[at[keys.FULL_MS]] + sums[at[keys.REST_MS]])


def longest(
    every: Iterable[Mapping[Share, Sums]], ledger: Ledger, *, most: int = MOST_VALUES
) -> set[str]:
    """The values that were so the longest, of all machines together."""
    lengths: dict[str, int] = {}
    for shares in every:
        for share, sums in shares.items():
            if share.value is not None:
                lengths[share.value] = lengths.get(share.value, 0) + measured_ms(sums, ledger)
    return set(sorted(lengths, key=lambda value: (-lengths[value], value))[:most])


def bounded(
    shares: Mapping[Share, Sums], ledger: Ledger, kept: Collection[str]
) -> dict[Share, Sums]:
    """Those of the values ``kept``; the rest together as ``OTHERS``."""
    found: dict[Share, Sums] = {}
    for share, sums in shares.items():
        is_kept = share.value is None or share.value in kept
        to = share if is_kept else Share(OTHERS, share.terms)
        found[to] = ledger.added(found[to], sums) if to in found else sums
    return found
