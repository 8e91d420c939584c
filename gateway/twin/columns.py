"""Minutes as they are stored in, the sums of all of them out: column by column.

A month of minutes is 43,200 texts, so of each only what a figure needs is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import nan
from operator import attrgetter
from typing import Any, Final, cast

import msgspec

from contract.assets.words import Asset
from contract.language import layout as keys
from contract.language.layout import Merge
from contract.language.means import HEALTH, RULED
from contract.language.program import Program
from contract.language.sums import Sums
from contract.language.tree import Reduced
from contract.messages import Minute, ToldHealth
from gateway.twin.ledger import ledger_of
from gateway.twin.tiers import health_of, unpacked

_QUESTIONS: Final = 256  # whose columns are known at a time
_MERGES: Final[Mapping[Merge, Callable[[Sequence[float]], float]]] = {
    "add": sum,
    "least": min,
    "greatest": max,
}


class _Stats(msgspec.Struct, gc=False):
    """``ChannelStats``, of which many are held for a moment."""

    count: int
    low: float
    total: float
    high: float


class Columns:
    """What some KPIs of a type, and signs of its wears, need of its minutes."""

    def __init__(self, asset: Asset, kpis: Iterable[str]) -> None:
        ledger = self.ledger = ledger_of(asset)
        names = list(kpis)
        needed = _channels_of(ledger.program, names)
        self._reads_health = _names_health(ledger.program, names)
        self._channels = {
            f"c{at}": places for at, places in enumerate(ledger.channels) if places.name in needed
        }
        slots = self._slots = ledger.program.layout.slots
        self._others: list[tuple[int, Merge]] = [(at, slots[at].merge) for at in ledger.others]
        self._decode = msgspec.json.Decoder(self._body()).decode
        self._decode_whole = msgspec.json.Decoder(Minute).decode

    def _body(self) -> type[msgspec.Struct]:
        """The part of a ``Minute`` that is read."""
        channels = msgspec.defstruct(
            "Channels",
            [(own, _Stats | None, None) for own in self._channels],
            rename={own: places.name for own, places in self._channels.items()},
        )
        fields: list[tuple[str, Any, Any]] = [
            ("count", int, 0),
            ("channels", channels, msgspec.field(default_factory=channels)),
            ("program", str, ""),
            ("sums", list[float | None], msgspec.field(default_factory=list)),
        ]
        if self._reads_health:
            fields.append(("health", ToldHealth | None, None))
        return msgspec.defstruct("Body", fields)

    def together(self, bodies: Iterable[str]) -> Sums:
        """The sums of minutes: what one of them does not know, all do not."""
        own, others = [], []
        for body in bodies:
            minute: Any = self._decode(body)
            if minute.program == self.ledger.program.id:
                own.append(minute)
            else:
                others.append(self._decode_whole(body))
        whole = self._added(own) if own else self.ledger.zero()
        for minute in others:
            whole = self.ledger.added(whole, self.ledger.sums(minute))
        return whole

    def of_tiers(self, rows: Sequence[bytes | str]) -> Sums:
        """The sums of longer spans: packed, where the type's own program has written them."""
        own = [self.ledger.whole(unpacked(row)) for row in rows if isinstance(row, bytes)]
        whole = own[0] if len(own) == 1 else self._merged(own)
        for row in rows:
            if isinstance(row, str):
                named = self._decode_whole(row)
                # Its sums were not understood, even if it is of this program.
                named.program = ""
                whole = self.ledger.added(whole, self.ledger.sums(named))
        return whole

    def _merged(self, rows: Sequence[Sequence[float]]) -> Sums:
        if not rows:
            return self.ledger.zero()
        return [
            _MERGES[slot.merge](column)
            for slot, column in zip(self._slots, zip(*rows, strict=True), strict=True)
        ]

    def _added(self, minutes: Sequence[Any]) -> Sums:
        sums = self.ledger.zero()
        columns = zip(*(minute.sums for minute in minutes), strict=True)
        for (at, merge), column in zip(self._others, columns, strict=True):
            sums[at] = _merged(merge, column, sums[at])
        rows = sum(minute.count for minute in minutes)
        channels = [minute.channels for minute in minutes]
        for own, (_, absent, low, total, high) in self._channels.items():
            stats = list(filter(None, map(attrgetter(own), channels)))
            sums[absent] = rows - sum(each.count for each in stats)
            if stats:
                sums[low] = min(each.low for each in stats)
                sums[total] = sum(each.total for each in stats)
                sums[high] = max(each.high for each in stats)
        if self._reads_health:
            self.ledger.put_health(sums, health_of([minute.health for minute in minutes]))
        return sums


def _merged(merge: Merge, column: Sequence[float | None], empty: float) -> float:
    """None stands for what is not known of a sum, and for what is the least of nothing."""
    if merge == "add":
        try:
            return sum(cast("Sequence[float]", column))
        except TypeError:
            return nan
    known = [one for one in column if one is not None]
    if not known:
        return empty
    return min(known) if merge == "least" else max(known)


def _channels_of(program: Program, kpis: Iterable[str]) -> frozenset[str]:
    """Those whose least and greatest matter: to statistics, and to bounds of integrals."""
    named = (
        program.sums_of[name] if name in program.sums_of else program.signs[name] for name in kpis
    )
    of = (node for leaves in named for node in leaves if _is_of_values(node))
    return frozenset[str]().union(*(keys.inputs(node.args[0]) for node in of))


def _is_of_values(node: Reduced) -> bool:
    return node.function in ("integral", "latest") or node.function in keys.STATISTICS


def _names_health(program: Program, kpis: Iterable[str]) -> bool:
    leaves = (leaf for name in kpis for leaf in program.sums_of.get(name, ()))
    means = program.layout.means
    return any(leaf.function == RULED and means[leaf.key].rule == HEALTH for leaf in leaves)


@lru_cache(_QUESTIONS)
def columns_of(asset: Asset, kpis: frozenset[str]) -> Columns:
    return Columns(asset, kpis)
