"""The slope of Theil and Sen, and what lies beside it."""

import random
from math import inf, isclose
from statistics import fmean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.prognosis.trend import (
    LEAST_POINTS,
    theil_sen,
    trend_of,
    without_outliers,
)
from tests.contract.prognosis.paths import path

GAPS = st.lists(st.floats(0.1, 10.0), min_size=LEAST_POINTS, max_size=40)
SLOPES = st.floats(-5.0, 5.0)


def times(gaps: list[float]) -> list[float]:
    return [sum(gaps[: at + 1]) for at in range(len(gaps))]


@given(gaps=GAPS, slope=SLOPES, start=st.floats(-100.0, 100.0))
def test_of_a_line_it_is_the_slope_and_sure_of_it(
    gaps: list[float], slope: float, start: float
) -> None:
    at_h = times(gaps)
    values = [start + slope * time_h for time_h in at_h]
    trend = trend_of(at_h, values)
    assert trend.slope == pytest.approx(slope, abs=1e-9 * (1.0 + abs(start)))
    assert trend.level == pytest.approx(values[-1], abs=1e-6)


@given(gaps=GAPS, slope=SLOPES, seed=st.integers(0, 1000))
def test_some_odd_points_change_it_little(gaps: list[float], slope: float, seed: int) -> None:
    at_h, rng = times(gaps), random.Random(seed)
    values = [slope * time_h + rng.uniform(-0.01, 0.01) for time_h in at_h]
    for odd in rng.sample(range(len(values)), len(values) // 8):
        values[odd] += rng.choice([-1, 1]) * 1e6
    assert theil_sen(at_h, values) == pytest.approx(slope, abs=0.1)


@given(seed=st.integers(0, 1000), factor=st.floats(0.01, 100.0), shift=st.floats(-100.0, 100.0))
def test_other_units_give_the_same_trend_in_them(seed: int, factor: float, shift: float) -> None:
    values = path(seed, drift=0.01, diffusion=1e-4, noise=0.01, hours=30).values
    at_h = [float(at) for at in range(len(values))]
    one = trend_of(at_h, values)
    other = trend_of(at_h, [factor * value + shift for value in values])
    assert other.slope == pytest.approx(factor * one.slope, rel=1e-6, abs=1e-9)
    assert isclose(other.certainty, one.certainty, rel_tol=1e-4)
    assert len(other.fits) == len(one.fits)


def test_its_variance_is_that_of_many_such_slopes() -> None:
    """Or more: how much of what lies beside the line is noise, and does no harm, nobody knows."""
    at_h = [float(at) for at in range(49)]
    for diffusion, noise in ((1e-4, 0.0), (0.0, 0.05), (1e-4, 0.02)):
        trends = [
            trend_of(at_h, path(seed, drift=0.0, diffusion=diffusion, noise=noise, hours=48).values)
            for seed in range(150)
        ]
        seen = pvariance([trend.slope for trend in trends])
        told = fmean(sum(fit.weight * fit.slope_variance for fit in trend.fits) for trend in trends)
        assert 0.85 * seen < told < 30.0 * seen, (diffusion, noise)


def test_what_never_changes_has_no_slope_and_no_doubt() -> None:
    trend = trend_of([float(at) for at in range(20)], [3.0] * 20)
    assert (trend.slope, trend.level) == (0.0, 3.0)
    assert trend.certainty != inf


def test_too_few_points_are_refused() -> None:
    few = [float(at) for at in range(LEAST_POINTS - 1)]
    with pytest.raises(ValueError, match="needs 12 points"):
        trend_of(few, few)


def test_a_spike_is_no_point_of_a_trend_and_a_step_is() -> None:
    rng = random.Random(1)
    values = [rng.gauss(1.0, 0.01) + (0.5 if at >= 20 else 0.0) for at in range(40)]
    values[10] = 4.0
    kept, _ = without_outliers([float(at) for at in range(40)], values)
    assert 10.0 not in kept
    assert len(kept) >= 38
