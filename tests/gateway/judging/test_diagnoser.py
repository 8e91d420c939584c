"""When a device is judged, and when its last diagnosis is called stale."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from contract.assets.words import Asset
from contract.diagnosing import STALE_AFTER_MS, Window
from contract.errors import NotServed, Unavailable
from contract.messages import Diagnosis, Prediction
from gateway.judging.backfill import Span
from gateway.judging.diagnoser import Diagnoser
from gateway.twin.fleet import Device
from tests.gateway.rig import NOW_MS, Rig, message, reading, telemetry


class Service:
    """In the place of the classifier: judges everything as told, or is away."""

    pause_s = 0.0

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fault = "normal"
        self.away = False
        self.unserved = ""  # why this type is not judged
        self.retry_s = 30.0

    async def predict(self, asset: Asset, windows: Sequence[Window]) -> list[Prediction]:
        self.asked.append([window.device for window in windows])
        if self.away:
            raise Unavailable("away")
        if self.unserved:
            raise NotServed(self.unserved, retry_s=self.retry_s)
        return [
            Prediction(0, "Normal", self.fault, 0.9, "None", "Nothing.", [], 0.0, asset.name)
            for _ in windows
        ]


class Ward:
    """A diagnoser over the rig, run until it has nothing to do."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig = rig
        self.service = Service()
        self.published: list[Diagnosis] = []
        self.missed: list[Span] = []

        async def post(diagnoses: Any) -> None:
            self.published += diagnoses

        monkeypatch.setattr(rig.publisher, "post_diagnoses", post)
        monkeypatch.setattr("gateway.judging.diagnoser.REPEAT_S", 0.0)
        self.diagnoser = Diagnoser(
            classifier=self.service,  # type: ignore[arg-type]
            pipeline=rig.pipeline,
            publisher=rig.publisher,
            metrics=rig.metrics,
            missed=self.missed.append,
            now_ms=lambda: rig.now_ms,
        )
        self._judge = self.diagnoser._judge
        monkeypatch.setattr(self.diagnoser, "_judge", self._judge_whole)

    async def _judge_whole(self, asset: Asset, devices: list[Device]) -> None:
        async with self._judging:
            await self._judge(asset, devices)

    def look(self) -> list[Diagnosis]:
        """Judge every device once; returns what was published."""

        async def once() -> None:
            self._judging = asyncio.Lock()  # held until what was judged is stored as well
            self.diagnoser._something = asyncio.Event()  # an event belongs to one loop
            self.diagnoser.note(self.rig.fleet)
            task = asyncio.create_task(self.diagnoser.run())
            await asyncio.sleep(0.02)
            async with self._judging:
                task.cancel()

        self.published.clear()
        asyncio.run(once())
        return list(self.published)


def ward_of(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Ward:
    """With twenty readings of one fan."""
    rig.take(telemetry("fan-01", *(reading(seq) for seq in range(1, 21))))
    return Ward(rig, monkeypatch)


@pytest.fixture
def ward(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Ward:
    return ward_of(rig, monkeypatch)


def test_a_window_becomes_a_diagnosis_published_and_stored(ward: Ward) -> None:
    [diagnosis] = ward.look()
    assert (diagnosis.device, diagnosis.fault, diagnosis.stale) == ("fan-01", "normal", False)
    assert diagnosis.time_ms == reading(20)["time_ms"]
    assert ward.rig.rows("SELECT fault, changed FROM diagnosis") == [("normal", 1)]


def test_a_device_without_readings_is_not_asked_about(ward: Ward) -> None:
    ward.rig.take(message("fan-02", "birth", {"asset": "fan"}))
    ward.look()
    assert ward.service.asked[0] == ["fan-01"]
    ward.rig.fleet.remove("fan-01")
    ward.service.asked.clear()
    ward.look()
    assert ward.service.asked == [], "a request without windows would be refused"


def test_while_nothing_newer_comes_a_diagnosis_is_not_stale_however_long(ward: Ward) -> None:
    ward.look()
    ward.service.away = True
    ward.rig.now_ms += 3_600_000
    assert ward.look() == []


def test_readings_that_nobody_judges_make_it_stale_once(ward: Ward) -> None:
    ward.look()
    ward.service.away = True
    judged_ms = reading(20)["time_ms"]
    ward.rig.take(telemetry("fan-01", reading(21, time_ms=judged_ms + STALE_AFTER_MS)))
    assert ward.look() == []
    ward.rig.take(telemetry("fan-01", reading(22, time_ms=judged_ms + STALE_AFTER_MS + 1)))
    [marked] = {diagnosis.stale for diagnosis in ward.look()}
    assert marked
    assert ward.look() == []
    ward.service.away = False
    assert ward.look()[0].stale is False


def test_a_board_whose_clock_is_behind_is_judged_by_its_own_times(ward: Ward) -> None:
    """By the gateway's clock its diagnosis would be stale from the start."""
    yesterday_ms = NOW_MS - 86_400_000
    items = [reading(seq, time_ms=yesterday_ms + seq * 200) for seq in range(1, 21)]
    ward.rig.take(telemetry("late", *items))
    ward.look()
    ward.service.away = True
    assert [d for d in ward.look() if d.device == "late"] == []


def test_a_change_of_class_is_stored_and_its_repetition_is_not(ward: Ward) -> None:
    ward.look()
    ward.service.fault = "overcurrent"
    for seq in (21, 22, 23):
        ward.rig.take(telemetry("fan-01", reading(seq)))
        ward.look()
    assert ward.rig.rows("SELECT fault, changed FROM diagnosis ORDER BY id") == [
        ("normal", 1),
        ("overcurrent", 1),
    ]


def test_one_odd_window_is_not_told(ward: Ward) -> None:
    ward.look()
    told = []
    for seq, fault in ((21, "normal"), (22, "jam"), (23, "normal"), (24, "jam"), (25, "jam")):
        ward.service.fault = fault
        ward.rig.take(telemetry("fan-01", reading(seq)))
        told.append([diagnosis.fault for diagnosis in ward.look()])
    assert told == [["normal"], [], ["normal"], [], ["jam"]]
    assert [row[0] for row in ward.rig.rows("SELECT fault FROM diagnosis")] == ["normal", "jam"]


# ---------------------------------------------------------------- what nobody judged


def stored(ward: Ward) -> list[tuple[int, str, bool]]:
    """(seq of the reading, fault, whether it is an end) of every row, in order of being stored."""
    sql = "SELECT (time_ms - ?) / 200, fault, body ->> 'stale' FROM diagnosis ORDER BY id"
    rows = ward.rig.rows(sql, reading(0)["time_ms"])
    return [(seq, fault, bool(stale)) for seq, fault, stale in rows]


def spans(ward: Ward) -> list[tuple[int, int, bool]]:
    zero_ms = reading(0)["time_ms"]
    return [
        ((span.from_ms - zero_ms) // 200, (span.until_ms - zero_ms) // 200, span.joins)
        for span in ward.missed
    ]


def begin(ward: Ward) -> None:
    """A first look, and what it misses forgotten."""
    ward.look()
    ward.missed.clear()


def feed(ward: Ward, first: int, last: int, **changes: Any) -> None:
    """Readings from ``first`` to ``last`` in messages of one batch, then a look."""
    seqs = range(first, last + 1)
    messages = [
        telemetry("fan-01", *(reading(seq, **changes) for seq in seqs[at : at + 20]))
        for at in range(0, len(seqs), 20)
    ]
    ward.rig.take(*messages)
    ward.look()


def test_a_jump_stores_where_judging_ended_and_is_noted(ward: Ward) -> None:
    begin(ward)
    feed(ward, 21, 25)
    feed(ward, 26, 125)
    assert stored(ward) == [(20, "normal", False), (25, "normal", True), (125, "normal", False)]
    assert spans(ward) == [(25, 125, True)]
    assert ward.missed[0].before is not None
    assert ward.missed[0].before.fault == "normal"


def test_readings_less_than_a_window_apart_are_no_jump(ward: Ward) -> None:
    begin(ward)
    feed(ward, 21, 35)
    assert stored(ward) == [(20, "normal", False)]
    assert spans(ward) == []


def test_a_board_that_sends_every_ten_seconds_has_no_holes(ward: Ward) -> None:
    begin(ward)
    ward.rig.now_ms += 60_000
    for at in range(1, 8):
        feed(ward, 20 + at, 20 + at, time_ms=reading(20)["time_ms"] + at * 10_000)
    assert spans(ward) == []
    assert [row[2] for row in stored(ward)] == [False, False]
    assert stored(ward)[1][0] - stored(ward)[0][0] == 300, "once a minute of the board's time"


def test_a_board_that_was_silent_leaves_a_hole_with_nothing_to_judge(ward: Ward) -> None:
    begin(ward)
    feed(ward, 21, 21, time_ms=reading(20)["time_ms"] + 15_001)
    assert spans(ward) == []
    assert [row[1:] for row in stored(ward)] == [
        ("normal", False),
        ("normal", True),
        ("normal", False),
    ]


def test_a_device_that_comes_with_a_past_has_all_of_it_judged(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = Ward(rig, monkeypatch)
    feed(ward, 1, 100)
    [span] = ward.missed
    assert (span.from_ms, span.until_ms, span.before) == (0, reading(100)["time_ms"], None)


def test_late_readings_are_noted_and_a_little_disorder_is_not(ward: Ward) -> None:
    feed(ward, 121, 140)
    ward.missed.clear()
    feed(ward, 100, 119)
    assert spans(ward) == [(99, 119, False)]
    ward.missed.clear()
    feed(ward, 120, 120, time_ms=reading(140)["time_ms"] - 1000)
    assert spans(ward) == []


def test_judging_ends_when_the_service_goes_away(ward: Ward) -> None:
    begin(ward)
    feed(ward, 21, 22)
    ward.service.away = True
    feed(ward, 23, 60)
    assert stored(ward) == [(20, "normal", False), (22, "normal", True)]
    ward.service.away = False
    feed(ward, 61, 61)
    assert stored(ward)[-1] == (61, "normal", False)
    assert spans(ward) == [(22, 61, True)]


def test_a_restart_goes_on_from_the_last_row(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    ward.look()
    again = Ward(ward.rig.again(), monkeypatch)
    feed(again, 21, 100)
    assert stored(again) == [
        (20, "normal", False),
        (20, "normal", True),
        (100, "normal", False),
    ]
    assert spans(again) == [(20, 100, True)]
