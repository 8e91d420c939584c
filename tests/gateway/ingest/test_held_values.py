"""What is sent now and then counts until the next of it, however late the readings come."""

import asyncio
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract import assets
from contract.messages import Minute
from gateway.ingest import lateness, lookback
from gateway.twin.ledger import ledger_of
from tests.contract.language.mill import MILL
from tests.gateway.rig import NOW_MS, Rig, batches, message, reading, telemetry

MINUTE_MS: Final = 60_000
START_MS: Final = NOW_MS - NOW_MS % MINUTE_MS - 600 * MINUTE_MS
AT: Final = ledger_of(MILL).program.layout.at
STEPS_MS: Final = (0, 1, 200, 200, 1000, 1000, 2000, 2001, 7000, 59_000, -5000)
# How often a reading tells it.
TOLD: Final = {
    "current": 0.8, "speed": 0.4, "temperature": 0.3, "ambient": 0.2, "heater": 0.1, "meter": 0.3,
    "pieces": 0.1, "state": 0.07,
}  # fmt: skip
STATES: Final = ("off", "idle", "working", "failed")


@contextmanager
def mills(directory: Path) -> Iterator[Rig]:
    with pytest.MonkeyPatch.context() as patch, Rig(directory) as rig:
        patch.setitem(assets.CATALOGUE, "mill", MILL)
        patch.setattr(lateness, "SLICE_S", 3_600.0)
        for device in ("one", "two"):
            rig.take(message(device, "birth", {"asset": "mill"}))
        yield rig


def story(dice: random.Random, count: int) -> list[dict[str, Any]]:
    """What a mill sends: any part of its words, a few that cannot be, jobs, and gaps."""
    items, at_ms, meter, epoch, seq = list[dict[str, Any]](), 60_000, 5.0, 1, 0
    for _ in range(count):
        at_ms += dice.choice(STEPS_MS)
        seq += dice.choice((1, 1, 1, 2))
        if dice.random() < 0.03:
            epoch, seq = epoch + 1, 1
        meter += dice.choice((0.0, 0.0001))
        given: dict[str, Any] = {"epoch": f"a-{epoch}", "time_ms": START_MS + at_ms}
        if dice.random() < 0.15:
            job = {"volume": dice.random(), "good": dice.choice((0.0, 1.0))}
            items.append(reading(seq, event="job", values=job, **given))
            continue
        values: dict[str, Any] = {
            "current": dice.uniform(0, 50), "speed": dice.choice((0.0, 99.0, 1500.0)),
            "temperature": dice.choice((30.0, 50.0, 999.0)), "ambient": 20.0,
            "heater": dice.choice((0.0, 800.0)), "meter": meter, "pieces": float(len(items) // 7),
            "state": dice.choice(STATES),
        }  # fmt: skip
        told = {name: value for name, value in values.items() if dice.random() < TOLD[name]}
        items.append(reading(seq, values=told or {"current": 1.0}, **given))
    last: dict[str, Any] = {"epoch": f"a-{epoch}", "time_ms": START_MS + 60_000 + at_ms + 300_000}
    return [*items, reading(seq + 1, values={"current": 1.0}, **last)]


def minutes(rig: Rig, device: str) -> list[Minute]:
    sql = "SELECT m.body FROM minute m JOIN device d ON d.id = m.device WHERE d.name = ?"
    found = [msgspec.json.decode(body, type=Minute) for (body,) in rig.rows(sql, device)]
    is_open = rig.device(device).twin.open_minute()
    closed = [each for each in found if is_open is None or each.start_ms != is_open.start_ms]
    return sorted([*closed, *([is_open] if is_open else [])], key=lambda each: each.start_ms)


def assert_alike(rig: Rig) -> None:
    """Minutes bit for bit; what is of all life to rounding."""
    one, two = minutes(rig, "one"), minutes(rig, "two")
    assert [each.start_ms for each in one] == [each.start_ms for each in two]
    for each, other in zip(one, two, strict=True):
        assert each == other
    kpis = [
        rig.device(name).twin.state(now_ms=NOW_MS, status="online", sequenced=True).kpis
        for name in ("one", "two")
    ]
    for name, kpi in kpis[0].items():
        other_value = kpis[1][name].value
        assert (kpi.value is None) == (other_value is None), name
        assert (kpi.value or 0.0) == pytest.approx(other_value or 0.0, rel=1e-6, abs=1e-6), name


def send(rig: Rig, device: str, items: list[dict[str, Any]]) -> None:
    rig.take(*(telemetry(device, *some) for some in batches(items, 20)))


# Not shrunk: each example is dozens of commits, and the seed tells it as well.
@pytest.mark.slow
@settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 10_000))
def test_any_order_gives_the_minutes_of_the_right_order(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)
    items = story(dice, 90)
    spread = dice.choice((3, 15, 90))
    arrival = sorted(range(len(items)), key=lambda at: at + dice.uniform(0, spread))
    with mills(tmp_path_factory.mktemp("rig")) as rig:
        in_order = sorted(items, key=lambda each: (each["time_ms"], each["epoch"], each["seq"]))
        for each in in_order:
            send(rig, "two", [each])
        rig.restates = dice.random() < 0.5
        for some in batches([items[at] for at in arrival], 6):
            send(rig, "one", list(some))
            what = dice.choice(("go on", "go on", "slice", "die"))
            if what == "slice":
                asyncio.run(rig.pipeline.restate_some())
            elif what == "die":
                rig.again()
        rig.restate()
        assert rig.rows("SELECT count(*) FROM late_minute") == [(0,)]
        assert_alike(rig)


def at(seq: int, second: float, **values: Any) -> dict[str, Any]:
    return reading(seq, time_ms=START_MS + round(second * 1000), values=values)


def working_s(rig: Rig, device: str) -> list[float]:
    found = minutes(rig, device)
    return [ledger_of(MILL).sums(each)[AT["time(state in (working))"]] / 1000 for each in found]


def test_a_state_told_late_counts_in_all_minutes_until_the_next(tmp_path: Path) -> None:
    with mills(tmp_path) as rig:
        send(rig, "one", [at(1, 0, current=1.0, state="idle")])
        send(rig, "one", [at(seq, seq, current=1.0) for seq in range(2, 301) if seq != 30])
        send(rig, "one", [at(301, 301, current=1.0, state="idle")])
        assert sum(working_s(rig, "one")) == 0.0
        send(rig, "one", [at(30, 30, current=1.0, state="working")])
        assert working_s(rig, "one") == [29.0, 60.0, 60.0, 60.0, 60.0, 2.0]


def test_and_in_those_to_come(tmp_path: Path) -> None:
    with mills(tmp_path) as rig:
        send(rig, "one", [at(1, 0, current=1.0, state="idle")])
        send(rig, "one", [at(seq, seq, current=1.0) for seq in range(2, 70) if seq != 30])
        send(rig, "one", [at(30, 30, current=1.0, state="working")])
        send(rig, "one", [at(seq, seq, current=1.0) for seq in range(70, 130)])
        assert sum(working_s(rig, "one")) == 99.0


def test_a_minute_restated_knows_what_was_told_long_before(tmp_path: Path) -> None:
    with mills(tmp_path) as rig:
        send(rig, "one", [at(1, 0, current=1.0, state="working")])
        send(rig, "one", [at(seq, seq, current=1.0) for seq in range(2, 301) if seq != 200])
        send(rig, "one", [at(200, 200, current=1.0)])
        assert sum(working_s(rig, "one")) == 300.0


def test_what_was_told_before_as_many_readings_as_it_looks_back_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookback, "LOOK_BACK", 100)
    with mills(tmp_path) as rig:
        send(rig, "one", [at(1, 0, current=1.0, state="working")])
        send(rig, "one", [at(seq, seq, current=1.0) for seq in range(2, 301) if seq != 200])
        send(rig, "one", [at(200, 200, current=1.0)])
        sums = [ledger_of(MILL).sums(each) for each in minutes(rig, "one")]
        known_ms = [each[AT["part_ms(state)"]] for each in sums]
        assert known_ms == [59_000, 60_000, 60_000, 0, 0, 1000]
        send(rig, "one", [at(301, 301, current=1.0)])
        assert working_s(rig, "one")[-1] == 2.0, "the twin has not forgotten it"


@pytest.mark.slow
def test_many_items_in_any_order_give_the_sums_of_the_right_order(tmp_path: Path) -> None:
    """100,000 of them, a fifth of which come late."""
    dice = random.Random(5)
    items = story(dice, 100_000)
    late = [dice.expovariate(1 / 300) if dice.random() < 0.2 else 0.0 for _ in items]
    arrival = sorted(range(len(items)), key=lambda at: at + late[at])
    in_order = sorted(items, key=lambda each: (each["time_ms"], each["epoch"], each["seq"]))
    with mills(tmp_path) as rig:
        rig.restates = False
        for some in batches(in_order, 2_000):
            send(rig, "two", list(some))
        for some in batches([items[at] for at in arrival], 2_000):
            send(rig, "one", list(some))
            rig.restate()
        assert_alike(rig)
        assert not any(math.isnan(each) for each in ledger_of(MILL).sums(minutes(rig, "one")[0]))
