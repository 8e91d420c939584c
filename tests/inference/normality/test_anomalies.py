"""``POST /anomalies``: learned, remembered, and every bad input a sentence."""

from typing import Any

import msgspec
import numpy as np
import pytest

from inference.errors import BadRequest
from inference.serving.anomalies import answered
from inference.serving.apart import is_long

ROWS = np.random.default_rng(1).normal(size=(400, 2))
AFTER = np.concatenate([ROWS[:40], ROWS[40:80] + np.array([0.0, 9.0])])


def asked(**fields: Any) -> Any:
    return answered(msgspec.json.encode({"channels": ["rpm", "current"], **fields}))


@pytest.mark.parametrize("model", ["baseline", "forest", "autoencoder"])
def test_each_model_finds_the_step_and_its_channel(model: str) -> None:
    found = asked(model=model, learn=ROWS.tolist(), rows=AFTER.tolist())
    assert len(found.scores) == len(found.anomalies) == 80
    assert not any(found.anomalies[:40])
    assert found.anomalies[79]
    assert found.channels[79] == "current"
    [first, *others] = found.departed[79]
    assert first.channel == "current"
    assert first.usual == pytest.approx(0.0, abs=0.5)
    assert 0.5 < first.share <= 1.0 - sum(each.share for each in others)
    assert found.departed[:40] == [[]] * 40


def test_memory_goes_on_where_it_was() -> None:
    whole = asked(learn=ROWS.tolist(), rows=AFTER.tolist())
    first = asked(learn=ROWS.tolist(), rows=AFTER[:30].tolist())
    rest = asked(memory=msgspec.to_builtins(first.memory), rows=AFTER[30:].tolist())
    assert first.scores + rest.scores == whole.scores


def test_an_anomaly_is_told_with_the_score_that_made_it_one() -> None:
    """What comes after it lifts the threshold."""
    rows = np.concatenate([AFTER, ROWS[80:200]])
    times_s = [10.0 * at for at in range(len(rows))]
    found = asked(learn=ROWS.tolist(), rows=rows.tolist(), times_s=times_s)
    assert not found.anomalies[-1]
    began = found.anomalies.index(True)
    assert found.scores[began] > 1.0
    assert max(found.scores) > 1.5


MEMORY = msgspec.to_builtins(asked(learn=ROWS.tolist()).memory)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Give learn"),
        ({"learn": [[1.0, 2.0]] * 5}, "learned from"),
        ({"learn": ROWS[:150].tolist()}, "200 rows or more, half .* not from 150"),
        ({"learn": ROWS.tolist(), "first": -5}, "first"),
        (
            {
                "channels": [*"abcdefghijklmnop"],
                "learn": [[0.0] * 16] * 2501,
                "model": "autoencoder",
            },
            "learn: an autoencoder takes at most 2,500 rows of 16 channels, not 2,501",
        ),
        ({"learn": [[1e300, 1.0]] * 300, "model": "forest"}, r"learn: a value is beyond 1e\+100"),
        ({"learn": [[1.0]] * 300}, r"learn\[0\] has 1 values for 2 channels"),
        ({"learn": ROWS.tolist(), "rows": [[1.0, 2.0]], "times_s": []}, "times_s"),
        ({"learn": ROWS.tolist(), "model": "oracle"}, "Invalid enum value"),
        ({"model": "forest", "rows": []}, "wants learn"),
        ({"channels": [], "learn": []}, "channels: 1 to 64"),
        ({"memory": MEMORY, "channels": ["a", "b"]}, "other channels"),
        ({"memory": {**MEMORY, "level": [1.0]}}, "memory.level"),
        ({"memory": {**MEMORY, "rows": 0}}, "rows and first"),
        ({"surplus": 1}, "unknown field"),
    ],
)
def test_every_bad_input_is_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        asked(**fields)


def test_what_is_nested_without_end_is_a_sentence() -> None:
    body = b'{"surplus":' + b"[" * 100_000
    assert not is_long(body)
    with pytest.raises(BadRequest):
        answered(body)


def test_a_memory_with_numbers_that_somebody_made_up_is_borne() -> None:
    record = {**MEMORY["record"], "watched_s": 1e30, "height": 3.0, "quiet": 1_000}
    made_up = {**MEMORY, "threshold": 1e200, "record": record}
    found = asked(memory=made_up, rows=ROWS[:5].tolist(), times_s=[*range(5)])
    assert not any(found.anomalies)
    assert np.isfinite(found.scores).all()
