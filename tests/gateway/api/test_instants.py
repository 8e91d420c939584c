"""Times as people write them."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Refused
from contract.site_time import SiteTime
from gateway.api.instants import LATEST_MS, parse_ms

UTC_SITE = SiteTime("UTC")
BERLIN = SiteTime("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("0", 0),
        ("1763629200123", 1763629200123),
        ("1763629200123.4567", 1763629200123),
        ("1763629200123.0", 1763629200123),
        ("2025-11-20T09:00:00Z", 1763629200000),
        ("2025-11-20T09:00:00.123+00:00", 1763629200123),
        ("2025-11-20T10:00:00+01:00", 1763629200000),
        ("2025-11-20T10:00:00 01:00", 1763629200000),  # a "+" that was not escaped
        ("2025-11-20 09:00", 1763629200000),
        ("2025-11-20", 1763596800000),
        ("9999-12-31T23:59:59.999Z", LATEST_MS),
    ],
)
def test_reads_milliseconds_and_iso_8601(text: str, time_ms: int) -> None:
    assert parse_ms(text, UTC_SITE) == time_ms


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-01", "2025-12-31T23:00:00Z"),
        ("2026-07-01T22:00", "2026-07-01T20:00:00Z"),
        ("2026-07-01T22:00:00.123456", "2026-07-01T20:00:00.123Z"),
        ("2026-07-01T22:00Z", "2026-07-01T22:00:00Z"),
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),  # comes twice: the first
        ("2026-03-29T02:30", "2026-03-29T01:00:00Z"),  # comes never: the end of the jump
    ],
)
def test_a_time_without_an_offset_is_of_the_wall_of_the_site(text: str, meant: str) -> None:
    assert parse_ms(text, BERLIN) == parse_ms(meant, UTC_SITE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "-1",
        "1.5",
        "1e3",
        "٣",
        "2025-13-01",
        "1969-12-31",
        "9" * 30,
        "9" * 5000,
        "0001-01-01T00:00+23:59",
        "9999-12-31T23:59-23:59",
    ],
)
def test_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(Refused):
        parse_ms(text, UTC_SITE)


@pytest.mark.parametrize(
    ("text", "unit", "meant"),
    [
        ("1795835400", "seconds", "1795835400000"),
        ("1795835400.1234567", "seconds", "1795835400000"),
        ("978307200", "seconds", "978307200000"),
        (
            "1763629200123456",
            "microseconds",
            "1763629200123, or ISO 8601, here 2025-11-20T09:00:00.123Z",
        ),
        ("1763629200123456789", "nanoseconds", "1763629200123"),
    ],
)
def test_another_unit_than_milliseconds_is_named(text: str, unit: str, meant: str) -> None:
    with pytest.raises(Refused, match=f"in Unix {unit}.*milliseconds, here {meant}"):
        parse_ms(text, UTC_SITE)


@pytest.mark.parametrize("text", ["1", "86400000", "978307199", "17636292001234567"])
def test_a_number_of_no_unit_at_all_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="from 2001 to 9999"):
        parse_ms(text, UTC_SITE)


def test_a_date_may_name_any_year() -> None:
    assert parse_ms("1999-12-31", UTC_SITE) == 946598400000


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_round_trips_what_iso_8601_can_say(moment: datetime) -> None:
    assert parse_ms(moment.isoformat(), BERLIN) == round(moment.timestamp() * 1000)


@given(st.text())
def test_raises_nothing_else(text: str) -> None:
    with contextlib.suppress(Refused):
        assert 0 <= parse_ms(text, UTC_SITE) <= LATEST_MS
