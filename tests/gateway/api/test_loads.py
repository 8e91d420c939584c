"""Power over time, and this period against the last: by hand, and over REST."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

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
    return Course(list(means), [0.0 if mean is None else 1.0 for mean in means])


def test_a_quarter_of_which_too_little_was_measured_has_no_mean() -> None:
    times = [0, QUARTER_MS, 2 * QUARTER_MS]
    drawn = {
        0: Drawn(900 * 40.0, QUARTER_MS),
        QUARTER_MS: Drawn(300 * 40.0, 300_000),  # a third of it: 40 W while it was measured
        2 * QUARTER_MS: Drawn(810 * 40.0, 810_000),
    }
    course = course_of(drawn, times, is_counted=False)
    assert course.mean_w == [pytest.approx(40.0), None, pytest.approx(40.0)]
    assert course.coverage == pytest.approx([1.0, 1 / 3, 0.9])


def test_what_a_counter_tells_behind_a_gap_is_no_peak() -> None:
    """A night's energy comes with the first reading of the morning."""
    times = [4 * QUARTER_MS, 5 * QUARTER_MS]
    drawn = {times[0]: Drawn(9e6, 880_000), times[1]: Drawn(900 * 40.0, QUARTER_MS)}
    assert course_of(drawn, times, is_counted=True).mean_w == [None, pytest.approx(40.0)]


def test_peak_is_the_first_of_the_highest_and_base_the_fifth_percentile() -> None:
    times = [at * QUARTER_MS for at in range(100)]
    means = [100.0 + at for at in range(100)]
    means[7], means[9] = 500.0, 500.0
    loads = loads_of(watts(*means), times)
    assert loads.peak == Load(500.0, times[7])
    assert loads.base == Load(105.0, times[5])
    assert (loads.quarters, loads.reason) == (100, None)


def test_without_a_measured_quarter_nothing_is_told_but_why() -> None:
    loads = loads_of(watts(None, None), [0, QUARTER_MS])
    assert (loads.peak, loads.base, loads.mean_w, loads.reason) == (None, None, None, NOTHING)
    assert loads_of(watts(), []).reason == NOTHING


def test_a_sum_of_machines_is_told_where_all_few_or_most_of_many_are() -> None:
    assert together([watts(1.0, None), watts(2.0, 4.0)], 2).mean_w == [3.0, None]
    many = [watts(1.0)] * 19 + [watts(None)]
    assert together(many, 1).mean_w == [19.0]
    assert together([*many, watts(None)], 1).mean_w == [None]
    assert together([], 1).mean_w == [None]


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
    assert answer["devices"]["fan-01"]["quarters"] == 8
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
    span = {"from": NOON_MS - 2 * HOUR_MS, "to": NOON_MS}
    client = serve(workshop)
    pair = client.get("/power", params=span | {"devices": "fan-01,fan-02"}).json()
    assert pair["power_w"] == pytest.approx([12 * 1.08] * 4 + [2 * 12 * 1.08] * 4, rel=0.001)
    assert pair["devices"]["fan-02"]["coverage"] == pytest.approx(1.0, rel=0.01)
    three = client.get("/power", params=span).json()
    assert three["power_w"][4:] == [None] * 4


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
