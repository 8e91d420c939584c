"""A time taken out of a machine's files: those that lie within it go, others are written anew.

As ever aside, made durable, read back and compared (``writing``), and then the ledger is told. A
file of which the ledger knows nothing yet, as of a journal that was lost, is written anew as well:
it would be found some day, with what was deleted.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import msgspec

from contract.errors import Unavailable
from gateway.archive.due import Due
from gateway.archive.layout import ENDING, day_of_file, folder_of, path_of, shown, told
from gateway.archive.order import Task
from gateway.archive.outcomes import Outcome
from gateway.journal import Journal
from gateway.journal.archived import DAY_MS, Day, day_of, days_within
from hosting.threads import to_the_end

Write = Callable[[Callable[[Journal], Any]], Awaitable[Any]]


class Erasing:
    """Args.

    root: the archive. site: whose devices they are.
    read: lets something look at one snapshot of the journal; blocks.
    write: lets the journal's one writer do something. work: has tasks done by somebody else.
    task: what is to be done of a day. drop: lets go of a file for good.
    """

    def __init__(
        self,
        *,
        root: Path,
        site: str,
        read: Callable[..., Any],
        write: Write,
        work: Callable[[Sequence[Task]], Awaitable[list[Outcome]]],
        task: Callable[[Due], Task],
        drop: Callable[[Day], Awaitable[None]],
        now_ms: Callable[[], int],
        step: Callable[[str], None],
    ) -> None:
        self._root = root
        self._site = site
        self._read = read
        self._write = write
        self._work = work
        self._task = task
        self._drop = drop
        self._now_ms = now_ms
        self._step = step

    async def erase(self, device_id: int, device: str, from_ms: int, to_ms: int) -> None:
        """Raises Unavailable: a file cannot be written anew; it is as it was."""
        look = partial(self._read, self._reached, device_id, device, from_ms, to_ms)
        days: list[Day] = await to_the_end(look)
        for day in days:
            if day.is_readable and from_ms <= day.first_ms and day.last_ms < to_ms:
                await self._drop(day)
                self._step("dropped")
            elif not day.is_readable or (day.first_ms < to_ms and day.last_ms >= from_ms):
                await self._rewrite(day, device, from_ms, to_ms)

    def _reached(
        self, connection: apsw.Connection, device_id: int, device: str, from_ms: int, to_ms: int
    ) -> list[Day]:
        """Days with a file that reaches into a time: those of the ledger, and others."""
        span = {"from_ms": from_ms, "to_ms": to_ms}
        days = days_within(connection, device_id=device_id, **span)
        known = {day.day_ms for day in days}
        folder = folder_of(self._site, device)
        for day_ms in _days_of(self._root / folder):
            if day_ms in known or not from_ms - DAY_MS < day_ms < to_ms:
                continue
            entry = day_of(connection, device_id=device_id, day_ms=day_ms)
            if entry is None or entry.state == "begun":  # else it is on its way out
                days.append(Day(device_id=device_id, day_ms=day_ms, folder=folder))
        return days

    async def _rewrite(self, day: Day, device: str, from_ms: int, to_ms: int) -> None:
        due = Due(
            device_id=day.device_id,
            device=device,
            day_ms=day.day_ms,
            up_to_id=day.up_to_id,
            former=day if day.is_readable else None,
        )
        task = msgspec.structs.replace(self._task(due), without=(from_ms, to_ms))
        outcomes = await self._work([task])
        outcome = outcomes[0] if outcomes else Outcome(error="the process that does it has ended")
        if outcome.written is None:
            path = shown(path_of(self._root, day.folder, day.day_ms))
            raise Unavailable(
                f"{told(day.day_ms)} of {device} cannot be taken out of {path}: {outcome.error}"
            )
        if day.is_readable:
            changed = msgspec.structs.asdict(outcome.written) | {"written_ms": self._now_ms()}
            now = msgspec.structs.replace(day, **changed)
            await self._write(lambda journal: journal.archived.put(now))
            self._step("noted")


def _days_of(folder: Path) -> Iterator[int]:
    """Of each file in a machine's folder, where its day begins."""
    found = map(day_of_file, sorted(folder.glob(f"*/*{ENDING}")))
    return (day_ms for day_ms in found if day_ms is not None)
