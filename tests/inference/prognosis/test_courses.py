"""What is shown of a life: nothing of it knows what comes later."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadDataset
from inference.prognosis import courses, preparation
from inference.prognosis.lives import Life, stepped
from tests.inference.prognosis import wearing


def test_a_line_is_found_in_any_window() -> None:
    rows = np.stack([3.0 + 0.5 * np.arange(40.0), 1e6 - np.arange(40.0)], axis=1)
    found = courses.window(rows, 10)
    np.testing.assert_allclose(found.slope[2:], np.tile([0.5, -1.0], (38, 1)), atol=1e-9)
    np.testing.assert_allclose(found.scatter, 0.0, atol=1e-4)


def test_scatter_is_about_the_line() -> None:
    noise = np.random.default_rng(1).normal(0.0, 2.0, (4_000, 1))
    found = courses.window(0.1 * np.arange(4_000.0)[:, None] + noise, 2_000)
    assert found.scatter[-1, 0] == pytest.approx(2.0, rel=0.1)


def test_means_follow_with_their_weights() -> None:
    rows = np.array([[1.0], [2.0], [4.0]])
    kept = 0.5  # of span 3
    expected = (4.0 + kept * 2.0 + kept**2) / (1.0 + kept + kept**2)
    assert courses.smooth(rows, 3)[-1, 0] == pytest.approx(expected)
    assert courses.beginning(rows, 2)[:, 0].tolist() == [1.0, 1.5, 1.5]


@given(st.integers(20, 70), st.integers(0, 2**32 - 1))
def test_no_row_sees_a_later_one(cut: int, seed: int) -> None:
    life = wearing.life("a", np.random.default_rng(seed))
    cut = min(cut, len(life.ages) - 1)
    prepared = PREPARED
    whole = prepared.shown(stepped(life, 1.0))
    np.testing.assert_allclose(
        prepared.shown(stepped(life.until(cut), 1.0)), whole[: cut + 1], atol=1e-5
    )


PREPARED = preparation.fitted(wearing.lives(12), step=1.0, horizon=50.0)


def test_channels_count_beside_what_the_load_makes_them_and_a_fixed_one_not_at_all() -> None:
    assert PREPARED.kept == ("heat", "shake")
    assert PREPARED.dropped == ("fixed",)
    assert PREPARED.conditions == ("load",)
    life = wearing.lives(1, seed=9).lives[0]
    heat = PREPARED.levels(life)[:20, 0]
    assert abs(np.corrcoef(heat, life.rows[:20, 3])[0, 1]) < 0.6
    assert heat.std() < 0.5  # the load alone moves it by 8.3 degrees, here 4 of these units


def test_where_nothing_moves_nothing_is_learned() -> None:
    made = wearing.lives(2)
    still = [Life(unit=one.unit, ages=one.ages, rows=np.ones_like(one.rows)) for one in made.lives]
    with pytest.raises(BadDataset, match="None of heat, fixed, shake moves"):
        preparation.fitted(made.having(still), step=1.0, horizon=50.0)


def test_steps_are_means_and_a_gap_stays_as_before() -> None:
    life = Life(
        unit="a",
        ages=np.array([1.0, 1.5, 2.0, 4.0]),
        rows=np.array([[1.0, np.nan], [3.0, 5.0], [7.0, 5.0], [9.0, 6.0]]),
    )
    found = stepped(life, 1.0)
    assert found.rows[:, 0].tolist() == [2.0, 7.0, 7.0, 9.0]
    assert found.rows[:, 1].tolist() == [5.0, 5.0, 5.0, 6.0]
    assert found.ages.tolist() == [1.5, 2.0, 3.5, 4.0]
    assert found.left[-1] == 0.0
