"""What else becomes of files: they follow their machine's name, go with it, age, and are looked at.

gone        the file, then its entry in the ledger
misplaced   the file gets its second name, the ledger says so, the first name goes
old         the ledger says that it is to go, once its rows have left the journal
damaged     looked at in turn: a few each round, and one as a whole; at once what was not readable
"""

import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from contract.errors import Unreadable
from contract.messages import Alarm
from gateway.archive import suspects
from gateway.archive.budget import BudgetAlarm, Spent, about_minutes, spent, surplus
from gateway.archive.files import damage, fault_of
from gateway.archive.found import examined, unknown
from gateway.archive.layout import PART, folder_of, path_of, shown, told
from gateway.archive.standing import Standing
from gateway.journal.archived import Day, every_day
from gateway.journal.removals import GONE
from hosting.durable import sync
from hosting.threads import to_the_end

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
FIND_S: Final = 600.0
COUNT_S: Final = 3_600.0

_NAMES: Final = "SELECT id, name FROM device"

Write = Callable[[Callable[..., Any]], Awaitable[Any]]
Read = Callable[..., Any]


class Look(msgspec.Struct):
    """What one look at the ledger has found."""

    gone: list[Day]
    old: list[Day]
    misplaced: list[tuple[Day, str]]
    faults: list[tuple[Day, str | None]]  # what is another than the ledger says
    suspected: list[str]  # what somebody could not read, and was looked at
    budget: str  # what is to be told of it


class Upkeep:
    """``root`` is the archive; ``limit_ms``: how long files stay, None: for good."""

    def __init__(
        self,
        *,
        root: Path,
        write: Write,
        limit_ms: int | None,
        standing: Standing,
        limit_bytes: int | None = None,
        told: Callable[[Alarm], None] = lambda _: None,
    ) -> None:
        """``limit_bytes``: what journal and archive may take; ``told``: of alarms."""
        self._root = root
        self._write = write
        self._limit_ms = limit_ms
        self._standing = standing
        self._limit_bytes = limit_bytes
        self._alarm = BudgetAlarm(told, standing.now_ms)
        self._turn = self._whole = 0
        self._due_s = self._count_s = 0.0  # monotonic
        self._minutes = 0  # bytes, when they were counted last

    async def round(self, read: Read, horizon_ms: int) -> bool:
        """Some of what there is to do; whether there was any."""
        await self._adopt(read)
        found: Look = await to_the_end(partial(read, self._look, horizon_ms))
        self._alarm.look(found.budget)
        for day in found.old:
            await self._write(lambda it, day=day: it.archived.mark(day, "gone"))
            log.info("archive: %s of %s is kept no longer", told(day.day_ms), day.folder)
        for day in found.gone:
            await self.drop(day)
        for day, folder in found.misplaced:
            await self._move(day, folder)
        for day, fault in found.faults:
            await self._write(lambda it, day=day, fault=fault: it.archived.note_damage(day, fault))
            self._standing.learn(day.device_id, day.day_ms, fault)
        self._standing.trust(found.suspected)
        return bool(found.old or found.gone or found.misplaced)

    async def drop(self, day: Day) -> None:
        """Let go of a file for good, at once."""
        await self._write(lambda it: it.archived.mark(day, "gone"))
        await to_the_end(partial(self._delete, day))
        await self._write(lambda it: it.archived.forget(day))

    # ------------------------------------------------------------------ found

    async def _adopt(self, read: Read) -> None:
        """Now and then, let the ledger know of files that it does not know."""
        if self._due_s > time.monotonic():
            return
        self._due_s = time.monotonic() + FIND_S
        strangers = await to_the_end(partial(read, unknown, self._root))
        for stranger, path in strangers:
            try:
                day = await to_the_end(
                    partial(examined, stranger, path, now_ms=self._standing.now_ms())
                )
            except Unreadable as error:
                log.warning("archive: %s", error)
                continue
            await self._write(lambda it, day=day: it.archived.put(day))
            log.info("archive: %s of %s was found", told(day.day_ms), day.folder)

    # ------------------------------------------------------------------ looked for

    def _look(self, connection: apsw.Connection, horizon_ms: int) -> Look:
        days = list(every_day(connection))
        there = [day for day in days if day.is_readable]
        damaged = {(day.device_id, day.day_ms): day.damage for day in there if day.damage}
        taken = self._spent(connection, there)
        self._standing.note(days=len(there), size=taken.archive, damaged=damaged, budget=taken.text)
        # One whose rows are in the journal would be written again as soon as it had gone.
        kept = [day for day in there if day.state == "kept"]
        limit_ms = None if self._limit_ms is None else horizon_ms - self._limit_ms
        old = [day for day in kept if limit_ms is not None and day.end_ms <= limit_ms]
        gone = [day for day in days if day.state == "gone"]
        for told_ in suspects.taken(self._root.parent):
            self._standing.suspect(told_)
        suspected = self._standing.suspected
        return Look(
            gone=gone[:AT_ONCE],
            old=(old or list(surplus(taken, kept)))[:AT_ONCE],
            misplaced=list(islice(self._misplaced(connection, days), AT_ONCE)),
            budget=taken.text,
            faults=list(self._faults(kept, suspected)),
            suspected=suspected,
        )

    def _spent(self, connection: apsw.Connection, days: list[Day]) -> Spent:
        """Minutes are counted, now and then, where there is something to be told."""
        taken = spent(Path(connection.filename), days, self._limit_bytes)
        if taken.text and self._count_s <= time.monotonic():
            self._minutes = about_minutes(connection)
            self._count_s = time.monotonic() + COUNT_S
        return msgspec.structs.replace(taken, minutes=self._minutes)

    def _misplaced(self, connection: apsw.Connection, days: list[Day]) -> Any:
        rows: Any = connection.execute(_NAMES)
        names: dict[int, str] = dict(rows)
        for day in days:  # of one that was begun a file may be there
            site, _, device = day.folder.partition("/")
            name = names.get(day.device_id, GONE)
            if name < GONE and name != device and day.state != "gone":
                yield day, folder_of(site, name)

    def _faults(self, days: list[Day], suspected: list[str]) -> Any:
        """The next few: whether each is there; the next one and the damaged as they should be.

        And those that somebody could not read.
        """
        some, self._turn = _next(days, self._turn, AT_ONCE)
        whole, self._whole = _next(days, self._whole, 1)
        damaged = (day for day in days if day.damage is not None)
        odd = self._meant(days, suspected)
        for day in islice(chain(whole, odd, damaged), len(odd) + AT_ONCE // 10):
            fault = fault_of(self._path(day), size=day.size, sha256=day.sha256)
            if fault != day.damage:
                yield day, fault
        for day in some:
            if day.damage is None and not self._path(day).exists():
                yield day, damage(self._path(day), FileNotFoundError())

    def _meant(self, days: list[Day], suspected: list[str]) -> list[Day]:
        """The days of these files."""
        return [day for day in days if suspected and shown(self._path(day)) in suspected]

    def _path(self, day: Day) -> Path:
        return path_of(self._root, day.folder, day.day_ms)

    # ------------------------------------------------------------------ done

    def _delete(self, day: Day) -> None:
        path = self._path(day)
        for one in (path, path.with_suffix(PART)):  # a kill may have left the second
            with contextlib.suppress(FileNotFoundError):
                one.unlink()
                sync(path.parent)
        for folder in (path.parent, path.parent.parent):
            with contextlib.suppress(OSError):  # others are in it
                folder.rmdir()

    async def _move(self, day: Day, folder: str) -> None:
        target = path_of(self._root, folder, day.day_ms)
        await to_the_end(partial(_give_second_name, self._path(day), target))
        await self._write(lambda it: it.archived.move(day, folder))
        await to_the_end(partial(self._delete, day))


def _next(days: list[Day], at: int, count: int) -> tuple[list[Day], int]:
    """So many from there on, from the front again behind the last; and where to go on."""
    begin = at if at < len(days) else 0
    some = days[begin : begin + count]
    return some, begin + len(some)


def _give_second_name(path: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        aside = target.with_suffix(".moved")
        aside.unlink(missing_ok=True)
        try:
            os.link(path, aside)
        except OSError:  # a file system without second names
            path.replace(aside)
        aside.replace(target)
    sync(target.parent)
