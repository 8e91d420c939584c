"""Events are in the minutes and in the sums, once each, however late and in whatever order."""

import random
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from contract import assets
from contract.assets.words import Kpi
from contract.language import layout as keys
from contract.language.answers import Answers
from contract.language.totals import Totals
from contract.messages import Minute
from gateway.twin.ledger import ledger_of
from tests.gateway.machines import BREWER, IDLE
from tests.gateway.rig import NOW_MS, Rig, batches, message, reading, telemetry

MINUTE_MS = 60_000
START_MS = NOW_MS - NOW_MS % MINUTE_MS - 10 * MINUTE_MS
COUNTING = replace(
    BREWER,
    kpis=(
        *BREWER.kpis,
        Kpi(name="services", title="Services", unit="1", formula="count(service)"),
        Kpi(name="poured_l", title="Poured", unit="L", formula="sum(service.volume)"),
        Kpi(name="grown", title="Cups", unit="1", formula="increase(cups)"),
    ),
)
LEDGER = ledger_of(COUNTING)
AT = LEDGER.program.layout.at


@pytest.fixture
def brewer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setitem(assets.CATALOGUE, "brewer", COUNTING)
    greet(rig, "one")
    return rig


def greet(rig: Rig, device: str) -> None:
    rig.take(message(device, "birth", {"asset": "brewer"}))


def service(seq: int, second: float, **values: Any) -> dict[str, Any]:
    fields = {"volume": 0.25, "wait": 4.0} | values
    return reading(seq, event="service", values=fields, time_ms=START_MS + round(second * 1000))


def measured(seq: int, second: float) -> dict[str, Any]:
    return reading(seq, values=IDLE, time_ms=START_MS + round(second * 1000))


def minutes(rig: Rig, device: str = "one") -> dict[int, Minute]:
    """Those in the journal and the open one, by their number."""
    sql = "SELECT m.body FROM minute m JOIN device d ON d.id = m.device WHERE d.name = ?"
    found = [msgspec.json.decode(body, type=Minute) for (body,) in rig.rows(sql, device)]
    is_open = rig.device(device).twin.open_minute()
    found += [is_open] if is_open is not None else []
    return {(each.start_ms - START_MS) // MINUTE_MS: each for each in found}


def summed(minute: Minute, key: str) -> float:
    return LEDGER.sums(minute)[AT[key]]


def told(rig: Rig, name: str, device: str = "one") -> float | None:
    state = rig.device(device).twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    return state.kpis[name].value


def test_a_minute_of_events_alone_is_one(brewer: Rig) -> None:
    brewer.take(telemetry("one", measured(1, 10), service(2, 70), service(3, 75), measured(4, 130)))
    found = minutes(brewer)
    assert sorted(found) == [0, 1, 2]
    assert (found[1].count, summed(found[1], "count(service)")) == (0, 2)
    assert (told(brewer, "services"), told(brewer, "poured_l")) == (2.0, 0.5)


def test_a_late_event_restates_its_minute_readings_or_none(brewer: Rig) -> None:
    brewer.take(telemetry("one", measured(1, 10), measured(2, 11), measured(5, 200)))
    brewer.take(telemetry("one", service(3, 12)))
    brewer.take(telemetry("one", service(4, 70)))
    found = minutes(brewer)
    assert sorted(found) == [0, 1, 3]
    assert [summed(found[at], "count(service)") for at in (0, 1, 3)] == [1, 1, 0]
    assert told(brewer, "services") == 2.0
    assert brewer.device("one").late_ms is None, "no window lacks an event"


def test_an_event_that_comes_again_is_in_the_sums_once(brewer: Rig) -> None:
    brewer.take(telemetry("one", measured(1, 10), service(2, 12)))
    for _ in range(2):
        brewer.take(telemetry("one", service(2, 12), measured(1, 10)))
    assert told(brewer, "services") == 1.0
    assert summed(minutes(brewer)[0], keys.EVENTS) == 1


def test_a_reading_of_a_minute_that_an_event_has_closed_counts_to_it(brewer: Rig) -> None:
    brewer.take(telemetry("one", measured(1, 58), service(2, 60.1)))
    brewer.take(telemetry("one", measured(3, 59), measured(4, 60.2)))
    found = minutes(brewer)
    assert [(found[at].count, found[at].measured_ms) for at in (0, 1)] == [(2, 1000), (1, 1200)]


def test_what_its_type_does_not_know_is_an_item_and_nothing_else(brewer: Rig) -> None:
    strange = reading(2, event="kicked", values={"volume": 9.0}, time_ms=START_MS + 11_000)
    brewer.take(telemetry("one", measured(1, 10), strange))
    minute = minutes(brewer)[0]
    assert (summed(minute, keys.EVENTS), summed(minute, "count(service)")) == (1, 0)


def test_numbers_that_lack_widen_what_may_have_been(brewer: Rig) -> None:
    brewer.take(telemetry("one", measured(1, 10), service(2, 11), measured(6, 12)))
    sums = LEDGER.sums(minutes(brewer)[0])
    assert sums[AT[keys.MISSING]] == 3
    params = LEDGER.program.defaults()
    count = Answers(LEDGER.program, Totals(LEDGER.program, sums, params), params).kpi("services")
    assert count == (1.0, 1.0, 4.0, 0.5)
    brewer.take(telemetry("one", service(4, 11.5)))
    sums = LEDGER.sums(minutes(brewer)[0])
    assert (sums[AT[keys.MISSING]], sums[AT["count(service)"]]) == (2, 2)


def test_what_fills_a_hole_is_lacked_no_more_by_a_later_minute(brewer: Rig) -> None:
    brewer.take(telemetry("one", measured(1, 10), measured(4, 70), measured(5, 130)))
    assert [summed(minutes(brewer)[at], keys.MISSING) for at in range(3)] == [0, 2, 0]
    brewer.take(telemetry("one", service(3, 20)))
    assert [summed(minutes(brewer)[at], keys.MISSING) for at in range(3)] == [1, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_any_order_with_deaths_gives_the_minutes_of_the_right_order(brewer: Rig, seed: int) -> None:
    dice = random.Random(seed)
    items, second = list[dict[str, Any]](), 0.0
    for seq in range(1, 160):
        second += dice.choice([0.2, 1.0, 1.0, 7.0])
        if dice.random() < 0.1:
            continue  # it never comes
        volume = dice.random()
        is_event = dice.random() < 0.3
        items.append(service(seq, second, volume=volume) if is_event else measured(seq, second))
    greet(brewer, "two")
    for some in batches(items, 10):
        brewer.take(telemetry("two", *some))
    arrival = sorted(items, key=lambda item: item["seq"] + dice.uniform(0, 40))
    for some in batches(arrival, 7):
        brewer.take(telemetry("one", *some, *dice.choices(arrival, k=2)))
        if dice.random() < 0.2:
            brewer.again()
    assert minutes(brewer, "one") == minutes(brewer, "two")
    for name in ("services", "poured_l", "energy_wh", "grown"):
        assert told(brewer, name) == pytest.approx(told(brewer, name, "two"), rel=1e-9), name
