"""What the device writes is what the gateway reads, to the last digit."""

import json
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Ack, Floor, Reading
from firmware.device import payload
from firmware.device.exact import quoted
from tests.firmware.device import items

LARGE = Context(prec=60)
CHANNELS = ("temperature", "rpm", "current")
LAYOUT = payload.Layout(
    tuple((name, payload.NUMBER, 3) for name in CHANNELS), ("normal", "overcurrent")
)
VALUES = st.fixed_dictionaries(
    {name: st.floats(-2_000_000, 2_000_000, allow_nan=False) for name in CHANNELS}
)


@given(
    values=VALUES,
    time_ms=st.integers(0, 2**48 - 1),
    truth=st.sampled_from([None, "normal", "overcurrent"]),
    seq=st.integers(1, 2**32 - 1),
)
def test_a_reading_reaches_the_gateway_within_half_a_thousandth(
    values: dict[str, float], time_ms: int, truth: str | None, seq: int
) -> None:
    record = LAYOUT.pack(time_ms=time_ms, values=values, truth=truth)
    text = LAYOUT.encode(epoch="9f2c41aa-7", seq=seq, record=record)
    got = msgspec.json.decode(text, type=Reading)
    assert (got.epoch, got.seq, got.truth) == ("9f2c41aa-7", seq, truth)
    assert got.time_ms == (time_ms or None)
    assert got.values.keys() == values.keys()
    for name, value in values.items():
        assert got.values[name] == pytest.approx(value, abs=0.000501)


@given(values=VALUES)
def test_the_same_record_always_makes_the_same_bytes(values: dict[str, float]) -> None:
    record = LAYOUT.pack(time_ms=1, values=values, truth="normal")
    again = payload.restore(json.loads(json.dumps(LAYOUT.describe())))
    one, two = (layout.encode(epoch="a-1", seq=1, record=record) for layout in (LAYOUT, again))
    assert one == two


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -float("inf"), 2.2e6])
def test_a_sensor_that_gives_no_number_is_named(value: float | None) -> None:
    values = {"temperature": 1.0, "rpm": value, "current": 1.0}
    with pytest.raises(ValueError, match="rpm"):
        LAYOUT.pack(time_ms=0, values=values, truth=None)


def test_one_reading_goes_alone_and_several_in_a_list() -> None:
    record = LAYOUT.pack(time_ms=5, values=dict.fromkeys(CHANNELS, -0.5), truth=None)
    texts = [LAYOUT.encode(epoch="a-1", seq=seq, record=record) for seq in (1, 2)]
    assert msgspec.json.decode(payload.readings(texts[:1]), type=Reading).values["rpm"] == -0.5
    assert [r.seq for r in msgspec.json.decode(payload.readings(texts), type=list[Reading])] == [
        1,
        2,
    ]


def test_a_full_message_of_many_channels_fits_the_contract() -> None:
    columns = tuple((f"channel_number_{i}", payload.NUMBER, 3) for i in range(16))
    layout = payload.Layout(columns, ("normal",))
    values = {name: -2e6 for name, _form, _decimals in columns}
    record = layout.pack(time_ms=2**41, values=values, truth="normal")
    text = layout.encode(epoch="f" * 32, seq=2**32 - 1, record=record)
    assert len(payload.readings([text] * payload.MAX_READINGS)) <= 16 * 1024


def test_a_floor_reads_back() -> None:
    assert msgspec.json.decode(payload.floor("a-1", 41), type=Floor) == Floor("a-1", 41)


def test_a_watermark_reads_back() -> None:
    assert payload.watermark(msgspec.json.encode(Ack("a-1", 7))) == ("a-1", 7)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"{}",
        b"[]",
        b"7",
        b"null",
        b'{"epoch":1,"seq":1}',
        b'{"epoch":"a-1","seq":"1"}',
        b'{"epoch":"a-1","seq":-1}',
        b'{"epoch":"a-1","seq":1.5}',
        b"\xff",
        b"[" * 5000,
    ],
)
def test_rubbish_is_no_watermark(rubbish: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own text for some
        payload.watermark(rubbish)


def test_what_describes_no_layout_is_refused() -> None:
    rubbish: tuple[object, ...] = (
        {},
        [],
        {"channels": ["a"]},
        {"channels": [], "truths": []},
        {"columns": [["a", "f", 3]], "truths": []},
        {"columns": [["a", "i"]], "truths": []},
        {"columns": [[1, "i", 3]], "truths": []},
        {"columns": [["a", "i", "3"]], "truths": []},
        {"columns": ["a"], "truths": []},
    )
    for description in rubbish:
        with pytest.raises(ValueError, match="layout"):
            payload.restore(description)


# ---------------------------------------------------------------- kinds of channels


def told(record: bytes, layout: payload.Layout = items.LAYOUT) -> dict[str, Any]:
    """The item as a reader of JSON that loses no digit sees it."""
    text = layout.encode(epoch="a-1", seq=1, record=record)
    found: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return found


def exact(value: Any, decimals: int) -> Decimal:
    units, own = value if isinstance(value, tuple) else (value, 0)
    number = Decimal(units).scaleb(-own, LARGE)
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, LARGE)


@given(values=items.READINGS, time_ms=items.TIMES_MS)
def test_any_part_of_the_channels_arrives_each_as_what_it_is(
    values: dict[str, Any], time_ms: int
) -> None:
    got = told(items.reading(time_ms, values, "leak"))["values"]
    assert got.keys() == values.keys()
    for name in values.keys() & {"state", "job"}:
        assert got[name] == values[name]
    for name, decimals in (("flow", 3), ("level", 1)):
        if name in values:
            assert float(got[name]) == pytest.approx(values[name], abs=0.51 * 10**-decimals)
    if "litres" in values:
        assert got["litres"] == exact(values["litres"], 3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12_345_678, "12345678.000"),
        ((4_711_234, 3), "4711.234"),
        ((4_711_234_5, 4), "4711.235"),
        ((-5, 4), "-0.001"),
        (2**53 + 1, "9007199254740993.000"),
        (16_777_217.25, "16777217.250"),
    ],
)
def test_a_counter_loses_no_digit(value: Any, text: str) -> None:
    record = items.reading(0, {"litres": value}, None)
    assert f'"litres":{text}' in items.LAYOUT.encode(epoch="a-1", seq=1, record=record)


@given(values=items.EVENTS, time_ms=items.TIMES_MS)
def test_an_event_arrives_as_it_was_emitted(values: dict[str, Any], time_ms: int) -> None:
    got = told(items.event(time_ms, values))
    assert (got["event"], got.get("time_ms", 0)) == ("service", time_ms)
    assert got["values"].keys() == values.keys()
    for name, value in values.items():
        if isinstance(value, float):
            assert float(got["values"][name]) == pytest.approx(value, abs=0.000501)
        elif isinstance(value, str):
            assert got["values"][name] == value
        else:
            decimals = value[1] if isinstance(value, tuple) else 0
            assert got["values"][name] == exact(value, decimals)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "nothing given"),
        ({"flow": "much"}, "flow gave 'much': that is no number"),
        ({"flow": 3e9}, "flow gave 3000000000.0: that is too large"),
        ({"flow": True}, "that is no number"),
        ({"litres": float("inf")}, "litres gave inf"),
        ({"litres": 2**62}, "too large"),
        ({"litres": (1, -1)}, "that is no number"),
        ({"litres": (1.5, 1)}, "that is no number"),
        ({"state": 3}, "state gave 3: that is no text"),
        ({"state": "x" * 65}, "at most 64 characters"),
        ({"state": "\ud800"}, "no half characters"),
        ({"job": "a\0b"}, "no U+0000"),
        ({"pressure": 1.0}, "no channel of this machine: pressure"),
        ({"flow": 1.0, "pressure": 1.0}, "no channel of this machine: pressure"),
    ],
)
def test_what_is_not_what_the_channel_is_is_named_and_the_rest_can_be_sent(
    values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        items.reading(0, values, None)
    sound, faults = items.LAYOUT.sound({"level": 5.0, **values})
    assert sound == {"level": 5.0} | ({"flow": 1.0} if len(values) == 2 else {})
    assert len(faults) == (1 if values else 0)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("", {}),
        ("x" * 65, {}),
        ("service", {"volume": None}),
        ("service", {"volume": float("nan")}),
        ("service", {"hot": True}),
        ("service", {"user": "u" * 65}),
        ("service", {f"w{i}": "x" * 64 for i in range(40)}),
        ("service", {"count": 10**3000}),
    ],
)
def test_what_is_no_event_is_refused(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own sentence
        payload.event(time_ms=0, name=name, values=values)


def test_a_machine_with_more_than_a_message_holds_is_refused() -> None:
    columns = tuple((f"label_number_{i}", payload.TEXT, 0) for i in range(60))
    with pytest.raises(ValueError, match="would not fit"):
        payload.Layout(columns, ())
    with pytest.raises(ValueError, match="1 to 64 channels"):
        payload.Layout(columns * 2, ())


@given(text=items.TEXTS)
def test_a_text_is_json(text: str) -> None:
    assert json.loads(quoted(text)) == text
