"""What is remembered of one device's comings and goings, while it tells something. Pure."""

from collections import deque
from typing import Final

from gateway.twin.tally import Tally

STARTS: Final = 3
STARTS_WITHIN_S: Final = 600.0
SAME_START_S: Final = 1.0  # no board starts faster: what comes together has waited together
ONE_VISIT_S: Final = 60.0  # how long one is remembered that no other has followed
VISITS_WITHIN_S: Final = 3_600.0  # the slow take turns as well, and those that are quiet in turns
MOST_VISITS: Final = 6
RETURNS: Final = 2  # A, B, A, B: a board that restarts never comes back to what it was
COMINGS: Final = 5
COMINGS_WITHIN_S: Final = 30.0
TAKEOVERS: Final = 3  # in as long: one is a board whose old connection had not ended yet
MOST_NOTED: Final = 60  # starts and comings: more tell nothing more, however fast they come
BIRTH: Final = "birth"
ONLINE: Final = "online"
TAKEOVER: Final = "takeover"
TWINS_FOR_S: Final = 180.0  # how long two boards are told of after the last sign of them,
TURNS: Final = 3.0  # or so many of their turns
BUDGET_FOR_S: Final = 600.0


def incarnation(epoch: str) -> str:
    """What an epoch has in common with those of the same spool: all but its boot count."""
    return epoch.rpartition("-")[0] or epoch


class Trail:
    """Times are of presence's clock, in seconds."""

    __slots__ = (
        "_comings",
        "_conflict_s",
        "_twins_for_s",
        "_visits",
        "budget",
        "starts",
        "tally",
        "twins_s",
    )

    def __init__(self) -> None:
        self.tally: Tally | None = None
        self.starts: deque[tuple[float, str]] = deque(maxlen=MOST_NOTED)
        self.twins_s: float | None = None  # when two boards were last seen under the one name
        self.budget: tuple[float, str] | None = None
        self._twins_for_s = TWINS_FOR_S
        self._visits: deque[tuple[float, str]] = deque(maxlen=MOST_VISITS)
        self._comings: deque[tuple[float, str]] = deque(maxlen=MOST_NOTED)
        self._conflict_s: float | None = None

    def forget(self, now_s: float) -> bool:
        """Drop what is too old to tell anything; False when nothing is left."""
        _drop(self.starts, now_s - STARTS_WITHIN_S)
        _drop(self._visits, now_s - (VISITS_WITHIN_S if len(self._visits) > 1 else ONE_VISIT_S))
        _drop(self._comings, now_s - COMINGS_WITHIN_S)
        if self._conflict_s is not None and now_s - self._conflict_s > COMINGS_WITHIN_S:
            self._conflict_s = None
        if self.twins_s is not None and now_s - self.twins_s > self._twins_for_s:
            self.twins_s = None
        if self.budget is not None and now_s - self.budget[0] > BUDGET_FOR_S:
            self.budget = None
        told = (self.tally, self.twins_s, self.budget, self._conflict_s)
        return bool(self.starts or self._visits or self._comings) or told != (None,) * len(told)

    # ------------------------------------------------------------------ starts

    def note_start(self, epoch: str, now_s: float) -> bool:
        """It has started anew; without an epoch (``""``) each greeting is a start.

        Returns whether it is a start that was not known.
        """
        known = any(each == epoch for _, each in self.starts)
        soon = bool(self.starts) and now_s - self.starts[-1][0] < SAME_START_S
        is_new = not soon and not (epoch and known)
        if is_new:
            self.starts.append((now_s, epoch))
        return is_new

    def is_restarting(self, now_s: float) -> bool:
        """Whether it has started often lately.

        Greetings without an epoch are a board's starts only when they are no longer those of two
        boards that take the connection from each other.
        """
        if len(self.starts) < STARTS or self.twins_s is not None:
            return False
        since_s, last_s = self.starts[-STARTS][0], self.starts[-1][0]
        told = all(epoch for _, epoch in self.starts)
        return told or now_s - last_s >= COMINGS_WITHIN_S / 3 or now_s - since_s > COMINGS_WITHIN_S

    # ------------------------------------------------------------------ two boards, one name

    def note_visit(self, epoch: str, now_s: float, *, before: str = "") -> None:
        """A reading or a birth of this epoch came, after one of the epoch ``before``."""
        name = incarnation(epoch)
        if before and not self._visits:
            self._visits.append((now_s, incarnation(before)))
        if self._visits and self._visits[-1][1] == name:
            return
        self._visits.append((now_s, name))
        _drop(self._visits, now_s - VISITS_WITHIN_S)
        if len(self._visits) - len({each for _, each in self._visits}) >= RETURNS:
            self.twins_s = now_s
            self._twins_for_s = max(TWINS_FOR_S, TURNS * (now_s - self._visits[-2][0]))

    def note_conflict(self, now_s: float) -> None:
        """The same key came with other content: two copies of one spool can do that."""
        self._conflict_s = now_s

    def note_coming(self, kind: str, now_s: float, *, known: bool) -> None:
        """It came or went. ``known``: its readings say which board they are from.

        A board whose connection flaps comes and goes as well; only where its readings cannot tell
        (or contradict each other) are many comings the sign of two.
        """
        if kind != ONLINE or self._was_away():
            self._count_coming(kind, now_s, most=COMINGS, known=known)

    def _was_away(self) -> bool:
        """Not of a board that says ever again that it is online."""
        said = [kind for _, kind in self._comings if kind != BIRTH]
        return not said or said[-1] != ONLINE

    def note_takeover(self, now_s: float, *, known: bool) -> None:
        """A new connection took the place of one that still stood, under the same login.

        The broker sees that without a will, a birth or an epoch. Whoever was put out comes back
        and does the same.
        """
        self._count_coming(TAKEOVER, now_s, most=TAKEOVERS, known=known)

    def _count_coming(self, kind: str, now_s: float, *, most: int, known: bool) -> None:
        self._comings.append((now_s, kind))
        _drop(self._comings, now_s - COMINGS_WITHIN_S)
        is_often = sum(each == kind for _, each in self._comings) >= most
        if is_often and (not known or self._conflict_s is not None):
            self.twins_s = now_s


def _drop(times: deque[tuple[float, str]], before_s: float) -> None:
    while times and times[0][0] < before_s:
        times.popleft()
