"""The real service over HTTP: what it answers, and how it refuses."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.assets.words import Asset
from inference.classifier import shelf
from inference.classifier.manifest import MANIFEST, ONNX
from inference.serving.app import create_app
from inference.serving.registry import Registry
from inference.settings import Settings
from tests.inference.classifier.test_shelf import another

pytestmark = pytest.mark.slow  # it starts the real service

HEALTHY = {"temperature": 41.2, "rpm": 1187, "current": 1.0, "vibration": 0.82}
OVERCURRENT = {"temperature": 43, "rpm": 790, "current": 2.9, "vibration": 0.6}
RUBBISH = {"temperature": 140, "rpm": 6000, "current": 0, "vibration": 0.8}
CHANNELS = ["temperature", "rpm", "current", "vibration"]
FIVE_FIELDS = {"fault_code", "fault_label", "confidence", "severity", "advice"}


def batch(**changes: Any) -> dict[str, Any]:
    windows = [
        {"time_ms": [1, 201], "rows": [list(values.values())] * 2}
        for values in (HEALTHY, OVERCURRENT, RUBBISH)
    ]
    return {"asset": "fan", "channels": CHANNELS, "windows": windows, **changes}


def one_window(rows: list[list[Any]], time_ms: list[Any] | None = None) -> dict[str, Any]:
    times = list(range(len(rows))) if time_ms is None else time_ms
    return batch(windows=[{"time_ms": times, "rows": rows}])


def remembering(holds: list[Any]) -> dict[str, Any]:
    return batch(windows=[{"time_ms": [1], "rows": [[41, 1200, 1, 0.8]], "holds": holds}])


# ---------------------------------------------------------------- who is let in


@pytest.mark.slow
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Basic s3cret"}, 401),
        ({"authorization": "Bearer s3cret"}, 200),
    ],
)
def test_with_a_token_set_a_prediction_wants_it(
    headers: dict[str, str], status: int, service_dir: Path
) -> None:
    app = create_app(Registry(service_dir / "models"), settings=Settings(api_token="s3cret"))

    async def main() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            body = {"asset": "fan", "values": HEALTHY}
            answer = await client.post("/predict", json=body, headers=headers)
            assert answer.status_code == status
            if status == 401:
                assert "Authorization: Bearer" in answer.json()["detail"]
                assert answer.headers["www-authenticate"] == "Bearer"
            for path in ("/health", "/docs", "/openapi.json"):
                assert (await client.get(path)).status_code == 200
            assert (await client.get("/model?asset=fan", headers=headers)).status_code == status

    asyncio.run(main())


# ---------------------------------------------------------------- answers


@pytest.mark.slow
def test_a_single_reading_in_the_simplest_form(service: httpx.Client) -> None:
    answer = service.post("/predict", json={"asset": "fan", "values": OVERCURRENT})
    assert answer.status_code == 200
    found = answer.json()
    assert found.keys() == FIVE_FIELDS | {
        "fault",
        "reasons",
        "anomaly_score",
        "model",
        "channel",
        "reconstruction",
    }
    assert (found["fault_code"], found["fault_label"]) == (1, "Overcurrent Fault")
    assert found["severity"] == "High"
    assert found["advice"].startswith("Switch the fan off")
    assert found["reasons"][0]["channel"] == "current"
    assert found["model"].startswith("fan-")


def test_a_window_of_readings_as_devices_send_them(service: httpx.Client) -> None:
    readings = [
        {"epoch": "9f2c41aa-7", "seq": 1, "time_ms": 1763629200123 + 200 * k, "values": OVERCURRENT}
        for k in range(15)
    ]
    answer = service.post("/predict", json={"asset": "fan", "readings": readings})
    assert answer.json()["fault"] == "overcurrent"


def test_readings_without_time_and_with_an_optional_channel(service: httpx.Client) -> None:
    readings = [{"values": {**HEALTHY, "ambient": 22.0}}] * 3
    assert service.post("/predict", json={"asset": "fan", "readings": readings}).is_success


def test_truth_is_no_feature(service: httpx.Client) -> None:
    body = {"asset": "fan", "readings": [{"values": HEALTHY, "truth": "overcurrent"}]}
    assert service.post("/predict", json=body).json()["fault"] == "normal"


def test_what_resembles_nothing_is_unknown(service: httpx.Client) -> None:
    found = service.post("/predict", json={"asset": "fan", "values": RUBBISH}).json()
    assert (found["fault_code"], found["fault_label"]) == (-1, "Unknown")
    assert found["anomaly_score"] >= 0.5


def test_a_batch_is_answered_in_order(service: httpx.Client) -> None:
    answer = service.post("/predict/batch", json=batch()).json()
    assert [found["fault_code"] for found in answer["predictions"]] == [0, 1, -1]
    assert {found["model"] for found in answer["predictions"]} == {answer["model"]}


def test_columns_may_come_in_any_order(service: httpx.Client) -> None:
    columns = ["ambient", *reversed(CHANNELS)]
    rows = [[22.0, *reversed(list(OVERCURRENT.values()))]]
    body = {**one_window(rows), "channels": columns}
    found = service.post("/predict/batch", json=body).json()["predictions"][0]
    assert found["fault"] == "overcurrent"


def test_a_reading_is_judged_alike_alone_and_in_a_batch(service: httpx.Client) -> None:
    alone = service.post("/predict", json={"asset": "fan", "values": OVERCURRENT}).json()
    together = service.post("/predict/batch", json=one_window([list(OVERCURRENT.values())]))
    assert together.json()["predictions"] == [alone]


def test_the_largest_batch_is_answered(service: httpx.Client) -> None:
    window = {"time_ms": list(range(0, 20_000, 200)), "rows": [list(HEALTHY.values())] * 100}
    answer = service.post("/predict/batch", json=batch(windows=[window] * 1000))
    assert len(answer.json()["predictions"]) == 1000


def test_health_and_model_name_the_same_model(service: httpx.Client) -> None:
    health = service.get("/health").json()
    manifest = service.get("/model", params={"asset": "fan"}).json()
    assert health["status"] == "ok"
    assert health["models"]["fan"] == {
        "status": "ok",
        "model": manifest["model"],
        "trained_at": manifest["trained_at"],
        "macro_f1": round(manifest["macro_f1"], 4),
        "verdicts": 0,
    }
    assert manifest["channels"] == CHANNELS
    assert manifest["classes"][0] == "normal"


def test_models_are_listed_with_what_they_are(service: httpx.Client) -> None:
    answer = service.get("/models", params={"asset": "fan"}).json()
    (fan,) = answer["models"]["fan"]
    manifest = service.get("/model", params={"asset": "fan"}).json()
    assert (fan["state"], fan["model"]) == ("present", manifest["model"])
    assert (fan["seed"], fan["verdicts"], fan["backtest"]) == (1, 0, None)
    assert service.get("/models").json() == answer, "of other types there is none"
    assert_problem(service.get("/models", params={"asset": "lathe"}), 404, "'lathe'")


def test_a_service_that_runs_sees_what_is_put_back(
    service: httpx.Client, service_dir: Path, fan: Asset, tmp_path: Path
) -> None:
    def judges() -> str:
        answer = service.post("/predict", json={"asset": "fan", "values": HEALTHY})
        return str(answer.json()["model"])

    first, directory = judges(), service_dir / "models" / "fan"
    second = another(directory, tmp_path / "second", 1.01)
    shelf.take(directory, tmp_path / "second", asset=fan)
    assert judges() == second
    shelf.put_back(directory, asset=fan, version=None, because="it was a test")
    assert judges() == first
    states = [one["state"] for one in service.get("/models").json()["models"]["fan"]]
    assert states == ["present", "former"]


def test_the_calls_are_documented(service: httpx.Client) -> None:
    told = service.get("/openapi.json").json()
    asked = {
        *("/predict", "/predict/batch", "/anomalies", "/remaining-life", "/simulate", "/scenarios")
    }
    assert told["paths"].keys() == asked | {"/model", "/models", "/health"}
    for path in asked:
        body = json.dumps(told["paths"][path]["post"]["requestBody"])
        shapes = [
            told["components"]["schemas"][name] for name in re.findall(r"schemas/(\w+)", body)
        ]
        assert "example" in body + json.dumps(shapes), path
    assert service.get("/docs").is_success


def test_the_example_of_anomalies_can_be_sent(service: httpx.Client) -> None:
    calls = service.get("/openapi.json").json()["paths"]["/anomalies"]["post"]
    (content,) = calls["requestBody"]["content"].values()
    answer = service.post("/anomalies", json=content["schema"]["example"]).raise_for_status().json()
    usual, unlike = answer["scores"]
    assert usual < 1.0 < unlike


# ---------------------------------------------------------------- refusals


def assert_problem(answer: httpx.Response, status: int, text: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "instance"}
    assert problem["status"] == status
    assert problem["instance"] == answer.request.url.path
    assert text in problem["detail"]
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "JSON"),
        (b"hello", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "object"),
        (b'"fan"', "object"),
        (b"{}", "asset"),
        (b'{"asset":7}', "asset"),
        (b'{"asset":"fan"}', ""),
        (b'{"asset":"fan","values":{"temperature":NaN}}', ""),
        (b'{"x":' + b"[" * 100_000, ""),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_request_is_refused(
    path: str, body: bytes, text: str, service: httpx.Client
) -> None:
    assert_problem(service.post(path, content=body), 422, text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"asset":"fan","values":{"temperature":NaN}}', "values.temperature"),
        ('{"asset":"fan","values":{"temperature":1e400}}', "endless"),
        (
            '{"asset":"fan","values":{"temperature":"41","rpm":1,"current":1,"vibration":1}}',
            "temperature is '41', which is no number",
        ),
        ('{"asset":"fan","values":{"temperature":true}}', "values.temperature"),
        ('{"asset":"fan","values":{"temperature":null}}', "values.temperature"),
        ('{"asset":"fan","values":[1,2,3,4]}', "values"),
        ('{"asset":"fan","values":{}}', "Channel 'temperature' is missing"),
        ('{"asset":"fan","values":{"temperature":1,"colour":2}}', "'colour' is no channel"),
        ('{"asset":"fan","readings":[]}', "at least one reading"),
        ('{"asset":"fan","values":{},"readings":[]}', "either values"),
        ('{"asset":"fan","readings":[{"time_ms":-1,"values":{}}]}', "readings.0.time_ms"),
        ('{"asset":"fan","readings":[{"time_ms":1.5,"values":{}}]}', "readings.0.time_ms"),
    ],
)
def test_a_bad_reading_is_refused_by_name(body: str, text: str, service: httpx.Client) -> None:
    assert_problem(service.post("/predict", content=body), 422, text)


@pytest.mark.parametrize(
    ("readings", "text"),
    [
        ([{"values": HEALTHY}] * 101, "at most 100 readings; got 101"),
        ([{"time_ms": 5, "values": HEALTHY}, {"time_ms": 4, "values": HEALTHY}], "oldest first"),
        ([{"time_ms": 5, "values": HEALTHY}, {"values": HEALTHY}], "with every reading"),
        ([{"values": {**HEALTHY, "rpm": 7000}}], "rpm is 7000 rpm, but its sensor"),
        ([{"values": {**HEALTHY, "rpm": 1e308}}] * 3, "rpm is 1e+308 rpm"),
        ([{"values": {**HEALTHY, "temperature": -41}}], "-40 to 150 °C"),
    ],
)
def test_a_bad_window_is_refused(
    readings: list[dict[str, Any]], text: str, service: httpx.Client
) -> None:
    answer = service.post("/predict", json={"asset": "fan", "readings": readings})
    assert_problem(answer, 422, text)


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (batch(windows=[]), 422, "at least one window"),
        (batch(windows=[{"time_ms": [1], "rows": [[1, 2, 3, 4]]}] * 1001), 413, "got 1001"),
        (one_window([]), 422, "at least one reading"),
        (one_window([[41, 1200, 1, 0.8]] * 101), 422, "at most 100 readings; got 101"),
        (one_window([[41, 1200, 1]]), 422, "must have 4 values"),
        (one_window([[41, 1200, 1, 0.8], []]), 422, "must have 4 values"),
        (one_window([[41, 1200, 1, "0.8"]]), 422, "vibration is '0.8', which is no number"),
        (
            one_window([[41, 1200, 1, True]]),
            422,
            "rows[0][3] is true or false; it must be",
        ),
        (one_window([[41, 1200, 1, None]]), 422, "rows[0][3] is nothing; it must be a number"),
        (one_window([[41, 1200, 1, 1e308]]), 422, "vibration is 1e+308"),
        (one_window([[41, 1200, 1, 0.8]], time_ms=[]), 422, "has 1 rows, but 0 times"),
        (one_window([[41, 1200, 1, 0.8]], time_ms=[-1]), 422, "time_ms"),
        (one_window([[41, 1200, 1, 0.8]], time_ms=[2**80]), 422, "time_ms"),
        (one_window([[41, 1200, 1, 0.8]] * 2, time_ms=[2, 1]), 422, "oldest first"),
        (remembering([[0, 200, 50]] * 3), 422, "windows[0].holds must have 4 entries"),
        (remembering([[0, 200]] * 4), 422, "holds[0]"),
        (remembering([[0, -200, 50]] * 4), 422, "holds[0][1]"),
        (remembering([[10**400, 200, 50]] * 4), 422, "holds[0][0]"),
        (remembering([[None, 200, 50]] * 4), 422, "holds[0][0]"),
        (batch(channels=CHANNELS[:3]), 422, "Channel 'vibration' is missing"),
        (batch(channels=[*CHANNELS[:3], "colour"]), 422, "'colour' is no channel"),
        (batch(channels=[*CHANNELS, "rpm"]), 422, "each column once"),
        (batch(channels=[]), 422, "is missing"),
        (batch(asset="lathe"), 404, "There is no asset type 'lathe'"),
        (batch(asset="../fan"), 404, "There is no asset type"),
        (batch(asset="x" * 65), 422, "asset"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_a_bad_batch_is_refused(
    body: dict[str, Any], status: int, text: str, service: httpx.Client
) -> None:
    assert_problem(service.post("/predict/batch", json=body), status, text)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "-1e400"])
def test_a_number_that_is_none_is_refused_in_a_batch(value: str, service: httpx.Client) -> None:
    content = json.dumps(one_window([[41, 1200, 1, 77]])).replace("77", value)
    assert_problem(service.post("/predict/batch", content=content), 422, "")


def test_a_body_beyond_the_limit_is_refused(service: httpx.Client) -> None:
    answer = service.post("/predict/batch", content=b" " * (8 * 1024 * 1024 + 1))
    assert_problem(answer, 413, "at most 8388608 bytes")


def test_a_body_beyond_the_limit_is_refused_without_a_length(service: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * 16 * 1024

    assert_problem(service.post("/predict", content=chunks()), 413, "at most 262144 bytes")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8001", "192.168.1.5"])
def test_a_page_that_rebound_its_name_gets_nothing(service: httpx.Client, host: str) -> None:
    body = {"asset": "fan", "values": HEALTHY}
    answer = service.post("/predict", json=body, headers={"Host": host})
    assert_problem(answer, 421, "does not answer to the name")
    assert_problem(service.get("/health", headers={"Host": host}), 421, "EDGETWIN_HOST")


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_pages_may_send_unasked_computes_nothing(
    service: httpx.Client, path: str, kind: str
) -> None:
    headers = {"Content-Type": kind, "Origin": "http://evil.example"}
    answer = service.post(path, content=json.dumps(batch()), headers=headers)
    assert_problem(answer, 415, "Content-Type: application/json")
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_unknown_asset_is_not_found(service: httpx.Client) -> None:
    answer = service.post("/predict", json={"asset": "lathe", "values": {}})
    assert_problem(answer, 404, "Known types: ")
    assert_problem(service.get("/model", params={"asset": "lathe"}), 404, "'lathe'")


def test_what_is_not_there_is_a_problem_too(service: httpx.Client) -> None:
    assert_problem(service.get("/nowhere"), 404, "/docs")
    answer = service.get("/predict")
    assert_problem(answer, 405, "/predict takes POST, not GET")
    assert answer.headers["Allow"] == "POST"
    assert_problem(service.get("/model"), 422, "asset")


# ---------------------------------------------------------------- the model's files


@pytest.fixture
def broken(service_dir: Path, models_dir: Path) -> Iterator[Path]:
    """The directory the running service serves from, to be broken; put right afterwards."""
    directory = service_dir / "models" / "fan"
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(models_dir / "fan", directory)


def test_without_a_model_the_answer_says_what_to_run(service: httpx.Client, broken: Path) -> None:
    shutil.rmtree(broken)
    answer = service.post("/predict", json={"asset": "fan", "values": HEALTHY})
    assert_problem(answer, 503, "run `python -m inference train --asset fan`")
    assert_problem(service.post("/predict/batch", json=batch()), 503, "no model for 'fan'")
    health = service.get("/health")
    assert health.status_code == 200
    assert health.json()["status"] == "degraded"
    assert "inference train" in health.json()["models"]["fan"]["detail"]


def test_an_altered_model_is_not_served(service: httpx.Client, broken: Path) -> None:
    content = bytearray((broken / ONNX).read_bytes())
    content[100] ^= 1
    (broken / ONNX).write_bytes(content)
    manifest = broken / MANIFEST
    manifest.write_bytes(manifest.read_bytes())  # as a training does, last
    answer = service.post("/predict", json={"asset": "fan", "values": HEALTHY})
    assert_problem(answer, 503, "was not loaded")


def test_a_model_put_in_place_is_served_without_a_restart(
    service: httpx.Client, broken: Path, models_dir: Path
) -> None:
    shutil.rmtree(broken)
    assert service.get("/health").json()["status"] == "degraded"
    shutil.copytree(models_dir / "fan", broken)
    assert service.post("/predict", json={"asset": "fan", "values": HEALTHY}).is_success
