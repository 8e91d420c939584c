"""A dispenser's ten minutes, of which every figure can be worked out by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from contract.assets.dispenser import ASSET
from contract.assets.words import Asset, Channel, Counter, Kpi, Param
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


def in_units(units: Mapping[str, tuple[str, float]]) -> Asset:
    """The dispenser in other units: by name, the unit and how many of it one was."""

    def channel(of: Channel) -> Channel:
        unit, times = units.get(of.name, (of.unit, 1.0))
        normal = times * of.normal[0], times * of.normal[1]
        return replace(of, unit=unit, low=times * of.low, high=times * of.high, normal=normal)

    def counter(of: Counter) -> Counter:
        unit, times = units.get(of.name, (of.unit, 1.0))
        wraps_at = None if of.wraps_at is None else times * of.wraps_at
        return replace(of, unit=unit, wraps_at=wraps_at, max_rate=times * (of.max_rate or 0.0))

    def param(of: Param) -> Param:
        unit, times = units.get(of.name, (of.unit, 1.0))
        return replace(of, unit=unit, default=times * of.default)

    def kpi(of: Kpi) -> Kpi:
        return replace(of, unit=units.get(of.name, (of.unit, 1.0))[0])

    return replace(
        ASSET,
        channels=tuple(map(channel, ASSET.channels)),
        counters=tuple(map(counter, ASSET.counters)),
        params=tuple(map(param, ASSET.params)),
        kpis=tuple(map(kpi, ASSET.kpis)),
    )
