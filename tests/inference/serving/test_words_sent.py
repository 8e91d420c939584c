"""States by their names and counters in a request: what they become, and what is refused."""

import dataclasses
from typing import Any

import pytest

from contract import assets
from inference.errors import BadRequest
from inference.serving import intake
from inference.serving.schema import EXAMPLES, BatchRequest, BatchWindow, PredictRequest
from tests.inference.kettle import KETTLE

READING: dict[str, Any] = {"heat": 80.0, "aim": 85.0, "state": "pouring", "litres": 3.5}


def request(**changes: Any) -> PredictRequest:
    said = {name: v for name, v in {**READING, **changes}.items() if v is not None}
    return PredictRequest.model_validate({"asset": "kettle", "values": said})


def batch(columns: list[str], *rows: list[Any]) -> BatchRequest:
    times_ms = [1_000 * at for at in range(len(rows))]
    return BatchRequest(
        asset="kettle",
        channels=columns,
        windows=[BatchWindow(time_ms=times_ms, rows=[list(row) for row in rows])],
    )


def test_a_reading_has_what_is_derived_and_its_state_as_a_code() -> None:
    found = intake.of_request(request(), asset=KETTLE)
    assert found.rows.tolist() == [[80.0, 85.0, -5.0, 1.0, 3.5]]


def test_columns_may_come_in_any_order() -> None:
    found = intake.of_batch(
        batch(["state", "litres", "aim", "heat"], ["idle", 1, 85, 80], ["pouring", 2, 85, 81]),
        asset=KETTLE,
    )
    assert found.rows.tolist() == [[80.0, 85.0, -5.0, 0.0, 1.0], [81.0, 85.0, -4.0, 1.0, 2.0]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": "boiling"}, "state is 'boiling'; it is one of idle, pouring"),
        ({"state": 1.0}, "state is '1.0'; it is one of idle, pouring"),
        (
            {"heat": "warm"},
            "heat is 'warm', which is no number; only states",
        ),
        ({"state": None}, "'state' is missing; 'kettle' needs heat, aim, state, litres"),
        ({"stat": "idle"}, "'stat' is no channel of 'kettle'; its channels are heat, aim, state"),
        ({"heat": 200.0}, "heat is 200 °C, but its sensor can only report 0 to 110"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        intake.of_request(request(**changes), asset=KETTLE)


def test_what_a_formula_cannot_tell_is_refused() -> None:
    kettle = dataclasses.replace(
        KETTLE,
        derived=(dataclasses.replace(KETTLE.derived[0], formula="heat / aim * 1.0", unit="1"),),
    )
    kettle = dataclasses.replace(kettle, channels=tuple(
        dataclasses.replace(channel, unit="K") for channel in kettle.channels))  # fmt: skip
    with pytest.raises(BadRequest, match="finite"):
        intake.of_request(request(aim=0.0), asset=kettle)


def test_the_service_documents_a_reading_of_each_type() -> None:
    assert set(EXAMPLES) == set(assets.CATALOGUE)
    for name, example in EXAMPLES.items():
        asked = PredictRequest.model_validate(example["value"])
        assert len(intake.of_request(asked, asset=assets.get(name))) == 1
