"""What was learned of lives: better than its peers, and silent where it must be."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from inference.classifier import history
from inference.classifier.manifest import KEPT
from inference.errors import BadDataset, ModelUnusable, NoModel
from inference.prognosis.learning import Learned, learn
from inference.prognosis.lives import Life
from inference.prognosis.model import FOLDER, LifeModel, load
from inference.prognosis.publishing import constants_of, publish, write
from inference.prognosis.report import Report
from tests.inference.conftest import no_steps
from tests.inference.prognosis import wearing
from tests.inference.prognosis.conftest import SHAPE


@pytest.fixture
def model(models_dir: Path) -> LifeModel:
    return load(models_dir / "press" / FOLDER, name="press")


def press(seed: int = 77) -> Life:
    """As the model wants its columns: load, heat, shake."""
    life = wearing.lives(1, seed=seed).lives[0]
    return Life(unit="new", ages=life.ages, rows=life.rows[:, [3, 0, 2]])


def test_it_is_better_than_what_it_is_measured_against(report: Report) -> None:
    assert report.held_out.rmse < 0.8 * report.linear.rmse
    assert report.held_out.rmse < 0.6 * report.naive.rmse
    for held in report.held_out.held:
        assert abs(held.coverage - held.share) < 0.1
    nearest = report.by_horizon[0].figures
    assert nearest.rmse < report.held_out.rmse
    assert report.dropped == ["fixed"]


def test_the_same_seed_makes_the_same_bytes(learned: Learned, tmp_path: Path) -> None:
    again = learn(wearing.lives(30), shape=SHAPE, seed=1, on_step=no_steps, horizon=60.0)
    assert constants_of(again) == constants_of(learned)
    names = [
        publish(tmp_path / str(at), each, asset="press", seed=1).model
        for at, each in enumerate((learned, again))
    ]
    assert names[0] == names[1]


def test_a_served_model_follows_a_machine_to_its_end(model: LifeModel) -> None:
    life = press()
    told = [model.remaining(life.until(at)) for at in range(20, len(life.ages), 5)]
    numbers = [one.remaining for one in told if one.remaining is not None]
    assert len(numbers) > 5
    assert numbers[-1] < 8.0
    for at, one in zip(range(20, len(life.ages), 5), told, strict=True):
        if one.remaining is not None:
            assert abs(one.remaining - life.left[at]) < 25.0
            assert [each.share for each in one.intervals] == [0.8, 0.9]
            assert all(each.low <= one.remaining for each in one.intervals)


def test_where_no_number_would_be_true_there_is_a_reason(model: LifeModel) -> None:
    life = press()
    assert "too short a time: 15 h are needed" in str(model.remaining(life.until(4)).reason)
    late = Life(unit="late", ages=life.ages + 40.0, rows=life.rows)
    assert "when new is not known" in str(model.remaining(late).reason)
    hot = Life(unit="hot", ages=life.ages, rows=life.rows + np.array([0.0, 60.0, 0.0]))
    assert model.remaining(hot).reason == "Its heat is unlike that of all that were learned from."
    still = Life(unit="idle", ages=np.arange(1.0, 1_000.0), rows=np.tile(life.rows[0], (999, 1)))
    assert "older than all" in str(model.remaining(still).reason)
    young = model.remaining(press(5).until(20))
    assert young.remaining is None
    assert "not to be seen yet" in str(young.reason)
    assert young.intervals[1].high is None
    assert young.intervals[1].low > 20.0


def test_files_that_are_not_those_that_were_trained_are_not_loaded(
    models_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(NoModel, match=r"train --life FOLDER --asset lathe"):
        load(models_dir / "lathe" / FOLDER, name="lathe")
    own = Path(shutil.copytree(models_dir / "press" / FOLDER, tmp_path / "life"))
    with pytest.raises(ModelUnusable, match="of another asset"):
        load(own, name="pump")
    (own / "constants.json").write_text("{}")
    with pytest.raises(ModelUnusable, match="not the file that was trained"):
        load(own, name="press")
    (own / "manifest.json").write_text("{}")
    with pytest.raises(ModelUnusable, match="is no manifest"):
        load(own, name="press")


def test_a_cut_of_power_at_any_step_leaves_a_whole_model(
    models_dir: Path, learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Path(shutil.copytree(models_dir / "press" / FOLDER, tmp_path / "life"))
    longer = msgspec.structs.replace(learned.calibration, above=[9.0, 9.0])
    changed = replace(learned, calibration=longer)
    publish(tmp_path / "second", changed, asset="press", seed=1)
    second = load(tmp_path / "second", name="press").manifest
    contents = {name: (tmp_path / "second" / name).read_bytes() for name in second.files}
    first, whole = load(own, name="press").manifest.model, history.replace
    seen = set[str]()
    for steps in range(20):
        left = iter(range(steps))

        def cut(path: Path, content: bytes, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise InterruptedError
            whole(path, content)

        monkeypatch.setattr(history, "replace", cut)
        try:
            write(own, contents, second)
            break
        except InterruptedError:
            seen.add(load(own, name="press").manifest.model)
    assert seen == {first, second.model}
    assert load(own, name="press").manifest == second
    assert not (own / KEPT).exists()


def test_a_channel_that_some_machine_has_not_measured_is_not_used() -> None:
    made = wearing.lives(12)
    lacks = made.lives[3].rows.copy()
    lacks[:, 2] = np.nan
    lives = [replace(one, rows=lacks) if at == 3 else one for at, one in enumerate(made.lives)]
    found = learn(made.having(lives), shape=SHAPE, seed=1, on_step=no_steps, horizon=60.0)
    assert found.lives.unused == ("shake",)
    assert found.preparation.kept == ("heat",)
    assert found.preparation.dropped == ("fixed",)
    none = [replace(one, rows=np.full_like(one.rows, np.nan)) for one in made.lives]
    with pytest.raises(BadDataset, match="nothing is left to learn from"):
        learn(made.having(none), shape=SHAPE, seed=1, on_step=no_steps, horizon=60.0)


def test_of_the_fewest_machines_the_narrower_promise_alone_is_given(tmp_path: Path) -> None:
    few = learn(wearing.lives(12), shape=SHAPE, seed=1, on_step=no_steps, horizon=60.0)
    told = publish(tmp_path, few, asset="press", seed=1)
    assert [each.share for each in told.held_out.held] == [0.8]
    found = load(tmp_path, name="press").remaining(press().until(70))
    assert [each.share for each in found.intervals] == [0.8]


def test_what_cannot_be_learned_from_is_said() -> None:
    def refused(count: int, **changes: float) -> str:
        with pytest.raises(BadDataset) as error:
            learn(wearing.lives(count), shape=SHAPE, seed=1, on_step=no_steps, **changes)
        return str(error.value)

    assert "There are 11 machines: at least 12" in refused(11)
    assert "--horizon 900 is not within 0 and the longest life" in refused(12, horizon=900.0)
    made = wearing.lives(12)
    short = [life.until(10) for life in made.lives]
    with pytest.raises(BadDataset, match="press-0 lasted 11 steps: 16 are wanted"):
        learn(made.having(short), shape=SHAPE, seed=1, on_step=no_steps, horizon=5.0)
    late = replace(made.lives[5], ages=np.append(made.lives[5].ages[:-1], 1e12))
    with pytest.raises(BadDataset, match=r"press-5 lasted 9\d\d,.* steps of 1, more than 20,000"):
        learn(made.having([*made.lives, late]), shape=SHAPE, seed=1, on_step=no_steps)
