"""The shared vectors, against both codecs; and JSON, read as Python reads it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import payload
from tests.firmware.uno_r4.toolchain import Talk
from tests.fixtures import payload_vectors

FILE = Path(payload_vectors.__file__).with_suffix(".json")
VECTORS: dict[str, Any] = json.loads(FILE.read_text())
NO_TRUTH = 255
MOST_DEPTH = 6


def line(vector: dict[str, Any]) -> str:
    truths = VECTORS["truths"]
    truth = NO_TRUTH if vector["truth"] is None else truths.index(vector["truth"])
    values = " ".join(repr(vector["values"][name]) for name in VECTORS["channels"])
    numbers = f"{vector['seq']} {vector['time_ms']} {vector.get('period_ms', 0)}"
    return f"reading {vector['epoch']} {numbers} {truth} {values}"


def test_the_file_is_what_the_documented_command_writes() -> None:
    assert json.loads(json.dumps(payload_vectors.make())) == VECTORS


@pytest.mark.parametrize("kind", ["edge", "fan", "rates"])
def test_the_python_codec_makes_these_bytes(kind: str) -> None:
    for vector in VECTORS["readings"][kind]:
        assert payload_vectors.encode(vector) == vector["json"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("edge", ()), ("fan", ()), ("rates", ()), ("fan", ("float",)), ("rates", ("float",))],
    ids=str,
)
def test_the_cpp_codec_makes_these_bytes(
    talk: Callable[..., Talk], kind: str, arguments: tuple[str, ...]
) -> None:
    program = talk("codec", *arguments)
    for vector in VECTORS["readings"][kind]:
        assert program.ask(line(vector)) == vector["json"]


@pytest.mark.slow
def test_floors_are_the_same_bytes(talk: Callable[..., Talk]) -> None:
    program = talk("codec")
    for floor in VECTORS["floors"]:
        epoch, oldest = floor["epoch"], floor["oldest"]
        assert payload.floor(epoch, oldest).decode() == floor["json"]
        assert program.ask(f"floor {epoch} {oldest}") == floor["json"]


def test_acks_are_understood_and_rubbish_is_not(talk: Callable[..., Talk]) -> None:
    program = talk("codec")
    for vector in VECTORS["acks"]:
        epoch, seq = vector["ack"]
        assert payload.watermark(vector["payload"].encode()) == (epoch, seq)
        assert program.ask("ack " + vector["payload"].encode().hex()) == f"{epoch} {seq}"
    for text in VECTORS["no_acks"]:
        with pytest.raises(ValueError):  # noqa: PT011 - json's own text for some
            payload.watermark(text.encode())
        assert program.ask("ack " + (text.encode().hex() or "5b")) == "none"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "3e9", "-3e9"])
def test_a_sensor_that_gives_no_number_is_named(talk: Callable[..., Talk], value: str) -> None:
    assert talk("codec").ask(f"reading a-1 1 0 0 0 1 {value} 1 1 1") == "bad rpm"


def _refuse(name: str) -> None:
    raise ValueError(name)


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def python_reads(data: bytes) -> bool:
    """Whether Python's parser takes it; NaN and Infinity, which are not JSON, excepted."""
    try:
        value = json.loads(data.decode(), parse_constant=_refuse, parse_int=str)
    except ValueError:
        return False
    return _depth(value) <= MOST_DEPTH


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


@st.composite
def almost_json(draw: st.DrawFn) -> bytes:
    """A document, often with a few bytes changed, cut out or put in."""
    data = bytearray(json.dumps(draw(DOCUMENTS), ensure_ascii=draw(st.booleans())).encode())
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from([b"", b'"', b"\\", b"[", b"}", b",", b"0", b"-", b".", b"e", b" "])
            | st.binary(max_size=2)
        )
    return bytes(data)


@given(data=almost_json() | st.binary(max_size=12))
def test_what_is_json_is_what_python_calls_so(json_program: Talk, data: bytes) -> None:
    if b"Infinity" not in data and len(data) < 3000:
        assert (json_program.ask("json " + data.hex()) == "yes") is python_reads(data)


EDGES_OF_UTF8 = (
    "c080 c1bf c280 dfbf c2 c2c2 e08080 e09fbf e0a080 ed9fbf eda080 edbfbf efbfbf e0a0 e0a0c0 "
    "f0808080 f08fbfbf f0908080 f48fbfbf f4908080 f5808080 ff 80 f09080 f0908028"
)


@pytest.mark.parametrize("character", EDGES_OF_UTF8.split())
def test_only_well_formed_utf8_is_text(json_program: Talk, character: str) -> None:
    data = b'"' + bytes.fromhex(character) + b'"'
    assert (json_program.ask("json " + data.hex()) == "yes") is python_reads(data)


@pytest.fixture(scope="module")
def json_program(talk: Callable[..., Talk]) -> Talk:
    return talk("codec")
