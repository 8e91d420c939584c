"""What if: the real service simulates from a machine's live state; answers and refusals."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.assets import get
from gateway.api import schema, what_if
from gateway.api.simulations import Simulations
from gateway.api.views import state_of
from gateway.registry.params import Version
from tests.gateway.api.workshop import GOOD, NOON_MS, Serve, Workshop

SHORT = {"hours": 0.5, "seeds": 3}
WATER: dict[str, Any] = {
    "flow": 0.0, "tank_level": 60.0, "hot_temperature": 84.0, "cold_temperature": 5.0,
    "power": 4.0, "hot_set_point": 85.0, "state": "idle", "litres": 10.0, "energy": 1.0,
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path, serve: Serve) -> Any:
    with Workshop(tmp_path) as workshop:
        for name, asset, values in (("fan-01", "fan", GOOD), ("water-01", "dispenser", WATER)):
            device = workshop.add(name, asset=asset)
            workshop.store(device, [(NOON_MS - 1000 * at, values) for at in range(30, -1, -1)])
        yield workshop, serve(workshop)


def ask(client: httpx.Client, device: str, **body: Any) -> httpx.Response:
    return client.post(f"/devices/{device}/what-if", json={**SHORT, **body}, timeout=60)


def test_a_slower_fan_takes_less_and_gets_warmer(shop: Any) -> None:
    _, client = shop
    answer = ask(client, "fan-01", inputs={"set_point": 700}).json()
    schema.WhatIf.model_validate(answer, strict=True)
    delta = answer["delta"]
    assert delta["kwh"]["high"] < 0.0
    assert delta["kwh"]["unit"], delta["cost"]["unit"] == ("kWh", "GBP")
    assert delta["cost"]["value"] == pytest.approx(0.3 * delta["kwh"]["value"])
    assert delta["co2_kg"]["value"] == pytest.approx(0.2 * delta["kwh"]["value"])
    assert answer["inputs"]["set_point"] == {"now": None, "then": 700.0}
    [warmth] = [each for each in answer["channels"] if each["name"] == "temperature"]
    assert warmth["delta"]["low"] > 0.0
    assert answer["to_ms"] - answer["from_ms"] == 1_800_000


def test_it_is_judged_by_limits_of_its_own_and_says_what_its_chances_are_of(shop: Any) -> None:
    _, client = shop
    usual = ask(client, "fan-01").json()
    assert usual["chances"] == []
    assert "breaks or wears by itself" in usual["note"]
    limit = {"side": "high", "at": 32, "hysteresis": 1, "delay_s": 5, "severity": "Low"}
    body = {"by": "Sam", "limits": {"temperature": {"normal": [20, 30], "limits": [limit]}}}
    client.put("/devices/fan-01/limits", json=body).raise_for_status()
    [chance] = ask(client, "fan-01").json()["chances"]
    assert (chance["kind"], chance["name"]) == ("limit", "temperature_high")
    assert (chance["now"]["value"], chance["then"]["value"]) == (1.0, 1.0)


def test_a_fault_that_is_present_is_told_to_be_left_out(shop: Any) -> None:
    workshop, client = shop
    assert ask(client, "fan-01").json()["left_out"] == []
    workshop.diagnose(workshop.fleet.get("fan-01"), time_ms=NOON_MS, fault="overcurrent")
    answer = ask(client, "fan-01").json()
    schema.WhatIf.model_validate(answer, strict=True)
    assert answer["left_out"] == [{"name": "fault_overcurrent", "label": "Overcurrent Fault"}]
    assert "Overcurrent Fault: present now, and not simulated." in answer["note"]


def test_a_state_out_of_order_is_among_the_chances(shop: Any) -> None:
    _, client = shop
    answer = ask(client, "water-01", hours=2, inputs={"users": 500}).json()
    schema.WhatIf.model_validate(answer, strict=True)
    [failed] = [each for each in answer["chances"] if each["kind"] == "state"]
    assert (failed["name"], failed["label"]) == ("state.error", "State out of order")
    assert failed["then"]["value"] > 0.0


@pytest.mark.slow
def test_nothing_told_changes_nothing(shop: Any) -> None:
    _, client = shop
    for device in ("fan-01", "water-01"):
        answer = ask(client, device).json()
        for name in ("kwh", "cost", "co2_kg"):
            assert [answer["delta"][name][key] for key in ("value", "low", "high")] == [0.0] * 3


@pytest.mark.slow
def test_a_dispenser_goes_on_from_its_state_at_the_parameters_of_its_own(shop: Any) -> None:
    workshop, client = shop
    params = workshop.registrar.register.params
    for name, value in (("users", 40.0), ("price_per_kwh", 1.0)):
        version = Version(
            value=value, valid_from_ms=0, source="", changed_ms=NOON_MS, changed_by="Sam"
        )
        params.put("water-01", name, version)
    answer = ask(client, "water-01", inputs={"temp_setpoint": 70, "heater_regime": "eco"}).json()
    assert answer["inputs"]["users"] == {"now": 40.0, "then": 40.0}
    assert answer["inputs"]["temp_setpoint"] == {"now": 85.0, "then": 70.0}
    assert answer["inputs"]["heater_regime"] == {"now": None, "then": "eco"}
    assert answer["delta"]["cost"]["value"] == pytest.approx(answer["delta"]["kwh"]["value"])
    [warmth] = [each for each in answer["channels"] if each["name"] == "hot_temperature"]
    assert warmth["then"]["value"] < 84.0


@pytest.mark.slow
def test_progress_comes_in_lines(shop: Any) -> None:
    _, client = shop
    said = ask(client, "fan-01", inputs={"set_point": 700}, progress=True)
    assert said.headers["content-type"] == "application/x-ndjson"
    *told, last = [json.loads(line) for line in said.text.splitlines()]
    assert told[0] == {"done": 0.0}
    assert last["answer"] == ask(client, "fan-01", inputs={"set_point": 700}).json()


@pytest.mark.parametrize(
    ("device", "body", "status", "words"),
    [
        ("nobody", {}, 404, "nobody"),
        ("fan-01", {"inputs": {"colour": 1}}, 422, "'colour' is no input of a fan; it can be told"),
        ("fan-01", {"inputs": {"set_point": 9}}, 422, "set_point is 9.0; it must be 600 to 1600"),
        ("fan-01", {"params": {"tariff": 9}}, 422, "'tariff' is no parameter of a fan"),
        ("fan-01", {"hours": 0}, 422, "hours"),
        ("fan-01", {"hours": 1000}, 422, "hours"),
        ("fan-01", {"seeds": 0}, 422, "seeds"),
        ("fan-01", {"sets": 1}, 422, "sets"),
        ("plant-01", {}, 422, "There is no asset type 'generic'"),
        ("silent-01", {}, 409, "has not sent a reading yet"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(
    shop: Any, device: str, body: dict[str, Any], status: int, words: str
) -> None:
    workshop, client = shop
    workshop.add_unknown("plant-01", humidity=41.2)
    workshop.store(workshop.fleet.get("plant-01"), [(NOON_MS, {"humidity": 41.2})])
    workshop.add("silent-01")
    answer = ask(client, device, **body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_where_nobody_simulates_it_is_said(shop: Any, serve: Serve) -> None:
    workshop, _ = shop
    workshop.simulations = Simulations("http://127.0.0.1:9", token="")
    client = serve(workshop)
    answer = ask(client, "fan-01")
    assert (answer.status_code, answer.json()["detail"][:31]) == (
        503, "Inference at http://127.0.0.1:9",
    )  # fmt: skip
    [line] = ask(client, "fan-01", progress=True).text.splitlines()
    assert "does not answer" in json.loads(line)["error"]


def test_what_is_told_now_is_what_settings_channels_and_parameters_say(shop: Any) -> None:
    workshop, _ = shop
    state = state_of(workshop.fleet.get("water-01"), now_ms=NOON_MS)
    assert state is not None
    found = what_if.present(get("dispenser"), state, {"users": 900.0})
    assert found == {"users": 500.0, "temp_setpoint": 85.0}
