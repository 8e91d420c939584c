"""What people say of machines and set, over HTTP: every word checked, kept, and entered."""

from typing import Any

import httpx
import pytest

from hosting.audit.events import What
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS
REGISTRY = "/devices/fan-01/registry"
SETTINGS = "/devices/fan-01/settings"


@pytest.fixture
def client(workshop: Workshop, serve: Serve) -> httpx.Client:
    return serve(workshop)


def said(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


# ---------------------------------------------------------------- fields


def test_a_machine_of_which_nobody_has_said_anything_has_empty_fields(client: httpx.Client) -> None:
    found = said(client.get(REGISTRY))
    assert (found["name"], found["tags"], found["asset"]) == ("", [], None)
    assert (found["asset_in_use"], found["asset_from"]) == ("fan", "birth")
    assert (found["revision"], found["changes"]) == (0, [])


def test_what_is_entered_is_what_was_kept_however_often_it_was_said(
    workshop: Workshop, client: httpx.Client
) -> None:
    said(client.patch(REGISTRY, json={"by": "Sam", "tags": ["night"] * 5_000, "name": " Fan "}))
    assert workshop.audited[-1][2] == 'fan-01: {"name": "Fan", "tags": ["night"]}'


def test_a_patch_is_kept_with_who_and_when_and_entered(
    workshop: Workshop, client: httpx.Client
) -> None:
    said(client.patch(REGISTRY, json={"by": " Sam ", "name": "Extract fan", "tags": ["night"]}))
    found = said(client.patch(REGISTRY, json={"by": "Alex", "name": None, "place": "hall 2"}))
    assert (found["name"], found["place"], found["tags"]) == ("", "hall 2", ["night"])
    assert (found["changed_by"], found["changed_ms"]) == ("Alex", NOON_MS)
    names = [(change["name"], change["value"], change["changed_by"]) for change in found["changes"]]
    assert names == [
        ("place", "hall 2", "Alex"),
        ("name", None, "Alex"),
        ("tags", ["night"], "Sam"),
        ("name", "Extract fan", "Sam"),
    ]
    assert workshop.audited[0] == (
        "Sam",
        What.REGISTRY_CHANGED,
        'fan-01: {"name": "Extract fan", "tags": ["night"]}',
    )


def test_two_people_at_the_same_form_do_not_overwrite_each_other(client: httpx.Client) -> None:
    seen = said(client.get(REGISTRY))["revision"]
    said(client.patch(REGISTRY, json={"by": "Alex", "revision": seen, "place": "hall 2"}))
    late = client.patch(REGISTRY, json={"by": "Sam", "revision": seen, "place": "hall 3"})
    assert "Alex has changed the registry of fan-01 since" in refusal(late, 409)
    assert said(client.get(REGISTRY))["place"] == "hall 2"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "Fan"}, "by"),
        ({"by": " ", "name": "Fan"}, "by"),
        ({"by": "Sam", "colour": "red"}, "has no field 'colour'"),
        ({"by": "Sam", "name": 7}, "name must be a text"),
        ({"by": "Sam", "asset": "toaster"}, "no asset type 'toaster'"),
        ({"by": "Sam", "revision": -1}, "revision"),
    ],
)
def test_a_patch_that_does_not_fit_says_why(
    client: httpx.Client, body: dict[str, Any], words: str
) -> None:
    assert words in refusal(client.patch(REGISTRY, json=body), 422)
    assert said(client.get(REGISTRY))["revision"] == 0


def test_of_a_device_nobody_knows_there_is_no_registry(client: httpx.Client) -> None:
    for answer in (
        client.get("/devices/fan-99/registry"),
        client.patch("/devices/fan-99/registry", json={"by": "Sam", "name": "x"}),
        client.get("/devices/fan-99/settings"),
        client.put("/devices/fan-99/settings", json={"by": "Sam", "desired": {}}),
        client.get("/devices/fan-99/params"),
    ):
        assert "fan-99" in refusal(answer, 404)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_page_of_another_origin_can_set_nothing(client: httpx.Client, method: str) -> None:
    path = REGISTRY if method == "PATCH" else SETTINGS
    plain = client.request(method, path, content=b"{}", headers={"content-type": "text/plain"})
    assert "application/json" in refusal(plain, 415)
    large = client.request(
        method, path, content=b" " * 70_000, headers={"content-type": "application/json"}
    )
    assert large.status_code == 413


# ---------------------------------------------------------------- settings


def test_a_setting_is_shown_beside_what_the_device_says(
    workshop: Workshop, client: httpx.Client
) -> None:
    device = workshop.fleet.get("fan-01")
    device.settings.reported = device.settings.reported.after(
        {"rate_hz": 5.0}, {}, now_ms=NOON_MS - 1
    )
    workshop.now_ms += 1000
    found = said(client.put(SETTINGS, json={"by": "Sam", "desired": {"rate_hz": 2}}))
    assert found["settings"] == {
        "rate_hz": {
            "desired": 2.0,
            "reported": 5.0,
            "differs_since_ms": NOON_MS + 1000,
            "refused": None,
            "set_by": "Sam",
            "set_ms": NOON_MS + 1000,
        }
    }
    assert said(client.get(SETTINGS)) == found
    assert said(client.get("/devices/fan-01/latest"))["settings"] == found["settings"]
    [change] = said(client.get(REGISTRY))["changes"]
    assert (change["kind"], change["name"], change["value"]) == ("setting", "rate_hz", 2.0)
    assert workshop.audited[-1][:2] == ("Sam", What.DEVICE_SETTINGS_CHANGED)


def test_a_setting_there_is_not_is_refused(client: httpx.Client) -> None:
    for desired in ({"colour": "red"}, {"rate_hz": 101}, {"rate_hz": None}):
        answer = client.put(SETTINGS, json={"by": "Sam", "desired": desired})
        assert next(iter(desired)) in refusal(answer, 422)
    assert said(client.get(SETTINGS))["settings"] == {}


def test_a_command_changes_the_setting(client: httpx.Client) -> None:
    body = {"name": "set_rate", "args": {"rate_hz": 1.0}}
    said(client.post("/devices/fan-01/commands", json=body))
    found = said(client.get(SETTINGS))["settings"]["rate_hz"]
    assert (found["desired"], found["set_by"]) == (1.0, "api")


# ---------------------------------------------------------------- parameters


def test_the_site_s_tariff_is_that_of_the_settings_until_somebody_sets_another(
    client: httpx.Client,
) -> None:
    found = said(client.get("/params"))["params"]["price_per_kwh"]
    assert (found["value"], found["unit"], found["scope"]) == (0.3, "GBP/kWh", "type")
    assert found["source"] == "set by the site in EDGETWIN_PRICE_PER_KWH"


def test_a_parameter_counts_from_its_date_on(workshop: Workshop, client: httpx.Client) -> None:
    version = {"value": 0.5, "valid_from": "2025-11-20T11:00:00Z", "source": "contract"}
    body = {"by": "Sam", "params": {"price_per_kwh": version}}
    now = said(client.put("/params", json=body))["params"]["price_per_kwh"]
    assert (now["value"], now["scope"], now["source"]) == (0.5, "site", "contract")
    before = said(client.get("/params?at=2025-11-20T10:59:59Z"))["params"]["price_per_kwh"]
    assert (before["value"], before["scope"]) == (0.3, "type")
    assert [one["changed_by"] for one in before["versions"]] == ["Sam"]
    assert workshop.audited[-1][:2] == ("Sam", What.PARAMS_CHANGED)


def test_a_device_s_own_parameter_counts_before_the_site_s(client: httpx.Client) -> None:
    path = "/devices/fan-01/params"
    said(client.put(path, json={"by": "Sam", "params": {"price_per_kwh": {"value": 0.1}}}))
    found = said(client.get(path))["params"]["price_per_kwh"]
    assert (found["value"], found["scope"], found["valid_from_ms"]) == (0.1, "device", NOON_MS)
    assert said(client.get("/params"))["params"]["price_per_kwh"]["value"] == 0.3
    back = {"price_per_kwh": {"value": None, "valid_from": NOON_MS}}
    said(client.put(path, json={"by": "Sam", "params": back}))
    assert said(client.get(path))["params"]["price_per_kwh"]["scope"] == "type"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"pride": {"value": 1}}, "no parameter 'pride' here"),
        ({"price_per_kwh": {"value": "free"}}, "value"),
        ({"price_per_kwh": {"value": 0.3, "valid_from": "soon"}}, "'soon' is not a time"),
        ({"price_per_kwh": {"value": 0.3, "until": 1}}, "until"),
        ({}, "params"),
    ],
)
def test_a_version_that_does_not_fit_says_why(
    client: httpx.Client, params: dict[str, Any], words: str
) -> None:
    assert words in refusal(client.put("/params", json={"by": "Sam", "params": params}), 422)


def values(answer: httpx.Response) -> dict[str, list[float]]:
    return {name: column["value"] for name, column in said(answer)["kpis"].items()}


def test_a_new_tariff_leaves_the_bill_of_the_hour_before_and_cuts_the_one_it_begins_in(
    client: httpx.Client,
) -> None:
    """By hand: 120 minutes alike at noon - 2 h; a kWh costs 0.3, and 3.0 from 11:30 on."""
    path = f"/devices/fan-01/kpis?bucket=hour&from={NOON_MS - 2 * HOUR_MS}&to={NOON_MS}"
    before = values(client.get(path))
    version = {"value": 3.0, "valid_from": NOON_MS - 30 * MINUTE_MS}
    said(client.put("/params", json={"by": "Sam", "params": {"price_per_kwh": version}}))
    after = values(client.get(path))
    assert after["energy_wh"] == pytest.approx(before["energy_wh"])
    assert after["cost"][0] == before["cost"][0]
    assert before["cost"][1] == pytest.approx(before["energy_wh"][1] / 1000 * 0.3)
    assert after["cost"][1] == pytest.approx(before["cost"][1] * (1 + 10) / 2, rel=0.01)
    energy = said(client.get(f"/energy?bucket=hour&from={NOON_MS - 2 * HOUR_MS}&to={NOON_MS}"))
    assert energy["totals"]["cost"] == pytest.approx(sum(after["cost"]))
    assert energy["factors"]["price_per_kwh"] == 3.0
    assert energy["factors"]["price"]["valid_from"].startswith("2025-11-20T11:30")
    prices = [version["price_per_kwh"] for version in energy["factors"]["versions"]]
    assert prices == [0.3, 3.0]
