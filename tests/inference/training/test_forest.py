from collections.abc import Callable

import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier

from contract import assets
from inference.classifier.model import onnx_probabilities
from inference.errors import ExportFailed
from inference.runs import dataset
from inference.training import forest
from inference.training.forest import Shape
from inference.training.train import Material
from inference.windows import features
from inference.windows.features import FeatureArray, LabelArray

FAN = assets.get("fan")

SHAPE = Shape(trees=10, depth=8)


Rows = tuple[FeatureArray, LabelArray]


def planted(
    rows: Rows, *, shape: Shape = SHAPE, on_trees: Callable[[int], None] = lambda _count: None
) -> RandomForestClassifier:
    weights = np.ones(len(rows[1]))
    return forest.grow(*rows, weights=weights, shape=shape, seed=1, on_trees=on_trees)


@pytest.fixture(scope="module")
def rows(material: Material) -> Rows:
    found = dataset.sampled(material.split.training[:6], asset=FAN, stride=5, seed=1)
    return features.extract(found.windows), found.labels


@pytest.fixture(scope="module")
def held_out(material: Material) -> FeatureArray:
    found = dataset.sampled(material.split.test, asset=FAN, stride=2, seed=1)
    return features.extract(found.windows)


@pytest.fixture(scope="module")
def grown(rows: Rows) -> RandomForestClassifier:
    return planted(rows)


def test_the_exported_forest_answers_like_the_grown_one(
    grown: RandomForestClassifier, held_out: FeatureArray
) -> None:
    content, difference = forest.export(grown, held_out=held_out)
    exported = onnx_probabilities(content)(held_out)
    trained = grown.predict_proba(held_out)
    np.testing.assert_array_equal(exported.argmax(axis=1), trained.argmax(axis=1))
    assert np.abs(exported - trained).max() == difference <= 1e-5


def test_a_forest_that_differs_from_its_export_is_not_published(
    grown: RandomForestClassifier, held_out: FeatureArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = RandomForestClassifier(n_estimators=3, max_depth=2, random_state=2)
    other.fit(held_out, np.arange(len(held_out)) % 5)
    exported = to_onnx(other, held_out[:1], options={id(other): {"zipmap": False}})
    monkeypatch.setattr("inference.training.forest.to_onnx", lambda *_args, **_options: exported)
    with pytest.raises(ExportFailed, match="labels"):
        forest.export(grown, held_out=held_out)


def test_the_seed_decides_the_forest(
    rows: Rows, held_out: FeatureArray, grown: RandomForestClassifier
) -> None:
    same = planted(rows)
    assert forest.export(same, held_out=held_out)[0] == forest.export(grown, held_out=held_out)[0]


def test_progress_adds_up_to_the_trees(rows: Rows) -> None:
    added: list[int] = []
    forest.grow(
        *rows,
        weights=np.ones(len(rows[1])),
        shape=Shape(trees=7, depth=3),
        seed=1,
        on_trees=added.append,
    )
    assert sum(added) == 7
