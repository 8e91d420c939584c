"""Whom somebody wants removed in; a broker, a journal and a memory without it out. Event loop.

    a file that says so → its login → its rows, in one commit, and all that is held of it
      → the topics that the broker keeps → its key → the file goes; many rows follow in pieces

Each step may be done twice. A file that is there at a start was left by a process that ended in
between, or by a command line: it is carried out.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contract import topics
from contract.errors import NotFound, Unavailable, reason
from gateway.journal import Journal, Tombstone
from gateway.mqtt.broker import Outbound
from gateway.registry import decisions, deletions, photos, removals
from gateway.registry.register import Register
from gateway.registry.removals import Removal
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger(__name__)

ROUND_S: Final = 1.0
PURGE_ROWS: Final = 5_000  # a transaction; the pipeline goes on in between
# All that anybody may have published with the flag: the five of our protocol first.
RETAINED: Final = (
    topics.BIRTH, topics.STATUS, topics.STATE, topics.DIAGNOSIS, topics.ALARM,
    topics.DESIRED, topics.REPORTED,
)  # fmt: skip

TOLD: Final = (topics.STATE, topics.DIAGNOSIS, topics.ALARM)  # by the gateway

Work = Callable[[Journal], None]
Alter = Callable[[Work, Callable[[None], None]], Awaitable[None]]


class Remover:
    """Removes machines, and keeps those that were removed out.

    Args:
        stones: who was removed before.
        alter: changes at once what is stored and what is held (``Pipeline.alter``).
        write: does work on the journal, and gives what it gives.
        forget: lets go of what else is held of a device.
        has_login, take_login: of a board at the broker; both may block. The first is asked of each
            message of who was removed, so that nothing of a board that was let in again is refused.
        publish: with QoS 1; raises Unavailable where no broker takes it.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        site: str,
        stones: Iterable[Tombstone],
        fleet: Fleet,
        register: Register,
        alter: Alter,
        write: Callable[[Callable[[Journal], bool]], Awaitable[bool]],
        forget: Callable[[Device], None],
        has_login: Callable[[str], bool],
        take_login: Callable[[str], bool],
        publish: Callable[[Outbound], Awaitable[None]],
        now_ms: Callable[[], int],
    ) -> None:
        self._data_dir = data_dir
        self._site = site
        self._stones = {stone.name: stone for stone in stones}
        self._fleet = fleet
        self._register = register
        self._alter = alter
        self._write = write
        self._forget = forget
        self._has_login = has_login
        self._take_login = take_login
        self._publish = publish
        self._now_ms = now_ms
        self._kept = set(self._stones)  # whose topics a broker may still keep
        self._hushed: set[str] = set()  # of whom nothing is told, and something may be kept
        self._lifted: set[str] = set()  # who came again: the journal is not told yet
        self._has_rest = True  # rows of a removed machine may be left
        self._one_at_a_time = asyncio.Lock()

    # ------------------------------------------------------------------ asked for

    async def remove(self, name: str, *, by: str, origin: str) -> None:
        """Remove a machine with all that is kept of it here.

        Raises:
            NotFound: there is nothing of that name.
            Unavailable: some of it could not be done, and is as soon as it can be.
        """
        await self.check_known(name)
        removal = Removal(by=by, origin=origin, time_ms=self._now_ms())
        try:
            await asyncio.to_thread(removals.leave, self._data_dir, name, removal)
        except OSError as error:
            raise Unavailable(f"{name} cannot be removed now: {reason(error)}.") from error
        await self._carry_out(name, removal)

    async def check_known(self, name: str) -> None:
        """Raises NotFound: nobody of this name has reported, and none has a login."""
        is_known = self._fleet.find(name) is not None or name in self._register
        if not is_known and not await asyncio.to_thread(self._has_login, name):
            raise NotFound(f"There is no device {name!r}: none has reported, and none has a login.")

    def barred(self, name: str) -> str:
        """Why a device may not come: it was removed, and has no new login. Empty: it may."""
        stone = self._stones.get(name)
        if stone is None:
            return ""
        if self._has_login(name):
            self.lift(name)
            return ""
        day = datetime.fromtimestamp(stone.removed_ms / 1000, UTC).date()
        return (
            f"{name} was removed by {stone.removed_by} on {day}, and something still sends under"
            f" this name: switch it off, or add it anew with `python -m gateway device add {name}`"
        )

    def lift(self, name: str) -> None:
        """It has a login of its own again."""
        if self._stones.pop(name, None) is not None:
            self._kept.discard(name)
            self._lifted.add(name)

    def note_connected(self) -> None:
        """A (new) broker may keep what another was told to forget."""
        self._kept.update(self._stones)
        self._hushed.update(device.name for device in self._fleet if device.is_over)

    # ------------------------------------------------------------------ beside the pipeline

    async def run(self) -> None:
        """Go on with what was begun, for ever."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                log.warning("a removal waits: %s", error)
            await asyncio.sleep(ROUND_S)

    async def look(self) -> None:
        """One round of ``run``. Raises Unavailable."""
        for name, removal in list(removals.waiting(self._data_dir)):
            await self._carry_out(name, removal)
        await self._tell_broker()
        await self._note_lifted()
        while self._has_rest:
            self._has_rest = await self._write(
                lambda journal: journal.removals.purge(limit=PURGE_ROWS)
            )

    async def _carry_out(self, name: str, removal: Removal) -> None:
        async with self._one_at_a_time:
            if removals.left(self._data_dir, name) != removal:
                return  # the other of the two has done it
            stone = removal.stone(name)
            if self._stones.get(name) != stone:
                await asyncio.to_thread(self._take_login, name)
                await self._take_rows(removal, stone)
            decisions.drop(self._data_dir, name)
            deletions.drop(self._data_dir, name)
            (self._data_dir / "keys" / name).unlink(missing_ok=True)
            photos.drop(self._data_dir, name)
            removals.entered(self._data_dir, name, removal)
        with contextlib.suppress(Unavailable):  # a broker that is away is told when it is back
            await self._tell_broker()

    async def _take_rows(self, removal: Removal, stone: Tombstone) -> None:
        def work(journal: Journal) -> None:
            journal.removals.begin(stone)
            journal.audits.add(removal.entry(stone.name), count=1)

        await self._alter(work, lambda _: self._bury(stone))
        log.info("%s was removed by %s from %s", stone.name, removal.by, removal.origin)

    def _bury(self, stone: Tombstone) -> None:
        device = self._fleet.find(stone.name)
        if device is not None:
            self._fleet.remove(stone.name)
            self._forget(device)
        self._register.forget(stone.name)
        self._stones[stone.name] = stone
        self._kept.add(stone.name)
        self._has_rest = True

    async def _tell_broker(self) -> None:
        for name in sorted(self._kept):
            if await asyncio.to_thread(self._has_login, name):
                self.lift(name)
            else:
                await self.clear(name)
            self._kept.discard(name)
        for name in sorted(self._hushed):
            device = self._fleet.find(name)
            if device is not None and device.is_over:
                await self.clear(name, TOLD)
            self._hushed.discard(name)

    async def hush(self, name: str) -> None:
        """A machine is retired: what was told of it last is not to be kept for ever."""
        self._hushed.add(name)
        with contextlib.suppress(Unavailable):  # a broker that is away is told when it is back
            await self._tell_broker()

    async def clear(self, name: str, kinds: Iterable[str] = RETAINED) -> None:
        """Let the broker forget what it keeps of a device. Raises Unavailable."""
        for kind in kinds:
            topic = topics.build(site=self._site, device=name, kind=kind)
            await self._publish(Outbound(topic, b"", retain=True))

    async def _note_lifted(self) -> None:
        lifted = list(self._lifted)
        if lifted:
            await self._write(lambda journal: any(map(journal.removals.lift, lifted)))
            self._lifted.difference_update(lifted)
