"""A disk that is full: what is given up, what is said, and when all is well again."""

import os
from pathlib import Path

import pytest

from contract.errors import StorageFull, Unavailable
from contract.messages import Alarm
from gateway.journal import ballast as ballast_module
from gateway.journal.ballast import Ballast
from gateway.journal.disk_alarm import DiskAlarm


@pytest.fixture
def ballast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ballast:
    monkeypatch.setattr(ballast_module, "SIZE_BYTES", 4096)
    made = Ballast(tmp_path / "ballast")
    made.put_back()
    assert (tmp_path / "ballast").stat().st_size == 4096
    return made


@pytest.fixture
def told() -> list[Alarm]:
    return []


@pytest.fixture
def disk_alarm(ballast: Ballast, told: list[Alarm]) -> DiskAlarm:
    return DiskAlarm(ballast=ballast, told=told.append, now_ms=lambda: 1_000)


def test_the_ballast_is_given_up_and_the_alarm_stays_until_it_is_back(
    disk_alarm: DiskAlarm, ballast: Ballast, told: list[Alarm], tmp_path: Path
) -> None:
    disk_alarm.failed(StorageFull("The disk is full."))
    disk_alarm.failed(StorageFull("The disk is full."))
    assert not (tmp_path / "ballast").exists()
    assert status_of(disk_alarm) == "down"
    disk_alarm.succeeded()
    assert status_of(disk_alarm) == "ok"
    assert [alarm.cleared_ms for alarm in told] == [None]
    ballast.put_back()
    disk_alarm.look_again()
    assert [alarm.cleared_ms for alarm in told] == [None, 1_000]
    assert told[0].text.startswith("The disk is full.")
    assert told[0].severity == "Critical"


def status_of(disk_alarm: DiskAlarm) -> str:
    return disk_alarm.status.status


def test_another_process_in_the_way_costs_no_ballast(
    disk_alarm: DiskAlarm, told: list[Alarm], tmp_path: Path
) -> None:
    disk_alarm.failed(Unavailable("Another process writes."))
    assert (tmp_path / "ballast").exists()
    disk_alarm.succeeded()
    disk_alarm.succeeded()
    assert [alarm.cleared_ms for alarm in told] == [None, 1_000]


def test_where_there_is_no_room_for_ballast_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    ballast = Ballast(tmp_path / "ballast")
    ballast.put_back()
    ballast.drop()
    assert not ballast.is_spent
    assert not (tmp_path / "ballast").exists()
