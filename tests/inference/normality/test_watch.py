"""What is normal of a machine, and what is not: causal, remembered exactly, quiet where it is."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import BadDataset
from inference.normality.following import Follower, follow
from inference.normality.memory import Memory, recalled, remembered
from inference.normality.normal import Array, learn
from inference.normality.proof import learned
from inference.normality.settings import LEAST_ROWS
from inference.normality.watch import Watch

FIRST = 300


def machine(seed: int, rows: int = 900, channels: int = 3) -> Array:
    random = np.random.default_rng(seed)
    return random.normal(size=(rows, channels)) + np.arange(channels) * 50.0


def stepped(rows: Array, *, at: int, until: int, by: float, channel: int = 1) -> Array:
    moved = rows.copy()
    moved[at:until, channel] += by
    return moved


def test_a_step_is_an_anomaly_until_it_is_taken_back_and_names_its_channel() -> None:
    found = follow(stepped(machine(1), at=500, until=650, by=6.0), first=FIRST)
    marked = np.flatnonzero(found.anomalies)
    assert 500 <= marked[0] <= 515
    assert 650 <= marked[-1] <= 690
    assert found.shares[600].argmax() == 1


def test_the_end_of_a_step_is_seen_though_another_channel_creeps_meanwhile() -> None:
    rows = stepped(machine(2, rows=1200), at=500, until=700, by=8.0)
    rows[500:, 2] += np.linspace(0.0, 3.0, 700)
    anomalies = follow(rows, first=FIRST).anomalies
    assert anomalies[560:690].all()
    assert not anomalies[750:].any()


def test_a_machine_that_goes_on_as_it_was_is_quiet() -> None:
    for seed in range(3):
        assert follow(machine(seed, rows=1_500), first=FIRST).anomalies.sum() == 0


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1_000), cut=st.integers(FIRST + 1, 690), learns_on=st.booleans())
def test_no_score_changes_with_what_comes_later(seed: int, cut: int, learns_on: bool) -> None:  # noqa: FBT001
    rows = machine(seed, rows=700)
    rows[450:500, 0] += 9.0
    other = rows.copy()
    other[cut:] = np.random.default_rng(seed + 1).normal(size=other[cut:].shape) * 40.0
    times_s = np.arange(len(rows), dtype=np.float64) * np.float64(60) if learns_on else None
    one, two = (follow(each, first=FIRST, times_s=times_s) for each in (rows, other))
    assert np.array_equal(one.scores[:cut], two.scores[:cut])
    assert np.array_equal(one.anomalies[:cut], two.anomalies[:cut])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 100), cut=st.integers(1, 399))
def test_a_watch_goes_on_from_its_memory_as_if_it_had_never_stopped(seed: int, cut: int) -> None:
    rows = stepped(machine(seed, rows=700), at=400, until=500, by=7.0)
    whole = Watch(learn(rows[:FIRST]))
    parts = Watch(learn(rows[:FIRST]))
    for at, row in enumerate(rows[FIRST:]):
        if at == cut:
            text = msgspec.json.encode(remembered(parts, ["a", "b", "c"]))
            parts = recalled(msgspec.json.decode(text, type=Memory))
        one, two = whole.step(row, at * 600.0), parts.step(row, at * 600.0)
        assert (one.score, one.is_anomaly) == (two.score, two.is_anomaly)


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
@settings(max_examples=8, deadline=None)
def test_units_make_no_difference(scale: float, shift: float) -> None:
    rows = stepped(machine(3, rows=600), at=450, until=500, by=6.0)
    one, two = follow(rows, first=FIRST), follow(rows * scale + shift, first=FIRST)
    assert two.scores == pytest.approx(one.scores, rel=1e-4, abs=1e-4)


def test_what_was_not_measured_is_no_anomaly_and_a_channel_that_never_moves_is_none() -> None:
    rows = machine(4)
    rows[:, 2] = 7.0
    rows[400:600, 0] = np.nan
    rows[100:200, 1] = np.nan
    assert not follow(rows, first=FIRST).anomalies.any()


def begun(watch: Watch, rows: Array, *, first: int) -> list[int]:
    """At which rows an anomaly begins, a look every 10 s."""
    stands = [watch.step(row, at * 10.0).is_anomaly for at, row in enumerate(rows[first:], first)]
    turns = zip([False, *stands], stands, strict=False)
    return [first + at for at, (before, now) in enumerate(turns) if now and not before]


def test_within_a_day_of_an_anomaly_another_one_must_be_further_out() -> None:
    rows = machine(5, rows=3_000)
    for at in range(400, 2_400, 200):
        rows[at : at + 40, 0] += 3.0
    rows[2_600:2_640] += 6.0
    careless = follow(rows, first=FIRST).anomalies
    assert (careless & ~np.concatenate([[False], careless[:-1]])).sum() > 5
    first, second = begun(Watch(learn(rows[:FIRST])), rows, first=FIRST)
    assert 400 <= first < 440
    assert 2_600 <= second < 2_640


def test_a_threshold_is_borne_out_by_what_nothing_was_learned_from() -> None:
    rows = machine(6, rows=1_200)
    for at in range(620, 1_180, 80):
        rows[at : at + 30, 0] += 4.0
    assert learned(rows, first=600).threshold > 1.2 * Watch(learn(rows)).threshold


def test_a_follower_says_nothing_before_what_it_learned_was_tried() -> None:
    rows = machine(7, rows=450)
    follower = Follower(first=200)
    told = [follower.step(row, at * 10.0) for at, row in enumerate(rows)]
    assert [each is None for each in told] == [True] * 400 + [False] * 50


@pytest.mark.parametrize("rows", [np.zeros((LEAST_ROWS - 1, 2)), np.full((300, 2), np.nan)])
def test_what_nothing_can_be_learned_from_is_said(rows: Array) -> None:
    with pytest.raises(BadDataset):
        learn(rows)
