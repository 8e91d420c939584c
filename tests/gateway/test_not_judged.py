"""What cannot be judged is said to be so, and disturbs nobody."""

import pytest

from tests.gateway.rig import NOW_MS, Rig, reading, telemetry
from tests.gateway.test_diagnoser import Ward, ward_of


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
    assert device.alarms == {}
    assert rig.rows("SELECT DISTINCT fault FROM diagnosis") == [("normal",)]


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
