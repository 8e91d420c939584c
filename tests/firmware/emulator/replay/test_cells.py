"""Single cells: nothing is lost of a number, every time is one, and what is none is said."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.emulator.replay import cells
from firmware.emulator.replay.cells import BadCell

NOON_MS = 1_763_640_000_000


@given(units=st.integers(-(10**12), 10**12), decimals=st.integers(0, 3))
def test_a_number_is_what_was_written(units: int, decimals: int) -> None:
    text = str(Decimal(units).scaleb(-decimals))
    found, places = cells.number(text)
    assert Decimal(found).scaleb(-places) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "in_ms"),
    [
        ("2025-11-20T12:00:00Z", False),
        ("2025-11-20 12:00:00", False),
        ("2025-11-20T13:00:00.000+01:00", False),
        ("1763640000", False),
        ("1763640000.0", False),
        ("1763640000000", False),
        ("1763640000000", True),
        ("1763640000000000", False),
        ("1763640000000000000", False),
    ],
)
def test_a_time_is_read_in_each_of_its_forms(text: str, *, in_ms: bool) -> None:
    assert cells.time_ms(text, in_ms=in_ms) == NOON_MS


@given(seconds=st.integers(0, 10**6))
def test_seconds_since_a_start_are_times_as_well(seconds: int) -> None:
    assert cells.time_ms(str(seconds), in_ms=False) == seconds * 1_000
    moment = datetime(2025, 11, 20, tzinfo=UTC) + timedelta(seconds=seconds)
    assert cells.time_ms(moment.isoformat(), in_ms=False) == round(moment.timestamp() * 1_000)


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (cells.number, "41,2", "'41,2' is no number"),
        (cells.number, "inf", "'inf' is too large"),
        (cells.number, "1e400", "'1e400' is too large"),
        (cells.number, "x" * 99, "…"),
        (cells.word, "a" * 65, "at most 64"),
        (cells.word, "a\0b", "U.0000"),
        (cells.fields, "{", "no JSON"),
        (cells.fields, "[1]", "no object"),
        (cells.fields, '{"a":{}}', "numbers and texts"),
        (cells.fields, '{"a":true}', "numbers and texts"),
        (lambda text: cells.time_ms(text, in_ms=False), "noon", "'noon' is no time"),
        (lambda text: cells.time_ms(text, in_ms=False), "inf", "'inf' is no time"),
    ],
)
def test_what_cannot_be_used_is_said(read: object, text: str, sentence: str) -> None:
    assert callable(read)
    with pytest.raises(BadCell, match=sentence):
        read(text)
