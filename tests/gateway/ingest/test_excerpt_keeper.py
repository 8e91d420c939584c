"""Readings around alarms outlive those they are cut from, whatever ends the process meanwhile."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.errors import NotFound
from contract.messages import Judgement
from gateway.api.queries import verdicts as queries
from gateway.ingest import excerpt_keeper
from gateway.ingest.excerpt_keeper import ExcerptKeeper
from gateway.ingest.verdict_desk import LATE_MS, VerdictDesk
from gateway.journal.excerpts import LONGEST_MS, Excerpt
from tests.gateway.rig import DAY_MS, NOW_MS, Rig, reading, telemetry

HOT = {"temperature": 90.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as made:
        yield made


def alarmed(rig: Rig, name: str = "fan-01") -> int:
    """A minute of a fan that is too hot; returns its alarm."""
    for first in range(1, 301, 20):
        rig.take(telemetry(name, *(reading(n, values=HOT) for n in range(first, first + 20))))
    return rig.device(name).alarms["temperature_high"].id


def say(rig: Rig, alarm: int, verdict: Judgement = "right") -> None:
    desk = VerdictDesk(write=rig.pipeline.write, now_ms=lambda: rig.now_ms)
    subject = queries.subject(rig.reader._connection, alarm)
    asyncio.run(desk.give(subject, verdict, cause=None, note="", by="Ada"))


def look(rig: Rig, *, ageing: bool = False) -> None:
    keeper = ExcerptKeeper(
        fleet=rig.fleet,
        write=rig.pipeline.write,
        journal_path=rig.directory / "journal.db",
        retention_ms=7 * DAY_MS,
        now_ms=lambda: rig.now_ms,
    )
    asyncio.run(keeper.look(ageing=ageing))


def kept(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT alarm, due_ms, rows FROM excerpt ORDER BY alarm")


def forget_readings(rig: Rig) -> None:
    rig.checkpoint()
    rig.journal.begin()
    rig.journal._run("DELETE FROM reading")
    rig.journal.commit()


def excerpt(rig: Rig, alarm: int) -> Excerpt:
    connection = rig.reader._connection
    subject = queries.subject(connection, alarm)
    return queries.excerpt(connection, subject, rig.device(subject.device).asset)


def test_readings_of_a_judged_alarm_outlive_their_week(rig: Rig) -> None:
    alarm = alarmed(rig)
    [(raised_ms,)] = rig.rows("SELECT raised_ms FROM alarm WHERE id = ?", alarm)
    say(rig, alarm)
    before = excerpt(rig, alarm)
    assert len(before.time_ms) == 300
    due_ms = raised_ms + LONGEST_MS + LATE_MS
    look(rig)
    assert kept(rig) == [(alarm, due_ms, 0)]  # it still stands: its end is to come
    rig = rig.again()
    rig.now_ms = due_ms
    look(rig)
    assert kept(rig) == [(alarm, None, 300)]
    say(rig, alarm, "nothing")  # changed: what is kept stays
    forget_readings(rig)
    look(rig)
    assert excerpt(rig.again(), alarm) == before


def test_what_nobody_judged_is_kept_the_day_before_its_readings_go(rig: Rig) -> None:
    alarm = alarmed(rig)
    for days in (5, 6.5, 8):
        rig.now_ms = NOW_MS + round(days * DAY_MS)
        look(rig, ageing=True)
        assert [row[0] for row in kept(rig)] == ([] if days == 5 else [alarm])
    before = excerpt(rig, alarm)
    forget_readings(rig)
    assert excerpt(rig, alarm) == before
    assert len(before.time_ms) == 300


def test_nothing_is_kept_ahead_when_half_of_the_room_is_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excerpt_keeper, "MOST_AHEAD_BYTES", 0)
    alarmed(rig)
    rig.now_ms = NOW_MS + round(6.5 * DAY_MS)
    look(rig, ageing=True)
    assert kept(rig) == []


def test_the_oldest_makes_room_and_of_these_first_what_nobody_judged(rig: Rig) -> None:
    alarms = [alarmed(rig, f"fan-0{n}") for n in (1, 2, 3)]
    say(rig, alarms[0])
    rig.journal.begin()
    for alarm in alarms:
        rig.journal.verdicts.await_excerpt(alarm, due_ms=0)
        rig.journal.verdicts.keep(alarm, rows=1, body=b"x" * 40, most_bytes=100)
    rig.journal.commit()
    assert [row[0] for row in kept(rig)] == [alarms[0], alarms[2]]


def test_with_its_machine_or_its_age_an_alarm_takes_all_of_it_along(rig: Rig) -> None:
    first, second = alarmed(rig), alarmed(rig, "fan-02")
    for alarm in (first, second):
        say(rig, alarm)
    rig.now_ms += LONGEST_MS + LATE_MS
    look(rig)
    asyncio.run(rig.replacer.replace("fan-01", by="Sam", note="", commissioning=False))
    assert queries.subject(rig.reader._connection, first).device == "fan-01.life1"
    assert len(excerpt(rig, first).time_ms) == 300
    asyncio.run(rig.remover.remove("fan-01.life1", by="Sam", origin="127.0.0.1"))
    asyncio.run(rig.remover.look())
    assert [row[0] for row in kept(rig)] == [second]
    assert rig.rows("SELECT DISTINCT alarm FROM verdict") == [(second,)]
    rig.journal.begin()
    rig.journal._run("UPDATE alarm SET cleared_ms = raised_ms")
    rig.journal._run(
        "INSERT INTO alarm(device,name,kind,severity,text,raised_ms,revision)"
        " VALUES (2, 'x', 'limit', 'Low', '', 1, 9999)"
    )  # the newest revision stays
    rig.journal.prune_history(before_ms=0, minutes_ms=0, alarms_ms=NOW_MS + 1)
    rig.journal.commit()
    assert kept(rig) == []
    assert rig.rows("SELECT count(*) FROM verdict") == [(0,)]


def test_a_verdict_on_an_alarm_that_has_gone_is_refused(rig: Rig) -> None:
    """Between looking and writing."""
    alarm = alarmed(rig)
    subject = queries.subject(rig.reader._connection, alarm)
    rig.journal.begin()
    rig.journal._run("DELETE FROM alarm")
    rig.journal.commit()
    desk = VerdictDesk(write=rig.pipeline.write, now_ms=lambda: rig.now_ms)
    with pytest.raises(NotFound, match="no alarm"):
        asyncio.run(desk.give(subject, "right", cause=None, note="", by="Ada"))
    assert rig.rows("SELECT count(*) FROM excerpt") == [(0,)]
