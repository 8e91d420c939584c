"""Readings around an alarm whose day is in a file are those that were in the journal."""

import argparse
import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from contract.assets import CATALOGUE
from contract.errors import Unreadable
from gateway.api import verdict_folder
from gateway.api.queries import verdicts as queries
from gateway.ingest.excerpt_keeper import ExcerptKeeper
from gateway.journal.excerpts import Excerpt
from gateway.journal.verdicts import Word
from tests.gateway.api.workshop import OwnSettings
from tests.gateway.archive.archives import DAY0, archivist, connected, files, work
from tests.gateway.rig import DAY_MS, Rig

FAN = CATALOGUE["fan"]
ALARM = 71


def judged(rig: Rig) -> None:
    """An alarm of the first day, whose readings are to be kept."""
    rig.journal.begin()
    rig.journal._run(
        "INSERT INTO alarm(id,device,name,kind,severity,text,raised_ms,revision)"
        " VALUES (?,1,'rpm_low','limit','Low','Slow.',?,9)",
        (ALARM, DAY0 + DAY_MS // 2),
    )
    rig.journal.verdicts.await_excerpt(ALARM, due_ms=0)
    rig.journal.commit()


def excerpt(directory: Path) -> tuple[Excerpt, bool]:
    """The readings, and whether there are any."""
    with closing(connected(directory)) as connection:
        subject = queries.subject(connection, ALARM)
        found = queries.excerpt(connection, subject, FAN)
        return found, queries.is_kept(connection, subject, FAN)


def keep(rig: Rig) -> None:
    keeper = ExcerptKeeper(
        fleet=rig.fleet,
        write=rig.pipeline.write,
        journal_path=rig.directory / "journal.db",
        retention_ms=7 * DAY_MS,
        now_ms=lambda: rig.now_ms,
    )
    asyncio.run(keeper.look(ageing=False))


def test_they_are_the_same_wherever_they_lie(rig: Rig, tmp_path: Path) -> None:
    judged(rig)
    before = excerpt(tmp_path)
    assert (len(before[0].time_ms) > 2, before[1]) == (True, True)
    work(archivist(rig))
    assert excerpt(tmp_path) == before
    keep(rig)
    assert rig.rows("SELECT due_ms, rows FROM excerpt") == [(None, len(before[0].time_ms))]
    for file in files(tmp_path):
        file.unlink()
    assert excerpt(tmp_path) == before


def test_a_file_that_is_missing_is_named_and_holds_up_no_other(
    rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(rig)
    work(archivist(rig))
    for file in files(tmp_path):
        file.unlink()
    with pytest.raises(Unreadable, match="parquet"):
        excerpt(tmp_path)
    said = Word(verdict="right", decided_ms=rig.now_ms, decided_by="Ada")
    rig.journal.begin()
    assert rig.journal.verdicts.add(ALARM, said)
    rig.journal.commit()
    args = argparse.Namespace(out=tmp_path / "out")
    assert verdict_folder.run(args, OwnSettings(data_dir=tmp_path)) == 0
    told = capsys.readouterr()
    assert f"alarm {ALARM}: " in told.err
    assert "0 with readings" in told.out
    keep(rig)
    assert rig.rows("SELECT due_ms, rows FROM excerpt") == [(None, 0)]
