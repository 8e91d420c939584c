"""Buckets of the wall's clock: days of 23 and 25 hours, hours of half-hour zones, no hole."""

from datetime import datetime
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.buckets import ClockBucket, Interval, label, of_clock, tile
from contract.site_time import EARLIEST_MS, LATEST_MS, SiteTime
from tests.contract.zones import HOUR_MS, moments_ms, zones

KINDS: tuple[ClockBucket, ...] = get_args(ClockBucket)
MINUTE_MS = 60_000


def at(zone: str, wall: str) -> int:
    return SiteTime(zone).moment(datetime.fromisoformat(wall))


def hours(zone: str, kind: ClockBucket, begins: str, ends: str) -> list[float]:
    """How long the buckets from one wall time to another take."""
    span = Interval(at(zone, begins), at(zone, ends))
    buckets = tile(of_clock(SiteTime(zone), kind), span)
    return [(end - start) / HOUR_MS for start, end in buckets]


def labels(zone: str, kind: ClockBucket, begins: str, ends: str) -> list[str]:
    span = Interval(at(zone, begins), at(zone, ends))
    site = SiteTime(zone)
    return [label(site, kind, start) for start, _ in tile(of_clock(site, kind), span)]


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "lengths"),
    [
        ("Europe/London", "2026-03-28", "2026-03-31", [24, 23, 24]),
        ("Europe/London", "2026-10-24", "2026-10-27", [24, 25, 24]),
        ("Pacific/Auckland", "2026-09-26", "2026-09-29", [24, 23, 24]),
        ("Pacific/Auckland", "2026-04-04", "2026-04-07", [24, 25, 24]),
        ("Pacific/Chatham", "2026-09-27", "2026-09-28", [23]),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-05", [23.5]),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-06", [24.5]),
        ("Antarctica/Troll", "2026-03-29", "2026-03-30", [22]),
        ("Asia/Kathmandu", "2026-03-29", "2026-03-31", [24, 24]),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-06", [23, 24]),  # began at 01:00
        ("America/Havana", "2026-11-01", "2026-11-02", [25]),  # midnight came twice
        ("America/St_Johns", "2010-11-06", "2010-11-08", [24, 25]),  # an evening came twice
        ("Pacific/Apia", "2011-12-29", "2012-01-01", [24, 24]),  # one of the three was skipped
    ],
)
def test_a_day_is_as_long_as_the_wall_says(
    zone: str, begins: str, ends: str, lengths: list[float]
) -> None:
    assert hours(zone, "day", begins, ends) == lengths


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "lengths"),
    [
        ("Europe/London", "2026-03-29T00:00", "2026-03-29T04:00", [1, 1, 1]),
        ("Europe/London", "2026-10-25T00:00", "2026-10-25T03:00", [1, 1, 1, 1]),
        ("Asia/Kolkata", "2026-03-29T00:00", "2026-03-29T02:00", [1, 1]),
        ("Australia/Lord_Howe", "2026-10-04T01:00", "2026-10-04T04:00", [1, 0.5, 1]),
        ("Australia/Lord_Howe", "2026-04-05T00:00", "2026-04-05T03:00", [1, 1, 0.5, 1]),
    ],
)
def test_an_hour_goes_from_full_hour_to_full_hour_of_the_wall(
    zone: str, begins: str, ends: str, lengths: list[float]
) -> None:
    assert hours(zone, "hour", begins, ends) == lengths


def test_hours_that_come_twice_are_told_apart_by_their_offset() -> None:
    assert labels("Europe/London", "hour", "2026-10-25T01:00", "2026-10-25T02:00") == [
        "2026-10-25T01:00+01:00",
        "2026-10-25T01:00+00:00",
    ]


def test_hours_of_a_half_hour_zone_begin_at_its_full_hours() -> None:
    assert labels("Asia/Kolkata", "hour", "2026-03-29T09:10", "2026-03-29T10:10") == [
        "2026-03-29T09:00+05:30",
        "2026-03-29T10:00+05:30",
    ]


def test_a_week_begins_on_monday_and_is_named_as_iso_has_it() -> None:
    assert hours("Europe/London", "week", "2026-03-23", "2026-04-06") == [167, 168]
    assert labels("Europe/London", "week", "2024-12-29", "2025-01-06") == ["2024-W52", "2025-W01"]


def test_a_week_that_lost_a_day_has_six() -> None:
    assert hours("Pacific/Apia", "week", "2011-12-28", "2011-12-29") == [6 * 24]


def test_months_are_named_by_year_and_month() -> None:
    assert labels("Pacific/Auckland", "month", "2026-01-31", "2026-03-02") == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    assert hours("Pacific/Auckland", "month", "2026-04-10", "2026-04-11") == [30 * 24 + 1]


def test_days_are_named_by_their_date() -> None:
    assert labels("Pacific/Apia", "day", "2011-12-29", "2012-01-01") == ["2011-12-29", "2011-12-31"]


@given(zones, st.sampled_from(KINDS), moments_ms, st.integers(0, 40 * 24 * HOUR_MS))
def test_buckets_tile_a_range_without_hole_or_overlap(
    site: SiteTime, kind: ClockBucket, from_ms: int, length_ms: int
) -> None:
    if kind == "minute":
        length_ms //= 1000
    span = Interval(from_ms, from_ms + length_ms)
    buckets = list(tile(of_clock(site, kind), span))
    assert all(one.end_ms == other.start_ms for one, other in pairwise(buckets))
    assert all(bucket.start_ms < bucket.end_ms for bucket in buckets)
    if length_ms:
        assert buckets[0].start_ms <= from_ms < buckets[0].end_ms
        assert buckets[-1].start_ms < span.end_ms <= buckets[-1].end_ms


@given(zones, st.sampled_from(KINDS), moments_ms)
def test_every_moment_of_a_bucket_is_in_the_same_one(
    site: SiteTime, kind: ClockBucket, time_ms: int
) -> None:
    bucket_at = of_clock(site, kind)
    bucket = bucket_at(time_ms)
    assert bucket.start_ms <= time_ms < bucket.end_ms
    assert bucket_at(bucket.start_ms) == bucket_at(bucket.end_ms - 1) == bucket
    assert bucket_at(bucket.start_ms - 1).end_ms == bucket.start_ms


@given(zones, moments_ms)
def test_each_bucket_lies_in_one_of_the_next_length(site: SiteTime, time_ms: int) -> None:
    minute, hour, day, week = (
        of_clock(site, kind)(time_ms) for kind in ("minute", "hour", "day", "week")
    )
    month = of_clock(site, "month")(time_ms)
    assert hour.start_ms <= minute.start_ms
    assert minute.end_ms <= hour.end_ms
    assert day.start_ms <= hour.start_ms
    assert hour.end_ms <= day.end_ms
    assert week.start_ms <= day.start_ms
    assert day.end_ms <= week.end_ms
    assert month.start_ms <= day.start_ms
    assert day.end_ms <= month.end_ms


@given(zones, st.sampled_from(("day", "week", "month")))
def test_all_time_there_is_has_an_end(site: SiteTime, kind: ClockBucket) -> None:
    ends = (Interval(0, 1), Interval(LATEST_MS - 1, 10**18), Interval(-(10**18), EARLIEST_MS + 1))
    assert all(len(list(tile(of_clock(site, kind), end))) <= 2 for end in ends)
