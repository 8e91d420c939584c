"""The figures of virtual dispensers: plausible when well, telling when not, bounded over gaps."""

import random
from collections.abc import Container

import pytest

from contract.language import layout as keys
from contract.language.answers import Answers
from firmware.models import dispenser
from tests.contract.assets.water import KPIS, PROGRAM, Service, Values, answers, fold

HOUR_S = 3600
ROUNDING = 1e-4  # the spread of a stuck sensor's readings is the root of what their squares lose
Told = list[tuple[Values, list[Service]]]


def told(seed: int, seconds: int, *, fault: str = "", from_hour: float = 9.0) -> Told:
    """What a machine tells each second: a reading, and the services that were done."""
    machine = dispenser.Machine(seed)
    machine.tell_hour(from_hour)
    if fault:
        machine.inject(fault)
    found = []
    for _ in range(seconds):
        values = machine.step(1.0)
        events = machine.take_events()
        services = [
            Service(event["wait"], event["volume"], event["temperature"], event["right"])  # type: ignore[arg-type]
            for name, event in events
            if name == "service"
        ]
        found.append((values, services))
    return found


def figures(items: Told, *, lost: Container[int] = ()) -> Answers:
    """Of all but the seconds ``lost``, in which what has a number is missing."""
    arrived = [(second, item) for second, item in enumerate(items) if second not in lost]
    sums, _ = fold(
        [(second * 1000, values) for second, (values, _) in arrived],
        [service for _, (_, services) in arrived for service in services],
    )
    numbers = sum(1 + len(services) for _, services in items)
    missing = numbers - sum(1 + len(services) for _, (_, services) in arrived)
    sums[PROGRAM.layout.at[keys.MISSING]] = missing
    return answers(sums)


def value(found: Answers, name: str) -> float:
    told_ = found.kpi(name).value
    assert told_ is not None, name
    return told_


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_three_hours_of_a_healthy_machine_at_work(seed: int) -> None:
    found = figures(told(seed, 3 * HOUR_S))
    assert value(found, "availability_percent") == 100.0
    assert value(found, "failures") == 0
    assert 60 < value(found, "performance_percent") < 140
    assert value(found, "quality_percent") > 75
    assert value(found, "full_quality_percent") > 80
    assert 0.03 < value(found, "energy_kwh_per_l") < 0.1
    assert 10 < value(found, "services_per_h") < 35
    assert 3 < value(found, "response_s") < 7
    assert value(found, "response_95_s") in (6, 8)
    assert 95 < value(found, "peak_flow_percent") < 108
    assert value(found, "thermal_variation_k") < 3


def test_by_night_most_energy_is_used_for_nobody() -> None:
    found = figures(told(1, 2 * HOUR_S, from_hour=1.0))
    assert value(found, "idle_energy_kwh") > 0.85 * value(found, "energy_kwh")
    assert value(found, "performance_percent") < 40  # a fifth of its users works by night


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 4))
def test_a_failed_heater_is_a_failure_that_costs_quality_and_availability(seed: int) -> None:
    found = figures(told(seed, 2 * HOUR_S, fault="heater_failure"))
    assert value(found, "failures") == 1
    assert value(found, "availability_percent") < 90
    assert value(found, "quality_percent") < 30
    assert 0 < value(found, "mtbf_h") < 2
    assert value(found, "mttr_min") > 0


@pytest.mark.parametrize("seed", range(1, 4))
def test_limescale_shows_in_peak_flow_and_in_services_that_are_not_right(seed: int) -> None:
    found = figures(told(seed, HOUR_S, fault="limescale")[300:])
    assert value(found, "peak_flow_percent") < 65
    assert value(found, "full_quality_percent") < 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 9))
def test_a_gap_of_known_truth_lies_within_the_bounds(seed: int) -> None:
    rng = random.Random(seed)
    items = told(seed, HOUR_S, fault=rng.choice(("", *dispenser.FAULTS)))
    begins, lasts = rng.randrange(300, 2000), rng.randrange(60, 1200)
    whole, parted = figures(items), figures(items, lost=range(begins, begins + lasts))
    for name in KPIS:
        truth, found = whole.kpi(name).value, parted.kpi(name)
        if truth is not None:
            assert found.low is None or found.low <= truth + ROUNDING, name
            assert found.high is None or truth - ROUNDING <= found.high, name


def test_what_counters_tell_is_told_over_a_gap_without_a_bound() -> None:
    items = told(1, HOUR_S)
    whole, parted = figures(items), figures(items, lost=range(600, 2400))
    for name in ("energy_kwh", "cost", "co2_g", "dispensed_l", "performance_percent"):
        found = parted.kpi(name)
        assert found.value == found.low == found.high == pytest.approx(whole.kpi(name).value)
