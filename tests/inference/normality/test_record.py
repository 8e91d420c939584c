"""The threshold that excursions bear out: what comes now and then is beneath it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.normality.record import DAY_S, KEPT_S, MOST_PEAKS, Peak, Record, copied
from inference.normality.settings import TUNING

LOOK_S = 60.0
QUIET = 3 * TUNING.span + 1


def excursion(record: Record, score: float, *, at_s: float) -> float:
    """One of ten looks, then none until ``at_s``; the time after it."""
    now_s = at_s
    for look in range(10 + QUIET):
        record.step(score if look < 10 else 0.5, now_s)
        now_s += LOOK_S
    return now_s


def days(record: Record, each_day: list[list[float]], *, from_s: float = 0.0) -> float:
    """Excursions so high, day by day."""
    for number, scores in enumerate(each_day):
        now_s = from_s + number * DAY_S
        for score in scores:
            now_s = excursion(record, score, at_s=now_s)
        while now_s < from_s + (number + 1) * DAY_S:
            record.step(0.5, now_s)
            now_s += LOOK_S
    return from_s + len(each_day) * DAY_S


def test_nothing_seen_bears_out_any_threshold() -> None:
    record = Record()
    days(record, [[]])
    assert record.needed() == 0.0


def test_of_less_than_a_day_more_is_expected_than_was_seen() -> None:
    record = Record()
    now_s = excursion(record, 2.0, at_s=0.0)
    excursion(record, 2.0, at_s=now_s)
    assert record.needed() > 1.2 * TUNING.margin * 2.0


def test_what_comes_every_day_is_beneath_it_and_half_of_what_is_promised_beyond() -> None:
    record = Record()
    days(record, [[2.0, 2.0], [2.0, 9.0], [2.0, 2.0], [2.0, 9.0], [2.0], [2.0, 9.0], [2.0]])
    assert record.needed() == pytest.approx(TUNING.margin * 2.0)


def test_after_a_week_it_is_forgotten() -> None:
    record = Record()
    now_s = days(record, [[9.0] * 8])
    assert record.needed() >= TUNING.margin * 9.0
    days(record, [[2.0]] * 8, from_s=now_s)
    assert record.needed() == pytest.approx(TUNING.margin * 2.0)
    assert record.watched_s == pytest.approx(9 * DAY_S, rel=1e-3)
    assert all(peak.watched_s > record.watched_s - KEPT_S - DAY_S for peak in record.peaks)


def test_a_fault_that_stays_counts_once_however_long_and_is_not_learned_away() -> None:
    record = Record()
    now_s = days(record, [[2.0], [2.0]])
    before = record.needed()
    for _ in range(round(5 * DAY_S / LOOK_S)):
        record.step(6.0, now_s, stands=True)
        now_s += LOOK_S
    assert record.needed() <= before
    for _ in range(QUIET):
        record.step(0.5, now_s)
        now_s += LOOK_S
    assert [peak.score for peak in record.peaks] == [2.0, 2.0, 6.0]
    assert record.needed() <= before


def test_a_machine_that_was_away_was_not_watched_meanwhile() -> None:
    record = Record()
    record.step(0.5, 0.0)
    record.step(0.5, 30 * DAY_S)
    assert record.watched_s < 2 * 3_600


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1_000), often=st.sampled_from([2, 6, 12]))
def test_the_promise_is_kept_of_any_machine_whose_excursions_come_at_random(
    seed: int, often: int
) -> None:
    dice, record, beyond = np.random.default_rng(seed), Record(), 0
    for day in range(14):
        heights = (1.5 + dice.exponential(1.0, dice.poisson(often))).tolist()
        beyond += sum(height > record.needed() for height in heights)
        days(record, [heights], from_s=day * DAY_S)
        assert len(record.peaks) <= MOST_PEAKS
    assert beyond <= 14 * 1.0 + often


def test_a_record_that_somebody_made_up_is_borne() -> None:
    made_up = Record(watched_s=-5.0, peaks=[Peak(0.0, 2.0), Peak(0.0, 3.0)])
    assert made_up.needed() > TUNING.margin * 2.0


def test_a_copy_knows_the_same_and_goes_its_own_way() -> None:
    record = Record()
    excursion(record, 2.0, at_s=0.0)
    other = copied(record)
    assert other == record
    excursion(other, 3.0, at_s=DAY_S)
    assert len(record.peaks) == 1
