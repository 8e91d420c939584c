"""A dispenser's ten minutes, of which every figure is worked out by hand, and any others."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hypothesis import strategies as st

from contract.assets.dispenser import ASSET
from contract.language.answers import Answers
from contract.language.program import Memory, Program
from contract.language.sums import Known, Sums
from contract.language.totals import Totals

T0 = 1_763_629_200_000  # a full hour
PROGRAM = Program(ASSET)
KPIS = {kpi.name: kpi for kpi in ASSET.kpis}

Values = Mapping[str, float | str]
Readings = list[tuple[int, Values]]


class Service(NamedTuple):
    """An event of it."""

    wait: float
    volume: float
    temperature: float
    right: int


def reading(**values: float | str) -> dict[str, float | str]:
    """One of a dispenser at rest, but for ``values``."""
    usual: dict[str, float | str] = {
        "flow": 0.0,
        "tank_level": 60.0,
        "hot_temperature": 85.0,
        "cold_temperature": 5.0,
        "power": 36.0,
        "hot_set_point": 85.0,
        "litres": 100.0,
        "energy": 999.99,
        "state": "idle",
    }
    return usual | values


def ten_minutes() -> Readings:
    """601 readings: two services, a minute out of order, a minute too cool, a meter at its end."""
    return [(second * 1000, _at(second)) for second in range(601)]


def _at(second: int) -> dict[str, float | str]:
    litres = 100.0 + 0.03 * min(max(second - 105, 0), 10) + 0.02 * min(max(second - 404, 0), 10)
    values: dict[str, float | str] = {
        "state": _state_at(second),
        "litres": round(litres, 3),
        "energy": round((999.99 + 0.001 * (min(max(second - 120, 0), 300) // 10)) % 1000.0, 3),
    }
    if 105 <= second < 115:
        values["flow"] = 1.8
    if 404 <= second < 414:
        values["flow"] = 2.1
    if 115 <= second < 175:
        values["hot_temperature"] = 82.0
    return reading(**values)


def _state_at(second: int) -> str:
    spans = {
        "selecting": (range(100, 105), range(400, 404)),
        "dispensing": (range(105, 115), range(404, 414)),
        "error": (range(300, 360),),
    }
    return next((name for name, found in spans.items() for r in found if second in r), "idle")


SERVICES = (Service(5.0, 0.3, 82.0, 1), Service(4.0, 0.2, 78.0, 0))
GOLDEN = {
    "energy_kwh": 0.03,  # 1000 - 999.99 + 0.02
    "cost": 0.007905,  # 0.03 x 0.2635
    "co2_g": 5.31,  # 0.03 x 177
    "dispensed_l": 0.5,
    "energy_kwh_per_l": 0.06,  # 0.03 / 0.5
    "idle_energy_kwh": 0.00571,  # 36 W x (600 - 5 - 10 - 4 - 10) s / 3.6e6
    "availability_percent": 90.0,  # 540 of 600 s
    "flowing_percent": 10 / 3,  # 20 of 600 s
    "performance_percent": 52.0833333,  # 0.5 L of 12 x 0.008 x 10 = 0.96 L
    "quality_percent": 90.0,  # a minute at 82 °C, set to 85
    "oee_percent": 42.1875,  # 0.9 x 0.5208333 x 0.9
    "full_quality_percent": 50.0,
    "thermal_variation_k": 3 * math.sqrt(60 * 541) / 601,  # 60 of 601 readings 3 K lower
    "peak_flow_percent": 105.0,  # 2.1 of 2 L/min
    "services": 2.0,
    "services_per_h": 12.0,
    "response_s": 4.5,
    "response_95_s": 5.0,  # one of two within 4 s, both within 5
    "failures": 1.0,
    "mtbf_h": 0.15,  # 540 s
    "mttr_min": 1.0,
}
OTHER_UNITS = {
    "flow": ("mL/min", 1000.0),
    "rated_flow": ("L/h", 60.0),
    "demand_per_user": ("mL/h", 60_000.0),
    "power": ("kW", 0.001),
    "litres": ("mL", 1000.0),
    "descaling_interval": ("m3", 0.001),
    "energy": ("MJ", 3.6),
    "price_per_kwh": ("GBP/MJ", 1 / 3.6),
    "co2_per_kwh": ("g/kWh", 1000.0),
    "wait_step": ("ms", 1000.0),
    "service.wait": ("ms", 1000.0),
    "tolerance": ("K %", 100.0),
}


def fold(
    readings: Iterable[tuple[int, Values]],
    services: Sequence[Service] = (),
    program: Program = PROGRAM,
    memory: Memory | None = None,
) -> tuple[Sums, Memory]:
    """Sums of readings at times after T0; three seconds are no gap yet."""
    functions = program.functions(program.defaults())
    sums = program.zero()
    memory = program.start if memory is None else memory
    for at_ms, values in readings:
        is_measured = T0 + at_ms - memory[0] <= 1000 * program.words.asset.max_gap_s
        memory = functions.add(sums, memory, T0 + at_ms, program.row(values), is_measured)
    for service in services:
        functions.events[0](sums, service)
    return sums, memory


def answers(sums: Known, program: Program = PROGRAM, **params: float) -> Answers:
    set_ = program.defaults() | params
    return Answers(program, Totals(program, sums, set_), set_)


def figures(readings: Readings, services: Sequence[Service] = (), **params: float) -> Answers:
    return answers(fold(readings, services)[0], PROGRAM, **params)


@st.composite
def days(draw: st.DrawFn) -> tuple[Readings, list[Service]]:
    """A few minutes of anything, some of it not measured."""
    seed, count = draw(st.integers(0, 2**32)), draw(st.integers(2, 60))
    rng = random.Random(seed)
    at_ms, litres, energy = 0, 100.0, 999.995
    readings: Readings = []
    for _ in range(count):
        readings.append((at_ms, _any_reading(rng, litres, energy)))
        at_ms += rng.choice((1000, 1000, 1000, 2000, 60_000))
        litres = round(litres + rng.choice((0.0, 0.03)), 3)
        energy = round((energy + rng.choice((0.0, 0.001))) % 1000.0, 3)
    services = [
        Service(rng.uniform(1, 40), rng.uniform(0.1, 0.5), 80.0, rng.randrange(2))
        for _ in range(rng.randrange(5))
    ]
    return readings, services


def _any_reading(rng: random.Random, litres: float, energy: float) -> dict[str, float | str]:
    return reading(
        state=rng.choice(("idle", "idle", "selecting", "dispensing", "error")),
        flow=rng.choice((0.0, 2.0)),
        hot_temperature=rng.uniform(80.0, 87.0),
        power=rng.uniform(5.0, 2000.0),
        litres=litres,
        energy=energy,
    )
