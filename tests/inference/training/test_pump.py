"""A type that an autoencoder of healthy machines watches, from training to what is said of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract import assets
from contract.messages import Prediction
from firmware import models
from inference.classifier.manifest import AUTOENCODER, CARD, read
from inference.classifier.model import Model, Probabilities, load
from inference.errors import ModelUnusable
from inference.runs.virtual import Plan
from inference.serving import intake
from inference.serving.schema import BatchRequest, BatchWindow
from inference.training import train
from inference.training.forest import Shape
from inference.training.gate import Bars
from inference.training.report import Report
from inference.windows.features import FeatureArray
from tests.inference.conftest import no_steps

pytestmark = pytest.mark.slow  # machines of an hour

PUMP = assets.get("pump")
# Few machines: what `make up` trains is held against the bars by itself.
PLAN = Plan(training=24, calibration=10, test=3, healthy=1, driven=0)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models") / "pump"


@pytest.fixture(scope="module")
def report(directory: Path) -> Report:
    return train.train(
        PUMP,
        train.simulate(PUMP, plan=PLAN, seed=1, on_step=no_steps),
        directory=directory,
        seed=1,
        shape=Shape(trees=12, depth=10),
        on_step=no_steps,
        bars=Bars(macro_f1=0.0, false_alarms_per_hour=100.0, told_per_hour=1000.0),
    )


@pytest.fixture(scope="module")
def model(report: Report, directory: Path) -> Model:
    assert report.autoencoder is not None
    return load(directory, asset=PUMP)


def seen(model: Model, fault: str, seconds: int, *, readings: int = 15) -> Prediction:
    """What is said of a machine after so long with a fault."""
    machine = models.create("pump", 4711)
    rows = [machine.step(1.0) for _ in range(60)]
    if fault:
        machine.inject(fault)
    rows += [machine.step(1.0) for _ in range(seconds)]
    newest = [[row[name] for name in PUMP.columns] for row in rows[-readings:]]
    window = BatchWindow([1000 * at for at in range(len(newest))], newest)
    asked = BatchRequest(asset="pump", channels=list(PUMP.columns), windows=[window])
    [found] = model.predict(intake.of_batch(asked, asset=PUMP))
    return found


def test_the_report_never_tells_an_area_alone(report: Report, directory: Path) -> None:
    found = report.autoencoder
    assert found is not None
    assert found.layers == (10, 12, 6, 12, 10)
    for one in (found.other_machines, found.later):
        assert one is not None
        assert one.auc > 0.7
        assert one.r2_normal > 0.7
        assert one.recall > 0.5
        assert one.precision > 0.5
        assert one.false_share < 0.3
        assert one.recall_of["stuck_sensor"] < one.recall_of["seal_leak"]
    assert {one.fault for one in found.lead} == set(models.module("pump").WEARS_S)
    for one_fault in found.lead:
        assert one_fault.lead_min is not None
        assert 0.0 < one_fault.lead_min < one_fault.grows_min
    card = (directory / CARD).read_text()
    assert "learned from healthy machines alone" in card
    assert "| seal_leak | 60 min | 3 of 3 |" in card


def test_sensors_of_a_healthy_machine_fit_each_other(model: Model) -> None:
    found = seen(model, "", 60)
    assert found.reconstruction is not None
    assert found.reconstruction.error < 1.0
    assert found.reconstruction.sensors == []


def test_of_a_few_readings_nothing_is_said_of_how_sensors_fit(model: Model) -> None:
    assert seen(model, "bearing", 60, readings=3).reconstruction is None


def test_of_a_fault_the_sensors_that_do_not_fit_are_told(model: Model) -> None:
    found = seen(model, "bearing", 60)
    assert found.reconstruction is not None
    assert found.reconstruction.error > 1.0
    assert found.reconstruction.sensors[0].channel == "vibration_motor"
    assert " mm/s, expected " in found.reconstruction.sensors[0].text


def test_what_no_class_explains_is_unknown_for_the_sensors_that_do_not_fit(model: Model) -> None:
    """The forest calls all of it normal here."""
    deaf = load_with(model, lambda rows: _certain_normal(len(rows), len(model.manifest.classes)))
    found = seen(deaf, "bearing", 60)
    assert found.fault == "unknown"
    assert found.anomaly_score >= 0.5
    assert found.reasons[0].channel == "vibration_motor"


def load_with(model: Model, probabilities: Probabilities) -> Model:
    deaf = object.__new__(Model)
    deaf.__dict__.update(model.__dict__)
    deaf._probabilities = probabilities
    # Nothing is out of its reach either.
    deaf.envelope = replace(model.envelope, limit=1e9)
    return deaf


def _certain_normal(count: int, classes: int) -> FeatureArray:
    found = np.zeros((count, classes), dtype=np.float32)
    found[:, 0] = 1.0
    return found


def test_a_network_that_was_not_trained_here_is_not_loaded(model: Model, directory: Path) -> None:
    assert AUTOENCODER in read(directory, asset="pump").files
    content = (directory / AUTOENCODER).read_bytes()
    (directory / AUTOENCODER).write_bytes(content[:-1] + b"\0\0")
    with pytest.raises(ModelUnusable, match=r"autoencoder.onnx is not the file that was trained"):
        load(directory, asset=PUMP)
    (directory / AUTOENCODER).write_bytes(content)
    assert load(directory, asset=PUMP).manifest.model == model.manifest.model
