"""The file of shifts: what it says of a day, and what is wrong with it in a sentence."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.shift_plan import ShiftPlan, parse
from contract.shift_words import WEEKDAYS

EXAMPLE = Path(__file__).parents[2] / "shifts.example.toml"
EARLY = """
[[shift]]
name = "early"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "06:00"
to = "14:00"
"""
NIGHT = """
[[shift]]
name = "night"
days = ["fri"]
from = "22:00"
to = "06:00"
"""


def plan(text: str) -> ShiftPlan:
    return parse(tomllib.loads(text))


def shifts(text: str, day: str) -> list[str]:
    """The shifts of a day as "name begins-ends"."""
    planned = plan(text).on(date.fromisoformat(day))
    return [f"{p.name} {p.stretch.begins:%H:%M}-{p.stretch.ends:%H:%M}" for p in planned]


def refusal(text: str) -> str:
    with pytest.raises(ValueError, match=r"\S") as caught:
        plan(text)
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert old in EARLY
    return EARLY.replace(old, new)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-06-01", ["early 06:00-14:00", "late 14:00-22:00", "night 22:00-06:00"]),
        ("2026-06-05", ["early 06:00-14:00", "late 14:00-20:00"]),
        ("2026-06-06", []),
        ("2026-01-08", ["early 06:00-14:00", "late 14:00-22:00"]),  # before there was a night
        ("2026-05-01", []),
        ("2026-12-31", []),
        ("2029-12-25", []),
        ("2026-12-28", ["early 06:00-14:00"]),
    ],
)
def test_the_example_means_what_its_comments_say(day: str, expected: list[str]) -> None:
    assert shifts(EXAMPLE.read_text(), day) == expected


@pytest.mark.parametrize(
    ("begins", "ends", "length_h"),
    [("06:00", "14:00", 8), ("22:00", "06:00", 8), ("00:00", "24:00", 24), ("06:00", "06:00", 24),
     ("16:00", "24:00", 8), ("16:00", "00:00", 8)],
)  # fmt: skip
def test_a_shift_ends_where_its_end_comes_next(begins: str, ends: str, length_h: float) -> None:
    text = changed("06:00", begins).replace("14:00", ends)
    stretch = plan(text).on(date(2026, 6, 1))[0].stretch
    assert (stretch.ends - stretch.begins).total_seconds() == length_h * 3600


def test_breaks_of_a_night_lie_behind_midnight() -> None:
    text = NIGHT + 'breaks = [{ from = "02:00", to = "02:30" }, { from = "23:45", to = "00:15" }]'
    breaks = plan(text).on(date(2026, 6, 5))[0].breaks
    assert [str(pause.begins) for pause in breaks] == ["2026-06-05 23:45:00", "2026-06-06 02:00:00"]


def test_times_may_be_written_as_toml_has_them() -> None:
    assert shifts(changed('"06:00"', "06:00:00"), "2026-06-01") == ["early 06:00-14:00"]


def test_a_holiday_of_each_year_may_lie_across_its_end() -> None:
    text = EARLY + "[[holiday]]\ndate = 2020-12-30\nuntil = 2021-01-02\nyearly = true"
    assert [bool(shifts(text, day)) for day in ("2030-12-30", "2030-12-31", "2031-01-02")] == [
        False,
        False,
        False,
    ]
    assert shifts(text, "2030-01-03")


def test_shifts_that_followed_each_other_in_time_may_have_the_same_hours() -> None:
    text = changed('to = "14:00"', 'to = "14:00"\nuntil = 2026-05-31')
    text += changed("06:00", "05:00") + "since = 2026-06-01"
    assert shifts(text, "2026-05-29") == ["early 06:00-14:00"]
    assert shifts(text, "2026-06-01") == ["early 05:00-14:00"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "it has no [[shift]]"),
        ("[[shifts]]", "there is no 'shifts' in a shift plan: shift, holiday, extra_day"),
        ("[shift]\nname = 'a'", "shift is written [[shift]], in two brackets"),
        (changed('"06:00"', '"6:00"'), 'shift "early": from = "6:00" is no time'),
        (changed('"06:00"', '"24:00"'), 'from = "24:00" is no time'),
        (changed('"14:00"', '"14:60"'), 'to = "14:60" is no time: write it as "06:00"'),
        (changed('"14:00"', "14"), "Expected `str`, got `int` (at to)"),
        (changed('"mon"', '"monday"'), 'shift "early": Invalid enum value \'monday\''),
        (changed('["mon", "tue", "wed", "thu", "fri"]', "[]"), "length >= 1 (at days)"),
        (changed('name = "early"', 'title = "early"'), "shift number 1: "),
        (EARLY + "colour = 1", "Object contains unknown field `colour`"),
        (EARLY + 'breaks = [{ from = "13:45", to = "14:15" }]', "lies outside of 06:00 to 14:00"),
        (EARLY + 'breaks = [{ from = "05:00", to = "05:15" }]', "lies outside of 06:00 to 14:00"),
        (EARLY + 'breaks = [{ from = "09:00", to = "10:00" }, { from = "09:30", to = "11:00" }]',
         "two of its breaks overlap"),
        (EARLY + "since = 2026-02-01\nuntil = 2026-01-01", "until = 2026-01-01 is before"),
        (EARLY + "since = 0001-01-01", "lies outside the years 1970 to 8999"),
        (EARLY + "[[holiday]]\ntitle = 'x'", "holiday number 1: Object missing required field"),
        (EARLY + "[[holiday]]\ndate = 2026-01-02\nuntil = 2026-01-01", "is before 2026-01-02"),
        (EARLY + "[[holiday]]\ndate = 2026-01-02\nuntil = 2027-01-02\nyearly = true",
         "shorter than a year"),
        (EARLY + "[[extra_day]]\ndate = 2026-01-03\nlike = 'fri'\nshifts = ['night']",
         'extra_day 2026-01-03: no "night" begins on a fri'),
        (EARLY + "[[extra_day]]\ndate = 2026-01-03\nlike = 'fri'\n" * 2, "is there twice"),
        (EARLY * 101, "there are 101 of [[shift]], and 100 are allowed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, part: str) -> None:
    assert part in refusal(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (EARLY + EARLY, '"early" of Mon'),
        (EARLY + changed('"early"', '"day"').replace("06:00", "13:59"), 'and "day" of Mon'),
        (NIGHT + EARLY.replace('"mon"', '"sat"').replace("06:00", "05:00"), '"early" of Sat'),
        (NIGHT.replace('"fri"', '"sun"') + changed("06:00", "05:30"), '"night" of Sun'),
        (EARLY + changed("06:00", "05:00") + "since = 2026-06-01", '"early" of Mon 2026-06-01'),
        (EARLY + NIGHT + "[[extra_day]]\ndate = 2026-06-06\nlike = 'fri'\n"
         + changed("06:00", "05:00").replace('["mon", "tue", "wed", "thu", "fri"]', '["sat"]')
         + "until = 2020-01-01", "overlap"),
    ],
)  # fmt: skip
def test_two_shifts_at_a_time_are_refused(text: str, part: str) -> None:
    assert part in refusal(text)
    assert refusal(text).endswith("overlap: a moment has one shift")


def test_an_extra_day_may_not_begin_in_the_night_before() -> None:
    text = NIGHT + changed("06:00", "05:00") + "[[extra_day]]\ndate = 2026-06-06\nlike = 'mon'"
    assert '"night" of Fri 2026-06-05 (22:00 to 06:00) and "early" of Sat' in refusal(text)
    assert shifts(text + "\n[[holiday]]\ndate = 2026-06-05", "2026-06-06") == ["early 05:00-14:00"]


text_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.dates() | st.times(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "days", "from", "to", "breaks", "date", "until", "like"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["shift", "holiday", "extra_day", "x"]), text_values))
def test_nothing_in_a_file_is_a_fault_of_ours(table: dict[str, object]) -> None:
    try:
        made = parse(table)
    except ValueError:
        return
    assert all(made.on(date(2026, 6, 1 + n)) is not None for n in range(len(WEEKDAYS)))
