"""What an anomaly is across types, by its name."""

from dataclasses import replace

import pytest

from contract.assets import get
from contract.assets.flaws import flaws
from contract.assets.words import Inactivity
from gateway.twin.anomaly_kinds import kind_of


@pytest.mark.parametrize(
    ("asset", "name", "kind"),
    [
        ("fan", "temperature_high", "over_temperature"),
        ("fan", "current_high", "high_consumption"),
        ("fan", "vibration_high", "vibration"),
        ("fan", "rpm_low", None),
        ("fan", "fault_vibration_spikes", "wear"),
        ("fan", "fault_of_an_older_model", "other"),
        ("fan", "silent", "inactivity"),
        ("fan", "rolling_current", None),
        ("dispenser", "hot_temperature_high", "over_temperature"),
        ("dispenser", "tank_level_low", "low_level"),
        ("dispenser", "power_high", "high_consumption"),
        ("dispenser", "unused", "inactivity"),
        ("dispenser", "fault_leak", "leakage"),
        ("dispenser", "fault_overuse", "overuse"),
        ("instrument", "temperature_high", "over_temperature"),
        ("machine_tool", "power_high", "high_consumption"),
        ("machine_tool", "fault_stuck_sensor", "sensor_error"),
        ("pump", "motor_temperature_high", "over_temperature"),
        ("pump", "current_high", "high_consumption"),
        ("pump", "fault_seal_leak", "leakage"),
    ],
)
def test_each_kind_is_there_where_it_makes_sense(asset: str, name: str, kind: str | None) -> None:
    assert kind_of(get(asset), name) == kind


def test_an_inactivity_that_cannot_be_meant_is_said() -> None:
    wrong = replace(
        get("dispenser"), inactivity=Inactivity(event="sample", after="users", advice="Look")
    )
    assert flaws(wrong) == [
        "inactivity: event is 'sample', which is none of its events",
        "inactivity: after is 'users', which is no parameter of it in h",
        "inactivity: advice must be a sentence that says what to do",
    ]
