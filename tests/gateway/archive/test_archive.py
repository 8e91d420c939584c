"""Days that are closed become files, and leave the journal when whoever follows it has passed."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contract.messages import Alarm
from gateway.archive import keeper as keeper_module
from gateway.archive import labour, nearby, suspects
from gateway.archive.budget import BudgetAlarm, spent
from gateway.archive.layout import PART, path_of, shown
from gateway.archive.order import Task
from gateway.archive.outcomes import Outcome
from gateway.journal.archived import every_day
from gateway.journal.formers import LATE
from tests.gateway.archive.archives import (
    DAY0,
    DAYS,
    DEVICES,
    EACH,
    LATE_MS,
    archivist,
    begin,
    birth,
    come_late,
    connected,
    files,
    held,
    in_journal,
    ledger,
    same,
    work,
)
from tests.gateway.rig import DAY_MS, EPOCH, Rig

KEPT = [(device, "kept", EACH - 1, 1) for device in DEVICES for _ in range(DAYS)]


def test_closed_days_become_files_and_leave_the_journal(rig: Rig, tmp_path: Path) -> None:
    before = {device: held(tmp_path, device) for device in DEVICES}
    work(archivist(rig))
    assert ledger(tmp_path) == KEPT
    for device in DEVICES:
        assert in_journal(tmp_path, device) == [(EPOCH, DAYS * EACH + 1)]
        assert same(held(tmp_path, device), before[device])
    names = [str(path.relative_to(tmp_path / "archive")) for path in files(tmp_path)]
    assert names == [
        f"workshop/{device}/2025/11-2{day}.parquet" for device in DEVICES for day in range(DAYS)
    ]


def test_a_day_that_is_not_closed_waits(rig: Rig, tmp_path: Path) -> None:
    rig.now_ms = DAY0 + 8 * DAY_MS + 1_800_000  # the first day ended 7 days and half an hour ago
    work(archivist(rig))
    assert ledger(tmp_path) == []
    rig.now_ms += 1_800_000
    work(archivist(rig))
    assert ledger(tmp_path) == [(device, "kept", EACH - 1, 1) for device in DEVICES]


def test_nothing_happens_while_the_clock_is_in_doubt(rig: Rig, tmp_path: Path) -> None:
    keeper = archivist(rig)
    keeper._horizon_ms = lambda: None
    work(keeper)
    assert ledger(tmp_path) == []


@pytest.mark.parametrize("cursor", [{"reading": 700}, {"reading": 10**9, "event": 5}])
def test_rows_that_a_follower_has_not_passed_wait_for_it(
    rig: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture, cursor: dict[str, int]
) -> None:
    rig.journal.begin()
    rig.journal.set_follower_cursor("kafka", cursor)
    rig.journal.commit()
    work(archivist(rig))
    passed = [("fan-01", "kept", EACH - 1, 1), ("fan-02", "kept", EACH - 1, 1)]
    assert ledger(tmp_path) == (passed if "event" not in cursor else [])
    rig.now_ms += 30 * DAY_MS  # four times as long as readings are kept
    work(archivist(rig))
    assert [row for row in ledger(tmp_path) if row[2] == EACH - 1] == KEPT
    # Rows beyond 700: 500 of those days, one of another; or of all rows the events beyond 5.
    count = 4 if "event" in cursor else 501
    assert f"{count} readings and events go from the journal before a follower" in caplog.text


def test_a_day_with_minutes_to_restate_waits(rig: Rig, tmp_path: Path) -> None:
    rig.journal.begin()
    rig.journal.put_late_minutes([(1, DAY0 + DAY_MS, False, LATE)])
    rig.journal.commit()
    work(archivist(rig))
    assert [row[0] for row in ledger(tmp_path)] == ["fan-02", "fan-02"]


def test_a_file_says_what_its_columns_are(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    table = pq.read_table(next(files(tmp_path)))
    about = json.loads(table.schema.metadata[b"edgetwin"])
    assert about["device"] == "fan-01"
    assert about["day"] == "2025-11-20"
    said = table.schema.field("temperature").metadata
    assert (said[b"unit"], said[b"title"]) == ("°C".encode(), b"Temperature")
    frame = table.to_pandas()
    assert frame["time"].iloc[0].isoformat() == "2025-11-20T00:00:00+00:00"
    assert frame["temperature"].dropna().iloc[0] == 40.1
    assert frame["event"].dropna().tolist() == ["service"]


def test_a_late_reading_is_added_to_the_file_of_its_day(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    before = held(tmp_path)
    late_ms = come_late(rig)
    assert len(in_journal(tmp_path)) == 3
    seen = held(tmp_path)
    assert len(seen) == len(before) + 2
    assert [one.seq for one in seen if one.time_ms == late_ms] == [DAYS * EACH + 2]
    work(archivist(rig))
    assert same(held(tmp_path), seen)
    assert len(in_journal(tmp_path)) == 2
    assert ledger(tmp_path)[0] == ("fan-01", "kept", EACH, 1)


def test_a_file_that_is_lost_before_its_rows_have_gone_is_written_again(
    rig: Rig, tmp_path: Path
) -> None:
    before = held(tmp_path)
    path = path_of(tmp_path / "archive", "workshop/fan-01", DAY0)

    def lose(step: str) -> None:
        if step == "noted" and path.exists() and not lost:
            lost.append(step)
            path.write_bytes(path.read_bytes()[:-9])

    lost: list[str] = []
    work(archivist(rig, lose))
    assert lost
    assert ledger(tmp_path) == KEPT
    assert same(held(tmp_path), before)


def test_a_file_that_is_damaged_later_is_named_and_not_written_over(
    rig: Rig, tmp_path: Path
) -> None:
    keeper = archivist(rig)
    assert keeper.standing.status().detail == "not looked at yet"
    work(keeper)
    assert keeper.standing.status().detail.startswith("4 days of machines")
    path = list(files(tmp_path))[2]
    good = path.read_bytes()
    path.write_bytes(good[:100])
    for _ in range(DAYS * len(DEVICES) + 1):
        work(keeper)
    status = keeper.standing.status()
    assert (status.status, keeper.standing.damaged) == ("down", 1)
    assert shown(path) in status.detail
    path.write_bytes(good)
    work(keeper)
    work(keeper)
    assert keeper.standing.status().status == "ok"


@pytest.mark.parametrize("by", ["who asked", "verify"])
def test_a_file_that_somebody_finds_damaged_is_looked_at_at_once(
    rig: Rig, tmp_path: Path, by: str
) -> None:
    """The 9,999 before it in turn may wait."""
    keeper = archivist(rig)
    work(keeper)
    keeper._upkeep._whole = 0
    path = list(files(tmp_path))[2]
    good = path.read_bytes()
    path.write_bytes(good[:200] + bytes([good[200] ^ 1]) + good[201:])
    if by == "verify":
        suspects.leave(tmp_path, [f"{shown(path)} is not what was written."])
        assert keeper.standing.status().status == "ok"
    else:
        keeper.standing.suspect(f"Of this range some days cannot be read. {shown(path)} is bad.")
        assert keeper.standing.status().status == "down"
    work(keeper)
    status = keeper.standing.status()
    assert (status.status, keeper.standing.damaged) == ("down", 1)
    assert status.detail == f"{shown(path)} is not what was written."
    path.write_bytes(good)
    keeper.standing.suspect(f"{shown(path)} cannot be read.")
    work(keeper)
    assert keeper.standing.status().status == "ok"
    assert suspects.taken(tmp_path) == []


def test_files_go_with_their_machine(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    half = next(files(tmp_path)).with_suffix(PART)
    half.write_text("what a kill has left")
    asyncio.run(rig.remover.remove("fan-01", by="ann", origin="here"))
    asyncio.run(rig.remover.look())
    work(archivist(rig))
    assert [row[0] for row in ledger(tmp_path)] == ["fan-02", "fan-02"]
    assert not (tmp_path / "archive" / "workshop" / "fan-01").exists()
    assert rig.rows("SELECT count(*) FROM archive") == [(DAYS,)]


def test_a_day_that_is_to_go_is_kept_by_nobody(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    with closing(connected(tmp_path)) as connection:
        [day, *_] = every_day(connection)
    rig.journal.begin()
    rig.journal.archived.mark(day, "gone")
    rig.journal.archived.mark(day, "kept")  # by a round that has begun before
    rig.journal.commit()
    assert ledger(tmp_path)[0][1] == "gone"


def test_files_follow_the_name_of_a_life_that_ended(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    before = held(tmp_path)
    asyncio.run(rig.replacer.replace("fan-01", by="ann", note="", commissioning=False))
    assert same(held(tmp_path, "fan-01.life1"), before)
    work(archivist(rig))
    assert same(held(tmp_path, "fan-01.life1"), before)
    folders = {path.parts[-3] for path in files(tmp_path)}
    assert folders == {row[0] for row in ledger(tmp_path)} == {"fan-01.life1", "fan-02"}


def test_files_that_are_older_than_they_are_kept_go(rig: Rig, tmp_path: Path) -> None:
    keeper = archivist(rig)
    work(keeper)
    keeper._upkeep._limit_ms = rig.now_ms - (DAY0 + DAY_MS)
    work(keeper)
    assert [path.name for path in files(tmp_path)] == ["11-21.parquet"] * 2
    assert len(held(tmp_path)) == EACH + 1


def test_days_older_than_files_are_kept_go_when_their_rows_have_gone(
    rig: Rig, tmp_path: Path
) -> None:
    keeper = archivist(rig)
    keeper._upkeep._limit_ms = DAY_MS
    assert [asyncio.run(keeper.round()) for _ in range(5)] == [True] * 4 + [False]
    assert ledger(tmp_path) == []
    assert not list(files(tmp_path))
    assert in_journal(tmp_path) == [(EPOCH, DAYS * EACH + 1)]


@pytest.mark.parametrize("many", [nearby.MANY, 1])
def test_a_minute_of_an_archived_day_is_computed_anew_of_all_its_readings(
    rig: Rig, before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(nearby, "MANY", many)
    sql = "SELECT device, start_ms, body FROM minute ORDER BY 1, 2"
    shutil.copytree(before, tmp_path / "other")
    with begin(tmp_path / "other") as other:
        come_late(other)
        expected = other.rows(sql)
    work(archivist(rig))
    come_late(rig)
    assert rig.rows(sql) == expected
    start_ms = LATE_MS - LATE_MS % 60_000
    [(count,)] = rig.rows(
        "SELECT body ->> 'count' FROM minute WHERE device = 1 AND start_ms = ?", start_ms
    )
    assert count == 3


def test_a_damaged_file_keeps_nothing_late_from_being_stored(
    rig: Rig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work(archivist(rig))
    path = next(files(tmp_path))
    path.write_bytes(path.read_bytes()[:100])
    come_late(rig)
    assert f"what came late is not counted: {shown(path)} cannot be read" in caplog.text
    assert len(in_journal(tmp_path)) == 3


def test_a_journal_that_was_begun_anew_learns_of_the_files(
    rig: Rig, before: Path, tmp_path: Path
) -> None:
    expected = held(tmp_path)
    work(archivist(rig))
    rig.die()
    for path in tmp_path.glob("journal.*"):
        path.unlink()
    rig._begin()
    birth(rig)
    assert held(tmp_path) == []
    work(archivist(rig))
    assert [one[2:] for one in held(tmp_path)] == [one[2:] for one in expected[:-1]]
    assert ledger(tmp_path) == KEPT
    come_late(rig)
    assert len(held(tmp_path)) == len(expected) + 1
    rig.checkpoint()
    told = set()
    work(archivist(rig, lambda _: told.add(len(held(tmp_path)))))
    assert told == {len(expected) + 1}
    assert ledger(tmp_path)[0] == ("fan-01", "kept", EACH, 1)


def test_a_journal_that_was_put_back_overwrites_nothing(
    rig: Rig, before: Path, tmp_path: Path
) -> None:
    late_ms = come_late(rig)
    expected = held(tmp_path)
    work(archivist(rig))
    rig.die()
    for path in tmp_path.glob("journal.*"):
        path.unlink()
    shutil.copytree(before, tmp_path, dirs_exist_ok=True)  # from before the late reading
    rig._begin()
    work(archivist(rig))
    found = held(tmp_path)
    assert [one.seq for one in found if one.time_ms == late_ms] == [DAYS * EACH + 2]
    assert [one[2:] for one in found] == [one[2:] for one in expected[:-1]]
    assert ledger(tmp_path)[0] == ("fan-01", "kept", EACH, 1)


def test_the_worker_is_a_process_of_its_own(rig: Rig, tmp_path: Path) -> None:
    expected = held(tmp_path)
    keeper = archivist(rig)
    keeper._work = labour.work
    work(keeper)
    assert ledger(tmp_path) == KEPT
    assert same(held(tmp_path), expected)


def test_a_day_that_cannot_be_written_stays_and_is_told_of(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "workshop").write_text("in the way")
    keeper = archivist(rig)
    work(keeper)
    assert keeper.standing.status().status == "down"
    assert "cannot be written" in keeper.standing.status().detail
    assert len(in_journal(tmp_path)) == DAYS * EACH + 1
    (tmp_path / "archive" / "workshop").unlink()
    rig.now_ms += 3_600_000
    work(keeper)
    assert keeper.standing.status().status == "ok"
    assert ledger(tmp_path) == KEPT


def test_a_day_at_which_the_worker_ends_holds_up_no_other(rig: Rig, tmp_path: Path) -> None:
    keeper = archivist(rig)
    whole = keeper._work

    async def ends(_: Sequence[Task]) -> list[Outcome]:
        return []  # at the first of them

    keeper._work = ends
    work(keeper)
    keeper._work = whole
    work(keeper)
    assert ledger(tmp_path) == [("fan-01", "begun", 0, 0), *KEPT[1:]]
    status = keeper.standing.status()
    assert status.status == "down"
    assert "2025-11-20 of fan-01 cannot be archived" in status.detail
    asyncio.run(rig.remover.remove("fan-01", by="ann", origin="here"))
    work(keeper)
    assert keeper.standing.status().status == "ok", "nobody wants it any more"


def test_the_oldest_days_go_when_the_budget_is_reached_and_that_is_told_before(
    rig: Rig, tmp_path: Path
) -> None:
    told: list[Alarm] = []
    keeper = archivist(rig)
    upkeep = keeper._upkeep
    upkeep._alarm = BudgetAlarm(told.append, lambda: rig.now_ms)
    work(keeper)
    taken = spent(tmp_path / "journal.db", [], None).journal + keeper.standing.size
    upkeep._limit_bytes = round(taken / 0.95)
    work(keeper)
    assert len(list(files(tmp_path))) == 4
    assert "The oldest archived days go first when it is reached, from 2025-11-20" in told[0].text
    assert told[0].text in keeper.standing.status().detail
    assert keeper.standing.status().status == "ok"
    assert "of the journal are sums of minutes, which stay for" in told[0].text
    upkeep._limit_bytes = taken - 1
    work(keeper)
    assert [path.name for path in files(tmp_path)] == [
        "11-21.parquet",
        "11-20.parquet",
        "11-21.parquet",
    ]
    upkeep._limit_bytes = 10 * taken
    work(keeper)
    assert told[-1].cleared_ms == rig.now_ms
    upkeep._limit_bytes = 1
    work(keeper)
    assert len(list(files(tmp_path))) == 3, "it would not help"
    assert "The journal alone takes" in told[-1].text


def test_what_the_disk_refuses_is_told_and_ends_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, rounds, enough = archivist(rig), 0, asyncio.Event()

    async def refused(*_: object) -> bool:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            enough.set()
        raise PermissionError(13, "Permission denied", "archive")

    monkeypatch.setattr(keeper_module, "LOOK_S", 0.001)
    monkeypatch.setattr(keeper._upkeep, "round", refused)

    async def story() -> None:
        task = asyncio.create_task(keeper.run())
        waiting = asyncio.create_task(enough.wait())
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        assert not task.done()
        task.cancel()

    asyncio.run(story())
    assert keeper.standing.status().status == "down"
    assert "Permission denied" in keeper.standing.status().detail
