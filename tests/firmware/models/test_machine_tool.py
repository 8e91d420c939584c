"""The machine tool as a whole: its parts, its tools, its spindle, its faults."""

import math
import statistics
from itertools import pairwise
from typing import Any

import pytest

from firmware.models import machine_tool
from firmware.models.machining import DOWN, RUNNING, SETUP, WAITING

SEEDS = range(1, 5)
HOUR = 3600
Reading = dict[str, Any]


def made(seed: int) -> Any:  # a module of the MicroPython subset: untyped
    return machine_tool.Machine(seed)


def run(machine: Any, seconds: int, dt_s: float = 1.0) -> list[Reading]:
    return [machine.step(dt_s) for _ in range(round(seconds / dt_s))]


def told(machine: Any, name: str, seconds: int) -> list[Reading]:
    found = []
    for _ in range(seconds):
        machine.step(1.0)
        found += [values for event, values in machine.take_events() if event == name]
    return found


def broken(fault: str, seed: int, seconds: int = 600) -> list[Reading]:
    machine = made(seed)
    run(machine, 120)
    machine.inject(fault)
    run(machine, 120)
    return run(machine, seconds)


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_take_as_long_as_they_say_and_as_the_clock_does(seed: int) -> None:
    machine = made(seed)
    told(machine, "part", 60)  # one that had begun
    readings, parts = [], []
    for _ in range(2 * HOUR):
        readings.append(machine.step(1.0))
        parts += [values for event, values in machine.take_events() if event == "part"]
    mean_s = statistics.fmean(part["cycle_time"] for part in parts)
    assert 40.0 <= mean_s <= 46.0
    running_s = sum(reading["state"] == RUNNING for reading in readings)
    assert running_s == pytest.approx(sum(part["cycle_time"] for part in parts), abs=90)


def test_a_faster_spindle_makes_more_parts_and_wears_more_tools() -> None:
    slow, fast = made(1), made(1)
    slow.set_point(2400.0)
    fast.set_point(3600.0)
    parts = [len(told(machine, "part", 2 * HOUR)) for machine in (slow, fast)]
    assert parts[1] > 1.2 * parts[0]
    worn = [machine.step(1.0)["worn"] for machine in (slow, fast)]
    began = [made(1).step(1.0)["worn"]] * 2
    assert worn[1] - began[1] > 3 * (worn[0] - began[0])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tool_is_changed_when_it_is_worn_and_the_next_is_new(seed: int) -> None:
    machine, wear = made(seed), [0.0]
    changes, after = 0, []
    for _ in range(4 * HOUR):
        wear.append(machine.step(1.0)["tool_wear"])
        for event, values in machine.take_events():
            if event == "tool_change":
                changes += 1
                assert 265 <= values["wear"] <= 290
                after.append(wear[-1])
    assert changes >= 3
    assert max(wear) < 290
    assert max(after) == 0.0


def test_wear_of_all_tools_is_that_of_each_added_up() -> None:
    machine = made(2)
    first = machine.step(1.0)
    gone, wear = 0.0, first["tool_wear"]
    for _ in range(4 * HOUR):
        last = machine.step(1.0)
        gone += sum(v["wear"] for name, v in machine.take_events() if name == "tool_change")
    grown = gone + last["tool_wear"] - wear
    assert last["worn"] - first["worn"] == pytest.approx(grown, abs=15)


@pytest.mark.parametrize("seed", SEEDS)
def test_power_is_torque_times_speed_and_what_control_and_pump_take(seed: int) -> None:
    machine = made(seed)
    run(machine, 120)
    rest = []
    for _ in range(HOUR):
        machine.step(1.0)
        true = machine.true_values
        shaft_w = true["torque"] * true["rpm"] * math.pi / 30.0
        rest.append(true["power"] - shaft_w / 0.85)
    assert min(rest) > 1100
    assert max(rest) < 3000


@pytest.mark.parametrize("seed", SEEDS)
def test_states_follow_each_other_as_they_can(seed: int) -> None:
    states = [reading["state"] for reading in run(made(seed), 6 * HOUR)]
    changes = {pair for pair in pairwise(states) if pair[0] != pair[1]}
    assert {(RUNNING, WAITING), (WAITING, RUNNING), (RUNNING, SETUP), (SETUP, RUNNING)} <= changes
    assert all(RUNNING in pair for pair in changes)
    assert 0.8 < states.count(RUNNING) / len(states) < 0.97
    assert states.count(DOWN) / len(states) < 0.1


@pytest.mark.parametrize("dt_s", [0.2, 5.0])
def test_another_rate_makes_as_many_parts(dt_s: float) -> None:
    machine, parts = made(1), 0
    for _ in range(round(2 * HOUR / dt_s)):
        machine.step(dt_s)
        parts += sum(name == "part" for name, _ in machine.take_events())
    assert parts == pytest.approx(len(told(made(1), "part", 2 * HOUR)), abs=14)


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chipped_tool_takes_torque_and_is_changed_when_it_is_mended(seed: int) -> None:
    machine = made(seed)
    usual = max(each["torque"] for each in run(machine, 300))
    machine.inject("tool_wear")
    run(machine, 120)
    assert max(each["torque"] for each in run(machine, 300)) > 1.12 * usual
    machine.take_events()
    machine.clear()
    assert machine.truth == "tool_wear"
    assert len(told(machine, "tool_change", 120)) == 1
    assert machine.truth == "normal"
    assert machine.step(1.0)["tool_wear"] < 20


@pytest.mark.parametrize("seed", SEEDS)
def test_imbalance_vibrates_with_the_square_of_the_speed_and_a_bearing_gives_impacts(
    seed: int,
) -> None:
    for fault, is_steady in (("imbalance", True), ("bearing", False)):
        fast = [each["vibration"] for each in broken(fault, seed) if each["rpm"] > 3500]
        assert statistics.fmean(fast) > 2.5
        assert (statistics.stdev(fast) < 0.3) is is_steady


@pytest.mark.parametrize("seed", SEEDS)
def test_without_coolant_it_gets_warm_and_its_pump_draws_less(seed: int) -> None:
    healthy = run(made(seed), 900)
    dry = broken("coolant_loss", seed)
    warmer = dry[-1]["temperature"] - healthy[-1]["temperature"]
    assert 8 < warmer < 25

    def loading_w(readings: list[Reading]) -> float:
        still: list[float] = [
            r["power"] for r in readings if r["state"] == RUNNING and r["rpm"] < 10
        ]
        return statistics.median(still)

    assert loading_w(healthy) - loading_w(dry) > 400


@pytest.mark.parametrize("seed", SEEDS)
def test_where_the_relation_is_broken_each_value_is_usual_and_their_relation_is_gone(
    seed: int,
) -> None:
    usual, odd = run(made(seed), 1800), broken("correlation_break", seed, 1800)
    for name in ("torque", "rpm", "power"):
        least, most = min(each[name] for each in usual), max(each[name] for each in usual)
        assert min(each[name] for each in odd) >= least - 3
        assert max(each[name] for each in odd) <= 1.05 * most + 3

    def related(readings: list[Reading]) -> float:
        return statistics.correlation(
            [each["torque"] * each["rpm"] for each in readings],
            [each["power"] for each in readings],
        )

    assert related(usual) > 0.98
    assert related(odd) < 0.7


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stuck_sensor_repeats_exactly_one_channel(seed: int) -> None:
    readings = broken("stuck_sensor", seed, 60)
    names = ("temperature", "vibration", "torque", "power")
    assert sum(len({reading[name] for reading in readings}) == 1 for name in names) == 1


def test_faults_make_scrap() -> None:
    healthy = told(made(1), "part", 6 * HOUR)
    machine = made(1)
    machine.inject("imbalance")
    faulty = told(machine, "part", 6 * HOUR)
    shares = [statistics.fmean(part["good"] for part in parts) for parts in (healthy, faulty)]
    assert shares[0] > 0.95
    assert 0.6 < shares[1] < 0.85


def test_a_set_point_it_has_not_is_refused_with_what_it_has() -> None:
    with pytest.raises(ValueError, match="set_point must be 2400 to 3600 rpm"):
        made(1).set_point(5000.0)
