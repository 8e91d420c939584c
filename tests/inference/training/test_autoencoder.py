"""An autoencoder of rows whose columns belong together, and what it says when one does not."""

import numpy as np
import pytest

from contract import assets
from inference.classifier.autoencoder import loaded, told
from inference.classifier.autoencoder_fit import Fitted, export, fit
from inference.errors import NotLearned
from inference.windows.features import FloatArray

PUMP = assets.get("pump")
CHANNELS = PUMP.channels[:4]


def rows(count: int, *, seed: int) -> FloatArray:
    """Two things nobody sees, in four channels of quite other sizes."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(count, 2))
    mixed = hidden @ np.array([[1.0, 2.0, -1.0, 0.5], [0.5, -1.0, 1.0, 2.0]])
    noise = rng.normal(scale=0.05, size=(count, 4))
    found: FloatArray = 1000.0 + (mixed + noise) * np.array([1.0, 100.0, 0.01, 10.0])
    return found


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(rows(600, seed=1), held_out=rows(200, seed=2))


def test_rows_like_those_learned_from_keep_to_the_limit(fitted: Fitted) -> None:
    assert (fitted.score(rows(500, seed=3)).error < 1.0).mean() > 0.99


@pytest.mark.parametrize("wrong", range(4))
def test_a_channel_that_does_not_fit_the_others_is_named(fitted: Fitted, wrong: int) -> None:
    """Each stays where it is seen anyway: by itself it is nothing."""
    seen = rows(200, seed=4)
    shuffled = seen.copy()
    shuffled[:, wrong] = np.roll(seen[:, wrong], 7)
    far = np.abs(shuffled[:, wrong] - seen[:, wrong]) > 2.0 * seen[:, wrong].std()
    assert (fitted.score(shuffled).error[far] >= 1.0).mean() > 0.9
    blamed = [fitted.autoencoder.blamed(row) for row in shuffled[far]]
    assert np.mean([shares.argmax() == wrong for shares, _ in blamed]) > 0.8
    expected = np.array([told[wrong] for _, told in blamed])
    assert np.corrcoef(expected, seen[far, wrong])[0, 1] > 0.9


def test_units_do_not_matter(fitted: Fitted) -> None:
    scale = np.array([1000.0, 1e-3, 60.0, 1.0])
    other = fit(rows(600, seed=1) * scale, held_out=rows(200, seed=2) * scale)
    seen = rows(100, seed=5)
    seen[50:, 1] += 3000.0
    called = other.score(seen * scale).error >= 1.0
    assert called.tolist() == (fitted.score(seen).error >= 1.0).tolist()
    assert called.tolist() == [False] * 50 + [True] * 50


def test_without_others_the_later_rows_set_the_limit() -> None:
    seen = rows(400, seed=6)
    calm, wild = fit(seen), fit(np.concatenate((seen[:280], 3.0 * seen[280:] - 2000.0)))
    assert wild.autoencoder.constants.spread > calm.autoencoder.constants.spread


def test_what_is_served_says_what_was_trained(fitted: Fitted) -> None:
    content, constants = export(fitted)
    seen = rows(300, seed=7)
    served = loaded(constants, content)
    assert served.score(seen).error == pytest.approx(fitted.score(seen).error, rel=1e-3)
    assert served.score(seen[:1]).channels.shape == (1, 4)
    assert len(content) < 20_000


def test_it_is_told_by_sensor_with_what_was_expected(fitted: Fitted) -> None:
    seen = rows(1, seed=8)
    seen[0, 2] += 1.0
    found = told(fitted.autoencoder, seen[0], channels=CHANNELS)
    assert found.error > 1.0
    assert sum(sensor.weight for sensor in found.sensors) == pytest.approx(1.0, abs=0.05)
    assert [s.weight for s in found.sensors] == sorted(s.weight for s in found.sensors)[::-1]
    by_name = {sensor.channel: sensor.text for sensor in found.sensors}
    assert by_name["current"].startswith("current is ")
    assert " A, expected " in by_name["current"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (rows(20, seed=1), "needs 50 healthy rows"),
        (np.full((100, 3), np.nan), "finite numbers only"),
    ],
)
def test_what_cannot_be_learned_from_is_said(given: FloatArray, why: str) -> None:
    with pytest.raises(NotLearned, match=why):
        fit(given)


def test_the_same_seed_gives_the_same_network() -> None:
    one, other = (fit(rows(200, seed=1), seed=3) for _ in range(2))
    assert export(one)[0] == export(other)[0]
