"""A time of which readings were deleted in; twins and minutes that have nothing of it out.

A minute that lies within becomes an empty one, with a revision of its own: so the sums of its
quarter, hour and day are made anew, and whoever follows minutes is told. What the time cuts, and
what lies around it, is computed anew from the readings that are left, as after a late one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from contract.messages import Minute
from gateway.archive.nearby import Nearby
from gateway.ingest.lateness import REST
from gateway.ingest.lookback import until_told, untold
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.settlement import Emptied
from gateway.journal import JournalReader
from gateway.journal.formers import Why
from gateway.twin.fleet import Device
from gateway.twin.ledger import ledger_of
from gateway.twin.minutes import MINUTE_MS, start_of
from gateway.twin.tiers import QUARTER, QUARTER_MS, Tier
from hosting.threads import to_the_end

AT_ONCE: Final = 100  # minutes: some milliseconds between two batches


class _Around(NamedTuple):
    """Minutes to compute anew: those at the ends with their neighbours, others by themselves."""

    ends_ms: list[int]
    behind_ms: list[int]


class Emptying:
    """What a deletion needs of twins and minutes; lives on the event loop."""

    def __init__(self, pipeline: Pipeline, open_reader: Callable[[], JournalReader]) -> None:
        self._pipeline = pipeline
        self._open_reader = open_reader

    async def checkpoint(self) -> None:
        """All rows that are stored are in no need of being folded again. Raises Unavailable."""
        await self._pipeline.checkpoint()

    def is_emptying(self, device: Device) -> bool:
        """Whether minutes that a time has cut are to be computed anew yet."""
        return self._pipeline.is_shrinking(device)

    async def empty(self, device: Device, from_ms: int, to_ms: int, *, by: str) -> None:
        """Nothing was measured in a time any more, but for what came meanwhile.

        Raises:
            Unavailable: not all of it could be done.
        """
        why, reader = Why("deleted", by), await to_the_end(self._open_reader)
        try:
            with_all = partial(_within, reader, device, from_ms, to_ms)
            emptied = iter(await to_the_end(with_all))
            while some := list(islice(emptied, AT_ONCE)):
                took_s = await self._pipeline.empty(device, some, why)
                await asyncio.sleep(REST * took_s)
            is_open = device.twin.open_minute()
            open_ms = 0 if is_open is None else is_open.start_ms
            around = await to_the_end(partial(_around, reader, device, from_ms, to_ms, open_ms))
        finally:
            await to_the_end(reader.close)
        device.twin.forget_held(from_ms=from_ms, to_ms=to_ms)
        await self._pipeline.shrink(device, around.ends_ms, around.behind_ms, why)


def _within(reader: JournalReader, device: Device, from_ms: int, to_ms: int) -> list[Emptied]:
    """In a thread: the minutes that lie within a time, and quarters of which none are kept."""
    first_ms, end_ms = -(-from_ms // MINUTE_MS) * MINUTE_MS, to_ms - to_ms % MINUTE_MS
    with reader.blamed():
        starts_ms = reader.minute_starts(
            device_id=device.id, from_ms=first_ms, to_ms=end_ms - MINUTE_MS
        )
        quarters = {start_ms - start_ms % QUARTER_MS for start_ms in starts_ms}
        return [
            *(Emptied(start_ms) for start_ms in starts_ms),
            *(each for each in _summed(reader, device, from_ms, to_ms) if each[0] not in quarters),
        ]


def _summed(reader: JournalReader, device: Device, from_ms: int, to_ms: int) -> Iterator[Emptied]:
    """The quarter hours that lie within a time, each as one minute with all of its sums."""
    first_ms, end_ms = -(-from_ms // QUARTER_MS) * QUARTER_MS, to_ms - to_ms % QUARTER_MS
    found: defaultdict[int, list[Minute]] = defaultdict(list)
    for tier in reader.tiers().tiers(device.id, QUARTER, first_ms, end_ms):
        found[tier.named.start_ms].append(_as_minute(tier, device))
    for start_ms, minutes in found.items():
        yield Emptied(start_ms, minutes)


def _as_minute(tier: Tier, device: Device) -> Minute:
    ledger = ledger_of(device.asset)
    if tier.sums is not None and tier.named.program == ledger.program.id:
        return ledger.minute(tier.named.start_ms, ledger.whole(tier.sums))
    return msgspec.structs.replace(tier.named, program="")


def _around(
    reader: JournalReader, device: Device, from_ms: int, to_ms: int, open_ms: int
) -> _Around:
    """In a thread: what else is another one now.

    What was told in the time and not since, as a state, counted in the minutes behind it.
    """
    ends_ms = {start_of(to_ms - 1)} | ({start_of(from_ms)} if from_ms % MINUTE_MS else set())
    with reader.blamed(), closing(Nearby(reader.connection)) as nearby:
        nearby.go(device.id, to_ms)
        first = reader.first_from(device_id=device.id, time_ms=to_ms, limit=1)
        names = untold(device, first) if first else []
        behind_ms = until_told(reader, device, names, from_ms=to_ms, open_ms=open_ms)
    return _Around(sorted(ends_ms), list(behind_ms))
