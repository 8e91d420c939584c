"""What the fan's model must reach, trained as `make up` trains it."""

import pytest

from gateway.assets.base import Asset
from inference import train
from inference.evaluation import Evaluation
from inference.forest import Shape
from inference.simulation import Plan


@pytest.fixture(scope="module")
def evaluation(fan: Asset, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    def on_step(_stage: str, _done: int, _total: int) -> None:
        pass

    material = train.simulate(fan, plan=Plan(), seed=1, on_step=on_step)
    directory = tmp_path_factory.mktemp("fan")
    return train.train(
        fan, material, directory=directory, seed=1, shape=Shape(), on_step=on_step
    ).evaluation


def test_machines_never_seen_are_diagnosed_onset_included(evaluation: Evaluation) -> None:
    assert evaluation.machines >= 30
    assert evaluation.with_onset.macro_f1 >= 0.97
    assert min(one.f1 for one in evaluation.with_onset.classes.values()) >= 0.9


def test_every_fault_is_found_within_seconds(evaluation: Evaluation) -> None:
    for delay in evaluation.delay.values():
        assert delay.missed == 0
        assert delay.p95_s is not None
        assert delay.p95_s <= 3


def test_unknown_is_kept_for_what_is_unknown(evaluation: Evaluation) -> None:
    assert evaluation.unknown.false_share < 0.01
    assert evaluation.unknown.false_share_single < 0.01
    assert evaluation.unknown.rubbish_found > 0.99
    assert evaluation.unknown.rubbish_found_single > 0.99


def test_healthy_machines_rarely_raise_a_steady_false_alarm(evaluation: Evaluation) -> None:
    assert evaluation.false_alarms.steady_per_hour is not None
    assert evaluation.false_alarms.steady_per_hour < 10
