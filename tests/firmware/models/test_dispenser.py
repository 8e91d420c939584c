"""The water dispenser as a whole: its energy, its water, its people, its faults."""

import copy
import statistics
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from firmware.models import dispenser
from firmware.models.tanks import J_PER_L_K
from firmware.models.users import DISPENSING, ERROR, IDLE, SELECTING

SEEDS = range(1, 5)
Reading = dict[str, Any]
HOUR = 3600


def machine_at(hour: float, seed: int) -> dispenser.Machine:
    machine = dispenser.Machine(seed)
    machine.tell_hour(hour)
    return machine


def running(machine: dispenser.Machine, seconds: int, dt_s: float = 1.0) -> Iterator[Reading]:
    """Each reading as soon as it is taken, while the machine is as it was then."""
    for _ in range(round(seconds / dt_s)):
        yield machine.step(dt_s)


def run(machine: dispenser.Machine, seconds: int) -> list[Reading]:
    return list(running(machine, seconds))


def services(machine: dispenser.Machine, seconds: int) -> list[Reading]:
    found = []
    for _ in range(seconds):
        machine.step(1.0)
        found += [values for name, values in machine.take_events() if name == "service"]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_heaters_energy_is_in_the_water_drawn_in_losses_or_in_the_tank(seed: int) -> None:
    machine = machine_at(9.0, seed)
    hot = machine._water.hot
    before_c, heat_j, drawn_j, lost_j = hot.temperature_c, 0.0, 0.0, 0.0
    for _ in range(4 * HOUR):
        at_c = hot.temperature_c
        flow = machine.step(1.0)["flow"]
        mean_c, drink = (at_c + hot.temperature_c) / 2.0, machine._panel.drink
        is_hot = flow > 0 and (drink.is_hot if drink else hot.temperature_c < at_c - 0.1)
        room_c = machine._mean_room_c
        heat_j += machine._water.power_w if machine._water.power_w > 1000.0 else 0.0
        drawn_j += J_PER_L_K * flow / 60.0 * (mean_c - room_c) if is_hot else 0.0
        lost_j += hot._loss_w_per_k * (mean_c - room_c)
    stored_j = J_PER_L_K * 3.0 * (hot.temperature_c - before_c)
    # The cooler may run beside the heater, and the room is within 1.5 °C of its mean.
    assert heat_j == pytest.approx(drawn_j + lost_j + stored_j, rel=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("dt_s", [0.2, 1.0, 7.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_litres_are_the_integral_of_flow_and_energy_that_of_power(seed: int, dt_s: float) -> None:
    machine = machine_at(10.0, seed)
    first = machine.step(dt_s)
    litres = kilowatt_hours = 0.0
    for last in running(machine, HOUR, dt_s):
        litres += last["flow"] * dt_s / 60.0
        kilowatt_hours += machine.true_values["power"] * dt_s / 3.6e6
    assert last["litres"] - first["litres"] == pytest.approx(litres, abs=0.003)
    assert (last["energy"] - first["energy"]) % 1000 == pytest.approx(kilowatt_hours, abs=0.0011)


def test_the_litres_of_the_counter_are_those_of_the_services() -> None:
    machine = machine_at(10.0, 1)
    first = machine.step(1.0)["litres"]
    served = services(machine, 3 * HOUR)
    while machine.step(1.0)["state"] != IDLE:
        served += [values for name, values in machine.take_events()]
    last = machine.step(1.0)["litres"]
    assert len(served) > 20
    assert last - first == pytest.approx(sum(s["volume"] for s in served), abs=0.0005 * len(served))


@pytest.mark.parametrize("fault", ["", "leak"])
def test_the_level_falls_by_what_was_drawn_and_leaked(fault: str) -> None:
    machine = machine_at(10.0, 2)
    machine._water.reservoir.level = 0.9
    if fault:
        machine.inject(fault)
        run(machine, 60)
    first, first_level = machine.step(1.0), machine.true_values["tank_level"]
    run(machine, 600)
    last, last_level = machine.step(1.0), machine.true_values["tank_level"]
    gone_l = (first_level - last_level) / 100.0 * 12.0
    leaked_l = 0.4 / 60.0 * 601 if fault else 0.0
    assert gone_l == pytest.approx(last["litres"] - first["litres"] + leaked_l, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_thermostat_cycles_within_its_band_while_nobody_comes(seed: int) -> None:
    machine = machine_at(0.0, seed)
    machine.preferences.set("users", 0)
    run(machine, 1200)
    readings = run(machine, HOUR)
    heats = [reading["power"] > 1000 for reading in readings]
    cycles = sum(after and not before for before, after in pairwise(heats))
    # 3 l lose 1.1 to 1.3 W/K x 62 K, so 1.6 K take 240 to 300 s.
    assert 9 <= cycles <= 18
    assert all(abs(reading["hot_temperature"] - 85.0) < 1.5 for reading in readings)
    assert all(abs(reading["cold_temperature"] - 5.0) < 1.2 for reading in readings)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_more_people_come_by_day_than_by_night(seed: int) -> None:
    by_day = services(machine_at(9.0, seed), 4 * HOUR)
    by_night = services(machine_at(0.0, seed), 4 * HOUR)
    assert len(by_day) > 2 * len(by_night) > 0
    assert 12 <= len(by_day) / 4 <= 32


def test_the_hour_goes_on_through_midnight() -> None:
    machine = machine_at(23.75, 1)
    run(machine, 1800)
    assert machine.hour == pytest.approx(0.25)
    with pytest.raises(ValueError, match="hour"):
        machine.tell_hour(25.0)


def test_nobody_told_the_hour_and_a_machine_starts_within_the_day() -> None:
    assert all(8.0 <= dispenser.Machine(seed).hour <= 17.0 for seed in range(50))


def test_a_service_goes_from_idle_through_selecting_and_dispensing_back() -> None:
    states = [reading["state"] for reading in run(machine_at(10.0, 3), 2 * HOUR)]
    allowed = {
        (IDLE, SELECTING),
        (SELECTING, DISPENSING),
        (DISPENSING, IDLE),
        (DISPENSING, SELECTING),
    }
    changes = {pair for pair in pairwise(states) if pair[0] != pair[1]}
    assert {(IDLE, SELECTING), (SELECTING, DISPENSING), (DISPENSING, IDLE)} <= changes <= allowed


@pytest.mark.parametrize("seed", SEEDS)
def test_water_flows_while_it_dispenses_and_at_no_other_time(seed: int) -> None:
    for reading in run(machine_at(10.0, seed), HOUR):
        assert (reading["flow"] > 0) == (reading["state"] == DISPENSING)


def test_services_are_as_long_as_the_states_show() -> None:
    machine = machine_at(10.0, 4)
    run(machine, 60)
    machine.take_events()
    readings: list[Reading] = []
    served: list[Reading] = []
    while len(served) < 20 or readings[-1]["state"] != IDLE:
        readings.append(machine.step(1.0))
        served += [values for _name, values in machine.take_events()]
    selecting_s = sum(reading["state"] == SELECTING for reading in readings)
    assert selecting_s == pytest.approx(sum(s["wait"] for s in served), abs=7)
    mean_right = statistics.fmean(s["right"] for s in served)
    assert mean_right > 0.7


# ---------------------------------------------------------------- settings


def test_a_set_point_is_reached_and_held() -> None:
    machine = machine_at(3.0, 1)
    machine.set_point(75.0)
    run(machine, HOUR)
    assert machine.step(1.0)["hot_set_point"] == 75.0
    assert abs(machine.true_values["hot_temperature"] - 75.0) < 4.0


def used(regime: str, *, from_hour: float, hours: int) -> tuple[float, float]:
    """Energy in kWh of the same quiet machine, and how hot its water is at the end."""
    machine = machine_at(from_hour, 1)
    machine.preferences.set("heater_regime", regime)
    machine.preferences.set("users", 0)
    energy = sum(machine.true_values["power"] for _ in running(machine, hours * HOUR)) / 3.6e6
    return energy, machine.true_values["hot_temperature"]


@pytest.mark.slow
def test_eco_and_schedule_save_energy_where_nobody_comes() -> None:
    always, always_c = used("always", from_hour=20.0, hours=6)
    eco, eco_c = used("eco", from_hour=20.0, hours=6)
    schedule, schedule_c = used("schedule", from_hour=20.0, hours=6)
    assert schedule < eco < always
    assert schedule_c < eco_c < always_c
    assert eco_c == pytest.approx(65.0, abs=3.0)


def test_a_schedule_has_the_water_hot_by_day_without_calling_it_an_error() -> None:
    machine = machine_at(5.9, 1)
    machine.preferences.set("heater_regime", "schedule")
    machine._water.hot.temperature_c = machine._water.healthy.temperature_c = 25.0
    assert all(reading["state"] != ERROR for reading in run(machine, HOUR))
    assert machine.true_values["hot_temperature"] > 75.0
    assert machine.truth == "normal"


def test_a_lower_flow_rate_takes_longer_for_the_same_volumes() -> None:
    fast, slow = machine_at(10.0, 1), machine_at(10.0, 1)
    slow.preferences.set("flow_rate", 1.0)
    assert max(reading["flow"] for reading in run(slow, HOUR)) < 1.15
    assert max(reading["flow"] for reading in run(fast, HOUR)) > 1.8


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("colour", 1, "heater_regime or one of"),
        ("users", -1, "users must be 0 to 500"),
        ("flow_rate", 9, "flow_rate must be 0.5 to 4"),
        ("flow_rate", "fast", "flow_rate must be 0.5 to 4"),
        ("heater_regime", "sometimes", "always, eco, schedule"),
        ("heater_regime", 3, "always, eco, schedule"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_what_can(
    name: str, value: object, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        dispenser.Machine(1).preferences.set(name, value)


# ---------------------------------------------------------------- faults


def broken(fault: str, seed: int, seconds: int = 1800) -> list[Reading]:
    machine = machine_at(10.0, seed)
    run(machine, 120)
    machine.inject(fault)
    return run(machine, seconds)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_heater_that_fails_draws_nothing_and_the_machine_gives_up(seed: int) -> None:
    readings = broken("heater_failure", seed, HOUR)
    assert max(reading["power"] for reading in readings) < 200
    assert readings[-1]["hot_temperature"] < 77
    assert readings[-1]["state"] == ERROR


@pytest.mark.parametrize("seed", SEEDS)
def test_limescale_takes_flow_and_heat_and_makes_drinks_too_small(seed: int) -> None:
    machine = machine_at(10.0, seed)
    machine.inject("limescale")
    run(machine, 120)
    machine.take_events()
    copied = copy.deepcopy(machine)
    readings = run(copied, HOUR)
    assert 0.9 < max(reading["flow"] for reading in readings) < 1.3
    assert 1100 < max(reading["power"] for reading in readings) < 1450
    served = services(machine, HOUR)
    assert served
    assert not any(service["right"] for service in served)


def test_a_descaling_is_told() -> None:
    machine = machine_at(10.0, 1)
    machine.inject("limescale")
    machine.clear()
    assert ("descaled", {}) in machine.take_events()
    machine.inject("leak")
    machine.clear()
    assert machine.take_events() == []


@pytest.mark.parametrize("seed", SEEDS)
def test_an_empty_tank_is_an_error_in_which_nobody_is_served(seed: int) -> None:
    machine = machine_at(10.0, seed)
    machine.inject("empty_tank")
    run(machine, 400)
    machine.take_events()
    readings = run(machine, 600)
    assert all(reading["tank_level"] < 3 and reading["state"] == ERROR for reading in readings)
    assert machine.take_events() == []
    machine.clear()
    assert run(machine, 300)[-1]["state"] != ERROR


@pytest.mark.parametrize("seed", SEEDS)
def test_overuse_is_several_times_as_many_services_at_any_hour(seed: int) -> None:
    for hour in (3.0, 10.0):
        machine = machine_at(hour, seed)
        machine.inject("overuse")
        run(machine, 120)
        machine.take_events()
        assert len(services(machine, 1800)) > 40


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stuck_sensor_repeats_exactly_one_channel(seed: int) -> None:
    readings = broken("stuck_sensor", seed, 60)
    names = ("tank_level", "hot_temperature", "cold_temperature", "power")
    assert sum(len({reading[name] for reading in readings}) == 1 for name in names) == 1


def test_every_channel_that_can_stick_does_so_in_some_machine() -> None:
    seen = set()
    for seed in range(40):
        machine = dispenser.Machine(seed)
        machine.step(1.0)
        machine.inject("stuck_sensor")
        seen.add(dispenser.CHANNELS[machine._stuck][0])
    assert seen == {"tank_level", "hot_temperature", "cold_temperature", "power"}


def test_a_meter_that_goes_round_does_so_at_a_thousand_kilowatt_hours() -> None:
    machine = machine_at(10.0, 1)
    machine._watt_hours.units = dispenser.METER_WRAPS_WH - 5
    energies = [reading["energy"] for reading in run(machine, HOUR)]
    assert max(energies) < 1000
    assert min(energies) < 0.1
    assert max(energies) > 999.9


def test_a_reading_is_a_multiple_of_the_sensors_step() -> None:
    reading = dispenser.Machine(1).step(1.0)
    assert reading["hot_temperature"] == round(reading["hot_temperature"], 2)
    assert reading["power"] == round(reading["power"], 1)
    assert reading["litres"] == round(reading["litres"], 3)
