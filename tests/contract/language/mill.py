"""A machine of the tests' own that has one of everything the language knows."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from contract.assets.words import (
    Asset,
    Channel,
    Counter,
    Derived,
    Event,
    Kpi,
    Param,
    Running,
    Service,
    State,
    StateValue,
)
from contract.language.answers import Answer, Answers
from contract.language.program import Memory, Program
from contract.language.sums import Sums
from contract.language.totals import Totals

T0 = 1_763_629_200_000  # a full minute

KPIS = (
    ("energy_kwh", "kWh", "integral(power)"),
    ("heat_wh", "Wh", "integral(heater)"),
    ("cost", "GBP", "energy_kwh * price"),
    ("meter_kwh", "kWh", "increase(meter)"),
    ("parts", "1", "increase(pieces)"),
    ("running_h", "h", "time(speed > 100)"),
    ("working_s", "s", "time(state == working)"),
    ("hot_working_s", "s", "time(state == working and temperature > 40)"),
    ("up_s", "s", "time(state.element in (producing, standby))"),
    ("down_s", "s", "time(state.element == down)"),
    ("availability", "%", "up_s / (up_s + down_s)"),
    ("utilisation", "%", "time(state == working) / duration()"),
    ("parts_per_h", "1/h", "increase(pieces) / elapsed()"),
    ("failures", "1", "entries(state == failed)"),
    ("jobs", "1", "count(job)"),
    ("good_jobs", "1", "count(job, job.good >= 0.5)"),
    ("litres", "L", "sum(job.volume)"),
    ("litres_a_job", "L", "sum(job.volume) / count(job)"),
    ("jobs_per_h", "1/h", "count(job) / duration()"),
    ("per_litre", "kWh/L", "energy_kwh / litres"),
    ("hot_mean", "°C", "mean(temperature)"),
    ("hot_spread", "K", "std(temperature)"),
    ("hottest", "°C", "greatest(temperature)"),
    ("coldest", "°C", "least(temperature)"),
    ("most_power", "W", "greatest(power)"),
    (
        "ratio",
        "1",
        "integral(power / (temperature - ambient)) / duration() / (rated_power / one_k)",
    ),
)

MILL = Asset(
    name="mill",
    title="Mill",
    icon="mdi-cog",
    nominal_rate_hz=5.0,
    channels=(
        Channel(name="current", title="", unit="A", low=0, high=50, normal=(0, 10)),
        Channel(name="speed", title="", unit="rpm", low=0, high=9000, normal=(0, 3000)),
        Channel(name="temperature", title="", unit="°C", low=-40, high=200, normal=(15, 80)),
        Channel(
            name="ambient", title="", unit="°C", low=-40, high=60, normal=(5, 35), optional=True
        ),
        Channel(name="heater", title="", unit="W", low=0, high=5000, normal=(0, 2000), hold="step"),
    ),
    counters=(
        Counter(name="meter", title="", unit="kWh", wraps_at=1000.0, max_rate=0.1),
        Counter(name="pieces", title="", unit="1"),
    ),
    states=(
        State(
            name="state",
            title="",
            values=(
                "off",
                StateValue(name="idle", time_element="standby"),
                StateValue(name="working", time_element="producing"),
                StateValue(name="failed", time_element="down"),
            ),
        ),
    ),
    events=(Event(name="job", title="", fields=(("volume", "L"), ("good", "1")), words=("user",)),),
    derived=(Derived(name="power", title="", unit="W", formula="supply * current"),),
    params=(
        Param(name="supply", title="", unit="V", default=24.0),
        Param(name="price", title="", unit="GBP/kWh", default=0.5),
        Param(name="rated_power", title="", unit="W", default=100.0),
        Param(name="one_k", title="", unit="K", default=1.0),
    ),
    kpis=tuple(Kpi(name=name, title="", unit=unit, formula=text) for name, unit, text in KPIS),
    services=(
        Service(
            name="oil", title="", every="increase(pieces) / 2000", reset_by="job", advice="Oil it."
        ),
    ),
    faults=(),
    thermal=None,
    running=Running(channel="speed", above=100),
    stopped="speed < 50 and state != working",
)
PROGRAM = Program(MILL)
PARAMS = PROGRAM.defaults()
FUNCTIONS = PROGRAM.functions(PARAMS)
AT = PROGRAM.layout.at

USUAL: dict[str, float | str] = {
    "current": 2.0,
    "speed": 1500.0,
    "temperature": 50.0,
    "ambient": 20.0,
    "heater": 0.0,
    "meter": 100.0,
    "pieces": 10.0,
    "state": "working",
}

Values = Mapping[str, float | str]


def usual(**values: float | str) -> dict[str, float | str]:
    """A reading of a mill that is well, but for ``values``."""
    return USUAL | values


def with_kpi(unit: str, formula: str, **fields: Any) -> Asset:
    """The mill with one KPI alone, called ``x``."""
    return replace(MILL, kpis=(Kpi(name="x", title="", unit=unit, formula=formula),), **fields)


def fold(
    readings: Iterable[tuple[int, Values]],
    program: Program = PROGRAM,
    *,
    gap_ms: int = 2000,
    sums: Sums | None = None,
    memory: Memory | None = None,
) -> tuple[Sums, Memory]:
    """The sums of readings at times after T0; what is further apart than ``gap_ms`` is a gap."""
    add = program.functions(program.defaults()).add
    sums = program.zero() if sums is None else sums
    memory = program.start if memory is None else memory
    for at_ms, values in readings:
        elapsed_ms = T0 + at_ms - memory[0]
        memory = add(sums, memory, T0 + at_ms, program.row(values), elapsed_ms <= gap_ms)
    return sums, memory


def answers(
    sums: Sequence[float | None], program: Program = PROGRAM, beyond_ms: int = 0
) -> Answers:
    params = program.defaults()
    return Answers(program, Totals(program, sums, params, beyond_ms), params)


def kpi(name: str, readings: Iterable[tuple[int, Values]]) -> Answer:
    """A KPI of the mill over these readings."""
    return answers(fold(readings)[0]).kpi(name)


def job(sums: Sums, *, volume: float = math.nan, good: float = math.nan) -> None:
    FUNCTIONS.events[0](sums, (volume, good))


def every(step_ms: int, count: int, **values: float | str) -> list[tuple[int, Values]]:
    return [(at * step_ms, usual(**values)) for at in range(count)]
