"""What the fan's model must reach, trained as `make up` trains it."""

from pathlib import Path

import pytest

from gateway.assets.base import Asset
from inference import driven, train
from inference.evaluation import Evaluation
from inference.forest import Shape
from inference.model import Model, load
from inference.seen import DRIVER_PERIODS_S
from inference.simulation import Plan, faulty_run, healthy_run


@pytest.fixture(scope="module")
def trained_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fan")


@pytest.fixture(scope="module")
def evaluation(fan: Asset, trained_dir: Path) -> Evaluation:
    def on_step(_stage: str, _done: int, _total: int) -> None:
        pass

    material = train.simulate(fan, plan=Plan(), seed=1, on_step=on_step)
    return train.train(
        fan, material, directory=trained_dir, seed=1, shape=Shape(), on_step=on_step
    ).evaluation


def test_machines_never_seen_are_diagnosed_onset_included(evaluation: Evaluation) -> None:
    assert evaluation.machines >= 30
    assert evaluation.with_onset.macro_f1 >= 0.97
    assert min(one.f1 for one in evaluation.with_onset.classes.values()) >= 0.9


def test_every_fault_is_found_within_seconds(evaluation: Evaluation) -> None:
    for delay in evaluation.delay.values():
        assert delay.missed == 0
        assert delay.p95_s is not None
        assert delay.p95_s <= 8  # a channel that repeats itself by nature takes longer to doubt
    assert all(one.median_s is not None and one.median_s <= 2 for one in evaluation.delay.values())


def test_unknown_is_kept_for_what_is_unknown(evaluation: Evaluation) -> None:
    assert evaluation.unknown.false_share < 0.01
    assert evaluation.unknown.false_share_single < 0.01
    assert evaluation.unknown.rubbish_found > 0.99
    assert evaluation.unknown.rubbish_found_single > 0.99


def test_healthy_machines_rarely_raise_a_steady_false_alarm(evaluation: Evaluation) -> None:
    assert evaluation.false_alarms.steady_per_hour is not None
    assert evaluation.false_alarms.steady_per_hour < 10


# ---------------------------------------------------------------- seen through the boards' drivers


@pytest.fixture(scope="module")
def model(evaluation: Evaluation, trained_dir: Path, fan: Asset) -> Model:
    assert evaluation.machines
    return load(trained_dir, asset=fan)


@pytest.mark.parametrize("period_s", DRIVER_PERIODS_S)
def test_a_healthy_fan_on_the_boards_drivers_raises_no_alarm(
    model: Model, fan: Asset, period_s: float
) -> None:
    hours = 1.0 if period_s >= 1 else 0.25
    for seed in range(8_000_000, 8_000_004):
        run = healthy_run(fan, seed=seed, period_s=period_s, duration_s=3600 * hours)
        found = driven.judge(model, run)
        assert found.raised == [], f"machine {seed}"
        assert (found.told != 0).mean() < 0.01


@pytest.mark.parametrize("period_s", DRIVER_PERIODS_S)
def test_faults_are_found_through_the_boards_drivers(
    model: Model, fan: Asset, period_s: float
) -> None:
    runs = [faulty_run(fan, seed=seed, period_s=period_s) for seed in range(9_000_000, 9_000_004)]
    [found] = driven.evaluate(model, runs)
    assert found.macro_f1 is not None
    assert found.macro_f1 >= 0.9
    for name, fault in found.faults.items():
        assert fault.named >= 0.75 * fault.spells, name
