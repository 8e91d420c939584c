"""A machine made of drivers: all are read, one that fails withholds, none is made up unasked."""

from typing import Any

import pytest

from firmware.device.sensed import Sensed
from firmware.models import fan


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
    return Sensed(asset="fan", channels=fan.CHANNELS, sensors=sensors, **options), sensors


def test_all_channels_are_read() -> None:
    sensed, sensors = machine()
    assert sensed.step(0.2) == {name: sensors[name].value for name in NAMES}
    assert sensed.CHANNELS == fan.CHANNELS
    assert not hasattr(sensed, "inject")


def test_a_failure_names_its_channel_and_leaves_no_other_unread() -> None:
    sensed, sensors = machine()
    sensors["temperature"].failure = "gone from the bus"
    sensors["current"].failure = "no answer"
    with pytest.raises(OSError, match="temperature: gone from the bus; current: no answer"):
        sensed.step(0.2)
    assert {sensor.reads for sensor in sensors.values()} == {1}


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
            channels=fan.CHANNELS,
            sensors=sensors,
            simulated=simulated,
            stand_in=fan.Machine(1),
        )


def test_its_set_point_is_not_controlled() -> None:
    sensed, _sensors = machine()
    with pytest.raises(ValueError, match="not controlled"):
        sensed.set_point(900)
