"""Many minutes at once are what they are one after the other."""

import random
from functools import reduce

import msgspec
import pytest

from contract.assets import CATALOGUE
from contract.language.sums import Sums
from contract.messages import Minute
from gateway.twin.columns import Columns
from gateway.twin.ledger import ledger_of
from tests.contract.assets.water import PROGRAM, T0, ten_minutes

DISPENSER = PROGRAM.words.asset
LEDGER = ledger_of(DISPENSER)
ALL = Columns(DISPENSER, PROGRAM.formulas.kpis)


def minutes() -> list[Minute]:
    """One of each of ten minutes, with a channel that some of them have not."""
    functions, memory, found = PROGRAM.functions(PROGRAM.defaults()), PROGRAM.start, []
    rng = random.Random(1)
    for start in range(0, 600, 60):
        sums = PROGRAM.zero()
        for at_ms, values in ten_minutes()[start : start + 60]:
            told = dict(values)
            if start % 180 == 0 or rng.random() < 0.1:
                del told["cold_temperature"]
            memory = functions.add(sums, memory, T0 + at_ms, PROGRAM.row(told), True)
        found.append(LEDGER.minute(T0 + 1000 * start, sums))
    return found


def text(minute: Minute) -> str:
    return msgspec.json.encode(minute).decode()


def one_by_one(found: list[Minute]) -> Sums:
    return reduce(LEDGER.added, map(LEDGER.sums, found), LEDGER.zero())


def test_all_of_it_is_what_it_is_minute_by_minute() -> None:
    found = minutes()
    needed = {place for channel in LEDGER.channels for place in channel[1:]}
    expected, got = one_by_one(found), ALL.together(map(text, found))
    channels = {"flow", "hot_temperature", "power"}  # whose greatest or spread is in a formula
    read = {p for channel in LEDGER.channels if channel.name in channels for p in channel[1:]}
    for at, (one, other) in enumerate(zip(expected, got, strict=True)):
        if at not in needed or at in read:
            assert one == pytest.approx(other, rel=1e-12), PROGRAM.layout.slots[at]


def test_no_minute_at_all_is_nothing() -> None:
    assert ALL.together([]) == LEDGER.zero()


def test_a_minute_of_another_program_makes_unknown_what_it_does_not_say() -> None:
    found = minutes()
    found[4] = msgspec.structs.replace(found[4], program="another", sums=[1.0])
    expected, got = one_by_one(found), ALL.together(map(text, found))
    at = PROGRAM.layout.at["increase(litres)"]
    assert str(expected[at]) == str(got[at]) == "nan"
    full_ms = PROGRAM.layout.at["full_ms"]
    assert expected[full_ms] == got[full_ms] > 0


def test_a_minute_from_before_there_were_programs_is_read() -> None:
    fan = CATALOGUE["fan"]
    body = (
        '{"start_ms":1763629200000,"count":60,"measured_ms":59000,"running_ms":59000,'
        '"energy_j":708.0,"channels":{"current":{"count":60,"low":1.0,"total":60.0,"high":1.0}}}'
    )
    ledger = ledger_of(fan)
    sums = Columns(fan, ["energy_wh", "running_h"]).together([body])
    assert ledger.energy_j(sums) == pytest.approx(708.0)
    assert ledger.running_ms(sums) == 59_000


def test_what_was_not_kept_of_a_sum_is_unknown_of_all() -> None:
    found = minutes()
    place = LEDGER.others.index(PROGRAM.layout.at["increase(litres)"])
    held = list(found[0].sums)
    held[place] = None
    found[0] = msgspec.structs.replace(found[0], sums=held)
    got = ALL.together(map(text, found))
    assert str(got[PROGRAM.layout.at["increase(litres)"]]) == "nan"
