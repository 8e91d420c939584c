"""Parts of the week by the wall's clock: minute by minute they are what the wall says."""

from bisect import bisect_right
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets.words import PRICE_PER_KWH
from contract.errors import Refused
from contract.shift_words import WEEKDAYS
from contract.site_time import SiteTime
from gateway.registry.bands import Band, Week, check
from gateway.registry.params import SITE, ParamBook, Version
from tests.contract.zones import nights_ms, zones

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
LONDON = SiteTime("Europe/London")
SPRING_MS = 1_774_746_000_000  # 2026-03-29T01:00Z: the clock is put from 1:00 to 2:00
AUTUMN_MS = 1_792_890_000_000  # 2026-10-25T01:00Z: from 2:00 to 1:00
NIGHT = Band(name="night", value=0.1, from_="22:00", to="06:00")
WEEKEND = Band(name="weekend", value=0.2, from_="00:00", to="00:00", days=("sat", "sun"))

clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
bands = st.lists(
    st.builds(
        Band,
        name=st.just("some"),
        value=st.integers(1, 9).map(float),
        from_=clocks,
        to=clocks,
        days=st.lists(st.sampled_from(WEEKDAYS), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=3,
)


def begins_and_ends(band: Band, site: SiteTime, around_ms: int) -> list[tuple[int, int]]:
    """When it counts within some days, each worked out for itself."""
    found = []
    for n in range(-3, 4):
        day = site.wall(around_ms).date() + timedelta(days=n)
        if band.days and WEEKDAYS[day.weekday()] not in band.days:
            continue
        begins, ends = time.fromisoformat(band.from_), time.fromisoformat(band.to)
        last = day + timedelta(days=1) if ends <= begins else day
        found.append(
            (
                site.moment(datetime.combine(day, begins)),
                site.moment(datetime.combine(last, ends)),
            )
        )
    return found


@given(bands, zones, nights_ms, st.integers(-DAY_MS, DAY_MS))
def test_at_each_time_the_first_band_counts_that_has_begun(
    some: list[Band], site: SiteTime, night_ms: int, offset_ms: int
) -> None:
    time_ms = night_ms + offset_ms
    naive = [
        band
        for band in some
        if any(start <= time_ms < end for start, end in begins_and_ends(band, site, time_ms))
    ]
    assert Week(some, site).at(time_ms).band == next(iter(naive), None)


@given(bands, zones, nights_ms)
def test_nothing_changes_between_two_turns(some: list[Band], site: SiteTime, night_ms: int) -> None:
    week, from_ms = Week(some, site), night_ms - DAY_MS
    turns = week.turns(from_ms, night_ms + DAY_MS)
    edges = [from_ms, *turns]
    assert turns == sorted(set(turns))
    for time_ms in range(from_ms, night_ms + DAY_MS, 7 * MINUTE_MS):
        since_ms = edges[bisect_right(edges, time_ms) - 1]
        assert week.at(time_ms).band == week.at(since_ms).band
    for one, other in zip(edges, turns, strict=False):
        assert week.at(one).band != week.at(other).band


@pytest.mark.parametrize(
    ("night_ms", "hours"), [(SPRING_MS, 7), (AUTUMN_MS, 9), (SPRING_MS + 3 * DAY_MS, 8)]
)
def test_a_night_in_which_the_clock_is_put_is_shorter_or_longer(night_ms: int, hours: int) -> None:
    week = Week([NIGHT], LONDON)
    turns = week.turns(night_ms - 12 * HOUR_MS, night_ms + 12 * HOUR_MS)
    begins, ends = turns
    assert (week.at(begins).band, week.at(ends).band) == (NIGHT, None)
    assert ends - begins == hours * HOUR_MS


def test_a_tariff_by_time_of_use_begins_at_its_date_and_ends_with_the_next() -> None:
    book = ParamBook([PRICE_PER_KWH], LONDON)
    begins_ms, ends_ms = SPRING_MS - 30 * DAY_MS, SPRING_MS + 30 * DAY_MS
    for value, some, from_ms in (
        (0.3, (WEEKEND, NIGHT), begins_ms),
        (0.4, (), ends_ms),
    ):
        version = Version(
            value=value, bands=some, valid_from_ms=from_ms, source="", changed_ms=0, changed_by=""
        )
        book.put(SITE, PRICE_PER_KWH.name, version)

    def price(time_ms: int) -> tuple[float, str | None]:
        found = book.param_at(PRICE_PER_KWH, time_ms, device="fan-01")
        return found.value, found.band

    sunday_ms = SPRING_MS + 10 * HOUR_MS
    assert price(sunday_ms) == (0.2, "weekend")
    assert price(sunday_ms + DAY_MS) == (0.3, None)
    assert price(sunday_ms + DAY_MS + 13 * HOUR_MS) == (0.1, "night")
    assert price(begins_ms - 1) == (PRICE_PER_KWH.default, None)
    assert price(ends_ms) == (0.4, None)
    names = [PRICE_PER_KWH.name]
    turns = book.turns(names, device="fan-01", from_ms=0, to_ms=ends_ms + DAY_MS)
    assert turns[0] == begins_ms
    assert turns[-1] == ends_ms
    for one_ms, next_ms in pairwise(turns):
        assert book.ends_ms(names, device="fan-01", time_ms=one_ms) == next_ms
        assert book.next_turn_ms(one_ms) == next_ms


OVERLAPPING = [
    (Band(name="late", value=0.2, from_="23:00", to="02:00"), "mon at 00:00"),
    (Band(name="dawn", value=0.2, from_="05:59", to="07:00"), "mon at 05:59"),
    (WEEKEND, "sat at 00:00"),
    (Band(name="sunday", value=0.2, from_="23:00", to="00:00", days=("sun",)), "sun at 23:00"),
]


@pytest.mark.parametrize(("other", "when"), OVERLAPPING, ids=[o.name for o, _ in OVERLAPPING])
def test_bands_that_overlap_are_refused_by_name(other: Band, when: str) -> None:
    for some in ([NIGHT, other], [other, NIGHT]):
        with pytest.raises(Refused, match=rf"overlap \({when}\)"):
            check(some)


@given(bands)
def test_what_is_not_refused_has_one_band_at_each_time(some: list[Band]) -> None:
    week_ms = AUTUMN_MS - 14 * DAY_MS
    covered = [0] * (7 * 24 * 4)
    for band in some:
        spans = begins_and_ends(band, SiteTime("UTC"), week_ms + 3 * DAY_MS)
        for at in range(len(covered)):
            time_ms = week_ms + at * 15 * MINUTE_MS
            covered[at] += any(start <= time_ms < end for start, end in spans)
    if max(covered) > 1:
        with pytest.raises(Refused, match="overlap"):
            check(some)


def test_bands_that_touch_do_not_overlap() -> None:
    early = Band(name="early", value=0.2, from_="06:00", to="22:00")
    check([NIGHT, early])


@pytest.mark.parametrize(
    ("band", "says"),
    [
        ({"name": " "}, "needs a name"),
        ({"from_": "24:00"}, "no time of day"),
        ({"to": "7:00"}, "no time of day"),
        ({"days": ("monday",)}, "there is no day 'monday'"),
    ],
)
def test_what_is_no_band_is_refused_by_name(band: dict[str, object], says: str) -> None:
    good: dict[str, object] = {"name": "night", "value": 1.0, "from_": "22:00", "to": "06:00"}
    with pytest.raises(Refused, match=says):
        check([Band(**(good | band))])  # type: ignore[arg-type]
