"""The arithmetic of the report, on a model that is told what to answer."""

import numpy as np
import pytest

from contract.assets.words import Asset
from inference.classifier.manifest import FORMAT, Manifest
from inference.classifier.model import Model, Verdicts
from inference.runs import virtual
from inference.runs.dataset import Run
from inference.training.evaluation import evaluate
from inference.windows import kinds
from inference.windows.features import LabelArray, Windows, extract
from inference.windows.inputs import inputs_of

NORMAL, FAULT, OTHER = 0, 1, 2


class Scripted(Model):
    """Answers with the class that a window's newest value in the first column names."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.inputs = inputs_of(asset)
        self.manifest = Manifest(
            format=FORMAT,
            model="scripted",
            asset=asset.name,
            trained_at="",
            source="",
            seed=1,
            window_s=asset.window_s,
            channels=asset.columns,
            features=kinds.names(self.inputs),
            classes=tuple(virtual.classes(asset)),
            macro_f1=1.0,
            normal_alone=1.0,
            versions={},
            files={},
        )

    def judge(self, windows: Windows) -> Verdicts:
        chosen: LabelArray = windows.rows[windows.ends, 0].astype(np.intp)
        score = np.zeros(len(windows))
        found = extract(windows)
        return Verdicts(chosen=chosen, confidence=score, anomaly=score, features=found)


def run(truth: list[int], answers: list[int], intensity: list[float] | None = None) -> Run:
    rows = np.zeros((len(truth), 4))
    rows[:, 0] = answers
    return Run(
        group=f"{truth}{answers}",
        time_ms=np.arange(len(truth)) * 500,
        rows=rows,
        truth=np.array(truth, dtype=np.intp),
        intensity=np.array(intensity or [1.0] * len(truth)),
    )


@pytest.fixture
def scripted(fan: Asset) -> Scripted:
    return Scripted(fan)


def test_delay_is_from_onset_to_the_first_right_answer(scripted: Scripted) -> None:
    runs = [
        run([0, 1, 1, 1, 0], [0, 0, 0, 1, 0]),  # named after 1 s
        run([0, 1, 1, 0, 1], [0, 1, 1, 0, 2]),  # named at once; then missed
    ]
    delay = evaluate(scripted, runs).delay[scripted.manifest.classes[FAULT]]
    assert (delay.episodes, delay.missed, delay.median_s) == (3, 1, 0.5)


def test_false_alarms_are_spells_on_healthy_machines_only(scripted: Scripted) -> None:
    runs = [
        run([0] * 8, [0, 1, 0, 2, 2, 1, 0, 0]),  # one flicker, one spell of 1 s
        run([0, 1], [1, 1]),
    ]
    alarms = evaluate(scripted, runs).false_alarms
    assert (alarms.spells, alarms.told_spells, alarms.steady_spells) == (2, 1, 1)
    assert alarms.hours == pytest.approx(3.5 / 3600)


def test_grown_leaves_out_what_hardly_shows(scripted: Scripted) -> None:
    runs = [run([0, 1, 1, 1], [0, 0, 1, 1], [0.0, 0.1, 0.5, 1.0])]
    found = evaluate(scripted, runs)
    fault = scripted.manifest.classes[FAULT]
    assert found.with_onset.classes[fault].recall == pytest.approx(2 / 3)
    assert found.grown is not None
    assert found.grown.classes[fault].recall == 1
    assert [(one.from_intensity, one.recall) for one in found.growth[fault]] == [
        (0.1, 0.0),
        (0.5, 1.0),
        (0.9, 1.0),
    ]


def test_unknown_counts_as_wrong(scripted: Scripted) -> None:
    unknown = len(scripted.manifest.classes)
    found = evaluate(scripted, [run([0, 0, 1, 1], [0, unknown, 1, unknown])])
    assert found.with_onset.accuracy == 0.5
    assert found.unknown.false_share == 0.5
    assert found.confusion[0][unknown] == found.confusion[1][unknown] == 1
