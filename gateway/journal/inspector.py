"""Looks after the journal's file while the gateway works on it, and tells of damage for a day.

Its files are looked at every few seconds. What is in them is examined after an end that was not
clean, when a reader has met something odd, and now and then.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from contract import topics
from contract.errors import Damaged, GatewayError, Unavailable, Unusable
from contract.messages import Alarm, DependencyStatus
from gateway.journal import aside
from gateway.journal.aside import Note
from gateway.journal.footing import Footing
from gateway.journal.integrity import examine
from gateway.journal.trouble import ILLEGIBLE

log = logging.getLogger(__name__)

ALARM_NAME: Final = "journal_damaged"
TOLD_FOR_MS: Final = 24 * 3_600_000
LOOK_S: Final = 2.0
# An examination reads the whole file: it may take half a percent of the time, whatever its size.
REST_S: Final = 10.0
REST_FACTOR: Final = 200.0
# And where nothing is suspected it steps aside after every few milliseconds: on two cores whoever
# takes one of them whole is felt by every reading meanwhile.
STEP_ASIDE_S: Final = 0.01
# A start waits so long for the examination of a file that was not left in order; a long one goes on
# beside the readings that come.
START_WITHIN_S: Final = 1.0
BLAMED_WITHIN_S: Final = 10.0


class Inspector:
    """Raises Damaged out of ``run`` as soon as the journal is not what was written."""

    def __init__(
        self,
        path: Path,
        *,
        is_as_left: bool,
        has_backlog: Callable[[], bool],
        note_end: Callable[[], None],
        told: Callable[[Alarm], None],
        now_ms: Callable[[], int],
    ) -> None:
        """Examine a journal that was not left in order, if that is soon done.

        While the gateway ``has_backlog`` to work off, the looks of now and then wait. ``note_end``
        is called with each look at the files, to note how far the journal goes.

        Raises:
            Damaged: it is not sound.
        """
        self._path = path
        self._has_backlog = has_backlog
        self._note_end = note_end
        self._told = told
        self._now_ms = now_ms
        self._footing = Footing(path)
        self._suspected = asyncio.Event()
        self._found: Damaged | None = None
        self._is_stopping = False
        self._alarm: Alarm | None = None
        self._is_urgent = not (is_as_left or self._examine_within(START_WITHIN_S))
        self._due_s = time.monotonic() + REST_S
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tell(aside.read_note(path))

    def close(self) -> None:
        """Only once the journal is closed."""
        self._footing.close()

    def suspect(self) -> None:
        """Somebody met something odd in the journal: examine it now. Any thread may call."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._suspected.set)

    def condemn(self, damage: Damaged) -> None:
        """Somebody read what cannot have been written. Any thread may call."""
        self._found = damage
        self.suspect()

    async def judge(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work``; where it fails because of the journal, say so.

        Raises:
            Damaged: that is why. Else what ``work`` does.
        """
        try:
            await work
        except Damaged:
            raise
        except (GatewayError, apsw.Error, OSError, *ILLEGIBLE):
            await asyncio.to_thread(self._blame)
            raise

    def _blame(self) -> None:
        self._footing.look()
        with contextlib.suppress(Unavailable, Unusable):
            self._examine_within(BLAMED_WITHIN_S)

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._suspected.wait()
                await self._round()
        finally:
            self._is_stopping = True

    async def _round(self) -> None:
        if self._found is not None:
            raise self._found
        is_smaller = not self._footing.look()
        self._note_end()
        if self._suspected.is_set() or is_smaller:
            self._is_urgent = True
        self._suspected.clear()
        if self._is_urgent or (time.monotonic() >= self._due_s and not self._has_backlog()):
            await self._examine()
        if self._alarm is not None and self._now_ms() - self._alarm.raised_ms > TOLD_FOR_MS:
            self._tell_no_more(self._alarm)

    async def _examine(self) -> None:
        began_s, rested_s = time.monotonic(), 0.0
        is_urgent, self._is_urgent = self._is_urgent, False

        def give_up() -> bool:
            nonlocal rested_s
            if not is_urgent:
                time.sleep(STEP_ASIDE_S)
                rested_s += STEP_ASIDE_S
            return self._is_stopping or (not is_urgent and self._has_backlog())

        try:
            await asyncio.to_thread(examine, self._path, give_up=give_up)
        except (Unavailable, Unusable) as error:  # the writer meets it as well, and says so
            log.warning("the journal was not examined: %s", error)
        took_s = time.monotonic() - began_s - rested_s
        self._due_s = time.monotonic() + max(REST_S, REST_FACTOR * took_s)

    def _examine_within(self, seconds: float) -> bool:
        deadline_s = time.monotonic() + seconds
        return examine(self._path, give_up=lambda: time.monotonic() > deadline_s)

    # ------------------------------------------------------------------ what was set aside

    @property
    def lost(self) -> tuple[int, str] | None:
        """When a journal was set aside, and the sentence about it, while it is told of."""
        return None if self._alarm is None else (self._alarm.raised_ms, self._alarm.text)

    def told_in(self, status: DependencyStatus) -> DependencyStatus:
        """The journal's status with what happened to the one before."""
        if self._alarm is None:
            return status
        return msgspec.structs.replace(status, detail=f"{status.detail}. {self._alarm.text}")

    def _tell(self, note: Note | None) -> None:
        if note is None:
            return
        alarm = Alarm(
            0, topics.GATEWAY, ALARM_NAME, "system", "Critical", sentence(note), note.time_ms
        )
        if self._now_ms() - note.time_ms > TOLD_FOR_MS:
            self._tell_no_more(alarm)
            return
        self._alarm = alarm
        self._told(alarm)

    def _tell_no_more(self, alarm: Alarm) -> None:
        self._alarm = None
        aside.forget_note(self._path)
        self._told(msgspec.structs.replace(alarm, cleared_ms=self._now_ms()))


def sentence(note: Note) -> str:
    """What a person should know of a journal that was set aside."""
    when = datetime.fromtimestamp(note.time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f"The journal was damaged ({note.reason}) A new one was begun at {when}; {_kept(note)}. "
        "Devices send again what they still hold, the rest is counted as gaps. Look after the disk."
    )


def _kept(note: Note) -> str:
    if note.file:
        return f"it is kept as {note.file}" + (f" and {note.log}" if note.log else "")
    return f"only its log is left, as {note.log}" if note.log else "nothing of it is left"
