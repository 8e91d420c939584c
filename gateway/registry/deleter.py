"""Readings that somebody wants gone in; a journal, files and sums without them out. Event loop.

    a file that says so → rows of the journal, piece by piece → the archive's files, written anew
      → the minutes → what these cut is computed anew → the audit trail → the file goes

Each step may be done twice. A file that is there at a start was left by a process that ended in
between, or by a command line: it is carried out. Quarters, hours and days follow their minutes.
What is in the way of one machine's, as a file that cannot be read, is told in answers, the audit
trail and ``/health``, is tried again now and then, and holds up no other machine's.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypeVar

import msgspec

from contract.errors import Conflict, Unavailable, reason
from contract.messages import DependencyStatus
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


class _Obstacle(NamedTuple):
    """What is in the way of one, since when, and when it is tried again."""

    deletion: Deletion
    why: str
    since_ms: int
    again_s: float

    def told(self, name: str) -> str:
        return (
            f"Readings of {name} wait to be deleted: {self.why.rstrip('.')}. It is tried again"
            " every half minute."
        )


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
        self._in_the_way: dict[str, _Obstacle] = {}
        self._asked = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    async def delete(self, device: str, deletion: Deletion) -> bool:
        """Let it be done, and wait a little; whether all of it is.

        Raises:
            Conflict: something else is being deleted of that machine.
            Unavailable: it cannot be begun, or waits as something is in its way.
        """
        async with self._one_at_a_time:
            await self._leave(device, deletion)
        self._asked.set()
        until_s = asyncio.get_running_loop().time() + WAIT_S
        while asyncio.get_running_loop().time() < until_s:
            if await asyncio.to_thread(deletions.left, self._data_dir, device) != deletion:
                return True
            found = self._in_the_way.get(device)
            if found is not None and found.deletion == deletion:
                raise Unavailable(found.told(device))
            await asyncio.sleep(0.05)
        return False

    def told_in(self, status: DependencyStatus) -> DependencyStatus:
        """The archive's status with what is in the way of deletions."""
        told = [each.told(name) for name, each in self._in_the_way.items()]
        if not told:
            return status
        since_ms = min(each.since_ms for each in self._in_the_way.values())
        if status.status == "down":
            told, since_ms = [status.detail, *told], min(since_ms, status.since_ms)
        return msgspec.structs.replace(
            status, status="down", detail=" ".join(told), since_ms=since_ms
        )

    async def _leave(self, device: str, deletion: Deletion) -> None:
        if await asyncio.to_thread(deletions.left, self._data_dir, device) is not None:
            found = self._in_the_way.get(device)
            why = "ask again when that is done" if found is None else found.why
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
                await self.look(rests=True)
            except OSError as error:
                log.warning("readings wait to be deleted: %s", reason(error))
                pause_s = AGAIN_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), pause_s)

    async def look(self, *, rests: bool = False) -> bool:
        """One round of ``run``; whether minutes are to be computed anew yet.

        ``rests``: what could not be done a short time ago has its turn later.
        """
        waiting = dict(await asyncio.to_thread(lambda: list(deletions.waiting(self._data_dir))))
        self._emptied = {name: each for name, each in self._emptied.items() if name in waiting}
        self._in_the_way = {
            name: each for name, each in self._in_the_way.items() if waiting.get(name) == each[0]
        }
        for name, deletion in waiting.items():
            if rests and self._rests(name):
                continue
            try:
                await self._go_on(name, deletion)
            except (Unavailable, OSError) as error:
                await self._wait(name, deletion, reason(error))
            else:
                self._in_the_way.pop(name, None)
        return bool(self._emptied)

    def _rests(self, name: str) -> bool:
        found = self._in_the_way.get(name)
        return found is not None and asyncio.get_running_loop().time() < found.again_s

    async def _wait(self, name: str, deletion: Deletion, why: str) -> None:
        known = self._in_the_way.get(name)
        since_ms = time.time_ns() // 1_000_000 if known is None else known.since_ms
        again_s = asyncio.get_running_loop().time() + AGAIN_S
        found = self._in_the_way[name] = _Obstacle(deletion, why, since_ms, again_s)
        log.warning("%s", found.told(name))
        if known is None:
            with contextlib.suppress(Unavailable):  # a full disk may be what is in the way
                event = deletion.waits(name, why)
                await self._write(lambda journal: journal.deletions.enter(event))

    async def _go_on(self, name: str, deletion: Deletion) -> None:
        device = self._meant(name, deletion)
        if device is None or self._is_held():
            return
        if self._emptied.get(name) != deletion:
            await self._carry_out(device, deletion)
            self._emptied[name] = deletion
        if not self._sums.is_emptying(device):
            await self._write(lambda journal: journal.deletions.enter(deletion.entry(name)))
            await asyncio.to_thread(deletions.entered, self._data_dir, name, deletion)
            del self._emptied[name]
            log.info("%s", deletion.entry(name).detail)

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

    async def _carry_out(self, device: Device, deletion: Deletion) -> None:
        span = deletion.from_ms, deletion.to_ms
        await self._sums.checkpoint()
        gone = ROWS
        while gone == ROWS:  # the pipeline goes on in between
            gone = await self._write(lambda it: it.deletions.drop(device.id, *span, limit=ROWS))
        await self._erase(device, *span)
        await self._sums.empty(device, *span, by=deletion.by)
