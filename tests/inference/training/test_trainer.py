"""What has no model is trained beside the service, in turn; who asks reads how far that is."""

import json
import threading
from pathlib import Path

import pytest
from msgspec import structs

from contract import assets
from contract.assets import CATALOGUE
from inference.classifier import refusals
from inference.classifier.manifest import FORMAT
from inference.errors import InTraining
from inference.serving.registry import Registry
from inference.training.gate import POOR_MODEL, Bars
from inference.training.recipe import SEED, recipe
from inference.training.trainer import Trainer, untrained
from tests.mosquitto import eventually
from tests.top_level.installation import refused

TWO = ["fan", "dispenser"]


def lacking(models: Path) -> list[str]:
    return list(untrained([assets.get(name) for name in TWO], models))


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [(None, TWO), ("{", TWO), (json.dumps({"format": FORMAT - 1}), TWO),
     (json.dumps({"format": FORMAT}), ["dispenser"])],
)  # fmt: skip
def test_what_no_model_of_this_version_serves_is_trained(
    manifest: str | None, expected: list[str], tmp_path: Path
) -> None:
    if manifest is not None:
        path = tmp_path / "fan" / "manifest.json"
        path.parent.mkdir(parents=True)
        path.write_text(manifest)
    assert lacking(tmp_path) == expected


def test_a_model_that_was_too_poor_is_not_trained_again_from_the_same_code(tmp_path: Path) -> None:
    refusals.note(tmp_path / "fan", refused())
    assert lacking(tmp_path) == ["dispenser"]
    refusals.note(tmp_path / "fan", structs.replace(refused(), recipe="another code's"))
    assert lacking(tmp_path) == TWO


def test_what_other_bars_or_another_seed_refused_is_trained_all_the_same() -> None:
    assert recipe() == recipe(seed=SEED, bars=Bars())
    assert len({recipe(), recipe(seed=SEED + 1), recipe(bars=Bars(macro_f1=0.95))}) == 3


def test_every_type_with_a_virtual_machine_has_something_to_learn_from(tmp_path: Path) -> None:
    assert set(TWO) <= set(untrained([*CATALOGUE.values()], tmp_path))


class Bench:
    """A trainer whose trainings are a shell script; each waits until it may go on."""

    def __init__(self, directory: Path, *, ends_with: int = 0) -> None:
        self.directory, self.said, self.now_s = directory, list[str](), 0.0
        self._program = directory / "python"
        wait = f"while [ ! -e {directory}/go-$5 ]; do sleep 0.05; done"
        script = f'#!/bin/sh\necho "$5" >> {directory}/calls\n{wait}\nexit {ends_with}\n'
        self._program.write_text(script)
        self._program.chmod(0o755)
        self.trainer = Trainer(
            TWO, say=self.said.append, python=str(self._program), monotonic=lambda: self.now_s
        )

    def calls(self) -> list[str]:
        noted = self.directory / "calls"
        return noted.read_text().split() if noted.exists() else []

    def let(self, name: str) -> None:
        (self.directory / f"go-{name}").touch()


def test_one_after_another_and_who_asks_reads_how_far_it_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    registry = Registry(tmp_path / "models", trainer=bench.trainer)
    bench.trainer.start()
    eventually(lambda: bench.calls() == ["fan"], what="the next training")
    bench.now_s = 12.0
    with pytest.raises(InTraining, match="fan is being trained, for 12 s so far"):
        registry.model("fan")
    with pytest.raises(InTraining, match="dispenser is trained when others are done"):
        registry.model("dispenser")
    bench.let("fan")
    eventually(lambda: bench.calls() == ["fan", "dispenser"], what="the next training")
    bench.let("dispenser")
    eventually(
        lambda: bench.trainer.progress("dispenser") is None, what="the next step of the trainings"
    )
    bench.trainer.stop()


def test_what_somebody_waits_for_is_trained_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.trainer.put_first("dispenser")
    bench.trainer.start()
    eventually(lambda: bench.calls() == ["dispenser"], what="the next training")
    bench.trainer.stop()
    assert bench.calls() == ["dispenser"], "nothing is begun after the end"


def test_a_training_that_fails_stops_nothing_else(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ends_with=POOR_MODEL)
    bench.let("fan")
    bench.let("dispenser")
    bench.trainer.start()
    eventually(
        lambda: bench.calls() == TWO and len(bench.said) == 4, what="the next step of the trainings"
    )
    assert bench.said[1] == "There is no model of fan, see above: all else goes on."
    bench.trainer.stop()


def test_the_end_of_the_service_ends_the_training(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.trainer.start()
    eventually(lambda: bench.calls() == ["fan"], what="the next training")
    bench.trainer.stop()
    assert "trainer" not in {thread.name for thread in threading.enumerate()}
    assert len(bench.said) == 1
