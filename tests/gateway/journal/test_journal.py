"""The store: all of a transaction or nothing, one writer, and an end to what it keeps."""

import errno
import itertools
import os
import random
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from contract.errors import Damaged, Misconfigured, StorageFull
from contract.messages import Alarm, Minute, Reading
from gateway.journal import Gap, Journal, JournalReader, Quarantined, Row, ending, schema
from tests.gateway.rig import NOW_MS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def row(id_: int, seq: int, *, epoch_id: int = 1, received_ms: int = NOW_MS) -> Row:
    values = Reading("e", seq, {"a": 1.0}, received_ms, received_ms=received_ms)
    return Row(id_, epoch_id, 1, values, body=b'{"a":1.0}')


def refused(raw: bytes) -> Quarantined:
    return Quarantined(NOW_MS, "fan-01", "t", "not_json", "d", None, None, raw)


def write(journal: Journal, *rows: Row) -> set[int] | None:
    journal.begin()
    added = journal.add_items(rows)
    journal.next_id = max([journal.next_id, *(each.id + 1 for each in rows)])
    journal.commit()
    return added


def count(path: Path, table: str) -> int:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    found: int = next(iter(connection.execute(f"SELECT count(*) FROM {table}")))[0]
    connection.close()
    return found


# ---------------------------------------------------------------- transactions


def test_the_newest_is_no_receipt_of_a_clock_that_was_ahead(path: Path) -> None:
    journal = Journal(path)
    reader = JournalReader(path)
    assert reader.newest_ms() is None
    journal.begin()
    journal.add_device(name="fan-01", asset="fan", now_ms=NOW_MS)
    journal.commit()
    write(journal, row(1, 1))
    assert reader.newest_ms() == NOW_MS
    late = row(2, 2, received_ms=NOW_MS + 86_400_000)
    late.item.time_ms = NOW_MS + 100
    write(journal, late)
    assert reader.newest_ms() == NOW_MS + 100
    ahead = row(3, 3, received_ms=NOW_MS + 200)
    ahead.item.time_ms = NOW_MS + 86_400_000
    write(journal, ahead)
    assert reader.newest_ms() == NOW_MS + 200
    reader.close()
    journal.close()


def test_only_new_keys_are_added_and_told(path: Path) -> None:
    journal = Journal(path)
    assert write(journal, row(1, 1), row(2, 2)) is None
    assert write(journal, row(3, 2), row(4, 3), row(5, 3)) == {4}
    assert write(journal) is None
    journal.close()
    assert count(path, "reading") == 3


def test_a_transaction_that_is_rolled_back_leaves_nothing(path: Path) -> None:
    journal = Journal(path)
    journal.begin()
    journal.add_items([row(1, 1)])
    journal.add_quarantined([refused(b"{")])
    journal.rollback()
    journal.rollback()  # nothing is open: nothing happens
    journal.close()
    assert count(path, "reading") == count(path, "quarantine") == count(path, "refusal") == 0


def test_what_is_committed_is_durable_before_commit_returns(path: Path) -> None:
    """The settings that make it so: https://sqlite.org/pragma.html#pragma_synchronous."""
    journal = Journal(path)
    assert journal._connection.pragma("synchronous") == 2  # FULL
    assert journal._connection.pragma("journal_mode") == "wal"
    journal.close()


def test_a_reader_cannot_write(path: Path) -> None:
    journal = Journal(path)
    reader = JournalReader(path)
    with pytest.raises(apsw.ReadOnlyError):
        reader._connection.execute("DELETE FROM reading")
    reader.close()
    journal.close()


def test_a_full_disk_is_storage_full_and_heals(path: Path) -> None:
    journal = Journal(path)
    pages = journal._connection.pragma("page_count")
    journal._connection.pragma("max_page_count", pages)
    journal.begin()
    with pytest.raises(StorageFull, match="full"):
        journal.add_items([row(at, at) for at in range(1, 10_000)])
    journal.rollback()
    journal._connection.pragma("max_page_count", 2**31)
    assert write(journal, row(1, 1)) is None
    journal.close()


# ---------------------------------------------------------------- one writer


def test_a_second_process_is_kept_out_and_told_by_whom(path: Path) -> None:
    journal = Journal(path)
    program = (
        "from pathlib import Path; from gateway.journal import Journal;"
        f" Journal(Path({str(path)!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert f"Misconfigured: Another gateway (process {os.getpid()})" in done.stderr
    assert "EDGETWIN_DATA_DIR" in done.stderr
    journal.close()
    Journal(path).close()


def test_a_death_releases_the_lock(path: Path) -> None:
    program = (
        "import os; from pathlib import Path; from gateway.journal import Journal;"
        f" Journal(Path({str(path)!r})); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    Journal(path).close()


# ---------------------------------------------------------------- files that are no good


def test_a_newer_schema_is_left_alone(path: Path) -> None:
    Journal(path).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", len(schema.MIGRATIONS) + 1)
    connection.close()
    for _ in range(2):  # and the lock is free again
        with pytest.raises(Misconfigured, match="newer edgetwin"):
            Journal(path)


def test_a_file_that_is_no_journal_is_named(path: Path) -> None:
    path.write_bytes(b"This is a letter to my aunt. " * 1_000)
    with pytest.raises(Damaged, match="is damaged"):
        Journal(path)


def test_a_journal_with_a_torn_page_is_named(path: Path) -> None:
    journal = Journal(path)
    write(journal, *(row(at, at) for at in range(1, 2_000)))
    journal.close()
    whole = bytearray(path.read_bytes())
    whole[8192:] = random.Random(1).randbytes(len(whole) - 8192)
    path.write_bytes(whole)
    with pytest.raises(Damaged, match="is damaged"):
        Journal(path)


# ---------------------------------------------------------------- what goes


def test_ids_and_revisions_are_never_given_twice(path: Path) -> None:
    """A follower's cursor is one number a table: a row below it would never be delivered."""
    journal = Journal(path)
    write(journal, *(row(at, at) for at in range(1, 6)))
    journal.begin()
    device_id = journal.add_device(name="fan-01", asset="fan", now_ms=NOW_MS)
    epoch_id = journal.add_epoch(device_id=device_id, name="e")
    journal.add_gaps([Gap(epoch_id, first, first, 1, NOW_MS) for first in (1, 3)])
    for at in range(3):
        journal.put_minutes([(1, Minute(at * 60_000, 1, 0, 0, 0.0, {}))])
    alarm = Alarm(0, "fan-01", "x", "limit", "Low", "text", 1, cleared_ms=2)
    journal.put_alarm(device_id=1, alarm=alarm)
    journal.commit()
    revision = journal._revision
    journal.begin()
    assert journal.prune(before_ms=NOW_MS + 1, up_to_id=100, limit=100) == 4
    journal.prune_history(before_ms=NOW_MS + 1, minutes_ms=NOW_MS + 1, alarms_ms=NOW_MS + 1)
    journal.commit()
    journal.close()
    assert [count(path, table) for table in ("reading", "minute", "alarm", "gap")] == [1, 1, 1, 1]
    journal = Journal(path)
    assert journal.next_id == 6
    assert journal._revision == revision
    journal.close()


def test_pruning_stops_at_what_a_follower_has_not_delivered(path: Path) -> None:
    journal = Journal(path)
    write(journal, *(row(at, at) for at in range(1, 11)))
    journal.begin()
    assert journal.prune(before_ms=NOW_MS + 1, up_to_id=4, limit=3) == 3
    assert journal.prune(before_ms=NOW_MS + 1, up_to_id=4, limit=3) == 1
    assert journal.prune(before_ms=NOW_MS + 1, up_to_id=4, limit=3) == 0
    journal.commit()
    journal.close()
    assert count(path, "reading") == 6


def test_quarantine_is_bounded_by_rows_and_by_bytes_and_counted_for_ever(path: Path) -> None:
    journal = Journal(path)
    for step in ((100, 10**9, 100), (100, 5_500, 55), (10, 10**9, 10)):
        rows, raw_bytes, left = step
        journal.begin()
        journal.add_quarantined([refused(b"x" * 100)] * 200)
        journal.prune_quarantine(rows=rows, raw_bytes=raw_bytes)
        journal.commit()
        assert count(path, "quarantine") == left
    newest = journal._connection.execute("SELECT max(id), min(id) FROM quarantine")
    assert next(iter(newest)) == (600, 591)
    counted = journal._connection.execute("SELECT device, reason, count FROM refusal")
    assert list(counted) == [("fan-01", "not_json", 600)]
    journal.close()


def test_an_alarm_that_is_told_twice_is_one_row(path: Path) -> None:
    journal = Journal(path)
    journal.begin()
    journal.add_device(name="fan-01", asset="fan", now_ms=NOW_MS)
    first = Alarm(0, "fan-01", "x", "limit", "Low", "text", 1, 5, "Ann")
    journal.put_alarm(device_id=1, alarm=first)
    again = Alarm(0, "fan-01", "x", "limit", "Low", "text", 1)  # folded again after a crash
    journal.put_alarm(device_id=1, alarm=again)
    journal.commit()
    journal.close()
    assert count(path, "alarm") == 1
    assert (again.id, again.acknowledged_by) == (first.id, "Ann")


def test_what_was_acknowledged_before_there_were_words_stays_so_and_can_be_undone(
    path: Path,
) -> None:
    old = apsw.Connection(str(path))
    for migration in schema.MIGRATIONS[:4]:
        old.execute(migration).fetchall()
    old.pragma("user_version", 4)
    old.execute("INSERT INTO device VALUES (1,'fan-01','fan',NULL,'online',1,1,1,NULL,NULL,NULL)")
    old.execute("INSERT INTO alarm VALUES (1,1,'x','limit','Low','t',1,5,'Ann',NULL,1,1)")
    old.close()
    journal = Journal(path)
    journal.begin()
    again = Alarm(0, "fan-01", "x", "limit", "Low", "t", 1)  # folded again
    journal.put_alarm(device_id=1, alarm=again)
    assert (again.acknowledged_by, again.word_ms) == ("Ann", 5)
    undone = Alarm(0, "fan-01", "x", "limit", "Low", "t", 1, word_ms=6)
    journal.put_alarm(device_id=1, alarm=undone)
    assert (undone.id, undone.acknowledged_by, undone.shelved_until_ms) == (1, None, None)
    journal.commit()
    journal.close()


def test_minutes_of_an_older_journal_are_all_there_and_take_less(path: Path) -> None:
    before = next(at for at, sql in enumerate(schema.MIGRATIONS) if "minute_before" in sql)
    old = apsw.Connection(str(path))
    old.pragma("page_size", 2048)  # as the journal's are
    for migration in schema.MIGRATIONS[:before]:
        old.execute(migration).fetchall()
    old.pragma("user_version", before)
    rows = [
        (device, 60_000 * at, f'{{"a":"{"x" * 600}"}}', at) for device in (1, 2) for at in range(99)
    ]
    old.executemany("INSERT INTO minute VALUES (?,?,?,?)", rows)
    size = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%minute%' AND name NOT LIKE 'late%'"
    took = old.execute(size).get
    old.close()
    Journal(path).close()
    new = apsw.Connection(str(path))
    assert new.execute("SELECT * FROM minute ORDER BY device, start_ms").fetchall() == rows
    assert new.execute(size).get < took / 2
    new.close()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_last_word_on_an_alarm_holds_in_whatever_order_it_is_told(
    path: Path, order: tuple[int, ...]
) -> None:
    words = [(None, None, None, None), (5, "Ann", "Mine.", 5), (None, None, None, 7)]
    journal = Journal(path)
    journal.begin()
    journal.add_device(name="fan-01", asset="fan", now_ms=NOW_MS)
    for at in order:
        seen_ms, by, note, word_ms = words[at]
        alarm = Alarm(0, "fan-01", "x", "limit", "Low", "text", 1, seen_ms, by)
        alarm.note, alarm.word_ms = note, word_ms
        journal.put_alarm(device_id=1, alarm=alarm)
    journal.commit()
    journal.close()
    assert (alarm.acknowledged_ms, alarm.acknowledged_by, alarm.note) == (None, None, None)
    assert alarm.word_ms == 7


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_an_alarm_that_came_back_is_open_in_whatever_order_it_is_told(
    path: Path, order: tuple[int, ...]
) -> None:
    life = [(1, None), (1, 5), (2, None), (2, None)]
    journal = Journal(path)
    journal.begin()
    journal.add_device(name="fan-01", asset="fan", now_ms=NOW_MS)
    for at in order:
        told, cleared_ms = life[at]
        alarm = Alarm(0, "fan-01", "x", "limit", "Low", "text", 1, None, None, cleared_ms, told)
        journal.put_alarm(device_id=1, alarm=alarm)
    journal.commit()
    journal.close()
    assert count(path, "alarm") == 1
    assert (alarm.cleared_ms, alarm.count) == (None, 2)


def test_a_place_where_nothing_can_be_kept_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(Misconfigured, match="EDGETWIN_DATA_DIR"):
        Journal(tmp_path / "var" / "journal.db")


def test_a_disk_without_room_for_the_lock_is_full(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(Path, "open", refuse)
        with pytest.raises(StorageFull, match="full"):
            Journal(path)


def test_after_a_transaction_that_could_not_be_written_whole_the_log_proves_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    known = ending.load(path)
    assert known is not None
    assert known.is_clean(path)
    torn = Journal(path)
    torn.note_torn()
    torn.close()
    assert ending.load(path) is None
