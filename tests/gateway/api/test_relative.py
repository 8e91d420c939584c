"""Times told from now on."""

import contextlib
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Refused
from contract.site_time import SiteTime
from gateway.api.instants import moment_ms, parse_ms
from gateway.api.relative import Clock, relative_ms

BERLIN = SiteTime("Europe/Berlin")


def clock_at(wall: str, site: SiteTime = BERLIN) -> Clock:
    now_ms = parse_ms(wall, site)
    return Clock(site, lambda: now_ms)


MONDAY = clock_at("2026-10-26T12:30")  # the clock was put back the night before


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", "2026-10-26T12:30"),
        ("-90s", "2026-10-26T12:28:30"),
        ("-15m", "2026-10-26T12:15"),
        ("-15 min", "2026-10-26T12:15"),
        ("-24h", "2026-10-25T12:30"),
        ("-36h", "2026-10-25T01:30"),  # a day of 25 hours lies between
        ("-2d", "2026-10-24T12:30"),
        ("-1w", "2026-10-19T12:30"),
        ("-8mo", "2026-02-26T12:30"),
        ("-1y", "2025-10-26T12:30"),
        ("today", "2026-10-26"),
        ("Yesterday", "2026-10-25"),
        ("this hour", "2026-10-26T12:00"),
        ("last hour", "2026-10-26T11:00"),
        ("this week", "2026-10-26"),
        ("last week", "2026-10-19"),
        ("last+week", "2026-10-19"),
        ("last_month", "2026-09-01"),
        ("this year", "2026-01-01"),
        ("last year", "2025-01-01"),
        ("2026-10-01", "2026-10-01"),
    ],
)
def test_is_told_from_now_on(text: str, meant: str) -> None:
    assert moment_ms(text, MONDAY) == parse_ms(meant, BERLIN)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", "2026-10-27"),
        ("yesterday", "2026-10-26"),
        ("last week", "2026-10-26"),
        ("last month", "2026-10-01"),
        ("last year", "2026-01-01"),
        ("-1h", "2026-10-26T11:30"),
    ],
)
def test_until_a_named_day_is_until_it_ends(text: str, meant: str) -> None:
    assert moment_ms(text, MONDAY, is_end=True) == parse_ms(meant, BERLIN)


def test_a_month_ago_is_the_last_day_of_a_shorter_month() -> None:
    assert moment_ms("-1mo", clock_at("2026-03-31T08:00")) == parse_ms("2026-02-28T08:00", BERLIN)
    assert moment_ms("-1y", clock_at("2028-02-29T08:00")) == parse_ms("2027-02-28T08:00", BERLIN)


@pytest.mark.parametrize("text", ["-99999999d", "-999999999y", "-999999mo", "-99999999h"])
def test_nothing_is_asked_of_before_1970(text: str) -> None:
    with pytest.raises(Refused, match="before 1970"):
        moment_ms(text, MONDAY)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-5x", "'x', which is none of s, m, min, h, d, w, mo, y"),
        ("last fortnight", "yesterday, last week"),
        ("+1h", "is not a time"),
        ("-", "is not a time"),
    ],
)
def test_what_is_no_time_is_named(text: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        moment_ms(text, MONDAY)


@given(
    days=st.integers(0, 800),
    wall=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - of a wall
)
def test_days_ago_is_the_same_time_of_day_unless_the_clock_skipped_it(
    days: int, wall: datetime
) -> None:
    now_ms = BERLIN.moment(wall.replace(microsecond=0))
    found = relative_ms(f"-{days}d", Clock(BERLIN, lambda: now_ms))
    assert found is not None
    then = BERLIN.wall(now_ms) - timedelta(days=days)
    assert BERLIN.wall(found) - then in {timedelta(0), timedelta(hours=1)} or then.hour == 2


@given(text=st.text(max_size=20))
def test_any_text_is_a_time_or_a_sentence(text: str) -> None:
    with contextlib.suppress(Refused):
        assert moment_ms(text, MONDAY) >= 0
