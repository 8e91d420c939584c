"""Who imports beside a gateway: it has the journal, and is waited for until figures are whole."""

from pathlib import Path

import pytest

from gateway.importing import waiting
from gateway.importing.parcel import Header
from gateway.importing.waiting import Turn, until_summed
from gateway.ingest.pipeline import Pipeline
from gateway.journal.lock import locked
from hosting.audit import person
from tests.gateway.importing.recordings import (
    BEGIN_MS,
    fan_lines,
    imported,
    rows,
    settings_of,
    table,
)

WAITING = "SELECT count(*) FROM late_minute WHERE reason = 'imported'"
DONE = "DELETE FROM late_minute WHERE start_ms = (SELECT min(start_ms) FROM late_minute)"


def test_a_gateway_that_was_killed_has_a_while_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, taken = tmp_path / "journal.db", list[str]()
    turn = Turn(path, lambda: taken.append("all"))
    lock = locked(path)
    assert not turn.pass_()
    lock.release()
    assert not turn.pass_()
    locked(path).release()  # nobody keeps it from the gateway
    assert taken == []

    monkeypatch.setattr(waiting, "BACK_WITHIN_S", -1.0)

    assert turn.pass_()
    assert taken == ["all"]


def test_where_none_works_nobody_is_waited_for(tmp_path: Path) -> None:
    taken = list[str]()
    assert Turn(tmp_path / "journal.db", lambda: taken.append("all")).pass_()
    assert taken == ["all"]


class Working(Turn):
    """A gateway that computes a minute at a look."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir / "journal.db", lambda: None)
        self._data_dir, self.looks = data_dir, 0

    def pass_(self) -> bool:
        self.looks += 1
        rows(self._data_dir, DONE)
        return False


def test_minutes_that_are_computed_yet_are_waited_for_and_else_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fan = ("--asset", "fan", "--device", "fan-01")
    imported(tmp_path, table(tmp_path / "a.csv", fan_lines(1_500)), *fan)
    assert "computed anew" not in capsys.readouterr().out

    async def nothing(_: Pipeline) -> float:
        return 0.0

    monkeypatch.setattr(Pipeline, "restate_some", nothing)
    imported(tmp_path, table(tmp_path / "b.csv", fan_lines(1_500, first=700)), *fan)
    [(left,)] = rows(tmp_path, WAITING)
    assert left > 1
    told = capsys.readouterr().out
    assert "fan-01: minutes to be computed anew yet" in told
    assert f"readings of their time: {left}." in told

    header = Header(
        device="fan-01", asset="fan", epoch="", content="", source="b.csv",
        imported_by=person.user(), rows=0, first_ms=BEGIN_MS, last_ms=BEGIN_MS,
    )  # fmt: skip
    gateway = Working(tmp_path)
    assert until_summed(header, settings_of(tmp_path), gateway) == 0
    assert gateway.looks >= left
    assert rows(tmp_path, WAITING) == [(0,)]
