"""How long parts and services have left, over a real journal."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.assets.words import Channel
from contract.messages import ChannelStats, Minute
from gateway.api import schema
from gateway.twin.fleet import Device
from tests.contract.assets import pumping
from tests.contract.assets.water import reading
from tests.gateway.api.workshop import MINUTE_MS, NOON_MS, Serve, Workshop, Written

HOUR_MS = 60 * MINUTE_MS
DAYS = 4
EVERY = 5  # minutes: one of so many is kept, which is enough for the means


def minute(start_ms: int, vibration: float) -> Minute:
    """Of a fan that turns all the time."""
    channels = {
        "temperature": ChannelStats(60, 40.0, 2400.0, 40.0),
        "rpm": ChannelStats(60, 1200.0, 72_000.0, 1200.0),
        "current": ChannelStats(60, 1.0, 60.0, 1.0),
        "vibration": ChannelStats(60, vibration, 60.0 * vibration, vibration),
    }
    return Minute(start_ms, 60, 60_000, 60_000, 720.0, channels)


def worn(workshop: Workshop, vibration: Callable[[float], float]) -> Device:
    """A fan whose vibration was so at each hour of the last days."""
    device, rng = workshop.add("fan-01"), random.Random(1)
    begun_ms = NOON_MS - DAYS * 24 * HOUR_MS
    times = range(begun_ms, NOON_MS, EVERY * MINUTE_MS)
    shaken = [vibration((at_ms - begun_ms) / HOUR_MS) + rng.gauss(0.0, 0.02) for at_ms in times]
    with Written(workshop.journal):
        minutes = zip(times, shaken, strict=True)
        workshop.journal.put_minutes((device.id, minute(*each)) for each in minutes)
    return device


def bearing(client: httpx.Client) -> dict[str, Any]:
    found = client.get("/devices/fan-01/maintenance").json()
    [told] = [each for each in found if each["kind"] == "wear"]
    schema.Due.model_validate(told)
    return dict(told)


def growing(hours: float) -> float:
    """From 1 mm/s on to 4.5, which it has 24 hours after now."""
    return 1.0 + 3.5 * hours / (24.0 * (DAYS + 1))


def test_a_bearing_whose_vibration_grows_is_told_how_long_it_lasts(
    empty_workshop: Workshop, serve: Serve
) -> None:
    worn(empty_workshop, growing)
    told = bearing(serve(empty_workshop))
    assert told["sign"]["title"] == "vibration while it turns"
    assert told["sign"]["ends_at"] == 4.5
    assert told["sign"]["value"] == pytest.approx(growing(24.0 * DAYS), abs=0.1)
    left = told["left"]
    assert left["reason"] is None
    assert left["hours"] == pytest.approx(24.0, rel=0.1)
    assert 12.0 < left["low"] < 24.0 < left["high"] < 48.0


def test_a_trend_of_some_minutes_is_too_little(empty_workshop: Workshop, serve: Serve) -> None:
    device = empty_workshop.add("fan-01")
    times = range(NOON_MS - 20 * MINUTE_MS, NOON_MS, MINUTE_MS)
    with Written(empty_workshop.journal):
        empty_workshop.journal.put_minutes(
            (device.id, minute(at_ms, 1.0 + at * 0.05)) for at, at_ms in enumerate(times)
        )
    left = bearing(serve(empty_workshop))["left"]
    assert (left["hours"], left["low"]) == (None, None)
    assert left["reason"] == "too little was measured yet to see a trend"


def test_what_does_not_wear_has_no_number(empty_workshop: Workshop, serve: Serve) -> None:
    worn(empty_workshop, lambda _: 1.0)
    left = bearing(serve(empty_workshop))["left"]
    assert (left["hours"], left["low"], left["high"]) == (None, None, None)
    assert left["reason"] == "no wear is visible: what trend there is may be chance"


def test_after_the_bearing_was_changed_it_begins_anew(
    empty_workshop: Workshop, serve: Serve
) -> None:
    worn(empty_workshop, growing)
    client = serve(empty_workshop)
    done = {"by": "Sam", "event": "bearing_changed", "time": NOON_MS - 5 * MINUTE_MS}
    answer = client.post("/devices/fan-01/events", json=done)
    assert answer.is_success, answer.text
    told = bearing(client)
    assert (told["since_ms"], told["done_by"]) == (NOON_MS - 5 * MINUTE_MS, "Sam")
    assert told["left"]["reason"] == "too little was measured yet to see a trend"


def test_it_ends_at_the_limit_that_the_machine_has_itself(
    empty_workshop: Workshop, serve: Serve
) -> None:
    twin = worn(empty_workshop, growing).twin
    client = serve(empty_workshop)
    before = bearing(client)["left"]["hours"]
    twin.channels = tuple(with_limit(channel, 4.2) for channel in twin.channels)
    assert bearing(client)["sign"]["ends_at"] == 4.2
    assert bearing(client)["left"]["hours"] < before
    twin.channels = tuple(with_limit(channel, None) for channel in twin.channels)
    assert bearing(client)["left"]["reason"] == "no limit is set at which it would end"


def with_limit(channel: Channel, at: float | None) -> Channel:
    if channel.name != "vibration":
        return channel
    limits = () if at is None else (replace(channel.limits[0], at=at),)
    return replace(channel, limits=limits)


def test_a_service_says_when_it_will_be_due(tmp_path: Path, serve: Serve) -> None:
    with Workshop(tmp_path) as kitchen:
        device = kitchen.add("dispenser-01", asset="dispenser")
        begun_ms = NOON_MS - 40 * MINUTE_MS
        times = range(begun_ms, NOON_MS, 1000)
        told = [(at_ms, reading(litres=(at_ms - begun_ms) / 10_000)) for at_ms in times]
        kitchen.store(device, told)  # type: ignore[arg-type]
        found = serve(kitchen).get("/devices/dispenser-01/maintenance").json()
    [due] = [each for each in found if each["name"] == "descaling"]
    schema.Due.model_validate(due)
    # 240 of 2,000 L in 40 minutes: the rest takes 293.
    assert due["left"]["hours"] * 60 == pytest.approx(293.0, rel=0.03)


def test_no_service_is_due_sooner_than_its_hours_pass(tmp_path: Path, serve: Serve) -> None:
    with Workshop(tmp_path) as shop:
        device = shop.add("pump-01", asset="pump")
        times = range(NOON_MS - 40 * MINUTE_MS, NOON_MS, 1000)
        shop.store(device, [(at_ms, pumping.reading()) for at_ms in times])  # type: ignore[misc]
        found = serve(shop).get("/devices/pump-01/maintenance").json()
    [due] = [each for each in found if each["name"] == "inspection"]
    assert due["left"]["low"] == pytest.approx(4000.0 - 40 / 60, abs=0.05)


def test_a_type_without_services_and_wears_has_no_maintenance(
    empty_workshop: Workshop, serve: Serve
) -> None:
    empty_workshop.add_unknown("thing-01", heat=20.0)
    assert serve(empty_workshop).get("/devices/thing-01/maintenance").json() == []
