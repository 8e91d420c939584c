"""A board nobody configured: its birth is enough."""

import json
import time
from pathlib import Path

import pytest

from tests.end_to_end.workshop import SITE, Workshop
from tests.mosquitto import eventually

pytestmark = pytest.mark.broker

WITHIN_S = 2.0  # what docs/architecture.md promises to a person who looks at the dashboard
TURNS = 10  # the quickest counts: a machine that does other things as well delays some


def test_a_birth_becomes_a_state_within_two_seconds(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        workshop.start_devices()
        workshop.await_progress(5)
        took_s = [from_birth_to_state_s(workshop, f"brand-new-{turn}") for turn in range(TURNS)]
        assert min(took_s) < WITHIN_S
        known = {device["device"] for device in workshop.get("/devices")}
        assert known >= {f"brand-new-{turn}" for turn in range(TURNS)}


def from_birth_to_state_s(workshop: Workshop, name: str) -> float:
    client = workshop.client()
    came_s: list[float] = []
    client.on_message = lambda *_: came_s.append(time.monotonic())
    client.subscribe(f"edgetwin/v1/{SITE}/{name}/state", 0)
    began_s = time.monotonic()
    client.publish(f"edgetwin/v1/{SITE}/{name}/birth", json.dumps({"asset": "fan"}), 1)
    eventually(lambda: came_s, "its state")
    client.disconnect()
    client.loop_stop()
    return came_s[0] - began_s


def test_a_board_that_says_nothing_of_itself_is_known_by_its_channels(tmp_path: Path) -> None:
    """As in ``mosquitto_pub -m '{"values":{...}}'``: QoS 0, no key, no time."""
    values = {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        # QoS 0 promises nothing to a gateway that has not subscribed yet.
        eventually(lambda: broker_status(workshop) == "ok", "the gateway's subscription")
        client = workshop.client()
        for _ in range(5):
            client.publish(f"edgetwin/v1/{SITE}/mine/telemetry", json.dumps({"values": values}), 0)
        states = workshop.states(lambda found: "mine" in found)
        client.disconnect()
        client.loop_stop()
        assert states["mine"]["asset"] == "fan"
        assert states["mine"]["sequenced"] is False
        eventually(lambda: stored(workshop) >= 5, "its five readings")
        assert stored(workshop) == 5


def broker_status(workshop: Workshop) -> str:
    status: str = workshop.get("/health")["dependencies"]["broker"]["status"]
    return status


def stored(workshop: Workshop) -> int:
    return sum(counts["stored"] for counts in workshop.get("/delivery"))
