"""Rows that are not as they were written are damage, whoever reads them and in whatever way."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from contract.errors import Damaged
from gateway import beginning
from gateway.ingest.restore import Restorer
from gateway.journal import Journal, JournalReader, Tombstone
from gateway.journal.ballast import Ballast
from gateway.journal.excerpts import Span
from gateway.journal.formers import floor_ms, known_at
from gateway.journal.integrity import examine
from gateway.journal.reader import follower_cursor, open_read_only
from gateway.journal.schema import MIGRATIONS
from gateway.journal.verdicts import ExcerptSource
from gateway.sinks.follower import Follower
from gateway.sinks.influxdb.sink import InfluxDb
from gateway.twin.fleet import Fleet
from tests.gateway.rig import EPOCH, FACTORS, NOW_MS, Rig, message, reading, telemetry

NO_TEXT = "CAST(x'41ff42' AS TEXT)"
SPOILT = {"TEXT": (NO_TEXT, "x'00ff'"), "INTEGER": ("'abc'", "x'00ff'")}
WARM = """'{"temperature":["warm"]}'"""


def columns() -> Iterator[tuple[str, str, str]]:
    """(table, column, what is written into it) of every column of a declared type."""
    with contextlib.closing(apsw.Connection(":memory:")) as connection:
        for migration in MIGRATIONS:
            connection.execute(migration)
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for _, name, kind, _, _, key in connection.execute(f"PRAGMA table_info({table})"):
                if not key:
                    yield from ((str(table), str(name), text) for text in SPOILT.get(str(kind), ()))


def readings_of_an_hour(rig: Rig) -> None:
    """Some of everything that a journal holds."""
    rig.take(message("fan-01", "birth", {"asset": "fan", "epoch": EPOCH}))
    times_ms = {seq: NOW_MS - 300_000 + seq * 7_000 for seq in range(1, 30)}
    rig.take(*(telemetry("fan-01", reading(seq, time_ms=at)) for seq, at in times_ms.items()))
    rig.take(telemetry("fan-01", {"epoch": EPOCH, "oldest": 70}, reading(80, values={})))
    rig.checkpoint()
    edit(
        rig.directory / "journal.db",
        "INSERT INTO follower VALUES ('influxdb', '{\"reading\":1}');"
        "INSERT INTO late_minute VALUES (1, 60000, 0, 'late', '');"
        "INSERT INTO former(device, start_ms, end_ms, changed_ms, body, reason, by)"
        " VALUES (1, 60000, 120000, 5, '{}', 'late', '');"
        "INSERT INTO alarm(device, name, kind, severity, text, raised_ms, revision)"
        " VALUES (1, 'odd', 'limit', 'High', 'It is odd.', 5, 99);"
        "INSERT INTO learned VALUES (1, 5, 6, 7, 'fan', '{}', 6);"
        "INSERT INTO verdict(alarm, device, verdict, cause, note, decided_ms, decided_by)"
        " VALUES (1, 1, 'cause', 'dust', '', 5, 'Sam');"
        "INSERT INTO excerpt VALUES (1, 1, 5, 0, x'');"
        "INSERT INTO archive VALUES"
        " (1, 0, 'workshop/fan-01', 'kept', 9, 1, 99, '0f', 0, 5, 6, 7, 'It is gone.', '[]');"
        "INSERT INTO import VALUES"
        " (1, 1, 'import-1', '0f', 'fan.csv', 'ada', 5, 6, 1, 1, 1, 0, 0, 0, 0, x'00');"
        "INSERT INTO notice(transition, route, target, due_ms) VALUES (1, 'all', 'office', 5);"
        "INSERT INTO escalation VALUES (1, 'all', 5, 6);"
        "INSERT INTO target VALUES ('office', 'away', 5, 5, 1, 5);"
        "INSERT INTO diagnosis(device, time_ms, fault, changed, body) VALUES (1, 5, 'normal', 1, "
        " '{}');"
        "INSERT INTO registry(device, kind, name, valid_from_ms, value, source, changed_ms,"
        " changed_by) VALUES ('fan-01', 'field', 'place', 0, '\"hall 2\"', '', 5, 'Sam');"
        "UPDATE device SET reported = '{}';"
        "INSERT INTO tier SELECT 1, 15, start_ms - start_ms % 900000, '', 1.0, 5, body, NULL"
        " FROM minute LIMIT 1;"
        "INSERT INTO audit(time_ms, who, origin, what, detail) VALUES (1, 'a', 'b', 'c', 'd');",
    )


def edit(journal: Path, sql: str) -> None:
    with contextlib.closing(apsw.Connection(str(journal))) as connection:
        connection.execute(sql)


@pytest.fixture
def filled(rig: Rig) -> Rig:
    fill(rig)
    return rig


def fill(rig: Rig) -> None:
    """A row in each table of ``columns``."""
    readings_of_an_hour(rig)
    stone = Tombstone(name="press", removed_by="Sam", removed_ms=NOW_MS)
    asyncio.run(rig.pipeline.write(lambda journal: journal.removals.begin(stone)))


def to_be_kept(reader: JournalReader) -> object:
    with reader.blamed():
        source = ExcerptSource(reader._connection)
        return source.awaited(now_ms=9, limit=9), source.values(1, Span(0, NOW_MS))


def formers(reader: JournalReader) -> object:
    with reader.blamed():
        connection = reader.connection
        return floor_ms(connection), known_at(connection, 1, at_ms=0, from_ms=0, to_ms=NOW_MS)


def summed_up(reader: JournalReader) -> object:
    with reader.blamed():
        return list(reader.tiers().tiers(1, 15, 0, NOW_MS))


def read_all(rig: Rig) -> None:
    """Each way in which the gateway reads its journal, one after the other."""
    ways: list[Callable[[JournalReader], object]] = [
        lambda it: it.meta("folded_reading", 0),
        lambda it: it.newest_ms(),
        lambda it: it.oldest_receipt_ms(),
        lambda it: list(it.devices()),
        lambda it: list(it.changes()),
        lambda it: list(it.tombstones()),
        lambda it: list(it.recent_epochs(20, always="unsequenced")),
        lambda it: it.epoch(1),
        lambda it: it.find_epoch(device_id=1, name=EPOCH),
        lambda it: list(it.items_of(1, up_to_id=1_000)),
        lambda it: list(it.items_after(0)),
        lambda it: list(it.refused_for_their_number()),
        lambda it: it.snapshots(),
        lambda it: list(it.settled_after(0, 0)),
        lambda it: list(it.refused_after(0)),
        lambda it: list(it.gone_after(0)),
        lambda it: list(it.open_alarms()),
        lambda it: it.why_not_open(1),
        lambda it: list(it.open_anomalies("limits")),
        lambda it: list(it.learned()),
        lambda it: list(it.newest_diagnoses()),
        lambda it: it.follower_cursors(),
        lambda it: list(it.late_minutes()),
        formers,
        lambda it: it.minute_readings(device_id=1, start_ms=NOW_MS - 60_000),
        lambda it: it.last_before(device_id=1, time_ms=NOW_MS, limit=9),
        lambda it: it.first_from(device_id=1, time_ms=0, limit=9),
        lambda it: it.minute(device_id=1, start_ms=NOW_MS - 300_000),
        lambda it: it.reach(),
        summed_up,
        to_be_kept,
        lambda it: it.readings_around(device_id=1, from_ms=9, until_ms=NOW_MS, before=9, limit=9),
        lambda it: it.diagnoses_between(device_id=1, from_ms=0, to_ms=NOW_MS),
        lambda _: rig.journal.find_epoch(device_id=1, name=EPOCH),
        lambda _: rig.journal.stored(epoch_id=1, seq=3),
    ]
    for way in ways:
        with contextlib.suppress(Damaged), contextlib.closing(rig.reader.again()) as reader:
            way(reader)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column", "value"), list(columns()))
def test_no_reader_meets_anything_but_damage(
    filled: Rig, table: str, column: str, value: str
) -> None:
    path = filled.directory / "journal.db"
    assert filled.rows(f"SELECT count(*) > 0 FROM {table}") == [(1,)], table
    edit(path, f"UPDATE OR IGNORE {table} SET {column} = {value}")
    read_all(filled)
    with pytest.raises(Damaged, match=r"is damaged: "):
        examine(path, give_up=lambda: False)


def test_late_work_over_texts_that_are_no_readings(filled: Rig) -> None:
    """Valid JSON, so that no examination finds it."""
    edit(filled.directory / "journal.db", f"UPDATE reading SET body = {WARM}")
    with pytest.raises(Damaged, match="cannot be read back"):
        filled.take(telemetry("fan-01", reading(90, time_ms=NOW_MS - 200_000)))
    with pytest.raises(Damaged, match="cannot be read back"):
        filled.restate()  # it waits still


def test_late_work_in_a_journal_that_was_deleted(filled: Rig) -> None:
    (filled.directory / "journal.db").unlink()
    with pytest.raises(Damaged, match=r"journal\.db was deleted"):
        filled.take(telemetry("fan-01", reading(90, time_ms=NOW_MS - 200_000)))


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE device SET birth = '{\"asset\":7}'",
        f"UPDATE reading SET body = {WARM}",
        "UPDATE epoch SET device = 7",
    ],
)
def test_a_start_that_would_fail_for_ever_sets_aside(filled: Rig, spoil: str) -> None:
    path = filled.directory / "journal.db"
    edit(path, "UPDATE twin SET state = x'00'; DELETE FROM diagnosis;")
    filled.again()  # so far it starts
    edit(path, f"UPDATE twin SET state = x'00'; {spoil};")
    restorer = Restorer(
        fleet=Fleet(),
        reader=filled.reader,
        admission=filled.admission,
        settlement=filled.settlement,
        factors_of=lambda _: FACTORS,
    )
    with pytest.raises(Damaged):
        beginning.restored(restorer, path)


def test_a_journal_that_vanishes_at_the_start_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beginning, "Journal", vanishing)
        with pytest.raises(Damaged, match="was deleted"):
            beginning.opened(path, Ballast(tmp_path / "ballast"))
    with pytest.raises(Damaged, match="after a gateway had begun"):  # and nobody holds the lock
        Journal(path)


def vanishing(path: Path) -> Journal:
    made = Journal(path)
    path.unlink()
    return made


@pytest.mark.parametrize("cursor", [NO_TEXT, "'{'", '\'{"reading":"a"}\''])
def test_a_follower_s_cursor_that_is_none(filled: Rig, cursor: str) -> None:
    path = filled.directory / "journal.db"
    edit(path, f"UPDATE follower SET cursor = {cursor}")
    with (
        contextlib.closing(open_read_only(path)) as connection,
        pytest.raises(Damaged, match="cannot be read back"),
    ):
        follower_cursor(connection, "influxdb")


def test_a_follower_that_reads_what_is_none_says_so(filled: Rig) -> None:
    path = filled.directory / "journal.db"
    edit(path, f"UPDATE follower SET cursor = {NO_TEXT}")
    found: list[Damaged] = []
    sink = InfluxDb(
        data_dir=filled.directory, url="http://127.0.0.1:1", token="t", org="o", bucket="b",
        factors_at=lambda *_: FACTORS, now_ms=lambda: NOW_MS,
    )  # fmt: skip
    follower = Follower(
        sink, journal_path=path, set_cursor=lambda *_: None, quarantine=lambda _: None,
        suspect=lambda: None, condemn=found.append, now_ms=lambda: NOW_MS,
    )  # fmt: skip
    assert follower._attempt() >= 0
    assert len(found) == 1
    path.unlink()
    follower._attempt()
    assert "was deleted" in str(found[1])


def test_a_table_of_somebody_elses_is_none_of_ours(filled: Rig) -> None:
    path = filled.directory / "journal.db"
    edit(
        path,
        """CREATE TABLE "my notes"(a INTEGER, "b c" TEXT);
                  INSERT INTO "my notes" VALUES ('x', CAST(x'ff' AS TEXT));""",
    )
    assert examine(path, give_up=lambda: False)
