"""Wear of known length, as the report counts it."""

import pytest

from inference.benchmark import trends


def test_even_wear_is_told_near_enough_and_held_mostly() -> None:
    lives = trends.wandering(12, diffusion=0.01, noise=0.01)
    found = trends.stretches(lives)
    assert [each.left for each in found] == list(trends.LEFT)
    halfway = found[1]
    assert halfway.asked == 12
    assert halfway.told >= 10
    assert halfway.off is not None
    assert halfway.off < 0.4
    assert min(share for share in halfway.held if share is not None) > 0.5


def test_a_life_ends_where_it_passes_its_end_first() -> None:
    for life in trends.accelerating(3, noise=0.0):
        assert life.values[-1] == pytest.approx(1.0, rel=0.02)
        assert (life.values[:-1] < 1.0).all()


def test_what_never_wears_is_told_nothing_of() -> None:
    still = trends.accelerating(2, noise=0.0)
    flat = [
        trends.Worn(times_ms=life.times_ms, values=life.values * 0.0 + 0.1, end=1.0)
        for life in still
    ]
    assert [each.told for each in trends.stretches(flat)] == [0, 0, 0, 0]


def test_bearings_of_virtual_pumps_wear_after_a_healthy_time() -> None:
    for life in trends.bearings(2):
        assert 0.0 < life.begun_ms < life.times_ms[-1]
        assert life.values[-1] == pytest.approx(life.end, rel=0.25)
