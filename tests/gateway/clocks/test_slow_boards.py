"""A board that seems to be off: corrected, unless it may be the gateway's clock that is."""

import pytest

from contract.messages import Reading
from gateway.clocks.board_clock import BoardClock

NOW_MS = 1_795_848_000_000
DAY_MS = 86_400_000
PERIOD_MS = 100


def offset_after(ms: int, *, oldest_ms: int | None) -> int:
    """What a board 30 days behind is corrected by once it has sent for so long."""
    clock = BoardClock()
    for seq in range(1, ms // PERIOD_MS + 1):
        now_ms = NOW_MS + seq * PERIOD_MS
        reading = Reading("e-1", seq, {}, now_ms - 30 * DAY_MS)
        clock.place(reading, now_ms=now_ms, oldest_ms=oldest_ms)
    return clock.offset_ms


@pytest.mark.parametrize(
    ("oldest_ms", "slow_ms", "soon_ms"),
    [(NOW_MS - 60 * DAY_MS, 2_500, 4_000), (0, 8_000, 10_000)],
)
def test_it_is_corrected_once_others_could_have_spoken(
    oldest_ms: int, slow_ms: int, soon_ms: int
) -> None:
    assert offset_after(slow_ms, oldest_ms=oldest_ms) == 0
    assert offset_after(soon_ms, oldest_ms=oldest_ms) == 30 * DAY_MS


def test_nothing_is_corrected_by_a_clock_in_doubt() -> None:
    assert offset_after(30_000, oldest_ms=None) == 0


def test_what_was_measured_in_a_former_life_does_not_move_with_this_ones_clock() -> None:
    before = BoardClock()
    for seq in range(1, 30):
        now_ms = NOW_MS + seq * PERIOD_MS
        before.place(Reading("e-1", seq, {}, now_ms), now_ms=now_ms, oldest_ms=1)
    clock = BoardClock(before.memory())
    clock.move(-30 * DAY_MS)  # others were heard already, and this gateway was ahead
    assert clock.memory() == before.memory()
    reading = Reading("e-1", 30, {}, NOW_MS + 3_000)
    clock.place(reading, now_ms=NOW_MS + 3_000, oldest_ms=1)
    assert (reading.time_ms, clock.offset_ms) == (NOW_MS + 3_000, 0)


@pytest.mark.parametrize("by_ms", [13_000, -13_000, DAY_MS, -DAY_MS])
@pytest.mark.parametrize("timed", [0, 3])
def test_a_right_board_that_knows_no_time_while_the_gateways_is_put_right_has_not_jumped(
    by_ms: int, timed: int
) -> None:
    """It was known to be right in a former life; in this one it starts anew, without a clock."""
    before = BoardClock()
    before.place(Reading("e-1", 1, {}, NOW_MS), now_ms=NOW_MS, oldest_ms=1)
    clock = BoardClock(before.memory())
    for seq in range(2, 2 + timed):  # heard, and not weighed: the gateway is in doubt
        at_ms = NOW_MS + seq * 1_000
        clock.place(Reading("e-1", seq, {}, at_ms), now_ms=at_ms - by_ms, oldest_ms=None)
    for seq in range(1, 10):
        now_ms = NOW_MS + 10_000 + seq * 1_000 - by_ms
        clock.place(Reading("e-2", seq, {}, None), now_ms=now_ms, oldest_ms=None)
    clock.move(by_ms)
    for seq in range(10, 30):
        at_ms = NOW_MS + 10_000 + seq * 1_000
        reading = Reading("e-2", seq, {}, at_ms)
        clock.place(reading, now_ms=at_ms, oldest_ms=1)
        assert (reading.time_ms, clock.offset_ms, clock.has_jumped) == (at_ms, 0, False)


def test_a_wrong_board_that_knows_no_time_is_as_wrong_by_the_right_time() -> None:
    """Its offset was learned by a clock that was a day ahead, and moves along with that."""
    clock = BoardClock()
    for seq in range(1, 30):
        at_ms = NOW_MS + seq * 1_000
        clock.place(Reading("e-1", seq, {}, at_ms - 60_000), now_ms=at_ms + DAY_MS, oldest_ms=1)
    assert clock.offset_ms == DAY_MS + 60_000
    clock.place(Reading("e-2", 1, {}, None), now_ms=NOW_MS + 30_000 + DAY_MS, oldest_ms=1)
    clock.move(-DAY_MS)
    assert clock.offset_ms == 60_000
