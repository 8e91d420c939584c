"""Parts together: what adds up is added, ratios are of sums, and silence is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.language.adding import adds_up
from contract.language.answers import Answers
from contract.language.parts import Part, answers_of
from contract.language.reasons import NOT_MEASURED
from contract.language.totals import Totals
from tests.contract.assets.water import KPIS, PROGRAM, Readings, fold, ten_minutes

DEFAULTS = PROGRAM.defaults()
TREES = PROGRAM.formulas.kpis
MINUTE_MS = 60_000


def parts(*starts: int, **params: tuple[float, ...]) -> list[Part]:
    """The ten minutes, cut at these seconds; each part with its own of ``params``."""
    readings, found, memory = ten_minutes(), [], None
    for place, (start, end) in enumerate(zip((0, *starts), (*starts, 601), strict=True)):
        sums, memory = fold(readings[start:end], memory=memory)
        own = {name: values[place] for name, values in params.items()}
        found.append(Part(sums, DEFAULTS | own, 1000 * (min(end, 600) - start)))
    return found


def value(answers: Answers, name: str) -> float:
    found = answers.kpi(name).value
    assert found is not None, answers.reason(name)
    return found


def test_which_figures_add_up() -> None:
    added = {name for name, tree in TREES.items() if adds_up(tree, TREES)}
    assert added == {
        "energy_kwh",
        "cost",
        "co2_g",
        "dispensed_l",
        "idle_energy_kwh",
        "services",
        "failures",
    }


@pytest.mark.slow
@given(st.lists(st.integers(1, 600), max_size=4, unique=True).map(sorted))
def test_parts_with_the_same_parameters_are_one(cuts: list[int]) -> None:
    whole, cut = answers_of(PROGRAM, parts()), answers_of(PROGRAM, parts(*cuts))
    for name in KPIS:
        one, other = whole.kpi(name), cut.kpi(name)
        for ours, theirs in zip(one, other, strict=True):
            assert ours == pytest.approx(theirs), name


@given(
    st.lists(st.integers(1, 600), min_size=2, max_size=2, unique=True).map(sorted),
    st.tuples(*[st.floats(0.01, 10.0)] * 3),
)
def test_money_of_all_is_the_sum_of_the_parts(cuts: list[int], prices: tuple[float, ...]) -> None:
    found = parts(*cuts, price_per_kwh=prices)
    total = sum(answers_of(PROGRAM, [part]).kpi("cost").value or 0.0 for part in found)
    assert value(answers_of(PROGRAM, found), "cost") == pytest.approx(total)


@given(st.integers(1, 600), st.tuples(*[st.floats(0.1, 100.0)] * 2))
def test_a_value_lies_within_its_bounds_whatever_changes(
    cut: int, users: tuple[float, ...]
) -> None:
    answers = answers_of(PROGRAM, parts(cut, users=users, wait_step=users, rated_flow=users))
    for name in KPIS:
        found = answers.kpi(name)
        if found.value is not None:
            slack = 1e-9 * (1.0 + abs(found.value))
            assert found.low is None or found.low <= found.value + slack, name
            assert found.high is None or found.value - slack <= found.high, name


def test_a_part_in_which_nothing_was_measured_takes_nothing_away() -> None:
    silent = Part(PROGRAM.zero(), DEFAULTS | {"price_per_kwh": 9.0}, 100_000)
    found = answers_of(PROGRAM, [*parts(), silent]).kpi("cost")
    assert found.value == pytest.approx(0.03 * 0.2635)
    assert found.low == pytest.approx(found.value)
    assert found.high == pytest.approx(0.03 * 0.2635 + 100 * 0.0015 * 9.0)


def test_of_silent_parts_alone_nothing_is_told() -> None:
    silent = [Part(PROGRAM.zero(), DEFAULTS | {"users": users}, 100_000) for users in (1.0, 2.0)]
    answers = answers_of(PROGRAM, silent)
    for name in ("cost", "performance_percent", "services", "flowing_percent"):
        assert answers.kpi(name).value is None
        assert answers.reason(name) == NOT_MEASURED


# ---------------------------------------------------------------- silence


def over(readings: Readings, elapsed_ms: int) -> Answers:
    sums, _ = fold(readings)
    return Answers(PROGRAM, Totals.over(PROGRAM, sums, DEFAULTS, elapsed_ms), DEFAULTS)


def test_behind_the_last_reading_a_meter_may_have_run_as_fast_as_it_can() -> None:
    energy = over(ten_minutes(), 20 * MINUTE_MS).kpi("energy_kwh")
    assert energy.value == energy.low == pytest.approx(0.03)
    assert energy.high == pytest.approx(0.03 + 600 * 0.0015)
    assert energy.coverage == pytest.approx(0.5)
    services = over(ten_minutes(), 20 * MINUTE_MS).kpi("services")
    assert (services.value, services.low, services.high) == (0, 0, 601)


def test_a_reading_that_is_hardly_due_is_not_missed() -> None:
    energy = over(ten_minutes(), 601_500).kpi("energy_kwh")
    assert energy.value == energy.low == energy.high
    assert energy.coverage == 1.0


def test_what_a_meter_tells_of_a_gap_that_began_before_may_be_of_before() -> None:
    readings = [(at_ms + 3_600_000 if at_ms else 0, values) for at_ms, values in ten_minutes()]
    found = over(readings, 10 * MINUTE_MS)
    energy = found.kpi("energy_kwh")
    assert energy.value == energy.high == pytest.approx(0.03)
    assert energy.low == 0.0
    assert found.kpi("flowing_percent").coverage == pytest.approx(1.0, abs=0.01)
