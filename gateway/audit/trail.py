"""The gateway's audit trail: entries of all processes in, rows of the journal and log lines out."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from contract.errors import Unavailable
from contract.messages import Alarm
from gateway.audit.changes import changes, kept
from gateway.audit.guessing import Guessing
from gateway.journal import Journal
from hosting.audit.counted import Counted, Entry
from hosting.audit.events import BY_STRANGERS, OF_DEVICES, Event, What
from hosting.audit.spool import Collector

log = logging.getLogger(__name__)

ROUND_S: Final = 1.0

Write = Callable[[Callable[[Journal], None]], Awaitable[None]]


class Trail:
    """Counts what repeats, and writes once a second what is new. Lives on the event loop.

    Args:
        data_dir: where other processes leave their entries.
        write: does work on the journal in a transaction of its own.
        now_ms: the gateway's clock.
        told: of the alarm about refused logins.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        write: Write,
        now_ms: Callable[[], int],
        told: Callable[[Alarm], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._collector = Collector(data_dir)
        self._write = write
        self._now_ms = now_ms
        self._counted = Counted(monotonic)
        self._guessing = Guessing(told=told, now_ms=now_ms, monotonic=monotonic)
        self._collected = False  # and not stored yet
        self.on_takeover: list[Callable[[str], None]] = []  # told the name both connections have
        self.on_login: list[Callable[[str, bool], None]] = []  # whose, and whether it has one now

    def note(self, *, who: str, origin: str, what: What, detail: str = "") -> None:
        """Enter what just happened in this process."""
        self._enter(Event(time_ms=self._now_ms(), who=who, origin=origin, what=what, detail=detail))

    async def has(self, what: What, *, since_ms: int) -> bool:
        """Whether the journal has such an entry since then. Raises Unavailable."""
        found: list[bool] = []
        await self._write(lambda journal: found.append(journal.audits.has(what, since_ms=since_ms)))
        return found[0]

    def _enter(self, event: Event) -> None:
        entry = self._counted.note(event)
        if entry.count == event.count:
            _log(entry.event, entry.event.detail)
        self._guessing.note(event)
        if event.what == What.TAKEN_OVER:
            for listener in self.on_takeover:
                for _ in range(event.count):
                    listener(event.who)
        if event.what in OF_DEVICES:
            for told in self.on_login:
                told(event.detail, event.what != What.DEVICE_REMOVED)

    async def run(self) -> None:
        """Write what is new, for ever."""
        while True:
            await asyncio.sleep(ROUND_S)
            try:
                await self.flush()
            except Unavailable as error:  # it stays counted, and is written when there is room
                log.warning("the audit trail waits: %s", error)

    async def flush(self) -> None:
        """Collect what others have left, and make all of it durable.

        Raises:
            Unavailable: nothing of it is.
        """
        if not self._collected:
            for event in self._collector.events():
                self._enter(event)
            self._collected = True
        if entries := self._counted.unstored():
            counts = [entry.count for entry in entries]
            ids: list[int] = []
            await self._write(lambda journal: ids.extend(_put(journal, entries)))
            for entry, id_, count in zip(entries, ids, counts, strict=True):
                entry.id, entry.stored = id_, count
        self._collector.done()
        self._collected = False
        self._guessing.look_again()
        for entry in self._counted.take_ended():
            if entry.count > 1:
                _log(entry.event, f"{entry.count} times within a minute")

    async def compare_settings(self, settings: Mapping[str, Any]) -> None:
        """Enter what an operator has changed since the last start."""

        def work(journal: Journal) -> list[str]:
            last = journal.audits.settings()
            now = kept(settings, last=last)
            if now != last:
                journal.audits.keep_settings(now)
            return list(changes(last=last, now=now))

        found: list[str] = []
        await self._write(lambda journal: found.extend(work(journal)))
        for change in found:
            self.note(
                who="operator", origin="this machine", what=What.SETTINGS_CHANGED, detail=change
            )


def _put(journal: Journal, entries: list[Entry]) -> list[int]:
    """Write each; returns the ids of their rows, which are good once this is committed."""
    ids = [
        journal.audits.add(entry.event, count=entry.count) if entry.id is None else entry.id
        for entry in entries
    ]
    journal.audits.recount(zip(ids, (entry.count for entry in entries), strict=True))
    journal.audits.prune()
    return ids


def _log(event: Event, text: str) -> None:
    level = logging.WARNING if event.what in BY_STRANGERS else logging.INFO
    log.log(level, "%s by %s from %s: %s", event.what, event.who, event.origin, text or "-")
