"""Windows of the past are those the twin showed, told of as they would have been then."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.diagnosing import Window, is_certain
from contract.messages import Diagnosis, Reading
from gateway.judging.hindsight import EVERY_MS, Retelling, Stored, windows_of
from tests.gateway.builders import DRILL, T0, diagnosis, new_twin, reading

STEPS_MS = st.sampled_from([0, 1, 20, 200, 200, 200, 900, 2500, 20_000])
COURSES = st.lists(st.tuples(STEPS_MS, st.sampled_from("aaaaaaab")), min_size=1, max_size=200)


def course(steps: list[tuple[int, str]]) -> list[Reading]:
    """Readings in order of their keys, of boards that now and then begin anew."""
    at_ms, readings = 0, []
    epoch = 1
    for seq, (step_ms, letter) in enumerate(steps, start=1):
        at_ms += step_ms
        epoch += letter == "b"
        readings.append(reading(seq, at_ms, epoch=f"a-{epoch:03}", heat=seq, ambient=20))
    return readings


def windows(readings: list[Reading], after_ms: int) -> list[Window]:
    return windows_of(readings, device="drill-1", asset=DRILL, after_ms=after_ms)


@given(COURSES, st.integers(-1, 20_000))
def test_a_window_is_what_the_twin_showed(steps: list[tuple[int, str]], after: int) -> None:
    readings = course(steps)
    twin, shown = new_twin(), {}
    for each in readings:
        assert twin.fold(each)
        shown[each.seq] = twin.window()
    found = windows(readings, T0 + after)
    for window in found:
        assert window == shown[int(window.rows[-1][0])]
    times = [window.newest_ms for window in found]
    late = [each for each in readings if (each.time_ms or 0) > T0 + after]
    for last in late[-1:]:
        assert found[-1:] == [shown[last.seq]] or shown[last.seq] is None, "the last is looked at"
    gaps = [later - earlier for earlier, later in pairwise(times[:-1])]
    assert all(gap >= EVERY_MS for gap in gaps)


def test_at_two_a_second_every_window_is_looked_at() -> None:
    readings = course([(500, "a")] * 20)
    assert len(windows(readings, T0 + 2500)) == 15


def test_without_readings_there_are_no_windows() -> None:
    assert windows([], T0) == []


def test_a_new_epoch_begins_a_new_window() -> None:
    readings = [reading(1, 0), reading(2, 500), reading(1, 1000, epoch="a-2")]
    assert [window.time_ms for window in windows(readings, T0)] == [[T0, T0 + 500], [T0 + 1000]]


# ---------------------------------------------------------------- what is told of them

FAULTS = st.lists(st.sampled_from(["normal", "normal", "jam", "creep"]), min_size=1, max_size=60)


def said(rows: list[Stored]) -> list[tuple[int, str, bool]]:
    return [(row.time_ms - T0, row.fault, row.stale) for row, _ in rows]


def live(judgements: list[Diagnosis], told: Diagnosis | None) -> list[str]:
    """The class that stood after each judgement, by the rule that the diagnoser keeps."""
    previous, stood = told, []
    for judgement in judgements:
        if is_certain(judgement, previous=previous, told=told):
            told = judgement
        previous = judgement
        assert told is not None
        stood.append(told.fault)
    return stood


@pytest.mark.slow
@given(faults=FAULTS, cut=st.integers(1, 60), goes_on=st.booleans())
def test_what_is_stored_says_at_every_moment_what_would_have_been_told(
    *, faults: list[str], cut: int, goes_on: bool
) -> None:
    """However it is cut into pieces."""
    before = diagnosis(0, "normal", stale=True) if goes_on else None
    judgements = [diagnosis(at * 500, fault) for at, fault in enumerate(faults, start=1)]
    told = diagnosis(0, "normal") if goes_on else None
    rows: list[Stored] = []
    for piece in (judgements[:cut], judgements[cut:]):
        if piece:
            retelling = Retelling(before)
            rows += [*retelling.rows(piece, standing_ms=[]), *retelling.end()]
            [(before, _)] = retelling.end()
    for judgement, expected in zip(judgements[: cut - 1], live(judgements, told), strict=False):
        earlier = [row for row, _ in rows if row.time_ms <= judgement.time_ms]
        assert max(earlier, key=lambda row: row.time_ms).fault == expected
    assert rows[-1][0].stale
    assert rows[-1][0].time_ms == judgements[-1].time_ms


def test_a_class_that_stays_is_stored_once_a_minute() -> None:
    judgements = [diagnosis(at * 500, "normal") for at in range(1, 301)]
    rows = Retelling(diagnosis(0, "normal", stale=True)).rows(judgements, standing_ms=[])
    assert said(rows) == [(at, "normal", False) for at in (0, 60_000, 120_000)]


def test_silence_is_a_hole() -> None:
    judgements = [diagnosis(500, "jam"), diagnosis(1000, "jam"), diagnosis(16_001, "jam")]
    assert said(Retelling(None).rows(judgements, standing_ms=[])) == [
        (500, "jam", False),
        (1000, "jam", True),
        (16_001, "jam", False),
    ]


def test_after_a_silence_what_was_told_before_stays_ended() -> None:
    rows = Retelling(diagnosis(0, "normal", stale=True)).rows(
        [diagnosis(20_000, "normal")], standing_ms=[]
    )
    assert said(rows) == [(0, "normal", True), (20_000, "normal", False)]


def test_rows_that_stand_are_replaced() -> None:
    judgements = [diagnosis(at * 500, "jam") for at in range(1, 9)]
    rows = Retelling(diagnosis(0, "normal")).rows(judgements, standing_ms=[T0 + 2100, T0 + 4000])
    assert said(rows) == [
        (0, "normal", False),
        (1000, "jam", False),
        (2100, "jam", False),
        (4000, "jam", False),
    ]
