"""Whoever writes a formula that cannot be right is told what is wrong, where, and what to do."""

import math
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets.words import Counter, Derived, Kpi, Param
from contract.errors import Refused, WrongType
from contract.language.formula import LONGEST, parse
from contract.language.meaning import Meaning
from contract.language.program import Program
from contract.language.vocabulary import Vocabulary
from tests.contract.language.mill import MILL, with_kpi

WRONG = [
    # names
    ("W", "mean(powr)", r"`powr` is not known here \(is 'power' meant\?\)"),
    ("1", "zzzzz", r"`zzzzz` is no parameter and no KPI \(there are one_k, price, rated_power"),
    ("rpm", "speed", r"`speed` has no one value over time: write mean\(speed\), integral\(speed\)"),
    ("kWh", "meter", r"`meter` is a counter: write increase\(meter\)"),
    ("1", "state", r"`state` is a state: write time\(state == …\)"),
    ("1", "job", r"`job` is an event: write count\(job\)"),
    ("L", "job.volume", r"`job.volume` has no value here: fields of an event are summed"),
    ("1", "mean(state)", r"`state` is a state, no number: compare it, as in state == off"),
    ("1", "sum(job.size)", r"the event 'job' has no field 'size' \(there are good, volume\)"),
    ("s", "time(state == broken)", r"the state 'state' is never 'broken' \(there are failed, idle"),
    ("s", "time(state.element == setup)", r"no value of the state 'state' counts as 'setup'"),
    ("1", "x", r"it names itself: x → x"),
    # units
    ("kWh", "integral(current)", r"it gives A s, but its unit 'kWh' is kg m\^2 s\^-2"),
    ("kWh", "integral(power) + increase(pieces)", r"takes kg m\^2 s\^-2 and a plain number toget"),
    ("W", "mean(power) + 5", r"A number with a unit is a Param"),
    ("K", "mean(temperature)", r"it gives K \(a point on a scale\), but its unit 'K' is K"),
    ("°C", "mean(temperature) * 2", r"`mean\(temperature\)` is a temperature in °C, a point on a"),
    ("°C", "mean(temperature) + mean(ambient)", r"adds two temperatures, which means nothing"),
    ("°C", "std(temperature) - mean(ambient)", r"takes a temperature from a difference: turn it"),
    ("1", "integral(temperature)", r"adds up temperatures in °C, whose zero is nowhere"),
    ("s", "time(power > speed)", r"compares kg m\^2 s\^-3 with s\^-1: only like things"),
    ("1", "sqrt(increase(meter))", r"is no square, so it has no root"),
    ("1", "mean(power) ** 0.5", r"only a plain number has such a power. Divide it by a rated"),
    ("1", "price ** price", r"the exponent must be a number up to 10"),
    ("1", "price ** 99", r"the exponent must be a number up to 10"),
    ("kwh", "increase(meter)", r"'kwh' is no unit that is known"),
    # reducers
    ("1", "median(speed)", r"there is no function median\(\) \(is '\w+' meant\?\)|there are abs"),
    ("1", "mean(mean(speed))", r"`mean\(speed\)` looks over time, which nothing inside another"),
    ("1", "increase(speed)", r"only a Counter has an increase \(there are meter, pieces\)"),
    ("1", "count(state)", r"only an Event is counted"),
    ("1", "sum(3)", r"only fields of an event are summed: write sum\(event.field\)"),
    ("1", "sum(current)", r"`current` is not known here"),
    ("s", "time(speed)", r"`speed` is no condition: compare it with something"),
    ("s", "time(state > idle)", r"a state has no order: use == or !="),
    ("s", "time(speed in (idle, off))", r"`speed` is no state that is known here"),
    ("s", "duration(3)", r"duration\(\) takes 0 things, not 1"),
    ("1", "count()", r"count\(\) takes 1 or 2 things, not 0"),
    ("rpm", "min(mean(speed))", r"min\(\) takes 2 things, not 1"),
    ("rpm/s", "slope(speed, price)", r"must be a number of seconds, as in slope\(speed, 10\)"),
    ("1", "price > 3", r"is a condition where a value is needed: where\(price > 3.0, 1, 0\)"),
    # spelling
    ("1", "", r"it cannot be read"),
    ("1", "(1", r"it cannot be read"),
    ("1", "1 2", r"it cannot be read"),
    ("1", "'a'", r'"\'" has no place in a formula'),
    ("1", "a[0]", r"'\[' has no place in a formula"),
    ("1", "ünit", r"'ü' has no place"),
    ("1", "lambda: 1", r"':' has no place"),
    ("1", "1 if 2 else 3", r"`1 if 2 else 3` is not of this language"),
    ("1", "f(a=1)", r"`f\(a=1\)` is not of this language"),
    ("1", "a.b.c", r"`a.b.c` is not of this language"),
    ("1", "(1, 2)", r"`\(1, 2\)` is not of this language"),
    ("1", "1 // 2", r"`1 // 2` is not of this language"),
    ("1", "True", r"`True` is no number"),
    ("1", "None", r"`None` is no number"),
    ("1", "3j", r"`3j` is no number"),
    ("s", "time(1 is 2)", r"compares in a way that is not of this language|cannot be read"),
    ("s", "time(state in (1, 2))", r"should name values of a state"),
    ("1", "1e999", r"a number in it is too large"),
    ("1", "9" * 400, r"a number in it is too large"),
    ("1", "1 + " * 200 + "1", r"it is longer than 600 characters"),
    ("1", "(" * 30 + "1" + ")" * 30, r"its brackets are more than 20 deep"),
    ("1", "-" * 300 + "price", r"its parts are more than 20 deep"),
    ("1", "not " * 100 + "price", r"its parts are more than 20 deep"),
]


@pytest.mark.parametrize(("unit", "formula", "sentence"), WRONG, ids=[f for _, f, _ in WRONG])
def test_a_wrong_formula_is_refused_with_a_sentence(unit: str, formula: str, sentence: str) -> None:
    with pytest.raises(WrongType, match=sentence) as caught:
        Program(with_kpi(unit, formula))
    assert str(caught.value).startswith("The type 'mill', KPI 'x' = `")
    assert str(caught.value).endswith(".")
    assert isinstance(caught.value, Refused)


def test_the_formula_at_fault_is_named_where_another_names_it() -> None:
    derived = Derived(name="work", title="", unit="J", formula="supply * current")
    with pytest.raises(WrongType, match=r"derived channel 'work' = `supply \* current`: it gives"):
        Program(with_kpi("J", "integral(work)", derived=(derived,)))


def test_kpis_that_name_each_other_are_told_as_a_circle() -> None:
    kpis = tuple(
        Kpi(name=name, title="", unit="1", formula=f"{other} + 1")
        for name, other in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    with pytest.raises(WrongType, match=r"it names itself: a → b → c → a"):
        Program(replace(MILL, kpis=kpis))


def test_what_names_twice_as_much_each_time_is_refused_and_soon() -> None:
    derived = [Derived(name="d0", title="", unit="A", formula="current")]
    derived += [
        Derived(
            name=f"d{at}", title="", unit="A", formula=f"where(d{at - 1} > d{at - 1}, d{at - 1}, 0)"
        )
        for at in range(1, 60)
    ]
    with pytest.raises(WrongType, match="more than 400 parts"):
        Program(with_kpi("A", "mean(d59)", derived=tuple(derived)))


def test_a_name_stands_for_one_thing() -> None:
    with pytest.raises(WrongType, match="has 2 things called 'speed': one name each"):
        Program(replace(MILL, counters=(Counter(name="speed", title="", unit="1"),)))


def test_a_unit_nobody_computes_with_may_be_any() -> None:
    channel = replace(MILL.channels[1], name="taste", unit="yummy")
    Program(replace(MILL, channels=(*MILL.channels, channel)))


HOSTILE = st.text(alphabet="abcpower()+-*/<>=.,0123456789 eE_\nnotandior", max_size=80)


@given(HOSTILE)
def test_any_text_is_a_formula_or_is_refused(text: str) -> None:
    with suppress(WrongType):
        Meaning(Vocabulary(with_kpi("1", text))).kpi("x")


@given(st.text(max_size=LONGEST + 10))
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    with suppress(WrongType):
        parse(text)


@pytest.mark.parametrize(
    "name",
    [
        "__import__",
        "print",
        "m",
        "p",
        "row",
        "nan",
        "k0",
        "s0",
        "add",
        "None",
        "exec('1')",
        "a b",
        "x\n1",
    ],
)
def test_no_name_of_a_type_gets_into_the_code(name: str) -> None:
    """Variables are numbered: a name is looked up when the type is read, and never again."""
    channel = replace(MILL.channels[0], name=name)
    param = Param(name=f"{name}_", title=name, unit="V", default=math.inf)
    counter = Counter(name=f"_{name}", title="", unit="1", wraps_at=1e308, max_rate=1e-300)
    asset = replace(MILL, channels=(*MILL.channels, channel), params=(*MILL.params, param))
    program = Program(replace(asset, counters=(*asset.counters, counter)))
    assert f"{name}_" not in program.source
    assert "__" not in program.source
