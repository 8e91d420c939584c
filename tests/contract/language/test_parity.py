"""The fan in the language and the fan as it was: the same energy, running time and minutes."""

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace

import pytest

from contract.assets import get
from contract.assets.words import Derived, Kpi, Param
from contract.language.program import Program
from contract.language.sums import Sums
from contract.messages import Reading
from firmware import models
from gateway.twin.cadence import measured
from gateway.twin.minutes import key_of, start_of
from gateway.twin.rows import layout_of

FAN = get("fan")
KPIS = {
    "energy_wh": ("Wh", "integral(power)"),
    "running_h": ("h", "time(rpm > 200)"),
    "measured_h": ("h", "duration()"),
}
SPOKEN = replace(
    FAN,
    derived=(Derived(name="power", title="", unit="W", formula="supply_voltage * current"),),
    params=(Param(name="supply_voltage", title="", unit="V", default=12.0),),
    kpis=tuple(Kpi(name=n, title="", unit=u, formula=f) for n, (u, f) in KPIS.items()),
)
PROGRAM = Program(SPOKEN)
AT = PROGRAM.layout.at
ENERGY, RUNNING = "integral((supply_voltage * current))", "time(rpm > 200.0)"


def recorded(count: int) -> list[Reading]:
    """Readings in the order they came: with gaps, late ones, repeated ones and a restart."""
    rng, machine, time_ms, readings = (
        random.Random(8),
        models.create("fan", 8),
        1_763_629_200_000,
        [],
    )
    for at in range(count):
        time_ms += 200 if rng.random() > 0.002 else rng.choice([1900, 2000, 2001, 30_000, 600_000])
        values = dict(machine.step(0.2))
        if rng.random() < 0.3:
            values.pop("ambient", None)
        epoch = f"epoch-{at * 3 // count}"
        readings.append(Reading(epoch, at + 1, values, time_ms, received_ms=time_ms))
    late = sorted(range(count), key=lambda at: at + (rng.random() < 0.05) * rng.randint(1, 5000))
    return [each for at in late for each in [readings[at]] * (1 + (rng.random() < 0.01))]


@dataclass
class Former:
    """A minute of a fan, added up plainly."""

    count: int = 0
    measured_ms: int = 0
    running_ms: int = 0
    energy_j: float = 0.0
    channels: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def as_it_was(readings: list[Reading], flags: list[bool]) -> dict[int, Former]:
    minutes: dict[int, Former] = defaultdict(Former)
    last_ms, last_w = 0, 0.0
    for reading, flag in zip(readings, flags, strict=True):
        time_ms, values = reading.time_ms or 0, reading.values
        minute, power_w = minutes[start_of(time_ms)], 12.0 * float(values["current"])
        minute.count += 1
        if flag:
            minute.measured_ms += time_ms - last_ms
            minute.energy_j += (last_w + power_w) / 2 * (time_ms - last_ms) / 1000
            minute.running_ms += (float(values["rpm"]) > 200.0) * (time_ms - last_ms)
        for name, value in values.items():
            minute.channels[name].append(float(value))
        last_ms, last_w = time_ms, power_w
    return minutes


def in_the_language(readings: list[Reading], flags: list[bool]) -> dict[int, Sums]:
    add = PROGRAM.functions(PROGRAM.defaults()).add
    minutes: dict[int, Sums] = defaultdict(PROGRAM.zero)
    memory = PROGRAM.start
    for reading, flag in zip(readings, flags, strict=True):
        time_ms = reading.time_ms or 0
        sums = minutes[start_of(time_ms)]
        memory = add(sums, memory, time_ms, PROGRAM.row(reading.values), flag)
    return minutes


@pytest.mark.slow
def test_50_000_readings_of_a_fan_are_summed_up_as_they_were() -> None:
    came = recorded(50_000)
    readings = sorted({(each.epoch, each.seq): each for each in came}.values(), key=key_of)
    assert len(readings) == 50_000 < len(came)
    flags = [False, *measured(readings, layout_of(FAN).max_gap_ms)]
    old, new = as_it_was(readings, flags), in_the_language(readings, flags)
    assert old.keys() == new.keys()
    assert sum(not flag for flag in flags) > 30
    for start_ms, minute in old.items():
        sums = new[start_ms]
        assert sums[AT["rows"]] == minute.count
        assert sums[AT["full_ms"]] + sums[AT["rest_ms"]] == minute.measured_ms
        assert sums[AT[RUNNING]] == minute.running_ms
        assert sums[AT[ENERGY]] == pytest.approx(minute.energy_j, rel=1e-9, abs=1e-9)
        for name in layout_of(FAN).names:
            assert_same_channel(minute, sums, name)


def assert_same_channel(minute: Former, sums: Sums, name: str) -> None:
    values = minute.channels[name]
    assert minute.count - sums[AT[f"absent({name})"]] == len(values)
    if values:
        assert sums[AT[f"least({name})"]] == min(values)
        assert sums[AT[f"greatest({name})"]] == max(values)
        assert sums[AT[f"total({name})"]] == pytest.approx(math.fsum(values), rel=1e-9)
