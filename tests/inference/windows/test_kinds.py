"""Features by kinds against figures worked out by hand: states, counters, what is derived."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from inference.runs.dataset import Run
from inference.windows import features, kinds
from inference.windows.features import FeatureArray, FloatArray, Windows
from inference.windows.inputs import inputs_of
from tests.inference.kettle import KETTLE

INPUTS = inputs_of(KETTLE)
IDLE, POURING = 0.0, 1.0


def window(
    sent: list[tuple[float, float, float, float]], *, step_ms: int = 1_000, holds: bool = False
) -> Windows:
    """Of heat, aim, state and litres; with a past of 90 s, or none."""
    rows = INPUTS.complete(np.array(sent))
    known = INPUTS.complete_holds(np.full((1, 4, 3), 90_000.0)) if holds else None
    return Windows.of(rows, np.arange(len(rows)) * step_ms, np.array([len(rows)]), holds=known)


def cell(found: FeatureArray, name: str) -> float:
    return float(found[0, kinds.names(INPUTS).index(name)])


def test_there_is_a_name_for_each_column_and_no_two_are_the_same() -> None:
    names = kinds.names(INPUTS)
    assert len(set(names)) == len(names)
    assert kinds.extract(window([(80, 85, IDLE, 1)]), INPUTS).shape == (1, len(names))


def test_a_fan_has_what_it_had() -> None:
    inputs = inputs_of(assets.get("fan"))
    rows = np.random.default_rng(1).normal(size=(15, 4))
    windows = Windows.of(rows, np.arange(15) * 200, np.array([15]))
    np.testing.assert_array_equal(kinds.extract(windows, inputs), features.extract(windows))
    assert kinds.names(inputs) == features.names(inputs.channel_names)


def test_what_is_derived_and_judged_is_a_channel_of_its_own() -> None:
    found = kinds.extract(window([(80, 85, IDLE, 1), (83, 85, IDLE, 1)]), INPUTS)
    assert cell(found, "off_last") == -2.0
    assert cell(found, "off_min") == -5.0
    assert "twice_last" not in kinds.names(INPUTS)


def test_a_state_tells_its_shares_its_changes_and_since_when() -> None:
    states = [IDLE] * 6 + [POURING] * 2 + [IDLE] * 3
    found = kinds.extract(window([(80, 85, state, 1) for state in states]), INPUTS)
    assert cell(found, "state_share_idle") == pytest.approx(9 / 11)
    assert cell(found, "state_share_pouring") == pytest.approx(2 / 11)
    assert cell(found, "state_changes") == pytest.approx(2 * 60 / 10)
    assert cell(found, "state_since") == 2.0
    assert cell(found, "state_recent_share_idle") == pytest.approx(8 / 10)


def test_a_counter_grows_by_the_hour_round_and_anew_but_not_by_a_glitch() -> None:
    def rate(*litres: float) -> float:
        found = kinds.extract(window([(80, 85, IDLE, each) for each in litres]), INPUTS)
        return cell(found, "litres_rate") / 3600 * (len(litres) - 1)

    assert rate(1.0, 1.5, 1.5, 2.0) == pytest.approx(1.0)
    assert rate(99.5, 99.9, 0.3) == pytest.approx(0.8)
    assert rate(1.0, 61.0, 61.25) == pytest.approx(0.25)
    last = kinds.extract(window([(80, 85, IDLE, each) for each in (1.0, 1.5, 1.5, 1.5)]), INPUTS)
    assert cell(last, "litres_since") == 2.0


def test_what_is_remembered_goes_before_what_a_window_shows_but_of_what_is_derived() -> None:
    found = kinds.extract(window([(80, 85, IDLE, 1)] * 5, holds=True), INPUTS)
    assert cell(found, "heat_held") == 90
    assert cell(found, "state_since") == 90
    assert cell(found, "off_held") == 0


def test_only_what_a_sensor_measures_can_surprise_by_repeating_itself() -> None:
    moving = [(float(at), 85.0 + at % 2, IDLE, 1) for at in range(20)]
    found = kinds.extract(window([*moving, *[(20.0, 85.0, IDLE, 1)] * 20]), INPUTS)
    assert cell(found, "heat_surprise") > 10
    assert cell(found, "aim_surprise") == cell(found, "off_surprise") == 0


def test_the_newest_peak_is_told_though_an_older_one_was_higher() -> None:
    heats = [20, 90, 20, 20, 70, 71, 20, 20]
    found = kinds.extract(window([(heat, 85, IDLE, 1) for heat in heats]), INPUTS)
    assert cell(found, "heat_peak") == 71
    assert cell(found, "heat_max") == 90


def test_the_usual_step_is_not_moved_by_one_that_is_large() -> None:
    heats = [80.0, 79.5, 79.0, 90.0, 89.5, 89.0]
    found = kinds.extract(window([(heat, 85, IDLE, 1) for heat in heats]), INPUTS)
    assert cell(found, "heat_step") == pytest.approx(-0.5)


cells = st.tuples(
    st.integers(0, 100), st.integers(60, 90), st.sampled_from([IDLE, POURING]), st.integers(0, 99)
)


@given(st.lists(st.lists(cells, min_size=1, max_size=30), min_size=1, max_size=4))
def test_a_window_has_the_same_features_alone_and_in_a_batch(
    batch: list[list[tuple[float, float, float, float]]],
) -> None:
    alone = [window(each) for each in batch]
    together = Windows.of(
        np.concatenate([one.rows for one in alone]),
        np.concatenate([one.time_ms for one in alone]),
        np.array([len(one.rows) for one in alone]),
    )
    expected = np.concatenate([kinds.extract(one, INPUTS) for one in alone])
    np.testing.assert_allclose(kinds.extract(together, INPUTS), expected, rtol=1e-4, atol=1e-3)


def rows_of(count: int) -> FloatArray:
    return INPUTS.complete(np.array([(at % 100, 85, IDLE, 1) for at in range(count)], float))


@given(st.integers(1, 150), st.sampled_from([200, 1_000, 3_000]))
def test_rows_of_a_long_window_lie_apart_and_end_with_the_newest(count: int, step_ms: int) -> None:
    run = Run(
        group="a",
        time_ms=np.arange(count) * step_ms,
        rows=rows_of(count),
        truth=np.zeros(count, dtype=np.intp),
        intensity=np.zeros(count),
    )
    ends = np.arange(count)
    spacing_ms = INPUTS.spacing_ms
    assert spacing_ms is not None
    starts = run.window_starts(ends, asset=KETTLE)
    found = run.windows(starts, ends, spacing_ms=spacing_ms)
    assert found.counts.max() <= 100
    np.testing.assert_array_equal(found.time_ms[found.ends], run.time_ms)
    gaps = np.diff(found.time_ms)
    inner = np.ones(len(gaps), dtype=bool)
    inner[found.ends[:-1]] = False  # from one window to the next
    inner[np.maximum(found.ends - 1, 0)[found.counts > 1]] = False  # to the newest
    assert (gaps[inner] >= spacing_ms).all()
    assert len(found.spaced(spacing_ms).rows) == len(found.rows), "it is so already"


def test_a_caller_who_sends_each_second_is_seen_as_a_gateway_would() -> None:
    spacing_ms = INPUTS.spacing_ms
    assert spacing_ms is not None
    dense = Windows.of(rows_of(100), np.arange(100) * 100, np.array([100]))
    thinned = dense.spaced(spacing_ms)
    assert thinned.time_ms.tolist() == [0, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500,
                                        6100, 6700, 7300, 7900, 8500, 9200, 9800, 9900]  # fmt: skip
