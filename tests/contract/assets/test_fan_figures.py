"""Every figure of the fan that a stretch of time has, against what it is by hand."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get
from contract.assets.words import Channel, Param
from contract.language.answers import Answer, Answers
from contract.language.program import Memory, Program
from contract.language.sums import Known, Sums, merged
from contract.language.totals import Totals
from tests.contract.assets.water import T0

FAN = get("fan")
PROGRAM = Program(FAN)
Reading = dict[str, float]
Readings = list[tuple[int, Reading]]
GOLDEN = {
    "energy_wh": 10_794 / 3600,  # 12 V x (300 s x 1 A + 1 s x 1.5 A + 299 s x 2 A)
    "co2_g": 10_794 / 3600 * 0.177,
    "cost": 10_794 / 3.6e6 * 0.2635,
    "running_h": 0.15,  # 540 of 600 s
}


def reading(**values: float) -> Reading:
    return {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8} | values


def ten_minutes() -> Readings:
    """601 readings: from half on twice the current, and a minute of standing still."""
    return [
        (
            at * 1000,
            reading(current=1.0 if at <= 300 else 2.0, rpm=0.0 if 100 < at <= 160 else 1200.0),
        )
        for at in range(601)
    ]


def fold(
    readings: Readings, program: Program = PROGRAM, memory: Memory | None = None
) -> tuple[Sums, Memory]:
    functions, sums = program.functions(program.defaults()), program.zero()
    memory = program.start if memory is None else memory
    for at_ms, values in readings:
        is_measured = T0 + at_ms - memory[0] <= 1000 * FAN.max_gap_s
        memory = functions.add(sums, memory, T0 + at_ms, program.row(values), is_measured)
    return sums, memory


def answers(sums: Known, program: Program = PROGRAM) -> Answers:
    return Answers(program, Totals(program, sums, program.defaults()), program.defaults())


def same(one: Answer, other: Answer) -> None:
    for ours, theirs in zip(one, other, strict=True):
        assert ours == (None if theirs is None else pytest.approx(theirs, rel=1e-9, abs=1e-12))


def test_every_figure_of_time_has_a_golden_value() -> None:
    assert {*GOLDEN, "power_w"} == PROGRAM.formulas.kpis.keys()


@pytest.mark.parametrize("name", GOLDEN)
def test_a_figure_is_what_it_is_by_hand(name: str) -> None:
    found = answers(fold(ten_minutes())[0]).kpi(name)
    assert found.value == found.low == found.high == pytest.approx(GOLDEN[name], rel=1e-9)
    assert found.coverage == 1.0


@st.composite
def runs(draw: st.DrawFn) -> Readings:
    """A few minutes of anything, some of it not measured, some without a channel."""
    rng, at_ms, readings = random.Random(draw(st.integers(0, 2**32))), 0, []
    for _ in range(draw(st.integers(2, 60))):
        values = reading(current=rng.uniform(0.0, 3.0), rpm=rng.choice((0.0, 900.0)))
        if rng.random() < 0.1:
            del values[rng.choice(("current", "rpm", "temperature"))]
        readings.append((at_ms, values))
        at_ms += rng.choice((200, 1000, 2000, 30_000))
    return readings


@given(runs(), st.data())
def test_parts_in_any_order_give_the_same(readings: Readings, data: st.DataObject) -> None:
    parts, memory = [], None
    for at in range(0, len(readings), 7):
        sums, memory = fold(readings[at : at + 7], memory=memory)
        parts.append(sums)
    shuffled = answers(merged(PROGRAM.layout, data.draw(st.permutations(parts))))
    whole = answers(fold(readings)[0])
    for name in GOLDEN:
        same(shuffled.kpi(name), whole.kpi(name))


def in_milliamperes(channel: Channel) -> Channel:
    low, high = channel.normal
    return replace(channel, unit="mA", high=1000 * channel.high, normal=(1000 * low, 1000 * high))


PARAMS = {
    "supply_voltage": ("mV", 1000.0),
    "price_per_kwh": ("GBP/MJ", 1 / 3.6),
    "co2_per_kwh": ("g/kWh", 1000.0),
}


def in_other_units(param: Param) -> Param:
    unit, times = PARAMS[param.name]
    return replace(param, unit=unit, default=times * param.default)


IN_OTHER_UNITS = Program(
    replace(
        FAN,
        channels=tuple(
            in_milliamperes(channel) if channel.name == "current" else channel
            for channel in FAN.channels
        ),
        params=tuple(map(in_other_units, FAN.params)),
    )
)


@given(runs())
def test_other_units_give_the_same(readings: Readings) -> None:
    others = [
        (at, values | {"current": 1000 * values["current"]} if "current" in values else values)
        for at, values in readings
    ]
    found = answers(fold(others, IN_OTHER_UNITS)[0], IN_OTHER_UNITS)
    whole = answers(fold(readings)[0])
    for name in GOLDEN:
        same(found.kpi(name), whole.kpi(name))


@pytest.mark.parametrize("name", GOLDEN)
def test_of_nothing_nothing_is_told(name: str) -> None:
    found = answers(PROGRAM.zero())
    assert found.kpi(name).value is None
    assert found.reason(name) == "nothing was measured that tells it"
