"""Shifts in time: over midnight, over a change of clocks, with what lies between them."""

import tomllib
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.buckets import Interval, tile
from contract.shift_plan import parse
from contract.shifts import NO_PLAN, ShiftCalendar, planned_time
from contract.site_time import SiteTime
from tests.contract.test_shift_plan import EXAMPLE
from tests.contract.zones import HOUR_MS, ZONES, moments_ms

MINUTE_MS = 60_000
LONDON = SiteTime("Europe/London")
NIGHTS = """
[[shift]]
name = "night"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = "22:00"
to = "06:00"
breaks = [{ from = "01:15", to = "01:45" }]
"""


def calendar(text: str = NIGHTS, site: SiteTime = LONDON) -> ShiftCalendar:
    return ShiftCalendar(parse(tomllib.loads(text)), site)


def at(wall: str, site: SiteTime = LONDON) -> int:
    return site.moment(datetime.fromisoformat(wall))


def during(begins: str, ends: str, site: SiteTime = LONDON) -> Interval:
    return Interval(at(begins, site), at(ends, site))


CALENDARS = [calendar(EXAMPLE.read_text(), SiteTime(zone)) for zone in ZONES] + [
    calendar(NIGHTS, SiteTime(zone)) for zone in ZONES
]


@pytest.mark.parametrize(
    ("day", "shift_h", "break_h"),
    [
        (date(2026, 3, 27), 8, 0.5),
        (date(2026, 3, 28), 7, 0),  # the break was in the hour that did not come
        (date(2026, 10, 24), 9, 0.5),
    ],
)
def test_a_night_shift_keeps_its_times_when_the_clock_is_put(
    day: date, shift_h: float, break_h: float
) -> None:
    (shift,) = calendar().on(day)
    assert LONDON.iso(shift.interval.start_ms)[11:16] == "22:00"
    assert LONDON.iso(shift.interval.end_ms)[11:16] == "06:00"
    assert shift.interval.end_ms - shift.interval.start_ms == shift_h * HOUR_MS
    assert sum(end - start for start, end in shift.breaks) == break_h * HOUR_MS


def test_a_night_shift_belongs_to_the_day_it_begins() -> None:
    shift = calendar().at(at("2026-06-02T05:59"))
    assert shift is not None
    assert shift.day == date(2026, 6, 1)
    assert calendar().at(at("2026-06-02T06:00")) is None


def test_a_shift_of_a_day_that_was_skipped_is_none() -> None:
    apia = SiteTime("Pacific/Apia")
    day = NIGHTS.replace("22:00", "06:00").replace('to = "06:00"', 'to = "14:00"').split("breaks")
    worked = calendar(day[0], apia)
    assert worked.on(date(2011, 12, 30)) == ()
    assert len(list(worked.within(during("2011-12-29", "2012-01-01", apia)))) == 2


def test_a_bucket_is_a_shift_or_the_time_between_two() -> None:
    example = calendar(EXAMPLE.read_text())
    assert example.bucket_at(at("2026-06-02T03:00")) == during(
        "2026-06-01T22:00", "2026-06-02T06:00"
    )
    assert example.bucket_at(at("2026-06-06T12:00")) == during(
        "2026-06-05T20:00", "2026-06-08T06:00"
    )


def test_the_time_between_two_shifts_is_cut_where_a_month_begins() -> None:
    example = calendar(EXAMPLE.read_text())
    around = during("2026-12-29", "2027-01-01T00:01")
    found = list(tile(example.bucket_at, around))
    assert found == [
        during("2026-12-28T14:00", "2027-01-01T00:00"),
        during("2027-01-01T00:00", "2027-01-04T06:00"),
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "planned_min"),
    [
        ("2026-06-01T00:00", "2026-06-02T00:00", 480 - 45 + 480 - 30 + 120),
        ("2026-06-01T08:00", "2026-06-01T09:10", 60),  # ten minutes of a break
        ("2026-06-01T12:00", "2026-06-01T12:30", 0),
        ("2026-06-02T00:00", "2026-06-02T06:00", 360 - 30),
        ("2026-06-06T00:00", "2026-06-08T00:00", 0),  # a weekend
        ("2026-12-24T00:00", "2026-12-31T00:00", 360 - 30 + 480 - 45),  # a night, an extra day
    ],
)
def test_planned_time_is_that_of_shifts_less_breaks(
    begins: str, ends: str, planned_min: int
) -> None:
    planned = planned_time(calendar(EXAMPLE.read_text()), during(begins, ends))
    assert planned.ms == planned_min * MINUTE_MS
    assert planned.reason is None


def test_a_shift_means_to_work_before_between_and_behind_its_breaks() -> None:
    day = during("2026-06-01T00:00", "2026-06-01T14:00")
    assert list(calendar(EXAMPLE.read_text()).planned(day)) == [
        during("2026-06-01T06:00", "2026-06-01T09:00"),
        during("2026-06-01T09:15", "2026-06-01T12:00"),
        during("2026-06-01T12:30", "2026-06-01T14:00"),
    ]


def test_without_a_plan_nobody_can_tell_the_planned_time() -> None:
    assert planned_time(None, Interval(0, HOUR_MS)) == (None, NO_PLAN)


@given(st.sampled_from(CALENDARS), moments_ms, st.integers(0, 70 * 24 * HOUR_MS))
def test_shifts_and_what_is_between_them_tile_a_range(
    worked: ShiftCalendar, from_ms: int, length_ms: int
) -> None:
    span = Interval(from_ms, from_ms + length_ms)
    buckets = list(tile(worked.bucket_at, span))
    assert all(one.end_ms == other.start_ms for one, other in pairwise(buckets))
    assert all(bucket.start_ms < bucket.end_ms for bucket in buckets)
    if length_ms:
        assert buckets[0].start_ms <= from_ms < buckets[0].end_ms
        assert buckets[-1].start_ms < span.end_ms <= buckets[-1].end_ms


@given(st.sampled_from(CALENDARS), moments_ms)
def test_every_moment_of_a_bucket_has_the_same_shift(worked: ShiftCalendar, time_ms: int) -> None:
    bucket = worked.bucket_at(time_ms)
    assert bucket.start_ms <= time_ms < bucket.end_ms
    assert worked.bucket_at(bucket.start_ms) == worked.bucket_at(bucket.end_ms - 1) == bucket
    shift = worked.at(time_ms)
    assert worked.at(bucket.start_ms) == worked.at(bucket.end_ms - 1) == shift
    assert shift is None or shift.interval == bucket


@given(
    st.sampled_from(CALENDARS),
    moments_ms,
    st.lists(st.integers(0, 40 * 24 * HOUR_MS), min_size=2, max_size=6).map(sorted),
)
def test_planned_time_adds_up(worked: ShiftCalendar, from_ms: int, cuts: list[int]) -> None:
    parts = [Interval(from_ms + a, from_ms + b) for a, b in pairwise(cuts)]
    whole = Interval(from_ms + cuts[0], from_ms + cuts[-1])
    assert sum(map(worked.planned_ms, parts)) == worked.planned_ms(whole)
    planned = list(worked.planned(whole))
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(planned))
    assert all(whole.start_ms <= start < end <= whole.end_ms for start, end in planned)
    assert 0 <= worked.planned_ms(whole) <= whole.end_ms - whole.start_ms


@given(st.sampled_from(CALENDARS), st.dates(date(1975, 1, 1), date(2090, 1, 1)))
def test_shifts_of_a_day_follow_each_other(worked: ShiftCalendar, day: date) -> None:
    shifts = [*worked.on(day), *worked.on(day + timedelta(days=1))]
    for one, other in pairwise(shifts):
        assert one.interval.end_ms <= other.interval.start_ms
    for shift in shifts:
        assert all(shift.interval.start_ms <= start < end for start, end in shift.breaks)
        assert all(end <= shift.interval.end_ms for _, end in shift.breaks)
