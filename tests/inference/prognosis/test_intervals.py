"""Intervals hold what they promise on machines that nobody has seen, near the end as well."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadDataset
from inference.prognosis.intervals import calibrated
from inference.prognosis.lives import Array, Indices
from inference.prognosis.scores import by_horizon, figures


def asked(machines: int, rng: np.random.Generator, times: int = 8) -> tuple[Array, Array, Indices]:
    """Predictions that are off by machine, the more the more is left; not evenly to both sides."""
    true = rng.uniform(0.05, 0.9, (machines, times))
    of_machine = rng.gamma(2.0, 0.5, (machines, 1)) - 1.0
    predicted = true * (1.0 + 0.25 * of_machine) + rng.normal(0.0, 0.01, true.shape)
    return predicted.ravel(), true.ravel(), np.repeat(np.arange(machines), times)


def test_what_is_promised_is_kept_on_other_machines() -> None:
    rng = np.random.default_rng(7)
    covered: dict[float, list[float]] = {0.8: [], 0.9: []}
    for _ in range(200):
        calibration = calibrated(*asked(40, rng))
        predicted, true, _ = asked(40, rng, times=1)
        for share, low, high in calibration.bands(predicted):
            covered[share].append(float(((low <= true) & (true <= high)).mean()))
    for share, found in covered.items():
        assert share - 0.01 <= np.mean(found) <= share + 0.06, (share, np.mean(found))


def test_intervals_are_narrow_where_little_is_left() -> None:
    calibration = calibrated(*asked(60, np.random.default_rng(3)))
    [(_, low, high), _] = calibration.bands(np.array([0.1, 0.8]))
    assert high[0] - low[0] < 0.4 * (high[1] - low[1])


@given(st.integers(0, 2**32 - 1))
def test_a_larger_share_is_wider_and_all_are_within_the_horizon(seed: int) -> None:
    rng = np.random.default_rng(seed)
    calibration = calibrated(*asked(25, rng))
    (_, low, high), (_, lower, higher) = calibration.bands(rng.uniform(0.0, 1.0, 50))
    assert (lower <= low).all()
    assert (high <= higher).all()
    assert (lower >= 0.0).all()
    assert (higher <= 1.0).all()


def test_of_few_machines_less_is_promised_and_of_fewer_nothing() -> None:
    rng = np.random.default_rng(5)
    assert calibrated(*asked(19, rng)).shares == [0.8, 0.9]
    assert calibrated(*asked(18, rng)).shares == [0.8]
    assert calibrated(*asked(9, rng)).shares == [0.8]
    with pytest.raises(BadDataset, match=r"8 machines are too few .* wants 9 at least"):
        calibrated(*asked(8, rng))


def test_figures_are_those_of_the_formulas() -> None:
    predicted, true = np.array([20.0, 5.0]), np.array([10.0, 18.0])
    bands = [(0.8, np.array([9.0, 1.0]), np.array([25.0, 17.0]))]
    found = figures(predicted, true, bands, weights=np.ones(2))
    assert found.rmse == pytest.approx(np.sqrt((10.0**2 + 13.0**2) / 2.0))
    assert found.score == pytest.approx(100.0 * (np.e - 1.0))  # each costs e - 1: late 10, early 13
    assert found.bias == pytest.approx(-1.5)
    assert (found.held[0].coverage, found.held[0].width) == (0.5, 16.0)
    heavy = figures(predicted, true, bands, weights=np.array([3.0, 1.0]))
    assert heavy.held[0].coverage == 0.75


def test_each_prediction_is_in_one_stretch() -> None:
    true = np.array([0.0, 24.0, 25.0, 60.0, 125.0, 125.0])
    found = by_horizon(true, true, weights=np.ones(6), horizon=125.0, bands=())
    assert [(one.from_left, one.figures.predictions) for one in found] == [
        (0.0, 2), (25.0, 1), (50.0, 1), (125.0, 2),
    ]  # fmt: skip
