"""How long something has left, with an interval, or why nobody can say."""

import random
from math import exp, log
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.prognosis import remaining
from contract.prognosis.newest import Newest
from contract.prognosis.passage import quantile
from contract.prognosis.remaining import Series, left
from contract.prognosis.trend import trend_of
from contract.prognosis.windows import MOST_POINTS, windows
from tests.contract.prognosis.paths import path

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def series(values: list[float]) -> Series:
    return Series(tuple(float(at) for at in range(len(values))), tuple(values))


def parts(values: list[float]) -> tuple[Series, ...]:
    """All of it, its last quarter and its last sixteenth, as the gateway looks at it."""
    whole = series(values)
    return tuple(
        Series(whole.times_h[-len(values) // part :], whole.values[-len(values) // part :])
        for part in (1, 4, 16)
    )


def test_what_wears_evenly_is_told_with_an_interval() -> None:
    worn = path(1, drift=0.01, diffusion=1e-5, noise=0.01, hours=60)
    found = left((series(worn.values),), end=1.0)
    assert found.reason is None
    assert found.hours == pytest.approx(40.0, rel=0.2)
    assert found.low is not None
    assert found.high is not None
    assert 25.0 < found.low < 40.0 < found.high < 60.0
    assert (found.at_h, found.span_h) == (60.0, 60.0)


@given(st.integers(0, 500))
@settings(max_examples=30)
def test_what_falls_to_its_end_is_the_same_turned_over(seed: int) -> None:
    values = path(seed, drift=0.01, diffusion=1e-4, noise=0.01, hours=60).values
    up = left((series(values),), end=1.0)
    down = left((series([-value for value in values]),), end=-1.0, falls=True)
    assert (up.hours, up.low, up.high, up.reason) == (down.hours, down.low, down.high, down.reason)


def test_without_wear_there_is_no_number() -> None:
    flat = path(2, drift=0.0, diffusion=0.0, noise=0.05, hours=90).values
    assert left(parts(flat), end=1.0).reason == remaining.NO_WEAR
    mends = path(2, drift=-0.01, diffusion=0.0, noise=0.05, hours=90).values
    found = left(parts(mends), end=1.0)
    assert (found.hours, found.reason) == (None, remaining.NO_WEAR)


def test_too_little_is_no_trend_and_the_end_is_no_future() -> None:
    assert left((series([0.1, 0.2, 0.3]),), end=1.0).reason == remaining.TOO_LITTLE
    assert left((), end=1.0).reason == remaining.TOO_LITTLE
    worn = path(1, drift=0.01, diffusion=0.0, noise=0.001, hours=120).values
    assert left((series(worn),), end=1.0).reason == remaining.BEYOND


def test_what_takes_far_longer_than_was_seen_is_no_number_but_a_least() -> None:
    slow = path(3, drift=0.001, diffusion=0.0, noise=0.002, hours=60).values
    found = left((series(slow),), end=1.0)
    assert (found.hours, found.reason) == (None, remaining.SLOW)
    assert found.low is not None
    assert found.low > 500.0


def test_wear_that_began_late_is_seen_in_the_last_part() -> None:
    rng = random.Random(4)
    fresh = [rng.gauss(0.1, 0.01) for _ in range(700)]
    worn = [0.1 + 0.01 * at + rng.gauss(0.0, 0.01) for at in range(60)]
    assert left((series(fresh + worn),), end=1.0).reason is not None
    found = left(parts(fresh + worn), end=1.0)
    assert found.hours == pytest.approx(30.0, rel=0.2)


def test_what_wears_ever_faster_is_no_line() -> None:
    rng = random.Random(5)
    grown = [exp(log(0.05) + 0.03 * at) + rng.gauss(0.0, 0.01) for at in range(81)]
    found = left(parts(grown), end=1.0)  # at 99.9 h
    assert found.hours == pytest.approx(19.9, abs=2.0)
    assert found.slope == pytest.approx(0.03 * grown[-1], rel=0.1)


@pytest.mark.parametrize("entered", [True, False])
def test_what_was_renewed_begins_anew_though_nobody_entered_it(entered: bool) -> None:  # noqa: FBT001
    rng = random.Random(6)
    old = [0.2 + 0.01 * at for at in range(70)]
    before = [0.9] * 3 if entered else old
    new = [0.1 + 0.01 * at for at in range(40)]
    values = [value + rng.gauss(0.0, 0.01) for value in (*before, *new)]
    found = left((series(values),), end=1.0)
    assert found.points >= 36
    assert found.hours == pytest.approx(51.0, rel=0.1)


def test_chance_is_seldom_taken_for_wear() -> None:
    told = 0
    for seed in range(150):
        noise, diffusion = (0.05, 0.0) if seed % 2 else (0.0, 1e-4)
        values = path(seed, drift=0.0, diffusion=diffusion, noise=noise, hours=95).values
        told += left(parts(values), end=1.0).hours is not None
    assert told <= 6


@given(begun_ms=st.integers(0, 400 * DAY_MS), span_ms=st.integers(0, 1500 * DAY_MS))
def test_windows_are_of_whole_steps_since_it_was_new(begun_ms: int, span_ms: int) -> None:
    now_ms = begun_ms + span_ms
    for from_ms, to_ms, step_ms in windows(begun_ms, now_ms):
        assert from_ms % step_ms == to_ms % step_ms == 0
        assert begun_ms <= from_ms or from_ms == to_ms
        assert from_ms <= to_ms <= now_ms
        assert (to_ms - from_ms) // step_ms <= MOST_POINTS + 1


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "hours"), [(0.0, 1), (0.02, 1), (0.0, 3)])
def test_intervals_hold_what_they_promise(noise: float, hours: int) -> None:
    """Within 3 points: of ways whose end is still to come, of instants or means of some hours."""
    seen_h, found = 72, []
    for seed in range(800):
        worn = path(seed, drift=0.006, diffusion=5e-5, noise=noise, hours=400)
        if worn.passed_h is None or worn.passed_h <= seen_h:
            continue
        values = [fmean(worn.values[at : at + hours]) for at in range(0, seen_h + 1, hours)]
        at_h = [at * hours + (hours - 1) / 2.0 for at in range(len(values))]
        trend = trend_of(at_h[: seen_h // hours], values[: seen_h // hours], averaged=hours > 1)
        if trend.certainty < remaining.CERTAIN or trend.level >= 1.0:
            continue
        true_h = worn.passed_h - trend.end_h
        shares = (0.05, 0.1, 0.9, 0.95)
        found.append((true_h, [quantile(trend, 1.0, share) for share in shares]))
    assert len(found) > 500
    for low, high, promised in ((0, 3, 0.9), (1, 2, 0.8)):
        held = sum(told[low] <= true <= told[high] for true, told in found) / len(found)
        assert held == pytest.approx(promised, abs=0.03)


def test_what_was_answered_is_known_without_the_question() -> None:
    values = path(7, drift=0.01, diffusion=1e-5, noise=0.01, hours=60).values
    found = left(parts(values), end=1.0)
    assert left(parts(list(values)), end=1.0) is found
    others = [left(parts(values), end=2.0), left(parts(values), end=1.0, level=0.5)]
    assert found not in others
    assert others[0] != others[1]
    shorter = parts(values)[:1]
    assert left(shorter, end=1.0) is not found


def test_so_many_answers_are_known_and_those_asked_for_last() -> None:
    newest = Newest[int](2)
    for number in (1, 2):
        newest.put(b"%d" % number, number)
    assert newest.get(b"1") == 1
    newest.put(b"3", 3)
    assert [newest.get(b"%d" % number) for number in (1, 2, 3)] == [1, None, 3]
    assert len(newest) == 2
