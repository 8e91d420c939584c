"""A model of remaining life, quickly learned."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contract import assets
from inference.prognosis.learning import Learned, learn
from inference.prognosis.model import FOLDER
from inference.prognosis.publishing import publish
from inference.prognosis.regression import Shape
from inference.prognosis.report import Report
from tests.inference.conftest import no_steps
from tests.inference.prognosis import wearing
from tests.own_types import put_back


@pytest.fixture(autouse=True)
def _only_our_types() -> Iterator[None]:
    """A ``press`` is of no type here, whatever tests before have loaded."""
    with put_back():
        assets.CATALOGUE.pop("press", None)
        yield


SHAPE = Shape(ensembles=1, trees=40)


@pytest.fixture(scope="package")
def learned() -> Learned:
    return learn(wearing.lives(30), shape=SHAPE, seed=1, on_step=no_steps, horizon=60.0)


@pytest.fixture(scope="package")
def models_dir(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a model of ``press``; not to be altered."""
    directory = tmp_path_factory.mktemp("lives") / "models"
    publish(directory / "press" / FOLDER, learned, asset="press", seed=1)
    return directory


@pytest.fixture(scope="package")
def report(models_dir: Path) -> Report:
    return msgspec.json.decode(
        (models_dir / "press" / FOLDER / "report.json").read_bytes(), type=Report
    )
