"""KPIs by bucket: a type's formulas over the sums of its minutes, with bounds and reasons."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import httpx
import msgspec
import pytest

from contract.assets.words import Kpi
from contract.buckets import Bucket, Interval
from contract.language.planned import Told
from contract.language.reasons import NOT_KEPT, OF_NOW
from contract.messages import Minute
from contract.shift_plan import parse
from contract.shifts import NO_PLAN, ShiftCalendar
from contract.site_time import SiteTime
from gateway.api.kpis import Figures, Folded
from gateway.api.queries.pieces import Cuts, Machine, Plan, Terms, sums
from gateway.api.queries.stored import Stored
from gateway.api.queries.usage import Range
from gateway.api.site_buckets import SiteBuckets
from gateway.journal import Journal
from gateway.journal.reader import open_read_only
from gateway.registry.params import Stretch
from gateway.twin.ledger import ledger_of
from tests.contract.assets.water import KPIS, PROGRAM, T0, Values, reading, ten_minutes
from tests.gateway.api.workshop import NOON_MS, Serve, Workshop, Written

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DISPENSER = PROGRAM.words.asset
LEDGER = ledger_of(DISPENSER)
DEFAULTS = PROGRAM.defaults()
UTC = SiteTime("UTC")
EARLY = """
[[shift]]
name = "early"
days = ["thu"]
from = "09:00"
to = "09:05"
"""  # T0 is Thursday, 2025-11-20, 9:00


class Bench:
    """Dispensers in a journal, and what is told of them."""

    def __init__(self, directory: Path) -> None:
        self._journal = Journal(directory / "journal.db")
        self._connection: apsw.Connection = open_read_only(directory / "journal.db")
        self.machines: list[Machine] = []

    def close(self) -> None:
        self._connection.close()
        self._journal.close()

    def add(
        self,
        minutes: Sequence[Minute],
        *stretches: tuple[int, dict[str, float]],
        open_minute: Minute | None = None,
    ) -> None:
        name = f"d-{len(self.machines)}"
        with Written(self._journal):
            id_ = self._journal.add_device(name=name, asset="dispenser", now_ms=T0)
            self._journal.put_minutes((id_, minute) for minute in minutes)
        set_ = [Stretch(T0 + at_ms, DEFAULTS | own) for at_ms, own in stretches or [(0, {})]]
        self.machines.append(Machine(id_, name, DISPENSER, open_minute, Terms(set_)))

    def told(
        self,
        *names: str,
        bucket: Bucket = "total",
        calendar: ShiftCalendar | None = None,
        now_ms: int = T0 + HOUR_MS,
        to_ms: int = T0 + 10 * MINUTE_MS,
    ) -> dict[int, dict[str, Told]]:
        """Of each bucket, by how many minutes it begins after T0, the figures."""
        span = Range(T0, to_ms, SiteBuckets(bucket, UTC, calendar))
        plan = Plan(calendar, Interval(span.from_ms, span.to_ms))
        asked = [KPIS[name] for name in names]
        stored = Stored(self._connection, UTC)
        folded = [
            Folded(machine, sums(stored, machine, span, cuts, frozenset(names)))
            for machine in self.machines
            for cuts in [Cuts(span, machine.terms, plan)]
        ]
        no_plan = None if calendar is not None else NO_PLAN
        figures = Figures(folded, span=span, plan=plan, no_plan=no_plan, now_ms=now_ms)
        return {
            (found.start_ms - T0) // MINUTE_MS: dict(
                zip(names, figures.told(asked, found), strict=True)
            )
            for found in sorted({piece.bucket for each in folded for piece in each.sums})
        }

    def one(self, name: str, **asked: object) -> Told:
        [(_, found)] = self.told(name, **asked).items()  # type: ignore[arg-type]
        return found[name]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def minutes_of(readings: Sequence[tuple[int, Values]]) -> list[Minute]:
    """What is folded of them, by the minute, as a twin does."""
    add, memory = PROGRAM.functions(DEFAULTS).add, PROGRAM.start
    found: dict[int, list[float]] = {}
    for at_ms, values in readings:
        time_ms = T0 + at_ms
        kept = found.setdefault(time_ms // MINUTE_MS * MINUTE_MS, PROGRAM.zero())
        is_measured = time_ms - memory[0] <= 1000 * DISPENSER.max_gap_s
        memory = add(kept, memory, time_ms, PROGRAM.row(values), is_measured)
    return [LEDGER.minute(start_ms, kept) for start_ms, kept in found.items()]


TEN = minutes_of(ten_minutes()[:600])


def value(told: Told) -> float:
    assert told.answer.value is not None, told.reason
    return told.answer.value


def calendar(text: str = EARLY) -> ShiftCalendar:
    return ShiftCalendar(parse(tomllib.loads(text)), UTC)


def test_buckets_add_up_to_the_whole(bench: Bench) -> None:
    bench.add(TEN)
    names = ("energy_kwh", "dispensed_l", "failures", "idle_energy_kwh")
    by_minute = bench.told(*names, bucket="minute")
    assert list(by_minute) == list(range(10))
    for name in names:
        parts = [value(told[name]) for told in by_minute.values()]
        assert sum(parts) == pytest.approx(value(bench.one(name))), name
    assert value(bench.one("energy_kwh")) == pytest.approx(0.03)


def test_the_open_minute_counts_and_what_is_stored_of_it_does_not(bench: Bench) -> None:
    half = LEDGER.minute(TEN[-1].start_ms, LEDGER.zero())
    bench.add([*TEN[:-1], msgspec.structs.replace(half, count=1)], open_minute=TEN[-1])
    bench.add(TEN)
    one, other = ([machine] for machine in bench.machines)
    bench.machines = one
    told = bench.one("oee_percent", calendar=calendar())
    bench.machines = other
    assert told == bench.one("oee_percent", calendar=calendar())


def test_a_bucket_that_is_not_over_ends_now(bench: Bench) -> None:
    bench.add(TEN)
    told = bench.one("flowing_percent", bucket="hour", to_ms=T0 + HOUR_MS, now_ms=T0 + 600_000)
    assert told.answer.coverage == pytest.approx(599 / 600)
    over = bench.one("flowing_percent", bucket="hour", to_ms=T0 + HOUR_MS)
    assert over.answer.coverage == pytest.approx(599 / 3600)
    assert over.answer.high == pytest.approx(100 * (20 + 3001) / 3600)


def test_a_gap_that_began_before_is_as_long_as_it_is_within(bench: Bench) -> None:
    bench.add(minutes_of([(-5 * HOUR_MS, reading()), *ten_minutes()[300:600]]))
    told = bench.one("quality_percent")
    assert told.answer.coverage == pytest.approx(299 / 600)


# ---------------------------------------------------------------- planned time


def test_availability_is_of_planned_time(bench: Bench) -> None:
    bench.add(TEN)
    planned = bench.one("availability_percent", calendar=calendar())
    assert value(planned) == 100.0  # out of order from 9:05 on
    assert planned.answer.coverage == pytest.approx(299 / 300)
    late = calendar(EARLY.replace('"09:00"', '"09:05"').replace('to = "09:05"', 'to = "09:10"'))
    assert value(bench.one("availability_percent", calendar=late)) == pytest.approx(80.0)


def test_oee_of_the_sums_is_the_product_of_its_three_in_planned_time(bench: Bench) -> None:
    bench.add(TEN)
    plan = calendar(EARLY.replace('to = "09:05"', 'to = "09:07"'))
    oee = value(bench.one("oee_percent", calendar=plan))
    [within] = [
        told
        for at, told in bench.told(
            "performance_percent", "quality_percent", bucket="shift", calendar=plan
        ).items()
        if at == 0
    ]
    available = value(bench.one("availability_percent", calendar=plan))
    performance, quality = map(value, within.values())
    assert 0 < quality < 100 > available > 0
    assert oee == pytest.approx(available * performance * quality / 100**2)


def test_a_night_in_which_it_was_switched_off_is_no_planned_time(bench: Bench) -> None:
    bench.add(TEN)
    by_itself = value(bench.one("oee_percent", calendar=calendar()))
    bench.add(minutes_of([(-8 * HOUR_MS, ten_minutes()[0][1]), *ten_minutes()[:600]]))
    bench.machines = bench.machines[1:]
    after = bench.one("oee_percent", calendar=calendar())
    assert value(after) == pytest.approx(by_itself, rel=0.01)
    assert after.answer.coverage == pytest.approx(299 / 300)


def test_without_a_plan_it_is_said_and_the_rest_is_told(bench: Bench) -> None:
    bench.add(TEN)
    [told] = bench.told("oee_percent", "quality_percent").values()
    assert told["oee_percent"].answer.value is None
    assert told["oee_percent"].reason == "no plan"
    assert value(told["quality_percent"]) == pytest.approx(90.0, abs=0.1)


def test_where_nothing_was_planned_nothing_is_available(bench: Bench) -> None:
    bench.add(TEN)
    told = bench.told("availability_percent", bucket="minute", calendar=calendar())
    assert [each["availability_percent"].reason for each in told.values()] == [
        *[None] * 5,
        *["nothing was planned"] * 5,
    ]


# ---------------------------------------------------------------- numbers with a date


def test_a_tariff_counts_from_its_minute_on(bench: Bench) -> None:
    bench.add(TEN, (0, {"price_per_kwh": 1.0}), (4 * MINUTE_MS, {"price_per_kwh": 3.0}))
    early = sum(value(told["energy_kwh"]) for told in list(by_minute(bench, "energy_kwh"))[:4])
    late = value(bench.one("energy_kwh")) - early
    told = bench.one("cost")
    assert value(told) == told.answer.low == told.answer.high == pytest.approx(early + 3 * late)
    assert early > 0
    assert late > 0


def test_users_that_change_are_expected_each_in_their_time(bench: Bench) -> None:
    """0.5 L; expected are 0.008 L/min of 12 for 5 minutes, then of 24."""
    bench.add(TEN, (0, {"users": 12.0}), (5 * MINUTE_MS, {"users": 24.0}))
    told = bench.one("performance_percent")
    assert value(told) == pytest.approx(100 * 0.5 / (0.008 * (12 * 5 + 24 * 5)), rel=0.01)
    oee = bench.one("oee_percent", calendar=calendar(EARLY.replace('o = "09:05"', 'o = "10:00"')))
    assert value(oee) == pytest.approx(value(told) * 0.9 * 0.9, rel=0.01)
    assert oee.answer.low is not None
    assert oee.answer.low <= value(oee)


def test_a_ratio_to_a_number_that_changed_is_not_told_of_both_times(bench: Bench) -> None:
    bench.add(TEN, (0, {"rated_flow": 2.0}), (5 * MINUTE_MS, {"rated_flow": 4.0}))
    told = bench.one("peak_flow_percent")
    assert told.answer.value is None
    assert told.reason == "rated_flow is not the same in all of it: ask for less at a time"
    assert told.answer.low is not None
    assert told.answer.high is not None
    assert told.answer.low <= 100 * 2.1 / 4.0 < 100 * 2.1 / 2.0 <= told.answer.high
    early = bench.one("peak_flow_percent", to_ms=T0 + 5 * MINUTE_MS)
    assert value(early) == pytest.approx(90.0)


def by_minute(bench: Bench, name: str) -> list[dict[str, Told]]:
    return list(bench.told(name, bucket="minute").values())


# ---------------------------------------------------------------- what cannot be told


def test_minutes_of_another_program_say_what_they_have_by_name(bench: Bench) -> None:
    bench.add([*(msgspec.structs.replace(each, program="older") for each in TEN[:3]), *TEN[3:]])
    [whole] = bench.told("quality_percent", "dispensed_l").values()
    for told in whole.values():
        assert told.answer.value is None
        assert told.reason == NOT_KEPT
    newer = by_minute(bench, "dispensed_l")[3:]
    assert all(told["dispensed_l"].reason is None for told in newer)


def test_how_fast_something_changes_now_is_of_no_bucket() -> None:
    power = Kpi(name="power_w", title="Power", unit="W/s", formula="slope(power, 10)")
    with_power = replace(DISPENSER, kpis=(*DISPENSER.kpis, power))
    machine = Machine(1, "d", with_power, None, Terms([Stretch(0, DEFAULTS)]))
    span = Range(T0, T0 + HOUR_MS, SiteBuckets("total", UTC))
    figures = Figures(
        [Folded(machine, {})],
        span=span,
        plan=Plan(None, Interval(T0, T0)),
        no_plan=NO_PLAN,
        now_ms=T0,
    )
    [told] = figures.told([power], Interval(T0, T0 + HOUR_MS))
    assert told.reason == OF_NOW


def test_a_failure_that_never_came_leaves_a_bound(bench: Bench) -> None:
    bench.add(minutes_of([(at * 1000, reading()) for at in range(600)]))
    told = bench.one("mtbf_h")
    assert told.answer.value is None
    assert told.answer.low == pytest.approx(599 / 3600 / 3.0)
    assert told.reason == "it happened not once in this time: entries(state in (error)) is 0"


# ---------------------------------------------------------------- machines together


def test_machines_together_are_their_sums_and_not_a_mean_of_ratios(bench: Bench) -> None:
    idle = minutes_of([(at * 1000, reading()) for at in range(600)])
    bench.add(TEN, (0, {"users": 12.0}))
    bench.add(idle, (0, {"users": 36.0}))
    told = bench.one("performance_percent")
    assert value(told) == pytest.approx(100 * 0.5 / (0.008 * (12 + 36) * 10), rel=0.01)
    assert value(bench.one("energy_kwh")) == pytest.approx(0.03)


# ---------------------------------------------------------------- over HTTP


def kpis(client: httpx.Client, **asked: str) -> Mapping[str, Mapping[str, Any]]:
    answer = client.get("/devices/fan-01/kpis", params=asked)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Mapping[str, Any]] = answer.json()["kpis"]
    return found


def test_names_choose(client: httpx.Client) -> None:
    found = kpis(client, names="cost, running_h,health_percent,power_w")
    assert list(found) == ["cost", "running_h", "health_percent", "power_w"]
    assert found["health_percent"]["value"] == [None, None]
    untold = "none was told then: it stood still, or its readings came later"
    assert found["health_percent"]["reason"] == [untold, untold]
    assert found["health_percent"]["least"] == [None, None]
    assert "least" not in found["power_w"]


def test_what_is_of_the_moment_has_a_mean_wherever_it_is_asked_for(client: httpx.Client) -> None:
    index = "thermal_efficiency_index"
    found = kpis(client, names=index, bucket="total")[index]
    [value], [low], [high], [covered] = (
        found[part] for part in ("value", "low", "high", "coverage")
    )
    assert 0.0 < low <= value <= high <= 2.0
    assert 0.0 < covered <= 1.0
    path, span = "/devices/fan-01/history", {"from": "0", "points": "2"}
    history = client.get(path, params=span | {"channels": f"temperature,{index}"}).json()
    shown = [each for each in history["kpis"][index]["value"] if each is not None]
    assert min(shown) <= value <= max(shown)
    query = {"devices": "fan-01", "names": index, "bucket": "total", "from": "0"}
    lines = client.get("/kpis.csv", params=query).text.splitlines()
    assert index in lines[0]
    assert str(value)[:6] in lines[-1]


def test_power_of_a_stretch_is_its_energy_over_the_time_that_was_measured(
    client: httpx.Client,
) -> None:
    found = kpis(client, names="power_w,energy_wh", bucket="total")
    power, energy = (
        {part: column[0] for part, column in found[name].items() if part != "unit"}
        for name in ("power_w", "energy_wh")
    )
    whole_h = energy["high"] / power["high"]
    assert power["value"] == pytest.approx(energy["value"] / (whole_h * energy["coverage"]))
    assert power["low"] == pytest.approx(energy["low"] / whole_h)
    assert (power["coverage"], power["reason"]) == (energy["coverage"], None)
    assert 0 < power["low"] <= power["value"] <= power["high"]
    chart = client.get("/devices/fan-01/history", params={"channels": "power_w", "points": "2"})
    assert [each for each in chart.json()["kpis"]["power_w"]["value"] if each]


def test_from_0_on_it_is_all_since_the_first_reading(client: httpx.Client) -> None:
    asked = {"bucket": "total", "from": "0"}
    answer = client.get("/devices/fan-01/kpis", params=asked).json()
    [begins_ms] = answer["time_ms"]
    [coverage] = answer["kpis"]["running_h"]["coverage"]
    assert NOON_MS - 48 * HOUR_MS < begins_ms < NOON_MS
    assert coverage > 0.5


def test_a_name_there_is_not_is_told_with_those_there_are(client: httpx.Client) -> None:
    answer = client.get("/devices/fan-01/kpis", params={"names": "cost,oee"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("A fan has no KPI 'oee'; it has power_w, energy_wh,")


def test_too_many_figures_are_refused(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.api.kpis.MAX_FIGURES", 10)
    answer = client.get("/devices/fan-01/kpis", params={"bucket": "minute"})
    assert answer.status_code == 422
    assert "in 'names'" in answer.json()["detail"]
    assert kpis(client, bucket="total")


def test_money_is_in_what_the_site_pays_in(tmp_path: Path, serve: Serve) -> None:
    with Workshop(tmp_path, currency="EUR") as workshop:
        device = workshop.add("fan-01")
        workshop.run(device, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS, step_ms=60_000)
        assert kpis(serve(workshop))["cost"]["unit"] == "EUR"


def test_a_dispenser_of_this_site_by_its_shifts_and_users(tmp_path: Path, serve: Serve) -> None:
    """0.5 L of what 12 users are expected to draw in 10 minutes; from 9:05 on there are 24."""
    with Workshop(tmp_path) as workshop:
        workshop.now_ms = T0 + 10 * MINUTE_MS
        device = workshop.add("water-1", asset="dispenser")
        for minute in TEN:
            workshop.put_minute(device, minute)
        client = serve(workshop)
        asked = {"names": "performance_percent,oee_percent", "bucket": "hour"}
        path = "/devices/water-1/kpis"
        before = client.get(path, params=asked).json()["kpis"]
        assert before["oee_percent"]["reason"] == [NO_PLAN]
        (tmp_path / "shifts.toml").write_text(EARLY.replace("09:05", "09:10"), encoding="utf-8")
        users = {"users": {"value": 24.0, "valid_from": T0 + 5 * MINUTE_MS}}
        changed = client.put("/devices/water-1/params", json={"by": "Sam", "params": users})
        assert changed.status_code == 200, changed.text
        after = client.get(path, params=asked).json()["kpis"]
        was, now_ = (kpis["performance_percent"]["value"][0] for kpis in (before, after))
        assert was == pytest.approx(52.08, rel=0.01)
        assert now_ == pytest.approx(was * 12 / 18, rel=0.01)
        assert after["oee_percent"]["reason"] == [None]
        assert after["oee_percent"]["value"] == [pytest.approx(now_ * 0.9 * 0.9, rel=0.01)]
        (tmp_path / "shifts.toml").write_text("[[shift]]\nname = 1\n", encoding="utf-8")
        mistaken = client.get(path, params=asked).json()["kpis"]
        assert mistaken["oee_percent"]["reason"][0].startswith("shifts.toml: ")
        assert mistaken["performance_percent"]["value"] == after["performance_percent"]["value"]
