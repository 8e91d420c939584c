"""What holds between the figures of a dispenser, and the pits of such figures."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from contract.assets.dispenser import ASSET
from contract.language.planned import NOTHING_PLANNED, told
from contract.language.sums import merged
from contract.shifts import NO_PLAN, PlannedTime
from tests.contract.assets.water import (
    GOLDEN,
    KPIS,
    PROGRAM,
    SERVICES,
    Readings,
    Service,
    answers,
    days,
    figures,
    fold,
    reading,
    ten_minutes,
)


def test_the_descaling_is_due_after_two_thousand_litres() -> None:
    assert figures(ten_minutes()).service("descaling").value == pytest.approx(0.5 / 2000)


@pytest.mark.parametrize("name", GOLDEN)
def test_every_figure_says_where_its_definition_is_from(name: str) -> None:
    assert KPIS[name].source


# ---------------------------------------------------------------- what holds for any readings


@given(days())
def test_oee_of_the_sums_is_availability_times_performance_times_quality(
    day: tuple[Readings, list[Service]],
) -> None:
    found = figures(*day)
    a, p, q, oee = (
        found.kpi(f"{name}_percent").value
        for name in ("availability", "performance", "quality", "oee")
    )
    litres = found.kpi("dispensed_l").value
    if a is None or p is None or q is None or litres is None:
        assert oee is None
        return
    assert oee == pytest.approx(a / 100 * p / 100 * q / 100 * 100, abs=1e-9)
    # And from the sums themselves, without a figure between.
    at, (sums, _) = PROGRAM.layout.at, fold(day[0])
    measured_s = (sums[at["full_ms"]] + sums[at["rest_ms"]]) / 1000
    expected_l = 0.008 / 60 * 12 * (measured_s + sums[at["gap_ms"]] / 1000)
    up_s, right_s = a / 100 * measured_s, q / 100 * measured_s
    assert oee == pytest.approx(100 * up_s * litres * right_s / (measured_s**2 * expected_l))


# ---------------------------------------------------------------- the pits


def still(seconds: int, **values: float | str) -> Readings:
    return [(at * 1000, reading(**values)) for at in range(seconds + 1)]


def test_without_a_failure_there_is_no_time_between_them_but_a_least_one() -> None:
    found = figures(still(3 * 3600))
    mtbf = found.kpi("mtbf_h")
    assert (mtbf.value, mtbf.high) == (None, None)
    assert mtbf.low == pytest.approx(1.0)  # 3 h / 3.0
    assert found.kpi("mttr_min").value is None
    assert found.kpi("failures").value == 0


def test_without_a_plan_there_is_no_availability_and_no_oee_and_it_is_said_why() -> None:
    found = figures(ten_minutes(), SERVICES)
    for name in KPIS:
        answer, reason, _ = told(
            KPIS[name], whole=found, planned=None, time=PlannedTime(None, NO_PLAN)
        )
        if name in ("availability_percent", "oee_percent"):
            assert (answer.value, answer.low, answer.high) == (None, None, None)
            assert reason == "no plan"
        else:
            assert answer.value == pytest.approx(GOLDEN[name])
            assert reason is None


def test_where_nothing_was_planned_availability_is_null_and_not_whole() -> None:
    nothing = answers(PROGRAM.zero())
    answer, reason, _ = told(
        KPIS["availability_percent"],
        whole=figures(ten_minutes()),
        planned=nothing,
        time=PlannedTime(0),
    )
    assert answer.value is None
    assert reason == NOTHING_PLANNED


def test_figures_of_planned_time_are_of_that_time_alone() -> None:
    readings = ten_minutes()
    before, memory = fold(readings[:301])
    planned, _ = fold(readings[301:], memory=memory)  # from the moment it went out of order
    whole = answers(merged(PROGRAM.layout, [before, planned]))
    answer, reason, _ = told(
        KPIS["availability_percent"],
        whole=whole,
        planned=answers(planned),
        time=PlannedTime(300_000),
    )
    assert answer.value == pytest.approx(80.0)  # 60 of 300 s out of order
    assert reason is None


def test_performance_above_what_is_expected_is_shown_as_it_is() -> None:
    performance = figures(ten_minutes(), users=4.0).kpi("performance_percent")
    assert performance.value == pytest.approx(156.25)  # 0.5 of 0.32 L
    goal = KPIS["performance_percent"].goal
    assert goal is not None
    assert goal.at_most == 100.0


def test_nobody_is_expected_and_performance_is_null() -> None:
    assert figures(ten_minutes(), users=0.0).kpi("performance_percent").value is None


def test_a_counter_that_begins_anew_at_zero_takes_nothing_away() -> None:
    litres = [100.0, 100.2, 0.0, 0.1, 0.3]
    found = figures([(at * 1000, reading(litres=x)) for at, x in enumerate(litres)])
    assert found.kpi("dispensed_l").value == pytest.approx(0.5)


def test_a_meter_that_goes_round_goes_on() -> None:
    energies = [999.998, 999.999, 0.0, 0.001]
    found = figures([(at * 1000, reading(energy=x)) for at, x in enumerate(energies)])
    assert found.kpi("energy_kwh").value == pytest.approx(0.003)


def test_a_meter_that_is_replaced_by_a_used_one_has_not_used_what_that_shows() -> None:
    energies = [5.000, 5.001, 700.0, 700.001]
    found = figures([(at * 1000, reading(energy=x)) for at, x in enumerate(energies)])
    assert found.kpi("energy_kwh").value == pytest.approx(0.002)


def test_counters_are_told_over_a_gap_and_what_was_not_measured_widens_the_rest() -> None:
    readings = ten_minutes()
    found = figures([*readings[:200], *readings[500:]], SERVICES)
    assert found.kpi("energy_kwh").value == pytest.approx(GOLDEN["energy_kwh"])
    litres = found.kpi("dispensed_l")
    assert litres.value == litres.low == litres.high == pytest.approx(0.5)
    performance = found.kpi("performance_percent")
    assert performance.value == performance.low == pytest.approx(GOLDEN["performance_percent"])
    for name in ("availability_percent", "quality_percent", "idle_energy_kwh"):
        answer = found.kpi(name)
        assert answer.low is not None
        assert answer.high is not None
        assert answer.low - 1e-9 <= GOLDEN[name] <= answer.high + 1e-9, name
        assert answer.coverage == pytest.approx(299 / 600, abs=0.002)


def test_states_share_the_time_among_them() -> None:
    layout, (sums, _) = PROGRAM.layout, fold(ten_minutes())
    found = answers(sums)
    down_s = 60.0 * found.kpi("mttr_min").value  # type: ignore[operator]
    up_s = 3600.0 * found.kpi("mtbf_h").value  # type: ignore[operator]
    assert down_s + up_s == pytest.approx(sums[layout.at["full_ms"]] / 1000) == 600


def test_a_failure_across_the_end_of_a_shift_is_one_failure_and_all_of_its_time() -> None:
    readings = ten_minutes()
    early, memory = fold(readings[:331])  # the shift ends half a minute into the failure
    late, _ = fold(readings[331:], memory=memory)
    one, other = answers(early), answers(late)
    assert (one.kpi("failures").value, other.kpi("failures").value) == (1, 0)
    assert one.kpi("mttr_min").value == pytest.approx(0.5)
    assert other.kpi("availability_percent").value == pytest.approx(100 * 240 / 270)
    assert other.kpi("mttr_min").value is None
    whole = answers(merged(PROGRAM.layout, [early, late]))
    assert whole.kpi("mttr_min").value == pytest.approx(1.0)


def test_the_oee_of_two_machines_is_that_of_their_sums_and_not_a_mean() -> None:
    busy, _ = fold(ten_minutes())
    idle, _ = fold(still(600))
    both = answers(merged(PROGRAM.layout, [busy, idle]))
    # 1140 of 1200 s up; 0.5 L of 1.92; 1140 of 1200 s within the tolerance
    assert both.kpi("oee_percent").value == pytest.approx(100 * 0.95 * 0.5 / 1.92 * 0.95)
    assert both.kpi("oee_percent").value != pytest.approx((GOLDEN["oee_percent"] + 0) / 2)


def test_a_service_told_late_counts_to_the_minute_it_was_in() -> None:
    minute, _ = fold(ten_minutes()[:61])
    late, _ = fold([], SERVICES[:1])
    restated = answers(merged(PROGRAM.layout, [minute, late]))
    assert answers(minute).kpi("services").value == 0
    assert restated.kpi("services").value == 1
    assert restated.kpi("full_quality_percent").value == 100


@pytest.mark.parametrize(
    ("waits", "expected_s"),
    [
        ([1.0] * 20, 3),
        ([3.0] * 19 + [9.0], 3),  # 19 of 20 are 95 %
        ([3.0] * 18 + [9.0] * 2, 12),
        ([8.0], 8),
        ([8.01], 12),
        ([99.0], 30),
    ],
)
def test_95_percent_of_the_services_took_so_long_at_most(
    waits: list[float], expected_s: float
) -> None:
    found = figures(still(60), [Service(wait, 0.2, 80.0, 1) for wait in waits])
    assert found.kpi("response_95_s").value == pytest.approx(expected_s)


def test_the_params_of_money_and_carbon_are_dated() -> None:
    for name in ("price_per_kwh", "co2_per_kwh"):
        param = next(param for param in ASSET.params if param.name == name)
        assert datetime.fromisoformat(param.valid_from).replace(tzinfo=UTC).year >= 2025
        assert param.source
