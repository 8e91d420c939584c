"""Two models on the same machines, and who judges after that."""

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from contract.assets.words import Asset
from inference.__main__ import main
from inference.backtest import backtest, sample, succession, week
from inference.backtest.backtest import Asked
from inference.backtest.beside import TrainInto, train_and_take
from inference.backtest.findings import Backtest
from inference.classifier import history, shelf
from inference.classifier.manifest import MANIFEST, REPORT, read, sha256
from inference.classifier.model import load
from inference.errors import BadDataset, ModelUnusable, NotTaken
from inference.runs import virtual
from inference.runs.dataset import Run
from inference.training.gate import POOR_MODEL
from inference.training.report import Report
from inference.training.train import Material
from tests.inference.classifier.test_shelf import another
from tests.inference.training.test_train import rows
from tests.inference.verdict_folder import of_run, write

SHORT = week.Plan(hours=1.0, readings=9_000, faulty=1, span_s=1200.0)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A week of an hour."""
    monkeypatch.setitem(week.PLANS, "quick", SHORT)


def asked(
    fan: Asset,
    next_dir: Path,
    present_dir: Path,
    *,
    verdicts: Path | None = None,
    recordings: Path | None = None,
) -> Asked:
    return Asked(
        asset=fan,
        next_dir=next_dir,
        present_dir=present_dir,
        verdicts=verdicts,
        recordings=recordings,
        length=None,
    )


def made(what: Asked) -> Backtest:
    return backtest.made(what, on_run=lambda _what, _total: None).found


def test_delays_misses_and_false_alarms_are_counted_for_each_model(
    models_dir: Path, fan: Asset, material: Material
) -> None:
    model = load(models_dir / "fan", asset=fan)
    faulty = virtual.faulty_run(fan, seed=90_000_001, period_s=0.2, lasting=True)
    healthy = next(run for run in material.split.test if not run.truth.any())
    steps = 0

    def on_run() -> None:
        nonlocal steps
        steps += 1

    found = sample.watched(
        [model, model], [faulty, healthy], classes=virtual.classes(fan), on_run=on_run
    )
    assert (steps, found.machines) == (2, 2)
    assert sorted(found.faults) == sorted(virtual.classes(fan)[1:])
    assert all(len({*spell.delays_s}) == 1 for spell in found.spells)
    alarmed = [each for each in found.delays_s(0, "overcurrent") if each is not None]
    assert all(0.0 < each < 100.0 for each in alarmed)
    assert len(alarmed) == 1
    hours = (healthy.time_ms[-1] - healthy.time_ms[0]) / 3.6e6
    normal_s = (np.diff(faulty.time_ms)[faulty.truth[1:] == 0]).sum() / 1000
    assert found.healthy_h == pytest.approx(hours + normal_s / 3600, rel=0.01)


def test_a_week_has_machines_at_each_rate_that_nobody_has_seen(fan: Asset) -> None:
    runs = list(week.runs(fan, plan=SHORT, seed=3))
    assert len(runs) == week.machines(fan, SHORT)
    assert len({run.group for run in runs}) == len(runs)
    assert {round(run.period_ms, -2) for run in runs} == {100, 200, 1000, 5000}
    seeds = [int(run.group.partition("-")[2]) for run in runs]
    assert min(seeds) >= 80_000_000
    assert not {*seeds} & {
        int(run.group.partition("-")[2]) for run in week.runs(fan, plan=SHORT, seed=4)
    }


def test_a_model_that_forgot_a_fault_is_worse_by_what_people_said(
    own_models: Path, material: Material, fan: Asset, tmp_path: Path
) -> None:
    """It calls everything unknown, as if its limit were nothing."""
    directory, waiting = own_models / "fan", own_models / "fan" / "next"
    another(directory, waiting, 0.001)
    found = made(asked(fan, waiting, directory, verdicts=folder(tmp_path, material, fan)))
    assert found.verdicts is not None
    assert found.verdicts.agreed(next_=False) >= 3
    assert found.verdicts.agreed(next_=True) == 0
    assert found.worse
    assert found.worse[0].startswith("it agrees with 0 of 4 verdicts, the present one with")
    with pytest.raises(NotTaken, match=r"is not taken: it agrees with 0 of 4.*--because"):
        succession.take(directory, waiting, asset=fan)
    entry = succession.take(directory, waiting, asset=fan, because="to see what happens")
    assert (entry.because, entry.against) == ("to see what happens", found.worse)
    assert history.entries(directory)[-1] == entry
    (present, former) = shelf.on_shelf(directory, asset="fan")[:2]
    assert present.backtest is not None
    assert present.backtest.worse == found.worse
    assert former.state == "former"


def folder(tmp_path: Path, material: Material, fan: Asset) -> Path:
    """Alarms that were right, as the present model raises them on machines it never saw."""
    runs = [run for run in material.split.test if run.truth.any()]
    label = material.classes.index("overcurrent")
    given = [
        of_run(tmp_path, run, fan, alarm=str(at), first=first + 25, end=end)
        for at, run in enumerate(runs[:4])
        for first, end in [_spell(run, label)]
    ]
    return write(tmp_path, given)


def _spell(run: Run, label: int) -> tuple[int, int]:
    at = np.flatnonzero(run.truth == label)
    return int(at[0]), int(at[-1])


def test_what_a_model_has_learned_it_answers_as_if_it_had_not(
    own_models: Path, material: Material, fan: Asset, tmp_path: Path
) -> None:
    directory, waiting = own_models / "fan", own_models / "fan" / "next"
    another(directory, waiting, 1.5)
    people = folder(tmp_path, material, fan)
    report = json.loads((waiting / REPORT).read_bytes())
    key = f"{material.split.test[0].group}/0"
    report["verdicts"] = {
        "verdicts": 1, "machines": 1, "by_kind": {"right": 1}, "windows": 9, "share": 0.005,
        "unusable": 0, "asked": {key: "overcurrent"}, "left_out": {key: "unknown"}, "how": "",
    }  # fmt: skip
    content = json.dumps(report).encode()
    (waiting / REPORT).write_bytes(content)
    manifest = read(waiting, asset="fan")
    files = manifest.files | {REPORT: sha256(content)}
    told_of = msgspec.structs.replace(manifest, verdicts=1, files=files)
    (waiting / MANIFEST).write_bytes(msgspec.json.encode(told_of))
    found = made(asked(fan, waiting, directory, verdicts=people)).verdicts
    assert found is not None
    assert found.left_out == 1
    answers = {one.key: (one.present, one.next) for one in found.answered}
    assert answers[key][1] == "unknown"
    (waiting / REPORT).write_bytes((directory / REPORT).read_bytes())
    with pytest.raises(ModelUnusable, match=r"report\.json is not the file that was trained"):
        made(asked(fan, waiting, directory, verdicts=people))


def test_a_cause_that_the_next_model_cannot_tell_is_one_that_it_misses(
    own_models: Path, material: Material, fan: Asset, tmp_path: Path
) -> None:
    """Its classes are fewer, as of a training on a recording in which one never came."""
    directory, waiting = own_models / "fan", own_models / "fan" / "next"
    another(directory, waiting, 1.5)
    manifest = read(waiting, asset="fan")
    other = {"overcurrent": "thermal_drift"}
    fewer = tuple(other.get(name, name) for name in manifest.classes)
    told_of = msgspec.structs.replace(manifest, classes=fewer)
    (waiting / MANIFEST).write_bytes(msgspec.json.encode(told_of))
    found = made(asked(fan, waiting, directory, verdicts=folder(tmp_path, material, fan)))
    assert found.verdicts is not None
    assert {one.asked for one in found.verdicts.answered} == {"overcurrent"}
    assert found.verdicts.agreed(next_=True) == 0
    assert found.worse


def test_recordings_of_ones_own_are_judged_by_both(
    own_models: Path, material: Material, fan: Asset, tmp_path: Path
) -> None:
    directory, waiting = own_models / "fan", own_models / "fan" / "next"
    another(directory, waiting, 1.5)
    own = tmp_path / "own"
    own.mkdir()
    with pytest.raises(BadDataset, match="There is no CSV file in"):
        made(asked(fan, waiting, directory, recordings=own))
    run = material.split.test[0]
    rows(run, fan, material.classes).to_csv(own / "bench.csv", index=False)
    found = made(asked(fan, waiting, directory, recordings=own)).recordings
    assert found is not None
    assert found.present is not None
    assert found.next.spells == found.present.spells == 4
    assert found.machines == 1
    assert found.healthy_hours == pytest.approx(
        (run.truth == 0).sum() * run.period_ms / 3.6e6, rel=0.01
    )


def test_one_that_nobody_compared_is_not_taken_without_a_reason(
    own_models: Path, fan: Asset, tmp_path: Path
) -> None:
    directory = own_models / "fan"
    present = read(directory, asset="fan").model
    another(directory, tmp_path / "second", 1.5)
    with pytest.raises(NotTaken, match=f"no backtest has compared it with {present}") as refused:
        succession.take(directory, tmp_path / "second", asset=fan)
    assert "python -m inference backtest --asset fan --next" in str(refused.value)
    with pytest.raises(NotTaken, match="judges fan already"):
        succession.take(directory, directory, asset=fan)


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_the_shell_compares_takes_lists_and_puts_back(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    shutil.copytree(models_dir, tmp_path / "models")
    monkeypatch.setenv("EDGETWIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    directory = tmp_path / "models" / "fan"
    first = read(directory, asset="fan").model
    second = another(directory, directory / "next", 1.01)
    assert main(["take", "--asset", "fan", str(directory / "next")]) == POOR_MODEL
    assert main(["backtest", "--asset", "fan"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for text in (
        "simulated week",
        "overcurrent",
        "False alarms of healthy machines: 0 → 0",
        "not worse than",
    ):
        assert text in shown
    assert main(["take", "--asset", "fan", str(directory / "next")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{second} judges fan from now on, {first} is kept." in shown
    assert main(["models"]) == 0
    shown = capsys.readouterr().out
    assert all(text in shown for text in (first, second, "present", "former", "not worse"))
    assert main(["put-back", "--asset", "fan"]) == 0
    assert read(directory, asset="fan").model == first
    assert main(["put-back", "--asset", "fan", "--version", "fan-00000000"]) == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "No model fan-00000000 of fan is kept; there are" in shown


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_a_training_beside_a_model_is_taken_only_if_it_is_not_worse(
    models_dir: Path, fan: Asset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """What a training comes to is copied here: trainings have tests of their own."""
    monkeypatch.setenv("COLUMNS", "400")
    source, directory = models_dir / "fan", tmp_path / "models" / "fan"
    report = json.loads((source / REPORT).read_bytes())

    def copied(number: float | None) -> TrainInto:
        def train_into(into: Path) -> Report:
            into.parent.mkdir(parents=True, exist_ok=True)
            if number is None:
                shutil.copytree(source, into)
            else:
                another(source, into, number)
            name = read(into, asset="fan").model
            return msgspec.convert(report | {"model": name}, type=Report)

        return train_into

    def states() -> list[str]:
        return [one.state for one in shelf.on_shelf(directory, asset="fan")]

    train_and_take(fan, directory, train_into=copied(None), verdicts=None)
    assert [entry.how for entry in history.entries(directory)] == ["trained"]
    train_and_take(fan, directory, train_into=copied(None), verdicts=None)
    assert states() == ["present"], "the same came of it"
    with pytest.raises(NotTaken, match=r"is not taken: .*; it misses .*--because"):
        train_and_take(fan, directory, train_into=copied(0.001), verdicts=None)
    assert states() == ["present", "waiting"]
    train_and_take(fan, directory, train_into=copied(1.01), verdicts=None, is_trial=True)
    assert states() == ["present", "waiting"], "it is for trying things out"
    shown = " ".join(capsys.readouterr().out.split())
    assert f"`python -m inference take --asset fan {directory / 'next'}` lets it judge." in shown
    train_and_take(fan, directory, train_into=copied(1.01), verdicts=None)
    assert states() == ["present", "former"]
    assert [entry.how for entry in history.entries(directory)] == ["trained", "taken"]
