"""The model as a library: what is called what, why, and what is not loaded."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.assets.words import CERTAIN, Asset
from inference.classifier.envelope import UNKNOWN_FROM
from inference.classifier.manifest import BASELINE, JOBLIB, MANIFEST, ONNX
from inference.classifier.model import Model, load
from inference.errors import ModelUnusable
from inference.serving.registry import Registry
from inference.training.train import Material
from inference.windows.features import FloatArray, Windows

HEALTHY = [41.2, 1187.0, 1.0, 0.82]
OVERCURRENT = [43.0, 790.0, 2.9, 0.6]

MakeWindow = Callable[..., Windows]


def test_a_healthy_reading_is_normal_and_needs_no_reason(model: Model, window: MakeWindow) -> None:
    found = model.predict(window(HEALTHY))[0]
    assert (found.fault_code, found.fault, found.severity) == (0, "normal", "None")
    assert found.reasons == []
    assert found.anomaly_score < UNKNOWN_FROM


def test_a_fault_names_the_channel_that_shows_it(model: Model, window: MakeWindow) -> None:
    found = model.predict(window(OVERCURRENT))[0]
    assert (found.fault_code, found.fault_label) == (1, "Overcurrent Fault")
    assert found.confidence > 0.8
    assert found.reasons[0].channel == "current"
    assert found.reasons[0].text.startswith("current is 2.90 A; in healthy machines 0.")
    assert 0.5 < found.reasons[0].weight <= 1
    assert sum(reason.weight for reason in found.reasons) <= 1.01


def test_a_repeated_value_is_told_as_such(model: Model, window: MakeWindow) -> None:
    rng = np.random.default_rng(1)
    noisy = rng.normal([41.2, 1200, 1.0, 0.82], [0.06, 6, 0.012, 0.035], size=(15, 4)).round(3)
    noisy[:, 2] = 1.005
    found = model.predict(window(*noisy.tolist()))[0]
    assert found.fault == "stuck_sensor"
    assert found.channel == found.reasons[0].channel == "current"
    assert found.reasons[0].text == "current has shown 1.00 A for 2.8 s"


def remembered(rows: FloatArray, held_ms: int) -> Windows:
    """A window 0.2 s a reading; the second channel has stood for ``held_ms``, none did before."""
    known = [[0, 200, 100], [held_ms, 200, 100], [0, 200, 100], [0, 200, 100]]
    return Windows.of(
        rows,
        np.arange(len(rows), dtype=np.int64) * 200,
        np.array([len(rows)]),
        holds=np.array([known], dtype=np.float64),
    )


def test_a_sensor_is_stuck_for_certain_where_chance_cannot_be(model: Model) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal([41.2, 1200, 1.0, 0.82], [0.06, 6, 0.012, 0.035], size=(15, 4)).round(3)
    rows[:, 1] = 1207.0
    [soon], [later] = model.predict(remembered(rows, 800)), model.predict(remembered(rows, 4_000))
    assert soon.confidence < CERTAIN
    assert (later.fault, later.channel) == ("stuck_sensor", "rpm")
    assert later.confidence >= CERTAIN


def test_a_value_at_the_end_of_its_range_proves_no_stuck_sensor(model: Model) -> None:
    """Of a fan that drags the INA219 shows 3.2 A, whatever flows beyond."""
    rng = np.random.default_rng(1)
    rows = rng.normal([45.0, 790, 3.2, 0.6], [0.06, 6, 0.0, 0.035], size=(15, 4)).round(3)
    windows = remembered(rows, 0)
    assert windows.holds is not None
    windows.holds[0, 1:3, 0] = 0, 10_000
    found = model.predict(windows)[0]
    assert (found.fault, found.channel) != ("stuck_sensor", "current") or found.confidence < CERTAIN


@pytest.mark.parametrize(
    "rubbish",
    [
        [140.0, 6000.0, 0.0, 0.8],
        [0.0, 0.0, 0.0, 0.0],
        [-40.0, 1200.0, 1.0, 0.8],
        [41.0, 1200.0, 20.0, 100.0],
    ],
)
@pytest.mark.parametrize("count", [1, 2, 15])
def test_rubbish_is_unknown(
    rubbish: list[float], count: int, model: Model, window: MakeWindow
) -> None:
    found = model.predict(window(*[rubbish] * count))[0]
    assert (found.fault_code, found.fault) == (-1, "unknown")
    assert found.anomaly_score == found.confidence >= UNKNOWN_FROM
    assert found.reasons


def test_a_fault_that_no_repeat_tells_is_of_no_channel(model: Model, window: MakeWindow) -> None:
    assert model.predict(window(OVERCURRENT))[0].channel is None
    assert model.predict(window(HEALTHY))[0].channel is None


def test_one_reading_is_no_proof_of_health(model: Model, window: MakeWindow) -> None:
    alone = model.predict(window(HEALTHY))[0]
    assert alone.confidence <= model.manifest.normal_alone < 0.95
    assert alone.advice == (
        "Nothing to do, as far as 1 reading shows: a trend, spikes or a stuck sensor need 4."
    )
    rng = np.random.default_rng(1)
    noisy = rng.normal([41.2, 1200, 1.0, 0.82], [0.06, 6, 0.012, 0.035], size=(15, 4)).round(3)
    many = model.predict(window(*noisy.tolist()))[0]
    assert many.confidence > alone.confidence
    assert many.advice == "Nothing to do."


def test_readings_that_come_too_rarely_are_not_judged(model: Model, window: MakeWindow) -> None:
    rows, minutes = [OVERCURRENT] * 5, [60_000 * at for at in range(5)]
    found = model.predict(window(*rows, time_ms=minutes))[0]
    assert (found.fault_code, found.fault, found.severity) == (-2, "not_judged", "None")
    assert found.fault_label == "Too slow to judge"
    assert "every 11 s" in found.advice
    assert (found.confidence, found.reasons) == (0.0, [])


def test_answers_come_in_the_order_of_the_windows(model: Model, window: MakeWindow) -> None:
    batch = Windows.of(
        np.array([HEALTHY, OVERCURRENT, OVERCURRENT, HEALTHY]),
        np.array([0, 0, 200, 0]),
        np.array([1, 2, 1]),
    )
    assert [found.fault for found in model.predict(batch)] == ["normal", "overcurrent", "normal"]


def test_many_windows_are_judged_like_few(model: Model, material: Material, fan: Asset) -> None:
    run = material.split.test[0]
    ends = np.arange(len(run.rows))
    windows = run.windows(run.window_starts(ends, asset=fan), ends)
    half = len(ends) // 2
    parts = [
        model.judge(run.windows(run.window_starts(part, asset=fan), part))
        for part in (ends[:half], ends[half:])
    ]
    whole = model.judge(windows)
    np.testing.assert_array_equal(whole.chosen, np.concatenate([part.chosen for part in parts]))
    np.testing.assert_allclose(
        whole.anomaly, np.concatenate([part.anomaly for part in parts]), atol=1e-9
    )


def test_readings_before_the_window_change_nothing(model: Model, window: MakeWindow) -> None:
    short = window(HEALTHY, HEALTHY, time_ms=[10_000, 10_200])
    long = window(OVERCURRENT, HEALTHY, HEALTHY, time_ms=[5_000, 10_000, 10_200])
    assert model.predict(long) == model.predict(short)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("name", [ONNX, BASELINE])
def test_a_flipped_byte_is_refused_before_anything_is_parsed(
    name: str, own_models: Path, fan: Asset
) -> None:
    path = own_models / fan.name / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelUnusable, match=rf"{name}.*was not loaded.*inference train"):
        load(own_models / fan.name, asset=fan)


def test_serving_never_touches_the_pickle(own_models: Path, fan: Asset) -> None:
    (own_models / fan.name / JOBLIB).unlink()
    load(own_models / fan.name, asset=fan)


@pytest.mark.parametrize("name", [ONNX, BASELINE, MANIFEST])
def test_a_missing_file_says_what_to_run(name: str, own_models: Path, fan: Asset) -> None:
    (own_models / fan.name / name).unlink()
    with pytest.raises(ModelUnusable, match="run `python -m inference train --asset fan`"):
        load(own_models / fan.name, asset=fan)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("format", 99, "format 99"),
        ("asset", "pump", "for asset 'pump'"),
        ("model", "fan-00000000", "names another model"),
        ("channels", ["temperature"], "other channels, features or faults"),
        ("classes", ["normal", "exploded"], "other channels, features or faults"),
        ("files", 7, "not a model's manifest"),
    ],
)
def test_an_altered_manifest_is_refused(
    field: str, value: object, text: str, own_models: Path, fan: Asset
) -> None:
    path = own_models / fan.name / MANIFEST
    manifest = json.loads(path.read_bytes())
    path.write_text(json.dumps({**manifest, field: value}))
    with pytest.raises(ModelUnusable, match=text):
        load(own_models / fan.name, asset=fan)


def test_a_model_of_other_channels_is_refused(models_dir: Path, fan: Asset) -> None:
    with pytest.raises(ModelUnusable, match="other channels"):
        load(models_dir / fan.name, asset=replace(fan, channels=fan.channels[1:]))


# ---------------------------------------------------------------- registry


def test_a_model_is_loaded_once_and_again_when_trained_anew(own_models: Path) -> None:
    registry = Registry(own_models)
    first = registry.model("fan")
    assert registry.model("fan") is first
    manifest = own_models / "fan" / MANIFEST
    partial = manifest.with_suffix(".partial")
    partial.write_bytes(manifest.read_bytes())
    partial.replace(manifest)
    assert registry.model("fan") is not first


def test_a_model_taken_away_is_not_served_on(own_models: Path) -> None:
    registry = Registry(own_models)
    registry.model("fan")
    (own_models / "fan" / MANIFEST).unlink()
    with pytest.raises(ModelUnusable, match="There is no model for 'fan'"):
        registry.model("fan")
