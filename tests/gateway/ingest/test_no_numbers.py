"""NaN, inf and their like, as many a JSON library writes them: nothing beside them suffers."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from contract.errors import Rejected
from contract.messages import Reading
from gateway.ingest.no_numbers import marked
from gateway.ingest.payloads import own_items
from gateway.ingest.validate import MAX_PAYLOAD_BYTES, decode
from gateway.twin.checker import Checker
from tests.gateway.rig import VALUES, Rig, reading, telemetry

# Of Python and JavaScript, of C's printf on most systems and on Windows.
WORDS = ["NaN", "Infinity", "-Infinity", "nan", "-nan", "inf", "-inf", "INF", "NAN", "+inf"]
WORDS += ["-nan(ind)", "nan(0x8000)", "undefined", "None"]


def odd(seq: int, word: str, channel: str = "temperature") -> bytes:
    """A reading with a channel that is no number."""
    text = json.dumps(reading(seq, values={**VALUES, channel: "@"}))
    return text.replace('"@"', word).encode()


def listed(*items: bytes) -> bytes:
    return b"[" + b", ".join(items) + b"]"


@pytest.mark.parametrize("word", WORDS)
def test_it_costs_its_own_channel_alone(rig: Rig, word: str) -> None:
    rig.take(telemetry("fan-01", reading(1)), telemetry("fan-01", odd(2, word)))
    rig.take(telemetry("fan-01", reading(3)))
    assert rig.watermark() == 3
    assert rig.rows("SELECT seq FROM reading") == [(1,), (2,), (3,)]
    [(body, aside)] = rig.rows("SELECT body, aside FROM reading WHERE seq = 2")
    assert json.loads(body) == {name: VALUES[name] for name in VALUES if name != "temperature"}
    assert f"temperature is {word}, not a number" in aside


def test_of_a_list_each_reading_keeps_the_rest(rig: Rig) -> None:
    items = [odd(1, "nan"), json.dumps(reading(2)).encode(), odd(3, "-inf", "rpm")]
    rig.take(telemetry("fan-01", listed(*items)))
    assert rig.watermark() == 3
    assert rig.rows("SELECT seq FROM reading") == [(1,), (2,), (3,)]


def test_a_board_that_sends_nothing_else_is_a_machine(rig: Rig) -> None:
    rig.take(telemetry("fan-01", odd(1, "nan")))
    assert rig.device().counts.stored == 1


@pytest.mark.parametrize("name", ["epoch", "seq", "time_ms", "truth", "period_ms", "values"])
def test_in_another_field_the_reading_is_refused_by_its_name_and_settled(name: str) -> None:
    [item] = decode(json.dumps(reading(1) | {name: math.nan}).encode())
    assert isinstance(item, Rejected)
    assert item.reason == "not_json"
    assert item.detail.startswith(f"{name} is NaN")
    assert item.seq == (None if name in {"epoch", "seq"} else 1)


def test_in_a_field_that_nobody_reads_it_costs_nothing() -> None:
    [item] = decode(json.dumps(reading(1) | {"rssi": math.nan}).encode())
    assert isinstance(item, Reading)
    assert item.values == VALUES


def test_what_is_refused_of_a_list_is_kept_as_it_came(rig: Rig) -> None:
    bad = json.dumps(reading(2) | {"time_ms": math.nan}).encode()
    assert own_items(listed(odd(1, "-inf"), bad)) == [odd(1, "-inf"), bad]
    rig.take(telemetry("fan-01", listed(odd(1, "-inf"), bad)))
    [(seq, raw)] = rig.rows("SELECT seq, raw FROM quarantine")
    assert seq == 2
    assert b"NaN" in raw


@pytest.mark.parametrize(
    "payload",
    [
        *(b"NaN", b"[NaN]", b'{"a":NaN', b'{"a":NaN,"a":1}', b"[" * 9_000 + b"NaN", b'{"a":1 nan}'),
        *(b'{"values":{"a":nano}}', b'{"values":{"a":1nan}}', b'{"values":{"a":nan(}}'),
        *(b'{"values":{"a: NaN}}', b'{"values":{"a":\\nan}}'),
    ],
)
def test_what_is_no_json_besides_has_no_key(payload: bytes) -> None:
    [item] = decode(payload)
    assert isinstance(item, Rejected)
    assert (item.epoch, item.seq) == (None, None)


def test_a_channel_that_stands_twice_is_refused_all_the_same() -> None:
    [item] = decode(odd(1, 'nan, "temperature": nan'))
    assert isinstance(item, Rejected)
    assert (item.reason, item.seq) == ("duplicate_key", 1)


@given(st.lists(st.sampled_from(["1.0", *WORDS]), min_size=1, max_size=20))
def test_each_item_stands_for_itself(words: list[str]) -> None:
    items = decode(listed(*(odd(seq + 1, word) for seq, word in enumerate(words))))
    assert all(isinstance(item, Reading) for item in items)
    has_all = [isinstance(item, Reading) and item.aside is None for item in items]
    assert has_all == [word == "1.0" for word in words]
    assert [getattr(item, "seq", None) for item in items] == list(range(1, len(words) + 1))


def test_a_text_that_says_so_is_no_number_of_its_channel_alone() -> None:
    [item] = decode(odd(1, '"NaN"', "rpm"))
    assert isinstance(item, Reading)
    Checker(assets.get("fan")).check(item)
    assert item.aside is not None
    assert set(item.aside) == {"rpm"}


@given(st.text(alphabet='naNif-+()"\\[]{}:, 1', max_size=60))
def test_the_words_are_found_once_and_never_within_a_text(text: str) -> None:
    payload = text.encode()
    once = marked(payload)
    assert once is None or marked(once) is None
    try:
        json.loads(payload, parse_constant=lambda word: 1 / 0)
    except (ValueError, ZeroDivisionError):
        return
    assert once is None, "what is JSON has none"


def test_a_message_holds_as_many_as_may_be_set_aside() -> None:
    channels = {f"c{number}": "@" for number in range(31)}
    text = json.dumps(reading(1, values={**VALUES, **channels})).replace('"@"', "nan")
    [item] = decode(text.encode())
    assert isinstance(item, Reading)
    assert item.aside is not None
    assert len(item.aside) == 31
    assert marked(b"[" + b"nan," * 640 + b"1]") is not None
    assert marked(b"[" + b"nan," * 641 + b"1]") is None, "nobody honest sends so many"


@pytest.mark.parametrize("part", [b'"', b'"\\', b'\\"', b"nan(", b"-", b"[nan,", b'"a":inf,'])
def test_long_rubbish_is_decoded_at_once(part: bytes) -> None:
    long = b'{"values":{' + part * ((MAX_PAYLOAD_BYTES - 20) // len(part))
    [item] = decode(long)
    assert isinstance(item, Rejected)
