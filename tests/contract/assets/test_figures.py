"""Every figure of a stretch of time, of every type: by hand, and what holds whatever was measured.

A type or a figure that is new is not covered until it has its golden value in ``worked``; those of
the moment are in ``tests/gateway/twin/test_figures_of_now.py``.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import BUILT_IN
from contract.language.answers import Answer, Answers
from contract.language.program import Program
from contract.language.reducers import OF_THE_MOMENT
from contract.language.sums import merged
from tests.contract.assets.worked import WORKED, Item, Worked, answers, fold, in_units

each_type = pytest.mark.parametrize("worked", WORKED.values(), ids=WORKED)
each_figure = pytest.mark.parametrize(
    ("worked", "name"),
    [
        pytest.param(worked, name, id=f"{asset}-{name}")
        for asset, worked in WORKED.items()
        for name in worked.golden
    ],
)
# What a figure can be told in as well. A hundredth of what has no smaller unit is one per cent.
OTHER_UNIT = {
    "kWh": ("MJ", 3.6),
    "Wh": ("J", 3600.0),
    "g": ("kg", 0.001),
    "kg": ("g", 1000.0),
    "µm": ("mm", 0.001),
    "L": ("mL", 1000.0),
    "kWh/L": ("J/mL", 3600.0),
    "%": ("1", 0.01),
    "1": ("%", 100.0),
    "K": ("K %", 100.0),
    "GBP": ("GBP %", 100.0),
    "s": ("ms", 1000.0),
    "min": ("s", 60.0),
    "h": ("d", 1 / 24),
    "m": ("cm", 100.0),
    "m³": ("L", 1000.0),
    "kWh/m³": ("kJ/L", 3.6),
    "1/h": ("1/d", 24.0),
}


def same(one: Answers, other: Answers, worked: Worked) -> None:
    for name in worked.golden:
        _same(one.kpi(name), other.kpi(name))
    for service in worked.asset.services:
        _same(one.service(service.name), other.service(service.name))


def _same(one: Answer, other: Answer) -> None:
    for ours, theirs in zip(one, other, strict=True):
        assert ours == (None if theirs is None else pytest.approx(theirs, rel=1e-9, abs=1e-9))


# ---------------------------------------------------------------- none is left out


@pytest.mark.slow  # a type may be tried before anybody has taken a pencil to it
@pytest.mark.parametrize("asset", sorted(BUILT_IN))
def test_every_type_that_comes_along_is_worked_out(asset: str) -> None:
    assert asset in WORKED, f"work the figures of {asset} out by hand: tests/contract/assets/worked"


@each_type
def test_every_figure_of_time_has_a_golden_value(worked: Worked) -> None:
    of_time = [
        name
        for name, leaves in worked.program.leaves.items()
        if not any(leaf.function in OF_THE_MOMENT for leaf in leaves)
    ]
    assert sorted(worked.golden) == sorted(of_time)


# ---------------------------------------------------------------- by hand


@each_figure
def test_a_figure_is_what_it_is_by_hand(worked: Worked, name: str) -> None:
    answer = answers(fold(worked.items, worked.program)[0], worked.program).kpi(name)
    assert answer.value == pytest.approx(worked.golden[name], rel=1e-7)
    assert answer.coverage == 1.0


@each_figure
def test_where_nothing_is_hidden_the_bounds_are_the_figure(worked: Worked, name: str) -> None:
    answer = answers(fold(worked.items, worked.program)[0], worked.program).kpi(name)
    assert answer.low == pytest.approx(answer.value)
    assert answer.high == pytest.approx(answer.value)


@each_figure
def test_of_nothing_nothing_is_told(worked: Worked, name: str) -> None:
    found = answers(worked.program.zero(), worked.program)
    assert found.kpi(name).value is None
    assert found.kpi(name).coverage == 0.0
    assert found.reason(name) == "nothing was measured that tells it"


@each_figure
def test_a_figure_in_another_unit_is_the_same_figure(worked: Worked, name: str) -> None:
    entry = next(kpi for kpi in worked.asset.kpis if kpi.name == name)
    unit, times = OTHER_UNIT[entry.unit]
    program = Program(in_units(worked.asset, {name: (unit, times)}))
    found = answers(fold(worked.items, program)[0], program).kpi(name)
    assert found.value == pytest.approx(worked.golden[name] * times)


# ---------------------------------------------------------------- whatever was measured


@each_type
@given(data=st.data())
def test_parts_in_any_order_give_the_same(worked: Worked, data: st.DataObject) -> None:
    items, program, parts, memory = data.draw(worked.any_items), worked.program, [], None
    for at in range(0, len(items), 7):
        sums, memory = fold(items[at : at + 7], program, memory)
        parts.append(sums)
    shuffled = merged(program.layout, data.draw(st.permutations(parts)))
    same(answers(shuffled, program), answers(fold(items, program)[0], program), worked)


@each_type
@given(data=st.data())
def test_an_interval_split_in_two_gives_the_same(worked: Worked, data: st.DataObject) -> None:
    items, program = data.draw(worked.any_items), worked.program
    at = data.draw(st.integers(0, len(items)))
    before, memory = fold(items[:at], program)
    after, _ = fold(items[at:], program, memory)
    split = merged(program.layout, [before, after])
    same(answers(split, program), answers(fold(items, program)[0], program), worked)


@each_type
@given(data=st.data())
def test_what_is_measured_in_other_units_gives_the_same(
    worked: Worked, data: st.DataObject
) -> None:
    items: list[Item] = data.draw(worked.any_items)
    other = worked.in_other_units
    others = map(worked.told_in_other_units, items)
    whole = answers(fold(items, worked.program)[0], worked.program)
    same(answers(fold(others, other)[0], other), whole, worked)
