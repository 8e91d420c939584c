"""KPI rules against figures worked out by hand."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from contract.assets.words import Asset
from gateway.twin import kpi, trends
from gateway.twin.formulas import formulas_of
from gateway.twin.kpi import Figure, Moment
from gateway.twin.ledger import ledger_of
from tests.gateway.builders import DRILL, FACTORS

FAN = assets.get("fan")
TURNING = {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
RATED = {"heat": 40.0, "turns": 1000.0, "amps": 1.0}


def moment(asset: Asset = DRILL, **fields: Any) -> Moment:
    """A drill as rated, watched for two hours without a gap."""
    usual: dict[str, Any] = {
        "asset": asset,
        "formulas": formulas_of(asset),
        "work_out": formulas_of(asset).at({}),
        "bills": {},
        "sums": ledger_of(asset).zero(),
        "values": RATED,
        "fresh": True,
        "stopped": False,
        "measured_ms": 7_200_000,
        "elapsed_ms": 7_200_000,
        "span_ms": 10_000,
        "gap_ms": 2_000,
        "recent_ms": [0],
        "worst_alarm": "None",
        "suspicion": 0.0,
        "channels": asset.channels,
    }
    chosen = usual | fields
    seen = {name: [value] for name, value in chosen["values"].items()}
    return Moment(**{"recent": seen} | chosen)


def with_values(**values: float) -> Moment:
    return moment(values=RATED | values)


# ---------------------------------------------------------------- coverage


@pytest.mark.parametrize("rule", [kpi.thermal_efficiency_index, kpi.health])
def test_what_speaks_of_now_has_no_coverage_once_it_is_old(rule: Any) -> None:
    assert rule(moment()).coverage == 1.0
    assert rule(moment(fresh=False)).coverage == 0.0


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_coverage_is_a_share(measured_ms: int, elapsed_ms: int) -> None:
    assert 0.0 <= kpi.coverage(measured_ms, elapsed_ms) <= 1.0


# ---------------------------------------------------------------- cooling rate


def falling(count: int, step_ms: int) -> Moment:
    """Readings ``step_ms`` apart while it cools at 0.1 °C/s."""
    times_ms = [1.7e12 + at * step_ms for at in range(count)]
    heats = [60.0 - 1e-4 * at * step_ms for at in range(count)]
    return moment(recent_ms=times_ms, recent={"heat": heats})


def test_cooling_is_positive_and_in_degrees_a_minute() -> None:
    rate = kpi.cooling_rate(falling(51, 200))
    assert rate.value == pytest.approx(6.0)
    assert rate.coverage == pytest.approx(1.0)


def test_two_seconds_of_readings_are_just_enough() -> None:
    assert kpi.cooling_rate(falling(5, 500)).value == pytest.approx(6.0)
    assert kpi.cooling_rate(falling(5, 499)).value is None


def test_cooling_rate_of_half_the_time_covers_half() -> None:
    assert kpi.cooling_rate(falling(26, 200)).coverage == pytest.approx(0.5)


def test_gap_is_not_covered() -> None:
    times_ms = [0.0, 1000.0, 2000.0, 8000.0, 9000.0, 10000.0]
    rate = kpi.cooling_rate(moment(recent_ms=times_ms, recent={"heat": [20.0] * 6}))
    assert rate.value == pytest.approx(0.0)
    assert rate.coverage == pytest.approx(0.4)


@pytest.mark.parametrize("readings", [falling(4, 1000), falling(10, 200), moment()])
def test_cooling_rate_of_too_little_cannot_be_told(readings: Moment) -> None:
    assert kpi.cooling_rate(readings) == Figure(None, 0.0)


@given(
    st.floats(-5, 5),
    st.floats(-100, 100),
    st.lists(st.integers(0, 60_000), min_size=2, max_size=40, unique=True),
)
def test_slope_of_a_line_is_its_slope(slope: float, offset: float, xs: list[int]) -> None:
    times_ms = [1.7e12 + x for x in xs]
    assert trends.slope(times_ms, [offset + slope * x for x in xs]) == pytest.approx(
        slope, abs=1e-6
    )


def test_slope_at_one_time_is_flat() -> None:
    assert trends.slope([5.0, 5.0], [1.0, 2.0]) == 0.0


# ---------------------------------------------------------------- thermal efficiency index


def index(**values: float) -> float | None:
    asked = with_values(**values)
    power_w = 24.0 * asked.values["amps"]
    return kpi.thermal_efficiency_index(asked, power_w).value


def test_index_as_rated_is_one() -> None:
    assert index() == pytest.approx(1.0)
    assert index(ambient=20.0) == pytest.approx(1.0)


def test_index_halves_when_it_rises_twice_as_much_or_draws_twice_as_much() -> None:
    assert index(heat=60.0) == pytest.approx(0.5)
    assert index(amps=2.0) == pytest.approx(0.5)


def test_index_allows_for_speed() -> None:
    """At half speed: rise x 2^0.8, power x 1/4."""
    assert index(turns=500.0, heat=20.0 + 20.0 * 2**0.8, amps=0.25) == pytest.approx(1.0)


def test_index_takes_the_measured_ambient() -> None:
    assert index(ambient=30.0) == pytest.approx(2.0)
    assert index(ambient=25.0) == pytest.approx(4 / 3)


def test_index_without_rated_power_judges_the_rise_alone() -> None:
    assert DRILL.thermal is not None
    thermal = dataclasses.replace(DRILL.thermal, rated_power_w=None)
    asset = dataclasses.replace(DRILL, thermal=thermal)
    assert kpi.thermal_efficiency_index(moment(asset), 72.0).value == pytest.approx(1.0)


def test_index_of_a_type_that_tells_no_power_judges_the_rise_alone() -> None:
    hot = with_values(heat=60.0)
    assert kpi.thermal_efficiency_index(hot).value == pytest.approx(0.5)


@pytest.mark.parametrize(
    "values", [{"heat": 21.9}, {"heat": 10.0}, {"turns": 0.0}, {"turns": 200.0}]
)
def test_index_cannot_be_told_at_rest_or_with_hardly_a_rise(values: dict[str, float]) -> None:
    assert index(**values) is None


def test_index_without_a_thermal_model_cannot_be_told() -> None:
    assert (
        kpi.thermal_efficiency_index(moment(dataclasses.replace(DRILL, thermal=None))).value is None
    )


@given(st.floats(-40, 150), st.floats(0, 6000), st.floats(0, 20))
def test_index_stays_within_its_scale(heat: float, turns: float, amps: float) -> None:
    value = index(heat=heat, turns=turns, amps=amps)
    assert value is None or 0.0 <= value <= 2.0


# ---------------------------------------------------------------- health


def health(**fields: Any) -> float | None:
    return kpi.health(moment(**fields)).value


def test_health_of_a_normal_machine_is_full() -> None:
    assert health() == 100.0


def test_health_falls_with_the_worst_margin() -> None:
    assert health(values=RATED | {"heat": 60.0}) == pytest.approx(85.0)  # half way from 50 to 70
    assert health(values=RATED | {"turns": 550.0}) == pytest.approx(85.0)  # from 800 to 300
    assert health(values=RATED | {"heat": 60.0, "turns": 300.0}) == pytest.approx(70.0)


def test_health_remembers_the_worst_of_the_last_seconds() -> None:
    recent = {"heat": [40.0, 60.0, 40.0], "turns": [1000.0] * 3}
    assert health(recent=recent) == pytest.approx(85.0)


def test_health_leaves_out_what_was_not_measured() -> None:
    limited = dataclasses.replace(DRILL.by_name["heat"], optional=True)
    assert kpi.margin_used(limited, limited.limits[0], [math.nan, 60.0]) == pytest.approx(0.5)
    assert kpi.margin_used(limited, limited.limits[0], [math.nan]) == 0.0


def test_health_falls_with_the_larger_of_alarm_and_diagnosis() -> None:
    assert health(worst_alarm="Medium") == 70.0
    jam = kpi.suspicion(severity="High", confidence=0.8)
    assert health(worst_alarm="Medium", suspicion=jam) == pytest.approx(60.0)
    assert health(worst_alarm="High", suspicion=jam) == pytest.approx(50.0)


def test_health_of_the_worst_machine_is_none_left() -> None:
    assert health(values=RATED | {"heat": 150.0}, worst_alarm="Critical") == pytest.approx(0.0)


@given(
    st.fixed_dictionaries(
        {"heat": st.floats(-40, 150), "turns": st.floats(0, 6000), "amps": st.floats(0, 20)}
    ),
    st.sampled_from(["None", "Low", "Medium", "High", "Critical"]),
    st.floats(0, 1),
)
def test_health_is_a_percentage(values: dict[str, float], severity: str, confidence: float) -> None:
    suspicion = kpi.suspicion(severity=severity, confidence=confidence)
    value = health(values=values, worst_alarm=severity, suspicion=suspicion)
    assert value is not None
    assert 0.0 <= value <= 100.0


# ---------------------------------------------------------------- all of them


def test_figures_have_the_units_of_the_catalogue_and_the_site() -> None:
    found = kpi.figures(DRILL, moment=moment(), factors=FACTORS)
    assert list(found) == [entry.name for entry in DRILL.kpis]
    assert found["energy_wh"].unit == "Wh"
    assert found["cost"].unit == "EUR"


def test_a_figure_of_planned_time_is_no_figure_of_the_moment() -> None:
    planned = tuple(
        dataclasses.replace(entry, planned=True) if entry.name == "energy_wh" else entry
        for entry in FAN.kpis
    )
    fan = dataclasses.replace(FAN, kpis=planned)
    found = kpi.figures(fan, moment=moment(fan, values=TURNING), factors=FACTORS)
    assert (found["energy_wh"].value, found["energy_wh"].coverage) == (None, 0.0)
    assert found["power_w"].value == 12.0


def test_figures_before_the_first_reading_are_unknown() -> None:
    found = kpi.figures(DRILL, moment=None, factors=FACTORS)
    assert {(figure.value, figure.coverage) for figure in found.values()} == {(None, 0.0)}
