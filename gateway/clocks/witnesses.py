"""What the boards' clocks say of the time, each against monotonic time. Pure.

A clock's *line* is what it says minus monotonic time: it stands still while the clock runs, and
moves by as much as the clock is put forward or back. Two clocks agree when their lines do.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

AGREE_MS: Final = 30_000  # so far apart, two clocks say the same: Wi-Fi, batches, a sloppy NTP
NEAR_MS: Final = 3_000  # boards that are so near each other tell seconds as well
FORGET_MS: Final = 60_000
MOST: Final = 100  # as good as ten thousand
# A reading that waited on its board makes the board's clock look slow, for as long as it waited,
# and ever less so while the backlog goes. So a line that is behind counts once it stands still.
STEADY_MS: Final = 5_000
STILL_MS: Final = 3_000
# Local time sent as UTC: whole quarters of an hour, up to the widest zone there is.
ZONE_STEP_MS: Final = 900_000
WIDEST_ZONE_MS: Final = 14 * 3_600_000
SUMMER_MS: Final = (1_800_000, 3_600_000)  # what a clock of local time is put forward by in spring


class Verdict(NamedTuple):
    """The median of the lines that count, and how many of them agree with it: more than half.

    ``is_sharp``: so many, two at least, are within ``NEAR_MS`` of it. ``were_right``: most of those
    that agree were known to be right before the gateway's start.
    """

    line: int
    boards: int
    is_sharp: bool
    were_right: bool

    def is_zone_of(self, line: int) -> bool:
        """Whether its boards may have the time of ``line``, in another zone."""
        return _may_be_zone(self.line - line, was_right=self.were_right)


class BesideBoards(NamedTuple):
    """How far a clock is ahead of what ``boards`` boards say, and how well they tell it."""

    offset_ms: int
    within_ms: int
    boards: int


class _Board:
    """One board's line, since when it stands still, when it was seen, and what it was before."""

    __slots__ = ("before", "line", "seen", "since")

    def __init__(self, line: int, at: int) -> None:
        self.line = line
        self.since = self.seen = at
        self.before: int | None = None

    def note(self, line: int, at: int) -> None:
        if abs(line - self.line) > STILL_MS:
            if abs(line - self.line) > AGREE_MS:
                self.before = self.line
            self.line, self.since = line, at
        self.seen = at

    def moved_by(self, step: int) -> bool:
        """Whether the clock made the very step that ours made: then it hangs on ours."""
        if self.before is None or abs(step) <= AGREE_MS:
            return False
        return abs(self.line - self.before - step) <= AGREE_MS


class Witnesses:
    """The boards heard within the last minute, by name."""

    def __init__(self) -> None:
        self._boards: dict[str, _Board] = {}
        self._right: frozenset[str] = frozenset()

    def trust(self, names: Iterable[str]) -> None:
        """These boards' clocks were right before the start: no zone makes them wrong since."""
        self._right = frozenset(names)

    def note(self, name: str, *, line: int, at: int) -> None:
        """A reading of ``name`` that came at the monotonic time ``at``."""
        board = self._boards.get(name)
        if board is not None:
            board.note(line, at)
        elif len(self._boards) < MOST:
            self._boards[name] = _Board(line, at)

    def forget(self, now: int) -> None:
        """Those that have been silent for a minute are no witnesses any more."""
        silent = [name for name, board in self._boards.items() if now - board.seen > FORGET_MS]
        for name in silent:
            del self._boards[name]

    def verdict(
        self, *, at: int, ours: Iterable[int], step: int = 0, zoned: bool = True
    ) -> Verdict | None:
        """What the boards say, or None where they say nothing, or each another thing.

        Args:
            at: monotonic time.
            ours: lines that the gateway considers; the first is the one it goes by.
            step: what our wall clock was put forward by; boards that were put with it do not count.
            zoned: whether boards are left out that are off the first of ``ours`` by a time zone,
                and agree with none.
        """
        lines = tuple(ours)
        found = sorted(
            (board.line, name in self._right)
            for name, board in self._boards.items()
            if _counts(board, at, lines)
            and not board.moved_by(step)
            and not (zoned and _is_in_a_zone(board.line, lines, was_right=name in self._right))
        )
        return _verdict(found) if found else None

    def beside(self, line: int, *, at: int) -> BesideBoards | None:
        """How ``line`` stands to the boards'; None where they say nothing. It changes nothing."""
        verdict = self.verdict(at=at, ours=(line,))
        if verdict is None:
            return None
        within_ms = NEAR_MS if verdict.is_sharp else AGREE_MS
        return BesideBoards(line - verdict.line, within_ms, verdict.boards)


def _verdict(found: list[tuple[int, bool]]) -> Verdict | None:
    """Of lines in order, and whether each was right before."""
    median, _ = found[len(found) // 2]
    agreeing = [was_right for line, was_right in found if agree(line, median)]
    near = sum(abs(line - median) <= NEAR_MS for line, _ in found)
    is_sharp = near > max(1, len(found) / 2)
    were_right = sum(agreeing) * 2 > len(agreeing)
    verdict = Verdict(median, len(agreeing), is_sharp, were_right)
    return verdict if verdict.boards * 2 > len(found) else None


def _counts(board: _Board, at: int, ours: tuple[int, ...]) -> bool:
    if board.line > ours[0] + AGREE_MS:  # no waiting makes a clock look fast
        return True
    steady = min(board.seen, at) - board.since >= STEADY_MS
    return steady or any(agree(board.line, line) for line in ours)


def _is_in_a_zone(line: int, ours: tuple[int, ...], *, was_right: bool) -> bool:
    apart = line - ours[0]
    return _may_be_zone(apart, was_right=was_right) and not any(agree(line, one) for one in ours)


def _may_be_zone(apart: int, *, was_right: bool) -> bool:
    """Whether a clock may be so far off because of its zone: of one that was right, by summer time.

    (Local time is right all winter long where the zone is that of Greenwich.)
    """
    is_summer = any(agree(apart, step) for step in SUMMER_MS)
    return is_zone(apart) and (is_summer or not was_right)


def agree(one: int, other: int) -> bool:
    return abs(one - other) <= AGREE_MS


def is_zone(apart: int) -> bool:
    """Whether two clocks that are so far apart may be one time in two zones."""
    quarters = round(apart / ZONE_STEP_MS)
    is_near = agree(apart, quarters * ZONE_STEP_MS)
    return quarters != 0 and is_near and abs(apart) <= WIDEST_ZONE_MS + AGREE_MS
