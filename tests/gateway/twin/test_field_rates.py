"""From one reading an hour to a hundred a second: alarms, energy, presence follow the rate."""

from typing import Any, Final

import pytest

from tests.gateway.field import ALL_FOUR, BAD, GOOD, Board, Field, Sent, always, birth, right, wh
from tests.gateway.rig import Rig, message

HOUR_MS: Final = 3_600_000
ONE_AMPERE = GOOD | {"current": 1.0}


@pytest.fixture
def field(rig: Rig) -> Field:
    return Field(rig)


def board_of(field: Field, **more: Any) -> Board:
    return Board("fan-01", right(field.start_ms), **more)


# ---------------------------------------------------------------- any rate


@pytest.mark.slow
@pytest.mark.parametrize(
    ("every_ms", "in_lists_of", "span_ms"),
    [
        (10, 10, 20_000),
        (20, 20, 20_000),
        (100, 1, 20_000),
        (1_000, 10, 150_000),
        (3_000, 1, 150_000),
        (5_000, 1, 150_000),
        (10_000, 1, 150_000),
        (60_000, 1, 1_200_000),
        (HOUR_MS, 1, 8 * HOUR_MS),
    ],
)
def test_energy_and_alarms_at_any_rate(
    field: Field, every_ms: int, in_lists_of: int, span_ms: int
) -> None:
    board = board_of(field)
    greeting = [birth("fan-01", rate_hz=1000 / every_ms)]
    sent = board.live(
        0, span_ms + 1, every_ms=every_ms, in_lists_of=in_lists_of, values=always(BAD)
    )
    field.play(greeting, sent, until_ms=span_ms + 100)
    assert sorted(field.raised("fan-01")) == sorted(ALL_FOUR)
    energy, coverage = field.energy_wh("fan-01")
    stored_ms = (len(field.stored("fan-01")) - 1) * every_ms
    assert energy == pytest.approx(wh(stored_ms / 1000), rel=1e-3)
    assert coverage == pytest.approx(1.0)
    state = field.state("fan-01")
    assert state.fresh
    assert state.kpis["power_w"].value == pytest.approx(60.0)
    if every_ms > 11_000:
        assert state.not_judged is not None
        assert "too slow to judge" in state.not_judged
    cool = board.live(span_ms + every_ms, span_ms + 22 * every_ms + 12_000, every_ms=every_ms)
    field.play(cool, until_ms=span_ms + 22 * every_ms + 12_000)
    assert field.open("fan-01") == set()


@pytest.mark.parametrize(
    ("every_ms", "span_ms", "values", "truth_wh"),
    [(3_000, 150_000, BAD, 2.5), (10_000, 150_000, BAD, 2.5), (5_000, 100_000, ONE_AMPERE, 1 / 3)],
)
def test_a_slow_board_that_announces_nothing(
    field: Field, every_ms: int, span_ms: int, values: dict[str, Any], truth_wh: float
) -> None:
    sent = board_of(field).live(0, span_ms + 1, every_ms=every_ms, values=always(values))
    stale = []
    for each in sent:  # as somebody would who looks all the time
        field.play([each], until_ms=each.at_ms + every_ms - 10)
        stale.append(not field.state("fan-01").fresh)
    assert not any(stale[2:])
    energy, coverage = field.energy_wh("fan-01")
    assert energy == pytest.approx(truth_wh, rel=1e-6)
    assert coverage == pytest.approx(1.0, abs=0.1)
    assert set(field.raised("fan-01")) == (ALL_FOUR if values is BAD else set())


def test_an_alarm_of_a_fast_board_that_slows_down_is_cleared(field: Field) -> None:
    board = board_of(field)
    hot = board.live(0, 20_000, values=always(BAD))
    cool = board.live(20_000, 80_001, every_ms=5_000, values=always(GOOD | {"temperature": 40.0}))
    field.play(hot, cool, until_ms=80_001)
    assert field.open("fan-01") == set()
    assert sorted(field.raised("fan-01")) == sorted(ALL_FOUR)


def test_a_rate_that_changes_to_and_fro_unannounced(field: Field) -> None:
    board = board_of(field)
    fast = board.live(0, 60_000, values=always(BAD))
    slow = board.live(60_000, 360_000, every_ms=10_000, values=always(BAD))
    again = board.live(360_000, 400_000)
    field.play(fast, slow, until_ms=359_000)
    assert field.open("fan-01") == ALL_FOUR
    field.play(again, until_ms=400_000)
    assert field.open("fan-01") == set()
    assert sorted(field.raised("fan-01")) == sorted(ALL_FOUR)
    energy, coverage = field.energy_wh("fan-01")
    assert energy == pytest.approx(wh(360) + wh(40, GOOD["current"]), rel=0.02)
    assert coverage > 0.99


@pytest.mark.parametrize("every_ms", [200, 5_000])
def test_every_third_reading_missing_costs_nothing_else(field: Field, every_ms: int) -> None:
    span_ms = 60 * every_ms
    board = board_of(field)
    sent = board.live(0, span_ms + 1, every_ms=every_ms, missing=3, values=always(BAD))
    field.play(sent, until_ms=span_ms + 100)
    assert sorted(field.raised("fan-01")) == sorted(ALL_FOUR)
    energy, coverage = field.energy_wh("fan-01")
    assert energy == pytest.approx(wh(span_ms / 1000), rel=0.02)
    assert coverage == pytest.approx(1.0, abs=0.02)


def test_an_outage_of_a_slow_board_is_not_measured(field: Field) -> None:
    board = board_of(field)
    before = board.live(0, 100_001, every_ms=10_000, values=always(BAD))
    after = board.live(700_000, 800_001, every_ms=10_000, values=always(BAD))
    field.play(before, after, until_ms=800_100)
    energy, coverage = field.energy_wh("fan-01")
    assert energy == pytest.approx(wh(200), rel=1e-6)
    assert coverage == pytest.approx(0.25, abs=0.01)
    assert field.raised("fan-01").count("silent") == 1
    assert "silent" not in field.open("fan-01")


# ---------------------------------------------------------------- who is there


def test_lists_every_ten_seconds_are_no_silence(field: Field) -> None:
    board = board_of(field)
    sent = board.live(0, 300_000, every_ms=1_000, in_lists_of=10)
    for each in sent:
        field.play([each], until_ms=each.at_ms + 9_900)
        assert field.state("fan-01").fresh or each is sent[0]
    assert field.raised("fan-01") == []
    field.play(until_ms=350_000)
    assert field.open("fan-01") == {"silent"}
    assert not field.state("fan-01").fresh


@pytest.mark.slow
@pytest.mark.parametrize(("says_hz", "every_ms"), [(5.0, 10_000), (0.01, 200)])
def test_a_birth_that_lies_of_its_rate(field: Field, says_hz: float, every_ms: int) -> None:
    board = board_of(field)
    greeting = [birth("fan-01", rate_hz=says_hz)]
    sent = board.live(0, 150_001, every_ms=every_ms, values=always(BAD))
    field.play(greeting, sent, until_ms=150_010)
    assert sorted(field.raised("fan-01")) == sorted(ALL_FOUR)
    assert field.energy_wh("fan-01")[0] == pytest.approx(wh(150), rel=0.08)
    field.play(until_ms=200_000)
    assert "silent" in field.open("fan-01")


@pytest.mark.slow
@pytest.mark.parametrize(("says_ms", "every_ms"), [(100, 5_000), (1_000, 10_000), (200_000, 200)])
def test_readings_that_lie_of_their_rate(field: Field, says_ms: int, every_ms: int) -> None:
    """As with a period in seconds or microseconds."""
    board = board_of(field)
    sent = board.live(0, 150_001, every_ms=every_ms, values=always(BAD), period_ms=says_ms)
    field.play(sent, until_ms=150_010)
    assert sorted(field.raised("fan-01")) == sorted(ALL_FOUR)
    assert field.energy_wh("fan-01")[0] == pytest.approx(wh(150), rel=0.08)
    field.play(until_ms=200_000)
    assert field.open("fan-01") == {*ALL_FOUR, "silent"}
    assert not field.state("fan-01").fresh


@pytest.mark.parametrize("fields", [{}, {"rate_hz": 5.0}, {"rate_hz": 0.1}, {"epoch": "ab-1"}])
def test_a_board_that_connects_and_never_sends_is_told(
    field: Field, fields: dict[str, Any]
) -> None:
    online = Sent(10, message("fan-01", "status", b"online"))
    field.play([birth("fan-01", **fields), online], until_ms=60_000)
    assert field.open("fan-01") == {"silent"}
    assert "fan-01 has sent no reading for more than" in field.text("fan-01", "silent")


def test_a_will_that_is_wrong_does_not_hide_what_the_board_measures(field: Field) -> None:
    """It says offline all the time, and measures."""
    board = board_of(field)
    wills = [
        Sent(at, message("fan-01", "status", b"offline")) for at in range(1_000, 60_000, 5_000)
    ]
    field.play(board.live(0, 60_000, values=always(BAD)), wills, until_ms=60_000)
    assert field.open("fan-01") >= ALL_FOUR
    assert "offline" not in field.open("fan-01")
    assert field.state("fan-01").fresh


def test_a_limit_crossed_in_turns_is_one_alarm_with_a_count(field: Field) -> None:
    def values(at: int) -> dict[str, Any]:
        return GOOD | {"current": 2.5 if at // 2_400 % 2 else 1.8}

    board = board_of(field)
    field.play(board.live(0, 90_000, values=values), until_ms=90_000)
    rows = field.rig.rows("SELECT name, count, cleared_ms FROM alarm")
    assert [name for name, _, _ in rows] == ["current_high"]
    assert rows[0][1] > 10
    field.play(board.live(90_000, 170_000), until_ms=170_000)
    assert field.open("fan-01") == set()
