"""A machine's life over REST: added, commissioned, retired, replaced, removed."""

from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from gateway.accounts.credentials import Credentials
from gateway.accounts.rights import Role
from hosting.audit.events import What
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop


def put_stage(client: httpx.Client, device: str, stage: str, **said: Any) -> httpx.Response:
    body = {"by": "Sam", "stage": stage} | said
    return client.put(f"/devices/{device}/stage", json=body)


def names(client: httpx.Client, path: str, **query: Any) -> list[str]:
    return [each["device"] for each in client.get(path, params=query).json()]


def test_a_board_is_added_with_a_login_that_is_shown_once(
    empty_workshop: Workshop, serve: Serve
) -> None:
    client = serve(empty_workshop)
    said = {"by": "Sam", "device": "my-fan", "asset": "fan", "name": "Mine", "place": "hall 2"}
    answer = client.post("/devices", json=said)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert empty_workshop.logins.has("my-fan")
    assert f'password = "{made["password"]}"' in made["site_toml"]
    assert made["password"] in made["publish"]
    assert "firmware flash" in made["flash"]
    registry = client.get("/devices/my-fan/registry").json()
    assert (registry["name"], registry["place"], registry["asset"]) == ("Mine", "hall 2", "fan")
    assert made["password"] not in str(empty_workshop.audited)

    again = client.post("/devices", json=said)
    assert (again.status_code, "replace it" in again.json()["detail"]) == (409, True)
    bad = client.post("/devices", json=said | {"device": "other", "asset": "toaster"})
    assert bad.status_code == 422
    assert not empty_workshop.logins.has("other")
    for name in ("../../etc", "gateway", "a b"):
        assert client.post("/devices", json=said | {"device": name}).status_code == 422


def test_a_board_that_has_not_reported_waits_can_have_a_new_login_and_be_removed(
    empty_workshop: Workshop, serve: Serve
) -> None:
    empty_workshop.add("fan-01")
    empty_workshop.logins.make("fan-01")
    client = serve(empty_workshop)
    said = {"by": "Sam", "device": "press-1", "name": "Press", "place": "hall 2", "asset": "fan"}
    first = client.post("/devices", json=said).json()
    waiting = client.get("/waiting-boards").json()
    assert waiting == [
        {"device": "press-1", "name": "Press", "place": "hall 2", "group": "", "asset": "fan"}
    ]
    again = client.post("/waiting-boards/press-1/login", json={"by": "Alex"})
    assert again.status_code == 200, again.text
    assert again.headers["cache-control"] == "no-store"
    made = again.json()
    assert made["password"] != first["password"]
    assert made["password"] in made["publish"]
    assert '"rpm"' in made["publish"]  # of its type
    assert ("Alex", What.DEVICE_RENEWED, "press-1") in empty_workshop.audited
    assert made["password"] not in str(empty_workshop.audited)
    for name, status in (("fan-01", 409), ("nobody", 404), ("gateway", 404)):
        path = f"/waiting-boards/{name}/login"
        assert client.post(path, json={"by": "Alex"}).status_code == status

    assert client.delete("/devices/press-1?confirm=press-1&by=Sam").status_code == 200
    assert client.get("/waiting-boards").json() == []
    assert not empty_workshop.logins.has("press-1")
    empty_workshop.logins.make("press-2")
    empty_workshop.add("press-2")
    assert client.get("/waiting-boards").json() == []


def test_only_machines_can_be_removed_and_somebody_says_so(
    empty_workshop: Workshop, serve: Serve
) -> None:
    logins = Credentials(empty_workshop.settings.data_dir, site=empty_workshop.settings.site)
    logins.add(["my-laptop"], role=Role.READER)
    logins.own("gateway")
    empty_workshop.add("fan-01")
    client = serve(empty_workshop)
    for name in ("my-laptop", "gateway"):  # a login, and no board's
        assert client.get(f"/devices/{name}/removal").status_code == 404
        answer = client.delete(f"/devices/{name}?confirm={name}&by=Sam")
        assert (answer.status_code, logins.knows(name)) == (404, True)
        taken = client.post("/devices", json={"by": "Sam", "device": name})
        assert (taken.status_code, "a login" in taken.json()["detail"]) == (409, True)
    nobody = client.delete("/devices/fan-01?confirm=fan-01")
    assert (nobody.status_code, "Say who" in nobody.json()["detail"]) == (422, True)
    unseen = client.delete("/devices/fan-01?confirm=fan-01&by=m%01e")
    assert unseen.status_code == 422
    assert client.get("/devices/fan-01").status_code == 200


def test_who_is_retired_is_in_no_list_and_reads_as_before(
    empty_workshop: Workshop, serve: Serve
) -> None:
    old, other = empty_workshop.add("fan-01"), empty_workshop.add("fan-02")
    for device in (old, other):
        empty_workshop.run(device, from_ms=NOON_MS - 10 * MINUTE_MS, to_ms=NOON_MS - MINUTE_MS)
    empty_workshop.alarm(old, raised_ms=NOON_MS - MINUTE_MS)
    client = serve(empty_workshop)
    answer = put_stage(client, "fan-01", "retired", note="sold")
    assert answer.status_code == 200, answer.text
    stage = answer.json()["stage"]
    assert (stage["name"], stage["by"], stage["note"]) == ("retired", "Sam", "sold")
    assert answer.json()["changes"][0]["value"] == {"stage": "retired", "note": "sold"}
    for path in ("/devices", "/births", "/delivery"):
        assert names(client, path) == ["fan-02"]
    assert names(client, "/devices", stage="retired") == ["fan-01"]
    assert names(client, "/births", stage="all") == ["fan-01", "fan-02"]
    assert client.get("/alarms").json() == []
    [closed] = client.get("/alarms", params={"state": "all"}).json()
    assert closed["over"] == "The machine was retired by Sam."
    assert len(client.get("/devices/fan-01/history").json()["time_ms"]) > 1

    old.twin.book.raise_(
        "temperature_high", kind="limit", severity="High", text="Hot.", time_ms=NOON_MS
    )
    assert not old.twin.book.open_alarms
    # What it used before it was retired is paid for; afterwards it is in no total.
    assert set(client.get("/energy").json()["devices"]) == {"fan-01", "fan-02"}
    empty_workshop.now_ms += 48 * 60 * MINUTE_MS
    assert set(client.get("/energy").json()["devices"]) == {"fan-02"}
    answer = client.get("/kpis", params={"group": "device"})
    assert [group["name"] for group in answer.json()["groups"]] == ["fan-02"]

    assert put_stage(client, "fan-01", "in_use").status_code == 200
    assert names(client, "/devices") == ["fan-01", "fan-02"]
    assert not old.twin.book.is_mute


def test_what_is_measured_in_commissioning_counts_in_no_figure(
    empty_workshop: Workshop, serve: Serve
) -> None:
    """Of two that run alike, one is in commissioning for 15 of 60 minutes."""
    begin_ms = NOON_MS - 60 * MINUTE_MS
    for name in ("fan-01", "fan-02"):
        empty_workshop.run(empty_workshop.add(name), from_ms=begin_ms, to_ms=NOON_MS)
    client = serve(empty_workshop)
    for at, stage in ((15, "commissioning"), (30, "in_use")):
        empty_workshop.now_ms = begin_ms + at * MINUTE_MS
        assert put_stage(client, "fan-01", stage).status_code == 200
    empty_workshop.now_ms = NOON_MS
    span = {"from": begin_ms, "to": NOON_MS}

    for bucket in ("total", "minute"):
        energy = client.get("/energy", params=span | {"bucket": bucket}).json()
        wh = {name: sum(filter(None, its["energy_wh"])) for name, its in energy["devices"].items()}
        assert wh["fan-01"] / wh["fan-02"] == pytest.approx(0.75, rel=0.01)
        assert energy["totals"]["energy_wh"] == pytest.approx(sum(wh.values()))
        assert energy["totals"]["coverage"] > 0.98
    asked = span | {"bucket": "total", "names": "energy_wh"}
    one = client.get("/devices/fan-01/kpis", params=asked).json()["kpis"]["energy_wh"]
    assert one["value"] == [pytest.approx(wh["fan-01"])]
    assert one["coverage"][0] > 0.98
    for group in ("device", "site", "asset"):
        groups = client.get("/kpis", params=asked | {"group": group}).json()["groups"]
        told = [each["kpis"]["energy_wh"] for each in groups]
        assert sum(each["value"][0] for each in told) == pytest.approx(sum(wh.values()))
        assert min(each["coverage"][0] for each in told) > 0.98
    compared = client.get("/energy/comparison", params={"period": "day"}).json()["this"]
    assert compared["energy_wh"] == pytest.approx(sum(wh.values()))

    power = client.get("/power", params=span).json()
    assert [w is not None for w in power["power_w"]] == [True] * 4
    assert power["power_w"][1] == pytest.approx(power["power_w"][2] / 2, rel=0.01)
    alone = client.get("/power", params=span | {"devices": "fan-01"}).json()
    assert [w is not None for w in alone["power_w"]] == [True, False, True, True]
    assert alone["devices"]["fan-01"]["coverage"] > 0.98


def test_nothing_counts_while_commissioning_lasts(empty_workshop: Workshop, serve: Serve) -> None:
    device = empty_workshop.add("fan-01")
    empty_workshop.run(device, from_ms=NOON_MS - 20 * MINUTE_MS, to_ms=NOON_MS)
    query: dict[str, str | int] = {
        "names": "energy_wh",
        "bucket": "minute",
        "from": NOON_MS - 20 * MINUTE_MS,
    }
    client = serve(empty_workshop)

    def minutes() -> list[int]:
        found: list[int] = client.get("/devices/fan-01/kpis", params=query).json()["time_ms"]
        return found

    assert len(minutes()) == 20
    empty_workshop.now_ms = NOON_MS - 30 * MINUTE_MS
    assert put_stage(client, "fan-01", "commissioning").status_code == 200
    empty_workshop.now_ms = NOON_MS
    assert minutes() == []
    totals = client.get("/energy", params={"from": NOON_MS - 20 * MINUTE_MS}).json()["totals"]
    assert (totals["energy_wh"], totals["coverage"]) == (None, None)
    empty_workshop.now_ms = NOON_MS - 5 * MINUTE_MS - 1_000
    assert put_stage(client, "fan-01", "in_use").status_code == 200
    empty_workshop.now_ms = NOON_MS
    assert minutes() == [NOON_MS - n * MINUTE_MS for n in range(5, 0, -1)]


def test_a_stage_that_cannot_be_is_refused(empty_workshop: Workshop, serve: Serve) -> None:
    empty_workshop.add("fan-01")
    client = serve(empty_workshop)
    for stage, part in (("replaced", "POST /devices/fan-01/replace"), ("asleep", "in_use")):
        answer = put_stage(client, "fan-01", stage)
        assert (answer.status_code, part in answer.json()["detail"]) == (422, True)
    assert put_stage(client, "fan-77", "retired").status_code == 404


def test_a_machine_that_is_replaced_begins_anew_and_its_past_is_read(
    empty_workshop: Workshop, serve: Serve
) -> None:
    old = empty_workshop.add("fan-01")
    empty_workshop.run(old, from_ms=NOON_MS - 10 * MINUTE_MS, to_ms=NOON_MS)
    client = serve(empty_workshop)
    patch = {"by": "Sam", "name": "Extract fan", "place": "hall 2"}
    assert client.patch("/devices/fan-01/registry", json=patch).status_code == 200
    made = client.post("/devices/fan-01/replace", json={"by": "Sam", "note": "seized"})
    assert made.status_code == 200, made.text
    assert len(made.json()["password"]) == 32
    assert client.get("/devices/fan-01/latest").status_code == 404
    assert client.get("/devices/fan-01/history").json()["time_ms"] == []
    assert client.get("/devices/fan-01.life1/history").json()["time_ms"]
    assert client.get("/devices/fan-01.life1/latest").json()["kpis"]["energy_wh"]["value"] > 0
    new, past = (client.get(f"/devices/{n}/registry").json() for n in ("fan-01", "fan-01.life1"))
    assert (new["name"], new["place"]) == (past["name"], past["place"])
    assert (new["life"]["number"], new["life"]["began_ms"]) == (2, NOON_MS)
    assert past["stage"]["name"] == "replaced"
    told = client.get("/devices/fan-01/lives").json()
    assert [(one["device"], one["number"]) for one in told] == [
        ("fan-01", 2),
        ("fan-01.life1", 1),
    ]
    assert client.get("/devices/fan-01.life1/lives").json() == told
    assert names(client, "/devices") == ["fan-01"]
    assert client.post("/devices/fan-01.life1/replace", json={"by": "Sam"}).status_code == 409
    assert put_stage(client, "fan-01.life1", "in_use").status_code == 422


def test_a_qr_code_leads_to_the_machine_s_page(empty_workshop: Workshop, serve: Serve) -> None:
    client = serve(empty_workshop)
    answer = client.get("/devices/fan-01/qr.svg", params={"page": "http://192.168.1.10:1880"})
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(answer.text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    other = client.get("/devices/fan-02/qr.svg", params={"page": "http://192.168.1.10:1880"})
    assert other.text != answer.text
    for page in ("javascript:alert(1)", "http://a/?b", "ftp://a"):
        assert client.get("/devices/fan-01/qr.svg", params={"page": page}).status_code == 422


def test_alarms_ask_for_nobody_in_commissioning_and_maintenance(
    empty_workshop: Workshop, serve: Serve
) -> None:
    empty_workshop.add("fan-01")
    client, quiet = serve(empty_workshop), empty_workshop.registrar.register.quiet
    assert quiet("fan-01", NOON_MS) is None
    for stage in ("commissioning", "maintenance"):
        assert put_stage(client, "fan-01", stage, note="new belt").status_code == 200
        found = quiet("fan-01", NOON_MS)
        assert found is not None
        assert (found.since_ms, found.until_ms, found.by) == (NOON_MS, None, f"{stage}, new belt")
    assert put_stage(client, "fan-01", "in_use").status_code == 200
    assert quiet("fan-01", NOON_MS) is None
