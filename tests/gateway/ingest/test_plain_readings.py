"""The short way through validation gives what the long way gives, or nothing at all."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Reading
from gateway.ingest import validate

READING: dict[str, Any] = {
    "epoch": "9f2c41aa-7",
    "seq": 1041,
    "time_ms": 1_763_629_200_123,
    "values": {"temperature": 41.2, "rpm": 1187, "current": 1.08, "vibration": 0.82},
    "truth": "normal",
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1, 2**32, 1.5, "", "unsequenced", "a:b", "x" * 33, "é"]),
    st.dictionaries(st.sampled_from(["t", "a:b", ""]), st.one_of(st.none(), st.floats())),
)
FIELDS = st.sampled_from([*READING, "oldest", "other"])
WHOLE = json.dumps(READING, separators=(",", ":")).encode()


def agree(payload: bytes) -> None:
    plain = validate._plain_reading(payload)
    assert plain is None or plain == validate._any_item(payload)


def test_the_contract_s_own_reading_is_plain() -> None:
    assert validate._plain_reading(WHOLE) == Reading(**READING)


@given(fields=st.dictionaries(FIELDS, ODD), without=st.sets(FIELDS))
def test_odd_fields(fields: dict[str, object], without: set[str]) -> None:
    changed = {k: v for k, v in {**READING, **fields}.items() if k not in without}
    agree(json.dumps(changed).encode())


@given(
    at=st.integers(0, len(WHOLE)),
    cut=st.integers(0, 20),
    put=st.one_of(
        st.binary(max_size=4), st.sampled_from([b'"seq":2,', b'"epoch":"x",', b":", b'"o":1,'])
    ),
)
def test_spoiled_bytes(at: int, cut: int, put: bytes) -> None:
    agree(WHOLE[:at] + put + WHOLE[at + cut :])


@given(key=st.sampled_from(list(READING)))
def test_a_key_that_stands_twice_is_never_plain(key: str) -> None:
    again = json.dumps({key: READING[key]})[1:-1]
    assert validate._plain_reading(b"{" + again.encode() + b"," + WHOLE[1:]) is None
