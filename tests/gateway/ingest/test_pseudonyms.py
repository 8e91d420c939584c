"""Nothing that is stored or told names a person, whatever a board sends; the same one stays so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get
from gateway.ingest.pseudonyms import FILE, Pseudonyms, key_of, personal_names
from tests.gateway.rig import Rig, message, reading, telemetry

NAME, PERSON = "lab-01", "Ada Brandt"
KEY = b"k" * 32
VALUES = {
    "temperature": 38.0,
    "vibration": 0.9,
    "sample_time": 75.0,
    "samples": 100,
    "state": "running",
}
PERSONAL = get("instrument").personal
TABLES = ("reading", "quarantine", "twin", "minute", "device")
names = st.text(min_size=1, max_size=64).filter(lambda text: bool(text.strip()))


def told(rig: Rig) -> str:
    """All that there is of it to be shown or carried on."""
    rig.checkpoint()
    rows = [rig.rows(f"SELECT * FROM {table}") for table in TABLES]
    device = rig.device(NAME)
    state = device.twin.state(now_ms=rig.now_ms, status="online", sequenced=True)
    return f"{rows} {state} {rig.published}"


def send(rig: Rig, seq: int, /, **values: Any) -> None:
    rig.take(telemetry(NAME, reading(seq, values=VALUES | values)))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, pseudonyms=Pseudonyms(KEY)) as rig:
        yield with_an_instrument(rig)


def with_an_instrument(rig: Rig) -> Rig:
    rig.take(message(NAME, "birth", {"asset": "instrument"}))
    return rig


def test_a_person_is_stored_and_told_under_a_pseudonym(rig: Rig) -> None:
    send(rig, 1, operator=PERSON)
    event = {"duration": 75.0, "right": 1, "operator": PERSON}
    rig.take(telemetry(NAME, reading(2, values=event, event="sample")))
    assert PERSON not in told(rig)
    known = rig.device(NAME).twin.state(now_ms=rig.now_ms, status="online", sequenced=True)
    assert known.values["operator"] == Pseudonyms(KEY).of(PERSON)


@pytest.mark.parametrize(
    "values",
    [
        {"operator": PERSON, "temperature": "warm"},
        {"Operator": PERSON},  # no label of the type
        {"operator": [PERSON]},
        {"operator": {"name": PERSON}},
        {"operator": PERSON * 10},  # longer than a text may be
    ],
)
def test_nor_is_a_name_in_what_is_set_aside(rig: Rig, values: dict[str, Any]) -> None:
    send(rig, 1, **values)
    assert PERSON not in told(rig)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"epoch":"a-1","seq":0,"values":{"operator":"Ada Brandt"}}',
        b'{"epoch":"a-1","seq":1,"values":{"operator" : "Ada Brandt", "temperature":',
        b'{"epoch":"a-1","seq":1,"values":{"OPERATOR":"Ada Brandt',
        b'{"epoch":"a-1","seq":1,"event":"a b","values":{"operator":"Ada Brandt"}}',
        b'{"epoch":"a-1","seq":0,"values":{"operator":["Ada Brandt"],"temperature":38.0}}',
        b'{"epoch":"a-1","seq":0,"values":{"operator":{"name":"Ada Brandt"}}}',
        b'{"epoch":"a-1","seq":0,"values":{"operator":{"all":["Ada Brandt"]}}}',
        b'{"epoch":"a-1","seq":0,"values":{"operator":["a","Ada Brandt',
    ],
)
def test_nor_in_what_is_refused(rig: Rig, payload: bytes) -> None:
    rig.take(message(NAME, "telemetry", payload))
    assert rig.reasons() != []
    assert PERSON not in told(rig)


def test_a_repeat_is_a_repeat_though_it_names_somebody(rig: Rig) -> None:
    for _ in range(2):
        send(rig, 1, operator=PERSON)
    assert rig.device(NAME).counts.duplicates == 1


def test_people_are_called_by_name_where_the_site_wants_that(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        send(with_an_instrument(rig), 1, operator=PERSON)
        assert PERSON in told(rig)


@given(names, names)
def test_the_same_person_has_the_same_one_and_another_another(one: str, other: str) -> None:
    people = Pseudonyms(KEY)
    same = " ".join(one.split()) == " ".join(other.split())
    assert (people.of(one) == people.of(other)) is same
    assert people.of(people.of(one)) == people.of(one)
    assert Pseudonyms(b"o" * 32).of(one) != people.of(one)


@given(names, st.sampled_from(("operator", "Operator", "OPERATOR")))
def test_of_a_message_that_is_kept_raw_the_rest_stays(name: str, label: str) -> None:
    people = Pseudonyms(KEY)
    for value in (name, [name], {"name": name}):
        raw = json.dumps({"values": {label: value, "temperature": 38.0}}).encode()
        shown = json.loads(people.hide_raw(raw, PERSONAL))
        told = people.of(value if isinstance(value, str) else json.dumps(value))
        assert shown == {"values": {label: told, "temperature": 38.0}}


def test_the_key_is_made_once_and_of_its_owner_alone(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    assert key_of(tmp_path) == key
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).write_bytes(b"short")
    with pytest.raises(ValueError, match="bring it back from a backup"):
        key_of(tmp_path)


def test_what_any_type_calls_a_person_is_hidden_of_a_board_that_nobody_knows() -> None:
    assert "operator" in personal_names()
