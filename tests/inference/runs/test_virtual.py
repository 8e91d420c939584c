from dataclasses import replace

import numpy as np
import pytest

from contract import assets
from contract.assets.words import Asset
from inference.errors import BadDataset
from inference.runs import virtual

PLAN = virtual.Plan(training=2, calibration=1, test=1, healthy=1, driven=2)

SIMULATED = [asset for asset in assets.CATALOGUE.values() if virtual.has_model(asset)]


@pytest.mark.slow
@pytest.mark.parametrize("asset", SIMULATED, ids=lambda asset: asset.name)
def test_every_fault_begins_and_clears_on_every_faulty_machine(asset: Asset) -> None:
    done: list[None] = []
    parts = virtual.simulated(asset, plan=PLAN, seed=3, on_machine=lambda: done.append(None))
    assert len(done) == PLAN.machines
    for run in (*parts.training, *parts.calibration, parts.test[0]):
        assert sorted(np.unique(run.truth)) == list(range(len(virtual.classes(asset))))
        assert run.truth[0] == 0
    assert not parts.test[-1].truth.any()


def test_faults_that_grow_over_minutes_last_so_long_that_they_show() -> None:
    slow, period_s = assets.get("dispenser"), 5.0
    run = virtual.faulty_run(slow, seed=1, period_s=period_s)
    for index in range(1, len(virtual.classes(slow))):
        assert (run.truth == index).sum() * period_s > 600  # 20 s of a type that grows in 60


def test_no_machine_is_simulated_for_two_purposes(fan: Asset) -> None:
    parts = virtual.simulated(fan, plan=PLAN, seed=3, on_machine=lambda: None)
    runs = (*parts.training, *parts.calibration, *parts.test, *parts.driven)
    groups = [run.group for run in runs]
    assert len(set(groups)) == len(groups) == PLAN.machines


@pytest.mark.slow
def test_the_seed_decides_everything(fan: Asset) -> None:
    first, same, other = (
        virtual.simulated(fan, plan=PLAN, seed=seed, on_machine=lambda: None).training[0]
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.rows, same.rows)
    assert first.group != other.group


def test_an_asset_without_a_model_asks_for_a_csv(fan: Asset) -> None:
    lathe = replace(fan, name="lathe")
    assert not virtual.has_model(lathe)
    with pytest.raises(BadDataset, match="--csv"):
        virtual.classes(lathe)
