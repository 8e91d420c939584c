"""Which intervals were measured: one at a time as all at once."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Reading, Stamp
from contract.window import ROWS_A_WINDOW
from gateway.twin.cadence import Cadence, Lag, Pace, Steady, measured
from gateway.twin.minutes import key_of

MAX_GAP_MS = 2_000
steps = st.sampled_from([0, 10, 200, 600, 1_000, 1_001, 2_000, 2_001, 5_000, 10_000, 60_000])


@st.composite
def courses(draw: st.DrawFn) -> list[Reading]:
    """Readings in order, with rates that change, numbers that lack and boards that start anew."""
    time_ms, seq, epoch, made = 1_000_000, 0, 1, []
    for _ in range(draw(st.integers(2, 40))):
        time_ms += draw(steps | st.integers(0, 12_000))
        seq += draw(st.sampled_from([1, 1, 1, 2, 3, 4]))
        if draw(st.integers(0, 15)) == 0:
            epoch, seq = epoch + 1, 1
        period_ms = draw(st.sampled_from([None, None, None, 200, 5_000]))
        reading = Reading(f"e-{epoch:03}", seq, {}, time_ms, None, period_ms)
        reading.stamp = draw(st.sampled_from([Stamp.BOARD] * 4 + [Stamp.WAITED]))
        made.append(reading)
    return sorted(made, key=key_of)


def one_by_one(readings: Sequence[Reading]) -> list[bool]:
    """What the incremental rule says, with what it owes made good."""
    cadence, flags, owed = Cadence(), [], set()
    for before, reading in pairwise(readings):
        is_measured, more = cadence.step(before, reading, MAX_GAP_MS)
        flags.append(is_measured)
        owed |= set(more)
    truth = measured(readings, MAX_GAP_MS)
    ends = [reading.time_ms for reading in readings[1:]]
    return [
        right if end in owed else flag for flag, right, end in zip(flags, truth, ends, strict=True)
    ]


@pytest.mark.slow
@given(courses())
def test_one_at_a_time_says_the_same_as_all_at_once(readings: list[Reading]) -> None:
    assert one_by_one(readings) == measured(readings, MAX_GAP_MS)


def course(*elapsed_ms: int) -> list[Reading]:
    time_ms, made = 1_000_000, [Reading("e-1", 1, {}, 1_000_000)]
    for seq, step in enumerate(elapsed_ms, 2):
        time_ms += step
        made.append(Reading("e-1", seq, {}, time_ms))
    return made


@pytest.mark.parametrize(
    ("elapsed_ms", "expected"),
    [
        ((200, 2_000, 200), [True, True, True]),
        ((200, 2_001, 200), [True, False, True]),
        ((10_000, 10_000), [False, False]),
        ((10_000, 10_000, 10_000), [True, True, True]),
        ((10_000, 10_000, 10_000, 600_000, 10_000), [True, True, True, False, False]),
        ((3_600_000, 3_600_000, 3_600_000), [True, True, True]),
    ],
)
def test_a_run_is_three_alike(elapsed_ms: tuple[int, ...], expected: list[bool]) -> None:
    assert measured(course(*elapsed_ms), MAX_GAP_MS) == expected


@pytest.mark.parametrize(
    ("elapsed_ms", "period_ms"),
    [
        ([200] * 5, None),
        ([10_000], 10_000),
        ([200, 10_000], None),  # one long interval is a pause
        ([200, 10_000, 10_000], 10_000),
        ([10_000, 10_000, 200], None),
        ([10_000, 600_000], 10_000),
    ],
)
def test_a_pace_is_what_is_shown_twice(elapsed_ms: list[int], period_ms: int | None) -> None:
    pace = Pace()
    for step in elapsed_ms:
        pace.step(step, None)
    assert pace.period_ms == period_ms


def test_a_pace_is_what_is_announced_until_it_shows_otherwise() -> None:
    pace = Pace()
    pace.announce(0.1)
    assert pace.period_ms == 10_000
    pace.step(200, None)
    assert pace.period_ms is None
    pace.step(200, 3_000)
    assert pace.period_ms == 3_000


@pytest.mark.parametrize(
    ("said_ms", "elapsed_ms", "period_ms"),
    [
        (100, [5_000] * 3, 5_000),
        (200_000, [200] * 60, None),
        (60_000, [4_000] * 4, 4_000),
        (10_000, [6_000] * 9, 10_000),  # nearly
        (60_000, [200, 60_000, 60_000], 60_000),  # the first after a change comes soon
        (60_000, [200] * 40, 60_000),  # a handful that came at once
        (1_000, [1_000, 9_000, 1_000, 1_000], 1_000),  # a pause
    ],
)
def test_a_period_is_believed_until_it_shows_otherwise(
    said_ms: int, elapsed_ms: list[int], period_ms: int | None
) -> None:
    pace = Pace()
    for step in elapsed_ms:
        pace.step(step, said_ms)
    assert pace.period_ms == period_ms


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("inf"), float("nan"), None])
def test_no_rate_is_no_period(rate_hz: float | None) -> None:
    pace = Pace()
    pace.announce(rate_hz)
    assert pace.period_ms is None


def test_late_readings_at_their_own_pace_are_of_now_and_a_backlog_is_not() -> None:
    live, backlog = Lag(), Lag()
    for at in range(0, 3_000, 200):
        live.step(at, 18_000_000 + at)
        backlog.step(at * 10, 18_000_000 + at)
    assert live.shift_ms == 18_000_000
    assert backlog.shift_ms == 0


def test_a_board_is_steady_once_a_whole_window_was_and_until_a_step_is_another() -> None:
    steady = Steady()
    told = [steady.step(200 + at % 3) for at in range(ROWS_A_WINDOW + 5)]
    assert [at for at, is_now in enumerate(told) if is_now] == [ROWS_A_WINDOW]
    assert steady.is_shown
    assert not steady.step(300)
    assert not steady.is_shown
    assert not any(steady.step(elapsed_ms) for elapsed_ms in [200, 300] * ROWS_A_WINDOW)
