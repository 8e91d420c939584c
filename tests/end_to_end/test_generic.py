"""Any board is a machine: from its first reading to a type of its own, over a restart."""

import csv
import io
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.end_to_end.workshop import Workshop
from tests.mosquitto import eventually

pytestmark = pytest.mark.broker

NAME = "greenhouse-01"
LIMIT = {"side": "high", "at": 80, "hysteresis": 5, "severity": "High", "advice": "Open the roof."}


def test_a_board_that_nobody_knows_becomes_a_machine_and_a_type(workshop: Workshop) -> None:
    eventually(lambda: workshop.get("/health")["dependencies"]["broker"]["status"] == "ok", "it")
    send(workshop, humidity=41.2, mode="auto")
    states = workshop.states(lambda found: NAME in found)
    assert states[NAME]["values"] == {"humidity": 41.2, "mode": "auto"}
    described = workshop.get(f"/devices/{NAME}/catalogue")
    assert [channel["name"] for channel in described["channels"]] == ["humidity"]
    assert workshop.get(f"/devices/{NAME}/history")["channels"]["humidity"]["mean"] == [41.2]

    said = {"by": "Sam", "channels": {"humidity": {"unit": "%", "limits": [LIMIT]}}}
    workshop.send("PATCH", f"/devices/{NAME}/registry", said)
    send(workshop, humidity=85.0, soil=12)
    eventually(lambda: alarms(workshop) == ["humidity_high"], "its alarm")

    workshop.kill_gateway()
    workshop.start_gateway()
    eventually(lambda: names(workshop) == ["humidity", "soil"], "what it was")
    made = {"by": "Sam", "name": "greenhouse", "title": "Greenhouse"}
    answer = workshop.send("POST", f"/devices/{NAME}/make-type", made)
    assert (answer["asset_in_use"], answer["asset_from"]) == ("greenhouse", "registry")
    send(workshop, humidity=50.0, soil=12)
    eventually(lambda: alarms(workshop) == [], "it is over")

    workshop.stop_gateway()
    workshop.start_gateway()
    assert workshop.get(f"/devices/{NAME}")["asset"] == "greenhouse"
    assert workshop.get("/health").get("assets_error") is None
    assert [row["humidity [%]"] for row in exported(workshop)] == ["41.2", "85.0", "50.0"]


def send(workshop: Workshop, **values: Any) -> None:
    workshop.publish(NAME, "telemetry", {"values": values})


def alarms(workshop: Workshop) -> list[str]:
    return [alarm["name"] for alarm in workshop.get(f"/devices/{NAME}")["alarms"]]


def names(workshop: Workshop) -> list[str]:
    described = workshop.get(f"/devices/{NAME}/catalogue")
    return [channel["name"] for channel in described["channels"]]


def exported(workshop: Workshop) -> list[dict[str, str]]:
    """As a person has it, with the gateway running beside."""
    told = subprocess.run(
        [sys.executable, "-m", "gateway", "export"],
        env=os.environ | {"EDGETWIN_DATA_DIR": str(workshop.data_dir)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return list(csv.DictReader(io.StringIO(told.stdout)))
