"""One device's readings in, its present state out: sums, minutes, alarms, window, KPIs.

A twin is a fold over the journal's rows: the same readings in the same order give the same twin.
It never runs backwards. A reading older than the newest changes sums only, through
``replace_minute``; what is live (values, alarms, window) is left as it is.
"""

from array import array
from typing import Final, Self

from gateway import kpi
from gateway.alarms import AlarmBook, Transition
from gateway.assets.base import Asset
from gateway.detect import MAX_WINDOW_ROWS, Window, is_stale
from gateway.kpi import Factors
from gateway.messages import Alarm, Diagnosis, Minute, Reading, State, device_status
from gateway.minutes import Integrator, key_of
from gateway.rows import RECENT_S, Ring, layout_of
from gateway.snapshot import Snapshot, Totals, decode, encode
from gateway.watches import FaultWatch, Limits

_NEVER_MS: Final = -(2**62)
_FOREVER_MS: Final = 2**62
_RECENT_MS: Final = round(RECENT_S * 1000)


class Twin:
    """One device. ``fold`` is the gateway's hot path; whatever can wait for ``state`` does."""

    __slots__ = (
        "_asset",
        "_book",
        "_closed",
        "_device",
        "_epoch",
        "_epoch_ms",
        "_factors",
        "_fault_watch",
        "_first_ms",
        "_integrator",
        "_layout",
        "_limits",
        "_newest",
        "_newest_ms",
        "_ring",
        "_suspicion",
        "_totals",
    )

    def __init__(self, *, device: str, asset: Asset, factors: Factors) -> None:
        self._device = device
        self._asset = asset
        self._factors = factors
        self._layout = layout_of(asset)
        self._newest: Reading | None = None
        self._newest_ms = _NEVER_MS
        self._first_ms = _FOREVER_MS
        self._epoch = ""
        self._epoch_ms = _NEVER_MS  # a window holds readings of one epoch
        self._integrator = Integrator(self._layout)
        self._totals = Totals()
        self._closed: list[Minute] = []
        self._ring = Ring(self._layout)
        self._book = AlarmBook()
        self._limits = Limits(asset=asset, layout=self._layout, book=self._book)
        self._fault_watch = FaultWatch()
        self._suspicion = 0.0

    # ------------------------------------------------------------ readings

    def fold(self, reading: Reading) -> bool:
        """Take the next reading, whose ``time_ms`` is set.

        Returns:
            True when it was the newest and is now part of everything; False when it came late and
            the caller must restate its minute and the minute of its successor, if that is another.
        """
        time_ms: int = reading.time_ms  # type: ignore[assignment]  # validation has stamped it
        elapsed_ms = time_ms - self._newest_ms
        if elapsed_ms <= 0 and self._is_late(reading):
            return False
        layout = self._layout
        if elapsed_ms > layout.max_gap_ms:
            self._begin_after_gap(time_ms)
        if reading.epoch != self._epoch:
            self._epoch, self._epoch_ms = reading.epoch, time_ms
        row = layout.row(reading.values)
        closed = self._integrator.add(time_ms, row)
        if closed is not None:
            self._totals.add(closed)
            self._closed.append(closed)
        self._ring.append(time_ms, row)
        self._limits.check(time_ms, row)
        self._newest = reading
        self._newest_ms = time_ms
        return True

    def _is_late(self, reading: Reading) -> bool:
        self._first_ms = min(self._first_ms, reading.time_ms or 0)
        return self._newest is not None and key_of(reading) <= key_of(self._newest)

    def _begin_after_gap(self, time_ms: int) -> None:
        self._first_ms = min(self._first_ms, time_ms)
        self._limits.restart_delays()

    # ------------------------------------------------------------ minutes

    def replace_minute(self, *, new: Minute, old: Minute | None) -> None:
        """Let a minute restated from the journal take the place of what had been counted for it.

        Args:
            new: the minute with its late readings.
            old: what the journal holds of it, None when it is a minute nobody knew of. It is of
                no account for the open minute and for one that has closed but was not taken yet.
        """
        if self._integrator.start_ms == new.start_ms:
            self._integrator.adopt(new)
            return
        for at, closed in enumerate(self._closed):
            if closed.start_ms == new.start_ms:
                old, self._closed[at] = closed, new
        if old is not None:
            self._totals.add(old, sign=-1)
        self._totals.add(new)

    def take_closed(self) -> list[Minute]:
        """The minutes that have closed since the last call."""
        taken, self._closed = self._closed, []
        return taken

    def open_minute(self) -> Minute | None:
        """The minute of the newest reading, as far as it has come."""
        return self._integrator.minute()

    @property
    def has_news(self) -> bool:
        """Whether ``take_closed`` or ``take_transitions`` has something to give."""
        return bool(self._closed) or self._book.has_transitions

    # ------------------------------------------------------------ alarms and diagnosis

    def take_transitions(self) -> list[Transition]:
        """What has happened to alarms since the last call, in order."""
        return self._book.take()

    def acknowledge(self, name: str, *, by: str, now_ms: int) -> None:
        """Note that ``by`` has seen the open alarm ``name``.

        Raises:
            NotFound: it is not open (any more).
            Refused: it has been acknowledged already.
        """
        self._book.acknowledge(name, by=by, now_ms=now_ms)

    def adopt_open(self, alarms: list[Alarm]) -> None:
        """Take over the alarms the journal has open, at a restart."""
        self._book.adopt(alarms)
        self._limits.resume(self._limits.delays(), time_ms=self._newest_ms)

    @property
    def book(self) -> AlarmBook:
        """For alarms that are no matter of readings."""
        return self._book

    @property
    def period_ms(self) -> int | None:
        """How often it measures: as it says, or else as its newest readings show."""
        said_ms = self._newest.period_ms if self._newest is not None else None
        return said_ms or self._ring.period_ms()

    def on_diagnosis(self, diagnosis: Diagnosis) -> None:
        """Let fault alarms and health follow the classifier."""
        delay_s = self._asset.fault_delay_s(diagnosis.fault)
        if self._fault_watch.step(diagnosis, self._book, delay_s=delay_s):
            self._suspicion = kpi.suspicion(
                severity=diagnosis.severity, confidence=diagnosis.confidence
            )

    def window(self) -> Window | None:
        """The last ``window_s`` of readings for the classifier, at most 100; None without any.

        A board that has started anew begins anew: readings of two epochs are no course of values.
        """
        since_ms = max(self._newest_ms - self._layout.window_ms, self._epoch_ms)
        times_ms, columns = self._ring.series(range(self._layout.required), since_ms=since_ms)
        if not times_ms:
            return None
        return Window(
            device=self._device,
            time_ms=[int(time_ms) for time_ms in times_ms[-MAX_WINDOW_ROWS:]],
            rows=list(zip(*(column[-MAX_WINDOW_ROWS:] for column in columns), strict=True)),
        )

    # ------------------------------------------------------------ state

    def state(
        self, *, now_ms: int, status: str, sequenced: bool, heard_ms: int | None = None
    ) -> State:
        """What is published of the twin.

        Args:
            now_ms: the gateway's time.
            status: what the device's last will or greeting said.
            sequenced: whether its readings carry keys of its own.
            heard_ms: the gateway's time when the newest reading came. Without it the reading's
                own time stands in, and a board whose clock is off never looks fresh.
        """
        newest = self._newest
        heard_ms = self._newest_ms if heard_ms is None else heard_ms
        fresh = newest is not None and now_ms - heard_ms <= self._asset.stale_after_s * 1000
        return State(
            device=self._device,
            asset=self._asset.name,
            time_ms=self._newest_ms if newest else 0,
            published_ms=now_ms,
            status=device_status(status),
            fresh=fresh,
            sequenced=sequenced,
            values=newest.values if newest else {},
            kpis=kpi.figures(self._asset, moment=self._moment(fresh=fresh), factors=self._factors),
            open_alarms=len(self._book),
            truth=newest.truth if newest else None,
        )

    def _moment(self, *, fresh: bool) -> kpi.Moment | None:
        newest = self._newest
        if newest is None:
            return None
        totals, current = self._totals, self._integrator
        recent_ms, columns = self._ring.series(
            self._layout.recent_columns, since_ms=self._newest_ms - _RECENT_MS
        )
        return kpi.Moment(
            asset=self._asset,
            factors=self._factors,
            values=newest.values,
            fresh=fresh,
            energy_j=totals.energy_j + current.energy_j,
            measured_ms=totals.measured_ms + current.measured_ms,
            running_ms=totals.running_ms + current.running_ms,
            elapsed_ms=self._newest_ms - self._first_ms,
            recent_ms=recent_ms,
            recent=dict(zip(self._layout.recent_names, columns, strict=True)),
            worst_alarm=self._book.worst(),
            suspicion=self._present_suspicion(),
        )

    def _present_suspicion(self) -> float:
        judged_ms = self._fault_watch.newest_ms
        stale = is_stale(judged_time_ms=judged_ms, newest_ms=self._newest_ms)
        return 0.0 if stale else self._suspicion

    # ------------------------------------------------------------ checkpoint

    def snapshot(self) -> bytes:
        """All of the twin as bytes, for ``restore``."""
        return encode(
            Snapshot(
                newest=self._newest,
                first_ms=self._first_ms,
                epoch_ms=self._epoch_ms,
                totals=self._totals,
                open_minute=self._integrator.minute(),
                closed=self._closed,
                channels=self._layout.names,
                cells=self._ring.cells().tobytes(),
                alarms=self._book.open_alarms,
                gone_alarms=self._book.gone_alarms,
                transitions=self._book.transitions,
                delays=self._limits.delays(),
                fault_watch=self._fault_watch,
                suspicion=self._suspicion,
            )
        )

    @classmethod
    def restore(cls, snapshot: bytes, *, device: str, asset: Asset, factors: Factors) -> Self:
        """The twin a snapshot was taken of; folding on gives what folding on there would have.

        Raises:
            Outdated: the snapshot cannot be read; fold the journal from its start.
        """
        held = decode(snapshot)
        twin = cls(device=device, asset=asset, factors=factors)
        twin._newest = held.newest
        twin._first_ms = held.first_ms
        twin._epoch_ms = held.epoch_ms
        twin._epoch = held.newest.epoch if held.newest is not None else ""
        twin._totals = held.totals
        twin._closed = held.closed
        twin._fault_watch = held.fault_watch
        twin._suspicion = held.suspicion
        twin._book = AlarmBook(held.alarms, held.transitions, held.gone_alarms)
        twin._limits = Limits(asset=asset, layout=twin._layout, book=twin._book)
        if held.newest is not None and held.newest.time_ms is not None:
            twin._newest_ms = held.newest.time_ms
            twin._integrator.seed(held.newest)
        if held.open_minute is not None:
            twin._integrator.adopt(held.open_minute)
        if held.channels == twin._layout.names:
            twin._ring = Ring(twin._layout, array("d", held.cells))
        twin._limits.resume(held.delays, time_ms=twin._newest_ms)
        return twin
