"""What minutes were is kept when they become others, and nothing while nothing does."""

import asyncio
import json
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.api.queries.revisions import Revision, revisions
from gateway.journal.formers import TOGETHER_MS, Why, floor_ms, known_at, settled_ms
from tests.gateway.archive.archives import archivist, work
from tests.gateway.rig import DAY_MS, NOW_MS, VALUES, Rig, batches, message, reading, telemetry

MINUTE_MS = 60_000
START_MS = NOW_MS - NOW_MS % MINUTE_MS

Known = dict[int, str]  # start of a minute → what it is


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, now_ms=START_MS) as made:
        made.take(message("fan-01", "birth", {"asset": "fan"}))
        yield made


def at(seq: int, ms: int, **changes: Any) -> dict[str, Any]:
    """A reading of so long after the start."""
    values = VALUES | {"current": 1.0 + seq % 7 / 10}
    return reading(seq, time_ms=START_MS + ms, values=values, **changes)


def live(rig: Rig, items: list[dict[str, Any]], *, delay_ms: int = 300) -> None:
    """Each arrives when it was measured."""
    for item in items:
        rig.now_ms = item["time_ms"] + delay_ms
        rig.take(telemetry("fan-01", item))


def rows(rig: Rig) -> list[tuple[Any, ...]]:
    """(minute, end, when, whether there was one, reason, by whom), times in minutes."""
    sql = (
        "SELECT start_ms, end_ms, changed_ms, body IS NOT NULL, reason, by FROM former ORDER BY id"
    )
    return [
        (*((ms - START_MS) // MINUTE_MS for ms in row[:3]), bool(row[3]), *row[4:])
        for row in rig.rows(sql)
    ]


def minutes_now(rig: Rig) -> Known:
    """The journal's minutes, and the open one, which is newer than all of them."""
    found: Known = dict(rig.rows("SELECT start_ms, body FROM minute"))
    is_open = rig.device().twin.open_minute()
    if is_open is None:
        return found
    closed = {ms: body for ms, body in found.items() if ms < is_open.start_ms}
    return closed | {is_open.start_ms: msgspec.json.encode(is_open).decode()}


def now_known(rig: Rig) -> Known:
    """What who asks now is told of minutes."""
    found = minutes_now(rig)
    return {ms: found[ms] for ms in sorted(found) if ms < settled_ms(rig.now_ms)}


def known_then(rig: Rig, at_ms: int) -> Known:
    """The same of a time that is past."""
    id_, connection = rig.device().id, rig.reader.connection
    was = known_at(connection, id_, at_ms=at_ms, from_ms=0, to_ms=2**62)
    known = {ms: body for ms, body in (minutes_now(rig) | was).items() if body is not None}
    return {ms: known[ms] for ms in sorted(known) if ms < settled_ms(at_ms)}


def test_nothing_is_kept_of_minutes_that_go_by(rig: Rig) -> None:
    live(rig, [at(seq, seq * 5_000) for seq in range(1, 200)])
    assert rig.rows("SELECT count(*) FROM minute")[0][0] > 15
    assert rows(rig) == []


def test_nothing_is_kept_of_a_machine_that_measures_now_and_then(rig: Rig) -> None:
    """Its minute closes long after its end, and everybody has seen it meanwhile."""
    live(rig, [at(seq, seq * 600_000, period_ms=600_000) for seq in range(1, 30)])
    assert rows(rig) == []


def test_what_came_within_two_minutes_of_the_end_is_no_news(rig: Rig) -> None:
    live(rig, [at(1, 1_000), at(2, 2_000), at(4, 70_000)])
    rig.now_ms = START_MS + MINUTE_MS + 119_000
    rig.take(telemetry("fan-01", at(3, 3_000)))
    assert rows(rig) == []


def test_a_late_reading_leaves_what_its_minute_was(rig: Rig) -> None:
    live(rig, [at(1, 1_000), at(2, 2_000), at(4, 70_000), at(5, 400_000)])
    before = rig.rows("SELECT body FROM minute ORDER BY start_ms")
    asked_ms = rig.now_ms
    rig.take(telemetry("fan-01", at(3, 3_000)))
    # And before the reading of the next minute no number lacks any more.
    assert rows(rig) == [(0, 1, 6, True, "late", ""), (1, 2, 6, True, "late", "")]
    assert rig.rows("SELECT body FROM former ORDER BY start_ms") == before
    assert json.loads(now_known(rig)[START_MS])["count"] == 3
    assert json.loads(known_then(rig, asked_ms - 1)[START_MS])["count"] == 2


def test_changes_that_come_at_short_notice_are_one(rig: Rig) -> None:
    live(rig, [at(1, 1_000), at(2, 2_000), at(90, 70_000), at(91, 900_000)])
    for seq in range(3, 23):
        rig.now_ms += TOGETHER_MS // 10
        rig.take(telemetry("fan-01", at(seq, seq * 1_000)))
    sql = "SELECT body ->> 'count' FROM former WHERE start_ms = ? ORDER BY id"
    assert rig.rows(sql, START_MS) == [(2,), (13,)]


def test_changes_for_other_reasons_are_others(rig: Rig) -> None:
    live(rig, [at(1, 1_000), at(2, 2_000), at(90, 70_000), at(91, 900_000)])
    rig.take(telemetry("fan-01", at(3, 3_000)))
    minute = rig.reader.minute(device_id=rig.device().id, start_ms=START_MS)
    assert minute is not None
    for by in ("Sam", "Sam", "Kim"):
        minute = msgspec.structs.replace(minute, count=minute.count + 1)
        rig.journal.begin()
        rig.journal.put_minutes([(1, minute)], why=Why("restated", by), now_ms=rig.now_ms + 1)
        rig.journal.commit()
        rig.now_ms += 1
    sql = "SELECT body ->> 'count', by FROM former WHERE start_ms = ? ORDER BY id"
    assert rig.rows(sql, START_MS) == [(2, ""), (3, "Sam"), (5, "Kim")]


def test_a_backlog_of_a_day_is_some_runs_that_nobody_knew_of(rig: Rig) -> None:
    live(rig, [at(1, 1_000)])
    asked_ms = START_MS + DAY_MS
    rig.now_ms = asked_ms
    items = [at(seq, seq * 10_000) for seq in range(2, 8_640)]
    for some in batches(items, 100):
        rig.now_ms += 3_000
        rig.take(*(telemetry("fan-01", *part) for part in batches(some, 20)))
    found = rows(rig)
    assert len(found) < 15
    assert found[0][:2] == (0, 1), "of the first minute one reading had come"
    assert all(row[1] == after[0] for row, after in pairwise(found))
    assert [row[3:] for row in found[1:]] == [(False, "late", "")] * (len(found) - 1)
    minutes = [json.loads(body)["count"] for body in known_then(rig, asked_ms).values()]
    assert minutes == [1]
    assert len(now_known(rig)) > 1_400


def test_what_a_backlog_changed_is_told_once(rig: Rig) -> None:
    """Its minutes were unknown as one run, of which some were seen half before they were whole."""
    rig.now_ms = START_MS + 2 * DAY_MS
    items = [at(seq, seq * 1_000) for seq in range(2, 3_000)]
    for some in batches(items, 20):
        rig.now_ms += 20
        rig.take(telemetry("fan-01", *some))
    rig.now_ms += TOGETHER_MS + 1
    rig.take(telemetry("fan-01", at(1, 1_000)))
    [found] = revisions(
        rig.reader.connection, rig.device().id, from_ms=0, to_ms=2**62, before=None, limit=100
    )
    told = found.entry
    assert isinstance(told, Revision)
    [(energy_j,)] = rig.rows("SELECT sum(body ->> 'energy_j') FROM minute")
    assert told.minutes == 50, "the last of them is open"
    assert told.energy_wh.before == 0.0
    assert told.energy_wh.after == pytest.approx(energy_j / 3600)


def test_more_that_comes_late_for_an_open_minute_leaves_what_it_was(rig: Rig) -> None:
    live(rig, [at(1, 1_000), at(2, 2_000)])
    asked_ms = START_MS + 10 * MINUTE_MS
    rig.now_ms = asked_ms + 1
    rig.take(telemetry("fan-01", at(3, 50_000)))
    rig.now_ms = asked_ms + 10 * MINUTE_MS
    rig.take(telemetry("fan-01", at(4, 900_000)))
    assert [json.loads(body)["count"] for body in known_then(rig, asked_ms).values()] == [2]
    assert [json.loads(body)["count"] for body in known_then(rig, asked_ms + 1).values()] == [3]


def test_a_reason_stays_with_what_waits(rig: Rig) -> None:
    live(rig, [at(seq, seq * 5_000) for seq in range(1, 60)])
    rig.restates = False
    rig.now_ms += 10 * MINUTE_MS
    rig.take(telemetry("fan-01", at(99, 1_500)))
    device = rig.device()
    asyncio.run(rig.pipeline.let_restate(device, [START_MS], Why("restated", "Sam")))
    rig.checkpoint()
    rig.again()
    rig.restate()
    assert rows(rig)[0][3:] == (True, "restated", "Sam")


def test_what_is_the_same_leaves_nothing(rig: Rig) -> None:
    live(rig, [at(seq, seq * 5_000) for seq in range(1, 200)])
    rig.now_ms += DAY_MS
    starts = [ms for (ms,) in rig.rows("SELECT start_ms FROM minute")]
    asyncio.run(rig.pipeline.let_restate(rig.device(), starts, Why("restated", "Sam")))
    rig.restate()
    assert rows(rig) == []


def test_what_goes_for_its_age_is_not_told(rig: Rig) -> None:
    test_a_late_reading_leaves_what_its_minute_was(rig)
    rig.journal.begin()
    assert floor_ms(rig.reader.connection) == 0
    rig.journal.prune_history(before_ms=0, minutes_ms=0, alarms_ms=0, formers_ms=rig.now_ms + 1)
    rig.journal.commit()
    assert rows(rig) == []
    assert floor_ms(rig.reader.connection) == rig.now_ms


def test_it_goes_with_its_machine(rig: Rig) -> None:
    test_a_late_reading_leaves_what_its_minute_was(rig)
    asyncio.run(rig.remover.remove("fan-01", by="Sam", origin="here"))
    asyncio.run(rig.remover.look())
    assert rows(rig) == []


def in_order(directory: Path, items: list[dict[str, Any]]) -> Known:
    """The minutes of one whose readings come as they are measured."""
    with Rig(directory, now_ms=START_MS) as rig:
        rig.take(message("fan-01", "birth", {"asset": "fan"}))
        for some in batches(items, 20):
            rig.now_ms = some[-1]["time_ms"] + 300
            rig.take(telemetry("fan-01", *some))
        return minutes_now(rig)


# Not shrunk: each example is dozens of commits, and the seed tells it as well.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
MONTH_MS = 30 * DAY_MS


@pytest.mark.slow
@settings(max_examples=12, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_as_of_a_time_is_what_who_asked_then_was_told(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Whatever comes in whatever order, months late, wherever it dies and whatever is in files."""
    dice = random.Random(seed)
    items, ms = [], 0
    for seq in range(1, 80):
        ms += dice.choice([200, 1_000, 9_000, 40_000, 300_000])
        items.append(at(seq, ms))
    reach = dice.choice([0, 5, 80])
    arrival = sorted(items, key=lambda item: item["seq"] + dice.uniform(0, reach))
    told: dict[int, Known] = {}
    with Rig(tmp_path_factory.mktemp("rig"), now_ms=START_MS, past_ms=3 * MONTH_MS) as rig:
        rig.take(message("fan-01", "birth", {"asset": "fan"}))
        live(rig, items[:1])
        rig.checkpoint()  # its clock is known to be right
        for some in batches([it for it in arrival if it is not items[0]], dice.choice([1, 5])):
            steps_ms = [TOGETHER_MS + 1, 5 * MINUTE_MS, DAY_MS // 24, DAY_MS]
            newest_ms = max(item["time_ms"] for item in some)
            rig.now_ms = max(rig.now_ms + dice.choice(steps_ms), newest_ms)
            rig.take(telemetry("fan-01", *some, *dice.sample(some, 1)))
            told[rig.now_ms] = now_known(rig)
            if dice.random() < 0.1:
                rig.again()
            if dice.random() < 0.03:  # what is told is the same while days go to files
                rig.checkpoint()
                work(archivist(rig))
        for at_ms, known in told.items():
            assert known_then(rig, at_ms) == known
        assert minutes_now(rig) == in_order(tmp_path_factory.mktemp("rig"), items)
        starts = [ms for (ms,) in rig.rows("SELECT start_ms FROM minute")]
        rig.now_ms += DAY_MS
        asyncio.run(rig.pipeline.let_restate(rig.device(), starts, Why("restated", "Sam")))
        rig.restate()
        assert rig.rows("SELECT count(*) FROM former WHERE reason = 'restated'") == [(0,)]
