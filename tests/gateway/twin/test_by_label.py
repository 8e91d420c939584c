"""Sums by a label: by hand, and whatever comes they are those of the whole, parted."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get
from contract.language import layout as keys
from contract.language.parts import Part, answers_of
from contract.messages import Aside, Event, Reading
from gateway.twin.by_label import OTHERS, Share, Split, bounded, in_order, longest, measured_ms
from gateway.twin.ledger import ledger_of
from tests.contract.assets import bench
from tests.gateway.builders import T0

Item = Reading | Event
ASSET = get("instrument")
LEDGER = ledger_of(ASSET)
DEFAULTS = LEDGER.program.defaults()
PERIOD_MS = 2500


def reading(seq: int, at_ms: int, **values: float | str) -> Reading:
    told = {**bench.reading(), **values}
    numbers = {name: float(v) if isinstance(v, int) else v for name, v in told.items()}
    return Reading("a-1", seq, numbers, T0 + at_ms, received_ms=T0 + at_ms)


def split(items: Sequence[Item]) -> dict[Share, list[float]]:
    made = Split(ASSET, "operator", sets=[DEFAULTS], place=lambda _: 0)
    made.add(in_order(items))
    return made.shares


def figure(shares: dict[Share, list[float]], value: str | None, name: str) -> float | None:
    sums = shares[Share(value, 0)]
    parts = [Part(sums, DEFAULTS, measured_ms(sums, LEDGER))]
    return answers_of(LEDGER.program, parts).kpi(name).value


def ten_minutes() -> list[Item]:
    """Ada runs for 300 s and three samples, Ben for 300 s and five."""
    items: list[Item] = []
    for at in range(241):
        second = at * 2.5
        done = second // 100 if second <= 300 else 3 + (second - 300) // 60
        who = "Ada" if second < 300 else "Ben"
        items.append(reading(at + 1, at * PERIOD_MS, samples=done, operator=who))
    return items


def test_samples_an_hour_are_those_of_each_operator() -> None:
    shares = split(ten_minutes())
    assert figure(shares, "Ada", "samples_per_h") == pytest.approx(36.0)  # 3 in 300 s
    assert figure(shares, "Ben", "samples_per_h") == pytest.approx(60.0)  # 5 in 300 s


def test_an_event_that_names_somebody_is_his_whoever_stands_there() -> None:
    values: dict[str, float | str] = {"duration": 75.0, "right": 1.0, "operator": "Ada"}
    event = Event("a-1", 900, values, T0 + 500_000, event="sample")
    shares = split([*ten_minutes(), event])
    assert figure(shares, "Ada", "sample_s") == pytest.approx(75.0)
    assert figure(shares, "Ben", "sample_s") is None


def test_nobody_has_what_was_not_measured_and_what_was_not_told() -> None:
    items = [reading(at + 1, at * PERIOD_MS, operator="Ada") for at in range(4)]
    # An hour later it goes on, and does not say for whom; then the label cannot be read.
    items += [reading(at + 10, 3_600_000 + at * PERIOD_MS) for at in range(4)]
    items += [reading(at + 14, 3_610_000 + at * PERIOD_MS, operator="Ben") for at in range(4)]
    items[-2].aside = {"operator": Aside(None, "not_a_text", "operator is null, not a text")}
    items[-2].values = {k: v for k, v in items[-2].values.items() if k != "operator"}
    items[-1].values = {k: v for k, v in items[-1].values.items() if k != "operator"}
    shares = split(items)
    assert measured_ms(shares[Share("Ada", 0)], LEDGER) == 3 * PERIOD_MS
    assert measured_ms(shares[Share("Ben", 0)], LEDGER) == 2 * PERIOD_MS
    # Three when it goes on, one until Ben tells his name, one after it could not be read.
    assert measured_ms(shares[Share(None, 0)], LEDGER) == 5 * PERIOD_MS


@st.composite
def anything(draw: st.DrawFn) -> list[Item]:
    rng, items, at_ms, samples = random.Random(draw(st.integers(0, 2**32))), list[Item](), 0, 0
    for seq in range(1, draw(st.integers(2, 50))):
        told: dict[str, float | str] = {"samples": samples}
        told["state"] = rng.choice(("running", "idle", "error"))
        if rng.random() < 0.6:
            told["operator"] = rng.choice(("Ada", "Ben", "Chiara"))
        items.append(reading(seq, at_ms, **told))
        at_ms += rng.choice((2500, 2500, 5000, 90_000))
        samples += rng.choice((0, 0, 1))
    return items


@given(items=anything(), data=st.data())
def test_together_they_are_the_whole_in_whatever_order_it_came(
    items: list[Item], data: st.DataObject
) -> None:
    shares = split(data.draw(st.permutations(items)))
    [whole] = Whole(items).shares.values()
    parts = list(shares.values())
    for at, slot in enumerate(LEDGER.program.layout.slots):
        if slot.merge == "add":
            assert sum(sums[at] for sums in parts) == pytest.approx(whole[at])
    assert shares == split(items)


class Whole(Split):
    """The same, by a label that nobody has."""

    def __init__(self, items: Sequence[Item]) -> None:
        super().__init__(ASSET, "nothing", sets=[DEFAULTS], place=lambda _: 0)
        self.add(in_order(items))


def test_of_many_values_those_of_least_time_are_told_together() -> None:
    items = [
        reading(at + 1, at * PERIOD_MS, operator=f"P{at // 4 if at < 40 else 99}", samples=at)
        for at in range(80)
    ]
    shares = split(items)
    few = bounded(shares, LEDGER, longest([shares], LEDGER, most=2))
    values = {share.value for share in few}
    assert values >= {"P99", OTHERS}
    assert len(values) == 4  # with one more, and with the interval before anybody was told of
    at = LEDGER.program.layout.at[keys.ROWS]
    assert sum(sums[at] for sums in few.values()) == 80


def test_who_has_the_least_time_at_one_machine_may_have_the_most_at_all() -> None:
    def at_one(*people: str) -> dict[Share, list[float]]:
        told = [reading(at, at * PERIOD_MS, operator=who) for at, who in enumerate(people, 1)]
        return split(told)

    every = [at_one(*"AAAABBB"), at_one(*"CCCCBBB"), at_one(*"DDDDBBB")]
    assert longest(every, LEDGER, most=1) == {"B"}
