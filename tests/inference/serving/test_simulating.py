"""Simulations over HTTP: documented answers, progress, and what is refused, with sentences."""

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from inference.errors import Busy
from inference.serving import simulator
from inference.serving.app import create_app
from inference.serving.registry import Registry
from inference.serving.simulation_answers import ScenariosAnswer, SimulateAnswer
from inference.settings import Settings

SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
MODELS: dict[str, Any] = {"/simulate": SimulateAnswer, "/scenarios": ScenariosAnswer}
FAN = {"asset": "fan", "hours": 0.1}
USUAL = {"name": "as it is"}


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(Registry(tmp_path), settings=Settings(gateway_port=9, time_zone="UTC"))


def asking(app: FastAPI, ask: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await ask(client)

    return asyncio.run(main())


def post(app: FastAPI, path: str, body: Any) -> httpx.Response:
    found: httpx.Response = asking(app, lambda client: client.post(path, json=body, timeout=60))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(MODELS))
def test_the_examples_of_the_docs_are_answered_as_they_say(app: FastAPI, path: str) -> None:
    described = app.openapi()
    [command] = SHELL.findall(described["paths"][path]["post"]["description"])
    words = shlex.split(command.replace("\\\n", " "))
    assert words[2] == f"http://127.0.0.1:8001{path}"
    schema = described["components"]["schemas"][f"{path.strip('/').capitalize()}Body"]
    for body in (json.loads(words[words.index("-d") + 1]), schema["example"]):
        answer = post(app, path, body)
        assert answer.status_code == 200, answer.text
        MODELS[path].model_validate_json(answer.content, strict=True)


def test_progress_comes_line_by_line_and_the_answer_last(app: FastAPI) -> None:
    body = {"asset": "fan", "hours": 6.0, "seeds": 2, "scenarios": [USUAL], "progress": True}
    answer = post(app, "/scenarios", body)
    assert answer.headers["content-type"] == "application/x-ndjson"
    *told, last = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["done"] for line in told] == sorted(line["done"] for line in told)
    assert told[0] == {"done": 0.0}
    whole = post(app, "/scenarios", body | {"progress": False}).json()
    assert last == {"answer": whole}


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/simulate", {"asset": "dragon"}, 404, "There is no asset type 'dragon'"),
        ("/simulate", {**FAN, "hours": -1}, 422, "hours: it must be above 0."),
        ("/simulate", {**FAN, "inputs": {"colour": 1}}, 422, "'colour' is no input of a fan"),
        ("/simulate", {**FAN, "inputs": {"load": [1]}}, 422, "inputs.load: it must be a number."),
        ("/simulate", {**FAN, "seed": 0.5}, 422, "seed: it must be a whole number."),
        ("/simulate", {**FAN, "sead": 1}, 422, "sead: it is not known here."),
        ("/scenarios", {**FAN, "scenarios": []}, 422, "scenarios: give at least 1."),
        ("/scenarios", {"scenarios": [USUAL]}, 422, "give either asset (a type of machine) or"),
        ("/scenarios", {**FAN, "scenarios": [USUAL, USUAL]}, 422, "needs a name of its own"),
        (
            "/scenarios",
            {**FAN, "seeds": 0, "scenarios": [USUAL]},
            422,
            "seeds: it must be at least",
        ),
        ("/scenarios", {**FAN, "seeds": [1, 1], "scenarios": [USUAL]}, 422, "name each seed once"),
        ("/scenarios", {**FAN, "hours": 8000, "interval_s": 1, "scenarios": [USUAL]}, 413, "steps"),
        ("/scenarios", {"device": "fan-01", "scenarios": [USUAL]}, 503, "does not answer"),
        (
            "/scenarios",
            {"device": "fan-01", "state": {"rpm": 900}, "scenarios": [USUAL]},
            422,
            "state, terms and channels are those of fan-01",
        ),
    ],
)
def test_what_cannot_be_is_a_sentence(
    app: FastAPI, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    answer = post(app, path, body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


def test_no_number_is_no_json(app: FastAPI) -> None:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        content = '{"asset": "fan", "hours": NaN}'
        headers = {"content-type": "application/json"}
        return await client.post("/simulate", content=content, headers=headers)

    answer = asking(app, ask)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("The body is not JSON: ")


@pytest.mark.slow
def test_who_goes_away_takes_the_simulation_along_and_the_next_is_answered() -> None:
    long = b'{"asset": "dispenser", "hours": 700, "most_readings": 0}'
    short = json.dumps(FAN).encode()

    async def main() -> bytes:
        runner = simulator.Simulator()
        lines: AsyncIterator[bytes] = runner.lines("simulate", long)
        assert b"done" in await anext(lines)
        await lines.aclose()  # type: ignore[attr-defined]  # a generator
        return await runner.answer("simulate", short)

    assert json.loads(asyncio.run(main()))["asset"] == "fan"


@pytest.mark.slow
def test_who_goes_away_from_an_answer_at_once_takes_it_along_too(app: FastAPI) -> None:
    long = b'{"asset": "dispenser", "hours": 700, "most_readings": 0}'
    scope = {
        "type": "http", "method": "POST", "path": "/simulate", "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
    }  # fmt: skip
    received = iter([{"type": "http.request", "body": long}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 499


@pytest.mark.slow
def test_who_goes_away_from_a_forest_takes_it_along_and_who_waits_has_it(app: FastAPI) -> None:
    learn = [[41.0 + at * 7 % 5 / 10, 1200.0 + at * 3 % 7] for at in range(400)]
    asked = {"model": "forest", "channels": ["temperature", "rpm"], "learn": learn, "rows": learn}
    body = json.dumps(asked).encode()
    scope = {
        "type": "http", "method": "POST", "path": "/anomalies", "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
    }  # fmt: skip
    received = iter([{"type": "http.request", "body": body}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 499
    answer = post(app, "/anomalies", asked)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["scores"]) == 400
    refused = post(app, "/anomalies", {**asked, "learn": learn[:3]})
    assert (refused.status_code, "learned from" in refused.json()["detail"]) == (422, True)


@pytest.mark.slow
def test_who_reads_his_answer_slowly_keeps_nobody_waiting() -> None:
    asked = json.dumps(FAN).encode()

    async def main() -> bytes:
        runner = simulator.Simulator()
        slow = runner.lines("simulate", asked)
        async for line in slow:
            if b"answer" in line:
                break
        found = await asyncio.wait_for(runner.answer("simulate", asked), simulator.LONGEST_S)
        await slow.aclose()
        return found

    assert json.loads(asyncio.run(main()))["asset"] == "fan"


def test_a_simulation_that_comes_to_no_answer_is_told(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGETWIN_INFERENCE_PORT", "none")  # what it cannot begin with
    answer = post(app, "/simulate", FAN)
    assert answer.status_code == 500
    assert "ended without an answer" in answer.json()["detail"]
    lines = post(app, "/simulate", {**FAN, "progress": True})
    assert "ended without an answer" in json.loads(lines.text.splitlines()[-1])["error"]


def test_too_many_at_a_time_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "MOST_WAITING", 0)

    async def main() -> None:
        runner = simulator.Simulator()
        one = runner.lines("simulate", json.dumps(FAN).encode())
        await anext(one)
        with pytest.raises(Busy, match="1 simulations wait already"):
            await anext(runner.lines("simulate", b"{}"))
        await one.aclose()

    asyncio.run(main())
