"""One device's readings in, its present state out: sums, minutes, alarms, window, KPIs.

A twin is a fold over the journal's rows: the same readings in the same order give the same twin.
It keeps two orders. What is live (values, limits, window, alarms) follows the device's own
numbering (``life``). Sums follow event time (``sums``): a reading older than the
newest changes them only through ``replace_minute``.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Final, Self

from contract.assets.words import CO2_PER_KWH, PRICE_PER_KWH, Asset
from contract.diagnosing import STALE_AFTER_MS, Window
from contract.messages import (
    Alarm,
    ChannelTrouble,
    ClockOffset,
    Diagnosis,
    Event,
    InMaintenance,
    Minute,
    Reading,
    Setting,
    Stamp,
    State,
    Value,
    device_status,
)
from contract.window import Unjudged
from gateway.twin import kpi
from gateway.twin.alarm_changes import Suppression, Transition
from gateway.twin.alarms import AlarmBook
from gateway.twin.cadence import Pace
from gateway.twin.causes import FAULT_PREFIX, causes_of
from gateway.twin.dated import Always, Dated
from gateway.twin.formulas import formulas_of
from gateway.twin.happened import Happened
from gateway.twin.health import Health, health_of
from gateway.twin.holds import Holds
from gateway.twin.hourly_cost import HourlyCost, hourly_cost
from gateway.twin.kpi import Factors
from gateway.twin.life import Life
from gateway.twin.limits import IS_STOPPED, NOT_JUDGED, FaultWatch
from gateway.twin.own_channels import id_of
from gateway.twin.rows import RECENT_S, layout_of
from gateway.twin.snapshot import Snapshot, decode, encode
from gateway.twin.sums import Owed, Sums, Whole

_RECENT_MS: Final = round(RECENT_S * 1000)
_TREND_PERIODS: Final = 6  # a trend of a slow machine needs as many intervals
_PAST: Final = Stamp.PAST
_JUDGED_PERIODS: Final = 2  # a diagnosis is of the reading before, while the newest is judged
_HEALTH_DECIMALS: Final = 2  # in its trend


class Twin:
    """One device. ``fold`` is the gateway's hot path; whatever can wait for ``state`` does."""

    __slots__ = (
        "_asset",
        "_book",
        "_fault_watch",
        "_formulas",
        "_happened",
        "_holds",
        "_layout",
        "_life",
        "_recent",
        "_recent_columns",
        "_sums",
        "_suspicion",
        "_work_out",
        "channels",
        "channels_id",
        "device",
        "factors",
        "params",
    )

    def __init__(
        self,
        *,
        device: str,
        asset: Asset,
        factors: Factors,
        book: AlarmBook | None = None,
        params: Dated | None = None,
    ) -> None:
        """``params``: None where those of its type are for good, at ``factors``."""
        self.device = device
        self._asset = asset
        self.factors = factors  # what a kWh costs and emits now
        self._layout = layout_of(asset)
        self._book = AlarmBook() if book is None else book  # an empty one is false
        self._book.causes = causes_of(asset)
        self.params = _lasting(asset, factors) if params is None else params
        self._work_out = formulas_of(asset).at(self.params.now())
        self._sums = Sums(asset, self.params)
        self._formulas = formulas_of(asset)
        self._life = Life(asset=asset, book=self._book, params=self.params)
        self.channels = asset.channels
        self._follow_channels()
        self._fault_watch = FaultWatch()
        self._happened = Happened()
        self._holds = Holds()
        self._suspicion = 0.0

    # ------------------------------------------------------------ readings

    def fold(self, reading: Reading) -> bool:
        """Take the next reading, whose ``time_ms`` is set.

        Returns:
            True when it was the newest by event time and is now part of the sums; False when it
            came late and the caller must restate the minutes around it.
        """
        time_ms: int = reading.time_ms  # type: ignore[assignment]  # admission has set it
        whole = self._layout.whole_row(reading.values)
        row = self._layout.any_row(reading.values) if whole is None else whole
        is_next = self._sums.add(reading, time_ms, row)
        if reading.stamp == _PAST:
            self.note_past(time_ms)
        else:
            self._life.take(reading, time_ms, row, is_whole=whole is not None)
        return is_next

    def on_event(self, event: Event) -> bool:
        """Take an event, whose ``time_ms`` is set, in whatever order it comes.

        Returns:
            False when it came late and the caller must restate its minute.
        """
        self._happened.note(event)
        return self._sums.add_event(event)

    def put_right(self, now_ms: int) -> None:
        """The gateway's clock was wrong until now: nothing was heard in the future."""
        self._life.heard_ms = min(self._life.heard_ms, now_ms)

    @property
    def pace(self) -> Pace:
        """How often it measures."""
        return self._life.pace

    @property
    def heard_every_ms(self) -> int | None:
        """How often it is heard where that is seldom; None where it is often, or unknown."""
        return self._life.hearing.period_ms

    @property
    def stale_after_ms(self) -> int:
        """So old may the newest reading be, and still speak of the present."""
        return self._life.stale_after_ms

    def follow_params(self, factors: Factors) -> None:
        """Parameters have become others, or somebody has set them otherwise."""
        self.factors, self._work_out = factors, self._formulas.at(self.params.now())
        self._sums.follow_params()
        self._life.follow_params(self.params)
        self._follow_channels()
        self._life.follow_limits()

    def _follow_channels(self) -> None:
        self.channels = self.params.channels_now() or self._asset.channels
        is_own = self.channels is not self._asset.channels
        self.channels_id = id_of(self.channels) if is_own else None
        limited = [channel.name for channel in self.channels if channel.limits]
        names = self._layout.names
        self._recent = tuple(dict.fromkeys((*self._layout.recent_names, *limited)))
        self._recent_columns = tuple(names.index(name) for name in self._recent)

    # ------------------------------------------------------------ minutes

    def replace_minute(self, *, new: Minute, old: Minute | None) -> None:
        """Let a minute restated from the journal take the place of ``old``: see ``Sums``."""
        self._sums.replace(new=new, old=old)

    def forget_held(self, *, from_ms: int, to_ms: int) -> None:
        """Values that the newest reading lacks, and that were measured in a time, were deleted."""
        self._life.holding.forget(from_ms=from_ms, to_ms=to_ms)

    def note_past(self, time_ms: int) -> None:
        """Something is known of it from then on: its sums since its first reading begin there."""
        self._life.first_ms = min(self._life.first_ms, time_ms)

    @property
    def last(self) -> Reading | None:
        """The newest reading by event time."""
        return self._sums.last

    def recall(self, readings: Sequence[Reading], unknown: Container[str]) -> bool:
        """Remember anew what these readings, in order, have told; ``unknown`` as it was.

        Whether that is another thing than was remembered.
        """
        return self._sums.recall(readings, unknown)

    @property
    def lacks(self) -> bool:
        """Whether it does not know all sums of all its life: a formula came later."""
        return self._sums.lacks

    def complete(self, whole: Whole) -> None:
        """Learn those from its minutes, if these are all of its life."""
        self._sums.complete(whole)

    def take_closed(self) -> list[Minute]:
        """The minutes that have closed since the last call."""
        return self._sums.take_closed()

    def take_owed(self) -> list[Owed]:
        """Times whose minutes must be restated.

        A run has shown that they were measured, or what lacks before an item cannot be told here.
        """
        return self._sums.take_owed()

    def open_minute(self) -> Minute | None:
        """The minute of the newest reading, as far as it has come."""
        return self._sums.open_minute()

    @property
    def open_ms(self) -> int:
        """Where the open minute begins; before all time while there is none."""
        return self._sums.open_ms

    @property
    def has_news(self) -> bool:
        """Whether ``take_closed``, ``take_owed`` or ``take_transitions`` has something to give."""
        return self._sums.has_news or self._book.has_transitions

    # ------------------------------------------------------------ alarms and diagnosis

    def take_transitions(self) -> list[Transition]:
        """What has happened to alarms since the last call, in order."""
        return self._book.take()

    def adopt_open(self, alarms: list[Alarm]) -> None:
        """Take over the alarms the journal has open, at a restart."""
        self._book.adopt(alarms)
        self._life.resume_limits()

    @property
    def book(self) -> AlarmBook:
        """For alarms that are no matter of readings, and for what people say of any."""
        return self._book

    @property
    def period_ms(self) -> int | None:
        """How often it measures, said or shown; None while nobody can tell."""
        return self._life.period_ms()

    def on_diagnosis(self, diagnosis: Diagnosis) -> None:
        """Let fault alarms and health follow the classifier."""
        delay_s = self._asset.fault_delay_s(diagnosis.fault, confidence=diagnosis.confidence)
        alarm_from = self._asset.fault_alarm_from(diagnosis.fault)
        if self._fault_watch.step(diagnosis, self._book, delay_s=delay_s, alarm_from=alarm_from):
            self._suspicion = kpi.suspicion(
                severity=diagnosis.severity, confidence=diagnosis.confidence
            )

    def window(self) -> Window | None:
        """The last readings for the classifier; None without any, or where it cannot judge."""
        return self._life.window(self.device)

    def remembered(self) -> Window | None:
        """The same, and for how long its values have stood; its every call remembers more."""
        window = self.window()
        if window is not None:
            window.holds = self._holds.follow(window)
        return window

    def not_judged(self) -> Unjudged | None:
        """Why the classifier cannot judge it; None where it can."""
        return self._life.not_judged()

    def newest_values(self) -> Mapping[str, Value]:
        """What its newest reading has."""
        return {} if self._life.newest is None else self._life.newest.values

    @property
    def lived_ms(self) -> int:
        """The time of its newest reading, as windows have it."""
        return self._life.now_ms

    def happened_ms(self, event: str) -> int | None:
        """When that event happened last; None: it never did."""
        tally = self._happened.tallies.get(event)
        return None if tally is None else tally.when[0]

    @property
    def first_ms(self) -> int:
        """When its first reading came, by the gateway's clock; far in the future before that."""
        return self._life.first_ms

    @property
    def gap_ms(self) -> int:
        """Readings further apart are no course of values."""
        return self._life.gap_ms

    def course_of(
        self, names: Sequence[str], *, after_ms: float
    ) -> tuple[list[float], list[list[float]]]:
        """Times of the last readings after a time, as far as they are remembered, and values.

        Those are of each of the channels ``names``; NaN where nothing was measured.
        """
        columns = [self._layout.names.index(name) for name in names]
        return self._life.course(columns, after_ms=after_ms)

    def is_stopped(self) -> bool:
        """Whether it stands still, as its type says when."""
        return self._life.is_stopped()

    def stands_still(self, values: Mapping[str, Value]) -> bool:
        """Whether a machine with these values does."""
        return self._life.stands_still(values)

    def on_not_judged(self) -> None:
        """Nobody can say any more whether what was found stands: its alarms end."""
        why = IS_STOPPED if self._life.is_stopped() else NOT_JUDGED
        self._fault_watch.end(self._book, time_ms=self._life.now_ms, reason=why)
        self._suspicion = 0.0

    # ------------------------------------------------------------ state

    def state(
        self,
        *,
        now_ms: int,
        status: str,
        sequenced: bool,
        clock: ClockOffset | None = None,
        not_judged: str | None = None,
        settings: dict[str, Setting] | None = None,
        catalogue: str | None = None,
        maintenance: Suppression | None = None,
    ) -> State:
        """What is published of the twin.

        Args:
            now_ms: the gateway's time.
            status: what the device's last will or greeting said.
            sequenced: whether its readings carry keys of its own.
            clock: how far its clock is off.
            not_judged: why nobody could judge it, whatever its readings.
            settings: what it is wanted to work with, and what it says it does.
            catalogue: which description it has, where it is of no type.
            maintenance: why its alarms ask for nobody.
        """
        life, newest = self._life, self._life.newest
        stale_after_ms = life.stale_after_ms
        fresh = newest is not None and now_ms - life.heard_ms <= stale_after_ms
        unjudged = life.not_judged()
        return State(
            device=self.device,
            asset=self._asset.name,
            time_ms=(newest.time_ms or 0) if newest else 0,
            published_ms=now_ms,
            status=device_status(status),
            fresh=fresh,
            sequenced=sequenced,
            values=life.holding.live(newest.values, without=life.troubles) if newest else {},
            kpis=kpi.figures(
                self._asset,
                moment=self._moment(fresh=fresh, stale_after_ms=stale_after_ms),
                factors=self.factors,
            ),
            open_alarms=len(self._book),
            truth=newest.truth if newest else None,
            period_ms=self.period_ms,
            clock=clock,
            troubles=self._troubles(stale_after_ms),
            not_judged=not_judged or (unjudged.why if unjudged else None),
            times_ms=life.holding.times_ms(without=life.troubles),
            settings=settings or {},
            events=self._happened.seen(self._layout.events),
            catalogue=catalogue,
            stopped=life.is_stopped(),
            maintenance=maintenance and InMaintenance(*maintenance),
        )

    def tell_health(self, state: State) -> None:
        """The state was told: the trend of its health goes on by what that says.

        Each value counts for at most as long as the margins look back that it is made of.
        """
        name = self._formulas.health
        if name is not None:
            percent = state.kpis[name].value
            rounded = None if percent is None else round(percent, _HEALTH_DECIMALS)
            self._sums.tell_health(rounded, self._span_ms())

    def health(self, *, now_ms: int) -> Health:
        """What its health has lost, and to what."""
        stale_after_ms = self._life.stale_after_ms
        fresh = now_ms - self._life.heard_ms <= stale_after_ms
        moment = self._moment(fresh=fresh, stale_after_ms=stale_after_ms)
        return health_of(moment, worst=self._book.gravest(), found=self._fault_watch.fault)

    def hourly_cost(
        self, name: str, *, now_ms: int, price_per_kwh: float, downtime_cost: float
    ) -> HourlyCost:
        """What an open alarm costs an hour, as the machine does now."""
        stale_after_ms = self._life.stale_after_ms
        fresh = now_ms - self._life.heard_ms <= stale_after_ms
        return hourly_cost(
            self._moment(fresh=fresh, stale_after_ms=stale_after_ms),
            self._book.channels_of(name),
            price_per_kwh=price_per_kwh,
            downtime_cost=downtime_cost,
            says_down=self._says_down(),
        )

    def _says_down(self) -> bool:
        """Whether a state that it told last counts as being out of order."""
        life = self._life
        if life.newest is None:
            return False
        told = life.holding.live(life.newest.values, without=life.troubles)
        return any(
            each.elements.get(str(told.get(each.name))) == "down" for each in self._asset.states
        )

    def _troubles(self, stale_after_ms: int) -> dict[str, ChannelTrouble]:
        """Channels that were set aside just now, and those that are missed."""
        life = self._life
        if life.newest is None:
            return {}
        missed = life.holding.missed(
            self._asset, newest_ms=life.newest.time_ms or 0, stale_after_ms=stale_after_ms
        )
        return missed | dict(life.troubles)

    def _moment(self, *, fresh: bool, stale_after_ms: int) -> kpi.Moment | None:
        life, newest = self._life, self._life.newest
        if newest is None:
            return None
        sums = self._sums.so_far()
        span_ms = self._span_ms()
        times_ms, columns = life.series(self._recent_columns, span_ms=span_ms)
        return kpi.Moment(
            asset=self._asset,
            formulas=self._formulas,
            work_out=self._work_out,
            sums=sums.sums,
            bills=sums.bills,
            values=life.holding.numbers(
                newest.values, since_ms=(newest.time_ms or 0) - stale_after_ms
            ),
            fresh=fresh,
            stopped=life.is_stopped(),
            measured_ms=sums.measured_ms,
            elapsed_ms=max(life.heard_ms - life.first_ms, sums.measured_ms),
            span_ms=span_ms,
            gap_ms=life.gap_ms,
            recent_ms=times_ms,
            recent=dict(zip(self._recent, columns, strict=True)),
            channels=self.channels,
            worst_alarm=self._book.worst(),
            suspicion=self._present_suspicion(),
        )

    def _span_ms(self) -> int:
        """How far back trends look."""
        return max(_RECENT_MS, _TREND_PERIODS * (self._life.pace.period_ms or 0))

    def _present_suspicion(self) -> float:
        """What the last diagnosis takes from the health, while it speaks of the present."""
        after_ms = max(STALE_AFTER_MS, _JUDGED_PERIODS * (self._life.pace.period_ms or 0))
        is_present = self._life.now_ms - self._fault_watch.newest_ms <= after_ms
        is_quiet = self._book.is_quiet(FAULT_PREFIX + self._fault_watch.fault)
        return self._suspicion if is_present and not is_quiet else 0.0

    # ------------------------------------------------------------ checkpoint

    def snapshot(self) -> bytes:
        """All of the twin as bytes, for ``restore``."""
        snapshot = Snapshot(
            newest=self._life.newest,
            channels=self._layout.names,
            alarms=self._book.open_alarms,
            gone_alarms=self._book.gone_alarms,
            transitions=self._book.transitions,
            fault_watch=self._fault_watch,
            suspicion=self._suspicion,
            happened=self._happened,
        )
        self._sums.note(snapshot)
        self._life.note(snapshot)
        return encode(snapshot)

    def continued(self, asset: Asset, params: Dated | None = None) -> "Twin":
        """This twin as one of another type: what both know by name goes on, alarms as well."""
        held = self.snapshot()
        return Twin.restore(
            held, device=self.device, asset=asset, factors=self.factors, params=params
        )

    @classmethod
    def restore(
        cls,
        snapshot: bytes,
        *,
        device: str,
        asset: Asset,
        factors: Factors,
        params: Dated | None = None,
    ) -> Self:
        """The twin a snapshot was taken of; folding on gives what folding on there would have.

        Raises:
            Outdated: the snapshot cannot be read; fold the journal from its start.
        """
        held = decode(snapshot)
        _without_texts(held, asset)
        book = AlarmBook(held.alarms, held.transitions, held.gone_alarms)
        twin = cls(device=device, asset=asset, factors=factors, book=book, params=params)
        twin._fault_watch = held.fault_watch
        twin._suspicion = held.suspicion
        twin._happened = held.happened
        twin._sums.restore(held)
        twin._life.restore(held)
        return twin


def _lasting(asset: Asset, factors: Factors) -> Dated:
    """The parameters of the type, with the prices of the site."""
    prices = {
        PRICE_PER_KWH.name: factors.price_per_kwh,
        CO2_PER_KWH.name: factors.co2_kg_per_kwh,
    }
    return Always({param.name: param.default for param in asset.params} | prices)


def _without_texts(held: Snapshot, asset: Asset) -> None:
    """What was a text when it was kept, and is a number by now, was never measured."""
    known = asset.by_name
    for reading in (held.newest, held.last):
        if reading is not None:
            reading.values = {
                name: value
                for name, value in reading.values.items()
                if not (isinstance(value, str) and name in known)
            }
    kept = held.holding.values
    for name in [n for n, each in kept.items() if isinstance(each.value, str) and n in known]:
        del kept[name]
