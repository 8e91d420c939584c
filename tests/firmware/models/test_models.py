"""Every virtual machine keeps the contract of docs/architecture.md section 8."""

import copy
import math
import pkgutil
import statistics
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import pytest

from contract.assets import CATALOGUE
from firmware import models

ASSETS = sorted(
    info.name
    for info in pkgutil.iter_modules(models.__path__)
    if hasattr(__import__(f"firmware.models.{info.name}", None, None, ("Machine",)), "Machine")
)
FAULTS = [(asset, fault) for asset in ASSETS for fault in models.module(asset).FAULTS]
SEEDS = range(1, 7)
TWINS = 8

Reading = dict[str, Any]


def series(asset: str, machine: Any, duration_s: float) -> list[Reading]:
    """What ``machine`` reports in ``duration_s`` at the rate of its type, rounded up."""
    rate_hz = models.rate_hz(models.module(asset))
    return [machine.step(1.0 / rate_hz) for _ in range(math.ceil(duration_s * rate_hz))]


def settled(asset: str, seed: int) -> Any:
    machine = models.create(asset, seed)
    series(asset, machine, models.module(asset).SETTLES_S)
    return machine


def test_there_are_models() -> None:
    assert {"dispenser", "fan", "instrument"} <= set(ASSETS)


@pytest.mark.parametrize("asset", ASSETS)
def test_a_model_says_what_it_is_and_how_fast_it_changes(asset: str) -> None:
    module = models.module(asset)
    assert module.MODEL
    assert {name for name, _ in module.CHANNELS} >= set(module.OPTIONAL)
    assert 0 < module.SHOWS_WITHIN_S <= module.GROWN_WITHIN_S
    assert module.RECOVERS_WITHIN_S > 0
    assert module.SETTLES_S >= 0


@pytest.mark.parametrize("asset", ASSETS)
def test_a_reading_holds_all_that_the_model_announces_and_nothing_else(asset: str) -> None:
    module, machine = models.module(asset), models.create(asset, 1)
    counters = [name for name, _unit in module.COUNTERS]
    states = [name for name, _values in module.STATES]
    labels = list(getattr(module, "LABELS", ()))
    announced = [name for name, _unit in module.CHANNELS] + counters + states + labels
    assert len(announced) == len(set(announced))
    for before, reading in pairwise(series(asset, machine, 600.0)):
        assert set(reading) == set(announced)
        for name, values in module.STATES:
            assert reading[name] in values
        for name in counters:
            assert reading[name] >= before[name]


@pytest.mark.parametrize("asset", ASSETS)
def test_an_event_has_the_fields_and_words_that_the_model_announces(asset: str) -> None:
    module, machine = models.module(asset), models.create(asset, 1)
    announced = {name: (dict(fields), words) for name, fields, words in module.EVENTS}
    seen = set()
    for fault in module.FAULTS:
        machine.inject(fault)
        for _reading in series(asset, machine, 600.0):
            for name, values in machine.take_events():
                seen.add(name)
                fields, words = announced[name]
                assert set(values) == {*fields, *words}
                assert all(isinstance(values[word], str) for word in words)
                assert all(isinstance(values[field], int | float) for field in fields)
    assert seen == set(announced)


@pytest.mark.parametrize("asset", ASSETS)
def test_an_event_is_taken_once_and_those_that_nobody_takes_do_not_pile_up(asset: str) -> None:
    machine = models.create(asset, 1)
    for fault in models.module(asset).FAULTS * 20:
        machine.inject(fault)
        series(asset, machine, 60.0)
    assert len(machine.take_events()) <= 100
    assert machine.take_events() == []


@pytest.mark.parametrize("asset", ASSETS)
def test_what_it_tells_and_its_faults_are_those_of_the_catalogue(asset: str) -> None:
    entry, module = CATALOGUE[asset], models.module(asset)
    assert dict(module.CHANNELS) == {c.name: c.unit for c in entry.channels}
    assert {c.name for c in entry.required} <= {name for name, _ in module.CHANNELS}
    assert set(module.OPTIONAL) == {c.name for c in entry.channels if c.optional}
    assert dict(module.COUNTERS) == {c.name: c.unit for c in entry.counters}
    assert dict(module.STATES) == {s.name: tuple(s.elements) for s in entry.states}
    assert getattr(module, "LABELS", ()) == tuple(label.name for label in entry.labels)
    known = {(e.name, e.fields, e.words) for e in entry.events}
    assert {*module.EVENTS} <= known
    told_by_people = {wear.reset_by for wear in entry.wears}
    assert {name for name, _, _ in known - {*module.EVENTS}} <= told_by_people
    assert entry.nominal_rate_hz == module.RATE_HZ
    assert set(module.FAULTS) == {fault.name for fault in entry.faults}


@pytest.mark.parametrize("asset", ASSETS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_machine_is_called_normal(asset: str, seed: int) -> None:
    machine, dt_s = models.create(asset, seed), 1.0 / models.rate_hz(models.module(asset))
    for _ in range(1500):
        machine.step(dt_s)
        assert machine.truth == "normal"
        assert machine.intensity < 0.1


@pytest.mark.parametrize("asset", ASSETS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_machine_is_within_its_normal_bands(asset: str, seed: int) -> None:
    duration_s = max(300.0, 5 * models.module(asset).SETTLES_S)
    assert_healthy(asset, series(asset, models.create(asset, seed), duration_s))


def assert_healthy(asset: str, readings: list[Reading]) -> None:
    for channel in CATALOGUE[asset].channels:
        low, high = channel.normal
        seen = [reading[channel.name] for reading in readings]
        assert low <= min(seen), f"{channel.name} of a healthy machine leaves its normal band"
        assert max(seen) <= high, f"{channel.name} of a healthy machine leaves its normal band"
        is_alive = channel.hold == "step" or len(set(seen)) > 10
        assert is_alive, f"{channel.name} has next to no noise, as no sensor has"


@pytest.mark.parametrize("asset", ASSETS)
def test_the_same_seed_gives_the_same_series_and_another_another_machine(asset: str) -> None:
    first, again, other = (series(asset, models.create(asset, seed), 1800.0) for seed in (7, 7, 8))
    assert first == again
    for name, value in first[0].items():
        seen = [[reading[name] for reading in readings] for readings in (first, other)]
        if isinstance(value, str) or len(set(seen[0])) == 1:
            continue  # a state, or what somebody has set
        assert statistics.fmean(seen[0]) != statistics.fmean(seen[1]), name


@pytest.mark.slow
@pytest.mark.parametrize("asset", ASSETS)
def test_a_fault_shows_in_time_beyond_what_chance_does(asset: str) -> None:
    """The same machine goes on several times, each with other luck, and once with the fault."""
    module = models.module(asset)
    seen_in_healthy = []
    for seed in SEEDS:
        machine = settled(asset, seed)
        twins = [shown(asset, lucky(machine, turns)) for turns in range(1, TWINS + 1)]
        seen_in_healthy.append(_differs(shown(asset, lucky(machine, TWINS + 1)), twins))
        for fault in module.FAULTS:
            broken = copy.deepcopy(machine)
            broken.inject(fault)
            assert _differs(shown(asset, broken), twins), _invisible(fault, seed, module)
    assert sum(seen_in_healthy) <= len(SEEDS) / 4


def _invisible(fault: str, seed: int, module: Any) -> str:
    return (
        f"{fault} of seed {seed} is invisible: within {module.SHOWS_WITHIN_S:g} s no channel's"
        " mean, least, greatest or pace leaves what the same machine does with other luck"
    )


def lucky(machine: Any, turns: int) -> Any:
    """The machine as it is now, with other luck from here on."""
    twin = copy.deepcopy(machine)
    for _ in range(turns):
        twin._noise.uniform(0.0, 1.0)
    return twin


def shown(asset: str, machine: Any) -> dict[str, float]:
    """What is to be seen of a machine in the time in which its fault must show."""
    readings = series(asset, machine, models.module(asset).SHOWS_WITHIN_S)
    counters = {name for name, _unit in models.module(asset).COUNTERS}
    found: dict[str, float] = {}
    for name, first in readings[0].items():
        values = [reading[name] for reading in readings]
        if isinstance(first, str):
            continue  # the time that a state takes moves what else is measured
        if name in counters:
            found[name] = values[-1] - values[0]
            continue
        found[name + " pace"] = statistics.median(b - a for a, b in pairwise(values))
        found[name + " mean"] = statistics.fmean(values)
        found[name + " least"], found[name + " greatest"] = min(values), max(values)
        found[name + " repeated"] = _longest_run([v for v in values if v])
    return found


def _longest_run(values: Sequence[float]) -> int:
    return max((len(list(run)) for _, run in groupby(values)), default=0)


def _differs(window: dict[str, float], usual: list[dict[str, float]]) -> bool:
    """Whether something is far beyond all that is usual."""
    for name, value in window.items():
        seen = [features[name] for features in usual]
        # Two equal values in a row are chance, though none of the others had them.
        margin = max(max(seen) - min(seen), 1.0 if name.endswith(" repeated") else 0.0)
        if not min(seen) - margin <= value <= max(seen) + margin:
            return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize(("asset", "fault"), FAULTS)
def test_a_fault_grows_and_clears_back_to_normal(asset: str, fault: str) -> None:
    module = models.module(asset)
    for seed in SEEDS:
        broken = settled(asset, seed)
        broken.inject(fault)
        assert broken.truth == fault
        series(asset, broken, module.GROWN_WITHIN_S)
        assert broken.truth == fault
        assert broken.intensity > 0.9
        broken.clear()
        assert _seconds_until_normal(asset, broken) < module.RECOVERS_WITHIN_S
        after = series(asset, broken, max(60.0, module.SETTLES_S))
        assert broken.truth == "normal"
        assert_healthy(asset, after)


def _seconds_until_normal(asset: str, machine: Any) -> float:
    dt_s = 1.0 / models.rate_hz(models.module(asset))
    for steps in range(10_000):
        if machine.truth == "normal":
            return steps * dt_s
        machine.step(dt_s)
    return math.inf


@pytest.mark.parametrize("asset", ASSETS)
def test_a_fault_injected_over_another_replaces_it(asset: str) -> None:
    faults = models.module(asset).FAULTS
    for first in faults:
        for second in faults:
            machine = models.create(asset, 3)
            machine.inject(first)
            series(asset, machine, 20.0)
            machine.inject(second)
            machine.step(0.2)
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


@pytest.mark.parametrize("asset", ASSETS)
def test_what_it_can_be_told_is_what_the_catalogue_says(asset: str) -> None:
    module, entry = models.module(asset), CATALOGUE[asset]
    assert getattr(module, "INPUTS", ()) == tuple(each.name for each in entry.inputs)
    for told in entry.inputs:
        for value in told.choices or (told.default, told.low, told.high):
            machine = models.create(asset, 3)
            machine.tell(told.name, value)
            for reading in series(asset, machine, 30.0):
                for channel in entry.channels:
                    assert channel.low <= reading[channel.name] <= channel.high
        for wrong in ("no such value", *(() if told.choices else (told.low - 1, told.high + 1))):
            with pytest.raises(ValueError, match="must be"):
                models.create(asset, 3).tell(told.name, wrong)
    if entry.inputs:
        with pytest.raises(ValueError, match=entry.inputs[0].name):
            models.create(asset, 3).tell("no such input", 1.0)


RESUMING = [asset for asset in ASSETS if hasattr(models.module(asset).Machine, "resume")]


@pytest.mark.parametrize("asset", RESUMING)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_machine_goes_on_from_what_another_has_told(asset: str, seed: int) -> None:
    """What changes slowly is as it was; of the rest it is healthy, as any machine is."""
    told = series(asset, settled(asset, seed), 60.0)[-1]
    machine = models.create(asset, seed + 100)
    machine.resume(told)
    reading = machine.step(1.0 / models.rate_hz(models.module(asset)))
    for name in models.module(asset).RESUMES:
        low, high = CATALOGUE[asset].by_name[name].normal
        assert abs(reading[name] - told[name]) <= 0.1 * (high - low), name
    machine.resume({})
    assert_healthy(asset, series(asset, machine, 300.0))


@pytest.mark.parametrize("name", ["dragon", "noise", "tanks", "users", "", "../fan", "fan.Machine"])
def test_a_name_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"asset type|virtual machine"):
        models.create(name, 1)
