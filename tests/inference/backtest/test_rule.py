"""When the next model is worse: beyond what chance does, on the same readings."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.backtest import rule
from inference.backtest.findings import Answered, OnVerdicts
from inference.backtest.sample import Sample, Spell

Delays = tuple[float | None, float | None]


def sample(
    *delays: Delays, false: tuple[int, int] = (0, 0), hours: float = 168.0, fault: str = "leak"
) -> Sample:
    found = Sample(models=2, machines=1, healthy_h=hours)
    found.spells = [Spell(fault=fault, delays_s=each) for each in delays]
    found.false_alarms = [Counter({"unknown": count}) for count in false]
    return found


def of_week(one: Sample) -> tuple[str, ...]:
    return rule.worse(week=one, recordings=None, verdicts=None)


@pytest.mark.parametrize(("false", "is_worse"), [
    ((0, 0), False), ((0, 4), False), ((0, 5), True), ((5, 0), False), ((20, 25), True),
    ((3, 6), False), ((30, 31), True),
])  # fmt: skip
def test_more_false_alarms_than_chance_or_more_than_one_a_day(
    false: tuple[int, int], *, is_worse: bool
) -> None:
    found = of_week(sample(false=false))
    assert bool(found) == is_worse
    if found:
        assert found == (
            f"it raises {false[1]} false alarms, the present one {false[0]} in the simulated week",
        )


def test_more_that_is_missed_than_chance() -> None:
    both: list[Delays] = [(5.0, 5.0)] * 40
    assert not of_week(sample(*both, *[(5.0, None)] * 4))
    assert of_week(sample(*both, *[(5.0, None)] * 5)) == (
        "it misses 5 faults that the present one finds, and finds 0 others in the simulated week",
    )
    assert not of_week(sample(*both, *[(5.0, None)] * 5, *[(None, 5.0)] * 3))
    assert not of_week(sample(*both, *[(None, 5.0)] * 9)), "what it finds more is no worse"


def test_one_fault_that_is_lost_is_worse_though_others_are_won() -> None:
    found = sample(*[(5.0, None)] * 8)
    found.spells += [Spell(fault="scale", delays_s=(None, 5.0)) for _ in range(8)]
    (said,) = of_week(found)
    assert said.startswith("it misses leak 8 times where the present one finds it")


def test_later_alarms_beyond_a_tenth_and_chance() -> None:
    assert not of_week(sample(*[(30.0, 32.9)] * 40)), "within a tenth"
    assert not of_week(sample(*[(2.0, 2.9)] * 40)), "within a second"
    assert not of_week(sample(*[(30.0, 40.0)] * 3)), "three may be chance"
    (said,) = of_week(sample(*[(30.0, 40.0)] * 40))
    assert said.startswith("it alarms half of leak within 40.0 s, the present one within 30.0 s")
    assert not of_week(sample(*[(40.0, 30.0)] * 40)), "sooner is no worse"


def verdicts(*answers: tuple[str, str]) -> OnVerdicts:
    return OnVerdicts(
        answered=[
            Answered(key=str(at), verdict="right", asked="leak", present=before, next=after)
            for at, (before, after) in enumerate(answers)
        ],
        left_out=0,
        unusable=0,
    )


@pytest.mark.parametrize(("lost", "won", "is_worse"), [
    (0, 0, False), (1, 0, False), (2, 0, True), (2, 1, False), (3, 1, False), (4, 1, True),
    (0, 3, False),
])  # fmt: skip
def test_what_people_said_has_less_room(lost: int, won: int, *, is_worse: bool) -> None:
    found = rule.worse(
        week=None,
        recordings=None,
        verdicts=verdicts(
            *[("leak", "normal")] * lost, *[("normal", "leak")] * won, ("leak", "leak")
        ),
    )
    assert bool(found) == is_worse
    if found:
        assert f"it agrees with {won + 1} of {lost + won + 1} verdicts" in found[0]


@given(
    st.lists(st.tuples(st.none() | st.floats(0, 600), st.none() | st.floats(0, 600)), max_size=60),
    st.tuples(st.integers(0, 50), st.integers(0, 50)),
)
def test_of_two_models_one_at_most_is_worse_in_each_way(
    delays: list[Delays], false: tuple[int, int]
) -> None:
    one = sample(*delays, false=false)
    other = sample(*[(after, before) for before, after in delays], false=false[::-1])
    ways = [{said.split()[1] for said in of_week(each)} for each in (one, other)]
    assert not ways[0] & ways[1]


@given(st.lists(st.none() | st.floats(0, 600), max_size=60), st.integers(0, 500))
def test_a_model_is_never_worse_than_itself(delays: list[float | None], false: int) -> None:
    assert not of_week(sample(*[(each, each) for each in delays], false=(false, false)))
