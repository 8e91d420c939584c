"""How far a value is from those just before it: causal, and not moved by one outlier."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.twin.rolling import LEAST_BEFORE, deviations, runs

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=60)


def test_a_golden_row() -> None:
    values = [10.0, 12.0, 11.0, 13.0, 14.0, 20.0, 12.0]
    robust = deviations(values, window=5, robust=True, least=0.1)
    assert robust[:5] == [None] * 5
    assert robust[5] == pytest.approx((20.0 - 12.0) / 1.4826)  # median 12, MAD 1
    plain = deviations(values, window=5, robust=False, least=0.1)
    assert plain[5] == pytest.approx(8.0 / 2.5**0.5)  # mean 12, standard deviation of 5


@given(VALUES, st.lists(st.floats(-1e6, 1e6), max_size=9), st.booleans(), st.integers(5, 20))
def test_what_comes_later_changes_no_score(
    values: list[float | None],
    later: list[float],
    robust: bool,  # noqa: FBT001
    window: int,
) -> None:
    before = deviations(values, window=window, robust=robust, least=1e-6)
    after = deviations([*values, *later], window=window, robust=robust, least=1e-6)
    assert after[: len(values)] == before


@given(st.lists(st.floats(-1e3, 1e3), min_size=9, max_size=40), st.floats(1e4, 1e6))
def test_one_outlier_before_moves_the_robust_one_by_little(
    values: list[float], outlier: float
) -> None:
    spoilt = [*values[:-2], outlier, values[-1]]
    window = len(spoilt)
    [score] = deviations(spoilt, window=window, robust=True, least=1.0)[-1:]
    assert score is not None
    usual = sorted(spoilt[:-1])
    assert abs(score) <= abs(values[-1] - median(usual)) + 1e-6  # its spread is 1 or more


@given(VALUES)
def test_nothing_is_said_of_what_was_not_measured_nor_of_the_first(
    values: list[float | None],
) -> None:
    found = deviations(values, window=10, robust=True, least=0.5)
    measured = 0
    for value, score in zip(values, found, strict=True):
        assert (score is None) == (value is None or measured < LEAST_BEFORE)
        measured += value is not None


def test_runs_are_stretches_without_a_break() -> None:
    assert runs([True, True, False, True, False, False, True]) == [(0, 1), (3, 3), (6, 6)]
    assert runs([]) == []
