"""What there is and how it does right now."""

from pathlib import Path

import httpx
import msgspec

from contract import assets
from gateway.api.views import DeviceView
from tests.gateway.api.workshop import GOOD, NOON_MS, Serve, Workshop


def test_a_device_is_shown_whole(noon: Workshop, client: httpx.Client) -> None:
    shown = client.get("/devices/fan-01").json()
    assert shown["device"] == "fan-01"
    assert shown["birth"]["faults"] == ["overcurrent"]
    assert shown["state"]["values"] == GOOD | {
        "temperature": shown["state"]["values"]["temperature"]
    }
    assert shown["state"]["kpis"]["power_w"]["value"] == 12 * 1.08
    assert shown["diagnosis"]["fault"] == "overcurrent"
    assert [alarm["id"] for alarm in shown["alarms"]] == [1]
    assert shown["delivery"]["stored"] == shown["delivery"]["watermark"] == 3600
    latest = client.get("/devices/fan-01/latest").json()
    assert latest.pop("channels").keys() == set(assets.get("fan").by_name)
    assert latest == shown["state"]
    assert client.get("/devices").json() == [shown]
    assert client.get("/delivery").json() == [shown["delivery"]]
    patch = {"by": "Sam", "name": "Extract fan", "place": "Hall 2"}
    assert client.patch("/devices/fan-01/registry", json=patch).is_success
    same = ["device", "asset", "stage", "first_seen_ms", "birth", "birth_refused", "imported_ms"]
    assert client.get("/births").json() == [
        {key: shown[key] for key in same}
        | {"name": "Extract fan", "place": "Hall 2", "group": "", "photo": None}
    ]


def test_the_newest_of_each_channel_has_its_time_and_age(
    empty_workshop: Workshop, serve: Serve
) -> None:
    device = empty_workshop.add("fan-01")
    empty_workshop.store(device, [(NOON_MS - 9_000, GOOD), (NOON_MS - 2_000, {"rpm": 1200.0})])
    newest = serve(empty_workshop).get("/devices/fan-01/latest").json()["channels"]
    assert set(newest) == set(assets.get("fan").by_name)
    assert newest["rpm"] == {
        "value": 1200.0, "unit": "rpm", "time_ms": NOON_MS - 2_000, "age_ms": 2_000, "reason": None,
    }  # fmt: skip
    assert newest["current"] == {
        "value": 1.08, "unit": "A", "time_ms": NOON_MS - 9_000, "age_ms": 9_000, "reason": None,
    }  # fmt: skip
    assert newest["ambient"] == {
        "value": None, "unit": "°C", "time_ms": None, "age_ms": None,
        "reason": "It was not sent yet.",
    }  # fmt: skip


def test_a_device_says_when_it_was_first_heard_of(empty_workshop: Workshop, serve: Serve) -> None:
    empty_workshop.add("fan-07").first_seen_ms = NOON_MS
    client = serve(empty_workshop)
    assert client.get("/devices/fan-07").json()["first_seen_ms"] == NOON_MS
    assert client.get("/births").json()[0]["first_seen_ms"] == NOON_MS


def test_a_device_that_only_said_hello(empty_workshop: Workshop, serve: Serve) -> None:
    device = empty_workshop.add("fan-07")
    device.epoch = None
    shown = serve(empty_workshop).get("/devices/fan-07").json()
    assert shown["birth"] is shown["state"] is shown["diagnosis"] is None
    assert shown["alarms"] == []
    assert shown["delivery"]["epoch"] is None
    assert shown["delivery"]["watermark"] == 0


def test_no_devices(empty_workshop: Workshop, serve: Serve) -> None:
    client = serve(empty_workshop)
    assert client.get("/devices").json() == []
    assert client.get("/delivery").json() == []


def test_pending_counts_what_waits_beyond_a_hole(empty_workshop: Workshop, serve: Serve) -> None:
    device = empty_workshop.add("fan-01")
    assert device.epoch is not None
    for seq in (1, 2, 4, 5, 7):
        device.epoch.watermark.settle(seq)
    shown = serve(empty_workshop).get("/delivery").json()[0]
    assert (shown["watermark"], shown["pending"]) == (2, 3)


def test_a_list_of_many_devices_is_whole_and_leaves_room_for_others(
    empty_workshop: Workshop, serve: Serve
) -> None:
    """Made a few at a time: whoever else uses the event loop gets a turn in between."""
    names = [f"fan-{number:04}" for number in range(1, 1002)]
    for name in names:
        empty_workshop.add(name, durable=False)
    client = serve(empty_workshop)
    with client.stream("GET", "/devices") as answer:
        chunks = list(answer.iter_raw())
    shown = msgspec.json.decode(b"".join(chunks), type=list[DeviceView])
    assert [view.device for view in shown] == names
    assert [entry["device"] for entry in client.get("/delivery").json()] == names
    assert len(chunks) > 10


def test_the_catalogue_shows_every_asset_type(client: httpx.Client) -> None:
    shown = {entry["name"]: entry for entry in client.get("/catalogue").json()}
    assert shown["fan"]["origin"] == "built_in"
    assert shown.keys() == assets.CATALOGUE.keys()
    for name, asset in assets.CATALOGUE.items():
        entry = shown[name]
        assert [c["name"] for c in entry["channels"]] == [c.name for c in asset.channels]
        assert [k["name"] for k in entry["kpis"]] == [k.name for k in asset.kpis]
        assert [f["name"] for f in entry["faults"]] == [f.name for f in asset.faults]
        assert all(kpi["definition"] for kpi in entry["kpis"])
        assert [k["role"] for k in entry["kpis"]] == [k.role for k in asset.kpis]
        assert [s["reset_by"] for s in entry["services"]] == [s.reset_by for s in asset.services]


def test_money_is_in_the_site_s_currency(tmp_path: Path, serve: Serve) -> None:
    with Workshop(tmp_path, currency="EUR") as workshop:
        catalogue = serve(workshop).get("/catalogue").json()
    units = {kpi["unit"] for kpi in catalogue[0]["kpis"]}
    assert "EUR" in units
    assert "GBP" not in units


def test_a_command_is_carried_to_the_device(noon: Workshop, client: httpx.Client) -> None:
    body = {"name": "inject_fault", "args": {"fault": "overcurrent"}}
    answer = client.post("/devices/fan-01/commands", json=body)
    assert answer.json() == {"id": "c1", "ok": True, "error": None, "time_ms": NOON_MS}
    assert noon.commands == [("fan-01", "inject_fault", {"fault": "overcurrent"})]


def test_every_example_in_the_description_is_carried(noon: Workshop, client: httpx.Client) -> None:
    body = client.get("/openapi.json").json()["components"]["schemas"]["CommandBody"]
    for example in body["examples"]:
        assert client.post("/devices/fan-01/commands", json=example).status_code == 200
    assert [name for _, name, _ in noon.commands] == body["properties"]["name"]["enum"]
    assert noon.commands[-1][2].keys() == {"manifest", "signature"}


def test_a_device_is_described_as_its_type_is(noon: Workshop, client: httpx.Client) -> None:
    del noon
    shown = {entry["name"]: entry for entry in client.get("/catalogue").json()}
    assert client.get("/devices/fan-01/catalogue").json() == shown["fan"]


def test_a_device_of_no_type_is_described_by_what_it_has_sent(
    noon: Workshop, client: httpx.Client
) -> None:
    noon.add_unknown("plant-01", humidity=41.2, mode="auto")
    found = client.get("/devices/plant-01/catalogue").json()
    [channel] = found["channels"]
    assert found["name"] == "generic"
    assert (channel["name"], channel["title"]) == ("humidity", "Humidity")
    assert (channel["low"], channel["high"], channel["normal"]) == (0.0, 50.0, None)
    assert [label["name"] for label in found["labels"]] == ["mode"]
    assert "plant-01" in {each["device"] for each in client.get("/devices").json()}
