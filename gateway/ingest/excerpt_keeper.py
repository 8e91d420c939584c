"""Keeps the readings around alarms that somebody judged, or still may: before they are too old.

Which wait to be kept stands in the journal, so a restart goes on with them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from contract.errors import Unavailable
from gateway.journal import Journal, JournalReader
from gateway.journal.excerpts import names_of, packed, span_of
from gateway.journal.verdicts import MOST_BYTES, Awaited
from gateway.twin.fleet import Fleet
from hosting.threads import to_the_end

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
AT_ONCE: Final = 20
AGEING_LOOKS: Final = 12  # once a minute
# Of alarms that nobody has judged yet, a day before their readings go; for half of the room.
AHEAD_MS: Final = 86_400_000
MOST_AHEAD_BYTES: Final = MOST_BYTES // 2


class ExcerptKeeper:
    """One look after another; what reads runs in a thread, on a reader of its own."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        write: Callable[[Callable[[Journal], None]], Awaitable[None]],
        open_reader: Callable[[], JournalReader],
        retention_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._fleet = fleet
        self._write = write
        self._open_reader = open_reader
        self._retention_ms = retention_ms
        self._now_ms = now_ms

    async def run(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(LOOK_S)
            looks += 1
            try:
                await self.look(ageing=looks % AGEING_LOOKS == 0)
            except Unavailable as error:  # they wait in the journal
                log.warning("readings around alarms: %s", error)

    async def look(self, *, ageing: bool) -> None:
        """Keep those of some alarms whose time has come; ``ageing``: of some nobody judged too."""
        reader = await to_the_end(self._open_reader)
        try:
            for each in await to_the_end(partial(self._due, reader, ageing)):
                await self._keep(reader, each)
        finally:
            await to_the_end(reader.close)

    def _due(self, reader: JournalReader, ageing: bool) -> list[Awaited]:  # noqa: FBT001
        now_ms, source = self._now_ms(), reader.excerpts()
        with reader.blamed():
            found = source.awaited(now_ms=now_ms, limit=AT_ONCE)
            if ageing and source.size_bytes < MOST_AHEAD_BYTES:
                oldest_ms = now_ms - self._retention_ms
                young_ms = oldest_ms + min(AHEAD_MS, self._retention_ms // 2)
                found += source.unkept(from_ms=oldest_ms, to_ms=young_ms, limit=AT_ONCE)
        return found

    async def _keep(self, reader: JournalReader, awaited: Awaited) -> None:
        rows, body = await to_the_end(partial(self._cut, reader, awaited))

        def keep(journal: Journal) -> None:
            journal.verdicts.await_excerpt(awaited.alarm, due_ms=0)  # where nobody asked for it
            journal.verdicts.keep(awaited.alarm, rows=rows, body=body)

        await self._write(keep)

    def _cut(self, reader: JournalReader, awaited: Awaited) -> tuple[int, bytes]:
        device = self._fleet.find(awaited.device)
        if device is None:  # it was removed meanwhile
            return 0, b""
        asset = device.asset
        span = span_of(asset, raised_ms=awaited.raised_ms, cleared_ms=awaited.cleared_ms)
        with reader.blamed():
            readings = reader.excerpts().values(awaited.device_id, span)
        return packed(readings, names_of(asset))
