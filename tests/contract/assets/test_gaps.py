"""Days of virtual machines with gaps of known truth: what was the case lies within the bounds."""

import random
from collections import Counter
from collections.abc import Container
from typing import Final, NamedTuple

import pytest

from contract.assets import get
from contract.language import layout as keys
from contract.language.answers import Answer, Answers
from contract.language.program import Program, program_of
from contract.language.reducers import OF_THE_MOMENT
from contract.language.totals import Totals
from firmware.models import create, module

DAYS: Final = {"fan": 200, "dispenser": 200, "machine_tool": 20}
ASSETS: Final = tuple(DAYS)
OFTEN: Final = 0.95
ROUNDING: Final = 1e-6
# Coarsely, as the same readings are the truth and the rest of it; the physics of what has parts as
# well, which otherwise would take a second of a processor for every day.
PERIOD_S: Final = 30.0
PHYSICS_S: Final = 5.0
READINGS: Final = int(24 * 3600 / PERIOD_S)  # after the first, at midnight

# Where there was no failure, no time lies between two and none took any to repair; where none was
# seen, there may be none, and no number is the most that these can be. All else is always told.
OF_FAILURES: Final = frozenset({"mtbf_h", "mttr_min"})
# What using a machine more pays back in: never, where it is used more than was aimed at.
OF_GAIN: Final = frozenset({"payback_months"})


@pytest.fixture(autouse=True)
def coarse_physics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.models.dispenser.STEP_S", PHYSICS_S)


class Told(NamedTuple):
    """A reading, and the events since the one before."""

    values: dict[str, float | str]
    events: list[tuple[str, dict[str, float | str]]]


def day(asset: str, seed: int) -> list[Told]:
    """All that a machine tells from midnight to midnight."""
    machine, troubles = create(asset, seed), faults(asset, seed)
    if hasattr(machine, "tell_hour"):
        machine.tell_hour(0.0)
    found = []
    for at in range(READINGS + 1):
        if at in troubles:
            machine.inject(fault) if (fault := troubles[at]) else machine.clear()
        values = machine.step(PERIOD_S)
        events = machine.take_events() if hasattr(machine, "take_events") else []
        found.append(Told(values, events))
    return found


def faults(asset: str, seed: int) -> dict[int, str]:
    """None to three of a day, each for up to a quarter of it; empty: it is mended."""
    rng, found = random.Random(seed), dict[int, str]()
    for _ in range(rng.randint(0, 3)):
        begins = rng.randrange(READINGS)
        found[begins] = rng.choice(module(asset).FAULTS)
        found[begins + rng.randrange(1, READINGS // 4)] = ""
    return found


def gaps(seed: int) -> frozenset[int]:
    """One to three, anywhere and for up to a third of the day; the first reading is there."""
    rng, lost = random.Random(-seed), set[int]()
    for _ in range(rng.randint(1, 3)):
        begins = rng.randrange(1, READINGS)
        lost |= set(range(begins, begins + rng.randrange(1, READINGS // 3)))
    return frozenset(lost)


def figures(program: Program, told: list[Told], lost: Container[int] = ()) -> Answers:
    """Of what arrived: what lacks of the sequence is known once something comes behind it."""
    functions, sums, memory = program.functions(program.defaults()), program.zero(), program.start
    events = dict(zip(program.words.events, functions.events, strict=True))
    missing = 0
    for at, (values, happened) in enumerate(told):
        if at in lost:
            missing += 1 + len(happened)
            continue
        is_measured = at > 0 and at - 1 not in lost
        time_ms = int(at * PERIOD_S * 1000)
        memory = functions.add(sums, memory, time_ms, program.row(values), is_measured)
        for name, fields in happened:
            wanted = [field for field, _ in program.words.events[name].fields]
            events[name](sums, tuple(float(fields[field]) for field in wanted))
        sums[program.layout.at[keys.MISSING]] += missing
        missing = 0
    params = program.defaults()
    elapsed_ms = READINGS * PERIOD_S * 1000
    return Answers(program, Totals.over(program, sums, params, elapsed_ms), params)


def names(program: Program) -> list[str]:
    """Figures of a stretch of time: those of the moment have no bounds."""
    return [
        name
        for name, leaves in program.leaves.items()
        if not any(leaf.function in OF_THE_MOMENT for leaf in leaves)
    ]


def is_within(truth: float, found: Answer, *, is_open: bool) -> bool:
    """A bound that is not told holds nothing, but for the upper one of what ``is_open``."""
    slack = ROUNDING * (1.0 + abs(truth))
    if found.low is None or found.low > truth + slack:
        return False
    return is_open if found.high is None else truth - slack <= found.high


class Kept:
    """How often the truth of a figure was known, hidden altogether, and within its bounds."""

    def __init__(self) -> None:
        self.known, self.hidden, self.within = Counter[str](), Counter[str](), Counter[str]()

    def note(self, name: str, whole: Answers, parted: Answers) -> None:
        truth, found = whole.kpi(name).value, parted.kpi(name)
        if truth is None:
            assert name in OF_FAILURES | OF_GAIN
            if name in OF_GAIN:
                return
            assert whole.kpi("failures").value == 0
            assert found.value is None
            return
        is_open = name in OF_FAILURES and parted.kpi("failures").value == 0
        self.known[name] += 1
        self.hidden[name] += is_open
        self.within[name] += is_within(truth, found, is_open=is_open)


def kept(asset: str, days: int) -> Kept:
    program, found = program_of(get(asset)), Kept()
    for seed in range(days):
        told = day(asset, seed)
        whole, parted = figures(program, told), figures(program, told, gaps(seed))
        for name in names(program):
            found.note(name, whole, parted)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("asset", ASSETS)
def test_what_a_gap_hid_lies_within_the_bounds(asset: str) -> None:
    days = DAYS[asset]
    found, of_time = kept(asset, days), names(program_of(get(asset)))
    always = [name for name in of_time if name not in OF_FAILURES | OF_GAIN]
    assert {name: found.known[name] for name in always} == dict.fromkeys(always, days)
    shares = {name: found.within[name] / found.known[name] for name in of_time if found.known[name]}
    assert {name: share for name, share in shares.items() if share < OFTEN} == {}
    for name in OF_FAILURES.intersection(of_time):
        assert found.known[name] >= days / 4
        assert found.hidden[name] <= days / 5


@pytest.mark.parametrize("asset", ASSETS)
def test_what_a_gap_hid_on_a_few_days_lies_within_the_bounds(asset: str) -> None:
    found = kept(asset, 2)
    assert found.known
    assert found.within == found.known


@pytest.mark.parametrize("asset", ASSETS)
def test_where_nothing_is_hidden_bounds_are_the_figure(asset: str) -> None:
    program = program_of(get(asset))
    whole = figures(program, day(asset, seed=1))
    for name in names(program):
        value, low, high, coverage = whole.kpi(name)
        assert coverage == 1.0
        if value is not None:
            assert low == pytest.approx(value), name
            assert high == pytest.approx(value), name
