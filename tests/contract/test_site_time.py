"""The site's clock: what it shows when, and when it shows what."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.site_time import SiteTime
from tests.contract.zones import HOUR_MS, moments_ms, zones


@pytest.mark.parametrize(
    "name",
    ["", " ", "Europe", "../etc/passwd", "/etc/localtime", "UTC+1", "localtime", "Factory",
     "posixrules", "right/UTC", "\0", "é", "a" * 5000, "zone.tab"],
)  # fmt: skip
def test_a_name_that_is_no_zone_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no time zone: give a name of the IANA database"):
        SiteTime(name)


def test_who_misspells_a_zone_is_told_its_name() -> None:
    with pytest.raises(ValueError, match="such as Europe/London"):
        SiteTime("europe/londen")


def test_times_are_told_with_the_sites_offset() -> None:
    site = SiteTime("Pacific/Chatham")
    assert site.iso(1_763_640_000_123) == "2025-11-21T01:45:00.123+13:45"
    assert site.wall(1_763_640_000_000) == datetime.fromisoformat("2025-11-21T01:45")
    assert site.offset_ms(1_763_640_000_000) == 13.75 * HOUR_MS


@pytest.mark.parametrize(
    ("zone", "wall", "shown"),
    [
        ("Europe/London", "2026-03-29T01:30", "2026-03-29T02:00+01:00"),
        ("Europe/London", "2026-10-25T01:30", "2026-10-25T01:30+01:00"),
        ("Pacific/Apia", "2011-12-30T08:00", "2011-12-31T00:00+14:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:30+11:00"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T01:00-02:00"),
    ],
)  # fmt: skip
def test_a_skipped_time_is_the_end_of_the_jump_and_a_repeated_one_the_first(
    zone: str, wall: str, shown: str
) -> None:
    site = SiteTime(zone)
    assert site.iso(site.moment(datetime.fromisoformat(wall)), timespec="minutes") == shown


def test_a_skipped_day_begins_where_the_next_one_does() -> None:
    apia = SiteTime("Pacific/Apia")
    assert apia.midnight(date(2011, 12, 30)) == apia.midnight(date(2011, 12, 31))


@given(zones, moments_ms)
def test_at_the_moment_of_a_wall_time_the_wall_shows_it_or_a_later_one(
    site: SiteTime, time_ms: int
) -> None:
    wall = site.wall(time_ms)
    moment_ms = site.moment(wall)
    assert moment_ms <= time_ms
    assert site.wall(moment_ms) == wall
    before = site.wall(moment_ms - 1)
    assert before < wall


@given(zones, moments_ms, st.integers(0, 3 * 24 * 60))
def test_what_follows_on_the_wall_never_precedes_in_time(
    site: SiteTime, time_ms: int, later_min: int
) -> None:
    wall = site.wall(time_ms)
    later = wall + timedelta(minutes=later_min)
    assert site.moment(wall) <= site.moment(later)


def test_a_date_behind_the_last_year_is_itself() -> None:
    site, last = SiteTime("Europe/London"), datetime(9999, 12, 31, tzinfo=UTC)
    assert site.moment(last.replace(tzinfo=None)) == int(last.timestamp() * 1000)
