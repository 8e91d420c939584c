"""What devices say of themselves: taken, or refused with a sentence that helps whoever wrote it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import Rejected
from contract.messages import Birth
from gateway.ingest import announcements
from tests.gateway.boards import birth
from tests.gateway.rig import Rig, reading, telemetry

CHANNELS = 'channels must be a list such as [{"name": "temperature", "unit": "°C"}]; '
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"channels": {"temperature": "°C"}}, CHANNELS + "channels is an object"),
    ({"channels": ["rpm"]}, CHANNELS + "channels[0] is a text"),
    ({"channels": [{"unit": "rpm"}]}, CHANNELS + "channels[0] lacks 'name'"),
    ({"rate_hz": "5"}, "rate_hz must be a number of readings a second, or null; rate_hz is a text"),
    ({"virtual": "yes"}, "virtual must be true or false; virtual is a text"),
    ({"faults": [1]}, 'faults must be a list of texts such as ["overcurrent"]; faults[0] is a'),
    ({"update": {"state": 1}}, "update must be an object such as"),
    ({"asset": None}, 'asset must be the name of a type in the catalogue, such as "fan"; asset is'),
]


def refusal(payload: bytes) -> str:
    with pytest.raises(Rejected) as caught:
        announcements.birth(payload)
    return caught.value.detail


@pytest.mark.parametrize(("fields", "said"), REFUSED)
def test_a_refused_birth_names_the_field_first_and_the_shape_it_takes(
    fields: dict[str, Any], said: str
) -> None:
    assert refusal(json.dumps({"asset": "fan"} | fields).encode()).startswith(said)


def test_a_birth_that_is_no_birth_at_all_is_refused_in_words() -> None:
    assert refusal(b"{}").endswith("; asset is missing")
    assert refusal(b"[]") == "the message must be an object with named fields; it is a list"
    assert refusal(b"nope").startswith("it is no JSON")
    assert refusal(b'{"asset":"dragon"}').startswith(
        "There is no asset type 'dragon'. Known types: "
    )


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = st.sampled_from(Birth.__struct_fields__)


def refused_as(fields: dict[str, Any]) -> Rejected | None:
    try:
        announcements.birth(json.dumps(fields).encode())
    except Rejected as rejected:
        return rejected
    return None


@given(st.dictionaries(_FIELDS, _VALUES, max_size=4))
def test_no_sentence_shows_how_it_was_parsed(fields: dict[str, Any]) -> None:
    refused = refused_as(fields)
    if refused and refused.reason == "bad_birth" and "no JSON" not in refused.detail:
        assert " must be " in refused.detail
        assert "`" not in refused.detail
        assert "$" not in refused.detail


def test_what_the_broker_keeps_is_refused_once(rig: Rig) -> None:
    kept = birth("fan-01", retain=True, channels={})
    rig.take(telemetry("fan-01", reading(1)), birth("fan-01", channels={}))
    rig.take(kept)
    for _ in range(3):
        rig.again().take(kept)
    assert rig.reasons() == ["bad_birth"]
    assert rig.device().counts.quarantined == 1
    told = rig.device().birth_refused
    assert told is not None
    assert told.startswith("channels must be a list")


def test_another_refused_birth_is_kept_and_a_good_one_ends_it(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1)), birth("fan-01", retain=True, channels={}))
    rig.take(birth("fan-01", retain=True, channels=3))
    assert rig.reasons() == ["bad_birth", "bad_birth"]
    rig.take(birth("fan-02", retain=True, channels={}))
    rig.take(birth("fan-02", retain=True, channels={}))  # of a device that nobody knows
    assert rig.reasons() == ["bad_birth"] * 3
    rig.take(birth("fan-01", model="good"))
    device = rig.device()
    assert device.birth_refused is None
    assert device.birth is not None
    rig.take(birth("fan-01", channels={}))
    assert device.birth.model == "good"
    assert device.birth_refused is not None
