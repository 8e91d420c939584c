"""What is answered from quarters, hours and days is what the minutes themselves come to."""

import asyncio
import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from contract import assets
from contract.buckets import Bucket, Interval, day_at, tile
from contract.errors import Unavailable
from contract.language.planned import Told, is_of_time
from contract.messages import Minute
from contract.shift_plan import parse
from contract.shifts import ShiftCalendar
from contract.site_time import SiteTime
from gateway.api.kpis import Figures, Folded
from gateway.api.queries.chart import Chart
from gateway.api.queries.history import charted, history
from gateway.api.queries.known import NOTHING, Then, Was, as_known
from gateway.api.queries.pieces import Cuts, Machine, Plan, Terms, sums
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Meter, Range, Runs, Usage, usage
from gateway.api.queries.watched import Subject, Watching
from gateway.api.site_buckets import SiteBuckets
from gateway.api.steps import Steps
from gateway.ingest import compaction
from gateway.ingest.compaction import Compactor, Ledgers, Write, ledgers_of
from gateway.journal import Journal
from gateway.journal.formers import LATE
from gateway.journal.reader import open_read_only
from gateway.journal.tiers import Standing, reach_of
from gateway.registry.params import Stretch
from gateway.registry.tariffs import Tariff
from gateway.twin.kpi import Factors
from gateway.twin.ledger import ledger_of
from gateway.twin.tiers import DAY, QUARTER_MS, SIX_HOURS
from tests.contract.assets.water import PROGRAM, ten_minutes
from tests.contract.zones import zones
from tests.gateway.api.test_kpis import minutes_of
from tests.gateway.api.workshop import Written
from tests.gateway.rig import Rig, message

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
DISPENSER = PROGRAM.words.asset
DEFAULTS = PROGRAM.defaults()
NAMES = [kpi.name for kpi in DISPENSER.kpis if is_of_time(DISPENSER, kpi)]
SPRING_MS = 1_774_746_000_000 - 50 * HOUR_MS  # London's clock is put forward at hour 50
DAYS = 4
CHANNEL = DISPENSER.channels[0].name
TEN = minutes_of(ten_minutes()[:600])
SHIFTS = parse(
    {
        "shift": [
            {"name": "early", "days": ["mon", "sat", "sun"], "from": "06:10", "to": "14:00",
             "breaks": [{"from": "09:00", "to": "09:20"}]},
            {"name": "night", "days": ["fri", "sat"], "from": "22:00", "to": "06:10"},
        ]
    }
)  # fmt: skip
T = TypeVar("T")
_directories = (f"rig-{number}" for number in itertools.count())


@contextmanager
def site(directory: Path) -> Iterator["Site"]:
    made = Site(directory / next(_directories))
    with made.rig:
        yield made


class Site:
    """Dispensers whose minutes are stored in any order, and the sums that are made of them."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.rig = Rig(directory, now_ms=SPRING_MS + DAY_MS + 50 * MINUTE_MS)
        self.rig.take(*(message(name, "birth", {"asset": "dispenser"}) for name in ("a", "b")))
        self.connection = open_read_only(directory / "journal.db")
        self.compactor = self.made(SiteTime("Europe/London"))

    def made(
        self, zone: SiteTime, write: Write | None = None, ledgers: Ledgers | None = None
    ) -> Compactor:
        self.zone, rig = zone, self.rig
        return Compactor(
            ledgers=lambda: ledgers or ledgers_of(rig.fleet),
            write=write or rig.pipeline.write,
            open_reader=rig.reader.again,
            site=zone,
            now_ms=lambda: rig.now_ms,
        )

    def furnish(self) -> None:
        self.store("a", made((0, DAYS * 48, 30, 3, True)))
        self.store("b", made((700, 60, 30, 5, True)))
        self.sum_up()

    def store(self, name: str, minutes: list[Minute], *, changed_ms: int | None = None) -> None:
        """``changed_ms``: others were known until then."""
        id_, why = self.rig.device(name).id, None if changed_ms is None else LATE
        with Written(self.rig.journal):
            put = self.rig.journal.put_minutes
            put(((id_, each) for each in minutes), why=why, now_ms=changed_ms)

    def sum_up(self) -> None:
        async def all_of_it() -> None:
            while await self.compactor.round():
                pass

        asyncio.run(all_of_it())

    def begin_to_sum_up(self, writes: int) -> None:
        """As a process does that dies after so many transactions."""
        left = writes

        async def some(work: Callable[[Journal], T]) -> T:
            nonlocal left
            left -= 1
            if left < 0:
                raise Unavailable("It died.")
            return await self.rig.pipeline.write(work)

        with suppress(Unavailable):
            asyncio.run(self.made(self.zone, some).round())

    # ------------------------------------------------------------ what is asked

    def told(
        self, span: Range, terms: Terms, plan: Plan, *, by_minute: bool, was: Was = NOTHING
    ) -> dict[Interval, list[Told]]:
        stored = Stored(self.connection, self.zone, by_minute=by_minute, was=was)
        cuts = Cuts(span, terms, plan)
        folded = [
            Folded(machine, sums(stored, machine, span, cuts, frozenset(NAMES)))
            for machine in (self.machine(name, terms) for name in ("a", "b"))
        ]
        figures = Figures(folded, span=span, plan=plan, no_plan=None, now_ms=self.rig.now_ms)
        kpis = [kpi for kpi in DISPENSER.kpis if kpi.name in NAMES]
        buckets = sorted({piece.bucket for each in folded for piece in each.sums})
        return {bucket: figures.told(kpis, bucket) for bucket in buckets}

    def used(self, span: Range, tariff: Tariff, *, by_minute: bool) -> dict[Interval, Usage]:
        stored = Stored(self.connection, self.zone, by_minute=by_minute)
        meter = Meter(self.rig.device("a").id, "a", None, tariff)
        return usage(stored, meter, span, Runs(span))

    def charted(self, asked: Chart) -> dict[int, object]:
        """What a chart shows of a channel, by the start of each bucket."""
        device = self.rig.device("a")
        found = charted(
            self.connection,
            device_id=device.id,
            device="a",
            asset=DISPENSER,
            chart=asked,
            channels=[CHANNEL],
        )
        band = found.channels[CHANNEL]
        columns = (found.time_ms, found.count, band.min, band.mean, band.max)
        return {start: tuple(shown) for start, *shown in zip(*columns, strict=True)}

    def naive_chart(self, asked: Chart) -> dict[int, object]:
        found: dict[int, list[Minute]] = {}
        sql = "SELECT body FROM minute WHERE device = ? ORDER BY start_ms"
        for (body,) in self.rig.rows(sql, self.rig.device("a").id):
            minute = msgspec.json.decode(body, type=Minute)
            if asked.from_ms <= minute.start_ms < asked.to_ms:
                found.setdefault(asked.steps.at(minute.start_ms).start_ms, []).append(minute)
        return {start_ms: shown(minutes) for start_ms, minutes in found.items()}

    def stale(self) -> tuple[int, ...]:
        """Quarters whose sums are not to be used."""
        return Standing(self.connection, self.zone.name).stale(self.rig.device("a").id, None)

    def machine(self, name: str, terms: Terms) -> Machine:
        return Machine(self.rig.device(name).id, name, DISPENSER, None, terms)


def shown(minutes: list[Minute]) -> object:
    """Count, and least, mean and greatest of the channel."""
    stats = [minute.channels[CHANNEL] for minute in minutes]
    mean = sum(each.total for each in stats) / sum(each.count for each in stats)
    low, high = min(each.low for each in stats), max(each.high for each in stats)
    return sum(minute.count for minute in minutes), low, mean, high


Some = tuple[int, int, int, int, bool]  # first, how many, how far apart; like which, own program


def made(some: Some) -> list[Minute]:
    first, count, apart, pick, own = some
    like = TEN[pick] if own else msgspec.structs.replace(TEN[pick], program="0123456789abcdef")
    starts_ms = (SPRING_MS + (first + at * apart) * MINUTE_MS for at in range(count))
    return [msgspec.structs.replace(like, start_ms=start_ms) for start_ms in starts_ms]


somes = st.tuples(
    st.one_of(st.integers(0, (DAYS - 1) * 1440), st.integers(47 * 60, 53 * 60)),
    st.integers(1, 100),
    st.sampled_from([1, 1, 7, 30]),
    st.integers(0, 9),
    st.sampled_from([True, True, False]),
)
stores = st.tuples(st.just("store"), st.sampled_from("ab"), st.lists(somes, min_size=1, max_size=4))
actions: st.SearchStrategy[list[tuple[str, Any, list[Some]]]] = st.lists(
    st.one_of(
        stores,
        st.just(("sum up", "", [])),
        st.tuples(st.just("die"), st.integers(0, 5), st.just([])),
        st.tuples(st.just("move"), zones, st.just([])),
        st.tuples(st.just("wait"), st.integers(1, 1500), st.just([])),
    ),
    min_size=2,
    max_size=6,
)
WHOLE = (SPRING_MS, SPRING_MS + DAYS * DAY_MS, SPRING_MS + DAYS * DAY_MS // 2)
offsets_ms = st.integers(-60, DAYS * 1440 + 60).map(lambda at: SPRING_MS + at * MINUTE_MS)


def like(one: Any, other: Any) -> bool:
    """The same, but for the order in which numbers were added."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(like, one, other))
    return bool(one == other)


def assert_like(one: Any, other: Any) -> None:
    assert list(one) == list(other)
    for key, told in one.items():
        assert like(told, other[key]), (key, told, other[key])


@given(
    actions,
    st.sampled_from(["hour", "day", "week", "month", "shift", "total"]),
    st.one_of(st.just(WHOLE), st.tuples(offsets_ms, offsets_ms, offsets_ms)),
)
@settings(max_examples=25, phases=[Phase.generate])  # each is a journal of its own
def test_any_range_is_as_its_minutes_have_it(
    tmp_path_factory: pytest.TempPathFactory,
    happens: list[tuple[str, Any, list[Some]]],
    bucket: Bucket,
    times_ms: tuple[int, int, int],
) -> None:
    with site(tmp_path_factory.mktemp("tiers")) as it:
        it.furnish()
        for what, which, brought in happens:
            match what:
                case "store":
                    it.store(which, [each for some in brought for each in made(some)])
                case "sum up":
                    it.sum_up()
                case "die":
                    it.begin_to_sum_up(which)
                case "move":
                    it.compactor = it.made(which)
                case _:
                    it.rig.now_ms += which * MINUTE_MS
            compare(it, bucket, sorted(times_ms[:2]), sorted(times_ms[1:]))


def compare(it: Site, bucket: Bucket, ends_ms: list[int], turns_ms: list[int]) -> None:
    calendar = ShiftCalendar(SHIFTS, it.zone)
    span = Range(ends_ms[0], ends_ms[1], SiteBuckets(bucket, it.zone, calendar))
    stretches = [
        Stretch(at_ms, DEFAULTS | {"price_per_kwh": 1.0 + number % 2})
        for number, at_ms in enumerate([0, *turns_ms])
    ]
    terms, plan = Terms(stretches), Plan(calendar, span.whole)
    told = [it.told(span, terms, plan, by_minute=each) for each in (False, True)]
    assert_like(*told)

    def at(time_ms: int) -> Factors:
        price = 1.0 + bisect_right(turns_ms, time_ms)
        return Factors(co2_kg_per_kwh=0.2, price_per_kwh=price, currency="GBP")

    tariff = Tariff(at, tuple(turns_ms))
    used = [it.used(span, tariff, by_minute=each) for each in (False, True)]
    assert_like(*({k: msgspec.structs.astuple(v) for k, v in each.items()} for each in used))
    for length_ms in (QUARTER_MS, 6 * HOUR_MS, DAY_MS, 3 * DAY_MS):
        asked = Chart(span.from_ms, span.to_ms, Steps(length_ms, it.zone))
        assert_like(it.charted(asked), it.naive_chart(asked))


@pytest.fixture
def furnished(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        made.furnish()
        made.rig.now_ms = SPRING_MS + DAYS * DAY_MS
        made.sum_up()
        yield made


def whole(it: Site, bucket: Bucket = "day") -> object:
    """Of the days that are over, without a look at any plan."""
    days = tile(partial(day_at, it.zone), Interval(SPRING_MS, SPRING_MS + DAYS * DAY_MS))
    inner = list(days)[1:-1]
    span = Range(inner[0].start_ms, inner[-1].end_ms, SiteBuckets(bucket, it.zone))
    terms = Terms([Stretch(0, DEFAULTS)])
    return it.told(span, terms, Plan(None, span.whole), by_minute=False)


def measured_of(it: Site) -> int:
    """Of one machine, in all days."""
    buckets = SiteBuckets("total", it.zone)
    span = Range(SPRING_MS, SPRING_MS + DAYS * DAY_MS, buckets)
    free = Factors(co2_kg_per_kwh=0.0, price_per_kwh=0.0, currency="GBP")
    meter = Meter(it.rig.device("a").id, "a", None, Tariff(lambda _: free, ()))
    watching = Watching(it.connection, span=span, by="limits")
    return watching.of(Subject(meter, heard_ms=0, judged_ms=0)).judged_ms


def test_days_are_kept_when_their_minutes_are_gone(furnished: Site) -> None:
    told = whole(furnished), whole(furnished, "total")
    measured = measured_of(furnished)
    assert measured > HOUR_MS
    with Written(furnished.rig.journal):
        horizon_ms = SPRING_MS + DAYS * DAY_MS
        assert furnished.rig.journal.prune_history(before_ms=0, minutes_ms=horizon_ms, alarms_ms=0)[
            "minute"
        ]
    assert furnished.rig.rows("SELECT count(*) FROM minute")[0][0] == 1  # the newest stays
    furnished.sum_up()
    assert (whole(furnished), whole(furnished, "total")) == told
    assert measured_of(furnished) == measured
    assert len(told[0]) > 1  # type: ignore[arg-type]


def test_history_goes_on_when_minutes_are_gone(furnished: Site) -> None:
    """In buckets of a quarter hour or more, of all that the range touches."""
    from_ms, to_ms = SPRING_MS + 7 * MINUTE_MS, SPRING_MS + 2 * DAY_MS + 7 * MINUTE_MS

    def told(points: int) -> object:
        found = history(
            furnished.connection,
            device_id=furnished.rig.device("a").id,
            device="a",
            asset=DISPENSER,
            from_ms=from_ms,
            to_ms=to_ms,
            points=points,
            site=furnished.zone,
            channels=[CHANNEL],
        )
        return found.from_ms, found.to_ms, found.bucket_ms, found.read_from, sum(found.count)

    rows = 96 * TEN[3].count
    assert told(1000) == (from_ms, to_ms, 5 * MINUTE_MS, "minutes", rows)
    assert told(60)[2:] == (HOUR_MS, "hours", rows)  # type: ignore[index]
    with Written(furnished.rig.journal):
        furnished.rig.journal.prune_history(
            before_ms=0, minutes_ms=SPRING_MS + DAYS * DAY_MS, alarms_ms=0
        )
    wider = SPRING_MS, SPRING_MS + 2 * DAY_MS + QUARTER_MS
    assert told(1000) == (*wider, QUARTER_MS, "quarters", rows + TEN[3].count)
    assert told(60)[2:4] == (HOUR_MS, "hours")  # type: ignore[index]


def test_a_site_that_moves_gets_days_of_its_own(furnished: Site) -> None:
    zone = SiteTime("Asia/Kathmandu")
    furnished.compactor = furnished.made(zone)
    furnished.sum_up()
    compare(furnished, "day", list(WHOLE[:2]), [])
    found = furnished.rig.rows("SELECT DISTINCT start_ms FROM tier WHERE level = ?", DAY)
    assert found
    assert all(day_at(zone, start_ms).start_ms == start_ms for (start_ms,) in found)


def test_a_type_that_comes_back_finds_its_sums(furnished: Site) -> None:
    """What was summed up while the machine was of another type knows the names alone."""
    ids = ledgers_of(furnished.rig.fleet)
    furnished.store("a", made((0, DAYS * 48, 30, 4, True)))
    furnished.compactor = furnished.made(
        furnished.zone, ledgers=dict.fromkeys(ids, ledger_of(assets.get("fan")))
    )
    furnished.sum_up()
    unsummed = "SELECT count(*) FROM tier WHERE sums IS NULL"
    assert furnished.rig.rows(unsummed)[0][0]
    compare(furnished, "day", list(WHOLE[:2]), [])
    furnished.compactor = furnished.made(furnished.zone)
    furnished.sum_up()
    assert not furnished.rig.rows(unsummed)[0][0]
    compare(furnished, "day", list(WHOLE[:2]), [])


def test_who_ends_the_gateway_ends_no_round_in_its_middle(furnished: Site) -> None:
    """A thread that still reads would meet a connection that somebody has closed."""

    async def story() -> None:
        for ms in range(0, 40, 4):
            furnished.store("a", made((0, DAYS * 48, 30, 3, True)))
            running = asyncio.ensure_future(furnished.compactor.round())
            await asyncio.sleep(ms / 1000)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    asyncio.run(story())
    furnished.sum_up()
    compare(furnished, "day", list(WHOLE[:2]), [])


def test_an_older_journal_is_summed_up_piece_by_piece_and_answers_are_right_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MOST_MINUTES", 20)
    with site(tmp_path) as it:
        it.rig.now_ms = SPRING_MS + DAYS * DAY_MS
        it.store("a", made((0, DAYS * 48, 30, 3, True)))
        it.store("b", made((700, 60, 30, 5, False)))
        rounds = 0
        while asyncio.run(it.compactor.round()):
            rounds += 1
            compare(it, "day", list(WHOLE[:2]), [])
            if rounds == 3:  # what is restated meanwhile comes in pieces as well
                it.store("a", made((0, 60, 30, 7, True)))
        assert rounds > 12
        assert not it.stale()


def test_a_journal_from_before_there_were_six_hours_gets_them_piece_by_piece(
    furnished: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "SELECT device, start_ms, program, body, sums FROM tier WHERE level = ? ORDER BY 1, 2, 3"
    before = furnished.rig.rows(rows, SIX_HOURS)
    assert len(before) > DAYS
    journal, reach = furnished.rig.journal, reach_of(furnished.connection)
    with Written(journal):
        journal._run("DELETE FROM tier WHERE level = ?", (SIX_HOURS,))
        journal.tiers.put_reach(msgspec.structs.replace(reach, six_hours_ms=0))
    monkeypatch.setattr(compaction, "MOST_MINUTES", 3)
    rounds = 0
    while asyncio.run(furnished.compactor.round()):
        rounds += 1
        compare(furnished, "total", list(WHOLE[:2]), [])
        if rounds == 2:  # minutes of what is summed up, and of what is not yet
            furnished.store("a", made((0, DAYS * 48, 30, 3, True)))
    assert rounds > 3
    assert furnished.rig.rows(rows, SIX_HOURS) == before
    assert not furnished.stale()


@pytest.mark.parametrize("bucket", ["hour", "day", "total"])
def test_as_of_a_time_is_read_around_what_has_changed_since(tmp_path: Path, bucket: Bucket) -> None:
    """Minutes become others, and others come to be known, in hours and days that are summed up."""
    from_ms, to_ms, at_ms = SPRING_MS, SPRING_MS + DAYS * DAY_MS, SPRING_MS + 30 * DAY_MS
    with site(tmp_path) as made_site:
        made_site.furnish()
        buckets = SiteBuckets(bucket, made_site.zone)
        span, terms = Range(from_ms, to_ms, buckets), Terms([Stretch(0, DEFAULTS)])
        plan = Plan(None, Interval(from_ms, to_ms))
        ask = partial(made_site.told, span, terms, plan, by_minute=False)
        before = ask()
        made_site.store("a", made((30, 40, 30, 7, True)), changed_ms=at_ms + 1)
        made_site.store("b", made((100, 90, 1, 2, True)), changed_ms=at_ms + 1)
        made_site.sum_up()
        assert not like(list(ask().values()), list(before.values()))
        ids = [made_site.rig.device(name).id for name in ("a", "b")]
        with as_known(made_site.connection, ids, Then(at_ms, from_ms, to_ms)) as was:
            assert_like(ask(was=was), before)
        assert made_site.connection.execute("SELECT count(*) FROM temp.sqlite_schema").get == 0


@pytest.mark.parametrize("length_ms", [MINUTE_MS, QUARTER_MS, DAY_MS])
def test_the_last_minute_of_a_machine_that_fell_silent_is_in_its_chart(
    furnished: Site, length_ms: int
) -> None:
    """Nothing closes it, and all around it was summed up long ago."""
    id_ = furnished.rig.device("b").id
    sql = "SELECT body FROM minute WHERE device = ? ORDER BY start_ms DESC LIMIT 1"
    [(body,)] = furnished.rig.rows(sql, id_)
    newest = msgspec.json.decode(body, type=Minute)
    is_open = msgspec.structs.replace(newest, start_ms=newest.start_ms + MINUTE_MS)
    asked = Chart(SPRING_MS, SPRING_MS + DAYS * DAY_MS, Steps(length_ms, furnished.zone))
    stored, told = (
        charted(
            furnished.connection,
            device_id=id_,
            device="b",
            asset=DISPENSER,
            chart=asked,
            channels=[CHANNEL],
            is_open=each,
        )
        for each in (None, is_open)
    )
    assert sum(told.count) == sum(stored.count) + is_open.count > is_open.count
    assert told.channels[CHANNEL].max[-1] is not None
    assert all(share is not None and 0.0 <= share <= 1.0 for share in told.coverage)
