"""Maintenance windows by the wall's clock, right across the nights in which it is put."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contract.errors import Refused
from contract.shift_words import WEEKDAYS
from contract.site_time import SiteTime
from gateway.registry.windows import Span, Weekly, Window, next_turn_ms, standing
from tests.contract.zones import HOUR_MS, moments_ms, nights_ms, zones

LONDON = SiteTime("Europe/London")
MINUTE_MS = 60_000
_MS = timedelta(milliseconds=1)

wall_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
weeklies = st.builds(
    Weekly,
    weekdays=st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple),
    begins=wall_times,
    ends=wall_times,
)


def weekly(days: str, begins: str, ends: str) -> Window:
    times = {"begins": time.fromisoformat(begins), "ends": time.fromisoformat(ends)}
    return Window(id="w", from_ms=0, weekly=Weekly(weekdays=tuple(days.split()), **times))  # type: ignore[arg-type]


def at(text: str) -> int:
    """A moment in UTC."""
    return round(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)


def furthest_wall(at_ms: int, site: SiteTime) -> datetime:
    """The latest that the wall has shown by then: it is put back, and is not believed twice."""
    hours = 27 * HOUR_MS
    looks = [*range(at_ms - hours, at_ms, MINUTE_MS), at_ms]
    return max(map(site.wall, looks))


def stands_by_the_wall(found: Weekly, shown: datetime) -> bool:
    for back in range(2):
        day = shown.date() - timedelta(days=back)
        begins, ends = datetime.combine(day, found.begins), datetime.combine(day, found.ends)
        ends += timedelta(days=0 if found.begins < found.ends else 1)
        if WEEKDAYS[day.weekday()] in found.weekdays and begins <= shown < ends:
            return True
    return False


@settings(max_examples=60)
@given(weeklies, nights_ms.map(lambda ms: ms - ms % MINUTE_MS), zones)
def test_it_stands_when_the_wall_says_so_and_no_time_counts_twice(
    found: Weekly, at_ms: int, site: SiteTime
) -> None:
    window = Window(id="w", from_ms=0, weekly=found)
    shown = furthest_wall(at_ms, site)
    assert (standing(window, at_ms, site) is not None) == stands_by_the_wall(found, shown)


@given(weeklies, moments_ms, zones, st.integers(0, 1000))
def test_between_two_turns_nothing_changes(
    found: Weekly, at_ms: int, site: SiteTime, share: int
) -> None:
    window = Window(id="w", from_ms=0, weekly=found)
    turn_ms = next_turn_ms(window, at_ms, site)
    assume(turn_ms is not None)
    assert turn_ms is not None
    assert turn_ms > at_ms
    within_ms = at_ms + (turn_ms - 1 - at_ms) * share // 1000
    assert standing(window, at_ms, site) == standing(window, within_ms, site)


def test_a_window_of_24_hours_is_23_or_25_long_when_the_clock_is_put() -> None:
    whole = weekly("sun", "00:00", "00:00")
    spring = standing(whole, at("2026-03-29T12:00"), LONDON)
    autumn = standing(whole, at("2026-10-25T12:00"), LONDON)
    assert spring is not None
    assert autumn is not None
    lengths = [(span.to_ms or 0) - span.from_ms for span in (spring, autumn)]
    assert lengths == [23 * HOUR_MS, 25 * HOUR_MS]


def test_one_that_begins_in_the_hour_that_is_missing_begins_when_that_would_have_ended() -> None:
    early = weekly("sun", "01:30", "04:00")  # the wall goes from 01:00 to 02:00
    assert standing(early, at("2026-03-29T01:00"), LONDON) == Span(
        at("2026-03-29T01:00"), at("2026-03-29T03:00")
    )
    assert standing(early, at("2026-03-29T00:59"), LONDON) is None
    within = weekly("sun", "01:15", "01:45")
    assert standing(within, at("2026-03-29T01:00"), LONDON) is None


def test_one_that_begins_in_the_hour_that_comes_twice_begins_with_the_first() -> None:
    early = weekly("sun", "01:30", "04:00")  # the wall goes from 02:00 back to 01:00
    assert standing(early, at("2026-10-25T00:30"), LONDON) == Span(
        at("2026-10-25T00:30"), at("2026-10-25T04:00")
    )


def test_one_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = weekly("fri", "22:00", "06:00")
    assert standing(night, at("2026-01-10T05:59"), LONDON) is not None  # Saturday
    assert standing(night, at("2026-01-10T06:00"), LONDON) is None
    assert standing(night, at("2026-01-09T05:00"), LONDON) is None  # of Thursday


def test_a_weekly_one_is_within_its_dates() -> None:
    window = Window(
        id="w",
        from_ms=at("2026-01-05T00:00"),
        to_ms=at("2026-01-12T00:00"),
        weekly=weekly("fri", "22:00", "06:00").weekly,
    )
    assert standing(window, at("2026-01-10T01:00"), LONDON) is not None
    assert standing(window, at("2026-01-03T01:00"), LONDON) is None
    assert standing(window, at("2026-01-17T01:00"), LONDON) is None


@pytest.mark.parametrize(
    ("days", "now", "begins"),
    [
        ("sat sun", "2026-11-29T12:00", "2027-03-27T01:15"),
        ("sun", "2027-03-26T12:00", "2027-04-04T00:15"),  # on the 28th that time is missing
        ("sun", "2026-11-29T12:00", "2027-04-04T00:15"),
    ],
)
def test_one_that_begins_in_months_says_when_it_comes_first(
    days: str, now: str, begins: str
) -> None:
    times = weekly(days, "01:15", "01:45").weekly
    window = Window(id="w", from_ms=at("2027-03-27T00:00"), weekly=times)
    assert next_turn_ms(window, at(now), LONDON) == at(begins)


def test_a_weekly_one_that_is_made_in_the_middle_of_its_time_stands_at_once() -> None:
    times = weekly("fri", "22:00", "06:00").weekly
    for made in ("2026-01-09T23:00", "2026-01-10T03:00"):  # Friday night, past midnight too
        window = Window(id="w", from_ms=at(made), weekly=times)
        assert standing(window, at(made), LONDON) == Span(at(made), at("2026-01-10T06:00"))
        assert next_turn_ms(window, at(made), LONDON) == at("2026-01-10T06:00")
    over = Window(id="w", from_ms=at("2026-01-10T06:00"), weekly=times)
    assert standing(over, over.from_ms, LONDON) is None
    assert next_turn_ms(over, over.from_ms, LONDON) == at("2026-01-16T22:00")


def test_one_that_begins_at_the_end_of_time_comes_never() -> None:
    window = Window(
        id="w", from_ms=at("9999-12-30T00:00"), weekly=weekly("fri", "01:00", "02:00").weekly
    )
    assert next_turn_ms(window, at("2026-11-29T12:00"), LONDON) is None


def test_one_without_an_end_stands_until_it_is_removed() -> None:
    window = Window(id="w", from_ms=1_000)
    assert standing(window, 10**15, LONDON) == Span(1_000, None)
    assert next_turn_ms(window, 0, LONDON) == 1_000
    assert next_turn_ms(window, 1_000, LONDON) is None


@pytest.mark.parametrize(
    ("window", "why"),
    [
        (Window(id="w", from_ms=5, to_ms=5), "later than 'from'"),
        (Window(id="w", from_ms=5, device="a", place="b"), "one device, one group, one place"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(window: Window, why: str) -> None:
    with pytest.raises(Refused, match=why):
        window.check()
