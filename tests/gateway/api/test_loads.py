"""Power over time, and this period against the last: by hand, and over REST."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.buckets import Interval, day_at, month_at, week_at
from contract.site_time import SiteTime
from gateway.api.comparison import (
    Period,
    Words,
    bars_of,
    change_between,
    periods,
    words_of,
)
from gateway.api.power_course import (
    NOTHING,
    Base,
    Course,
    Drawn,
    Load,
    course_of,
    loads_of,
    quarters_of,
    together,
)
from gateway.api.report.energy import WORDS as REPORTED
from tests.contract.zones import nights_ms, zones
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS
GERMAN = json.loads(
    (Path(__file__).parents[3] / "node-red" / "web" / "languages" / "de.json").read_text("utf-8")
)
DAY_MS = 24 * HOUR_MS
QUARTER_MS = 15 * MINUTE_MS
LONDON = SiteTime("Europe/London")
SPRING_MS = 1_774_746_000_000  # 2026-03-29T01:00Z, a Sunday: the clock goes from 1:00 to 2:00


def watts(*means: float | None) -> Course:
    """Of a machine that was there all the time."""
    told_ms = [0 if mean is None else QUARTER_MS for mean in means]
    there_ms = [QUARTER_MS] * len(means)
    lacking = [int(mean is None) for mean in means]
    return Course(list(means), told_ms, there_ms, there_ms, [1] * len(means), lacking)


def starts_of(course: Course) -> list[int]:
    return [at * QUARTER_MS for at in range(len(course.mean_w))]


def test_what_was_measured_of_a_quarter_is_a_least_value_where_that_is_too_little() -> None:
    drawn = Drawn([900 * 40.0, 300 * 40.0, 810 * 40.0], [QUARTER_MS, 300_000, 810_000])
    course = course_of(drawn, [QUARTER_MS] * 3, is_counted=False)
    assert course.mean_w == [pytest.approx(40.0), pytest.approx(40.0 / 3), pytest.approx(40.0)]
    assert course.is_least == [False, True, False]
    assert course.measured == pytest.approx([1.0, 1 / 3, 0.9])


def test_a_quarter_in_which_a_machine_came_is_no_base_of_the_plant() -> None:
    """It drew 40 W for the five minutes for which it was there."""
    drawn = Drawn([300 * 40.0, 900 * 40.0], [300_000, QUARTER_MS])
    course = course_of(drawn, [300_000, QUARTER_MS], is_counted=False)
    loads = loads_of(course, starts_of(course))
    assert loads.base == Base(40.0, QUARTER_MS, is_least=False, quarters=1)
    assert loads.mean_w == pytest.approx(40.0)
    assert not loads.mean_is_least
    assert (loads.quarters, loads.whole, loads.coverage) == (2, 1, 1.0)
    alone = course_of(Drawn([300 * 40.0], [300_000]), [300_000], is_counted=False)
    assert loads_of(alone, [0]).peak == Load(300 * 40.0 / 900, 0, is_least=True)


@pytest.mark.parametrize("before", [[], [(0.0, 0)]], ids=["first of all", "behind a gap"])
def test_what_a_counter_tells_behind_a_gap_is_no_peak(before: list[tuple[float, int]]) -> None:
    """A night's energy comes with the first reading of the morning."""
    rows = [*before, (9e6, 880_000), (900 * 40.0, QUARTER_MS)]
    drawn = Drawn([row[0] for row in rows], [row[1] for row in rows])
    course = course_of(drawn, [QUARTER_MS] * 2, is_counted=True)
    assert course.mean_w == [None, pytest.approx(40.0)]
    assert course.lacking == [1, 0]
    other = course_of(Drawn([900.0] * 2, [QUARTER_MS] * 2), [QUARTER_MS] * 2, is_counted=False)
    both = together([course, other], 2)
    assert (both.mean_w, both.is_least) == ([1.0, pytest.approx(41.0)], [True, False])


def test_peak_is_the_first_of_the_highest_and_base_the_fifth_percentile() -> None:
    means = [100.0 + at for at in range(100)]
    means[7], means[9] = 500.0, 500.0
    course = watts(*means)
    loads = loads_of(course, starts_of(course))
    assert loads.peak == Load(500.0, 7 * QUARTER_MS, is_least=False)
    assert loads.base == Base(105.0, 5 * QUARTER_MS, is_least=False, quarters=100)
    assert (loads.quarters, loads.whole, loads.of, loads.reason) == (100, 100, 100, None)


def test_without_a_measured_quarter_nothing_is_told_but_why() -> None:
    loads = loads_of(watts(None, None), [0, QUARTER_MS])
    assert (loads.peak, loads.base, loads.mean_w, loads.reason) == (None, None, None, NOTHING)
    assert (loads.quarters, loads.of) == (0, 2)
    assert loads_of(watts(), []).reason == NOTHING


def test_a_sum_in_which_a_machine_lacks_is_a_least_value() -> None:
    both = together([watts(1.0, None), watts(2.0, 4.0)], 2)
    assert (both.mean_w, both.is_least) == ([3.0, 4.0], [False, True])
    loads = loads_of(both, starts_of(both))
    assert loads.peak == Load(4.0, QUARTER_MS, is_least=True)
    assert loads.base == Base(3.0, 0, is_least=False, quarters=1)
    assert (loads.mean_w, loads.mean_is_least) == (3.5, True)
    assert (loads.quarters, loads.whole, loads.coverage) == (2, 1, 0.75)
    assert together([], 1).mean_w == [None]


def test_a_large_machine_that_lacks_among_many_is_not_silent() -> None:
    many = together([watts(1.0, 9.0)] * 19 + [watts(None, None)], 2)
    loads = loads_of(many, starts_of(many))
    assert loads.base == Base(19.0, 0, is_least=True, quarters=2)
    assert (loads.peak, loads.whole) == (Load(171.0, QUARTER_MS, is_least=True), 0)
    fewer = together([watts(1.0, 9.0)] * 19 + [watts(None, None), watts(None, 9.0)], 2)
    base = loads_of(fewer, starts_of(fewer)).base
    assert base == Base(180.0, QUARTER_MS, is_least=True, quarters=1)
    worst = together([watts(1.0), watts(None)], 1)
    assert loads_of(worst, [0]).base == Base(1.0, 0, is_least=True, quarters=1)


class _Row(NamedTuple):
    energy_j: float
    measured_ms: int
    expected_ms: int


def _row(energy_j: float, there_ms: int, share: float) -> _Row:
    measured_ms = int(share * there_ms)
    return _Row(energy_j if measured_ms else 0.0, measured_ms, there_ms)


rows_of_quarters = st.builds(
    _row,
    st.floats(0.0, 1e6),
    st.sampled_from([0, MINUTE_MS, 5 * MINUTE_MS, QUARTER_MS]),
    st.sampled_from([0.0, 0.3, 0.8, 1.0]),
)


@st.composite
def plants(draw: st.DrawFn) -> list[tuple[bool, list[_Row]]]:
    count = draw(st.integers(2, 8))
    machine = st.tuples(st.booleans(), st.lists(rows_of_quarters, min_size=count, max_size=count))
    return draw(st.lists(machine, min_size=1, max_size=3))


def course_between(plant: list[tuple[bool, list[_Row]]], start: int, end: int) -> Course:
    """As it is asked for: with the quarter before, of which nothing is told."""
    courses = []
    for is_counted, rows in plant:
        read = rows[start - 1 : end]
        drawn = Drawn([row.energy_j for row in read], [row.measured_ms for row in read])
        expected_ms = [row.expected_ms for row in rows[start:end]]
        courses.append(course_of(drawn, expected_ms, is_counted=is_counted))
    return together(courses, end - start)


@given(plants(), st.data())
def test_a_peak_never_falls_when_the_range_grows(
    plant: list[tuple[bool, list[_Row]]], data: st.DataObject
) -> None:
    count = len(plant[0][1])
    start = data.draw(st.integers(1, count - 1))
    end = data.draw(st.integers(start + 1, count))
    whole, part = course_between(plant, 1, count), course_between(plant, start, end)
    assert part.mean_w == whole.mean_w[start - 1 : end - 1]
    long, short = loads_of(whole, starts_of(whole)), loads_of(part, starts_of(part))
    if short.peak is not None:
        assert long.peak is not None
        assert long.peak.w >= short.peak.w


@given(plants())
def test_where_all_was_measured_mean_and_time_are_the_energy(
    plant: list[tuple[bool, list[_Row]]],
) -> None:
    all_told = [
        (False, [row._replace(measured_ms=row.expected_ms) for row in rows]) for _, rows in plant
    ]
    course = course_between(all_told, 1, len(plant[0][1]))
    loads = loads_of(course, starts_of(course))
    assert not loads.mean_is_least
    energy_j = sum(row.energy_j for _, rows in plant for row in rows[1:])
    drawn_j = (loads.mean_w or 0.0) * sum(course.there_ms) / 1000.0
    assert drawn_j == pytest.approx(energy_j)


def test_only_whole_quarters_are_told() -> None:
    assert quarters_of(1, 2 * QUARTER_MS + 1) == [Interval(QUARTER_MS, 2 * QUARTER_MS)]
    assert quarters_of(QUARTER_MS, QUARTER_MS) == []


# ---------------------------------------------------------------- this against last


@given(zones, nights_ms, st.integers(-3 * DAY_MS, 3 * DAY_MS), st.sampled_from(["day", "week"]))
def test_the_last_one_ends_where_the_wall_shows_the_same(
    site: SiteTime, night_ms: int, offset_ms: int, period: Period
) -> None:
    now_ms = night_ms + offset_ms
    this, last = periods(site, period, now_ms)
    at = {"day": day_at, "week": week_at}[period]
    assert (this.start_ms, this.end_ms) == (at(site, now_ms).start_ms, now_ms)
    assert last.start_ms == at(site, this.start_ms - 1).start_ms
    assert last.start_ms <= last.end_ms <= this.start_ms
    wall = site.wall(now_ms)
    begun = site.wall(this.start_ms).date()
    point = wall - (begun - site.wall(last.start_ms).date())
    if last.start_ms < last.end_ms < this.start_ms:  # else the period has no such point
        assert site.wall(last.end_ms) >= point
        assert site.wall(last.end_ms - 1) < point or site.offset_ms(last.end_ms) != site.offset_ms(
            last.end_ms - 1
        )


def test_a_month_that_is_shorter_is_over_when_this_one_goes_on() -> None:
    site = SiteTime("UTC")
    now_ms = site.midnight(date(2026, 3, 30)) + 12 * HOUR_MS
    _, last = periods(site, "month", now_ms)
    assert last == month_at(site, site.midnight(date(2026, 2, 1)))


def test_hours_stand_beside_those_the_wall_calls_the_same() -> None:
    """On the day after the clock was put forward, yesterday has no hour from one to two."""
    now_ms = SPRING_MS + DAY_MS + 12 * HOUR_MS
    two = periods(LONDON, "day", now_ms)
    bars = bars_of(LONDON, "day", two)
    assert [bar.last is None for bar in bars][:4] == [False, True, False, False]
    hours = [LONDON.wall(bar.this.start_ms).hour for bar in bars if bar.this]
    assert hours == list(range(len(hours)))


def figures(energy_wh: float | None, coverage: float) -> dict[str, Any]:
    return {"energy_wh": energy_wh, "co2_g": energy_wh, "cost": energy_wh, "coverage": coverage}


@pytest.mark.parametrize(
    ("this", "last", "percent", "reason"),
    [
        (figures(90.0, 1.0), figures(100.0, 0.9), -10.0, None),
        (figures(90.0, 1.0), figures(0.0, 0.0), None, "last week was not measured"),
        (figures(90.0, 1.0), figures(30.0, 0.3), None, "only 30% of last week was measured"),
        (figures(30.0, 0.25), figures(30.0, 1.0), None, "only 25% of this week was measured"),
        (figures(30.0, 1.0), figures(0.0, 1.0), None, "nothing was used last week"),
        (figures(None, 0.0), figures(None, 0.0), None, "last week was not measured"),
    ],
)
def test_a_difference_is_told_of_what_was_measured_both_times(
    this: dict[str, Any], last: dict[str, Any], percent: float | None, reason: str | None
) -> None:
    told = change_between(this, last, words_of("week"))
    assert told["reason"] == reason
    assert told["cost"] == (None if percent is None else pytest.approx(percent))


@pytest.mark.parametrize("words", [words_of("day"), words_of("week"), words_of("month"), REPORTED])
def test_why_nothing_is_compared_is_told_in_german(words: Words) -> None:
    whole = figures(30.0, 1.0)
    bad = [figures(None, 0.0), figures(30.0, 0.3), figures(None, 1.0) | {"coverage": None}]
    pairs = [(whole, figures(0.0, 1.0)), *((whole, each) for each in bad)]
    pairs += [(each, whole) for each in bad]
    for this, last in pairs:
        assert is_german(change_between(this, last, words)["reason"])


def is_german(sentence: str) -> bool:
    """Whether the dashboard knows it, with all that stands in it but for numbers."""
    if sentence in GERMAN or sentence[:1].isdigit():
        return True
    keys = (re.sub(r"\\{\d\\}", "(.+)", re.escape(key)) for key in GERMAN if "{0}" in key)
    matches = (re.fullmatch(key, sentence) for key in keys)
    return any(all(map(is_german, found.groups())) for found in matches if found)


# ---------------------------------------------------------------- over REST


def test_power_of_two_hours_is_that_of_the_fan(client: httpx.Client) -> None:
    """12 V and 1.08 A, all the time."""
    span = {"from": NOON_MS - 2 * HOUR_MS, "to": NOON_MS + HOUR_MS}
    answer = client.get("/power", params=span).json()
    assert answer["time_ms"] == [NOON_MS + at * QUARTER_MS for at in range(-8, 0)]
    assert answer["power_w"] == pytest.approx([12 * 1.08] * 8, rel=0.001)
    assert answer["peak"]["w"] == pytest.approx(12 * 1.08, rel=0.001)
    fan = answer["devices"]["fan-01"]
    assert (fan["quarters"], fan["whole"], fan["of"]) == (8, 8, 8)
    alone = client.get("/power", params=span | {"devices": "fan-01"}).json()
    assert alone["power_w"] == answer["power_w"]
    assert client.get("/power", params={"devices": "nobody"}).status_code == 404
    early = client.get("/power", params={"from": NOON_MS - 3 * DAY_MS, "to": NOON_MS - DAY_MS})
    assert (early.json()["peak"], early.json()["reason"]) == (None, NOTHING)
    long = client.get("/power", params={"from": 0})
    assert "at most 400 days" in long.json()["detail"]


def test_a_machine_is_missed_in_no_quarter_before_it_was_there(
    workshop: Workshop, serve: Serve
) -> None:
    added = workshop.add("fan-02")
    added.first_seen_ms = NOON_MS - HOUR_MS
    workshop.run(added, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS)
    late = workshop.add("fan-03")  # what it measured came when it was first heard of
    late.first_seen_ms = NOON_MS
    workshop.run(late, from_ms=NOON_MS - 2 * HOUR_MS, to_ms=NOON_MS - HOUR_MS)
    last = workshop.add("fan-04")
    last.first_seen_ms = NOON_MS - HOUR_MS
    workshop.run(last, from_ms=NOON_MS - HOUR_MS, to_ms=NOON_MS)
    span = {"from": NOON_MS - 2 * HOUR_MS, "to": NOON_MS}
    client = serve(workshop)
    pair = client.get("/power", params=span | {"devices": "fan-01,fan-02"}).json()
    assert pair["power_w"] == pytest.approx([12 * 1.08] * 4 + [2 * 12 * 1.08] * 4, rel=0.001)
    assert pair["devices"]["fan-02"]["coverage"] == pytest.approx(1.0, rel=0.01)
    check_what_lacks(client, span)


def check_what_lacks(client: httpx.Client, span: dict[str, int]) -> None:
    """Of all four one is not measured in the second hour, which has the peak all the same."""
    power = client.get("/power", params=span).json()
    assert power["power_w"] == pytest.approx([2 * 12 * 1.08] * 4 + [3 * 12 * 1.08] * 4, rel=0.001)
    assert power["is_least"] == [False] * 4 + [True] * 4
    assert (power["quarters"], power["whole"], power["of"]) == (8, 4, 8)
    hour = client.get("/power", params=span | {"from": NOON_MS - HOUR_MS}).json()
    assert power["peak"]["w"] >= hour["peak"]["w"]
    assert (power["peak"]["is_least"], power["mean_is_least"]) == (True, True)
    assert (power["base"]["is_least"], power["base"]["quarters"]) == (False, 4)
    totals = client.get("/energy", params=span).json()["totals"]
    assert power["mean_w"] * 2 == pytest.approx(totals["energy_wh"], rel=0.001)
    assert power["coverage"] == pytest.approx(totals["coverage"], rel=0.01)


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_what_was_not_measured_last_time_is_no_increase(client: httpx.Client, period: str) -> None:
    answer = client.get("/energy/comparison", params={"period": period}).json()
    assert answer["this"]["energy_wh"] == pytest.approx(2 * 12 * 1.08, rel=0.001)
    assert answer["change"]["energy_wh"] is None
    assert "not measured" in answer["change"]["reason"]
    before = {name: answer["last"][name] for name in ("energy_wh", "co2_g", "cost", "coverage")}
    assert before == {"energy_wh": None, "co2_g": None, "cost": None, "coverage": 0.0}
    bars = [bar["this"]["energy_wh"] for bar in answer["bars"] if bar["this"]]
    assert sum(bars) == pytest.approx(answer["this"]["energy_wh"])
    assert all(bar["last"] is None for bar in answer["bars"])


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_a_period_that_has_not_begun_is_refused_and_one_is_told_to_now(
    client: httpx.Client, period: str
) -> None:
    for to in ("9999-12-31", "9998-12-31T23:59:59Z", "2026-01-01"):
        answer = client.get("/energy/comparison", params={"period": period, "to": to})
        assert answer.status_code == 422
        assert f"The {period} of 'to'" in answer.json()["detail"]
    ahead = client.get("/energy/comparison", params={"period": period, "to": NOON_MS + HOUR_MS})
    now = client.get("/energy/comparison", params={"period": period})
    assert ahead.json() == now.json()
    assert now.json()["this"]["label"] != now.json()["last"]["label"]


def test_a_week_that_ends_at_midnight_is_told_whole(client: httpx.Client) -> None:
    monday_ms = 1_763_337_600_000  # 2025-11-17T00:00:00Z
    answer = client.get("/energy/comparison", params={"period": "week", "to": monday_ms}).json()
    ends = [(answer[side]["label"], answer[side]["to_ms"]) for side in ("this", "last")]
    assert ends == [("2025-W46", monday_ms), ("2025-W45", monday_ms - 7 * DAY_MS)]


def test_twice_as_long_is_twice_as_much(workshop: Workshop, serve: Serve) -> None:
    device = workshop.add("fan-02")
    start = NOON_MS - DAY_MS
    workshop.run(device, from_ms=start - HOUR_MS, to_ms=start)  # yesterday, from 11 to 12
    workshop.run(device, from_ms=NOON_MS - 2 * HOUR_MS, to_ms=NOON_MS)
    client = serve(workshop)
    answer = client.get(f"/energy/comparison?period=day&to={NOON_MS}").json()
    eleven = answer["bars"][11]
    assert eleven["label"] == "2025-11-20T11:00+00:00"
    assert eleven["last"]["energy_wh"] == pytest.approx(12 * 1.08, rel=0.001)
    assert eleven["this"]["energy_wh"] == pytest.approx(2 * 12 * 1.08, rel=0.001)
    assert answer["last"]["energy_wh"] == pytest.approx(12 * 1.08, rel=0.001)
    assert answer["last"]["to_ms"] - answer["last"]["from_ms"] == int(
        timedelta(hours=12) / timedelta(milliseconds=1)
    )


def test_cost_is_by_the_time_of_use(workshop: Workshop, serve: Serve) -> None:
    """Two hours alike before noon; from 11:00 to 11:45 a kWh costs a tenth."""
    client = serve(workshop)
    span = {"from": NOON_MS - 2 * HOUR_MS, "to": NOON_MS}
    plain = client.get("/energy", params=span).json()["totals"]["cost"]
    band = {"name": "solar", "value": 0.03, "from": "11:00", "to": "11:45", "days": ["thu"]}
    version = {"value": 0.3, "valid_from": 0, "bands": [band]}
    body = {"by": "Sam", "params": {"price_per_kwh": version, "co2_per_kwh": version}}
    said = client.put("/params", json=body).json()
    assert said["params"]["price_per_kwh"]["versions"][0]["bands"] == [band]
    assert said["params"]["price_per_kwh"]["band"] is None  # it is noon
    energy = client.get("/energy", params=span).json()
    share = (75 + 45 * 0.1) / 120
    assert energy["totals"]["cost"] == pytest.approx(plain * share, rel=0.001)
    assert energy["factors"]["price"]["bands"] == [band]
    assert energy["factors"]["versions"][0]["bands"]["co2"] == [band]
    kpis = client.get("/devices/fan-01/kpis", params=span | {"bucket": "total"}).json()["kpis"]
    assert kpis["cost"]["value"] == [pytest.approx(energy["totals"]["cost"])]
    assert kpis["cost"]["low"][0] <= kpis["cost"]["value"][0] <= kpis["cost"]["high"][0]
    at = client.get("/params", params={"at": NOON_MS - HOUR_MS}).json()["params"]
    assert (at["price_per_kwh"]["value"], at["price_per_kwh"]["band"]) == (0.03, "solar")


@pytest.mark.parametrize("value", [-5.0, 1e300])
@pytest.mark.parametrize("name", ["price_per_kwh", "co2_per_kwh", "downtime_cost"])
def test_a_value_that_nobody_can_mean_is_refused_and_enters_nothing(
    client: httpx.Client, name: str, value: float
) -> None:
    before = client.get("/params").json()["params"][name]
    band = {"name": "night", "value": value, "from": "22:00", "to": "06:00"}
    said: list[dict[str, Any]] = [{"value": value}]
    if name != "downtime_cost":
        said.append({"value": 1.0, "bands": [band]})
    for version in said:
        answer = client.put("/params", json={"by": "Sam", "params": {name: version}})
        assert answer.status_code == 422
        assert f"{name}" in answer.json()["detail"]
        assert "may be 0 to" in answer.json()["detail"]
    assert client.get("/params").json()["params"][name] == before


def test_bands_that_overlap_are_refused(client: httpx.Client) -> None:
    night = {"name": "night", "value": 0.1, "from": "22:00", "to": "06:00"}
    late = {"name": "late", "value": 0.2, "from": "23:00", "to": "02:00"}
    body = {"by": "Sam", "params": {"price_per_kwh": {"value": 0.3, "bands": [night, late]}}}
    answer = client.put("/params", json=body)
    assert answer.status_code == 422
    assert "night and late overlap (mon at 00:00)" in answer.json()["detail"]


def test_what_a_machine_is_has_no_bands(client: httpx.Client) -> None:
    band = {"name": "night", "value": 24.0, "from": "22:00", "to": "06:00"}
    body = {"by": "Sam", "params": {"supply_voltage": {"value": 12.0, "bands": [band]}}}
    answer = client.put("/params", json=body)
    assert answer.status_code == 422
    assert "supply_voltage has no bands" in answer.json()["detail"]
