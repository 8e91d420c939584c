"""Maintenance that is due, over a real journal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contract.messages import Event
from gateway.api import schema
from gateway.journal import Row
from gateway.twin.fleet import Device
from tests.contract.assets.water import reading
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop, Written

START_MS = NOON_MS - 10 * MINUTE_MS


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[Workshop]:
    """A dispenser that gives 60 L in ten minutes: its descaling is due after 2,000."""
    with Workshop(tmp_path) as workshop:
        device = workshop.add("dispenser-01", asset="dispenser")
        readings = [(START_MS + at * 1000, reading(litres=100.0 + at / 10)) for at in range(600)]
        workshop.store(device, readings)  # type: ignore[arg-type]
        yield workshop


def descaled(workshop: Workshop, at_ms: int) -> None:
    device: Device = workshop.fleet.get("dispenser-01")
    assert device.epoch is not None
    device.counts.stored += 1
    event = Event(
        device.epoch.name, device.counts.stored, {}, at_ms, received_ms=at_ms, event="descaled"
    )
    body = msgspec.json.encode(event.values)
    row = Row(workshop.journal.next_id, device.epoch.id, device.id, event, body)
    with Written(workshop.journal):
        workshop.journal.add_items([row])
    workshop.journal.next_id += 1


def due(client: httpx.Client) -> dict[str, Any]:
    found, *wears = client.get("/devices/dispenser-01/maintenance").json()
    schema.Due.model_validate(found)
    assert (found["name"], found["kind"]) == ("descaling", "service")
    assert {each["kind"] for each in wears} == {"wear"}
    return dict(found)


def test_what_is_used_counts_since_the_first_reading_and_then_since_it_was_done(
    kitchen: Workshop, serve: Serve
) -> None:
    client = serve(kitchen)
    never = due(client)
    assert never["share"] == pytest.approx(59.9 / 2000)
    assert never["since_ms"] is None
    descaled(kitchen, START_MS + 5 * MINUTE_MS)
    done = due(client)
    assert done["share"] == pytest.approx(30 / 2000, rel=0.01)
    assert done["since_ms"] == START_MS + 5 * MINUTE_MS


def test_what_a_person_says_was_done_counts_from_then_on_until_it_is_taken_back(
    kitchen: Workshop, serve: Serve
) -> None:
    client = serve(kitchen)
    never = due(client)
    descaled(kitchen, START_MS + 2 * MINUTE_MS)
    at_ms = START_MS + 5 * MINUTE_MS + 7_000
    said = {"by": "Sam", "event": "descaled", "time": at_ms, "note": "By hand."}
    entry = client.post("/devices/dispenser-01/events", json=said).json()
    done = due(client)
    assert done["share"] == pytest.approx(30 / 2000, rel=0.01)
    assert (done["since_ms"], done["done_by"]) == (at_ms, "Sam")
    descaled(kitchen, START_MS + 8 * MINUTE_MS)  # the machine's word is later
    assert (due(client)["since_ms"], due(client)["done_by"]) == (START_MS + 8 * MINUTE_MS, None)
    client.delete(f"/devices/dispenser-01/annotations/{entry['id']}?by=Sam")
    assert due(client)["share"] < never["share"]


def test_a_shorter_interval_is_used_sooner(kitchen: Workshop, serve: Serve) -> None:
    client = serve(kitchen)
    before = due(client)["share"]
    params = {"descaling_interval": {"value": 1000.0, "valid_from": 0}}
    answer = client.put("/devices/dispenser-01/params", json={"by": "Sam", "params": params})
    assert answer.is_success, answer.text
    assert due(client)["share"] == pytest.approx(2 * before)


def test_a_machine_without_a_reading_says_why_nothing_is_known(
    empty_workshop: Workshop, serve: Serve
) -> None:
    empty_workshop.add("dispenser-01", asset="dispenser")
    found = due(serve(empty_workshop))
    assert found["share"] in {None, 0.0}


def test_who_is_not_there_has_no_maintenance(client: httpx.Client) -> None:
    assert client.get("/devices/nobody/maintenance").status_code == 404
