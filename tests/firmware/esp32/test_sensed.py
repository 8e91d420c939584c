"""A machine made of drivers: all are read, one that fails costs itself, none is made up unasked."""

from typing import Any

import pytest

from firmware.device.sensed import Sensed, measured
from firmware.models import fan

CHANNELS = [(name, unit, "measurement", fan.DECIMALS.get(name, 3)) for name, unit in fan.CHANNELS]


class Sensor:
    def __init__(self, value: float = 1.0) -> None:
        self.value = value
        self.reads = 0
        self.failure = ""

    def read(self) -> float:
        self.reads += 1
        if self.failure:
            raise OSError(self.failure)
        return self.value


NAMES = [name for name, _unit in fan.CHANNELS]


def machine(**options: Any) -> tuple[Sensed, dict[str, Sensor]]:
    simulated = options.get("simulated", ())
    sensors = {name: Sensor(i + 0.5) for i, name in enumerate(NAMES) if name not in simulated}
    return Sensed(asset="fan", channels=CHANNELS, sensors=sensors, **options), sensors


def test_all_channels_are_read() -> None:
    sensed, sensors = machine()
    assert sensed.step(0.2) == {name: sensors[name].value for name in NAMES}
    assert sensed.CHANNELS == fan.CHANNELS
    assert not hasattr(sensed, "inject")


def test_a_failure_costs_its_own_channel_and_is_named_with_it() -> None:
    sensed, sensors = machine()
    sensors["temperature"].failure = "gone from the bus"
    sensors["current"].failure = "no answer"
    assert set(sensed.step(0.2)) == {"rpm", "vibration", "ambient"}
    assert sensed.trouble == "temperature: gone from the bus; current: no answer"
    assert {sensor.reads for sensor in sensors.values()} == {1}
    sensors["temperature"].failure = sensors["current"].failure = ""
    assert len(sensed.step(0.2)) == 5
    assert sensed.trouble == ""


def test_where_no_sensor_answers_there_is_no_reading() -> None:
    sensed, sensors = machine(simulated=("vibration",), stand_in=fan.Machine(1))
    for sensor in sensors.values():
        sensor.failure = "no answer"
    with pytest.raises(OSError, match="temperature: no answer; rpm: no answer; current"):
        sensed.step(0.2)


class Meter:
    """Two channels of one driver."""

    channels = ("supply", "energy")

    def __init__(self) -> None:
        self.failure = ""

    def read(self) -> dict[str, object]:
        if self.failure:
            raise OSError(self.failure)
        return {"supply": (2301, 1), "energy": 4711}


PRESS = [
    ("state", "", "state", 0),
    ("supply", "V", "measurement", 1),
    ("energy", "Wh", "counter", 0),
]


def test_a_driver_of_several_channels_fills_them_and_costs_them_alone() -> None:
    meter = Meter()
    door: Any = Sensor()
    door.value = "open"
    sensed = Sensed(asset="press", channels=PRESS, sensors={"state": door, "meter": meter})
    assert sensed.step(1) == {"state": "open", "supply": (2301, 1), "energy": 4711}
    meter.failure = "no answer"
    assert sensed.step(1) == {"state": "open"}
    assert sensed.trouble == "supply, energy: no answer"


def test_it_says_what_each_channel_is() -> None:
    sensed = Sensed(asset="press", channels=PRESS, sensors={"state": Sensor(), "meter": Meter()})
    assert sensed.CHANNELS == (("state", ""), ("supply", "V"), ("energy", "Wh"))
    assert (sensed.STATES, sensed.COUNTERS) == (("state",), ("energy",))
    assert sensed.DECIMALS == {"state": 0, "supply": 1, "energy": 0}


def test_a_channel_is_simulated_only_by_name_and_the_model_says_so() -> None:
    sensed, sensors = machine(simulated=("vibration",), stand_in=fan.Machine(1))
    assert "vibration" not in sensors
    assert sensed.step(0.2)["vibration"] == fan.Machine(1).step(0.2)["vibration"]
    assert sensed.MODEL == "fan with sensors; simulated: vibration"


@pytest.mark.parametrize("simulated", [("rpm",), ()])
def test_a_channel_must_have_one_source(simulated: tuple[str, ...]) -> None:
    sensors = {name: Sensor() for name in NAMES if simulated or name != "rpm"}
    with pytest.raises(ValueError, match="rpm must be measured or simulated"):
        Sensed(
            asset="fan",
            channels=CHANNELS,
            sensors=sensors,
            simulated=simulated,
            stand_in=fan.Machine(1),
        )


def test_its_set_point_is_not_controlled() -> None:
    sensed, _sensors = machine()
    with pytest.raises(ValueError, match="not controlled"):
        sensed.set_point(900)


def test_a_site_from_before_channels_were_told_has_those_of_the_model() -> None:
    """An update over the air brings a new program to the site.json of the cable."""
    before = {"asset": "fan", "leave_out": ["ambient"]}
    assert measured(before) == CHANNELS[:4]
    assert measured(before | {"channels": PRESS}) == PRESS
