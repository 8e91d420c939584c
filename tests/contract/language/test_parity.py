"""The fan in the language and the fan as it was: the same energy, running time and minutes."""

import random
from collections import defaultdict
from dataclasses import replace

import pytest

from contract.assets import get
from contract.assets.words import Derived, Kpi, Param
from contract.language.program import Program
from contract.language.sums import Sums
from contract.messages import Minute, Reading
from firmware import models
from gateway.twin.cadence import measured
from gateway.twin.minutes import Integrator, key_of, start_of
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


def as_it_was(readings: list[Reading], flags: list[bool]) -> dict[int, Minute]:
    layout = layout_of(FAN)
    integrator, minutes = Integrator(layout), dict[int, Minute]()
    for reading, flag in zip(readings, flags, strict=True):
        closed = integrator.add(reading.time_ms or 0, layout.row(reading.values), flag)
        if closed is not None:
            minutes[closed.start_ms] = closed
    last = integrator.minute()
    assert last is not None
    return minutes | {last.start_ms: last}


def in_the_language(readings: list[Reading], flags: list[bool]) -> dict[int, Sums]:
    add = PROGRAM.functions(PROGRAM.defaults()).add
    minutes: dict[int, Sums] = defaultdict(PROGRAM.zero)
    memory = PROGRAM.start
    for reading, flag in zip(readings, flags, strict=True):
        time_ms = reading.time_ms or 0
        sums = minutes[start_of(time_ms)]
        memory = add(sums, memory, time_ms, PROGRAM.row(reading.values), flag)
    return minutes


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


def assert_same_channel(minute: Minute, sums: Sums, name: str) -> None:
    count = minute.count - sums[AT[f"absent({name})"]]
    stats = minute.channels.get(name)
    assert count == (stats.count if stats else 0)
    if stats is not None:
        assert sums[AT[f"least({name})"]] == stats.low
        assert sums[AT[f"greatest({name})"]] == stats.high
        assert sums[AT[f"total({name})"]] == pytest.approx(stats.total, rel=1e-9)
