"""What was told of a machine's health stays with its minute, whatever becomes of its readings."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.messages import ToldHealth
from gateway.journal.formers import Why
from tests.gateway.rig import NOW_MS, VALUES, Rig, message, reading, telemetry

MINUTE_MS = 60_000
START_MS = NOW_MS - NOW_MS % MINUTE_MS
LATE = 7  # the reading that comes late
TOLD = ToldHealth(58_000, 5_800_000, 100.0)


def at(seq: int) -> dict[str, Any]:
    """One a second, from a second after the start on."""
    return reading(seq, time_ms=START_MS + 1000 * seq, values=VALUES)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Of three minutes all but one reading has come, and health was told with each."""
    with Rig(tmp_path, now_ms=START_MS) as made:
        made.take(message("fan-01", "birth", {"asset": "fan"}))
        for seq in (seq for seq in range(1, 180) if seq != LATE):
            live(made, seq)
        yield made


def live(rig: Rig, seq: int) -> None:
    item = at(seq)
    rig.now_ms = item["time_ms"] + 100
    rig.take(telemetry("fan-01", item))
    twin = rig.device().twin
    twin.tell_health(twin.state(now_ms=rig.now_ms, status="online", sequenced=True))


def told(rig: Rig, start_ms: int = START_MS) -> tuple[int, ToldHealth | None]:
    minute = rig.reader.minute(device_id=rig.device().id, start_ms=start_ms)
    assert minute is not None
    return minute.count, minute.health


def test_it_is_kept_with_the_minute(rig: Rig) -> None:
    assert told(rig) == (58, TOLD)
    assert told(rig, START_MS + MINUTE_MS) == (60, ToldHealth(60_000, 6_000_000, 100.0))


def test_a_reading_that_comes_late_changes_nothing_of_it(rig: Rig) -> None:
    rig.now_ms += 10 * MINUTE_MS
    rig.take(telemetry("fan-01", at(LATE)))
    assert told(rig) == (59, TOLD)
    sql = "SELECT body ->> 'count', body ->> 'health' FROM former WHERE start_ms = ?"
    assert rig.rows(sql, START_MS) == [(58, "[58000,5800000,100.0]")]


def test_the_open_minute_keeps_it_when_something_comes_late(rig: Rig) -> None:
    before = rig.device().twin.open_minute()
    rig.take(telemetry("fan-01", reading(500, epoch="other-1", time_ms=START_MS + 130_500)))
    after = rig.device().twin.open_minute()
    assert before is not None
    assert after is not None
    assert (after.count, after.health) == (before.count + 1, before.health)


def test_a_restatement_leaves_it_and_a_deletion_takes_it(rig: Rig) -> None:
    rig.now_ms += 10 * MINUTE_MS
    device = rig.device()
    for reason, expected in (("restated", TOLD), ("deleted", ToldHealth(0, 0, None))):
        why = Why(reason, "Sam")  # type: ignore[arg-type]  # one of its words
        asyncio.run(rig.pipeline.let_restate(device, [START_MS], why))
        rig.restate()
        assert told(rig) == (58, expected)


def test_a_death_loses_nothing_that_was_stored(rig: Rig) -> None:
    again = rig.again()  # nothing was checkpointed: all is folded again
    assert told(again) == (58, TOLD)
    live(again, 180)
    live(again, 240)
    assert told(again, START_MS + MINUTE_MS) == (60, ToldHealth(60_000, 6_000_000, 100.0))


def test_a_clean_end_loses_nothing_at_all(rig: Rig) -> None:
    before = rig.device().twin.open_minute()
    rig.checkpoint()
    assert rig.again().device().twin.open_minute() == before
