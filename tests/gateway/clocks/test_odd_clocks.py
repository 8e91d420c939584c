"""Clocks that are odd for one reading, and clocks that stand still."""

import pytest

from contract.messages import ClockOffset, Reading, Stamp
from gateway.clocks.board_clock import TOLERANCE_MS, BoardClock
from tests.gateway.rig import DAY_MS, NOW_MS

HOUR_MS = 3_600_000


def placed(clock: BoardClock, seq: int, *, board_ms: int, received_ms: int) -> Reading:
    """A reading of such times after NOW_MS, as it is placed."""
    reading = Reading("9f2c41aa-1", seq, {}, NOW_MS + board_ms)
    clock.place(reading, now_ms=NOW_MS + received_ms, oldest_ms=NOW_MS - 7 * DAY_MS)
    return reading


def test_one_odd_stamp_from_the_future_changes_nothing_but_itself() -> None:
    clock = BoardClock()
    readings = []
    for at in range(100):
        off_ms = 2 * DAY_MS if at == 50 else 0
        at_ms = at * 200
        reading = placed(clock, at + 1, board_ms=at_ms + off_ms, received_ms=at_ms + 20)
        readings.append(reading)
    odd = readings.pop(50)
    assert (odd.time_ms, odd.stamp) == (NOW_MS + 10_020, Stamp.RECEIPT)
    assert all(reading.time_ms == reading.board_ms for reading in readings)
    assert (clock.offset_ms, clock.take_jump()) == (0, False)


def test_a_clock_that_stands_still_is_not_believed() -> None:
    clock = BoardClock()
    for at in range(10):
        placed(clock, at + 1, board_ms=at * 200, received_ms=at * 200 + 20)
    for at in range(100):
        received_ms = 2_020 + at * 200
        reading = placed(clock, at + 11, board_ms=2_000, received_ms=received_ms)
        if at >= 12:
            assert (reading.time_ms, reading.stamp) == (NOW_MS + received_ms, Stamp.RECEIPT)
    assert abs(clock.offset_ms - 100 * 200) < 1_000
    moving = [placed(clock, at + 111, board_ms=22_000 + at * 200, received_ms=22_020 + at * 200)
              for at in range(5)]  # fmt: skip
    assert (clock.offset_ms, moving[-1].time_ms) == (0, NOW_MS + 22_800)


def test_a_clock_that_stands_still_is_known_to_be_off() -> None:
    clock = BoardClock()
    for at in range(600):
        placed(clock, at + 1, board_ms=-5_000, received_ms=at * 200)
    told = clock.estimate()
    assert told is not None
    assert told.corrected
    assert abs(told.offset_ms - 125_000) <= 2 * TOLERANCE_MS


def test_a_clock_that_is_set_on_the_way_is_known_from_then_on() -> None:
    clock = BoardClock()
    for at in range(20):
        placed(clock, at + 1, board_ms=at * 200 - NOW_MS, received_ms=at * 200 + 20)
    assert clock.estimate() is None
    for at in range(20, 40):
        placed(clock, at + 1, board_ms=at * 200, received_ms=at * 200 + 20)
    assert clock.estimate() == ClockOffset(20, 0, corrected=False)
    for at in range(40, 100):
        placed(clock, at + 1, board_ms=at * 200 - HOUR_MS, received_ms=at * 200 + 20)
    assert clock.take_jump()


@pytest.mark.parametrize("every_ms", [10, 50, 100, 200, 400])
def test_a_clock_that_counts_whole_seconds_does_not_stand_still(every_ms: int) -> None:
    clock = BoardClock()
    for at in range(20_000 // every_ms):
        at_ms = at * every_ms
        reading = placed(clock, at + 1, board_ms=at_ms // 1_000 * 1_000, received_ms=at_ms + 20)
        assert (reading.time_ms, reading.stamp) == (reading.board_ms, Stamp.BOARD)
    assert clock.offset_ms == 0


def test_a_clock_that_was_put_ahead_while_readings_waited_has_jumped() -> None:
    """The backlog is late at first, and ever less; its end is from the future."""
    clock = BoardClock()
    for at in range(10):
        placed(clock, at + 1, board_ms=at * 1_000, received_ms=at * 1_000 + 20)
    for at in range(10, 50):
        placed(clock, at + 1, board_ms=at * 1_000 + 17_000, received_ms=50_020)
    for at in range(50, 60):
        placed(clock, at + 1, board_ms=at * 1_000 + 17_000, received_ms=at * 1_000 + 20)
    assert clock.take_jump()
    assert abs(clock.offset_ms + 17_000) <= TOLERANCE_MS
    for at in range(60, 900):
        placed(clock, at + 1, board_ms=at * 1_010 + 16_400, received_ms=at * 1_000 + 20)
    assert not clock.take_jump(), "a drift is none"
