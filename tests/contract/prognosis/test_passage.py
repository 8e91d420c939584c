"""When a trend first passes its end."""

import random
from math import inf, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import invgauss

from contract.prognosis.passage import passed, quantile
from contract.prognosis.trend import Fit, Trend
from tests.contract.prognosis.paths import path


def known(drift: float, diffusion: float, slope_variance: float = 0.0) -> Trend:
    fit = Fit(1.0, diffusion, 0.0, 0.0, slope_variance, 0.0)
    return Trend(drift, (fit,), 100.0, 50, 0.0)


@given(
    drift=st.floats(0.01, 10.0),
    diffusion=st.floats(1e-4, 10.0),
    end=st.floats(0.1, 10.0),
    hours=st.floats(0.01, 1000.0),
)
def test_where_all_is_known_it_is_inverse_gaussian(
    drift: float, diffusion: float, end: float, hours: float
) -> None:
    mean, shape = end / drift, end**2 / diffusion
    assert passed(known(drift, diffusion), end, hours) == pytest.approx(
        invgauss.cdf(hours, mean / shape, scale=shape), abs=1e-7
    )


def test_where_the_drift_is_in_doubt_it_is_the_mean_over_drifts() -> None:
    rng, doubt = random.Random(1), 0.004
    drifts = [rng.gauss(0.01, doubt) for _ in range(20_000)]
    for hours in (30.0, 100.0, 300.0):
        told = passed(known(0.01, 1e-3, doubt**2), 1.0, hours)
        mean = sum(passed(known(drift, 1e-3), 1.0, hours) for drift in drifts) / len(drifts)
        assert told == pytest.approx(mean, abs=0.01)


TRENDS = st.builds(
    lambda slope, diffusion, level, variances, lag_h: Trend(
        slope, (Fit(1.0, diffusion, level, variances[0], variances[1], lag_h),), 100.0, 50, 0.0
    ),
    slope=st.floats(0.001, 1.0),
    diffusion=st.floats(0.0, 0.1),
    level=st.floats(-1.0, 0.9),
    variances=st.tuples(st.floats(0.0, 0.01), st.floats(0.0, 1e-4)),
    lag_h=st.floats(0.0, 50.0),
)


@given(trend=TRENDS, share=st.floats(0.02, 0.98))
def test_a_quantile_is_when_its_share_has_passed(trend: Trend, share: float) -> None:
    hours = quantile(trend, 1.0, share)
    assume(0.0 < hours < inf)
    assert passed(trend, 1.0, hours * 1.001) >= share - 1e-9


@given(trend=TRENDS)
def test_quantiles_are_in_order(trend: Trend) -> None:
    found = [quantile(trend, 1.0, share) for share in (0.05, 0.1, 0.5, 0.9, 0.95)]
    assert found == sorted(found)
    assert all(hours >= 0.0 for hours in found)


def test_what_may_never_come_has_no_bound() -> None:
    assert quantile(known(0.01, 1e-3, 0.01**2), 1.0, 0.95) == inf
    assert quantile(known(-0.01, 1e-3), 1.0, 0.5) == inf


def test_a_share_is_one() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(known(0.01, 1e-3), 1.0, 1.0)


def test_simulated_ways_pass_when_it_says() -> None:
    trend = known(0.01, 2e-3)
    times = [path(seed, drift=0.01, diffusion=2e-3, noise=0.0, hours=400) for seed in range(400)]
    for hours in (50.0, 100.0, 200.0):
        share = sum((each.passed_h or inf) <= hours for each in times) / len(times)
        assert share == pytest.approx(passed(trend, 1.0, hours), abs=3.0 * sqrt(0.25 / 400) + 0.02)
