from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadRequest
from inference.windows.features import STATISTICS, FeatureArray, Windows, column, extract, names

CHANNELS = ("heat", "speed")

values = st.floats(-1000, 1000, allow_nan=False).map(lambda value: round(value, 3))
readings = st.tuples(st.integers(1, 400), values, values)  # ms since the one before, two channels
windows_of_readings = st.lists(readings, min_size=1, max_size=20)


def one(*series: list[tuple[int, float, float]]) -> Windows:
    rows = [row[1:] for window in series for row in window]
    times = [np.cumsum([row[0] for row in window]) for window in series]
    counts = np.array([len(window) for window in series])
    return Windows.of(np.array(rows, dtype=np.float64), np.concatenate(times), counts)


def cell(found: FeatureArray, name: str) -> float:
    return float(found[0, names(CHANNELS).index(name)])


@given(windows_of_readings)
def test_figures_agree_with_plain_arithmetic(series: list[tuple[int, float, float]]) -> None:
    found = extract(one(series))
    speed = np.array([row[2] for row in series])
    time_s = np.cumsum([row[0] for row in series]) / 1000
    expected = {
        "last": speed[-1],
        "mean": speed.mean(),
        "std": speed.std(),
        "min": speed.min(),
        "max": speed.max(),
        "range": speed.max() - speed.min(),
        "slope": np.polyfit(time_s, speed, 1)[0] if len(series) > 1 else 0.0,
    }
    for statistic, value in expected.items():
        assert cell(found, f"speed_{statistic}") == pytest.approx(value, rel=1e-4, abs=1e-3)
    assert cell(found, "n") == len(series)


@given(windows_of_readings)
def test_held_is_how_long_the_newest_value_has_been_there(
    series: list[tuple[int, float, float]],
) -> None:
    heat = [row[1] for row in series]
    run = next((k for k in range(1, len(heat)) if heat[-1 - k] != heat[-1]), len(heat))
    held_ms = sum(row[0] for row in series[len(series) - run + 1 :])
    found = extract(one(series))
    assert cell(found, "heat_held") == pytest.approx(held_ms / 1000)
    period_ms = np.sort(np.diff(np.cumsum([row[0] for row in series])))
    expected = period_ms[(len(period_ms) - 1) // 2] / 1000 if len(period_ms) else 0
    assert cell(found, "period") == pytest.approx(expected)


def test_a_repeat_surprises_the_more_the_less_the_channel_is_used_to_it() -> None:
    lively = [(200, float(at), 0.0) for at in range(15)] + [(200, 14.0, 0.0)] * 5
    steady = [(200, float(at // 5), 0.0) for at in range(15)] + [(200, 2.0, 0.0)] * 5
    assert cell(extract(one(lively)), "heat_surprise") > 10
    assert cell(extract(one(steady)), "heat_surprise") < 3


def test_what_a_gateway_remembers_goes_before_what_a_window_shows() -> None:
    windows = one([(200, 5.0, 1.0)] * 15)
    known = np.array([[[90_000.0, 800.0, 100.0], [np.nan] * 3]])
    found = extract(replace(windows, holds=known))
    assert cell(found, "heat_held") == 90
    assert cell(found, "heat_usual") == pytest.approx(0.8)
    assert cell(found, "speed_held") == pytest.approx(2.8)


@given(st.lists(windows_of_readings, min_size=1, max_size=6))
def test_a_window_has_the_same_features_alone_and_in_a_batch(
    batch: list[list[tuple[int, float, float]]],
) -> None:
    together = extract(one(*batch))
    alone = np.concatenate([extract(one(series)) for series in batch])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-4)


@given(windows_of_readings, st.integers(0, 2**41))
def test_features_do_not_depend_on_when(
    series: list[tuple[int, float, float]], later_ms: int
) -> None:
    windows = one(series)
    moved = Windows.of(windows.rows, windows.time_ms + later_ms, windows.counts)
    np.testing.assert_array_equal(extract(moved), extract(windows))


@given(windows_of_readings)
def test_features_do_not_depend_on_the_order_of_channels(
    series: list[tuple[int, float, float]],
) -> None:
    windows = one(series)
    swapped = Windows.of(windows.rows[:, ::-1].copy(), windows.time_ms, windows.counts)
    for statistic in STATISTICS:
        np.testing.assert_allclose(
            column(extract(swapped), statistic)[:, ::-1],
            column(extract(windows), statistic),
            rtol=1e-5,
            atol=1e-4,
        )


def test_a_single_reading_is_a_window() -> None:
    found = extract(one([(0, 41.2, 1187.0)]))
    assert cell(found, "heat_last") == pytest.approx(41.2)
    assert [cell(found, f"speed_{s}") for s in ("std", "range", "slope", "held")] == [0, 0, 0, 0]
    assert cell(found, "n") == 1


def test_readings_at_one_time_have_no_slope() -> None:
    assert cell(extract(one([(0, 1.0, 5.0), (0, 2.0, 9.0)])), "speed_slope") == 0


def test_only_the_newest_seconds_count() -> None:
    series = [(1000, float(index), 0.0) for index in range(6)]
    newest = one(series, series[:2]).newest(least_span_ms=3000)
    assert newest.counts.tolist() == [6, 2], "15 periods of a second"
    fast = [(150, float(index), 0.0) for index in range(60)]
    newest = one(fast, fast[:2]).newest(least_span_ms=3000)
    assert newest.counts.tolist() == [20, 2]
    assert newest.rows[:, 0].tolist() == [*range(40, 60), 0, 1]


@pytest.mark.parametrize(("age_ms", "kept"), [(2999, 2), (3000, 1)])
def test_a_reading_just_as_old_as_the_window_is_no_longer_in_it(age_ms: int, kept: int) -> None:
    series = [(0, 1.0, 0.0), (age_ms - 100, 2.0, 0.0), *[(1, 3.0, 0.0)] * 100]
    assert one(series).newest(least_span_ms=3000).counts.tolist() == [100 + kept]


def test_names_match_the_columns() -> None:
    found = extract(one([(0, 1.0, 2.0)]))
    assert len(names(CHANNELS)) == found.shape[1]
    assert len(set(names(CHANNELS))) == found.shape[1]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_finite_number_is_refused(bad: float) -> None:
    with pytest.raises(BadRequest, match="finite"):
        one([(0, 1.0, 2.0), (200, bad, 2.0)])


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(BadRequest, match="at least one reading"):
        Windows.of(np.zeros((1, 2)), np.zeros(1, dtype=np.int64), np.array([1, 0]))


def test_time_running_backwards_is_refused_within_a_window_only() -> None:
    one([(1000, 1.0, 2.0)], [(10, 1.0, 2.0)])
    with pytest.raises(BadRequest, match="oldest first"):
        one([(1000, 1.0, 2.0), (-10, 1.0, 2.0)])
