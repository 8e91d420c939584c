"""How far back is judged, by how often a device measures."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from contract.diagnosing import MAX_WINDOW_ROWS
from contract.window import (
    ROWS_A_WINDOW,
    SLOWEST_PERIOD_MS,
    stride,
    window_span_ms,
)

FAN = assets.get("fan")


@pytest.mark.parametrize(
    ("period_ms", "span_ms"),
    [(10, 3_000), (100, 3_000), (200, 3_000), (1_000, 15_000), (5_000, 75_000), (10_000, 150_000)],
)
def test_the_span_follows_the_period(period_ms: int, span_ms: int) -> None:
    assert window_span_ms(FAN, period_ms) == span_ms


def test_a_type_says_the_least() -> None:
    long = dataclasses.replace(FAN, window_s=10.0)
    assert window_span_ms(long, 200) == 10_000
    assert window_span_ms(long, 1_000) == 15_000


def test_a_clockwork_that_is_a_little_slow_is_judged_and_a_reading_a_minute_is_not() -> None:
    assert window_span_ms(FAN, 10_030) is not None
    assert window_span_ms(FAN, 60_000) is None


@given(period_ms=st.integers(1, SLOWEST_PERIOD_MS))
def test_every_window_of_a_steady_device_holds_enough_readings(period_ms: int) -> None:
    span_ms = window_span_ms(FAN, period_ms)
    assert span_ms is not None
    assert span_ms // period_ms >= ROWS_A_WINDOW


@given(count=st.integers(1, 100_000))
def test_a_window_thinned_by_its_stride_fits_and_is_no_thinner_than_needed(count: int) -> None:
    step = stride(count)
    assert len(range(0, count, step)) <= MAX_WINDOW_ROWS
    assert step == 1 or len(range(0, count, step - 1)) > MAX_WINDOW_ROWS
