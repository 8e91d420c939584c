"""Payloads in, readings, floors and refusals out: whatever the payload, nothing is raised."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway import assets
from gateway.errors import Reason, Rejected
from gateway.messages import Floor, Reading
from gateway.validate import MAX_AHEAD_MS, MAX_ITEMS, MAX_PAYLOAD_BYTES, Checker, decode
from tests.gateway.rig import NOW_MS, VALUES, reading

CHECKER = Checker(assets.get("fan"))
OLDEST_MS = NOW_MS - 7 * 86_400_000
ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"

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


# ---------------------------------------------------------------- what is bad


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
        encoded(values={"rpm": True}),
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
        elif isinstance(item, Reading) and len(items) == 1:
            plain = json.loads(payload)
            plain = plain[0] if isinstance(plain, list) else plain
            assert item.values == plain["values"]
            assert item.time_ms == plain.get("time_ms")
            json.dumps(item.epoch).encode()


def test_every_reason_is_documented_and_no_other() -> None:
    text = ARCHITECTURE.read_text()
    section = text.split("### Reasons in quarantine")[1].split("\n## ")[0]
    listed = section.split("Quarantine keeps")[0]
    assert set(re.findall(r"`([a-z0-9_]+)`", listed)) == set(get_args(Reason))


# ---------------------------------------------------------------- channels and time


def checked(now_ms: int = NOW_MS, **changes: Any) -> tuple[Reading, bool]:
    item = only(encoded(**changes))
    assert isinstance(item, Reading)
    return item, CHECKER.check(item, now_ms=now_ms, oldest_ms=OLDEST_MS)


def reason_of(**changes: Any) -> str:
    with pytest.raises(Rejected) as caught:
        checked(**changes)
    assert (caught.value.epoch, caught.value.seq) == ("9f2c41aa-1", 1)
    return caught.value.reason


def test_what_the_asset_type_has_passes_with_and_without_its_optional_channel() -> None:
    assert checked()[1] is False
    assert checked(values=VALUES | {"ambient": 21.0})[1] is False


@pytest.mark.parametrize("name", VALUES)
def test_bounds_belong_to_the_range(name: str) -> None:
    channel = assets.get("fan").by_name[name]
    for value in (channel.low, channel.high):
        checked(values=VALUES | {name: value})
    for value in (channel.low - 1e-6, channel.high + 1e-6):
        assert reason_of(values=VALUES | {name: value}) == "out_of_range"


def test_what_it_has_not_is_refused() -> None:
    assert reason_of(values={"rpm": 1.0}) == "missing_channel"
    assert reason_of(values=VALUES | {"x": 1.0}) == "unknown_channel"
    assert reason_of(values=VALUES | {"ambient": 99.0}) == "out_of_range"
    assert reason_of(truth="dragon") == "wrong_shape"


def test_a_reading_without_a_time_gets_the_gateways() -> None:
    item, stamped = checked(time_ms=None)
    assert (item.time_ms, stamped) == (NOW_MS, True)


@pytest.mark.parametrize("ahead_ms", [MAX_AHEAD_MS + 1, 3_600_000, 10**12, 10**29])
def test_a_clock_that_is_ahead_is_not_believed(ahead_ms: int) -> None:
    item, stamped = checked(time_ms=NOW_MS + ahead_ms)
    assert (item.time_ms, stamped) == (NOW_MS, True)


@pytest.mark.parametrize("ahead_ms", [-1, 0, 1, MAX_AHEAD_MS])
def test_a_clock_a_little_ahead_is_believed(ahead_ms: int) -> None:
    item, stamped = checked(time_ms=NOW_MS + ahead_ms)
    assert (item.time_ms, stamped) == (NOW_MS + ahead_ms, False)


def test_what_is_older_than_retention_is_refused() -> None:
    assert checked(time_ms=OLDEST_MS)[1] is False
    assert reason_of(time_ms=OLDEST_MS - 1) == "bad_time"


def test_fits_is_about_names_only() -> None:
    assert CHECKER.fits(VALUES)
    assert CHECKER.fits(VALUES | {"ambient": 1e9})
    assert not CHECKER.fits(VALUES | {"x": 1.0})
    assert not CHECKER.fits({"rpm": 1.0})
