"""What cannot be judged is said to be so, and disturbs nobody."""

from typing import Any

import pytest

from contract.diagnosing import STALE_AFTER_MS
from contract.messages import State
from tests.gateway.judging.test_diagnoser import Ward, begin, feed, stored, ward_of
from tests.gateway.rig import NOW_MS, VALUES, Rig, reading, telemetry


@pytest.fixture
def ward(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Ward:
    return ward_of(rig, monkeypatch)


# ---------------------------------------------------------------- types that nobody trained


def test_a_type_without_a_model_says_so_and_is_not_asked_about_again_and_again(
    ward: Ward,
) -> None:
    ward.service.unserved = "No model of fan is served: run `python -m inference train`."
    for seq in range(21, 26):
        ward.rig.take(telemetry("fan-01", reading(seq)))
        ward.look()
    assert len(ward.service.asked) == 1
    assert ward.rig.fleet.get("fan-01").not_judged == ward.service.unserved


def test_a_type_that_is_trained_meanwhile_is_judged_without_a_new_reading(ward: Ward) -> None:
    ward.service.unserved, ward.service.retry_s = "No model yet.", 0.0
    ward.look()
    ward.service.unserved = ""
    assert [diagnosis.fault for diagnosis in ward.look()] == ["normal"]
    assert ward.rig.fleet.get("fan-01").not_judged is None


# ---------------------------------------------------------------- too slow to judge


def test_a_board_that_reads_once_a_minute_is_told_of_once_and_nobody_is_asked(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = Ward(rig, monkeypatch)
    told = []
    for seq in range(1, 6):
        rig.take(telemetry("fan-01", reading(seq, time_ms=NOW_MS - (6 - seq) * 60_000)))
        told += ward.look()
    assert [len(asked) for asked in ward.service.asked] == [1], "one reading shows no rate"
    assert [diagnosis.fault for diagnosis in told] == ["normal", "not_judged"]
    assert (told[-1].fault_label, told[-1].severity) == ("Too slow to judge", "None")
    device = rig.fleet.get("fan-01")
    assert device.not_judged is not None
    assert "too rarely" in device.not_judged
    assert device.not_judged == told[-1].advice == state_of(rig).not_judged
    assert device.alarms == {}
    assert rig.rows("SELECT DISTINCT fault FROM diagnosis") == [("normal",)]


def state_of(rig: Rig) -> State:
    return rig.device().twin.state(now_ms=rig.now_ms, status="online", sequenced=True)


def test_it_is_judged_when_it_reads_faster(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ward = Ward(rig, monkeypatch)
    for seq in range(1, 6):
        rig.take(telemetry("fan-01", reading(seq, time_ms=NOW_MS - (8 - seq) * 60_000)))
        ward.look()
    for seq in range(6, 26):
        rig.take(telemetry("fan-01", reading(seq, time_ms=NOW_MS - (26 - seq) * 200)))
        ward.look()
    assert rig.fleet.get("fan-01").not_judged is None
    assert ward.look()[-1].fault == "normal"


# ---------------------------------------------------------------- a channel is set aside

BAD: dict[str, Any] = {"values": {**VALUES, "temperature": -127.0}}


def test_a_channel_that_is_set_aside_ends_what_was_told(ward: Ward) -> None:
    begin(ward)
    told = []
    for seq in range(21, 61):
        ward.rig.take(telemetry("fan-01", reading(seq, **BAD)))
        told += ward.look()
    [end] = told
    device = ward.rig.device()
    assert (end.fault, end.fault_label, end.stale) == ("not_judged", "Not judged", False)
    assert "without temperature" in end.advice
    assert end.advice == device.not_judged == state_of(ward.rig).not_judged
    assert end.time_ms - reading(20)["time_ms"] == STALE_AFTER_MS + 200
    assert stored(ward) == [(20, "normal", False), (20, "normal", True)]


def test_it_is_judged_again_when_the_channel_is_back(ward: Ward) -> None:
    begin(ward)
    feed(ward, 21, 60, **BAD)
    for seq in (61, 62):
        feed(ward, seq, seq)
    assert ward.rig.device().not_judged is None
    assert ward.published[-1].fault == "normal"
    assert stored(ward)[-1] == (62, "normal", False)


@pytest.mark.slow
def test_one_bad_reading_ends_nothing(ward: Ward) -> None:
    begin(ward)
    for seq in range(21, 61):
        feed(ward, seq, seq, **(BAD if seq % 5 == 0 else {}))
    assert ward.rig.device().not_judged is None
    assert {fault for _, fault, _ in stored(ward)} == {"normal"}


def test_an_alarm_does_not_outlast_its_judge(ward: Ward) -> None:
    ward.service.fault = "overcurrent"
    for seq in range(21, 31):
        feed(ward, seq, seq)
    assert [alarm.name for alarm in ward.rig.device().alarms.values()] == ["fault_overcurrent"]
    feed(ward, 31, 70, **BAD)
    assert ward.rig.device().alarms == {}
    assert ward.rig.device().twin.book.open_alarms == []
