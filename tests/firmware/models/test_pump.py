"""What a pump does: affinity laws, what faults do to it, and going on from a real one."""

import statistics

import pytest

from firmware.models import pump

SEEDS = range(1, 9)


def settled(seed: int, **told: float) -> pump.Machine:
    machine = pump.Machine(seed)
    for name, value in told.items():
        machine.tell(name, value)
    for _ in range(120):
        machine.step(1.0)
    return machine


def mean(machine: pump.Machine, seconds: int = 60) -> dict[str, float]:
    rows = [machine.step(1.0) for _ in range(seconds)]
    return {name: statistics.fmean(row[name] for row in rows) for name in rows[0]}


def yielded(values: dict[str, float]) -> float:
    """The share of what it draws that is in the water."""
    gained_w = (values["pressure"] - values["inlet_pressure"]) * values["flow"] * 100 / 60
    return gained_w / (values["voltage"] * values["current"] * 0.85)


@pytest.mark.parametrize("seed", SEEDS)
def test_flow_goes_with_the_speed_and_power_with_its_cube(seed: int) -> None:
    fast, slow = mean(settled(seed)), mean(settled(seed, set_point=40.0))
    assert slow["flow"] / fast["flow"] == pytest.approx(0.8, abs=0.04)
    power = [each["voltage"] * each["current"] for each in (slow, fast)]
    assert 0.8**3 - 0.03 < power[0] / power[1] < 0.8**3 + 0.09  # its own losses go with the speed


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leak_at_the_seal_takes_water_and_power_and_no_channel_leaves_its_band(seed: int) -> None:
    before = mean(settled(seed))
    leaking = settled(seed)
    leaking.inject("seal_leak")
    mean(leaking)
    after = mean(leaking)
    assert yielded(after) < 0.8 * yielded(before)
    assert after["flow"] > 0.85 * before["flow"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pump_without_water_moves_nothing_and_draws_little(seed: int) -> None:
    dry = settled(seed)
    dry.inject("dry_run")
    mean(dry, 20)
    after = mean(dry)
    assert after["flow"] < 2.0
    assert after["current"] < 1.5
    assert after["water_temperature"] > mean(settled(seed))["water_temperature"] + 10.0


def test_a_repair_is_told_once_and_only_of_what_is_repaired() -> None:
    machine = settled(1)
    for fault in ("bearing", "cavitation", "clogged_filter", "dry_run", "seal_leak"):
        machine.inject(fault)
        machine.clear()
    assert machine.take_events() == [("planned_repair", {})] * 3
    assert machine.take_events() == []


def test_what_wears_grows_at_the_pace_it_is_told() -> None:
    machine = settled(1)
    machine.pace = pump.WEARS_S["bearing"] / 1000.0
    machine.inject("bearing")
    for _ in range(500):
        machine.step(1.0)
    assert machine.intensity == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_goes_on_from_what_another_has_told(seed: int) -> None:
    real = mean(settled(seed + 100, set_point=44.0))
    machine = pump.Machine(seed)
    machine.resume(real)
    after = mean(machine)
    for name in ("flow", "current", "vibration_motor", "vibration_pump", "voltage"):
        assert after[name] == pytest.approx(real[name], rel=0.08), name
    assert after["motor_temperature"] == pytest.approx(real["motor_temperature"], abs=8.0)


def test_of_nothing_it_goes_on_as_it_was() -> None:
    machine, same = settled(3), settled(3)
    machine.resume({})
    after, before = mean(machine), mean(same)
    for name in ("flow", "current", "motor_temperature", "vibration_pump"):
        assert after[name] == pytest.approx(before[name], rel=0.03), name


@pytest.mark.parametrize(("name", "value"), [("set_point", 60.0), ("ambient", 90.0), ("load", 1.0)])
def test_what_it_cannot_be_told_is_refused_with_what_can(name: str, value: float) -> None:
    with pytest.raises(ValueError, match="set_point" if name != "ambient" else "0 to 45"):
        pump.Machine(1).tell(name, value)
