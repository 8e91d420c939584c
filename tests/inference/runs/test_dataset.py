import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from inference.errors import BadDataset
from inference.runs import dataset
from inference.runs.dataset import Run

FAN = assets.get("fan")

CLASSES = ("normal", "worn")


def run(group: str, *, truth: list[int], step_ms: int = 200) -> Run:
    count = len(truth)
    return Run(
        group=group,
        time_ms=np.arange(count) * step_ms,
        rows=np.arange(count, dtype=np.float64)[:, np.newaxis],
        truth=np.array(truth, dtype=np.intp),
        intensity=np.zeros(count),
    )


def test_every_window_ends_at_its_reading_and_spans_the_given_seconds() -> None:
    found = dataset.every_window(run("a", truth=[0, 0, 1, 1, 0], step_ms=1_000), asset=FAN)
    assert found.windows.counts.tolist() == [1, 2, 3, 4, 5]
    fast = dataset.every_window(run("a", truth=[0] * 400, step_ms=10), asset=FAN)
    assert fast.windows.counts.max() == 100
    slow = dataset.every_window(run("a", truth=[0] * 40, step_ms=5_000), asset=FAN)
    assert slow.windows.counts.max() == 15
    assert found.windows.rows[found.windows.ends, 0].tolist() == [0, 1, 2, 3, 4]
    assert found.labels.tolist() == [0, 0, 1, 1, 0]


def test_a_reading_just_as_old_as_the_window_is_not_learned_from_with_it() -> None:
    found = dataset.every_window(run("a", truth=[0] * 40, step_ms=200), asset=FAN)
    assert found.windows.counts.max() == 15, "0 to 2.8 s old, and not 3 s"


def test_every_reading_is_a_window_of_its_own() -> None:
    found = dataset.every_reading(run("a", truth=[0, 1]))
    assert found.windows.counts.tolist() == [1, 1]


@given(st.integers(1, 200), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_sampled_windows_lie_within_their_run(count: int, stride: int, seed: int) -> None:
    found = dataset.sampled(
        [run("a", truth=[0] * (count + 10))], asset=FAN, stride=stride, seed=seed
    )
    newest = found.windows.rows[found.windows.ends, 0]
    oldest = found.windows.rows[found.windows.starts, 0]
    np.testing.assert_array_equal(newest - oldest + 1, found.windows.counts)
    assert found.windows.counts.max() <= 15


def test_a_machine_too_slow_to_judge_is_refused_by_name() -> None:
    with pytest.raises(BadDataset, match="a was read once in 60 s, which is too slow"):
        dataset.every_window(run("a", truth=[0] * 5, step_ms=60_000), asset=FAN)


def test_single_readings_are_learned_from() -> None:
    found = dataset.sampled([run("a", truth=[0] * 400)], asset=FAN, stride=2, seed=1)
    assert 0.1 < (found.windows.counts == 1).mean() < 0.3


@given(st.integers(4, 30), st.integers(0, 2**32 - 1))
def test_no_group_is_in_two_parts(count: int, seed: int) -> None:
    runs = [run(f"machine-{index // 2}", truth=[0, 1, 0]) for index in range(2 * count)]
    parts = dataset.split(runs, classes=CLASSES, seed=seed)
    groups = [
        {one.group for one in part} for part in (parts.training, parts.calibration, parts.test)
    ]
    assert sum(map(len, groups)) == len(set.union(*groups)) == count


def test_every_class_is_learned_from_and_tested() -> None:
    runs = [run(f"m{index}", truth=[0, int(index in (3, 17))]) for index in range(20)]
    parts = dataset.split(runs, classes=CLASSES, seed=1)
    for part in (parts.training, parts.test):
        assert any(one.truth.any() for one in part)


def test_too_few_machines_are_refused() -> None:
    with pytest.raises(BadDataset, match="at least 3 machines or runs; there are 2"):
        dataset.split([run("a", truth=[0, 1]), run("b", truth=[0, 1])], classes=CLASSES, seed=1)


def test_a_class_on_one_machine_only_is_refused_by_name() -> None:
    runs = [run(f"m{index}", truth=[0, int(index == 3)]) for index in range(10)]
    with pytest.raises(BadDataset, match="worn"):
        dataset.split(runs, classes=CLASSES, seed=1)


def test_a_healthy_window_weighs_more_and_a_short_one_most() -> None:
    found = dataset.every_window(run("a", truth=[0, 1, 0, 0, 0, 1]), asset=FAN)
    assert found.weights.tolist() == [6, 1, 6, 2, 2, 1]
