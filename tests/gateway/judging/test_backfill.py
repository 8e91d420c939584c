"""Time that nobody judged in is judged after all, and until then reads as not judged."""

import asyncio
import contextlib
import csv
import io
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from contract.assets.words import Asset
from contract.diagnosing import Window
from contract.errors import Damaged, Unavailable
from contract.messages import DependencyStatus, Prediction
from gateway.api import export
from gateway.api.columns import table_of
from gateway.api.queries import events
from gateway.journal.reader import open_read_only
from gateway.judging import backfill
from gateway.judging.backfill import Backfill, Span
from gateway.judging.diagnoser import Diagnoser
from gateway.twin.fleet import Device
from tests.gateway.rig import NOW_MS, VALUES, Rig, reading, telemetry

BAD = VALUES | {"current": 2.8}
ZERO_MS = NOW_MS - 400_000


class Service:
    """In the place of the classifier: what draws more than 2 A on average draws too much."""

    pause_s = 0.0

    def __init__(self) -> None:
        self.asked: list[list[Window]] = []
        self.away = False

    def status(self) -> DependencyStatus:
        return DependencyStatus("down" if self.away else "ok", "a detail", 0)

    async def predict(self, asset: Asset, windows: Sequence[Window]) -> list[Prediction]:
        self.asked.append(list(windows))
        if self.away:
            raise Unavailable("away")
        at = [channel.name for channel in asset.required].index("current")
        return [_judged(sum(float(row[at]) for row in w.rows) / len(w.rows) > 2) for w in windows]


def _judged(bad: bool) -> Prediction:  # noqa: FBT001 - a private caller a line up
    if bad:
        return Prediction(1, "Overcurrent Fault", "overcurrent", 0.9, "High", "Off.", [], 0.5, "m")
    return Prediction(0, "Normal", "normal", 0.9, "None", "Nothing.", [], 0.0, "m")


class Ward:
    """Diagnoser and backfill over the rig, each run when the test says so."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig = rig
        self.live, self.past = Service(), Service()
        self.published: list[Any] = []

        async def post(diagnoses: Any) -> None:
            self.published += diagnoses

        monkeypatch.setattr(rig.publisher, "post_diagnoses", post)
        monkeypatch.setattr("gateway.judging.diagnoser.REPEAT_S", 0.0)
        monkeypatch.setattr(backfill, "PAUSE_S", 0.0)
        monkeypatch.setattr(backfill, "REST", 0.0)
        monkeypatch.setattr(backfill, "RETRY_S", 0.0)
        self.backfill = Backfill(
            classifier=self.past,  # type: ignore[arg-type]
            live=self.live,  # type: ignore[arg-type]
            pipeline=rig.pipeline,
            journal_path=rig.directory / "journal.db",
            now_ms=lambda: rig.now_ms,
        )
        self.diagnoser = Diagnoser(
            classifier=self.live,  # type: ignore[arg-type]
            pipeline=rig.pipeline,
            publisher=rig.publisher,
            metrics=rig.metrics,
            missed=self.backfill.note,
            now_ms=lambda: rig.now_ms,
        )
        self._judge = self.diagnoser._judge
        monkeypatch.setattr(self.diagnoser, "_judge", self._judge_whole)

    async def _judge_whole(self, asset: Asset, devices: list[Device]) -> None:
        async with self._judging:
            await self._judge(asset, devices)

    # ------------------------------------------------------------ what happens

    def feed(self, *seqs: int, bad: range = range(0), device: str = "fan-01") -> None:
        """Readings every 200 ms, 20 a message, all in one batch; then a look at the newest."""
        items = [
            reading(seq, time_ms=ZERO_MS + seq * 200, values=BAD if seq in bad else VALUES)
            for seq in seqs
        ]
        batch = [telemetry(device, *items[at : at + 20]) for at in range(0, len(items), 20)]
        self.rig.take(*batch)
        self.look()

    def look(self) -> None:
        async def once() -> None:
            self._judging = asyncio.Lock()  # held until what was judged is stored as well
            self.diagnoser._something = asyncio.Event()  # an event belongs to one loop
            self.diagnoser.note(self.rig.fleet)
            task = asyncio.create_task(self.diagnoser.run())
            await asyncio.sleep(0.02)
            async with self._judging:
                task.cancel()

        asyncio.run(once())

    def work_off(self, *, pieces: int = 1000) -> None:
        """Let the backfill do so many pieces, or all there are."""
        asked = len(self.past.asked)

        async def work() -> None:
            for _ in range(pieces):
                if self.backfill._spans:
                    await self.backfill._next()

        asyncio.run(work())
        assert pieces < 1000 or len(self.past.asked) - asked < pieces

    # ------------------------------------------------------------ what can be seen

    def timeline(self) -> list[tuple[str, float, float | None]]:
        """(fault, start, end) in seconds."""
        connection = open_read_only(self.rig.directory / "journal.db")
        device = self.rig.device()
        found = events.timeline(
            connection,
            device_id=device.id,
            from_ms=0,
            to_ms=NOW_MS,
            judged_ms=device.judged.time_ms if device.judged else 0,
            lasts=True,
            limit=1_000,
        )
        connection.close()
        return [
            (e.fault, (e.start_ms - ZERO_MS) / 1000, e.end_ms and (e.end_ms - ZERO_MS) / 1000)
            for e in found
        ]

    def table(self) -> dict[int, str]:
        """What is exported as the diagnosis of each seq."""
        connection = open_read_only(self.rig.directory / "journal.db")
        device = self.rig.device()
        table, params = table_of([device.asset]), device.twin.params
        source = export.Source(device.id, "fan-01", device.asset, table, params)
        pages = export.Pages(source, from_ms=0, to_ms=NOW_MS, up_to_id=2**40)
        text = source.table.header
        while page := pages.read(connection):
            text += page
        connection.close()
        rows = csv.DictReader(io.StringIO(text))
        return {int(row["seq"]): row["diagnosis"] for row in rows}


@pytest.fixture
def ward(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Ward:
    made = Ward(rig, monkeypatch)
    made.feed(1)
    made.feed(*range(2, 11))
    return made


# ---------------------------------------------------------------- an outage of the gateway


def test_a_fault_during_an_outage_is_told_afterwards(ward: Ward) -> None:
    """Judged at 2 s; then nothing until 34 s, with a fault from 3 s to 28 s."""
    ward.feed(*range(11, 171), bad=range(15, 141))
    table = ward.table()
    assert {table[seq] for seq in range(11, 170)} == {""}, "not judged yet"
    assert (table[10], table[170]) == ("normal", "normal")
    assert ward.timeline() == [("normal", 0.2, 2.0), ("normal", 34.0, None)]
    ward.published.clear()
    ward.work_off()
    [(_, _, began), (fault, start, end), (last, again, lasts)] = ward.timeline()
    assert (fault, last, lasts) == ("overcurrent", "normal", None)
    assert began == start
    assert end == again
    assert 3.0 < start < 6.0
    assert 28.0 < (end or 0) < 31.0
    table = ward.table()
    assert {table[seq] for seq in range(30, 141)} == {"overcurrent"}
    assert "" not in table.values()
    assert ward.published == []
    assert [alarm.name for alarm in ward.rig.told if alarm.kind == "fault"] == []


def test_a_backlog_of_minutes_is_told_whole(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """280 s at once from a device that was not known, with a fault from 100 s to 200 s."""
    ward = Ward(rig, monkeypatch)
    ward.feed(*range(1, 1401), bad=range(501, 1001))
    assert ward.timeline() == [("normal", 280.0, None)]
    ward.work_off()
    assert max(len(windows) for windows in ward.past.asked) <= backfill.PIECE_WINDOWS
    [(_, start, fault_start), (fault, _, fault_end), (_, _, lasts)] = ward.timeline()
    assert (fault, lasts) == ("overcurrent", None)
    assert start == 0.2
    assert 100.0 < (fault_start or 0) < 103.0
    assert 200.0 < (fault_end or 0) < 203.0
    table = ward.table()
    assert "" not in table.values()
    assert {table[seq] for seq in range(516, 1001)} == {"overcurrent"}


def test_what_was_sampled_of_a_backlog_is_told_anew(ward: Ward) -> None:
    """Live looks at 50 s and 120 s, in and after a fault that lasted from 40 s to 60 s."""
    bad = range(200, 301)
    for first, last in ((11, 250), (251, 600), (601, 700)):
        ward.feed(*range(first, last + 1), bad=bad)
    ward.work_off()
    assert [episode[0] for episode in ward.timeline()] == ["normal", "overcurrent", "normal"]
    assert "" not in ward.table().values()


def test_half_a_backlog_that_was_judged_leaves_the_rest_empty(ward: Ward) -> None:
    ward.feed(*range(11, 1411))
    ward.work_off(pieces=1)
    table = ward.table()
    reached = max(seq for seq in range(11, 1410) if table[seq])
    assert {table[seq] for seq in range(11, reached + 1)} == {"normal"}
    assert {table[seq] for seq in range(reached + 1, 1410)} == {""}
    assert ward.timeline()[0][2] == reached * 0.2
    assert len(ward.timeline()) == 2
    ward.work_off()
    assert len(ward.timeline()) == 1


def test_late_readings_are_judged_too(ward: Ward) -> None:
    """A device that sends what is new first, and then what it kept."""
    ward.feed(*range(501, 521))
    for at in range(11, 501, 70):
        ward.feed(*range(at, min(at + 70, 501)), bad=range(100, 200))
        ward.work_off()
    found = [fault for fault, start, end in ward.timeline() if end is None or end - start > 1]
    faults = [fault for at, fault in enumerate(found) if at == 0 or found[at - 1] != fault]
    assert faults == ["normal", "overcurrent", "normal"]
    table = ward.table()
    assert {table[seq] for seq in range(115, 200)} == {"overcurrent"}
    assert {table[seq] for seq in range(215, 500)} <= {"normal", ""}


def test_a_late_reading_of_a_time_that_was_judged_makes_no_hole(ward: Ward) -> None:
    for at in range(11, 100, 10):
        ward.feed(*(seq for seq in range(at, at + 10) if seq not in range(40, 45)))
    ward.feed(*range(40, 45))
    ward.work_off()
    assert ward.timeline() == [("normal", ward.timeline()[0][1], None)]
    assert "" not in ward.table().values()


# ---------------------------------------------------------------- in its place


def span(ward: Ward, first: int, last: int) -> Span:
    return Span(
        device=ward.rig.device(), from_ms=ZERO_MS + first * 200, until_ms=ZERO_MS + last * 200
    )


@pytest.mark.slow
def test_devices_take_turns(ward: Ward) -> None:
    ward.feed(*range(1, 11), device="fan-02")
    ward.feed(*range(11, 1411))
    ward.feed(*range(11, 1411), device="fan-02")
    ward.work_off(pieces=4)
    asked = [windows[0].device for windows in ward.past.asked]
    assert asked == ["fan-01", "fan-02", "fan-01", "fan-02"]


def test_it_waits_while_a_backlog_is_drained(ward: Ward) -> None:
    ward.feed(*range(11, 150))
    ward.rig.pipeline.saturated = True

    async def awhile() -> None:
        task = asyncio.create_task(ward.backfill.run())
        await asyncio.sleep(0.05)
        assert ward.past.asked == []
        ward.rig.pipeline.saturated = False
        while ward.backfill._spans or not ward.past.asked:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(awhile())


def test_while_the_service_is_away_nothing_is_lost(ward: Ward) -> None:
    ward.feed(*range(11, 150))
    ward.past.away = ward.live.away = True
    ward.work_off(pieces=20)
    ward.past.away = ward.live.away = False
    ward.work_off()
    assert "" not in ward.table().values()


def test_readings_that_the_service_cannot_take_are_left(ward: Ward) -> None:
    ward.feed(*range(11, 150))
    ward.past.away = True
    ward.work_off(pieces=20)
    assert len(ward.past.asked) == backfill.MAX_FAILURES
    assert not ward.backfill._latest
    assert ward.table()[50] == ""


def test_spans_are_bounded(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "MAX_SPANS", 2)
    for first in (0, 100, 200):
        ward.backfill.note(span(ward, first, first + 20))
    assert [kept.from_ms for kept in ward.backfill._spans] == [ZERO_MS + 20_000, ZERO_MS + 40_000]


def test_what_lies_too_far_back_stays_unjudged(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "MAX_SPAN_MS", 20_000)
    ward.feed(*range(11, 251))
    ward.work_off()
    table = ward.table()
    assert {table[seq] for seq in range(11, 151)} == {""}
    assert {table[seq] for seq in range(151, 251)} == {"normal"}


def test_a_span_without_readings_is_finished(ward: Ward) -> None:
    ward.backfill.note(span(ward, 5000, 5100))
    ward.work_off()
    assert ward.past.asked == []
    assert not ward.backfill._latest


def test_a_journal_whose_rows_are_none_is_damaged_for_good(ward: Ward) -> None:
    ward.feed(*range(11, 150))
    path = ward.rig.directory / "journal.db"
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        connection.execute("UPDATE reading SET body = CAST(x'7bff7d' AS TEXT)")
    ward.backfill.note(span(ward, 0, 1_000))
    with pytest.raises(Damaged, match="cannot be read back"):
        ward.work_off()


def test_a_journal_that_cannot_be_read_is_tried_again(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ward.feed(*range(11, 150))
    there, ward.backfill._path = ward.backfill._path, tmp_path / "nowhere.db"
    os.mknod(ward.backfill._path, stat.S_IFSOCK | 0o600)  # it is there, and cannot be opened
    ward.live.away = True
    ward.work_off(pieces=2)
    ward.backfill._path, ward.live.away = there, False
    ward.work_off()
    assert "" not in ward.table().values()
