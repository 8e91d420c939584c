"""/docs: complete, true, and there without internet."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import BaseModel, TypeAdapter

from contract import messages
from contract.messages import DependencyStatus
from gateway.api import create_app, examples, schema
from gateway.api.queries import events, gathered, history
from gateway.api.schema import devices as device_models
from gateway.api.schema import events as event_models
from gateway.api.schema import series as series_models
from gateway.api.schema import service as service_models
from gateway.api.schema import verdicts as verdict_models
from gateway.api.views import Delivery, DeviceView, Introduction
from gateway.registry.logbook import Entry, Note
from gateway.registry.params import SITE
from gateway.registry.windows import Window
from tests.gateway.api.test_photo import PICTURE, bring
from tests.gateway.api.workshop import NOON_MS, Serve, Workshop, furnish
from tests.own_types import put_back

CONTRACT = Path(__file__).parents[3] / "docs" / "architecture.md"
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)

ANSWERS: list[tuple[str, Any]] = [
    ("/catalogue", list[schema.AssetType]),
    ("/devices", list[schema.Device]),
    ("/devices/fan-01", schema.Device),
    ("/devices/fan-01/latest", schema.Latest),
    ("/devices/fan-01/health", schema.MachineHealth),
    ("/devices/fan-01/catalogue", schema.AssetType),
    ("/devices/fan-01/history", schema.History),
    ("/devices/fan-01/history?points=20&from=0&channels=rpm,ambient", schema.History),
    ("/devices/fan-01/readings?limit=3", schema.RawReadings),
    ("/devices/fan-01/kpis", schema.Kpis),
    ("/devices/fan-01/kpis?as_of=-1h", schema.Kpis),
    ("/devices/fan-01/history?as_of=now", schema.History),
    ("/energy?as_of=-5m", schema.Energy),
    ("/devices/fan-01/kpis?bucket=minute", schema.Kpis),
    ("/kpis?group=site", schema.GroupedKpis),
    ("/kpis/by/operator", schema.KpisByLabel),
    ("/kpis?group=tag&bucket=day&names=cost&time=iso", schema.GroupedKpis),
    ("/energy", schema.Energy),
    ("/energy?bucket=day", schema.Energy),
    ("/energy/comparison?period=day", schema.Comparison),
    ("/power", schema.Power),
    ("/power?devices=fan-01", schema.Power),
    ("/report?from=today&to=today", schema.Report),
    ("/alarms", list[schema.Alarm]),
    ("/alarms/1/verdict", schema.AlarmVerdict),
    ("/diagnoses", list[schema.Diagnosis]),
    ("/devices/fan-01/timeline?from=0", list[schema.Episode]),
    ("/devices/fan-01/anomalies", schema.Anomalies),
    ("/devices/fan-01/anomalies?method=rolling&window=9&from=0", schema.Anomalies),
    ("/quarantine", list[schema.Refusal]),
    ("/devices/fan-01/registry", schema.Registry),
    ("/devices/fan-01/settings", schema.Settings),
    ("/params", schema.Params),
    ("/devices/fan-01/params", schema.Params),
    ("/devices/fan-01/limits", schema.Limits),
    ("/devices/fan-01/log", list[schema.LogEntry]),
    ("/log", list[schema.LogEntry]),
    ("/births", list[schema.Introduction]),
    ("/delivery", list[schema.Delivery]),
    ("/health", schema.Health),
    ("/system", schema.System),
    ("/nowhere", schema.Problem),
]


@pytest.mark.parametrize(("path", "model"), ANSWERS)
def test_answers_have_the_documented_shape(client: httpx.Client, path: str, model: Any) -> None:
    answer = client.get(path)
    found = TypeAdapter(model).validate_json(answer.content, strict=True)
    assert found, "an empty answer shows nothing"


STRUCTS: list[tuple[type[msgspec.Struct], type[BaseModel]]] = [
    (messages.Alarm, event_models.Alarm),
    (messages.Birth, device_models.Birth),
    (messages.BirthChannel, device_models.BirthChannel),
    (messages.Diagnosis, event_models.Diagnosis),
    (messages.Kpi, device_models.KpiValue),
    (messages.Reason, event_models.Reason),
    (messages.Result, device_models.Result),
    (messages.Setting, device_models.Setting),
    (messages.State, device_models.State),
    (messages.Verdict, verdict_models.Verdict),
    (DependencyStatus, service_models.Dependency),
    (Delivery, device_models.Delivery),
    (DeviceView, device_models.Device),
    (Introduction, device_models.Introduction),
    (events.Episode, event_models.Episode),
    (events.Refusal, event_models.Refusal),
    (gathered.Band, series_models.Band),
    (history.History, series_models.History),
]


@pytest.mark.parametrize(("struct", "model"), STRUCTS)
def test_models_follow_the_structs_they_describe(
    struct: type[msgspec.Struct], model: type[BaseModel]
) -> None:
    assert list(model.model_fields) == list(struct.__struct_fields__)


@cache
def document() -> dict[str, Any]:
    """The description, of an app that is never asked anything."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - at collection, before fixtures

    with TemporaryDirectory() as directory, Workshop(Path(directory)) as workshop:
        return create_app(workshop.services()).openapi()


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    ]


def test_the_paths_are_those_of_the_contract() -> None:
    section = CONTRACT.read_text(encoding="utf-8").partition("## 6.")[2].partition("## 7.")[0]
    promised = set(
        re.findall(r"^\| `(GET|POST|PUT|PATCH|DELETE) ([^`?\s]+)", section, re.MULTILINE)
    )
    kept = {
        (
            method,
            path.replace("{device}", "{id}").replace("{alarm}", "{id}").replace("{window}", "{id}"),
        )
        for method, path, _ in operations()
    }
    assert kept == promised


@pytest.mark.parametrize(("method", "path", "operation"), operations())
def test_every_operation_is_explained(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["tags"]
    assert len(SHELL.findall(operation["description"])) == 1
    for parameter in operation.get("parameters", ()):
        assert parameter["description"], f"{method} {path}: {parameter['name']}"
    for status, response in operation["responses"].items():
        assert response["description"]
        if status != "200" and path != "/health":
            assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (schema.AssetType, examples.ASSET_TYPE),
        (schema.Device, examples.DEVICE),
        (schema.State, examples.STATE),
        (schema.Latest, examples.LATEST),
        (schema.Delivery, examples.DELIVERY),
        (schema.Result, examples.RESULT),
        (schema.History, examples.HISTORY),
        (schema.Kpis, examples.KPIS),
        (schema.GroupedKpis, examples.GROUPED_KPIS),
        (schema.KpisByLabel, examples.KPIS_BY_LABEL),
        (schema.Energy, examples.ENERGY),
        (schema.Report, examples.REPORT),
        (schema.Alarm, examples.ALARM),
        (schema.Alarm, examples.ACKNOWLEDGED),
        (schema.Alarm, examples.UNACKNOWLEDGED),
        (schema.Alarm, examples.SHELVED),
        (schema.AlarmStatistics, examples.ALARM_STATISTICS),
        (schema.AlarmVerdict, examples.ALARM_VERDICT),
        (schema.AlarmVerdict, examples.NO_VERDICT),
        (schema.JudgedAlarm, examples.JUDGED_ALARM),
        (schema.MaintenanceWindow, examples.WINDOW),
        (schema.Acknowledged, examples.MANY_ACKNOWLEDGED),
        (schema.Diagnosis, examples.DIAGNOSIS),
        (schema.Episode, examples.EPISODE),
        (schema.Refusal, examples.REFUSAL),
        (schema.RawReadings, examples.RAW_READINGS),
        (schema.Health, examples.HEALTH),
        (schema.Problem, examples.problem(404, "Not Found")),
    ],
)
def test_examples_fit_the_models_they_show(model: type[BaseModel], example: object) -> None:
    model.model_validate_json(msgspec.json.encode(example), strict=True)


def test_every_answer_has_an_example() -> None:
    for method, path, operation in operations():
        for status, response in operation["responses"].items():
            [content] = response["content"].values()
            assert "example" in content, f"{method} {path}: {status}"


def noted(device: str) -> Entry:
    """The entry of the examples."""
    note, id_ = Note(time_ms=NOON_MS, text="New filter."), examples.LOG_ENTRY["id"]
    return Entry(id=str(id_), device=device, note=note, changed_ms=NOON_MS, changed_by="Sam")


def asked_by(command: str) -> dict[str, Any]:
    """What curl would ask for; a file that it sends is a picture."""
    words = iter(shlex.split(command.replace("\\\n", " ")))
    assert next(words) == "curl"
    assert next(words) in {"-s", "-sN"}
    asked: dict[str, Any] = {"method": "GET", "headers": {}}
    for word in words:
        if word == "-X":
            asked["method"] = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            asked["headers"][name] = value
        elif word in {"-d", "--data-binary"}:
            said = next(words)
            asked["content"] = PICTURE if said.startswith("@") else said
        elif word == "-o":
            next(words)
        else:
            asked["url"] = word.removeprefix("http://127.0.0.1:8000")
    assert asked["url"].startswith("/")
    return asked


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [SHELL.findall(operation["description"])[0] for _, _, operation in operations()]
)
def test_every_example_can_be_pasted(tmp_path: Path, serve: Serve, command: str) -> None:
    with put_back(), Workshop(tmp_path) as workshop:
        device = furnish(workshop)
        workshop.add_unknown("plant-01", humidity=41.2)
        window = Window(id="9f2c41aa", from_ms=0)
        workshop.registrar.register.windows[window.id] = window
        if "dispenser-01" in command:
            workshop.add("dispenser-01", asset="dispenser")
        for owner in (SITE, "fan-01") if "/annotations/" in command else ():
            workshop.registrar.register.log.put(noted(owner))
        if "/waiting-boards/" in command:
            workshop.logins.make("my-fan")
        if "/photo" in command:
            bring(workshop, "fan-01")
        if "/unacknowledge" in command or "/unshelve" in command:
            workshop.say(device, alarm=1)
        if "-X DELETE" in command and "/verdict" in command:
            workshop.judge(alarm=1)
        answer = serve(workshop).request(**asked_by(command))
    assert answer.status_code == 200, answer.text
    assert answer.content


def test_bodies_shown_as_examples_are_taken(client: httpx.Client) -> None:
    body = document()["components"]["schemas"]["CommandBody"]
    assert len(body["examples"]) > 1
    for example in body["examples"]:
        answer = client.post("/devices/fan-01/commands", json=example)
        assert answer.status_code == 200, answer.text


def test_docs_need_no_internet(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
    assets = re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page)
    assert len(assets) >= 3
    for asset in assets:
        assert client.get(asset).status_code == 200
