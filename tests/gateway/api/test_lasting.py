"""How long a machine lasts as others did: inference's own model over a real journal."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from contract.messages import ChannelStats, Minute
from gateway.api import schema
from gateway.api.learned_life import LearnedLife
from gateway.twin.fleet import Device
from inference.prognosis.learning import Learned, learn
from inference.prognosis.lives import Life
from inference.prognosis.model import FOLDER
from inference.prognosis.publishing import publish
from inference.prognosis.regression import Shape
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop, Written
from tests.inference.prognosis import wearing

HOUR_MS = 60 * MINUTE_MS
CHANNELS = (
    "temperature",
    "current",
    "vibration",
    "rpm",
)  # in the place of heat, fixed, shake, load
LIFE = wearing.lives(1, seed=77).lives[0]
LEFT_H = 15


@pytest.fixture(scope="module")
def learned() -> Learned:
    """Of made-up fans that wore out, looked at every hour."""
    made = replace(wearing.lives(24), channels=CHANNELS, conditions=("rpm",))
    return learn(
        made, shape=Shape(ensembles=1, trees=40), seed=1, on_step=lambda *_: None, horizon=60.0
    )


@pytest.fixture
def told(
    empty_workshop: Workshop, serve: Serve, learned: Learned
) -> Callable[[Life], list[dict[str, Any]]]:
    """What a fan that showed so much so far is told."""
    models = empty_workshop.settings.data_dir / "models"

    def asked(life: Life, *, with_model: bool = True) -> list[dict[str, Any]]:
        if with_model:
            publish(models / "fan" / FOLDER, learned, asset="fan", seed=1)
        recorded(empty_workshop, life)
        return of_learned(serve(empty_workshop))

    return asked


def recorded(workshop: Workshop, life: Life) -> Device:
    """A minute of each hour; its last one is over now."""
    device = workshop.add("fan-01")
    first_ms = NOON_MS - len(life.ages) * HOUR_MS
    minutes = [
        (device.id, minute(first_ms + at * HOUR_MS, dict(zip(CHANNELS, row, strict=True))))
        for at, row in enumerate(life.rows.tolist())
    ]
    with Written(workshop.journal):
        workshop.journal.put_minutes(minutes)
    return device


def minute(start_ms: int, values: dict[str, float]) -> Minute:
    stats = {name: ChannelStats(60, each, 60.0 * each, each) for name, each in values.items()}
    return Minute(start_ms, 60, 60_000, 60_000, 720.0, stats)


def of_learned(client: httpx.Client) -> list[dict[str, Any]]:
    found = client.get("/devices/fan-01/maintenance").json()
    for each in found:
        schema.Due.model_validate(each)
    return [each for each in found if each["kind"] == "learned"]


def test_a_fan_is_told_how_long_it_lasts_as_others_did(told: Any) -> None:
    [due] = told(LIFE.until(len(LIFE.ages) - 1 - LEFT_H))
    left = due["left"]
    assert left["reason"] is None
    assert left["hours"] == pytest.approx(LEFT_H, abs=10.0)
    assert left["low"] <= left["hours"] <= left["high"]
    assert left["method"].startswith("learned from 24 machines that failed (fan-life-")
    assert left["points"] == len(LIFE.ages) - LEFT_H
    assert (due["name"], due["share"], due["sign"]) == ("life", None, None)


def test_where_no_number_would_be_true_there_is_a_reason(told: Any) -> None:
    [due] = told(LIFE.until(5))
    assert due["left"]["hours"] is None
    assert due["left"]["reason"] == "it was followed for too short a time: 15 h are needed"


def test_a_type_that_nobody_has_learned_is_told_nothing(told: Any) -> None:
    assert told(LIFE.until(30), with_model=False) == []


def test_while_inference_is_away_the_rest_is_told(empty_workshop: Workshop, serve: Serve) -> None:
    recorded(empty_workshop, LIFE.until(30))
    empty_workshop.lives = LearnedLife("http://127.0.0.1:9", token="")
    assert of_learned(serve(empty_workshop)) == []


def test_a_life_that_was_counted_in_something_else_is_said(
    empty_workshop: Workshop, serve: Serve, learned: Learned
) -> None:
    models = empty_workshop.settings.data_dir / "models"
    in_cycles = replace(learned, lives=replace(learned.lives, time_unit="cycles"))
    publish(models / "fan" / FOLDER, in_cycles, asset="fan", seed=1)
    recorded(empty_workshop, LIFE.until(30))
    [due] = of_learned(serve(empty_workshop))
    assert due["left"]["reason"] == "it was learned in cycles, not in time"
