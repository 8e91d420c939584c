"""Late readings: each minute waits once and durably, live work does not, and the sums are right."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.ingest import lateness
from gateway.journal.reader import JournalReader
from tests.gateway.ingest.test_settlement import assert_figures, story
from tests.gateway.rig import NOW_MS, Rig, batches, message, reading, telemetry

MINUTE_MS = 60_000
START_MS = NOW_MS - NOW_MS % MINUTE_MS - 100 * MINUTE_MS


@pytest.fixture
def lazy(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A rig that leaves late work undone; a slice of it has all the time it needs."""
    monkeypatch.setattr(lateness, "SLICE_S", 3_600.0)
    monkeypatch.setattr(lateness, "QUIET_S", 3_600.0)
    rig.restates = False
    return rig


def at(seq: int, minute: int, second: int = 0, **changes: Any) -> dict[str, Any]:
    return reading(seq, time_ms=START_MS + minute * MINUTE_MS + second * 1_000, **changes)


def restated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The minutes that are computed from now on, as numbers."""
    seen: list[int] = []
    was = lateness.computed

    def counting(reader: JournalReader, device: Any, start_ms: int) -> Any:
        seen.append((start_ms - START_MS) // MINUTE_MS)
        return was(reader, device, start_ms)

    monkeypatch.setattr(lateness, "computed", counting)
    monkeypatch.setattr("gateway.ingest.settlement.computed", counting)
    return seen


def waiting(rig: Rig) -> list[int]:
    rows = rig.rows("SELECT start_ms FROM late_minute ORDER BY start_ms")
    return [(start_ms - START_MS) // MINUTE_MS for (start_ms,) in rows]


def send(rig: Rig, items: list[dict[str, Any]], *, device: str = "fan-01") -> None:
    rig.take(*(telemetry(device, *some) for some in batches(items, 20)))


def late(rig: Rig, count: int, minute: int, *, first: int = 1_000, device: str = "fan-01") -> None:
    items = [at(first + n, minute, second=1 + n % 50) for n in range(count)]
    send(rig, items, device=device)


def test_a_minute_waits_once_however_many_come_and_in_the_journal(
    lazy: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = restated(monkeypatch)
    send(lazy, [at(5 * n + 1, n) for n in range(10)])
    for turn in range(5):
        late(lazy, 40, minute=3, first=100 + 40 * turn)
        late(lazy, 1, minute=6, first=500 + turn)
    assert (len(lazy.settlement.late), waiting(lazy), seen) == (2, [3, 6], [])
    lazy.restate()
    assert sorted(seen) == list(range(1, 10)), "each once, and those that may be of a run with it"
    assert waiting(lazy) == []
    counts = lazy.rows("SELECT body ->> 'count' FROM minute ORDER BY start_ms")
    assert [count for (count,) in counts] == [1, 1, 1, 201, 1, 1, 6, 1, 1, 1]


def test_what_waits_outlives_a_death(lazy: Rig) -> None:
    send(lazy, [at(5 * n + 1, n) for n in range(10)])
    late(lazy, 5, minute=3)
    lazy.checkpoint()  # so that nothing is folded again
    lazy.again()
    assert (len(lazy.settlement.late), waiting(lazy)) == (1, [3])
    lazy.restate()
    [(count,)] = lazy.rows(
        "SELECT body ->> 'count' FROM minute WHERE start_ms = ?", START_MS + 3 * MINUTE_MS
    )
    assert (count, waiting(lazy)) == (6, [])


def test_a_death_in_a_slice_forgets_nothing(lazy: Rig) -> None:
    send(lazy, [at(5 * n + 1, n) for n in range(10)])
    late(lazy, 5, minute=3)
    lazy.checkpoint()
    jobs = lazy.settlement.late.pick()
    lazy.settlement.late.compute(jobs)
    lazy.checkpoint()
    lazy.again()
    assert waiting(lazy) == [3]


def test_devices_take_turns(lazy: Rig) -> None:
    for device in ("flooder", "honest"):
        send(lazy, [at(n + 1, n) for n in range(90)], device=device)
    for minute in range(80):
        late(lazy, 1, minute, first=1_000 + minute, device="flooder")
    late(lazy, 1, 3, device="honest")
    assert "honest" in {job.device.name for job in lazy.settlement.late.pick()[:2]}


def test_one_that_comes_while_its_minute_is_computed_is_not_lost(lazy: Rig) -> None:
    send(lazy, [at(5 * n + 1, n) for n in range(10)])
    late(lazy, 5, minute=3)
    settlement, pipeline = lazy.settlement, lazy.pipeline
    jobs = settlement.late.pick()
    outcomes, left = settlement.late.compute(jobs)
    late(lazy, 5, minute=3, first=2_000)
    settlement.restate(jobs, outcomes, left)
    asyncio.run(pipeline.settle(()))
    assert waiting(lazy) == [3]
    lazy.restate()
    [(count,)] = lazy.rows(
        "SELECT body ->> 'count' FROM minute WHERE start_ms = ?", START_MS + 3 * MINUTE_MS
    )
    assert count == 11


def test_a_large_open_minute_waits_until_it_has_closed(
    lazy: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lateness, "SMALL", 30)
    monkeypatch.setattr("gateway.ingest.settlement.SMALL", 30)
    seen = restated(monkeypatch)
    send(lazy, [at(n + 1, 5, second=n + 1) for n in range(20)])
    late(lazy, 20, minute=5)
    lazy.restate()
    assert seen == [5], "a small one is restated at once"
    send(lazy, [at(n + 50, 5, second=n + 30) for n in range(15)])
    late(lazy, 20, minute=5, first=3_000)
    lazy.restate()
    assert (seen, waiting(lazy)) == ([5], [5])
    lazy.take(telemetry("fan-01", at(90, 6)))
    lazy.restate()
    assert seen[:2] == [5, 5]
    assert waiting(lazy) == []
    [(count,)] = lazy.rows(
        "SELECT body ->> 'count' FROM minute WHERE start_ms = ?", START_MS + 5 * MINUTE_MS
    )
    assert count == 20 + 20 + 15 + 20


def test_a_large_open_minute_of_a_quiet_device_is_restated_too(
    lazy: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lateness, "SMALL", 30)
    monkeypatch.setattr("gateway.ingest.settlement.SMALL", 30)
    monkeypatch.setattr(lateness, "QUIET_S", 0.0)
    send(lazy, [at(n + 1, 5, second=n + 1) for n in range(40)])
    late(lazy, 20, minute=5)
    for _ in range(2):
        lazy.restate()
    minute = lazy.device().twin.open_minute()
    assert minute is not None
    assert (minute.count, waiting(lazy)) == (60, [])


def test_a_type_that_changes_meanwhile_gets_no_minute_of_the_old_one(lazy: Rig) -> None:
    send(lazy, [at(5 * n + 1, n) for n in range(10)])
    late(lazy, 5, minute=3)
    late_work = lazy.settlement.late
    jobs = late_work.pick()
    outcomes, left = late_work.compute(jobs)
    lazy.device().twin = lazy.admission.registry.make(
        id_=1, name="fan-01", asset=lazy.device().asset
    ).twin
    lazy.settlement.restate(jobs, outcomes, left)
    state = lazy.device().twin.state(now_ms=NOW_MS, status="online", sequenced=True)
    assert state.kpis["energy_wh"].value in {None, 0.0}


def steps(rig: Rig, work: Callable[[], object]) -> int:
    """Readings that are decoded meanwhile, by whichever reader."""
    count = 0
    with pytest.MonkeyPatch.context() as patch:
        was = JournalReader._rows

        def counting(self: JournalReader, make: Any, sql: str, *bindings: Any) -> Any:
            nonlocal count
            for row in was(self, make, sql, *bindings):
                count += "FROM reading" in sql
                yield row

        patch.setattr(JournalReader, "_rows", counting)
        work()
    return count


def test_a_batch_with_late_readings_reads_nothing_back(lazy: Rig) -> None:
    items = [at(n + 1, 5, second=n % 60) for n in range(2_000)]
    send(lazy, items)
    lazy.take(telemetry("fan-01", at(3_000, 9)))
    lazy.restate()
    assert steps(lazy, lambda: late(lazy, 20, minute=5, first=4_000)) == 0
    assert steps(lazy, lazy.restate) <= 2_030 + 10


# Not shrunk: each example is dozens of commits, and the seed tells it as well.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.slow
@settings(max_examples=40, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_slices_batches_and_deaths_in_any_order_give_the_same_sums(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)
    items = story(seed)
    arrival = sorted(items, key=lambda item: item["seq"] + dice.uniform(0, 30))
    with Rig(tmp_path_factory.mktemp("rig")) as rig:
        rig.restates = False
        rig.take(message("fan-01", "birth", {"asset": "fan"}))
        picked = None
        for batch in batches(arrival, 5):
            rig.take(telemetry("fan-01", *batch))
            what = dice.choice(["go on", "pick", "finish", "slice", "checkpoint", "die"])
            if what == "pick" and picked is None:
                jobs = rig.settlement.late.pick()
                picked = (jobs, *rig.settlement.late.compute(jobs))
            elif what == "finish" and picked is not None:
                rig.settlement.restate(*picked)
                asyncio.run(rig.pipeline.settle(()))
                picked = None
            elif what == "slice" and picked is None:  # there is one worker
                asyncio.run(rig.pipeline.restate_some())
            elif what == "checkpoint":
                rig.checkpoint()
            elif what == "die":
                rig.again()
                picked = None
        if picked is not None:
            rig.settlement.restate(*picked)
            asyncio.run(rig.pipeline.settle(()))
        rig.restate()
        assert rig.rows("SELECT count(*) FROM late_minute") == [(0,)]
        assert_figures(rig, items)
