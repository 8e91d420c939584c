"""One device's readings in, by its own numbering; what it shows now, its alarms, its window out.

Pure. ``(epoch, seq)`` is the order of a device's life, so that a board whose clock steps back is
live all the same. Life's time is event time that never runs backwards.
"""

from array import array
from collections.abc import Iterable, Mapping
from itertools import compress
from math import isnan
from typing import Final

from contract.assets.words import Asset
from contract.diagnosing import Window
from contract.epochs import boots_between
from contract.messages import ChannelTrouble, Reading, Value
from contract.window import (
    NO_FAULTS,
    ROWS_A_WINDOW,
    STOPPED,
    TOO_SLOW,
    Unjudged,
    begins_ms,
    lacking,
    stride,
    window_span_ms,
)
from gateway.twin.alarms import AlarmBook
from gateway.twin.cadence import LATE_MS, PERIODS_A_GAP, SLOW_MS, Lag, Pace, Steady
from gateway.twin.course import Course, plan_of
from gateway.twin.dated import AS_ITS_TYPE, Dated
from gateway.twin.held import Holding
from gateway.twin.limits import Limits
from gateway.twin.rows import Ring, Row, layout_of
from gateway.twin.snapshot import Snapshot
from gateway.twin.standstill import Standstill

_NEVER_MS: Final = -(2**62)
_FOREVER_MS: Final = 2**62
NO_TROUBLES: Final[Mapping[str, ChannelTrouble]] = {}


class Life:
    """What one device does now.

    Attributes:
        newest: the newest reading by number; None before the first.
        now_ms: its time, in life's own.
        first_ms, heard_ms: when the first and the newest came, by the gateway's clock.
        pace: how often it measures.
        hearing: how often it is heard: more seldom, where it sends many readings at once.
        troubles: the channels of its newest reading that were set aside.
        holding: what that reading lacks.
    """

    __slots__ = (
        "_asset",
        "_count",
        "_course",
        "_epoch",
        "_epoch_ms",
        "_lag",
        "_layout",
        "_limits",
        "_plan",
        "_received_ms",
        "_ring",
        "_seq",
        "_standstill",
        "_steady",
        "_step",
        "_still",
        "_stood_ms",
        "first_ms",
        "heard_ms",
        "hearing",
        "holding",
        "newest",
        "now_ms",
        "pace",
        "troubles",
    )

    def __init__(self, *, asset: Asset, book: AlarmBook, params: Dated | None = None) -> None:
        self._asset = asset
        self._standstill = Standstill(asset, params)
        self._still: tuple[Reading | None, bool] = (None, False)  # whether it stood at this reading
        self._stood_ms = _NEVER_MS  # when somebody last saw it stand
        self._layout = layout_of(asset)
        self._limits = Limits(
            asset=asset, layout=self._layout, book=book, dated=params or AS_ITS_TYPE
        )
        self._ring = Ring(self._layout)
        self._plan = plan_of(asset)
        self._course = None if self._plan is None else Course(self._plan)
        self._epoch = ""
        self._seq = 0
        self._epoch_ms = _NEVER_MS  # a window holds readings of one epoch
        self.newest: Reading | None = None
        self.now_ms = _NEVER_MS
        self.first_ms = _FOREVER_MS
        self.heard_ms = _NEVER_MS
        self._received_ms = _NEVER_MS  # of the last one: less than another's after a clock is set
        self.pace = Pace()
        self.hearing = Pace()
        self._lag: Lag | None = None  # where none came late
        self._step: tuple[Reading | None, int | None] = (None, None)  # the ring's at this reading
        self._steady = Steady()
        self.troubles: Mapping[str, ChannelTrouble] = NO_TROUBLES
        self.holding = Holding()
        self._count = 0  # so many values has a whole reading that lacks nothing; 0: look closely

    def take(self, reading: Reading, time_ms: int, row: Row, *, is_whole: bool = False) -> None:
        """Take a reading; one that is not the newest by number only says that it was heard.

        Args:
            reading: with its ``time_ms``.
            time_ms: the same.
            row: its channels.
            is_whole: see ``Layout.whole_row``.
        """
        received_ms = reading.received_ms or time_ms
        if reading.seq > self._seq if reading.epoch == self._epoch else self._begins(reading):
            if not is_whole or len(reading.values) != self._count:
                self._hold(reading, is_whole=is_whole)
            self._live(reading, time_ms, received_ms, row)
        if received_ms != self._received_ms:  # many of a backlog come at once
            self._hear(received_ms)

    def _hold(self, reading: Reading, *, is_whole: bool) -> None:
        """Remember what the newest reading had and this one lacks."""
        if self.newest is not None:
            self.holding.step(self.newest, reading)
        self._count = len(reading.values) if is_whole and not self.holding.values else 0

    def _hear(self, received_ms: int) -> None:
        if received_ms > self.heard_ms:
            if received_ms - self.heard_ms > SLOW_MS or not self.hearing.is_idle:
                self._note_hearing(received_ms)
            self.heard_ms = received_ms
        if received_ms < self.first_ms:  # noqa: PLR1730
            self.first_ms = received_ms
        self._received_ms = received_ms

    def _note_hearing(self, received_ms: int) -> None:
        if self.heard_ms != _NEVER_MS:
            self.hearing.step(received_ms - self.heard_ms, None)

    def _begins(self, reading: Reading) -> bool:
        """Whether another epoch begins: not when it is an earlier life of the same board."""
        boots = boots_between(self._epoch, reading.epoch)
        return boots is None or boots > 0

    def _live(self, reading: Reading, time_ms: int, received_ms: int, row: Row) -> None:
        elapsed_ms = time_ms - self.now_ms
        if elapsed_ms <= 0:  # its clock was set back: then it has lived as long as the gateway has
            elapsed_ms = max(0, received_ms - self._received_ms)
            time_ms = self.now_ms + elapsed_ms
        if received_ms - time_ms > LATE_MS:
            self._lag = self._lag or Lag()
            self._lag.step(time_ms, received_ms)
        elif self._lag is not None:
            elapsed_ms = self._end_lag(self._lag, elapsed_ms, received_ms)
        pace = self.pace
        if self.newest is None:
            elapsed_ms, pace.said_ms = 0, reading.period_ms
        elif elapsed_ms > SLOW_MS or not pace.is_idle or reading.period_ms != pace.said_ms:
            pace.step(elapsed_ms, reading.period_ms)
        if elapsed_ms > self._layout.max_gap_ms and elapsed_ms > self.gap_ms:
            self._limits.restart_delays()
        if reading.epoch != self._epoch:
            self._begin_epoch(reading.epoch, time_ms)
        if reading.aside is not None or self.troubles is not NO_TROUBLES:
            self._note_troubles(reading)
        self._seq = reading.seq
        self.now_ms = time_ms
        self.newest = reading
        self._keep(reading, time_ms, row)
        if self._steady.step(elapsed_ms):
            self._steady.step_ms = self._ring.usual_step_ms(ROWS_A_WINDOW) or 0
        shift_ms = self._lag.shift_ms if self._lag is not None else 0
        self._limits.check(time_ms, row, shift_ms, self.is_stopped)

    def is_stopped(self) -> bool:
        """Whether it stands still by its newest reading and what that lacks; asked for, seldom."""
        if self._still[0] is not self.newest and self.newest is not None:
            values = self.holding.live(self.newest.values, without=self.troubles)
            self._still = (self.newest, self._standstill.holds(values))
            if self._still[1]:
                self._stood_ms = self.now_ms
        return self._still[1]

    def stands_still(self, values: Mapping[str, Value]) -> bool:
        """Whether a machine with these values does, by the parameters of now."""
        return self._standstill.holds(values)

    def follow_params(self, params: Dated) -> None:
        """Parameters have become others."""
        self._standstill.follow_params(params)

    def _begin_epoch(self, epoch: str, time_ms: int) -> None:
        self._epoch, self._epoch_ms = epoch, time_ms
        if self._course is not None:
            self._course.forget()

    def _keep(self, reading: Reading, time_ms: int, row: Row) -> None:
        self._ring.append(time_ms, row)
        if self._course is not None:
            self._course.append(time_ms, reading)

    def _end_lag(self, lag: Lag, elapsed_ms: int, received_ms: int) -> int:
        """How long it is since the reading before, which came late while this one does not."""
        took_ms = received_ms - self._received_ms
        self._lag = None
        if not lag.shift_ms:
            return elapsed_ms
        if elapsed_ms > self.gap_ms >= took_ms:  # its clock is right by now, or is put right
            self._limits.move_delays(elapsed_ms - took_ms)
            return took_ms
        return elapsed_ms

    def _note_troubles(self, reading: Reading) -> None:
        known = self.troubles
        if reading.aside is None:
            self.troubles = NO_TROUBLES
            return
        self.troubles = {
            name: ChannelTrouble(
                aside.value,
                aside.reason,
                aside.detail,
                known[name].since_ms if name in known else reading.time_ms or 0,
            )
            for name, aside in reading.aside.items()
        }

    @property
    def gap_ms(self) -> int:
        """Readings further apart leave a gap."""
        return max(self._layout.max_gap_ms, PERIODS_A_GAP * (self.pace.period_ms or 0))

    @property
    def stale_after_ms(self) -> int:
        """So old may the newest reading be, and still speak of the present."""
        heard_ms = PERIODS_A_GAP * (self.hearing.period_ms or 0)
        return max(self._layout.stale_after_ms, self.gap_ms, heard_ms)

    # ------------------------------------------------------------ for the classifier

    def window(self, device: str) -> Window | None:
        """The last readings for the classifier, at most 100; None without any, or with too few.

        How far back it goes follows how often the device measures. A board that has started anew
        begins anew: readings of two epochs are no course of values.
        """
        span_ms = window_span_ms(self._asset, self._usual_step_ms())
        if span_ms is None or self.newest is None or not self._asset.faults or self._missing():
            return None
        if self._standstill.is_known and self.is_stopped():
            return None
        # A machine that starts is as unlike one that runs as one that stops: a window later.
        since_ms = max(begins_ms(self.now_ms, span_ms), self._epoch_ms, self._stood_ms + span_ms)
        if self._course is not None:
            kept_ms, told = self._course.rows(since_ms=since_ms)
            return Window(device, list(map(int, kept_ms)), told) if told else None
        return self._plain_window(device, since_ms)

    def _plain_window(self, device: str, since_ms: int) -> Window | None:
        """Of a type that has channels and a short window."""
        times_ms, rows = self._ring.required_rows(self._layout, since_ms=since_ms)
        if isnan(sum(map(sum, rows))):  # something was set aside
            whole = [not any(map(isnan, row)) for row in rows]
            times_ms, rows = list(compress(times_ms, whole)), list(compress(rows, whole))
        if not rows:
            return None
        step = stride(len(rows))
        if step > 1:
            times_ms, rows = times_ms[::-step][::-1], rows[::-step][::-1]
        return Window(device=device, time_ms=times_ms, rows=rows)

    def period_ms(self) -> int | None:
        """How often it measures, said or seen; None while nobody can tell."""
        return self.pace.period_ms or self._shown_step_ms()

    def not_judged(self) -> Unjudged | None:
        """Why the classifier cannot judge this device; None where it can, or nothing has come."""
        if self.newest is None:
            return None
        if not self._asset.faults:
            return NO_FAULTS
        if self.is_stopped():
            return STOPPED
        if window_span_ms(self._asset, self._usual_step_ms()) is None:
            return TOO_SLOW
        missing = self._missing()
        return lacking(missing) if missing else None

    def _usual_step_ms(self) -> int:
        """How far apart the rows of a window are."""
        said_ms = self.pace.believed_ms or self._shown_step_ms()
        return said_ms or self.pace.announced_ms or round(1000 / self._asset.nominal_rate_hz)

    def _shown_step_ms(self) -> int | None:
        """How far apart the newest rows are: told once a reading, however often it is asked."""
        if self._steady.is_shown:
            return self._steady.step_ms or None  # all at one time
        if self._step[0] is not self.newest:
            self._step = (self.newest, self._ring.usual_step_ms(ROWS_A_WINDOW))
        return self._step[1]

    def _missing(self) -> list[str]:
        """Channels that the newest reading lacks and the classifier needs."""
        if self.newest is None:
            return []
        if self._course is not None:
            return self._course.missing()
        if self._count:
            return []
        values = self.newest.values
        return [name for name in self._layout.names[: self._layout.required] if name not in values]

    def series(
        self, columns: Iterable[int], *, span_ms: int
    ) -> tuple[list[float], list[list[float]]]:
        """The times of the last ``span_ms``, oldest first, and those columns of their rows."""
        return self._ring.series(columns, since_ms=self.now_ms - span_ms)

    def course(
        self, columns: Iterable[int], *, after_ms: float
    ) -> tuple[list[float], list[list[float]]]:
        """The same of what is newer than a time."""
        return self._ring.series(columns, since_ms=after_ms + 1)

    # ------------------------------------------------------------ checkpoint

    def follow_limits(self) -> None:
        """Limits have become others, or somebody has set them otherwise."""
        self._limits.follow()

    def resume_limits(self) -> None:
        """The book is another by now: go on by it."""
        self._limits.resume(self._limits.delays(), time_ms=self.now_ms)

    def note(self, snapshot: Snapshot) -> None:
        """Write down what ``restore`` needs."""
        snapshot.first_ms, snapshot.heard_ms = self.first_ms, self.heard_ms
        snapshot.life_ms, snapshot.epoch_ms = self.now_ms, self._epoch_ms
        snapshot.pace, snapshot.troubles = self.pace, dict(self.troubles)
        snapshot.hearing, snapshot.lag, snapshot.steady = self.hearing, self._lag, self._steady
        snapshot.holding = self.holding
        snapshot.cells = self._ring.cells().tobytes()
        if self._course is not None and self._plan is not None:
            snapshot.course, snapshot.inputs = self._course.cells(), self._plan.key
        snapshot.delays = self._limits.delays()

    def restore(self, held: Snapshot) -> None:
        newest = held.newest
        self.newest, self._epoch_ms, self.first_ms = newest, held.epoch_ms, held.first_ms
        if newest is not None:
            self._epoch, self._seq = newest.epoch, newest.seq
            self.now_ms = (newest.time_ms or 0) if held.life_ms is None else held.life_ms
            self.heard_ms = self.now_ms if held.heard_ms is None else held.heard_ms
            self._received_ms = self.heard_ms
        self.pace, self.troubles = held.pace, held.troubles or NO_TROUBLES
        self.hearing, self._lag, self._steady = held.hearing, held.lag, held.steady
        self.holding = held.holding
        if held.channels == self._layout.names:
            self._ring = Ring(self._layout, array("d", held.cells))
        if self._plan is not None and held.inputs == self._plan.key:
            self._course = Course(self._plan, array("d", held.course))
        self._limits.resume(held.delays, time_ms=self.now_ms)
