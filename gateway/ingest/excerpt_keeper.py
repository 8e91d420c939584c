"""Keeps the readings around alarms that somebody judged, or still may: before they are too old.

Which wait to be kept stands in the journal, so a restart goes on with them.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import apsw

from contract.errors import Unavailable, Unreadable
from gateway.archive.around import values_around
from gateway.journal import Journal
from gateway.journal.excerpts import names_of, packed, span_of
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import legible
from gateway.journal.verdicts import MOST_BYTES, Awaited, ExcerptSource
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
    """One look after another; what reads runs in a thread, on a connection of its own."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        write: Callable[[Callable[[Journal], None]], Awaitable[None]],
        journal_path: Path,
        retention_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._fleet = fleet
        self._write = write
        self._path = journal_path
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
        for each in await to_the_end(partial(self._due, ageing)):
            await self._keep(each)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        with legible(self._path), contextlib.closing(open_read_only(self._path)) as connection:
            yield connection

    def _due(self, ageing: bool) -> list[Awaited]:  # noqa: FBT001
        now_ms = self._now_ms()
        with self._reading() as connection:
            source = ExcerptSource(connection)
            found = source.awaited(now_ms=now_ms, limit=AT_ONCE)
            if ageing and source.size_bytes < MOST_AHEAD_BYTES:
                oldest_ms = now_ms - self._retention_ms
                young_ms = oldest_ms + min(AHEAD_MS, self._retention_ms // 2)
                found += source.unkept(from_ms=oldest_ms, to_ms=young_ms, limit=AT_ONCE)
        return found

    async def _keep(self, awaited: Awaited) -> None:
        rows, body = await to_the_end(partial(self._cut, awaited))

        def keep(journal: Journal) -> None:
            journal.verdicts.await_excerpt(awaited.alarm, due_ms=0)  # where nobody asked for it
            journal.verdicts.keep(awaited.alarm, rows=rows, body=body)

        await self._write(keep)

    def _cut(self, awaited: Awaited) -> tuple[int, bytes]:
        device = self._fleet.find(awaited.device)
        if device is None:  # it was removed meanwhile
            return 0, b""
        asset = device.asset
        span = span_of(asset, raised_ms=awaited.raised_ms, cleared_ms=awaited.cleared_ms)
        with self._reading() as connection:
            try:
                readings = values_around(connection, awaited.device_id, span)
            except Unreadable as error:  # of the archive: what the journal has is better than none
                log.warning("readings around alarm %d: %s", awaited.alarm, error)
                readings = ExcerptSource(connection).values(awaited.device_id, span)
        return packed(readings, names_of(asset))
