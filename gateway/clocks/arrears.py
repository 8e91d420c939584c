"""Readings from further back than the journal keeps them: of a backlog, or of a wrong clock? Pure.

A reading within those days is taken at its board's word until its clock shows an offset. Of one
from further back that would write what is measured now into a past that nobody looks at. So it is
taken there only where something tells that it has waited on its board:

* its epoch goes on where the clock was right: nothing has started the board anew since;
* its board is in a later epoch by now;
* it came faster than it was measured, and so did those around it.

One that comes at the pace it was measured at has not waited: its clock is off. And a board that
starts anew with a clock behind what it said before has lost the time. Until one of these shows,
nothing of it is settled, and its board sends it again.
"""

from typing import Any, Final, NamedTuple

from contract.buckets import DAY_MS
from contract.epochs import boots_between
from contract.errors import Rejected
from contract.messages import UNSEQUENCED, Item, Stamp
from gateway.clocks.arrears_run import Run, Word

_SLACK_MS: Final = 2_000


class Sure(NamedTuple):
    """A reading whose time was right, as it came when it was measured."""

    epoch: str
    seq: int
    time_ms: int


class Undated(Rejected):
    """Nobody can tell yet when it was measured: it settles nothing, and its board sends it again.

    Attributes:
        is_told: one that came with it was refused by the same words.
    """

    def __init__(self, detail: str, *, is_told: bool) -> None:
        super().__init__("bad_time", detail)
        self.is_told = is_told


class Arrears:
    """One board's. ``sure`` is the last reading whose time was right; None: none yet."""

    __slots__ = ("_run", "sure")

    def __init__(self, sure: Sure | None = None) -> None:
        self.sure = sure
        self._run: Run | None = None

    def forget(self) -> None:
        """The gateway's own time was another: what was right by it may not be."""
        self.sure = self._run = None

    def place(self, reading: Item, time_ms: int, *, now_ms: int, born: str) -> int | None:
        """When a reading was measured that says ``time_ms``; None: its board has lost the time.

        Args:
            reading: with its key; its ``stamp`` is set.
            time_ms: by its board.
            now_ms: when it came.
            born: the epoch that its board last said it was in; empty: it said none.

        Raises:
            Undated: nobody can tell yet.
            Rejected: ``bad_time``: nobody will.
        """
        epoch, seq = reading.epoch, reading.seq
        run = self._run if self._run is not None and self._run.epoch == epoch else None
        if run is None or not run.has(seq):
            if self._has_waited(epoch, seq, time_ms):
                reading.stamp = Stamp.PAST
                return time_ms
            if self._has_lost_the_time(epoch, time_ms):
                return None
            if is_before(epoch, born):
                reading.stamp = Stamp.PAST
                return time_ms
        is_told = run is not None
        if run is None or (epoch == UNSEQUENCED and run.is_over(now_ms)):
            run = self._run = Run(epoch, seq, time_ms, now_ms)
        return self._by_pace(reading, run, time_ms, now_ms, is_told=is_told)

    def _by_pace(self, reading: Item, run: Run, time_ms: int, now_ms: int, *, is_told: bool) -> int:
        sure = self.sure
        is_set = sure is not None and sure.epoch == run.epoch and sure.seq > run.last_seq
        seq = run.last_seq + 1 if reading.epoch == UNSEQUENCED else reading.seq
        word = run.word(seq, time_ms, now_ms, is_set=is_set)
        if word is Word.WAITED:
            reading.stamp = Stamp.PAST
            return time_ms
        if word is Word.CAME:
            reading.stamp = Stamp.RECEIPT
            return min(now_ms, time_ms + run.late_ms)
        detail = _told(time_ms, now_ms)
        if word is Word.HOPELESS or reading.epoch == UNSEQUENCED:
            raise Rejected("bad_time", detail, **key_of(reading))
        raise Undated(f"{detail}; it is settled when that shows, and sent again", is_told=is_told)

    def _has_waited(self, epoch: str, seq: int, time_ms: int) -> bool:
        """Whether its epoch goes on where the clock was right, or came before that."""
        sure = self.sure
        if sure is None or sure.epoch != epoch or epoch == UNSEQUENCED:
            return False
        later_ms = time_ms - sure.time_ms
        return later_ms >= -_SLACK_MS if seq > sure.seq else later_ms <= _SLACK_MS

    def _has_lost_the_time(self, epoch: str, time_ms: int) -> bool:
        sure = self.sure
        if sure is None or not is_before(sure.epoch, epoch):
            return False
        return time_ms < sure.time_ms - _SLACK_MS


def is_before(epoch: str, other: str) -> bool:
    """Whether a board was in one epoch before it was in the other, as their names tell."""
    boots = boots_between(epoch, other)
    return boots is not None and boots > 0


def key_of(reading: Item) -> dict[str, Any]:
    """What a refusal for good settles, as ``Rejected`` takes it."""
    sequenced = reading.epoch != UNSEQUENCED
    return {"epoch": reading.epoch, "seq": reading.seq} if sequenced else {}


def too_old(reading: Item, time_ms: int, *, now_ms: int, kept_from_ms: int) -> Rejected:
    """Why a reading is refused for good that is from before all that is kept."""
    days, most = ((now_ms - ms) / DAY_MS for ms in (time_ms, kept_from_ms))
    detail = (
        f"time_ms {time_ms} is {days:.0f} days back: nothing of more than {most:.0f} days ago is"
        " taken"
    )
    return Rejected("bad_time", detail, **key_of(reading))


def _told(time_ms: int, now_ms: int) -> str:
    return (
        f"time_ms {time_ms} is {(now_ms - time_ms) / DAY_MS:.0f} days back, and nothing tells"
        " whether it has waited on the board or the board's clock is wrong"
    )
