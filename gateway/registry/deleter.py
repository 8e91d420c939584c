"""Readings that somebody wants gone in; a journal, files and sums without them out. Event loop.

    a file that says so → rows of the journal, piece by piece, and the audit trail → the archive's
      files, written anew → the minutes → what these cut is computed anew → the file goes

Each step may be done twice. A file that is there at a start was left by a process that ended in
between, or by a command line: it is carried out. Quarters, hours and days follow their minutes.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

from contract.errors import Conflict, Unavailable, reason
from gateway.journal import Journal
from gateway.registry import deletions
from gateway.registry.deletions import Deletion
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger(__name__)

ROUND_S: Final = 0.5
AGAIN_S: Final = 30.0  # after which what could not be done is tried once more
ROWS: Final = 5_000  # a transaction; the pipeline goes on in between
WAIT_S: Final = 20.0  # for who asked

T = TypeVar("T")


class Write(Protocol):
    """Does work in a transaction of its own, between two batches; raises Unavailable."""

    async def __call__(self, work: Callable[[Journal], T]) -> T: ...


class Sums(Protocol):
    """Whoever keeps twins and minutes."""

    async def checkpoint(self) -> None:
        """All rows that are stored are in no need of being folded again."""

    async def empty(self, device: Device, from_ms: int, to_ms: int, *, by: str) -> None:
        """Nothing was measured in a time any more, but for what came meanwhile."""

    def is_emptying(self, device: Device) -> bool:
        """Whether minutes that a time has cut are to be computed anew yet."""


class Deleter:
    """Deletes what was measured in a time.

    Args:
        write: lets the journal's one writer do something.
        erase: takes a time (device, from, to) out of the archive's files. Raises Unavailable.
        is_held: whether nothing may move now, as an import is under way.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        fleet: Fleet,
        write: Write,
        erase: Callable[[Device, int, int], Awaitable[None]],
        sums: Sums,
        is_held: Callable[[], bool],
    ) -> None:
        self._data_dir = data_dir
        self._fleet = fleet
        self._write = write
        self._erase = erase
        self._sums = sums
        self._is_held = is_held
        self._emptied: dict[str, Deletion] = {}  # all but what is computed anew is done
        self._in_the_way: dict[str, str] = {}  # why it could not be done yet
        self._asked = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    async def delete(self, device: str, deletion: Deletion) -> bool:
        """Let it be done, and wait a little; whether all of it is.

        Raises:
            Conflict: something else is being deleted of that machine.
            Unavailable: it cannot be begun.
        """
        async with self._one_at_a_time:
            await self._leave(device, deletion)
        self._asked.set()
        until_s = asyncio.get_running_loop().time() + WAIT_S
        while asyncio.get_running_loop().time() < until_s:
            if await asyncio.to_thread(deletions.left, self._data_dir, device) != deletion:
                return True
            await asyncio.sleep(0.05)
        return False

    async def _leave(self, device: str, deletion: Deletion) -> None:
        if await asyncio.to_thread(deletions.left, self._data_dir, device) is not None:
            why = self._in_the_way.get(device, "ask again when that is done")
            raise Conflict(f"Readings of {device} are being deleted already: {why}")
        try:
            await asyncio.to_thread(deletions.leave, self._data_dir, device, deletion)
        except OSError as error:
            why = f"Nothing of {device} can be deleted now: {reason(error)}."
            raise Unavailable(why) from error

    async def run(self) -> None:
        """Carry out what was asked for, for ever."""
        while True:
            self._asked.clear()
            pause_s = ROUND_S
            try:
                await self.look()
            except (Unavailable, OSError) as error:
                log.warning("readings wait to be deleted: %s", error)
                pause_s = AGAIN_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), pause_s)

    async def look(self) -> bool:
        """One round of ``run``; whether minutes are to be computed anew yet.

        Raises:
            Unavailable: some of it could not be done; all else was.
        """
        waiting = dict(await asyncio.to_thread(lambda: list(deletions.waiting(self._data_dir))))
        self._emptied = {name: each for name, each in self._emptied.items() if name in waiting}
        refused: list[Unavailable] = []
        for name, deletion in waiting.items():
            try:
                await self._go_on(name, deletion)
            except Unavailable as error:
                refused.append(error)
                self._in_the_way[name] = str(error)
            else:
                self._in_the_way.pop(name, None)
        if refused:
            raise refused[0]
        return bool(self._emptied)

    async def _go_on(self, name: str, deletion: Deletion) -> None:
        device = self._meant(name, deletion)
        if device is None or self._is_held():
            return
        if self._emptied.get(name) != deletion:
            await self._carry_out(name, device, deletion)
            self._emptied[name] = deletion
        if not self._sums.is_emptying(device):
            await asyncio.to_thread(deletions.entered, self._data_dir, name, deletion)
            del self._emptied[name]

    def _meant(self, name: str, deletion: Deletion) -> Device | None:
        """Of whom it was asked: the machine that had the name then; None while it is unknown."""
        found = self._fleet.find(name)
        if found is None or found.first_seen_ms <= deletion.time_ms:
            return found
        earlier = [
            each
            for each in self._fleet
            if each.name.startswith(f"{name}.life") and each.first_seen_ms <= deletion.time_ms
        ]
        return max(earlier, key=lambda each: each.first_seen_ms, default=found)

    async def _carry_out(self, name: str, device: Device, deletion: Deletion) -> None:
        span = deletion.from_ms, deletion.to_ms
        await self._sums.checkpoint()
        await self._write(lambda journal: journal.deletions.enter(deletion.entry(name)))
        gone = ROWS
        while gone == ROWS:  # the pipeline goes on in between
            gone = await self._write(lambda it: it.deletions.drop(device.id, *span, limit=ROWS))
        await self._erase(device, *span)
        await self._sums.empty(device, *span, by=deletion.by)
        log.info("%s", deletion.entry(name).detail)
