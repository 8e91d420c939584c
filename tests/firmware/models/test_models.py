"""Every virtual machine keeps the contract of docs/architecture.md section 8."""

import math
import pkgutil
import statistics
from typing import Protocol

import pytest

from contract.assets import CATALOGUE
from firmware import models

ASSETS = sorted(
    info.name
    for info in pkgutil.iter_modules(models.__path__)
    if hasattr(__import__(f"firmware.models.{info.name}", None, None, ("Machine",)), "Machine")
)
FAULTS = [(asset, fault) for asset in ASSETS for fault in models.module(asset).FAULTS]
DT_S = 0.2
WINDOW = 15  # readings: 3 s at 5 Hz


class Machine(Protocol):
    """What every model offers, as far as the tests below need it."""

    @property
    def truth(self) -> str: ...
    def step(self, dt_s: float) -> dict[str, float]: ...


def series(machine: Machine, count: int) -> list[dict[str, float]]:
    return [machine.step(DT_S) for _ in range(count)]


def test_there_are_models() -> None:
    assert "fan" in ASSETS


@pytest.mark.parametrize("asset", ASSETS)
def test_channels_and_faults_are_those_of_the_catalogue(asset: str) -> None:
    entry, module = CATALOGUE[asset], models.module(asset)
    assert dict(module.CHANNELS) == {c.name: c.unit for c in entry.channels}
    assert {c.name for c in entry.required} <= {name for name, _ in module.CHANNELS}
    assert set(module.OPTIONAL) == {c.name for c in entry.channels if c.optional}
    assert set(module.FAULTS) == {fault.name for fault in entry.faults}


@pytest.mark.parametrize("asset", ASSETS)
@pytest.mark.parametrize("seed", range(1, 9))
def test_a_healthy_machine_is_within_its_normal_bands_and_limits(asset: str, seed: int) -> None:
    machine = models.create(asset, seed)
    readings = []
    for _ in range(1500):
        readings.append(machine.step(DT_S))
        assert machine.truth == "normal"
        assert machine.intensity < 0.1
    assert_healthy(asset, readings)


@pytest.mark.parametrize("asset", ASSETS)
def test_the_same_seed_gives_the_same_series_and_another_another_machine(asset: str) -> None:
    first, again, other = (series(models.create(asset, seed), 500) for seed in (7, 7, 8))
    assert first == again
    for name in first[0]:
        assert statistics.fmean(r[name] for r in first) != statistics.fmean(r[name] for r in other)


@pytest.mark.parametrize(("asset", "fault"), FAULTS)
def test_a_fault_shows_within_two_seconds_and_clears_back_to_normal(asset: str, fault: str) -> None:
    for seed in range(1, 13):
        broken = models.create(asset, seed)
        before = series(broken, 200)
        broken.inject(fault)
        assert broken.truth == fault
        shown = series(broken, 10)
        assert _differs(shown, before[-60:]), f"{fault} of seed {seed} is invisible after 2 s"
        series(broken, 300)
        assert broken.truth == fault
        assert broken.intensity > 0.9
        broken.clear()
        recovery_s = _seconds_until_normal(broken)
        assert recovery_s < 90
        assert_healthy(asset, series(broken, 300))
        assert broken.truth == "normal"


def assert_healthy(asset: str, readings: list[dict[str, float]]) -> None:
    for channel in CATALOGUE[asset].channels:
        low, high = channel.normal
        seen = [reading[channel.name] for reading in readings]
        assert low <= min(seen), channel.name
        assert max(seen) <= high, channel.name
        assert len(set(seen)) > 10, channel.name


def _differs(window: list[dict[str, float]], before: list[dict[str, float]]) -> bool:
    """Whether some channel left the noise it had before, or stopped having any."""
    for name in window[0]:
        usual = [reading[name] for reading in before]
        spread, mean = statistics.stdev(usual), statistics.fmean(usual)
        seen = [reading[name] for reading in window]
        if len(set(seen[-8:])) == 1 or max(abs(value - mean) for value in seen) > 4.0 * spread:
            return True
    return False


def _seconds_until_normal(machine: Machine) -> float:
    for steps in range(10_000):
        if machine.truth == "normal":
            return steps * DT_S
        machine.step(DT_S)
    return math.inf


@pytest.mark.parametrize("asset", ASSETS)
def test_a_fault_injected_over_another_replaces_it(asset: str) -> None:
    faults = models.module(asset).FAULTS
    for first in faults:
        for second in faults:
            machine = models.create(asset, 3)
            machine.inject(first)
            series(machine, 100)
            machine.inject(second)
            machine.step(DT_S)
            assert machine.truth == second


@pytest.mark.parametrize("asset", ASSETS)
def test_readings_stay_within_what_the_sensors_can_report_whatever_happens(asset: str) -> None:
    module = models.module(asset)
    for seed, fault in enumerate(module.FAULTS):
        machine = models.create(asset, seed)
        machine.inject(fault)
        for dt_s in (0.02, 0.2, 1.0, 10.0):
            for reading in [machine.step(dt_s) for _ in range(200)]:
                for channel in CATALOGUE[asset].channels:
                    assert channel.low <= reading[channel.name] <= channel.high


@pytest.mark.parametrize("asset", ASSETS)
def test_a_wrong_fault_or_set_point_is_refused_by_name(asset: str) -> None:
    machine = models.create(asset, 1)
    with pytest.raises(ValueError, match=models.module(asset).FAULTS[0]):
        machine.inject("no such fault")
    with pytest.raises(ValueError, match="set_point"):
        machine.set_point(1e9)


@pytest.mark.parametrize("name", ["dragon", "noise", "", "../fan", "fan.Machine"])
def test_a_name_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"asset type|virtual machine"):
        models.create(name, 1)
