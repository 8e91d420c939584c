"""What people said is learned from: heavy enough to count, tested by what has not seen it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.assets.words import Asset
from inference.classifier.model import Model, load
from inference.runs import dataset
from inference.runs.dataset import Run
from inference.runs.told import Told, told
from inference.training import agreement, crossed, train
from inference.training.gate import Bars
from inference.training.learned_verdicts import learned_by
from inference.training.lessons import OF_ALL, OF_ONE, Lessons
from inference.training.train import Material
from tests.inference.conftest import no_steps
from tests.inference.verdict_folder import of_run, write

_VIBRATION = 3  # the column
_ROUGH = 15.0  # mm/s more than any has shown
_SWAYING = 4.0  # mm/s more: as if it had spikes


def odd(run: Run, machine: str, rougher: float) -> Run:
    """A machine that is as healthy, and runs rougher: on a table that sways, say."""
    rows = run.rows.copy()
    rows[:, _VIBRATION] += rougher
    return replace(run, group=machine, rows=rows)


def healthy(material: Material) -> list[Run]:
    return [run for run in material.split.test if not run.truth.any()]


def folder(
    tmp_path: Path, material: Material, fan: Asset, rougher: float, machines: int = 4
) -> Path:
    """Verdicts ``normal_here`` on each of some machines, two on the first."""
    run = healthy(material)[0]
    rows = [
        of_run(
            tmp_path, odd(run, f"fan-{at % machines}", rougher), fan, alarm=str(at),
            first=400 + 300 * at, end=600 + 300 * at,
            verdict="normal_here", cause="fault_vibration_spikes",
        )
        for at in range(machines + 1)
    ]  # fmt: skip
    return write(tmp_path, rows)


@pytest.fixture
def people(tmp_path: Path, material: Material, fan: Asset) -> Told:
    return told(folder(tmp_path, material, fan, _ROUGH), asset=fan, classes=material.classes)


def test_each_verdict_weighs_the_same_and_all_together_no_more_than_a_share(
    people: Told, fan: Asset
) -> None:
    lessons = Lessons.of(people, asset=fan, seed=1)
    weights = lessons.weights(beside=1000.0)
    each = [float(weights[lessons.owner == at].sum()) for at in range(len(people.verdicts))]
    assert each == pytest.approx([1000.0 * OF_ONE] * 5)
    many = Lessons(
        features=np.zeros((400, 42), dtype=np.float32),
        labels=np.zeros(400, dtype=np.intp),
        owner=np.repeat(np.arange(200), 2),
    )
    assert many.weights(beside=1000.0).sum() == pytest.approx(1000.0 * OF_ALL)
    assert set(lessons.labels.tolist()) == {0}, "of what nobody spoke of nothing is learned"


def test_a_verdict_on_a_moment_is_learned_from_too(people: Told, fan: Asset) -> None:
    short = []
    for run in people.runs:
        truth = np.full_like(run.truth, -1)
        truth[-2] = 0
        short.append(replace(run, truth=truth))
    for seed in range(5):
        found = dataset.sampled(short[:1], asset=fan, stride=50, seed=seed)
        assert set(found.labels.tolist()) == {0}
    lessons = Lessons.of(replace(people, runs=tuple(short)), asset=fan, seed=1)
    assert set(lessons.owner.tolist()) == {0, 1, 2, 3, 4}


def test_no_machine_is_in_two_folds_and_of_one_machine_no_verdict(people: Told) -> None:
    found = crossed.folds(people)
    assert sorted(at for part in found for at in part) == [0, 1, 2, 3, 4]
    devices = [{people.verdicts[at].device_id for at in part} for part in found]
    assert sum(map(len, devices)) == len(set.union(*devices)) == 4
    one = replace(
        people, verdicts=tuple(replace(each, device_id="fan-9") for each in people.verdicts)
    )
    assert [len(part) for part in crossed.folds(one)] == [1] * 5


def test_what_lies_outside_is_reached_and_nothing_else(
    people: Told, model: Model, material: Material, fan: Asset
) -> None:
    lessons = Lessons.of(people, asset=fan, seed=1)
    plain = model.envelope
    wide = lessons.reach(plain)
    assert (plain.distances(lessons.features) > plain.limit).mean() > 0.5
    assert (wide.distances(lessons.features) > wide.limit).mean() < 0.1
    usual = Lessons.of(
        replace(people, runs=tuple(replace(run, rows=_usual(run)) for run in people.runs)),
        asset=fan,
        seed=1,
    )
    assert len(usual.reach(plain).centre) == len(plain.centre)


def _usual(run: Run) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = run.rows.copy()
    rows[:, _VIBRATION] -= _ROUGH
    return rows


@pytest.mark.slow
def test_a_model_learns_what_is_normal_of_machines_and_says_so_of_one_it_has_not_seen(
    material: Material, models_dir: Path, fan: Asset, tmp_path: Path
) -> None:
    people = told(
        folder(tmp_path / "v", material, fan, _SWAYING), asset=fan, classes=material.classes
    )
    before = load(models_dir / fan.name, asset=fan)
    assert set(agreement.answers(before, people)) == {"vibration_spikes"}
    report = train.train(
        fan,
        material.with_verdicts(tmp_path / "v", asset=fan),
        directory=tmp_path / "fan",
        seed=1,
        shape=train.QUICK_SHAPE,
        on_step=no_steps,
        bars=Bars(macro_f1=0.7),
    )
    after = load(tmp_path / "fan", asset=fan)
    assert set(agreement.answers(after, people)) == {"normal"}
    found = learned_by(tmp_path / "fan", after.manifest)
    assert found is not None
    assert found == report.verdicts
    assert (found.verdicts, found.machines) == (5, 4)
    assert found.agreed >= 4, "of machines that it has not seen; before it was none"
    assert after.manifest.verdicts == 5
    assert "5 verdict(s) of people" in after.manifest.source
    lost = before.manifest.macro_f1 - after.manifest.macro_f1
    assert lost < 0.02, "a handful must not spoil what else is known"
    assert "### What people said of alarms" in (tmp_path / "fan" / "MODEL_CARD.md").read_text()
