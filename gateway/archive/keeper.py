"""Closed days out of the journal into files: in rounds, beside the work, by the ledger.

    the ledger says that a file begins → a worker writes it, compares it and puts it in its place
      → the ledger says how far it reaches → its rows go, piece by piece → the ledger says so

Whatever ends a round anywhere, each reading is then in the journal, or in a file of which the
ledger knows, or in both, which whoever reads can tell (``journal.archived``). The next round goes
on. While retention has no horizon, as the gateway's clock is in doubt, there are no rounds.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import apsw
import msgspec

from contract.assets.words import Asset
from contract.errors import Unavailable, reason
from contract.messages import Alarm
from gateway.archive import words
from gateway.archive.due import Closed, Due
from gateway.archive.erasing import Erasing
from gateway.archive.files import fault_of
from gateway.archive.layout import folder_of, path_of, root_beside
from gateway.archive.layout import told as day_told
from gateway.archive.order import Former, Task
from gateway.archive.outcomes import Outcome, Written
from gateway.archive.pruning import Pruning
from gateway.archive.standing import Standing
from gateway.archive.upkeep import Upkeep
from gateway.journal import Journal
from gateway.journal.archived import Day, in_state, is_whole
from gateway.journal.reader import open_read_only
from gateway.journal.trouble import translated
from hosting.threads import to_the_end

log = logging.getLogger(__name__)

LOOK_S: Final = 60.0
MOST_DAYS: Final = 8  # a worker: its start takes as long as a day of a slow machine

Step = Callable[[str], None]
T = TypeVar("T")


class Write(Protocol):
    """Does work in a transaction of its own, between two batches; raises Unavailable."""

    async def __call__(self, work: Callable[[Journal], T]) -> T: ...


class Archivist:
    """One round after another.

    Args:
        journal: the path of the journal; the archive is beside it.
        site: whose devices they are.
        write: lets the journal's one writer do something.
        work: has tasks done by somebody else.
        horizon_ms: retention's idea of now; None while nothing may be deleted.
        keep_ms: how long readings stay in the journal.
        asset_of: the type of a device.
        now_ms: the gateway's clock.
        limit_ms: how long files stay; None: for good.
        limit_bytes: what journal and archive may take together; told: of the alarm before that.
        archives: whether days are archived; those that are stay looked after.
        step: told of each thing done.
    """

    def __init__(
        self,
        *,
        journal: Path,
        site: str,
        write: Write,
        work: Callable[[Sequence[Task]], Awaitable[list[Outcome]]],
        horizon_ms: Callable[[], int | None],
        keep_ms: int,
        asset_of: Callable[[str], Asset | None],
        now_ms: Callable[[], int],
        limit_ms: int | None = None,
        archives: bool = True,
        limit_bytes: int | None = None,
        told: Callable[[Alarm], None] = lambda _: None,
        step: Step = lambda _: None,
    ) -> None:
        self._journal = journal
        self._root = root_beside(journal.absolute())
        self._site = site
        self._write = write
        self._work = work
        self._horizon_ms = horizon_ms
        self._keep_ms = keep_ms
        self._asset_of = asset_of
        self._now_ms = now_ms
        self._archives = archives
        self._step = step
        self._alone = asyncio.Lock()
        self._pruning = Pruning(write=write, step=step)
        self.standing = Standing(now_ms, is_on=archives)
        self._upkeep = Upkeep(
            root=self._root,
            write=write,
            limit_ms=limit_ms,
            standing=self.standing,
            limit_bytes=limit_bytes,
            told=told,
        )

        self._erasing = Erasing(
            root=self._root,
            site=site,
            read=self._read,
            write=write,
            work=work,
            task=self._task,
            drop=self._upkeep.drop,
            now_ms=now_ms,
            step=step,
        )

    async def erase(self, device_id: int, device: str, from_ms: int, to_ms: int) -> None:
        """Take a time out of a device's files. Raises Unavailable: one cannot be written anew."""
        async with self._alone:
            try:
                await self._erasing.erase(device_id, device, from_ms, to_ms)
            except OSError as error:
                raise Unavailable(f"A file of {device} is in the way: {reason(error)}.") from error

    async def run(self) -> None:
        while True:
            try:
                found_some = await self.round()
            except (Unavailable, OSError) as error:  # once more, when it may be better
                self.standing.fail(str(error))
                found_some = False
            await asyncio.sleep(0 if found_some else LOOK_S)

    async def round(self) -> bool:
        """Archive some days, and let go of what has been; whether there was any."""
        async with self._alone:
            return await self._round()

    async def _round(self) -> bool:
        horizon_ms = self._horizon_ms()
        if horizon_ms is None:
            return False
        if await self._upkeep.round(self._read, horizon_ms):
            return True
        due = []
        if self._archives:
            due = await to_the_end(partial(self._read, self._due, horizon_ms))
        return await self._archive(due) if due else await self._prune(horizon_ms)

    def _read(self, look: Callable[..., T], *args: Any) -> T:
        """In a thread: ``look`` at one snapshot of the journal."""
        with translated(self._journal):
            connection = open_read_only(self._journal)
            try:
                connection.execute("BEGIN")  # one snapshot
                return look(connection, *args)
            finally:
                connection.close()

    # ------------------------------------------------------------------ into files

    def _due(self, connection: apsw.Connection, horizon_ms: int) -> list[Due]:
        closed = Closed(connection, horizon_ms=horizon_ms, keep_ms=self._keep_ms)
        found: list[Due] = []
        seen: set[tuple[int, int]] = set()
        for due in closed.due():
            seen.add((due.device_id, due.day_ms))
            if not self.standing.rests(due.device_id, due.day_ms):
                found.append(due)
            if len(found) == MOST_DAYS:
                return found
        self.standing.forget_all_but(seen)
        return found

    async def _archive(self, due: Sequence[Due]) -> bool:
        begun = [
            Day(device_id=one.device_id, day_ms=one.day_ms, folder=self._folder(one)) for one in due
        ]

        def begin(journal: Journal) -> None:
            for day in begun:
                journal.archived.begin(day)

        await self._write(begin)
        self._step("begun")
        outcomes = await self._work([self._task(one) for one in due])
        done = list(zip(due, outcomes, strict=False))
        for one, outcome in done:
            if outcome.written is None:
                self.standing.refuse(one.device_id, one.day_ms, outcome.error)
            else:
                await self._note(one, outcome.written)
        if len(done) < len(due):  # the others are tried without it
            self._blame(due[len(done)])
        _tell_undelivered(one for one, outcome in done if outcome.written is not None)
        return any(outcome.written for outcome in outcomes)

    def _blame(self, due: Due) -> None:
        self.standing.refuse(
            due.device_id,
            due.day_ms,
            f"{day_told(due.day_ms)} of {due.device} cannot be archived: the process that"
            " does it has ended at it, the log may say why.",
        )

    async def _note(self, due: Due, written: Written) -> None:
        day = Day(
            device_id=due.device_id,
            day_ms=due.day_ms,
            folder=self._folder(due),
            state="written",
            up_to_id=due.up_to_id,
            written_ms=self._now_ms(),
            **msgspec.structs.asdict(written),
        )
        await self._write(lambda journal: journal.archived.put(day))
        self._step("noted")
        self.standing.succeed(due.device_id, due.day_ms)
        log.info(
            "archived: %s of %s, %d readings, %d events, %d bytes",
            day_told(day.day_ms), due.device, day.rows, day.events, day.size,
        )  # fmt: skip

    def _folder(self, due: Due) -> str:
        if due.former is not None and due.former.is_readable:
            return due.former.folder
        return folder_of(self._site, due.device)

    def _task(self, due: Due) -> Task:
        asset, former = self._asset_of(due.device), due.former
        about = {
            "site": self._site,
            "device": due.device,
            "asset": "" if asset is None else asset.name,
            "title": "" if asset is None else asset.title,
            "day": day_told(due.day_ms),
            "time_zone": "UTC",
        }
        return Task(
            journal=str(self._journal.absolute()),
            root=str(self._root),
            folder=self._folder(due),
            device_id=due.device_id,
            day_ms=due.day_ms,
            up_to_id=due.up_to_id,
            words={} if asset is None else words.of(asset),
            about=about,
            former=None
            if former is None or not former.is_readable
            else Former(size=former.size, sha256=former.sha256, up_to_id=former.up_to_id),
        )

    # ------------------------------------------------------------------ out of the journal

    async def _prune(self, horizon_ms: int) -> bool:
        looked = await to_the_end(partial(self._read, self._written))
        for day, fault, has_rows in looked:
            if fault is not None:
                await self._put_right(day, fault, has_rows=has_rows)
        sound = [day for day, fault, _ in looked if fault is None]
        if sound:
            await self._pruning.all_of(sound, before_ms=horizon_ms - self._keep_ms)
        return bool(looked)

    def _written(self, connection: apsw.Connection) -> list[tuple[Day, str | None, bool]]:
        """Days whose rows may go, what is wrong with the file, whether all the rows are there."""
        days = [day for day in in_state(connection, "written") if day.damage is None]
        faults = [(day, self._fault(day)) for day in days]
        return [
            (day, fault, fault is not None and is_whole(connection, day)) for day, fault in faults
        ]

    async def _put_right(self, day: Day, fault: str, *, has_rows: bool) -> None:
        """A file that is no good is written again, where its rows are still there."""
        log.error("archive: %s", fault)
        if has_rows:
            path = path_of(self._root, day.folder, day.day_ms)
            await to_the_end(partial(path.unlink, missing_ok=True))
            await self._write(lambda journal: journal.archived.mark(day, "begun"))
        else:
            await self._write(lambda journal: journal.archived.note_damage(day, fault))

    def _fault(self, day: Day) -> str | None:
        path = path_of(self._root, day.folder, day.day_ms)
        return fault_of(path, size=day.size, sha256=day.sha256)


def _tell_undelivered(written: Iterable[Due]) -> None:
    count = sum(one.undelivered for one in written)
    if count:
        log.error(
            "%d readings and events go from the journal before a follower has delivered them:"
            " they are in the archive only",
            count,
        )
