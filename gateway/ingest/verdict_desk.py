"""What people say of alarms, kept; the readings around those wait to be kept beside it."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from contract.assets.words import NORMAL, UNKNOWN, Asset
from contract.errors import Conflict, NotFound, Refused
from contract.messages import Judgement
from gateway.journal import Journal
from gateway.journal.excerpts import LONGEST_MS
from gateway.journal.verdicts import Word
from gateway.twin.causes import FAULT_PREFIX

LATE_MS: Final = 3_600_000  # readings of a board that was cut off may still be on their way
_CLASSES: Final = frozenset({NORMAL, UNKNOWN})


class Judged(Protocol):
    """The alarm that is spoken of."""

    @property
    def alarm(self) -> int: ...

    @property
    def part_of(self) -> int | None: ...

    @property
    def raised_ms(self) -> int: ...

    @property
    def cleared_ms(self) -> int | None: ...


class VerdictDesk:
    """Takes people's verdicts; ``write`` is the pipeline's."""

    def __init__(
        self,
        *,
        write: Callable[[Callable[[Journal], bool]], Awaitable[bool]],
        now_ms: Callable[[], int],
    ) -> None:
        self._write = write
        self._now_ms = now_ms

    async def give(
        self, judged: Judged, verdict: Judgement, *, cause: str | None, note: str, by: str
    ) -> None:
        """Keep a verdict in place of the one before, which stays on record.

        Raises:
            Conflict: the alarm is evidence of another. NotFound: it has gone meanwhile.
        """
        if judged.part_of is not None:
            raise Conflict(
                f"Alarm {judged.alarm} is evidence of alarm {judged.part_of}: say it of that one."
            )
        now_ms = self._now_ms()
        word = Word(verdict=verdict, cause=cause, note=note, decided_ms=now_ms, decided_by=by)
        over_ms = judged.raised_ms + LONGEST_MS
        if judged.cleared_ms is not None:
            over_ms = min(over_ms, judged.cleared_ms)
        await self._enter(judged.alarm, word, due_ms=max(now_ms, over_ms + LATE_MS))

    async def take_back(self, judged: Judged, *, by: str) -> None:
        """Nobody says anything of it any more; what was said stays on record.

        Raises NotFound: the alarm has gone meanwhile.
        """
        word = Word(verdict=None, decided_ms=self._now_ms(), decided_by=by)
        await self._enter(judged.alarm, word, due_ms=None)

    async def _enter(self, alarm: int, word: Word, *, due_ms: int | None) -> None:
        def work(journal: Journal) -> bool:
            is_known = journal.verdicts.add(alarm, word)
            if is_known and due_ms is not None:
                journal.verdicts.await_excerpt(alarm, due_ms=due_ms)
            return is_known

        if not await self._write(work):
            raise NotFound(f"There is no alarm {alarm} any more.")


def true_cause(cause: str, asset: Asset | None) -> str:
    """A cause as it is kept: the fault's name where its type has one that is called so.

    Raises:
        Refused: it is the name of a class that is no cause.
    """
    plain = cause.removeprefix(FAULT_PREFIX).casefold()
    if plain in _CLASSES:
        raise Refused(
            f"{cause!r} is no cause: say 'nothing' or 'normal_here' where nothing was wrong."
        )
    for fault in () if asset is None else asset.faults:
        if plain in {fault.name.casefold(), fault.label.casefold()}:
            return fault.name
    return cause
