"""A right clock is never corrected, a constant offset soon, and a backlog is none."""

from collections.abc import Iterable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Reading, Stamp
from gateway.clocks.board_clock import TOLERANCE_MS, BoardClock

NOW_MS: Final = 1_763_640_000_000
OLDEST_MS: Final = NOW_MS - 7 * 86_400_000
HOUR_MS: Final = 3_600_000


def send(
    clock: BoardClock, arrivals: Iterable[tuple[int, int]], *, off_ms: int = 0, first: int = 1
) -> list[Reading]:
    """Readings measured and received so many ms after NOW_MS, by a board ``off_ms`` off."""
    placed = []
    for seq, (measured_ms, received_ms) in enumerate(arrivals, first):
        reading = Reading("e-1", seq, {}, NOW_MS + measured_ms + off_ms)
        clock.place(reading, now_ms=NOW_MS + received_ms, oldest_ms=OLDEST_MS)
        placed.append(reading)
    return placed


@given(
    period_ms=st.sampled_from([10, 200, 1_000, 5_000, 60_000]),
    spans=st.lists(
        st.tuples(
            st.sampled_from(["live", "away"]),
            st.integers(3, 40),  # readings
            st.floats(1.3, 400.0),  # a backlog's pace against real time
        ),
        min_size=1,
        max_size=6,
    ),
    delays_ms=st.lists(st.integers(0, 1_500), min_size=1, max_size=30),
)
def test_a_right_clock_is_believed_whatever_happens_on_the_way(
    period_ms: int, spans: list[tuple[str, int, float]], delays_ms: list[int]
) -> None:
    """Delays of the network, waits, and backlogs that are drained at any pace above its own."""
    clock, arrivals = BoardClock(), []
    measured_ms = last_ms = 0
    for kind, count, pace in spans:
        resumed_ms = measured_ms + count * period_ms
        for at in range(count):
            measured_ms += period_ms
            delay_ms = delays_ms[at % len(delays_ms)]
            due_ms = measured_ms + delay_ms
            if kind == "away":
                due_ms = max(due_ms, round(resumed_ms + (at + 1) * period_ms / pace))
            last_ms = max(last_ms + 1, due_ms)
            arrivals.append((measured_ms, last_ms))
    for reading, (at_ms, _) in zip(send(clock, arrivals), arrivals, strict=True):
        assert reading.time_ms == NOW_MS + at_ms
        assert reading.stamp == Stamp.BOARD
    assert clock.offset_ms == 0


@given(
    off_ms=st.integers(-6 * HOUR_MS, 6 * HOUR_MS).filter(lambda ms: abs(ms) > 3_000),
    period_ms=st.sampled_from([100, 200, 1_000, 3_000, 10_000]),
    delay_ms=st.integers(0, 200),
)
def test_a_constant_offset_is_corrected_soon(off_ms: int, period_ms: int, delay_ms: int) -> None:
    clock = BoardClock()
    count = 5 + 4_000 // period_ms
    arrivals = [(at * period_ms, at * period_ms + delay_ms) for at in range(count)]
    placed = send(clock, arrivals, off_ms=off_ms)
    assert placed[-1].time_ms is not None
    assert abs(placed[-1].time_ms - NOW_MS - arrivals[-1][0]) <= TOLERANCE_MS
    estimate = clock.estimate()
    assert estimate is not None
    assert abs(estimate.offset_ms + off_ms) <= 200
    assert all(reading.board_ms == NOW_MS + at + off_ms for reading, (at, _) in
               zip(placed, arrivals, strict=True))  # fmt: skip


@pytest.mark.parametrize("step_ms", [-HOUR_MS, -50_000, -86_400_000])
def test_a_clock_that_is_set_back_is_corrected_within_seconds(step_ms: int) -> None:
    clock = BoardClock()
    live = [(at, at + 5) for at in range(0, 10_000, 200)]
    send(clock, live)
    after = [(at, at + 5) for at in range(10_000, 20_000, 200)]
    placed = send(clock, after, off_ms=step_ms, first=len(live) + 1)
    right = [
        abs((reading.time_ms or 0) - NOW_MS - at_ms) <= 100
        for reading, (at_ms, _) in zip(placed, after, strict=True)
    ]
    assert all(right[17:])
    assert clock.take_jump()
    assert not clock.take_jump()


@given(ahead_ms=st.integers(TOLERANCE_MS + 1, 10 * HOUR_MS))
def test_nothing_is_younger_than_its_receipt(ahead_ms: int) -> None:
    (reading,) = send(BoardClock(), [(0, 5)], off_ms=ahead_ms + 5)
    assert reading.time_ms == NOW_MS + 5
    assert reading.stamp == Stamp.RECEIPT


def test_while_the_gateways_own_clock_is_in_doubt_nothing_is_corrected_or_refused() -> None:
    clock = BoardClock()
    for seq in range(1, 60):
        reading = Reading("e-1", seq, {}, NOW_MS + seq * 200)
        clock.place(reading, now_ms=NOW_MS + 10 * 365 * 86_400_000 + seq * 200, oldest_ms=None)
        assert reading.time_ms == NOW_MS + seq * 200
    assert clock.offset_ms == 0


def test_a_list_without_times_is_spread_over_the_time_since_the_last_one() -> None:
    clock = BoardClock()
    seq = 0
    last: list[int | None] = []
    for received_ms in range(0, 40_000, 10_000):
        last = []
        for behind in reversed(range(10)):
            seq += 1
            reading = Reading("e-1", seq, {})
            clock.place(reading, now_ms=NOW_MS + received_ms, oldest_ms=OLDEST_MS, behind=behind)
            last.append(reading.time_ms)
    assert last == [NOW_MS + 30_000 - behind * 1_000 for behind in reversed(range(10))]


def test_a_list_without_times_after_an_outage_is_not_spread_over_it() -> None:
    clock, times = BoardClock(), []
    for seq, (received_ms, behind) in enumerate(
        [(0, 1), (0, 0), (2_000, 1), (2_000, 0), (4_000, 1), (4_000, 0), (HOUR_MS, 1), (HOUR_MS, 0)]
    ):
        reading = Reading("e-1", seq + 1, {})
        clock.place(reading, now_ms=NOW_MS + received_ms, oldest_ms=OLDEST_MS, behind=behind)
        times.append((reading.time_ms or 0) - NOW_MS)
    assert times[4:] == [3_000, 4_000, HOUR_MS, HOUR_MS]
