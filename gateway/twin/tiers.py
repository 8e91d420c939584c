"""Minutes in, the sums of quarter hours and of longer spans out: merged, never computed anew.

Of each span there is one row for each program that wrote minutes of it: what a minute says by name
adds up whoever wrote it, its other sums only among those of one program (``ledger``). So a row
tells the same as its minutes together.
"""

import struct
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Final

import msgspec

from contract.language.sums import Sums
from contract.messages import ChannelStats, Minute, ToldHealth
from gateway.twin.ledger import Ledger

QUARTER_MS: Final = 900_000
HOUR_MS: Final = 3_600_000
SIX_HOURS_MS: Final = 6 * HOUR_MS

# Levels, by how many minutes such a span has, a day as a rule.
QUARTER: Final = 15
HOUR: Final = 60
SIX_HOURS: Final = 360
DAY: Final = 1440


class Tier(msgspec.Struct, gc=False):
    """What the minutes of a span that one program has written come to.

    ``named`` is what each of them says by name, added up, with the span's start and no ``sums``.
    ``sums`` are all of the program; None where nobody knew the program when the row was made.
    """

    named: Minute
    sums: Sums | None


def of_minutes(start_ms: int, minutes: Iterable[Minute], ledger: Ledger) -> list[Tier]:
    """The rows of the span from ``start_ms`` on; ``ledger`` is of the device's type."""
    own = ledger.program.id
    tiers = (
        Tier(minute, ledger.sums(minute) if minute.program == own else None) for minute in minutes
    )
    return of_tiers(start_ms, tiers, ledger)


def of_tiers(start_ms: int, tiers: Iterable[Tier], ledger: Ledger) -> list[Tier]:
    """The rows of a span, of the rows of all that it is made of."""
    programs: defaultdict[str, list[Tier]] = defaultdict(list)
    for tier in tiers:
        programs[tier.named.program].append(tier)
    return [_together(start_ms, those, ledger) for those in programs.values()]


def _together(start_ms: int, tiers: Sequence[Tier], ledger: Ledger) -> Tier:
    named = [tier.named for tier in tiers]
    sums = [tier.sums for tier in tiers if tier.sums is not None]
    is_known = len(sums) == len(tiers) and named[0].program == ledger.program.id
    whole = reduce(ledger.added, map(ledger.whole, sums)) if is_known else None
    return Tier(_named(start_ms, named), whole)


def _named(start_ms: int, minutes: Sequence[Minute]) -> Minute:
    energies = [each.energy_j for each in minutes if each.energy_j is not None]
    channels: defaultdict[str, list[ChannelStats]] = defaultdict(list)
    for minute in minutes:
        for name, stats in minute.channels.items():
            channels[name].append(stats)
    return Minute(
        start_ms=start_ms,
        count=sum(each.count for each in minutes),
        measured_ms=sum(each.measured_ms for each in minutes),
        running_ms=sum(each.running_ms for each in minutes),
        energy_j=sum(energies) if len(energies) == len(minutes) else None,
        channels={name: _stats(those) for name, those in channels.items()},
        program=minutes[0].program,
        health=health_of([each.health for each in minutes]),
    )


def _stats(those: Sequence[ChannelStats]) -> ChannelStats:
    return ChannelStats(
        sum(each.count for each in those),
        min(each.low for each in those),
        sum(each.total for each in those),
        max(each.high for each in those),
    )


def health_of(those: Sequence[ToldHealth | None]) -> ToldHealth | None:
    """Of none is known what one does not know."""
    told = [each for each in those if each is not None]
    if len(told) < len(those):
        return None
    least = [each.least for each in told if each.least is not None]
    told_ms, total = sum(each.told_ms for each in told), sum(each.total for each in told)
    return ToldHealth(told_ms, total, min(least, default=None))


def packed(sums: Sums | None) -> bytes | None:
    """Sums as they are stored: doubles, in which NaN and infinity are what they were."""
    return None if sums is None else struct.pack(f"<{len(sums)}d", *sums)


def unpacked(raw: bytes) -> tuple[float, ...]:
    """Raises ValueError: these are none."""
    if len(raw) % 8:
        raise ValueError(f"{len(raw)} bytes are no sums")
    return struct.unpack(f"<{len(raw) // 8}d", raw)


def doubles(raw: bytes) -> "array[float]":
    """The same of rows one after the other, as columns are cut out of it: ``[at::width]``."""
    found = array("d", raw)
    if sys.byteorder != "little":
        found.byteswap()
    return found
