"""Sums of a type as they are packed in; how many readings, and the stats of some channels, out."""

from collections.abc import Sequence
from typing import Final

import msgspec

from contract.assets.words import Asset
from contract.language import layout as keys
from contract.messages import ChannelStats, Minute
from gateway.twin.ledger import ledger_of
from gateway.twin.tiers import doubles, unpacked

NOT_MEASURED: Final = ChannelStats(0, float("inf"), 0.0, float("-inf"))

_DOUBLE: Final = 8  # bytes


class Banded(msgspec.Struct, frozen=True, gc=False):
    """What some time comes to; ``channels`` are in the order in which they were asked for."""

    readings: int
    measured_ms: int
    channels: Sequence[ChannelStats]

    def and_(self, other: "Banded") -> "Banded":
        """Both together."""
        return Banded(
            self.readings + other.readings,
            self.measured_ms + other.measured_ms,
            list(map(_both, self.channels, other.channels)),
        )


def _both(one: ChannelStats, other: ChannelStats) -> ChannelStats:
    if not (one.count and other.count):
        return one if one.count else other
    return ChannelStats(
        one.count + other.count,
        min(one.low, other.low),
        one.total + other.total,
        max(one.high, other.high),
    )


class Bands:
    """Of some channels of a type."""

    def __init__(self, asset: Asset, channels: Sequence[str]) -> None:
        ledger, layout = ledger_of(asset), ledger_of(asset).program.layout
        known = {places.name: places for places in ledger.channels}
        self._names = channels
        self._width = layout.own  # what is kept of health stands behind, in rows that have it
        self._lengths = {_DOUBLE * layout.own, _DOUBLE * len(layout.slots)}
        self._rows_at = layout.at[keys.ROWS]
        self._places = [known[name] for name in channels if name in known]
        # Whose sums tell all that is asked for.
        self.program = ledger.program.id if len(self._places) == len(channels) else ""

    def packed(self, rows: Sequence[bytes], measured_ms: int) -> Banded:
        """Of spans together, whose sums ``program`` has written.

        Raises:
            ValueError: these are none of its sums.
        """
        for row in rows:
            if len(row) not in self._lengths:
                raise ValueError(f"{len(row)} bytes are no {self._width} sums")
        return self._alone(rows[0], measured_ms) if len(rows) == 1 else self._all(rows, measured_ms)

    def _alone(self, row: bytes, measured_ms: int) -> Banded:
        sums = unpacked(row)
        count = int(sums[self._rows_at])
        stats = [
            ChannelStats(count - int(sums[absent]), sums[low], sums[total], sums[high])
            for _, absent, low, total, high in self._places
        ]
        return Banded(count, measured_ms, stats)

    def _all(self, rows: Sequence[bytes], measured_ms: int) -> Banded:
        """Column by column."""
        width, own = self._width, self._width * _DOUBLE
        sums = doubles(b"".join([row[:own] for row in rows]))
        count = int(sum(sums[self._rows_at :: width]))
        stats = [
            ChannelStats(
                count - int(sum(sums[absent::width])),
                min(sums[low::width]),
                sum(sums[total::width]),
                max(sums[high::width]),
            )
            for _, absent, low, total, high in self._places
        ]
        return Banded(count, measured_ms, stats)

    def named(self, minute: Minute) -> Banded:
        """Of a minute, or of a longer span, by what it says by name."""
        stats = [minute.channels.get(name, NOT_MEASURED) for name in self._names]
        return Banded(minute.count, minute.measured_ms, stats)
