"""What boards say of their settings: taken, kept over a restart, or refused with a sentence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Rejected
from gateway.ingest import announcements
from gateway.twin.device_settings import Wanted
from tests.gateway.rig import EPOCH, Rig, message, reading, telemetry


def arrive(rig: Rig) -> None:
    rig.take(message("fan-01", "birth", {"asset": "fan", "epoch": EPOCH}))
    rig.take(telemetry("fan-01", reading(1)))


def test_what_a_board_reports_is_shown_and_there_after_a_crash(rig: Rig) -> None:
    arrive(rig)
    rig.take(message("fan-01", "reported", {"rate_hz": 5.0}))
    at_ms = rig.now_ms
    rig.now_ms += 60_000
    rig.again()
    rig.take(message("fan-01", "reported", {"rate_hz": 5.0}, retain=True))  # the broker kept it
    rig.device().settings.wanted = {"rate_hz": Wanted(2.0, 5, "Sam")}
    shown = rig.device().settings.shown()["rate_hz"]
    assert (shown.reported, shown.differs_since_ms) == (5.0, at_ms)


def test_of_two_words_in_one_batch_the_last_counts(rig: Rig) -> None:
    arrive(rig)
    words = ({"rate_hz": 5.0}, {"rate_hz": 2.0, "refused": {"set_point": "it has none"}})
    rig.take(*(message("fan-01", "reported", each) for each in words))
    reported = rig.device().settings.reported
    assert {name: said.value for name, said in reported.values.items()} == {"rate_hz": 2.0}
    assert reported.refused == {"set_point": "it has none"}


def test_a_word_that_came_with_its_birth_counts(rig: Rig) -> None:
    rig.take(
        message("fan-01", "birth", {"asset": "fan", "epoch": EPOCH}),
        message("fan-01", "reported", {"rate_hz": 5.0}),
    )
    assert rig.device().settings.shown()["rate_hz"].reported == 5.0


@pytest.mark.parametrize(
    "payload",
    [
        b"[]", b"{", b'{"rate_hz": null}', b'{"rate_hz": [1]}', b'{"refused": "all"}',
        b'{"refused": {"rate_hz": 1}}', b'{"other": {"a": "b"}}',
        json.dumps({str(n): n for n in range(33)}).encode(),
        json.dumps({"mode": "x" * 201}).encode(),
    ],
)  # fmt: skip
def test_a_word_of_another_shape_is_in_quarantine(rig: Rig, payload: bytes) -> None:
    arrive(rig)
    rig.take(message("fan-01", "reported", {"rate_hz": 5.0}))
    rig.take(message("fan-01", "reported", payload))
    assert rig.reasons() == ["bad_reported"]
    assert rig.device().settings.shown()["rate_hz"].reported == 5.0


@given(st.binary(max_size=80) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_comes_is_a_report_or_refused(payload: bytes) -> None:
    try:
        values, refused = announcements.reported(payload)
    except Rejected as rejected:
        reason = rejected.reason
    else:
        reason = "bad_reported"
        assert all(isinstance(value, float | bool | str) for value in values.values())
        assert all(isinstance(text, str) for text in refused.values())
    assert reason == "bad_reported"
