"""What was committed is made durable some milliseconds later, much at once; then it is promised.

A commit that does not wait for the disk takes a third of the time, and stops nothing else. A
reading is shown and judged meanwhile, which promises nothing: what a power cut takes then, devices
and broker send again. A PUBACK and a watermark do promise it, and so they wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from contract.errors import Unavailable
from gateway.journal import Journal
from hosting.threads import to_the_end

# A watermark is told each 200 ms: nobody waits for these, and 5 readings share one sync.
REST_S: Final = 0.004
MOST_PROMISES: Final = 64  # beyond, whoever commits waits for the disk as well

Promise = Callable[[], Awaitable[None]]


class Syncing:
    """Syncs the journal, in a thread of its own, and keeps what was promised for then, in order."""

    def __init__(
        self,
        journal: Journal,
        *,
        writing: asyncio.Lock,
        failed: Callable[[Unavailable], Awaitable[None]],
    ) -> None:
        """``writing`` is held by whoever uses the journal; ``failed`` says it, and waits."""
        self._journal = journal
        self._writing = writing
        self._failed = failed
        self._promises: list[Promise] = []
        self._is_due = asyncio.Event()
        self._is_urgent = False
        self._flushing = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal-sync")

    @property
    def is_behind(self) -> bool:
        """Whether so much waits that whoever commits more had better wait."""
        return len(self._promises) >= MOST_PROMISES

    def note(self) -> None:
        """Something was committed lazily."""
        self._is_due.set()

    def promise(self, promise: Promise, *, urgent: bool) -> None:
        """Let ``promise`` be kept when all that was committed until now is durable."""
        self._promises.append(promise)
        self._is_urgent |= urgent
        self._is_due.set()

    async def run(self) -> None:
        """Sync what is committed, for ever."""
        while True:
            await self._is_due.wait()
            if not self._is_urgent:
                await asyncio.sleep(REST_S)
            await self.flush()

    async def flush(self) -> None:
        """Make durable what was committed until now, however long it takes, and keep promises.

        Raises:
            Unusable: the disk fails. Else what ``failed`` and promises raise.
        """
        async with self._flushing:
            self._is_due.clear()
            self._is_urgent = False
            count = len(self._promises)
            await self._sync()
            kept, self._promises = self._promises[:count], self._promises[count:]
            for promise in kept:
                await promise()

    async def _sync(self) -> None:
        if not self._journal.unsynced:
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._journal.sync)
        except Unavailable as error:
            await self._failed(error)
            await self._rewrite()

    async def _rewrite(self) -> None:
        while True:
            try:
                async with self._writing:
                    await to_the_end(self._journal.rewrite)
            except Unavailable as error:
                await self._failed(error)
            else:
                return
