"""Payloads in, readings, floors and refusals out: whatever the payload, nothing is raised."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.errors import Reason, Rejected
from contract.messages import Event, Floor, Item, Reading
from gateway.ingest.validate import MAX_ITEMS, MAX_PAYLOAD_BYTES, decode
from tests.gateway.rig import NOW_MS, VALUES, reading

ARCHITECTURE = Path(__file__).parents[3] / "docs" / "architecture.md"

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
nearly_a_reading = st.fixed_dictionaries(
    {},
    optional={
        "epoch": st.just("9f2c41aa-1") | anything,
        "seq": st.integers(-1, 2**33) | anything,
        "values": st.dictionaries(st.sampled_from([*VALUES, "x"]), st.floats(0, 50) | anything)
        | anything,
        "time_ms": st.integers(NOW_MS - 10**10, NOW_MS + 10**10) | anything,
        "truth": st.sampled_from(["normal", "overcurrent", "dragon"]) | anything,
        "oldest": st.integers(-1, 2**33) | anything,
        "event": st.sampled_from(["service", "a b", ""]) | anything,
        "x": anything,
    },
)


def only(payload: bytes) -> Any:
    [item] = decode(payload)
    return item


def encoded(**changes: Any) -> bytes:
    return json.dumps(reading(1, **changes)).encode()


# ---------------------------------------------------------------- what is good


def test_a_reading_comes_out_as_it_went_in() -> None:
    item = only(encoded(truth="normal"))
    assert item == Reading("9f2c41aa-1", 1, VALUES, NOW_MS - 59_800, "normal")


def test_a_list_keeps_its_order_and_its_good_ones() -> None:
    payload = json.dumps([reading(1), reading(0), {"epoch": "a", "oldest": 3}, reading(2)])
    first, bad, floor, last = decode(payload.encode())
    assert (first.seq, floor, last.seq) == (1, Floor("a", 3), 2)  # type: ignore[union-attr]
    assert isinstance(bad, Rejected)
    assert bad.reason == "bad_seq"


def test_a_reading_without_a_key_is_unsequenced() -> None:
    item = only(b'{"values":{"rpm":1}}')
    assert (item.epoch, item.seq) == ("", 0)


@pytest.mark.parametrize("space", [b" ", b"\n", b"\t\r\n "])
def test_white_space_before_a_list_is_json(space: bytes) -> None:
    items = decode(space + b"[" + encoded() + b"]")
    assert [type(item) for item in items] == [Reading]


def test_unknown_fields_are_left_to_later_versions() -> None:
    assert isinstance(only(encoded(unit="rpm", more={"a": [1, "b:c"]})), Reading)


def test_a_list_may_have_twenty_items_and_no_more() -> None:
    whole = json.dumps([reading(seq) for seq in range(1, MAX_ITEMS + 1)]).encode()
    assert len(decode(whole)) == MAX_ITEMS
    more = json.dumps([reading(seq) for seq in range(1, MAX_ITEMS + 2)]).encode()
    assert only(more).reason == "too_many"


def test_sixteen_kibibytes_are_allowed_and_no_more() -> None:
    fitting = encoded(x="x" * (MAX_PAYLOAD_BYTES - len(encoded(x=""))))
    assert len(fitting) == MAX_PAYLOAD_BYTES
    assert isinstance(only(fitting), Reading)
    assert only(fitting + b" ").reason == "too_large"


@pytest.mark.parametrize("number", ["1763629200123", "1763629200123.0", "1.763629200123e12"])
def test_a_whole_number_may_be_written_as_a_float(number: str) -> None:
    payload = b'{"epoch":"a-1","seq":7.0,"time_ms":%s,"period_ms":5e3,"values":{"rpm":1}}'
    item = only(payload % number.encode())
    assert (item.seq, item.time_ms, item.period_ms) == (7, 1_763_629_200_123, 5_000)
    assert all(type(whole) is int for whole in (item.seq, item.time_ms, item.period_ms))
    assert only(b'{"epoch":"a-1","oldest":3.0}') == Floor("a-1", 3)


@pytest.mark.parametrize(
    "raw", ["null", "true", "[1]", '{"a":1}', "1e400", "[" + "1," * 100 + "1]"]
)
def test_a_value_that_is_neither_number_nor_text_costs_its_channel_alone(raw: str) -> None:
    item = only(b'{"epoch":"a-1","seq":1,"values":{"rpm":1200,"temperature":%s}}' % raw.encode())
    assert item.values == {"rpm": 1200.0}
    assert item.aside["temperature"].reason == "not_a_number"
    assert item.aside["temperature"].detail.startswith(f"temperature is {raw[:40]}")


@pytest.mark.parametrize("text", ["idle", "", "job: 12", '"', "ü\n", "x" * 100])
def test_a_value_may_be_a_text(text: str) -> None:
    item = only(encoded(values={"rpm": 1.0, "state": text}))
    assert (item.values, item.aside) == ({"rpm": 1.0, "state": text}, None)


@pytest.mark.parametrize("values", [None, {}, {"volume": 0.24, "user": "u7"}])
def test_an_event_comes_out_as_it_went_in(values: dict[str, Any] | None) -> None:
    item = only(encoded(event="service", values=values))
    assert item == Event("9f2c41aa-1", 1, values or {}, NOW_MS - 59_800, event="service")


def test_a_value_of_an_event_that_is_nothing_costs_itself_alone() -> None:
    item = only(encoded(event="service", values={"volume": None, "user": "u7"}))
    assert (item.values, list(item.aside)) == ({"user": "u7"}, ["volume"])


# ---------------------------------------------------------------- what is bad


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("seq", 1.5, "bad_seq"),
        ("period_ms", 0, "bad_time"),
        ("period_ms", 10**9, "bad_time"),
        ("time_ms", "2025-11-20T09:00:00Z", "bad_time"),
        ("time_ms", True, "bad_time"),
        ("values", 7, "wrong_shape"),
        ("event", 7, "bad_event"),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_name(field: str, value: object, reason: str) -> None:
    item = only(encoded(**{field: value}))
    assert item.reason == reason
    assert item.detail.startswith(field)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "time_ms",
            "1763629200123",
            "time_ms is a text; it must be a number of milliseconds since",
        ),
        ("time_ms", [1], "time_ms is a list; it must be a number of milliseconds since 1970"),
        ("seq", "1", "seq is a text; it must be a whole number"),
        ("epoch", 7, "epoch is a number; it must be a text"),
        ("truth", True, "truth is a boolean; it must be a text, or left out"),
        ("values", [41.2], "values is a list; it must be an object such as"),
    ],
)
def test_a_field_of_another_kind_is_told_in_words(field: str, value: object, sentence: str) -> None:
    assert only(encoded(**{field: value})).detail.startswith(sentence)


def test_a_fraction_of_a_millisecond_costs_nothing() -> None:
    assert only(encoded(time_ms=NOW_MS + 0.4)).time_ms == NOW_MS


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"values":{"a":1},"x":"\xff"}', "not_utf8"),  # in a field that nobody reads
        (b'{"values":{"a":1},"\xff":1}', "not_utf8"),
        (b"[]", "wrong_shape"),
        (b'{"epoch":"a","epoch":"b","oldest":3}', "duplicate_key"),
        (b'{"epoch":"unsequenced","seq":1,"values":{"a":1}}', "bad_epoch"),
        (b'{"values":{"a":1},"values":{"a":1}}', "duplicate_key"),
        (b'{"values":{"a":1,"\\u0061":1}}', "duplicate_key"),
    ],
)
def test_what_parsers_disagree_on_is_refused(payload: bytes, reason: str) -> None:
    assert only(payload).reason == reason


def test_the_key_of_a_bad_reading_is_kept_where_it_can_be_read() -> None:
    """It settles the watermark, so that the device need not send it for ever."""
    for payload in (
        encoded(values=7),
        encoded(time_ms="now"),
        encoded().replace(b'"rpm": 1200.0', b'"rpm":1.0,"rpm":2.0'),
        encoded().replace(b'"seq": 1', b'"seq":1,"x":"\xff"'),
    ):
        item = only(payload)
        assert (item.epoch, item.seq) == ("9f2c41aa-1", 1), item
    assert only(encoded(seq=0)).seq is None
    assert only(encoded(epoch="no key")).epoch is None


@given(st.binary(max_size=200))
@example(b"\xff")
@example(b"[" * 10_000)
def test_no_bytes_raise(payload: bytes) -> None:
    check(payload)


@pytest.mark.slow
@given(nearly_a_reading | anything | st.lists(nearly_a_reading, max_size=22), st.booleans())
def test_no_json_raises(content: object, ascii_only: bool) -> None:  # noqa: FBT001
    check(json.dumps(content, ensure_ascii=ascii_only).encode(errors="surrogatepass"))


@given(nearly_a_reading, st.integers(0, 400), st.binary(max_size=4))
def test_no_damage_to_a_reading_raises(content: object, at: int, damage: bytes) -> None:
    payload = json.dumps(content).encode()
    at = min(at, len(payload))
    check(payload[:at] + damage + payload[at + len(damage) :])


def check(payload: bytes) -> None:
    """Every item is of a kind, and says what JSON's own parser reads."""
    items = decode(payload)
    assert items
    for item in items:
        if isinstance(item, Rejected):
            assert item.reason in get_args(Reason)
            assert (item.epoch is None) or re.fullmatch("[A-Za-z0-9-]{1,32}", item.epoch)
        elif isinstance(item, Item) and len(items) == 1:
            plain = json.loads(payload)
            plain = plain[0] if isinstance(plain, list) else plain
            aside = item.aside or {}
            values = plain.get("values") or {}
            assert item.values == {k: v for k, v in values.items() if k not in aside}
            assert isinstance(item, Event) == (plain.get("event") is not None)
            time_ms = plain.get("time_ms")
            assert item.time_ms == (time_ms if time_ms is None else round(time_ms))
            json.dumps(item.epoch).encode()


def test_every_reason_is_documented_and_no_other() -> None:
    text = ARCHITECTURE.read_text()
    section = text.split("### Reasons in quarantine")[1].split("\n## ")[0]
    listed = section.split("Quarantine keeps")[0]
    assert set(re.findall(r"`([a-z0-9_]+)`", listed)) == set(get_args(Reason))
