"""How far retention has come, whatever the clock does meanwhile."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.clocks.horizon import PACE, Horizon

DAY = 86_400_000
NOW = 1_763_640_000_000


def test_it_begins_at_the_newest_receipt_and_goes_with_the_clock() -> None:
    horizon = Horizon(stored_ms=None, newest_ms=NOW, steady_ms=0)
    assert horizon.advance(now_ms=NOW + 10_000, steady_ms=10_000) == NOW + 10_000
    assert horizon.advance(now_ms=NOW + 10 * DAY, steady_ms=20_000) == NOW + 30_000


def test_it_goes_on_where_the_journal_says_and_catches_up_at_twice_the_pace() -> None:
    horizon = Horizon(stored_ms=NOW - 2 * DAY, newest_ms=NOW - DAY, steady_ms=0)
    assert horizon.advance(now_ms=NOW + DAY, steady_ms=DAY) == NOW
    assert horizon.advance(now_ms=NOW + 2 * DAY, steady_ms=2 * DAY) == NOW + 2 * DAY


def test_a_journal_without_readings_begins_now() -> None:
    horizon = Horizon(stored_ms=None, newest_ms=None, steady_ms=0)
    assert horizon.advance(now_ms=NOW, steady_ms=5) == NOW


def test_readings_that_came_before_the_clock_was_put_right_are_young() -> None:
    horizon = Horizon(stored_ms=None, newest_ms=None, steady_ms=0)
    horizon.begin(NOW - 30 * DAY)
    horizon.begin(NOW)
    assert horizon.advance(now_ms=NOW, steady_ms=10_000) == NOW - 30 * DAY + 20_000


def test_it_is_never_ahead_of_the_clock_not_even_by_a_journal_from_the_future() -> None:
    horizon = Horizon(stored_ms=None, newest_ms=NOW + 3_650 * DAY, steady_ms=0)
    assert horizon.advance(now_ms=NOW, steady_ms=10) == NOW


def test_what_passes_in_doubt_is_not_caught_up_with_at_once() -> None:
    horizon = Horizon(stored_ms=NOW, newest_ms=None, steady_ms=0)
    horizon.hold(steady_ms=DAY)
    assert horizon.advance(now_ms=NOW + 3 * DAY, steady_ms=DAY + 10_000) == NOW + 20_000


@given(st.lists(st.tuples(st.integers(0, 2 * 10**12), st.integers(0, DAY)), max_size=50))
def test_whatever_the_clock_does_nothing_goes_before_half_its_time(
    rounds: list[tuple[int, int]],
) -> None:
    """A receipt is never before the horizon, so what the horizon gains is what a row has aged."""
    horizon = Horizon(stored_ms=None, newest_ms=NOW, steady_ms=0)
    steady, reached = 0, [(NOW, 0)]
    for now_ms, passed in rounds:
        steady += passed
        at_ms = horizon.advance(now_ms=now_ms, steady_ms=steady)
        assert at_ms <= now_ms
        assert all(at_ms - before <= PACE * (steady - then) for before, then in reached)
        reached.append((at_ms, steady))
