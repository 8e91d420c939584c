"""The gateway's clock: its wall clock is one witness of the time among several. Pure but ``look``.

The others are monotonic time, which nobody can set; the newest reading in the journal and the files
of the program itself, before which it cannot be; and the boards' clocks (``witnesses``).
While they contradict the wall clock it is *in doubt*: ``now_ms`` then goes on from the last good
time by monotonic time, or by the boards, where the wall clock was wrong from the start, and nobody
deletes or refuses anything for its age.

Doubt ends at once when the wall clock comes back to where it was, or agrees with a board that was
not put right along with it: then the old time was the wrong one. Without a board it ends when the
wall clock has gone steadily for ten minutes, or contradicts the journal no longer.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.clocks.witnesses import AGREE_MS, NEAR_MS, BesideBoards, Verdict, Witnesses, agree

# NTP slews by half a millisecond a second and a leap second is one; quartz is off by less. What
# adds up to more than that is a step.
STEP_MS: Final = 2_000
DRIFT: Final = 100  # one part in a hundred is followed for ever
LONG_MS: Final = 600_000
MANY: Final = 2  # boards that say the same of the time
TOLD_MS: Final = 10_000  # how long the wall clock has to go steadily before it is told anew
LOOK_MS: Final = 1_000  # how often the boards are asked while nothing is wrong
DAY_MS: Final = 86_400_000
UNPACKED_MS: Final = DAY_MS  # archives keep local times, of any zone
NO_CLOCK_BEFORE_MS: Final = 1_704_067_200_000  # 2024: a board that has not set its clock

Look = Callable[[], tuple[int, int]]
Why = Callable[[int], str]  # of the wall clock's line


class Doubt(NamedTuple):
    """Why the wall clock is not believed, as a sentence, and since when by monotonic time."""

    why: str
    since: int


if hasattr(time, "CLOCK_BOOTTIME"):  # Linux: goes on while a laptop sleeps

    def _steady_ns() -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

else:  # there it does so by itself

    def _steady_ns() -> int:
        return time.monotonic_ns()


def look() -> tuple[int, int]:
    """The wall clock, and monotonic time, in milliseconds."""
    return time.time_ns() // 1_000_000, _steady_ns() // 1_000_000


class Clock:
    """The best idea of the time there is. Lines (``witnesses``) tell one idea from another.

    Attributes:
        doubt: None while the wall clock is believed.
        is_proven: whether it has been borne out since the start: by a board, or by ten minutes in
            which nothing contradicted it.
        witnesses: the boards' clocks.
        moved_ms: what all later times are ahead by of those from before, because the old time
            turned out to be wrong; it sums up.
        on_move: told of each such change at once, before anybody is given a new time.
    """

    def __init__(
        self, *, newest_ms: int | None = None, made_ms: int | None = None, look: Look = look
    ) -> None:
        """``newest_ms``: of the journal; ``made_ms``: when the program was put here."""
        wall, at = look()
        self._look = look
        self._at = self._asked_at = at
        self._line = self._base = wall - at
        self._is_walls = True  # the line is our wall clock's, not the journal's or the boards'
        self._is_confirmed = False  # by two boards: no board can outweigh it any more
        self._steady_line, self._steady_at = self._line, at
        self.witnesses = Witnesses()
        self._floor = None if newest_ms is None else newest_ms - at
        self._made = None if made_ms is None else made_ms - at
        self._began = at
        self.is_proven = False
        self.doubt: Doubt | None = None
        self._why: Why = str
        self._is_before_journal = False
        self.moved_ms = 0
        self.on_move: list[Callable[[int], None]] = []
        if self._floor is not None and self._line < self._floor - AGREE_MS:
            self._begin_before(self._floor, "newest reading in the journal")
        elif self._made is not None and not self._is_after_program(self._line):
            self._begin_before(self._made, "files of its own program")

    @property
    def in_doubt(self) -> bool:
        return self.doubt is not None

    def steady_ms(self) -> int:
        """Monotonic time: good for durations alone."""
        return self._look()[1]

    def uptime_ms(self) -> int:
        """Since the clock was made, whatever it was put to meanwhile."""
        return self._look()[1] - self._began

    def now_ms(self) -> int:
        """Unix time in milliseconds. It looks at the clocks each time, and draws conclusions."""
        wall, at = self._look()
        line = wall - at
        if self.doubt is None:
            if -STEP_MS <= line - self._base <= STEP_MS:
                self._line = line
                if at - self._asked_at < LOOK_MS:
                    self._at = at
                    return wall
                self._follow(line, at)
            else:
                self._doubt(_stepped(self._line), at=at, line=line)
        if self.doubt is not None:
            self._weigh(line, at)
        self._at = at
        return at + self._line

    def witness(self, device: str, offset_ms: int) -> None:
        """A reading of ``device`` came ``offset_ms`` after the time its board gave it."""
        line = self._line - offset_ms
        if line + self._at >= NO_CLOCK_BEFORE_MS:
            self.witnesses.note(device, line=line, at=self._at)

    def glance_ms(self) -> int:
        """``now_ms`` as far as it is known, for other threads: it changes nothing."""
        return self._look()[1] + self._line

    def beside_boards(self) -> BesideBoards | None:
        """How far it is ahead of the boards heard within the last minute."""
        return self.witnesses.beside(self._line, at=self._look()[1])

    def at_ms(self, steady_ms: int) -> int:
        """The time it was at this monotonic time, by what is known now."""
        return steady_ms + self._line

    def ask_now(self) -> int:
        """``now_ms`` after the boards have been asked, however short a time ago they were."""
        self._asked_at = self._at - LOOK_MS
        return self.now_ms()

    def oldest_ms(self, *, now_ms: int, retention_ms: int) -> int | None:
        """Readings from before may be refused; none for their age while nobody knows the time."""
        if self.doubt is not None:
            return None
        return now_ms - retention_ms if self.is_proven else 0

    # ------------------------------------------------------------ while it is believed

    def _follow(self, line: int, at: int) -> None:
        drift = (at - self._asked_at) // DRIFT
        self._base += max(-drift, min(drift, line - self._base))
        self._asked_at = at
        self.witnesses.forget(at)
        verdict = self.witnesses.verdict(at=at, ours=(line,))
        if verdict is not None and agree(verdict.line, line):
            self.is_proven = True
            self._is_confirmed = self._is_confirmed or verdict.boards >= MANY
        elif verdict is not None and self._is_outweighed(verdict, line):
            self._doubt(_outweighed(verdict), at=at, line=line)
            self._move(verdict.line, is_walls=False)
        elif at - self._began >= LONG_MS:
            self.is_proven = True

    def _is_outweighed(self, verdict: Verdict, line: int) -> bool:
        if self._is_confirmed or not self._is_after_journal(verdict.line):
            return False
        floor = self._floor
        if floor is not None and -STEP_MS <= line - floor <= DAY_MS:
            needed = MANY + 1  # the journal is on our side: no clock goes back behind its receipts
        elif floor is not None and verdict.line - floor <= DAY_MS and not self.is_proven:
            needed = 1  # it is on theirs
        else:
            needed = MANY
        return verdict.boards >= needed

    def _is_after_journal(self, line: int) -> bool:
        return self._is_after_program(line) and (
            self._floor is None or line >= self._floor - AGREE_MS
        )

    def _is_after_program(self, line: int) -> bool:
        return self._made is None or line >= self._made - UNPACKED_MS

    # ------------------------------------------------------------ while it is in doubt

    def _doubt(self, why: Why, *, at: int, line: int) -> None:
        self._why, self.doubt = why, Doubt(why(line), at)
        self._steady_line, self._steady_at = line, at

    def _begin_before(self, floor: int, what: str) -> None:
        self._doubt(_apart(floor, f"the {what}"), at=self._at, line=self._line)
        self._line, self._is_walls, self._is_before_journal = floor, False, True

    def _weigh(self, line: int, at: int) -> None:
        """Does the doubt end, or do the boards know better than we did?"""
        if abs(line - self._steady_line) > STEP_MS:
            self._steady_line, self._steady_at = line, at
        self._tell_anew(at)
        self.witnesses.forget(at)
        verdict = self.witnesses.verdict(
            at=at, ours=(self._line, line), step=line - self._line, zoned=self._is_walls
        )
        if self._is_back(line) or self._is_borne_out(verdict, line, at):
            self._adopt(line, at)
        elif verdict is not None and self._is_better(verdict):
            self._move(verdict.line, is_walls=False)

    def _tell_anew(self, at: int) -> None:
        """It was put elsewhere meanwhile, and stays there: how far it is off is not as told."""
        doubt, why = self.doubt, self._why(self._steady_line)
        if doubt is not None and why != doubt.why and at - self._steady_at >= TOLD_MS:
            self.doubt = Doubt(why, doubt.since)

    def _is_back(self, line: int) -> bool:
        """Whether the wall clock says what we went by all the time."""
        if self._is_walls:
            return abs(line - self._base) <= STEP_MS
        return agree(line, self._line)

    def _is_borne_out(self, verdict: Verdict | None, line: int, at: int) -> bool:
        """Whether the wall clock is right where it is, and the old time was wrong."""
        if verdict is not None and verdict.is_sharp and self._is_nearer(verdict.line, line):
            return False
        if verdict is not None and verdict.boards >= MANY:
            is_theirs = verdict.is_zone_of(line) and self._is_after_journal(line)
            is_ours = self._is_confirmed or (self._is_walls and agree(verdict.line, self._line))
            return agree(verdict.line, line) or (is_theirs and not is_ours)
        if self._is_after_journal(line) and (
            self._is_before_journal or (verdict is not None and agree(verdict.line, line))
        ):
            return True
        return at - self._steady_at >= LONG_MS

    def _is_nearer(self, boards: int, line: int) -> bool:
        """Whether boards that tell seconds have the time we had, not what the clock says."""
        return self._is_walls and abs(boards - self._line) <= NEAR_MS < abs(boards - line)

    def _is_better(self, verdict: Verdict) -> bool:
        """Whether the boards' time is a better guess than the line we go by."""
        is_other = verdict.boards >= MANY and not agree(verdict.line, self._line)
        return is_other and self._is_after_journal(verdict.line) and not self._is_confirmed

    def _adopt(self, line: int, at: int) -> None:
        """Believe the wall clock again."""
        if not self._is_walls or not self._is_back(line):
            self._base = line
            self.is_proven = True
            self._is_confirmed = False
        self._move(line, is_walls=True)
        self._is_before_journal = False
        self.doubt = None
        self._asked_at = at

    def _move(self, line: int, *, is_walls: bool) -> None:
        by_ms = line - self._line
        self._line, self._is_walls = line, is_walls
        if by_ms:
            self.moved_ms += by_ms
            for listener in self.on_move:
                listener(by_ms)


def _stepped(before: int) -> Why:
    """From the line ``before``."""

    def why(line: int) -> str:
        way = "forward" if line > before else "back"
        return f"The gateway's clock was put {way} by {_length(abs(line - before))}, or runs wrong."

    return why


def _outweighed(verdict: Verdict) -> Why:
    boards = "a board" if verdict.boards == 1 else f"{verdict.boards} boards"
    return _apart(verdict.line, f"{boards} whose clocks agree")


def _apart(other: int, whose: str) -> Why:
    """From another line, of ``whose``."""

    def why(line: int) -> str:
        way = "ahead of" if line > other else "behind"
        return f"The gateway's clock is {_length(abs(line - other))} {way} {whose}."

    return why


def _length(ms: int) -> str:
    """A span as a person says it."""
    for unit, unit_ms in (("days", DAY_MS), ("hours", 3_600_000), ("minutes", 60_000)):
        if ms >= 2 * unit_ms:
            return f"{ms / unit_ms:.0f} {unit}"
    return f"{ms / 1000:.0f} s"
