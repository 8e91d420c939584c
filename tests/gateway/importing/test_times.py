"""How files write times, and what moments they mean."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Refused
from gateway.importing import times
from gateway.importing.times import WallClock

LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")
_YEARS = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01")
NOON_MS = 1_763_640_000_000  # 2025-11-20T12:00:00Z


def read(cells: Sequence[str], zone: ZoneInfo = LONDON, *, named_so: bool = True) -> list[int]:
    to_ms = times.guessed(cells, WallClock(zone), every=lambda: cells, named_so=named_so)
    assert to_ms is not None
    return [to_ms(cell) for cell in cells]


@pytest.mark.parametrize(
    "cell",
    [
        "2025-11-20T12:00:00Z",
        "2025-11-20 12:00",
        "2025-11-20T13:00:00.000+01:00",
        "2025-11-20 13:00:00+01",
        "2025-11-20 06:30:00-0530",
        "2025/11/20 12:00:00",
        "20.11.2025 12:00",
        "20.11.25, 12:00:00,000",
        "11/20/2025 12:00:00 PM",
        "20/11/2025 12:00",
        "1763640000",
        "1763640000.0",
        "1763640000000",
        "1763640000000000",
        "1763640000000000000",
    ],
)
def test_each_says_noon(cell: str) -> None:
    assert read([cell]) == [NOON_MS]


def test_who_has_no_month_13_is_told_by_another_row() -> None:
    assert read(["01/02/2025 00:00", "13/02/2025 00:00"])[0] == 1_738_368_000_000
    assert read(["01/02/2025 00:00", "02/13/2025 00:00"])[0] == 1_735_776_000_000


def test_who_is_never_told_is_asked() -> None:
    with pytest.raises(Refused, match="say --time-format day-first or month-first"):
        read(["01/02/2025 00:00", "02/02/2025 00:00"])


def test_a_year_of_two_digits_may_come_first_or_last() -> None:
    with pytest.raises(Refused, match="may have the day or the year first") as refused:
        read(["24-05-06 10:00", "24-05-07 10:00"])
    assert "say --time-format day-first or year-first" in str(refused.value)
    year_first = times.named(times.YEAR_FIRST, WallClock(LONDON), from_ms=None)
    assert year_first("24-05-06 10:00") == 1_714_986_000_000
    assert read(["24-05-06 10:00", "32-05-24 10:00"])[0] == 1_714_986_000_000  # no month has 32
    assert read(["20-11-2025 12:00"]) == [NOON_MS]


@pytest.mark.parametrize("cells", [["41.2", "41.3"], ["fan"], ["12:00"], ["1763640000"]])
def test_what_is_no_time_is_none(cells: list[str]) -> None:
    clock = WallClock(LONDON)
    assert times.guessed(cells, clock, every=lambda: cells, named_so=False) is None


def test_the_hour_that_comes_twice_goes_on() -> None:
    walls = ["01:58", "02:00", "02:30", "02:59", "02:00", "02:30", "02:59", "03:00"]
    got = read([f"2025-10-26 {wall}:00" for wall in walls], BERLIN)

    assert got == sorted(set(got))
    assert got[-1] - got[0] == 2 * 3_600_000 + 2 * 60_000


@pytest.mark.parametrize(
    ("walls", "minutes"),
    [
        (["01:00", "02:00", "02:00", "03:00"], [0, 60, 120, 180]),
        (["03:00", "02:00", "02:00", "01:00"], [180, 120, 60, 0]),
        (["03:00", "02:30", "02:00", "02:30", "02:00", "01:00"], [180, 150, 120, 90, 60, 0]),
        # Two rows of one time, and some that have changed places.
        (["01:30", "02:00", "02:00", "02:30"], [30, 60, 60, 90]),
        (["02:00", "02:00", "02:30"], [60, 60, 90]),
        (["02:09", "02:11", "02:10", "02:12", "02:59"], [69, 71, 70, 72, 119]),
        (["02:59", "02:01", "02:00", "02:02", "02:03"], [119, 121, 120, 122, 123]),
        (["03:01", "03:00", "02:58", "02:59", "02:57"], [181, 180, 178, 179, 177]),
    ],
)
def test_the_two_hours_are_told_apart_however_the_file_is_written(
    walls: list[str], minutes: list[int]
) -> None:
    begin_ms = 1_761_433_200_000  # 2025-10-26T01:00:00+02:00
    got = read([f"2025-10-26 {wall}:00" for wall in walls], BERLIN)
    assert [(ms - begin_ms) // 60_000 for ms in got] == minutes


@given(
    st.datetimes(min_value=_YEARS[0], max_value=_YEARS[1]),
    st.sampled_from([LONDON, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]),
    st.integers(1, 40),
    st.integers(1, 7_200),
)
def test_a_wall_that_is_read_in_order_says_when_it_was(
    begin: datetime, zone: ZoneInfo, rows: int, period_s: int
) -> None:
    moments = [
        begin.replace(tzinfo=UTC, microsecond=0) + timedelta(seconds=period_s * at)
        for at in range(rows)
    ]
    walls = [moment.astimezone(zone).replace(tzinfo=None) for moment in moments]
    clock = WallClock(zone)
    to_ms = times.iso(clock)

    got = [to_ms(wall.isoformat(sep=" ")) for wall in walls]

    # Whoever begins in the second of two such hours, or steps over one, cannot be told.
    first_offset = walls[0].replace(tzinfo=zone, fold=0).utcoffset()
    is_told = first_offset == moments[0].astimezone(zone).utcoffset()
    if is_told and period_s <= 1_800:
        assert got == [round(moment.timestamp() * 1000) for moment in moments]


@pytest.mark.parametrize(
    "cell", ["2025-13-01 00:00", "2025-02-30 00:00", "yesterday", "2025-01-01 25:00"]
)
def test_no_time_is_an_error_of_its_row(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        times.iso(WallClock(LONDON))(cell)


def test_a_pattern_of_ones_own() -> None:
    to_ms = times.named("%d %b %Y %H:%M:%S", WallClock(LONDON), from_ms=None)
    assert to_ms("20 Nov 2025 12:00:00") == NOON_MS
    with pytest.raises(Refused, match="cannot read a zone by its name"):
        times.named("%H:%M %Z", WallClock(LONDON), from_ms=None)
    with pytest.raises(Refused, match="say one of"):
        times.named("odd", WallClock(LONDON), from_ms=None)


def test_seconds_since() -> None:
    to_ms = times.named(times.ELAPSED, WallClock(LONDON), from_ms=NOON_MS)
    assert to_ms("1.5") == NOON_MS + 1_500
    to_ms = times.named(times.ELAPSED, WallClock(LONDON), from_ms=NOON_MS, comma=True)
    assert to_ms("1,5") == NOON_MS + 1_500
    with pytest.raises(ValueError, match="no number"):
        to_ms("1.5,5")
