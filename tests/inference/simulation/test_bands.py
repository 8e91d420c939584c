"""Bands over seeds: their mean lies within, whatever the figures are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.simulation.bands import band, differences, share

FIGURES = st.lists(st.none() | st.floats(-1e9, 1e9), max_size=30)


def test_a_band_of_eleven_leaves_half_of_one_out_on_either_side() -> None:
    found = band([float(value) for value in range(11)])
    assert found == (5.0, 0.5, 9.5, 11)
    assert band([None, 3.0]) == (3.0, 3.0, 3.0, 1)
    assert band([None]) == (None, None, None, 0)


@given(FIGURES)
def test_a_band_lies_within_what_was_seen_in_any_order(values: list[float | None]) -> None:
    found, known = band(values), [value for value in values if value is not None]
    assert found == band(values[::-1])
    assert found.of == len(known)
    if known:
        assert found.value is not None
        assert min(known) <= found.value <= max(known)
        assert found.low is not None
        assert found.high is not None
        assert min(known) <= found.low <= found.high <= max(known)


@given(st.floats(-1e9, 1e9), st.integers(1, 30))
def test_what_is_always_the_same_has_no_width(value: float, of: int) -> None:
    assert band([value] * of) == (value, value, value, of)


@given(FIGURES)
def test_differences_of_the_same_are_nothing(values: list[float | None]) -> None:
    assert all(each in (None, 0.0) for each in differences(values, values))


@given(st.integers(1, 200), st.data())
def test_a_share_lies_in_its_interval_and_nothing_seen_is_not_never(
    of: int, data: st.DataObject
) -> None:
    hits = data.draw(st.integers(0, of))
    found = share(hits, of)
    assert found.value == hits / of
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low <= hits / of <= found.high <= 1.0
    assert hits or (found.low == 0.0 and found.high > 0.0)


def test_the_interval_is_wilsons() -> None:
    # z = 1.645: of 10 none seen, the upper end is z² / (10 + z²).
    assert share(0, 10).high == pytest.approx(1.6448536**2 / (10 + 1.6448536**2))
    assert share(10, 20).value == 0.5
    low, high = share(10, 20)[1:3]
    assert low is not None
    assert high is not None
    assert math.isclose(low + high, 1.0)
