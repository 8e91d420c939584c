"""What the device writes is what the gateway reads, to the last digit."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Ack, Floor, Reading
from firmware.device import payload

CHANNELS = ("temperature", "rpm", "current")
LAYOUT = payload.Layout(CHANNELS, ("normal", "overcurrent"))
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
    assert len(record) == LAYOUT.size


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
        LAYOUT.pack(time_ms=0, values=values, truth=None)  # type: ignore[arg-type]


def test_one_reading_goes_alone_and_several_in_a_list() -> None:
    record = LAYOUT.pack(time_ms=5, values=dict.fromkeys(CHANNELS, -0.5), truth=None)
    texts = [LAYOUT.encode(epoch="a-1", seq=seq, record=record) for seq in (1, 2)]
    assert msgspec.json.decode(payload.readings(texts[:1]), type=Reading).values["rpm"] == -0.5
    assert [r.seq for r in msgspec.json.decode(payload.readings(texts), type=list[Reading])] == [
        1,
        2,
    ]


def test_a_full_message_of_many_channels_fits_the_contract() -> None:
    layout = payload.Layout(tuple(f"channel_number_{i}" for i in range(16)), ("normal",))
    record = layout.pack(time_ms=2**41, values=dict.fromkeys(layout.channels, -2e6), truth="normal")
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
    rubbish: tuple[object, ...] = ({}, {"channels": ["a"]}, {"channels": [], "truths": []}, [])
    for description in rubbish:
        with pytest.raises(ValueError, match="layout"):
            payload.restore(description)
