"""Bounds hold the truth, and are as close as is cheap."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contract.assets.words import Role
from contract.language.algebra import value
from contract.language.answers import Answer
from contract.language.intervals import Interval, Intervals
from contract.language.numbers import Numbers
from contract.language.program import Program
from contract.language.ratios import tightened
from contract.language.tree import Binary, Call, Compare, Leaf, Node, Number, Parameter
from tests.contract.language.mill import PROGRAM, answers, every, fold, job, usual, with_kpi

# ---------------------------------------------------------------- intervals are sound

NAMES = ("a", "b", "c")
LEAVES = st.sampled_from([Parameter(name) for name in NAMES]) | st.sampled_from(
    [Number(n) for n in (0.0, 1.0, 2.0, -3.0, 0.5)]
)


def _grown(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    conditions = st.builds(
        Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), nodes, nodes
    )
    return st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), nodes, nodes),
        st.builds(
            Binary,
            st.just("**"),
            nodes,
            st.sampled_from([Number(2.0), Number(0.5), Number(-1.0), Number(3.0)]),
        ),
        st.builds(lambda of: Call("abs", (of,)), nodes),
        st.builds(lambda of: Call("sqrt", (of,)), nodes),
        st.builds(lambda f, a, b: Call(f, (a, b)), st.sampled_from(["min", "max"]), nodes, nodes),
        st.builds(lambda c, a, b: Call("where", (c, a, b)), conditions, nodes, nodes),
    )


TREES = st.recursive(LEAVES, _grown, max_leaves=12)
BANDS = st.fixed_dictionaries(
    {name: st.tuples(st.floats(-100, 100), st.floats(0, 50), st.floats(0, 1)) for name in NAMES}
)


def _close(bound: float, found: float) -> float:
    return 1e-9 * max(1.0, abs(bound), abs(found)) if math.isfinite(bound) else 0.0


@given(tree=TREES, bands=BANDS, tight=st.booleans())
def test_whatever_lies_within_its_bounds_gives_what_lies_within(
    tree: Node, bands: dict[str, tuple[float, float, float]], *, tight: bool
) -> None:
    within = {n: Interval(low, low + width) for n, (low, width, _) in bands.items()}
    point = {n: low + width * share for n, (low, width, share) in bands.items()}

    def band(leaf: Leaf) -> Interval:
        assert isinstance(leaf, Parameter)
        return within[leaf.name]

    def number(leaf: Leaf) -> float:
        assert isinstance(leaf, Parameter)
        return point[leaf.name]

    found = value(tree, Numbers(number))
    assume(found is not None and abs(found) < 1e9)
    assert found is not None
    low, high = value(tightened(tree, {}) if tight else tree, Intervals(band))
    assert not math.isnan(low)
    assert not math.isnan(high)
    assert low - _close(low, found) <= found <= high + _close(high, found)


def _bounds(tree: Node, **bands: tuple[float, float]) -> Interval:
    return value(tightened(tree, {}), Intervals(lambda leaf: Interval(*bands[str(leaf)])))


A, B = Parameter("a"), Parameter("b")


def test_a_share_never_passes_one() -> None:
    assert _bounds(Binary("/", A, Binary("+", A, B)), a=(1, 3), b=(1, 3)) == (0.25, 0.75)
    assert _bounds(Binary("/", A, Binary("+", A, B)), a=(0, 3), b=(0, 3)) == (0.0, 1.0)


def test_what_stands_above_and_below_a_line_goes() -> None:
    once = Binary("*", Binary("/", A, B), Binary("/", B, Number(2.0)))
    assert _bounds(once, a=(1, 2), b=(1, 100)) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("tree", "bounds"),
    [
        (Binary("/", A, B), (-math.inf, math.inf)),  # b passes nought
        (Binary("/", Number(6.0), A), (2.0, math.inf)),
        (Binary("**", B, Number(2.0)), (0.0, 4.0)),
        (Call("abs", (B,)), (0.0, 2.0)),
        (Call("where", (Compare(">", B, Number(0.0)), A, Number(9.0))), (0.0, 9.0)),
        (Call("where", (Compare(">", B, Number(5.0)), A, Number(9.0))), (9.0, 9.0)),
        (Call("max", (A, B)), (0.0, 3.0)),
    ],
    ids=str,
)
def test_bounds_worked_out_by_hand(tree: Node, bounds: tuple[float, float]) -> None:
    assert _bounds(tree, a=(0, 3), b=(-1, 2)) == bounds


# ---------------------------------------------------------------- gaps


def test_a_gap_widens_what_was_not_measured_and_nothing_else() -> None:
    readings = [*every(1000, 61), *((at + 120_000, values) for at, values in every(1000, 61))]
    found = answers(fold(readings)[0])
    energy = found.kpi("energy_kwh")
    assert energy.coverage == pytest.approx(120 / 180)
    assert energy.value == energy.low == pytest.approx(48 * 120 / 3.6e6)
    assert energy.high == pytest.approx((48 * 120 + 240 * 60) / 3.6e6)  # 10 A is normal too
    assert found.kpi("working_s")[:3] == pytest.approx((120.0, 120.0, 180.0))
    assert found.kpi("utilisation")[:3] == pytest.approx((100.0, 100 * 120 / 180, 100.0))
    assert found.kpi("meter_kwh") == (0.0, 0.0, 0.0, 1.0)
    assert found.kpi("availability")[:3] == pytest.approx((100.0, 100 * 120 / 180, 100.0))


def test_what_lies_beyond_the_first_and_last_reading_is_a_gap_too() -> None:
    working = answers(fold(every(1000, 61))[0], beyond_ms=60_000).kpi("working_s")
    assert working == pytest.approx((60.0, 60.0, 120.0, 0.5))


def test_numbers_that_never_came_may_have_been_events() -> None:
    sums, _ = fold(every(1000, 61))
    job(sums, volume=0.5, good=1.0)
    job(sums, volume=1.5, good=1.0)
    sums[PROGRAM.layout.at["missing"]] += 3
    found = answers(sums)
    assert found.kpi("jobs")[:3] == (2, 2, 5)
    assert found.kpi("litres")[:3] == (2.0, 2.0, 6.5)
    assert found.kpi("jobs").coverage == pytest.approx(63 / 66)


def of_one(unit: str, formula: str, *, role: Role | None = None, beyond_ms: int = 0) -> Answer:
    """A figure of a mill that ran a minute, with one good job, its number 0.5 L, and 3 lost."""
    mill = with_kpi(unit, formula)
    program = Program(replace(mill, kpis=(replace(mill.kpis[0], role=role),)))
    sums, _ = fold(every(1000, 61), program)
    program.functions(program.defaults()).events[0](sums, (0.5, 1.0))
    sums[program.layout.at["missing"]] += 3
    return answers(sums, program, beyond_ms).kpi("x")


def test_what_was_always_right_may_have_been_wrong_but_no_share_passes_its_ends() -> None:
    assert of_one("%", "sum(job.good) / count(job)")[:3] == (100.0, 25.0, 100.0)
    assert of_one("%", "count(job, job.good > 0.5) / count(job)")[2] == 400.0
    told = of_one("%", "count(job, job.good > 0.5) / count(job)", role="quality")
    assert told[:3] == (100.0, 25.0, 100.0)


def test_of_a_silence_far_longer_than_what_was_measured_nobody_knows_how_many() -> None:
    assert of_one("1", "count(job)", beyond_ms=540_000)[:3] == (1, 1, 1 + 3 + 558)
    assert of_one("1", "count(job)", beyond_ms=660_000)[:3] == (1, 1, None)
    assert of_one("L", "sum(job.volume)", beyond_ms=660_000)[:3] == (0.5, 0.5, None)
    right = of_one("%", "sum(job.good) / count(job)", beyond_ms=660_000)
    assert right[:3] == (100.0, 0.0, 100.0)


def test_a_quotient_of_which_hardly_anything_was_measured_has_no_bounds() -> None:
    assert of_one("1", "integral(power) / integral(power * 2)", beyond_ms=540_000).high is not None
    found = of_one("1", "integral(power) / integral(power * 2)", beyond_ms=660_000)
    assert found[:3] == (0.5, None, None)
    time = of_one("%", "time(state == working) / duration()", beyond_ms=660_000)
    assert time[:3] == pytest.approx((100.0, 100 * 60 / 720, 100.0))


STEP_S = 60


def _day(rng: random.Random) -> list[dict[str, float | str]]:
    """24 hours of a mill, a reading a minute: it works for a while, rests, fails at times."""
    state, left, meter, day = "idle", 20, rng.uniform(0, 900), []
    for _ in range(24 * 60):
        left -= 1
        if left <= 0:
            state = rng.choices(["off", "idle", "working", "failed"], [1, 4, 6, 1])[0]
            left = rng.randint(6, 120)
        amps = {"off": 0.0, "idle": 0.5, "working": rng.gauss(6, 1.0), "failed": 0.2}[state]
        amps = min(50.0, max(0.0, amps))
        meter += 24 * amps * STEP_S / 3.6e6
        heater = 1500.0 if state == "working" and rng.random() < 0.5 else 0.0
        temperature = 20 + 5 * amps + rng.gauss(0, 1)
        day.append(
            usual(
                current=amps,
                speed=1500.0 if state == "working" else 0.0,
                temperature=temperature,
                heater=heater,
                meter=meter,
                state=state,
            )
        )
    return day


BOUNDED = [
    "energy_kwh", "heat_wh", "cost", "meter_kwh", "running_h", "working_s", "up_s", "down_s",
    "availability", "utilisation", "failures", "jobs", "litres", "litres_a_job", "jobs_per_h",
    "hot_mean", "hot_spread", "hottest", "coldest", "most_power",
]  # fmt: skip


def _summed(day: list[dict[str, float | str]], lost: range, rng: random.Random) -> list[float]:
    kept = [(at * 1000 * STEP_S, values) for at, values in enumerate(day) if at not in lost]
    sums, _ = fold(kept, gap_ms=1000 * STEP_S)
    for at in range(0, len(day), 40):
        if at in lost:
            sums[PROGRAM.layout.at["missing"]] += 1
        else:
            job(sums, volume=rng.uniform(0.2, 0.5), good=1.0)
    sums[PROGRAM.layout.at["missing"]] += len(lost)
    return sums


@pytest.mark.slow
def test_a_gap_of_known_truth_lies_within_its_bounds() -> None:
    """200 days with a gap of up to eight hours: at least 95 of 100 times, for every figure.

    All of them can be told on every day, and between two numbers.
    """
    held = dict.fromkeys(BOUNDED, 0)
    for seed in range(200):
        rng = random.Random(seed)
        day = _day(rng)
        first = rng.randint(100, 900)
        lost = range(first, first + rng.randint(12, 480))
        state = rng.getstate()
        truth = answers(_summed(day, range(0), rng))
        rng.setstate(state)
        found = answers(_summed(day, lost, rng))
        for name in BOUNDED:
            true, (_, low, high, _) = truth.kpi(name).value, found.kpi(name)
            assert true is not None
            assert low is not None
            assert high is not None
            held[name] += low - 1e-9 <= true <= high + 1e-9
    assert {name: count for name, count in held.items() if count < 190} == {}
