"""Days of virtual machines with gaps of known truth: what was the case lies within the bounds."""

import random
from collections import Counter
from collections.abc import Container
from typing import Final, NamedTuple

import pytest

from contract.assets import get
from contract.language import layout as keys
from contract.language.answers import Answers
from contract.language.program import Program, program_of
from contract.language.reducers import OF_THE_MOMENT
from contract.language.totals import Totals
from firmware.models import create, module

DAYS: Final = 200
OFTEN: Final = 0.95
ROUNDING: Final = 1e-6


class Rhythm(NamedTuple):
    """How a day is simulated: coarsely, as the same readings are the truth and the rest of it."""

    period_s: float
    hours: float
    from_hour: float


RHYTHMS = {"fan": Rhythm(30.0, 24.0, 0.0), "dispenser": Rhythm(10.0, 4.0, 10.0)}


class Told(NamedTuple):
    """A reading, and the events since the one before."""

    values: dict[str, float | str]
    events: list[tuple[str, dict[str, float | str]]]


def day(asset: str, seed: int) -> list[Told]:
    """All that a machine tells of a day, on half of them with a fault from some time on."""
    rhythm, rng = RHYTHMS[asset], random.Random(seed)
    machine = create(asset, seed)
    if hasattr(machine, "tell_hour"):
        machine.tell_hour(rhythm.from_hour)
    count = int(rhythm.hours * 3600 / rhythm.period_s)
    fault_at = rng.randrange(2 * count)
    found = []
    for at in range(count + 1):
        if at == fault_at:
            machine.inject(rng.choice(module(asset).FAULTS))
        values = machine.step(rhythm.period_s)
        events = machine.take_events() if hasattr(machine, "take_events") else []
        found.append(Told(values, events))
    return found


def gaps(count: int, seed: int) -> frozenset[int]:
    """One to three, anywhere and for up to a third of the day; the first reading is there."""
    rng, lost = random.Random(-seed), set[int]()
    for _ in range(rng.randint(1, 3)):
        begins = rng.randrange(1, count)
        lost |= set(range(begins, begins + rng.randrange(1, count // 3)))
    return frozenset(lost)


def figures(program: Program, told: list[Told], period_s: float, lost: Container[int]) -> Answers:
    """Of what arrived: what lacks of the sequence is known once something comes behind it."""
    functions, sums, memory = program.functions(program.defaults()), program.zero(), program.start
    events = dict(zip(program.words.events, functions.events, strict=True))
    missing = 0
    for at, (values, happened) in enumerate(told):
        if at in lost:
            missing += 1 + len(happened)
            continue
        is_measured = at > 0 and at - 1 not in lost
        time_ms = int(at * period_s * 1000)
        memory = functions.add(sums, memory, time_ms, program.row(values), is_measured)
        for name, fields in happened:
            wanted = [field for field, _ in program.words.events[name].fields]
            events[name](sums, tuple(float(fields[field]) for field in wanted))
        sums[program.layout.at[keys.MISSING]] += missing
        missing = 0
    params = program.defaults()
    elapsed_ms = (len(told) - 1) * period_s * 1000
    return Answers(program, Totals.over(program, sums, params, elapsed_ms), params)


@pytest.mark.slow
@pytest.mark.parametrize("asset", RHYTHMS)
def test_what_a_gap_hid_lies_within_the_bounds(asset: str) -> None:
    program, period_s = program_of(get(asset)), RHYTHMS[asset].period_s
    names = [
        name
        for name, leaves in program.leaves.items()
        if not any(leaf.function in OF_THE_MOMENT for leaf in leaves)
    ]
    known, within = Counter[str](), Counter[str]()
    for seed in range(DAYS):
        told = day(asset, seed)
        whole = figures(program, told, period_s, ())
        parted = figures(program, told, period_s, gaps(len(told), seed))
        for name in names:
            truth, found = whole.kpi(name).value, parted.kpi(name)
            if truth is not None:
                slack = ROUNDING * (1.0 + abs(truth))
                is_above = found.low is None or found.low <= truth + slack
                is_below = found.high is None or truth - slack <= found.high
                known[name] += 1
                within[name] += is_above and is_below
    assert names
    shares = {name: within[name] / known[name] for name in names if known[name]}
    assert shares.keys() == set(names)
    assert {name: share for name, share in shares.items() if share < OFTEN} == {}
