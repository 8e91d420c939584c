"""NaN and Infinity, as many a JSON library writes them: nothing beside them suffers."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Rejected
from gateway.messages import Reading
from gateway.validate import decode
from tests.gateway.rig import VALUES, Rig, reading, telemetry

WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def odd(seq: int, number: float = math.nan) -> dict[str, Any]:
    return reading(seq, values={**VALUES, "temperature": number})


@pytest.mark.parametrize("word", WORDS)
def test_it_is_refused_by_the_name_of_its_channel_and_settled(rig: Rig, word: str) -> None:
    rig.take(telemetry("fan-01", reading(1)), telemetry("fan-01", odd(2, WORDS[word])))
    rig.take(telemetry("fan-01", reading(3)))
    assert rig.watermark() == 3, "the board need not send it for ever"
    [(reason, detail, seq, raw)] = rig.rows("SELECT reason, detail, seq, raw FROM quarantine")
    assert (reason, seq) == ("not_json", 2)
    assert detail == f"temperature is {word}: JSON has no such number, send null"
    assert word.encode() in raw


def test_of_a_list_only_its_own_reading_is_lost(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1), odd(2), reading(3), odd(4, -math.inf), reading(5)))
    assert rig.watermark() == 5
    assert rig.rows("SELECT seq FROM reading") == [(1,), (3,), (5,)]
    [(_, whole), (_, own)] = rig.rows("SELECT seq, raw FROM quarantine ORDER BY seq")
    assert len(json.loads(whole)) == 5
    assert json.loads(own) == odd(4, -math.inf)


def test_a_board_that_sends_nothing_else_is_a_machine_that_is_refused(rig: Rig) -> None:
    rig.take(telemetry("fan-01", odd(1)))
    assert rig.device().counts.quarantined == 1


@pytest.mark.parametrize("name", ["epoch", "seq", "time_ms", "truth", "anything"])
def test_anywhere_else_it_is_no_json_either(name: str) -> None:
    [item] = decode(json.dumps(reading(1) | {name: math.nan}).encode())
    assert isinstance(item, Rejected)
    assert item.reason == "not_json"
    assert item.detail.startswith(f"{name} is NaN")
    assert item.seq == (None if name in {"epoch", "seq"} else 1)


@pytest.mark.parametrize(
    "payload", [b"NaN", b"[NaN]", b'{"a":NaN', b'{"a":NaN,"a":1}', b"[" * 9_000 + b"NaN"]
)
def test_what_is_no_json_besides_has_no_key(payload: bytes) -> None:
    [item] = decode(payload)
    assert isinstance(item, Rejected)
    assert (item.reason, item.epoch, item.seq) == ("not_json", None, None)


@given(st.lists(st.sampled_from([1.0, *WORDS.values()]), min_size=1, max_size=20))
def test_each_item_stands_for_itself(numbers: list[float]) -> None:
    items = decode(json.dumps([odd(seq + 1, n) for seq, n in enumerate(numbers)]).encode())
    assert [isinstance(item, Reading) for item in items] == list(map(math.isfinite, numbers))
    assert [getattr(item, "seq", None) for item in items] == list(range(1, len(numbers) + 1))


def test_a_text_that_says_so_is_no_number_of_its_channel_alone() -> None:
    [item] = decode(json.dumps(odd(1) | {"values": {**VALUES, "rpm": "NaN"}}).encode())
    assert isinstance(item, Reading)
    assert item.aside is not None
    assert set(item.aside) == {"rpm"}
