"""What the fan's faults look like, against the limits of the catalogue."""

import itertools

import pytest

from contract.assets.fan import ASSET
from firmware.models import fan

SEEDS = range(1, 25)
DT_S = 0.2


def machine_at_rest(seed: int) -> fan.Machine:
    machine = fan.Machine(seed)
    for _ in range(150):
        machine.step(DT_S)
    return machine


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rpm", [600.0, 1200.0, 1600.0])
def test_overcurrent_passes_the_alarm_limit_at_any_speed_and_the_fan_sags(
    seed: int, rpm: float
) -> None:
    (limit,) = ASSET.by_name["current"].limits
    machine = machine_at_rest(seed)
    machine.set_point(rpm)
    for _ in range(100):
        before = machine.step(DT_S)
    assert before["current"] < limit.at - limit.hysteresis + 0.2
    machine.inject("overcurrent")
    after = [machine.step(DT_S) for _ in range(25)]
    assert after[-1]["current"] > limit.at
    assert after[-1]["rpm"] < 0.85 * before["rpm"]


@pytest.mark.parametrize("seed", SEEDS)
def test_thermal_drift_creeps_up_and_the_controller_answers_with_speed(seed: int) -> None:
    machine = machine_at_rest(seed)
    before = machine.step(DT_S)
    machine.inject("thermal_drift")
    after = [machine.step(DT_S) for _ in range(200)]
    assert after[9]["temperature"] > before["temperature"] + 0.4
    assert after[-1]["temperature"] > before["temperature"] + 12
    assert after[-1]["rpm"] > before["rpm"] + 50
    # Ever slower, as a thermal mass does.
    assert after[99]["temperature"] - after[0]["temperature"] > (
        after[199]["temperature"] - after[100]["temperature"]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_every_three_seconds_of_vibration_spikes_hold_several(seed: int) -> None:
    machine = machine_at_rest(seed)
    machine.inject("vibration_spikes")
    series = [machine.step(DT_S)["vibration"] for _ in range(600)]
    for start in range(len(series) - 15):
        spikes = [value for value in series[start : start + 15] if value > 2.3]
        assert len(spikes) >= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stuck_sensor_repeats_exactly_one_required_channel(seed: int) -> None:
    machine = machine_at_rest(seed)
    last = machine.step(DT_S)
    machine.inject("stuck_sensor")
    series = [machine.step(DT_S) for _ in range(15)]
    stuck = [name for name in last if {r[name] for r in series} == {last[name]}]
    assert len(stuck) == 1
    assert stuck[0] in {channel.name for channel in ASSET.required}


def test_every_required_channel_can_stick() -> None:
    seen = set()
    for seed in range(60):
        machine = machine_at_rest(seed)
        last = machine.step(DT_S)
        machine.inject("stuck_sensor")
        series = [machine.step(DT_S) for _ in range(15)]
        seen |= {name for name in last if {r[name] for r in series} == {last[name]}}
    assert seen == {channel.name for channel in ASSET.required}


@pytest.mark.slow
@pytest.mark.parametrize("name", [channel.name for channel in ASSET.channels])
def test_a_healthy_sensor_does_not_look_stuck(name: str) -> None:
    for seed in SEEDS:
        values = [machine.step(DT_S)[name] for machine in [fan.Machine(seed)] for _ in range(1000)]
        runs = [len(list(group)) for _, group in itertools.groupby(values)]
        assert max(runs) <= 5


def test_readings_are_multiples_of_the_sensors_step() -> None:
    reading = fan.Machine(1).step(DT_S)
    assert reading["temperature"] == round(reading["temperature"], 2)
    assert reading["rpm"] == int(reading["rpm"])
    assert reading["current"] == round(reading["current"], 3)
