"""A board's clock against the gateway's: when a reading was measured, and how far the clock is off.

Pure. A board's time is believed as far as it can be: a reading is no younger than its receipt, and
a clock that is behind shows in readings that did not wait on the board. Those come as fast as they
were measured, and each as late as the one before; a backlog comes faster, and ever less late. So a
constant offset is told from waiting by pace alone, and corrected; the board's own word is kept.
"""

from typing import Final, NamedTuple

import msgspec

from contract.errors import Rejected
from contract.messages import UNSEQUENCED, ClockOffset, Item, Stamp
from contract.time_units import unit_of
from gateway.clocks.arrears import Arrears, Sure, key_of, too_old
from gateway.clocks.arrivals import Arrivals
from gateway.clocks.standstill import Standstill
from gateway.clocks.steady_lag import SteadyLag

NO_CLOCK_BEFORE_MS: Final = 1_420_070_400_000  # 2015: a chip begins at 0, 1970 or 2000
LARGEST_EXACT_MS: Final = 2**53
NO_CLOCK_FROM_MS: Final = 7_258_118_400_000  # the year 2200
TOLERANCE_MS: Final = 2_000  # what network, batches and NTP's own steps make of a right clock

FAR_MS: Final = 10_000  # a change of the offset that is worth telling
# Changes so soon after each other are one: a backlog that ends shows it bit by bit.
_ONE_STEP_MS: Final = 5_000
_LAG_SHOWS_MS: Final = 3_000  # how long a constant offset has to stand
_UNPROVEN_SHOWS_MS: Final = 9_000  # until other boards can have spoken: the gateway's may be wrong
_TICKS: Final = 10  # a clock that moves so much, and by a tenth of what passed, counts no seconds
_SAMPLES: Final = 8


class Memory(msgspec.Struct):
    """What a restart must know of a board's clock."""

    epoch: str = ""
    seq: int = 0
    board_ms: int = 0
    received_ms: int = 0
    offset_ms: int = 0
    is_known: bool = False
    sure: Sure | None = None


class _Reach(NamedTuple):
    """What ``place`` is told of a reading beside its times."""

    oldest_ms: int | None
    past_ms: int | None
    behind: int
    born: str


class BoardClock:
    """One board's clock, as its readings show it in order of arrival.

    Attributes:
        offset_ms: what is added to the board's times; 0 while they can be believed as they are.
        has_jumped: the offset has changed by far, once it was known; ``take_jump`` forgets it.
    """

    __slots__ = (
        "_ahead_ms",
        "_arrears",
        "_arrivals",
        "_board_ms",
        "_epoch",
        "_from_ms",
        "_is_known",
        "_late_ms",
        "_received_ms",
        "_remembered",
        "_run",
        "_samples",
        "_seq",
        "_set_ms",
        "_standstill",
        "has_jumped",
        "offset_ms",
    )

    def __init__(self, memory: Memory | None = None) -> None:
        known = memory or Memory()
        self._epoch, self._seq = known.epoch, known.seq
        self._board_ms, self._received_ms = known.board_ms, known.received_ms
        self._remembered = known.epoch, known.seq
        self.offset_ms = known.offset_ms
        self._is_known = known.is_known
        self._from_ms, self._set_ms = known.offset_ms, known.received_ms
        self._run: SteadyLag | None = None
        self._arrivals = Arrivals()
        self._arrears = Arrears(known.sure)
        self._ahead_ms: int | None = None
        self._late_ms: int | None = None  # of the last reading with a time, once others have none
        self._standstill = Standstill()
        self._samples: list[int] = []
        self.has_jumped = False

    def memory(self) -> Memory:
        return Memory(
            self._epoch, self._seq, self._board_ms, self._received_ms, self.offset_ms,
            self._is_known, self._arrears.sure,
        )  # fmt: skip

    # ------------------------------------------------------------ when it was measured

    def place(
        self,
        reading: Item,
        *,
        now_ms: int,
        oldest_ms: int | None,
        behind: int = 0,
        queued: bool = False,
        past_ms: int | None = None,
        born: str = "",
    ) -> None:
        """Give the reading the time it was measured at, as well as that can be told.

        Args:
            reading: with the board's own ``time_ms``, or none.
            now_ms: when it came, by the gateway's clock.
            oldest_ms: what is from before must have waited (``past_ms``); 0 while nothing has borne
                the gateway's own clock out. None while that is in doubt: then nothing is refused
                for its age, and no board's time is corrected anew.
            behind: how many items of its message come behind it.
            queued: it waited in the gateway's own queue, behind which other boards are not heard
                yet; nothing is learnt of a lag there while nothing has borne our clock out.
            past_ms: nothing from before is kept; None: from before ``oldest_ms``.
            born: the epoch that its board last said it was in; empty: it said none.

        Raises:
            Rejected: ``bad_time``: of long ago, or in seconds or microseconds.
            Undated: of long ago, and nobody can tell yet whether it has waited.
        """
        board_ms = reading.time_ms
        reading.received_ms = now_ms
        reading.board_ms = board_ms
        if (
            board_ms is not None
            and board_ms > self._board_ms
            and reading.seq > self._seq
            and not self.offset_ms
            and reading.epoch == self._epoch
            and (
                -TOLERANCE_MS <= now_ms - board_ms <= TOLERANCE_MS
                # It came late, along with the one before: nothing is learnt from such a one.
                or (
                    NO_CLOCK_BEFORE_MS <= board_ms < now_ms == self._received_ms
                    and board_ms >= (oldest_ms or 0)
                )
            )
        ):
            self._seq, self._board_ms, self._received_ms = reading.seq, board_ms, now_ms
            return
        if board_ms is None or not NO_CLOCK_BEFORE_MS <= board_ms < NO_CLOCK_FROM_MS:
            self._stamp(reading, board_ms, now_ms, behind)
        else:
            span_ms = _LAG_SHOWS_MS if oldest_ms else None if queued else _UNPROVEN_SHOWS_MS
            reach = _Reach(oldest_ms, past_ms, behind, born)
            self._place(reading, board_ms, now_ms, span_ms, reach)

    def _place(
        self,
        reading: Item,
        board_ms: int,
        now_ms: int,
        span_ms: int | None,
        reach: "_Reach",
    ) -> None:
        oldest_ms, took_ms = reach.oldest_ms, now_ms - self._received_ms
        repeats = (
            reading.epoch == self._epoch
            and reading.seq <= self._seq
            and reading.epoch != UNSEQUENCED  # whose number is given when it is stored
        )
        if oldest_ms is not None:
            self._make_sure()
        if not repeats and oldest_ms is not None:
            self._weigh(reading, board_ms, now_ms, span_ms)
        if not repeats:
            self._note(reading, board_ms, now_ms)
        time_ms = board_ms + self.offset_ms
        if oldest_ms is not None and time_ms > now_ms + TOLERANCE_MS:  # sent again, set right since
            time_ms = now_ms
        if oldest_ms is not None and time_ms < oldest_ms:
            time_ms = self._of_old(reading, time_ms, now_ms, took_ms, reach)
        reading.time_ms = time_ms

    def _note(self, reading: Item, board_ms: int, now_ms: int) -> None:
        self._epoch, self._seq = reading.epoch, reading.seq
        self._board_ms, self._received_ms = board_ms, now_ms

    def _make_sure(self) -> None:
        """The last reading has come as it was measured, by a clock that is known."""
        late_ms = self._received_ms - self._board_ms - self.offset_ms
        if self._board_ms >= NO_CLOCK_BEFORE_MS and abs(late_ms) <= TOLERANCE_MS:
            self._arrears.sure = Sure(self._epoch, self._seq, self._board_ms + self.offset_ms)

    def _of_old(
        self, reading: Item, time_ms: int, now_ms: int, took_ms: int, reach: "_Reach"
    ) -> int:
        """A reading of long ago: taken where it has waited, or comes at the pace it was measured.

        Raises:
            Rejected: ``bad_time``: neither. Undated: nobody can tell yet.
        """
        kept_from_ms = reach.oldest_ms if reach.past_ms is None else reach.past_ms
        if reach.past_ms is not None and time_ms >= reach.past_ms:
            placed_ms = self._arrears.place(reading, time_ms, now_ms=now_ms, born=reach.born)
            if placed_ms is None:
                self._arrivals.stamp(reading, now_ms=now_ms, took_ms=took_ms, behind=reach.behind)
            return reading.time_ms or 0 if placed_ms is None else placed_ms
        if self._run is not None and self._run.looks:
            reading.stamp = Stamp.RECEIPT
            return now_ms
        raise too_old(reading, time_ms, now_ms=now_ms, kept_from_ms=kept_from_ms or 0)

    # ------------------------------------------------------------ how far the clock is off

    def _weigh(self, reading: Item, board_ms: int, now_ms: int, span_ms: int | None) -> None:
        """Learn from a reading that is no repeat: a lag, if it stood for ``span_ms`` (or never)."""
        late_ms = now_ms - board_ms - self.offset_ms
        is_news = now_ms > self._received_ms
        if self._standstill.shows(board_ms, now_ms, is_news=is_news):
            self.offset_ms = now_ms - board_ms
            self._is_known = True
            reading.stamp = Stamp.RECEIPT
        elif late_ms < -TOLERANCE_MS:  # from the future: no backlog can explain that
            self._learn_ahead(now_ms - board_ms)
            reading.stamp = Stamp.RECEIPT
        elif late_ms <= TOLERANCE_MS:
            self._is_known = True
            self._run = self._ahead_ms = None
        elif span_ms is None:
            self._run = None
        elif is_news:
            self._look(span_ms)

    def _learn_ahead(self, offset_ms: int) -> None:
        """Correct a clock that is ahead in two readings; one alone may be an odd stamp."""
        ahead_ms, self._ahead_ms = self._ahead_ms, offset_ms
        if ahead_ms is not None and abs(offset_ms - ahead_ms) <= TOLERANCE_MS:
            self._set_offset(offset_ms)

    def _look(self, span_ms: int) -> None:
        """A message has come: was the one before, with its newest reading, at the board's pace?"""
        newest = (self._board_ms, self._received_ms)
        run = self._run
        if run is None or not run.goes_on(*newest):
            self._run = SteadyLag(*newest)
        elif run.shows_an_offset(span_ms):
            self._set_offset(run.least_late_ms)
            self._run = None

    def _set_offset(self, offset_ms: int) -> None:
        """Correct by ``offset_ms`` from now on; not at all where the clock is as good as right."""
        offset_ms = 0 if abs(offset_ms) <= TOLERANCE_MS else offset_ms
        if abs(self._received_ms - self._set_ms) > _ONE_STEP_MS:
            self._from_ms = self.offset_ms
        if self._is_known and abs(offset_ms - self._from_ms) > FAR_MS:
            self.has_jumped = True
            self._from_ms = offset_ms
        self._set_ms = self._received_ms
        self.offset_ms = offset_ms
        self._is_known = True
        self._samples.clear()

    def move(self, by_ms: int) -> None:
        """The gateway's own time was wrong until now: all that was measured with it moves along.

        A board that hangs on the same clock has made the step as well; its newest reading, which
        is not weighed while the gateway is in doubt, tells.
        """
        self._arrears.forget()
        if (self._epoch, self._seq) == self._remembered:  # not heard in this gateway's life
            return
        self._received_ms += by_ms
        self._standstill.move(by_ms)
        self._samples = [sample_ms + by_ms for sample_ms in self._samples]
        if self._run is not None:
            self._run.move(by_ms)
        if self._is_known:
            self._move_offset(by_ms)

    def _move_offset(self, by_ms: int) -> None:
        moved_ms = self.offset_ms + by_ms
        if self._board_ms >= NO_CLOCK_BEFORE_MS:
            late_ms = self._received_ms - self._board_ms
        elif self._late_ms is not None:
            late_ms = self._late_ms = self._late_ms + by_ms
        else:  # what is known of it is from a former life
            return
        # The nearer counts: what it was not corrected by yet, such as a drift, decides nothing.
        if abs(late_ms - self.offset_ms) < abs(late_ms - moved_ms):
            self._samples.clear()  # the board moved as we did
        else:
            self.offset_ms = 0 if abs(moved_ms) <= TOLERANCE_MS else moved_ms

    def take_jump(self) -> bool:
        """Whether it has jumped since the last call."""
        jumped, self.has_jumped = self.has_jumped, False
        return jumped

    def estimate(self) -> ClockOffset | None:
        """How far the clock is off, from the newest readings that did not wait; None: unknown.

        The least late of the last few counts; what the others are later is the uncertainty.
        """
        late_ms = self._received_ms - self._board_ms
        if self._board_ms >= NO_CLOCK_BEFORE_MS and abs(late_ms) <= TOLERANCE_MS:
            self._is_known = True  # it was set on the way, and nothing had to be learnt of it
        if not self._is_known:
            return None
        if abs(late_ms - self.offset_ms) <= TOLERANCE_MS:
            self._samples = [*self._samples[1 - _SAMPLES :], late_ms]
        if not self._samples:
            return ClockOffset(self.offset_ms, TOLERANCE_MS, self.offset_ms != 0)
        least_ms = min(self._samples)
        return ClockOffset(least_ms, max(self._samples) - least_ms, self.offset_ms != 0)

    # ------------------------------------------------------------ boards without a clock

    def _stamp(self, reading: Item, board_ms: int | None, now_ms: int, behind: int) -> None:
        """The board does not know the time: the reading is no younger than its receipt."""
        if board_ms is not None:
            self._refuse_other_units(reading, board_ms, now_ms)
            if abs(board_ms) > LARGEST_EXACT_MS:
                reading.board_ms = None
        self._make_sure()
        if self._board_ms >= NO_CLOCK_BEFORE_MS and (self._epoch, self._seq) != self._remembered:
            self._late_ms = self._received_ms - self._board_ms
        took_ms = now_ms - self._received_ms
        self._arrivals.stamp(reading, now_ms=now_ms, took_ms=took_ms, behind=behind)
        self._note(reading, reading.board_ms or 0, now_ms)

    def _refuse_other_units(self, reading: Item, board_ms: int, now_ms: int) -> None:
        unit = unit_of(board_ms, now_ms)
        if unit == "seconds" and self._counts_milliseconds(reading, board_ms, now_ms):
            return  # since it was switched on, some weeks ago
        if unit is not None:
            detail = (
                f"time_ms {board_ms} looks like {unit}: send milliseconds since 1970, such as"
                f" {now_ms}, or no time_ms at all"
            )
            raise Rejected("bad_time", detail, **key_of(reading))

    def _counts_milliseconds(self, reading: Item, board_ms: int, now_ms: int) -> bool:
        if reading.epoch != self._epoch or reading.seq <= self._seq:
            return False
        passed = board_ms - self._board_ms
        return passed >= _TICKS and passed * _TICKS > now_ms - self._received_ms
