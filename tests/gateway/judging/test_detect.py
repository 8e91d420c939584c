"""What is sent to be judged, what a judgement becomes, and when it is stale."""

import msgspec
import pytest

from contract import diagnosing as detect
from contract.diagnosing import Window
from contract.messages import Diagnosis, Prediction, Reason
from tests.gateway.builders import T0, diagnosis


def window(device: str, newest_ms: int, row: tuple[float, ...] = (1.0,)) -> Window:
    return Window(device, [newest_ms - 200, newest_ms], [row, row])


def test_a_window_travels_as_json() -> None:
    encoded = msgspec.json.encode(window("a", 1000))
    assert encoded == b'{"device":"a","time_ms":[800,1000],"rows":[[1.0],[1.0]]}'


def test_a_diagnosis_is_the_prediction_with_device_and_times() -> None:
    reasons = [Reason("heat", 0.8, "heat is 90 °C")]
    prediction = Prediction(1, "Jam", "jam", 0.9, "High", "Free it.", reasons, 0.2, "drill-1")
    found = detect.diagnosis_of(window("a", T0), prediction, judged_ms=T0 + 7)
    assert (found.device, found.time_ms, found.judged_ms, found.stale) == ("a", T0, T0 + 7, False)
    shared = msgspec.structs.asdict(prediction)
    assert {name: getattr(found, name) for name in shared} == shared


TOLD = diagnosis(0, "normal")


@pytest.mark.parametrize(
    ("at_ms", "previous", "certain"),
    [
        (200, diagnosis(0, "normal"), False),
        (400, diagnosis(200, "jam"), True),
        (400, diagnosis(200, "unknown"), False),
        (400, diagnosis(400, "jam"), False),  # the same window, judged twice
        (200, None, False),
        (1000, None, True),  # nobody to ask within a second
    ],
)
def test_another_class_is_told_when_two_windows_agree(
    at_ms: int, previous: Diagnosis | None, *, certain: bool
) -> None:
    assert detect.is_certain(diagnosis(at_ms, "jam"), previous=previous, told=TOLD) is certain


def test_the_first_judgement_the_same_class_and_one_after_a_silence_are_told() -> None:
    jam = diagnosis(200, "jam")
    assert detect.is_certain(jam, previous=None, told=None)
    assert detect.is_certain(jam, previous=None, told=diagnosis(0, "jam"))
    assert detect.is_certain(jam, previous=None, told=diagnosis(0, "normal", stale=True))


@pytest.mark.parametrize(("lag_ms", "stale"), [(-1000, False), (5000, False), (5001, True)])
def test_a_diagnosis_is_stale_five_seconds_behind_the_readings(lag_ms: int, *, stale: bool) -> None:
    marked = detect.stale_diagnosis(diagnosis(0, "jam"), newest_ms=T0 + lag_ms)
    assert (marked is not None) is stale
    if marked is not None:
        assert marked == diagnosis(0, "jam", stale=True)


def test_a_diagnosis_becomes_stale_once() -> None:
    stale = diagnosis(0, "jam", stale=True)
    assert detect.stale_diagnosis(stale, newest_ms=T0 + 60_000) is None


@pytest.mark.parametrize(
    ("gap_ms", "missed", "hole"),
    [(3000, True, False), (3001, True, True), (15_000, False, False), (15_001, False, True)],
)
def test_a_hole_is_longer_than_a_window_or_than_boards_are_silent(
    gap_ms: int, *, missed: bool, hole: bool
) -> None:
    assert detect.is_hole(from_ms=T0, to_ms=T0 + gap_ms, missed=missed) is hole


def test_an_end_is_what_was_told_at_the_time_of_the_last_judgement() -> None:
    assert detect.ended(TOLD, time_ms=T0 + 400) == diagnosis(
        0, "normal", time_ms=T0 + 400, stale=True
    )
