"""Maintenance windows over REST: made, seen, removed; alarms are suppressed while one stands."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from hosting.audit.events import What
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop

HOUR_MS = 60 * MINUTE_MS
URL = "/maintenance-windows"


@pytest.fixture
def workshop(empty_workshop: Workshop) -> Workshop:
    for name in ("fan-01", "fan-02"):
        empty_workshop.add(name)
    return empty_workshop


def made(api: httpx.Client, **body: Any) -> Any:
    answer = api.post(URL, json={"by": "Sam", "note": "Bearing"} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_window_suppresses_what_is_open_and_what_comes_until_it_is_removed(
    workshop: Workshop, serve: Serve
) -> None:
    device = workshop.fleet.get("fan-01")
    alarm = workshop.alarm(device, raised_ms=NOON_MS - MINUTE_MS)
    api = serve(workshop)
    window = made(api, device="fan-01", to=NOON_MS + 2 * HOUR_MS)
    assert (window["stands"], window["stands_until_ms"]) == (True, NOON_MS + 2 * HOUR_MS)
    [shown] = api.get("/alarms").json()
    assert (shown["id"], shown["suppressed_by"]) == (alarm.id, "Bearing (Sam)")
    assert shown["suppressed_until_ms"] == NOON_MS + 2 * HOUR_MS
    assert api.get(URL, params={"device": "fan-01"}).json() == [window]
    removed = api.delete(f"{URL}/{window['id']}", params={"by": "Ann"})
    assert removed.json()["id"] == window["id"]
    [asking] = api.get("/alarms").json()
    assert asking["suppressed_ms"] is None
    assert api.get(URL).json() == []
    assert [entry[:2] for entry in workshop.audited] == [
        ("Sam", What.MAINTENANCE_ADDED), ("Ann", What.MAINTENANCE_REMOVED),
    ]  # fmt: skip


def test_a_window_without_an_offset_is_of_the_clock_on_the_sites_wall(
    tmp_path: Path, serve: Serve
) -> None:
    with Workshop(tmp_path, time_zone="Europe/Berlin") as berlin:
        berlin.add("fan-01")
        api = serve(berlin)
        window = made(api, device="fan-01", **{"from": "2030-01-05T22:00", "to": "2030-01-06"})
        assert window["to_ms"] - window["from_ms"] == 2 * HOUR_MS
        assert window["from_ms"] == 1_893_877_200_000  # 21:00 UTC
        today = made(api, device="fan-01", **{"from": "now", "to": "today"})
        assert today["to_ms"] - today["from_ms"] == 11 * HOUR_MS  # from 13:00 to midnight
        said = {"value": 0.3, "valid_from": "2025-01-01"}
        body = {"by": "Sam", "params": {"price_per_kwh": said}}
        [version] = api.put("/params", json=body).json()["params"]["price_per_kwh"]["versions"]
        assert version["valid_from_ms"] == 1_735_686_000_000  # midnight in Berlin
        day = api.get("/power", params={"from": "2025-10-26", "to": "2025-10-27"}).json()
        assert len(day["time_ms"]) == 25 * 4  # a day of 25 hours
        wrong = api.post("/params", json=body)
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, PUT")
        assert "takes GET, PUT, not POST" in wrong.json()["detail"]


def test_windows_of_a_place_a_group_and_the_site_are_of_whom_they_name(
    workshop: Workshop, serve: Serve
) -> None:
    api = serve(workshop)
    said = {"by": "Sam", "place": "hall 2", "group": "line 1"}
    assert api.patch("/devices/fan-01/registry", json=said).status_code == 200

    def of(device: str) -> list[str]:
        return [each["id"] for each in api.get(URL, params={"device": device}).json()]

    hall, line, site = made(api, place="hall 2"), made(api, group="line 1"), made(api)
    assert set(of("fan-01")) == {hall["id"], line["id"], site["id"]}
    assert of("fan-02") == [site["id"]]


def test_windows_that_follow_without_a_break_are_told_as_one(
    workshop: Workshop, serve: Serve
) -> None:
    device = workshop.fleet.get("fan-01")
    api = serve(workshop)
    made(api, device="fan-01", to=NOON_MS + HOUR_MS)
    made(api, device="fan-01", **{"from": NOON_MS + HOUR_MS, "to": NOON_MS + 3 * HOUR_MS})
    maintenance = workshop.services().maintenance
    asyncio.run(maintenance.look())
    assert device.maintenance is not None
    assert device.maintenance.until_ms == NOON_MS + 3 * HOUR_MS
    assert not maintenance.is_in_maintenance("fan-01", NOON_MS + 3 * HOUR_MS)


def test_a_weekly_window_says_when_it_comes_next(workshop: Workshop, serve: Serve) -> None:
    weekly = {"weekdays": ["sat", "sat"], "from": "22:00", "to": "02:30"}
    window = made(serve(workshop), weekly=weekly)
    assert window["weekly"] == weekly | {"weekdays": ["sat"]}
    assert (window["stands"], window["next_ms"] > NOON_MS) == (False, True)


def test_a_place_that_is_not_there_is_refused_with_those_that_are(
    workshop: Workshop, serve: Serve
) -> None:
    api = serve(workshop)
    api.patch("/devices/fan-01/registry", json={"by": "Sam", "place": "hall 2"})
    answer = api.post(URL, json={"by": "Sam", "place": "Hall 2"})
    assert (answer.status_code, "there are hall 2" in answer.text) == (404, True), answer.text


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ({"device": "nobody"}, 404, "No device 'nobody'"),
        ({"place": "Hall 2"}, 404, "no machine has a place yet"),
        ({"group": "line 9"}, 404, "No machine is of the group 'line 9'"),
        ({"from": NOON_MS, "to": NOON_MS - 1}, 422, "later than 'from'"),
        ({"from": 10**12, "to": NOON_MS - 1}, 422, "over already"),
        ({"device": "fan-01", "place": "hall 2"}, 422, "one device, one group"),
        ({"weekly": {"weekdays": [], "from": "22:00", "to": "02:00"}}, 422, "weekdays"),
        ({"weekly": {"weekdays": ["sat"], "from": "25:00", "to": "02:00"}}, 422, "from"),
    ],
)
def test_what_cannot_be_is_refused(
    workshop: Workshop, serve: Serve, body: dict[str, Any], status: int, why: str
) -> None:
    answer = serve(workshop).post(URL, json={"by": "Sam"} | body)
    assert (answer.status_code, why in answer.text) == (status, True), answer.text


def test_nobody_can_remove_what_is_not_there(workshop: Workshop, serve: Serve) -> None:
    answer = serve(workshop).delete(f"{URL}/9f2c41aa", params={"by": "Sam"})
    assert answer.status_code == 404
