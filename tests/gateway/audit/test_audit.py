"""The audit trail: what is entered, what counts as one, what a flood may cost."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from contract.errors import StorageFull
from contract.messages import Alarm
from contract.settings import Settings
from gateway.audit.changes import changes, kept
from gateway.audit.diary import Diary
from gateway.audit.guessing import MANY
from gateway.audit.trail import Trail
from gateway.journal import Journal
from gateway.journal import audits as audits_module
from hosting.audit.counted import MOST_KINDS, Counted
from hosting.audit.events import NOBODY, Event, What
from hosting.audit.spool import MOST_BYTES, Collector, Spool

NOW_MS = 1_763_640_000_000


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def event(**given: Any) -> Event:
    usual: dict[str, Any] = {
        "time_ms": NOW_MS,
        "who": NOBODY,
        "origin": "10.0.0.5",
        "what": What.LOGIN_REFUSED,
    }
    return Event(**{**usual, **given})


class Book:
    """A trail over a real journal; ``full`` is the disk."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.journal = Journal(data_dir / "journal.db")
        self.clock = Clock()
        self.alarms: list[Alarm] = []
        self.full = False
        self.trail = Trail(
            data_dir=data_dir,
            write=self._write,
            now_ms=lambda: NOW_MS,
            told=self.alarms.append,
            monotonic=self.clock,
        )

    async def _write(self, work: Callable[[Journal], None]) -> None:
        self.journal.begin()
        work(self.journal)
        if self.full:
            self.journal.rollback()
            raise StorageFull("The disk is full.")
        self.journal.commit()

    def flush(self, times: int = 1) -> None:
        for _ in range(times):
            asyncio.run(self.trail.flush())

    def rows(self, columns: str = "who, origin, what, detail, count") -> list[tuple[Any, ...]]:
        connection = apsw.Connection(str(self.data_dir / "journal.db"))
        try:
            return list(connection.execute(f"SELECT {columns} FROM audit ORDER BY id"))
        finally:
            connection.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    yield made
    made.journal.close()


# ---------------------------------------------------------------- one row a minute


def test_repeats_within_a_minute_are_one_row_that_counts(book: Book) -> None:
    note = book.trail.note
    for number in range(10):
        note(who=NOBODY, origin="10.0.0.5", what=What.TOKEN_REFUSED, detail=f"guess {number}")
        if number == 3:
            book.flush()
    book.flush()
    assert book.rows() == [(NOBODY, "10.0.0.5", "token_refused", "guess 0", 10)]
    book.clock.now_s += 61
    note(who=NOBODY, origin="10.0.0.5", what=What.TOKEN_REFUSED, detail="again")
    book.flush()
    assert [row[4] for row in book.rows()] == [10, 1]


def test_what_people_do_is_entered_one_by_one(book: Book) -> None:
    for device in ("fan-01", "fan-02", "fan-01"):
        book.trail.note(who="api", origin="10.0.0.7", what=What.COMMAND, detail=device)
    book.flush()
    assert [(row[3], row[4]) for row in book.rows()] == [("fan-01", 2), ("fan-02", 1)]


def test_a_flood_of_names_fills_neither_memory_nor_disk_nor_log(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20_000):
        book.trail.note(who=f"x{number}", origin="10.0.0.5", what=What.PUBLISH_DENIED)
    book.flush()
    rows = book.rows()
    assert len(rows) == MOST_KINDS + 1
    assert rows[-1] == ("others", "several", "publish_denied", "", 20_000 - MOST_KINDS)
    assert len(caplog.records) <= len(rows)


def test_the_newest_rows_are_kept(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audits_module, "ROWS_KEPT", 5)
    for number in range(12):
        book.trail.note(who="api", origin="here", what=What.COMMAND, detail=str(number))
        book.flush()
    assert [row[3] for row in book.rows()] == ["7", "8", "9", "10", "11"]


def test_what_a_stranger_writes_is_short_and_printable(book: Book) -> None:
    book.trail.note(
        who="a\nb\x1b[31m", origin="x" * 500, what=What.PUBLISH_DENIED, detail="y" * 9_999
    )
    book.flush()
    [(who, origin, _, detail, _)] = book.rows()
    assert who == "a?b?[31m"
    assert len(origin) == 64
    assert len(detail) == 256


def test_a_full_disk_loses_no_entry(book: Book) -> None:
    spool = Spool(book.data_dir, "inference", monotonic=book.clock)
    spool.note(event(what=What.TOKEN_REFUSED))
    book.flush()
    book.full = True
    book.trail.note(who="api", origin="here", what=What.COMMAND, detail="identify")
    for _ in range(3):
        with pytest.raises(StorageFull):
            book.flush()
    book.full = False
    book.flush()
    assert [(row[2], row[4]) for row in book.rows()] == [("command", 1), ("token_refused", 1)]


# ---------------------------------------------------------------- what others leave


def test_what_another_process_left_is_collected_once(book: Book) -> None:
    spool = Spool(book.data_dir, "broker", monotonic=book.clock)
    for _ in range(10):
        spool.note(event())
    spool.flush()
    spool.note(event(who="fan-01", what=What.PUBLISH_DENIED, detail="a topic"))
    book.flush(times=4)
    assert book.rows() == [
        (NOBODY, "10.0.0.5", "login_refused", "", 10),
        ("fan-01", "10.0.0.5", "publish_denied", "a topic", 1),
    ]
    assert not list((book.data_dir / "audit").glob("*"))


def test_a_spool_has_an_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "broker")
    path = tmp_path / "audit" / "broker.jsonl"
    for number in range(3 * MOST_BYTES // 400):
        spool._counted = Counted(lambda: 0.0)
        spool.note(event(who=f"x{number}", detail="d" * 256))
    assert MOST_BYTES <= path.stat().st_size < MOST_BYTES + 1_000
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_cannot_be_read_ends_nobody_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Spool(tmp_path, "broker").note(event())
    (tmp_path / "audit" / "accounts.taken").symlink_to(tmp_path / "nothing")
    collector = Collector(tmp_path)
    assert list(collector.events()) == []
    assert "accounts.taken cannot be read" in caplog.text
    collector.done()
    assert len(list(collector.events())) == 1


def test_half_a_line_is_passed_over(tmp_path: Path) -> None:
    Spool(tmp_path, "broker").note(event())
    with (tmp_path / "audit" / "broker.jsonl").open("ab") as file:
        file.write(b'{"time_ms":1,"who"\n\xff\n[]\n')
    collector = Collector(tmp_path)
    collector.done()
    assert [found.what for found in collector.events()] == ["login_refused"]


def test_two_boards_on_one_login_are_told_to_whoever_asks(book: Book) -> None:
    told: list[str] = []
    book.trail.on_takeover.append(told.append)
    Spool(book.data_dir, "broker").note(event(who="fan-01", what=What.TAKEN_OVER, count=2))
    book.flush(times=2)
    assert told == ["fan-01", "fan-01"]


def test_logins_that_are_made_and_taken_away_are_told_to_whoever_asks(book: Book) -> None:
    told: list[tuple[str, bool]] = []
    book.trail.on_login.append(lambda name, known: told.append((name, known)))
    spool = Spool(book.data_dir, "accounts")
    for what in (What.DEVICE_REMOVED, What.READER_REMOVED, What.DEVICE_ADDED, What.DEVICE_RENEWED):
        spool.note(event(who="Ada", what=what, detail="fan-01"))
    book.flush(times=2)
    assert told == [("fan-01", False), ("fan-01", True), ("fan-01", True)]


def test_a_journal_that_was_set_aside_is_entered_once_however_often_it_is_told(book: Book) -> None:
    def start(*, lost_ms: int) -> None:
        diary = Diary(book.trail, settings=Settings(), version="1.2.3")

        async def work() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0):
                    await diary.run(lost=(lost_ms, "The journal was damaged."))
            await diary.stop()

        asyncio.run(work())
        book.flush()

    for _ in range(3):
        start(lost_ms=NOW_MS - 5)
    found = [row[3:] for row in book.rows() if row[2] == "journal_set_aside"]
    assert found == [("The journal was damaged.", 1)]


# ---------------------------------------------------------------- the alarm


def test_many_refusals_raise_an_alarm_that_clears_by_itself(book: Book) -> None:
    for _ in range(MANY - 1):
        book.trail.note(who=NOBODY, origin="10.0.0.5", what=What.LOGIN_REFUSED)
        book.trail.note(who="fan-01", origin="10.0.0.6", what=What.PUBLISH_DENIED)
    assert book.alarms == []
    book.trail.note(who=NOBODY, origin="10.0.0.7", what=What.TOKEN_REFUSED)
    [alarm] = book.alarms
    assert (alarm.device, alarm.name, alarm.kind) == ("gateway", "logins_refused", "system")
    assert "20 logins were refused within 5 minutes, 19 from 10.0.0.5" in alarm.text
    book.clock.now_s += 301
    book.flush()
    assert [alarm.cleared_ms for alarm in book.alarms] == [None, NOW_MS]


# ---------------------------------------------------------------- settings


def test_changed_settings_are_named_and_secrets_are_not_shown(book: Book) -> None:
    def start(**settings: object) -> list[str]:
        before = len(book.rows())
        asyncio.run(book.trail.compare_settings(settings))
        book.flush()
        return [row[3] for row in book.rows()[before:]]

    assert start(site="hall", api_token="s3cret", host="127.0.0.1") == []
    assert start(site="hall", api_token="s3cret", host="127.0.0.1") == []
    assert start(site="hall", api_token="0ther", host="0.0.0.0") == [
        "EDGETWIN_API_TOKEN: changed",
        "EDGETWIN_HOST: 127.0.0.1 → 0.0.0.0",
    ]
    book.clock.now_s += 61
    assert start(site="hall", api_token="", host="0.0.0.0") == ["EDGETWIN_API_TOKEN: removed"]
    [(meta,)] = book.journal._run("SELECT value FROM meta WHERE key = 'settings'")
    assert "s3cret" not in meta
    assert "0ther" not in meta


def test_the_same_secret_looks_different_elsewhere() -> None:
    first, second = (json.loads(kept({"api_token": "x"}, last="")) for _ in range(2))
    assert first["api_token"] != second["api_token"]
    assert list(changes(last="", now=json.dumps(first))) == []
