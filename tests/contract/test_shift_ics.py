"""Shifts out of a calendar file: the same as of a TOML file, whoever wrote the calendar."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.shift_ics import IcsPlan
from contract.shift_plan import parse
from contract.shifts import ShiftCalendar
from contract.site_time import SiteTime
from tests.contract.zones import HOUR_MS, ZONES

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "shifts.ics"
LONDON = SiteTime("Europe/London")
MINUTE_MS = 60_000
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def ics(*events: str) -> str:
    parts = (f"BEGIN:VEVENT\nUID:u{at}\n{each}\nEND:VEVENT\n" for at, each in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{''.join(parts)}END:VCALENDAR\n"


def plan(text: str, site: SiteTime = LONDON, until: date = date(2036, 1, 1)) -> IcsPlan:
    return IcsPlan(text, site, until=until)


def worked(
    text: str, day: date, site: SiteTime = LONDON
) -> list[tuple[str, str, str, float, float]]:
    """Of each shift name, begin and end in ISO 8601, hours in all, and minutes of breaks."""
    return [
        (
            shift.name,
            site.iso(shift.interval.start_ms)[:16],
            site.iso(shift.interval.end_ms)[:16],
            (shift.interval.end_ms - shift.interval.start_ms) / HOUR_MS,
            sum(end - start for start, end in shift.breaks) / MINUTE_MS,
        )
        for shift in ShiftCalendar(plan(text, site), site).on(day)
    ]


DAY = "DTSTART:20251103T060000\nDTEND:20251103T140000\nSUMMARY:early"
DAILY = f"{DAY}\nRRULE:FREQ=DAILY"
PAUSE = "DTSTART:20251103T090000\nDTEND:20251103T091500\nSUMMARY:tea\nRRULE:FREQ=DAILY"


def test_the_example_has_shifts_breaks_maintenance_and_days_off() -> None:
    text = EXAMPLE.read_text()
    assert plan(text).names == ("early", "night")
    monday = worked(text, date(2025, 11, 3))
    assert [each[0] for each in monday] == ["early", "night"]
    assert monday[0][3:] == (8.0, 15.0)
    assert worked(text, date(2025, 11, 7))[0][3:] == (8.0, 75.0)  # breakfast, and the oil
    assert worked(text, date(2025, 11, 8)) == []
    assert worked(text, date(2025, 12, 25)) == []  # a holiday of each year
    assert worked(text, date(2026, 12, 25)) == []
    assert worked(text, date(2025, 12, 26)) == []  # but for once
    assert worked(text, date(2027, 11, 1))[0][0] == "early"


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 6, 1), 8)]
)
def test_a_night_shift_keeps_its_times_on_the_wall_when_the_clock_is_put(
    day: date, hours: float
) -> None:
    night = (
        "DTSTART;TZID=Europe/London:20251103T220000\nDTEND;TZID=Europe/London:20251104T060000\n"
        "SUMMARY:night\nRRULE:FREQ=DAILY"
    )
    ((_, begins, ends, found_h, _),) = worked(ics(night), day)
    assert (begins[11:], ends[11:], found_h) == ("22:00", "06:00", hours)


def test_times_of_another_zone_are_those_of_the_sites_wall() -> None:
    text = ics(DAILY.replace("DTSTART:", "DTSTART;TZID=Europe/Berlin:").replace(
        "DTEND:", "DTEND;TZID=Europe/Berlin:"
    ))  # fmt: skip
    ((_, begins, ends, *_),) = worked(text, date(2026, 6, 1))
    assert (begins[11:], ends[11:]) == ("05:00", "13:00")
    utc = ics(DAY.replace("00\n", "00Z\n"))
    assert worked(utc, date(2025, 11, 3))[0][1] == "2025-11-03T06:00"


def test_what_is_told_in_utc_of_an_event_with_a_zone_is_by_the_clock_of_that() -> None:
    summer = (
        "DTSTART;TZID=Europe/London:20260601T060000\nDTEND:20260601T130000Z\nSUMMARY:early\n"
        "RRULE:FREQ=DAILY\nEXDATE:20260602T050000Z"
    )
    later = "DTSTART:20260603T080000\nDTEND:20260603T140000\nSUMMARY:early\n"
    text = ics(summer, f"{later}RECURRENCE-ID:20260603T050000Z").replace("UID:u1", "UID:u0")
    assert worked(text, date(2026, 6, 1))[0][3] == 8.0
    assert worked(text, date(2026, 6, 2)) == []
    assert [each[1][11:] for each in worked(text, date(2026, 6, 3))] == ["08:00"]


def test_times_without_a_zone_are_the_sites() -> None:
    for zone in ZONES:
        site = SiteTime(zone)
        assert worked(ics(DAILY), date(2026, 6, 1), site)[0][1] == "2026-06-01T06:00"


def test_a_changed_or_cancelled_date_of_a_series_is_as_it_was_changed() -> None:
    later = "DTSTART:20251105T080000\nDTEND:20251105T140000\nSUMMARY:early\n"
    changed = ics(DAILY, later + "RECURRENCE-ID:20251105T060000").replace("UID:u1", "UID:u0")
    assert [each[1] for each in worked(changed, date(2025, 11, 5))] == ["2025-11-05T08:00"]
    cancelled = changed.replace("SUMMARY:early\nRECURRENCE", "STATUS:CANCELLED\nRECURRENCE")
    assert worked(cancelled, date(2025, 11, 5)) == []
    assert len(worked(cancelled, date(2025, 11, 6))) == 1


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=DAILY;COUNT=3", date(2025, 11, 5)),
        ("FREQ=DAILY;UNTIL=20251106", date(2025, 11, 6)),
        ("FREQ=DAILY;UNTIL=20251106T060000Z", date(2025, 11, 6)),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=2", date(2025, 11, 17)),
    ],
)
def test_a_rule_ends_where_it_says(rule: str, last: date) -> None:
    text = ics(f"{DAY}\nRRULE:{rule}")
    assert worked(text, last)
    assert not any(worked(text, last + n * timedelta(days=1)) for n in range(1, 30))


def test_a_series_that_began_long_ago_goes_on() -> None:
    text = ics(DAILY.replace("2025", "1999"))
    assert worked(text, date(2035, 12, 31))
    assert not worked(text, date(2036, 1, 2))


@pytest.mark.parametrize("mark", ["CATEGORIES:BREAK", "CATEGORIES:work,break", "X-BREAK:TRUE"])
def test_a_break_is_no_planned_time_of_the_shift_it_lies_in(mark: str) -> None:
    text = ics(DAILY, f"{PAUSE}\n{mark}", f"{PAUSE}\n{mark}".replace("T09", "T13"))
    assert worked(text, date(2026, 1, 5))[0][4] == 30.0
    twice = ics(DAILY, f"{PAUSE}\n{mark}", f"{PAUSE}\n{mark}".replace("T0915", "T0930"))
    assert worked(twice, date(2026, 1, 5))[0][4] == 30.0  # what overlaps counts once


@given(
    hours=st.tuples(st.integers(0, 23), st.integers(1, 12)),
    days=st.sets(st.sampled_from(range(7)), min_size=1),
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2025, 11, 3), date(2028, 1, 1)),
)
def test_the_same_week_as_toml_is_the_same_shifts(
    hours: tuple[int, int], days: set[int], zone: str, first: date
) -> None:
    site, begin = SiteTime(zone), datetime.fromisoformat(f"2025-11-03T{hours[0]:02}:00")
    end = begin + timedelta(hours=hours[1])
    names = [("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day] for day in sorted(days)]
    toml = f"""
        [[shift]]
        name = "one"
        days = {names}
        from = "{begin:%H:%M}"
        to = "{end:%H:%M}"
        since = 2025-11-04
    """
    rule = ",".join(CODES[day] for day in sorted(days))
    text = ics(
        f"SUMMARY:one\nDTSTART:{begin:%Y%m%dT%H%M%S}\nDTEND:{end:%Y%m%dT%H%M%S}\n"
        f"RRULE:FREQ=WEEKLY;BYDAY={rule}\nEXDATE:{begin:%Y%m%dT%H%M%S}"
    )
    of_toml = ShiftCalendar(parse(tomllib.loads(toml)), site)
    of_ics = ShiftCalendar(plan(text, site), site)
    for n in range(10):
        day = first + timedelta(days=n)
        assert of_ics.on(day) == of_toml.on(day)


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no iCalendar file"),
        ("hello", "no iCalendar file"),
        (ics(), "it has no shift"),
        (ics(PAUSE + "\nCATEGORIES:BREAK"), "it has no shift"),
        (ics(DAY.replace("SUMMARY:early", "")), "has no summary"),
        (ics(DAY.replace("DTEND:20251103T14", "DTEND:20251105T14")), '"early": it takes 2 days'),
        (ics(DAY.replace("DTEND:20251103T14", "DTEND:20251103T05")), '"early": it takes'),
        (ics(DAILY.replace("2025", "0999")), "it begins in 999"),
        (ics(DAY + "\nRRULE:FREQ=HOURLY"), "DAILY, WEEKLY"),
        (ics(DAY + "\nRRULE:FREQ=DAILY;BYHOUR=6,7"), "BYHOUR"),
        (ics(DAY + "\nRRULE:FREQ=DAILY;INTERVAL=0"), "INTERVAL must be 1 or more"),
        (ics(DAY + "\nRRULE:INTERVAL=2"), "it needs one rule"),
        (ics(DAY + "\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"), "it needs one rule"),
        (
            ics(DAILY, DAY.replace("DTSTART:", "DTSTART ").replace("early", "late")),
            '"late": it has no',
        ),
        (ics(DAY + "\nDTSTART:20251104T060000"), '"early": it is not written as RFC 5545'),
        (ics(DAY.replace("DTSTART:", "DTSTART;TZID=Mars/One:")), "Mars/One"),
        (ics(DAILY, DAILY.replace("early", "late")), "overlap: a moment has one shift"),
        (ics(*[DAILY] * 30), "give its rules an end"),
        (
            ics(DAY, "DTSTART;VALUE=DATE:19700101\nDTEND;VALUE=DATE:99990101"),
            "give its rules an end",
        ),
    ],
)
def test_a_mistake_is_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan(text)


@given(st.text(max_size=200))
def test_whatever_stands_in_it_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        plan(ics(text))
