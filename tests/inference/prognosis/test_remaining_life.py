"""``POST /remaining-life`` over HTTP: numbers, reasons, and a sentence for each mistake."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from inference.serving.app import create_app
from inference.serving.registry import Registry
from inference.settings import Settings
from tests.inference.prognosis import wearing

LIFE = wearing.lives(1, seed=77).lives[0]
AT = len(LIFE.ages) - 12
PATH = "/remaining-life"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "asset": "press",
        "channels": ["shake", "heat", "load", "colour"],
        "times": LIFE.ages[:AT].tolist(),
        "rows": [[row[2], row[0], row[3], None] for row in LIFE.rows[:AT].tolist()],
        **changes,
    }


def ask(models_dir: Path, *bodies: Any) -> list[httpx.Response]:
    app = create_app(Registry(models_dir), settings=Settings(data_dir=models_dir.parent))

    async def main() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return [
                await (
                    client.get(each)
                    if isinstance(each, str)
                    else client.post("/remaining-life", json=each)
                )
                for each in bodies
            ]

    return asyncio.run(main())


def test_it_is_told_how_long_a_machine_still_lasts(models_dir: Path) -> None:
    answer, in_days, young, model = ask(
        models_dir,
        body(),
        body(times=(LIFE.ages[:AT] / 24.0).tolist(), time_unit="days"),
        body(times=[1.0], rows=[[1.0, 36.0, 20.0, None]]),
        "/remaining-life?asset=press",
    )
    found = answer.json()
    assert abs(found["remaining"] - LIFE.left[AT - 1]) < 12.0
    [eighty, ninety] = found["intervals"]
    assert ninety["low"] <= eighty["low"] <= found["remaining"] <= eighty["high"]
    assert (found["reason"], found["time_unit"], found["horizon"]) == (None, "hours", 60.0)
    assert (found["machines"], found["simulated"]) == (30, False)
    assert in_days.json()["remaining"] == pytest.approx(found["remaining"], rel=1e-5)
    assert young.json()["remaining"] is None
    assert "15 h are needed" in young.json()["reason"]
    assert model.json()["channels"] == ["load", "heat", "shake"]
    assert model.json()["model"] == found["model"]


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"asset": "lathe"}, 503, "train --life FOLDER --asset lathe"),
        ({"asset": "../press"}, 503, "no name of a type"),
        (
            {"channels": ["shake", "heat", "x", "y"]},
            422,
            "'load' is missing; the model wants load",
        ),
        ({"channels": ["shake"]}, 422, "the model wants"),
        ({"rows": []}, 422, "rows: 1 to 20,000 of them, not 0"),
        ({"times": [1.0]}, 422, "want as many times, not 1"),
        ({"rows": [[1.0]], "times": [1.0]}, 422, "rows[0] has 1 values for 4 channels"),
        ({"rows": [[1e200, 1, 1, 1]], "times": [1.0]}, 422, "a value is beyond 1e+100"),
        ({"rows": [[None, 1, 1, 1]], "times": [1.0]}, 422, "shake was never measured"),
        ({"rows": [[1] * 4] * 2, "times": [2.0, 2.0]}, 422, "times[1] is not later"),
        ({"rows": [[1] * 4] * 2, "times": [-2.0, 2.0]}, 422, "count from 0"),
        ({"rows": [[1] * 4] * 2, "times": [1.0, 1e9]}, 422, "span more than 20,000 steps"),
        (
            {"rows": [[1] * 4], "times": [1e308], "time_unit": "days"},
            422,
            "times: they are beyond 1e+100",
        ),
        ({"time_unit": "fortnights"}, 422, "the model counts in hours, not in 'fortnights'"),
        ({"rows": "many"}, 422, "rows is a text; it must be a list"),
        ({"speed": 1}, 422, "unknown field speed"),
    ],
)
def test_a_mistake_is_a_sentence(
    models_dir: Path, changes: dict[str, Any], status: int, text: str
) -> None:
    [answer] = ask(models_dir, body(**changes))
    assert answer.status_code == status, answer.text
    assert text in answer.json()["detail"]


def test_health_names_the_models_of_life(models_dir: Path) -> None:
    [health] = ask(models_dir, "/health")
    assert health.json()["lives"].keys() == {"press"}
