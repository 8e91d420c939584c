"""A machine of cycles, from training to what is said of it, whatever part of a cycle it is in."""

from pathlib import Path

import pytest

from contract import assets
from contract.messages import Reading
from firmware import models
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin
from inference.classifier.model import Model, load
from inference.runs.virtual import Plan
from inference.serving import intake
from inference.serving.schema import BatchRequest, BatchWindow
from inference.training import train
from inference.training.forest import Shape
from inference.training.gate import Bars
from inference.training.report import Report
from tests.inference.conftest import no_steps

pytestmark = pytest.mark.slow  # machines of an hour

MILL = assets.get("machine_tool")
FACTORS = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="EUR")
# Few machines: what `make up` trains is held against the bars by itself.
PLAN = Plan(training=10, calibration=3, test=2, healthy=1, driven=0)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models") / "machine_tool"


@pytest.fixture(scope="module")
def report(directory: Path) -> Report:
    return train.train(
        MILL,
        train.simulate(MILL, plan=PLAN, seed=1, on_step=no_steps),
        directory=directory,
        seed=1,
        shape=Shape(trees=16, depth=12),
        on_step=no_steps,
        bars=Bars(macro_f1=0.0),
    )


@pytest.fixture(scope="module")
def model(report: Report, directory: Path) -> Model:
    assert report.asset == "machine_tool"
    return load(directory, asset=MILL)


def test_even_a_few_machines_make_a_model_that_tells_its_faults(report: Report) -> None:
    found = report.evaluation
    assert found.with_onset.macro_f1 > 0.75
    assert found.false_alarms.alarms == {}


@pytest.mark.parametrize(
    ("fault", "channels"),
    [
        ("", set()),
        ("imbalance", {"vibration"}),
        ("correlation_break", {"torque", "other_power"}),
        ("coolant_loss", {"temperature", "power", "other_power"}),
    ],
)
def test_a_fault_is_told_by_what_a_gateway_sends(
    model: Model, fault: str, channels: set[str]
) -> None:
    machine = models.create("machine_tool", 4711)
    twin = Twin(device="m-1", asset=MILL, factors=FACTORS)
    for second in range(480):
        if second == 240 and fault:
            machine.inject(fault)
        time_ms = 1_763_629_200_000 + 1_000 * second
        values = machine.step(1.0)
        twin.fold(Reading(epoch="m-1", seq=second + 1, time_ms=time_ms, values=values))
    window = twin.remembered()
    assert window is not None
    holds = [(each.held_ms, each.usual_ms, each.changes) for each in window.holds or ()]
    one = BatchWindow(window.time_ms, [list(row) for row in window.rows], holds)
    asked = BatchRequest(asset="machine_tool", channels=list(MILL.columns), windows=[one])
    [found] = model.predict(intake.of_batch(asked, asset=MILL))
    assert found.fault == (fault or "normal")
    assert not channels or found.reasons[0].channel in channels
