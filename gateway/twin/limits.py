"""Readings and diagnoses in, alarms raised and cleared: limits and classes that have stood a while.

Only event time counts. A gap in the readings restarts the delays: what was not seen has not stood.
A machine that stands still raises nothing, but by limits that say so; what it had raised is over.
"""

import math
from collections.abc import Callable
from typing import Final, Literal, get_args

import msgspec

from contract.assets.words import NORMAL, UNKNOWN, AlarmSeverity, Asset, Channel, Limit
from contract.messages import Diagnosis, Reason
from gateway.twin.alarms import AlarmBook
from gateway.twin.causes import FAULT_PREFIX, limit_name
from gateway.twin.dated import Dated
from gateway.twin.rows import Layout, Row

CLEAR_AFTER_MS: Final = 3_000  # one good window is no repair

IS_STOPPED: Final = "The machine was stopped."
NOT_JUDGED: Final = "Nobody can judge the machine any more."

_SEVERITIES: Final[dict[str, AlarmSeverity]] = {name: name for name in get_args(AlarmSeverity)}


def limit_text(channel: Channel, limit: Limit, value: float) -> str:
    advice = limit.advice[0].lower() + limit.advice[1:]
    return f"{limit_fact(channel, limit, value)}: {advice}"


def limit_fact(channel: Channel, limit: Limit, value: float) -> str:
    """What is so, without what to do."""
    side, shown = "above" if limit.side == "high" else "below", f"{value:.{channel.decimals}f}"
    return f"{channel.title} {shown} {channel.unit} is {side} {limit.at:g} {channel.unit}"


Stands = Callable[[], bool]


def _runs() -> bool:
    return False


class LimitWatch:
    """One limit of one device.

    ``wake`` is the value beyond which ``step`` has something to do: the limit itself while all is
    well, and no bound at all while a delay runs or the alarm is open. So a reading within its
    limits costs one comparison.
    """

    __slots__ = (
        "_back",
        "_channel",
        "_delay_ms",
        "_limit",
        "_sign",
        "at",
        "name",
        "since_ms",
        "wake",
    )

    def __init__(self, *, channel: Channel, limit: Limit, at: int) -> None:
        self._channel = channel
        self._limit = limit
        self._sign = 1.0 if limit.side == "high" else -1.0
        self._back = limit.at - self._sign * limit.hysteresis
        self._delay_ms = limit.delay_s * 1000
        self.at = at
        self.name = limit_name(channel.name, limit.side)
        self.since_ms: int | None = None  # since when what would change the alarm has stood
        self.wake = limit.at

    @property
    def side(self) -> Literal["high", "low"]:
        return self._limit.side

    def step(
        self, time_ms: int, value: float, book: AlarmBook, shift_ms: int, stands: Stands
    ) -> None:
        """Let the delay run on, or end it; people read ``time_ms`` and what it lacks."""
        is_open = self.name in book
        is_beyond = self._is_beyond(value, is_open=is_open)
        is_stopped = is_beyond and not self._limit.while_stopped and stands()
        if (is_beyond and not is_stopped) == is_open:
            self.since_ms = None
        elif self.since_ms is None:
            self.since_ms = time_ms
        if self.since_ms is not None and time_ms - self.since_ms >= self._delay_ms:
            reason = IS_STOPPED if is_stopped else None
            self._change(time_ms + shift_ms, value, book, is_open=is_open, reason=reason)
        self.settle(book)

    def settle(self, book: AlarmBook) -> None:
        """Set ``wake`` by whether there is anything to wait for."""
        is_idle = self.since_ms is None and self.name not in book
        self.wake = self._limit.at if is_idle else -self._sign * math.inf

    def _is_beyond(self, value: float, *, is_open: bool) -> bool:
        """Beyond the limit; where it is open, not back far enough."""
        return (value - (self._back if is_open else self._limit.at)) * self._sign > 0.0

    def _change(
        self, time_ms: int, value: float, book: AlarmBook, *, is_open: bool, reason: str | None
    ) -> None:
        self.since_ms = None
        if is_open:
            book.clear(self.name, time_ms=time_ms, reason=reason)
            return
        book.raise_(
            self.name,
            kind="limit",
            severity=self._limit.severity,
            text=limit_text(self._channel, self._limit, value),
            time_ms=time_ms,
            reasons=(
                Reason(self._channel.name, 1.0, limit_fact(self._channel, self._limit, value)),
            ),
        )


class Limits:
    """Every limit of one device, each as it was at the time of the reading."""

    __slots__ = ("_book", "_dated", "_from_ms", "_highs", "_layout", "_lows", "_type", "_until_ms")

    def __init__(self, *, asset: Asset, layout: Layout, book: AlarmBook, dated: Dated) -> None:
        self._type = asset.channels
        self._layout = layout
        self._book = book
        self._dated = dated
        self._from_ms = self._until_ms = 0
        self._highs: tuple[LimitWatch, ...] = ()
        self._lows: tuple[LimitWatch, ...] = ()
        self._follow(0)

    def follow(self) -> None:
        """Somebody has set limits otherwise: what counts is looked up at the next reading."""
        self._until_ms = self._from_ms

    def _follow(self, time_ms: int) -> None:
        """Watch the limits of that time."""
        channels = self._dated.channels_at(time_ms) or self._type
        watches = [
            LimitWatch(channel=channel, limit=limit, at=self._layout.names.index(channel.name))
            for channel in channels
            for limit in channel.limits
        ]
        self._highs = tuple(watch for watch in watches if watch.side == "high")
        self._lows = tuple(watch for watch in watches if watch.side == "low")
        self._from_ms, self._until_ms = time_ms, self._dated.channels_end_ms(time_ms)

    def _turn(self, time_ms: int) -> None:
        """Other limits count from now on: what has stood goes on standing."""
        self.resume(self.delays(), time_ms=time_ms)

    def check(self, time_ms: int, row: Row, shift_ms: int = 0, stands: Stands = _runs) -> None:
        """Compare the next row, in order of time, with every limit.

        Args:
            time_ms: of the row; what alarms are dated by lacks ``shift_ms``.
            row: the values.
            shift_ms: see ``cadence.Lag``.
            stands: whether the machine is stopped; asked only where that matters.
        """
        if time_ms >= self._until_ms:
            self._turn(time_ms)
        for watch in self._highs:
            value = row[watch.at]
            if value > watch.wake:
                watch.step(time_ms, value, self._book, shift_ms, stands)
        for watch in self._lows:
            value = row[watch.at]
            if value < watch.wake:
                watch.step(time_ms, value, self._book, shift_ms, stands)

    def move_delays(self, by_ms: int) -> None:
        """Times are others by ``by_ms`` from here on; what has stood goes on standing."""
        for watch in (*self._highs, *self._lows):
            if watch.since_ms is not None:
                watch.since_ms += by_ms

    def restart_delays(self) -> None:
        """Nothing has stood across a gap."""
        for watch in (*self._highs, *self._lows):
            watch.since_ms = None
            watch.settle(self._book)

    def delays(self) -> dict[str, int]:
        """Since when each delay runs, of those that do."""
        watches = (*self._highs, *self._lows)
        return {watch.name: watch.since_ms for watch in watches if watch.since_ms is not None}

    def resume(self, delays: dict[str, int], *, time_ms: int) -> None:
        """Go on from ``delays`` and the book; close alarms whose limit there is no more."""
        self._follow(time_ms)
        watches = (*self._highs, *self._lows)
        for watch in watches:
            watch.since_ms = delays.get(watch.name)
            watch.settle(self._book)
        names = {watch.name for watch in watches}
        for alarm in self._book.open_alarms:
            if alarm.kind == "limit" and alarm.name not in names:
                self._book.clear(alarm.name, time_ms=max(time_ms, alarm.raised_ms))


class FaultWatch(msgspec.Struct):
    """What the classifier has been saying of one device, and for how long.

    A fault alarm is raised when its class has stood for its ``delay_s`` over two diagnoses or
    more, each as sure as ``alarm_from``, and cleared when others have stood for
    ``CLEAR_AFTER_MS``. That nothing known fits is one only where nothing else of the machine is.
    """

    fault: str = NORMAL
    since_ms: int | None = None  # when the first diagnosis was sure of it, none after it unsure
    newest_ms: int = -1
    absent_since_ms: dict[str, int] = msgspec.field(default_factory=dict)

    def step(
        self, diagnosis: Diagnosis, book: AlarmBook, *, delay_s: float, alarm_from: float = 0.0
    ) -> bool:
        """Take the next diagnosis; False when it is stale or late and says nothing about now."""
        if diagnosis.stale or diagnosis.time_ms <= self.newest_ms:
            return False
        self.newest_ms = diagnosis.time_ms
        is_told = diagnosis.fault != UNKNOWN or not book.has_others(FAULT_PREFIX + UNKNOWN)
        if diagnosis.fault != self.fault or diagnosis.confidence < alarm_from or not is_told:
            self.fault, self.since_ms = diagnosis.fault, None
        if diagnosis.confidence >= alarm_from and is_told:
            if self.since_ms is None:
                self.since_ms = self.newest_ms
            if self.fault != NORMAL and self.newest_ms - self.since_ms >= delay_s * 1000:
                _raise_fault(diagnosis, book)
        self._clear_others(book)
        return True

    def end(self, book: AlarmBook, *, time_ms: int, reason: str = NOT_JUDGED) -> None:
        """Nobody judges the device any more: what was found is not known to stand."""
        self.fault, self.since_ms = NORMAL, None
        self.absent_since_ms.clear()
        for alarm in book.open_alarms:
            if alarm.kind == "fault":
                book.clear(alarm.name, time_ms=time_ms, reason=reason)

    def _clear_others(self, book: AlarmBook) -> None:
        absent = self.absent_since_ms
        for alarm in book.open_alarms:
            if alarm.kind != "fault" or alarm.name == FAULT_PREFIX + self.fault:
                absent.pop(alarm.name, None)
            elif self.newest_ms - absent.setdefault(alarm.name, self.newest_ms) >= CLEAR_AFTER_MS:
                book.clear(alarm.name, time_ms=self.newest_ms)
                del absent[alarm.name]


def _raise_fault(diagnosis: Diagnosis, book: AlarmBook) -> None:
    book.raise_(
        FAULT_PREFIX + diagnosis.fault,
        kind="fault",
        severity=_SEVERITIES.get(diagnosis.severity, "Medium"),
        text=f"{_named(diagnosis)} ({diagnosis.confidence:.0%} sure): {diagnosis.advice}",
        time_ms=diagnosis.time_ms,
        channels=() if diagnosis.channel is None else (diagnosis.channel,),
        reasons=diagnosis.reasons,
    )


def _named(diagnosis: Diagnosis) -> str:
    """The fault, and the channel it is of: "Stuck Sensor: temperature"."""
    if diagnosis.channel is None:
        return diagnosis.fault_label
    return f"{diagnosis.fault_label}: {diagnosis.channel}"
