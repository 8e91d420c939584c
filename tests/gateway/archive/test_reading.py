"""Journal and archive asked as one: what is told does not depend on where it lies."""

import asyncio
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from contract.assets import CATALOGUE
from contract.errors import Unreadable
from contract.language.program import program_of
from contract.site_time import SiteTime
from gateway.api import event_table, export
from gateway.api.columns import table_of
from gateway.api.queries.history import History, history
from gateway.api.readers import Readers
from gateway.archive.layout import shown
from gateway.archive.shadow import reaching_back
from gateway.archive.stream import Stream, about_how_many, readings
from gateway.twin.dated import Always
from tests.gateway.archive.archives import (
    DAY0,
    DAYS,
    EACH,
    archivist,
    come_late,
    connected,
    files,
    held,
    same,
    work,
)
from tests.gateway.rig import DAY_MS, Rig

FAN = CATALOGUE["fan"]
NOON = DAY0 + DAY_MS // 2


def exported(directory: Path, *, events: bool = False, from_ms: int = 0) -> str:
    source = export.Source(1, "fan-01", FAN, table_of([FAN]), Always(program_of(FAN).defaults()))
    lines = event_table.lines_of(FAN) if events else None
    pages = export.Pages(source, from_ms=from_ms, to_ms=2**60, up_to_id=2**60, lines=lines)
    with closing(connected(directory)) as connection:
        return "".join(iter(lambda: pages.read(connection), ""))


@pytest.mark.parametrize("events", [False, True])
def test_an_export_is_the_same_to_the_letter(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, events: bool
) -> None:
    monkeypatch.setattr(export, "PAGE_ROWS", 37)
    come_late(rig)
    before = exported(tmp_path, events=events)
    assert before.count("\n") == (DAYS if events else DAYS * (EACH - 1) + 3)
    work(archivist(rig))
    assert exported(tmp_path, events=events) == before
    part = exported(tmp_path, events=events, from_ms=NOON)
    assert before.endswith(part)
    assert 0 < len(part) < len(before)


def test_readings_come_in_batches_with_the_values_that_are_wanted(rig: Rig, tmp_path: Path) -> None:
    expected = [one for one in held(tmp_path) if one.event is None and one.time_ms >= NOON]
    work(archivist(rig))
    with closing(connected(tmp_path)) as connection:
        found = list(
            readings(
                connection, device_id=1, from_ms=NOON, to_ms=2**60, channels=["temperature", "rpm"]
            )
        )
        assert about_how_many(connection, 1, NOON, 2**60) == EACH * 3 // 2
    [batch] = found
    assert [(one.seq, one.time_ms) for one in batch] == [(it.seq, it.time_ms) for it in expected]
    assert {tuple(sorted(one.values)) for one in batch} == {("rpm", "temperature")}


def test_whoever_has_begun_to_read_meets_each_once_whatever_is_archived_meanwhile(
    rig: Rig, tmp_path: Path
) -> None:
    work(archivist(rig))
    come_late(rig)
    expected = held(tmp_path)
    with closing(connected(tmp_path)) as connection:
        connection.execute("BEGIN")
        assert connection.execute("SELECT count(*) FROM archive").get == 2 * DAYS
        work(archivist(rig))  # writes the first day anew, and prunes
        found = list(Stream(connection, device_id=1).items(from_ms=0, to_ms=2**60))
    assert same(found, expected)
    assert same(held(tmp_path), expected)


def test_any_sql_reaches_back_and_the_journal_is_as_it_was(rig: Rig, tmp_path: Path) -> None:
    sql = (
        "SELECT count(*), count(DISTINCT e.name), sum(r.body ->> 'rpm') FROM reading r"
        " INDEXED BY reading_by_time JOIN epoch e ON e.id = r.epoch WHERE r.device = 1"
        " AND r.time_ms >= ? AND r.time_ms < ?"
    )
    span = (NOON, DAY0 + 5 * DAY_MS)
    with closing(connected(tmp_path)) as connection:
        before = list(connection.execute(sql, span))
        work(archivist(rig))
        with reaching_back(connection, 1, *span):
            assert list(connection.execute(sql, span)) == before
        assert list(connection.execute(sql, span)) == [(0, 0, None)]
        with reaching_back(connection, 2, NOON, NOON + 1), pytest.raises(apsw.Error):
            connection.execute("DELETE FROM main.reading")


def test_a_file_that_cannot_be_read_is_named(rig: Rig, tmp_path: Path) -> None:
    work(archivist(rig))
    path = next(files(tmp_path))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=shown(path)):
        held(tmp_path)
    suspected: list[str] = []
    readers = Readers(
        tmp_path / "journal.db",
        suspect=lambda: suspected.append("journal"),
        suspect_file=suspected.append,
    )
    with pytest.raises(Unreadable, match=shown(path)):
        asyncio.run(
            readers.run(lambda it: list(Stream(it, device_id=1).items(from_ms=0, to_ms=NOON)))
        )
    readers.close()
    [said] = suspected
    assert said.startswith(shown(path))
    path.unlink()
    with pytest.raises(Unreadable, match=r"11-20.parquet is missing\."):
        held(tmp_path)


def test_a_chart_of_some_hours_of_an_archived_day_is_of_its_readings(
    rig: Rig, tmp_path: Path
) -> None:
    def shown() -> History:
        with closing(connected(tmp_path)) as connection:
            return history(
                connection,
                device_id=1,
                device="fan-01",
                asset=CATALOGUE["fan"],
                from_ms=NOON,
                to_ms=NOON + 4 * 3_600_000,
                points=1_000,
                site=SiteTime("UTC"),
                channels=["temperature"],
            )

    before = shown()
    assert before.bucket_ms == 15_000
    work(archivist(rig))
    assert shown() == before
    rig.journal.begin()
    rig.journal._run("DELETE FROM minute WHERE device = 1")
    rig.journal.commit()
    assert shown() == before
