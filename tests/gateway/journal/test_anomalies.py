"""What was unlike a machine's normal, as the journal keeps it; alarms are among it."""

from pathlib import Path
from typing import Any

import apsw
import pytest

from contract.messages import Alarm, Reason
from gateway.journal import Cause, Journal, schema
from gateway.journal.anomalies import Anomaly, Learned

KEPT = "SELECT method, name, start_ms, end_ms, alarm FROM anomaly ORDER BY id"


def rows(path: Path, sql: str = KEPT) -> list[Any]:
    connection = apsw.Connection(str(path))
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def alarm(name: str, kind: Any, *, raised_ms: int = 1, cleared_ms: int | None = None) -> Alarm:
    return Alarm(0, "fan-01", name, kind, "Low", name, raised_ms, cleared_ms=cleared_ms)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def stored(path: Path, *alarms: Alarm, cause: Cause | None = None) -> None:
    journal = Journal(path)
    journal.begin()
    journal.add_device(name="fan-01", asset="fan", now_ms=1)
    for each in alarms:
        each.id = 0
        if cause is not None and each is alarms[-1]:
            journal.put_alarm(device_id=1, alarm=each, cause=cause)
        else:
            journal.put_alarm(device_id=1, alarm=each)
    journal.commit()
    journal.close()


def test_alarms_of_limits_of_faults_and_of_silence_are_anomalies_and_others_are_not(
    path: Path,
) -> None:
    stored(
        path,
        alarm("temperature_high", "limit"),
        alarm("fault_leak", "fault", raised_ms=2),
        alarm("silent", "system", raised_ms=3),
        alarm("clock_off", "system", raised_ms=4),
        alarm("temperature_high", "limit", cleared_ms=9),
    )
    assert rows(path) == [
        ("limits", "temperature_high", 1, 9, 1),
        ("classified", "fault_leak", 2, None, 2),
        ("limits", "silent", 3, None, 3),
    ]


def test_what_is_evidence_of_an_alarm_names_that_alarm(path: Path) -> None:
    lead, part = alarm("temperature_high", "limit"), alarm("fault_leak", "fault", raised_ms=2)
    stored(path, lead, part, cause=Cause(lead=("temperature_high", 1)))
    assert [row[-1] for row in rows(path)] == [1, 1]


def test_alarms_of_an_older_journal_are_anomalies_too(path: Path) -> None:
    old = apsw.Connection(str(path))
    for migration in schema.MIGRATIONS[:12]:
        old.execute(migration).fetchall()
    old.pragma("user_version", 12)
    old.execute("INSERT INTO device VALUES (1,'fan-01','fan',NULL,'online',1,1,1,NULL,NULL,NULL)")
    old.execute(
        "INSERT INTO alarm(device,name,kind,severity,text,raised_ms,cleared_ms,revision)"
        " VALUES (1,'rpm_low','limit','Low','t',5,8,3), (1,'offline','system','Low','t',5,8,4)"
    )
    old.close()
    Journal(path).close()
    assert rows(path) == [("limits", "rpm_low", 5, 8, 1)]


def test_an_anomaly_is_one_row_however_often_it_is_told_and_keeps_its_worst(path: Path) -> None:
    journal = Journal(path)
    journal.begin()
    journal.add_device(name="fan-01", asset="fan", now_ms=1)
    for score, channel, end_ms in ((2.0, "rpm", None), (5.0, "current", None), (1.0, "rpm", 60)):
        found = Anomaly(
            method="joint", name="baseline", severity="Medium", text=f"{channel} is odd",
            start_ms=7, end_ms=end_ms, channel=channel, score=score, threshold=1.5,
            evidence=[Reason(channel, 1.0, "odd")],
        )  # fmt: skip
        assert journal.put_anomaly(device_id=1, anomaly=found) == 1
    journal.commit()
    journal.close()
    sql = "SELECT channel, score, text, end_ms, revision FROM anomaly"
    assert rows(path, sql) == [("current", 5.0, "current is odd", 60, 3)]


def test_revisions_go_on_after_a_restart_and_what_was_learned_is_replaced(path: Path) -> None:
    for turn in (1, 2):
        journal = Journal(path)
        journal.begin()
        if turn == 1:
            journal.add_device(name="fan-01", asset="fan", now_ms=1)
        found = Anomaly(method="rolling", name="rpm", severity="Low", text="t", start_ms=turn)
        journal.put_anomaly(device_id=1, anomaly=found)
        learned = Learned(from_ms=1, until_ms=turn, rows=turn, asset="fan", body="{}")
        journal.put_learned(device_id=1, learned=learned)
        journal.commit()
        journal.close()
    assert rows(path, "SELECT start_ms, revision FROM anomaly") == [(1, 1), (2, 2)]
    assert rows(path, "SELECT until_ms, rows FROM learned") == [(2, 2)]
