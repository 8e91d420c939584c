"""However readings are cut into minutes, and these put together, the sums are the same."""

import math
import random
from collections import defaultdict
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.language.program import Memory
from contract.language.sums import Sums, exchanged, merged, restored, stored
from tests.contract.language.mill import FUNCTIONS, PROGRAM, T0, Values, answers, job

MINUTE_MS = 60_000
NAMES = [kpi.name for kpi in PROGRAM.words.kpis.values()]

READINGS = st.fixed_dictionaries(
    {},
    optional={
        "current": st.floats(0, 50),
        "speed": st.floats(0, 9000),
        "temperature": st.floats(-40, 200),
        "ambient": st.floats(-40, 60),
        "heater": st.floats(0, 5000),
        "meter": st.floats(0, 999),
        "pieces": st.integers(0, 10**6).map(float),
        "state": st.sampled_from(["off", "idle", "working", "failed"]),
    },
)
STEPS_MS = st.sampled_from([1, 200, 1000, 1900, 2000, 2001, 7000, 59_000, 61_000])
STORIES = st.lists(st.tuples(STEPS_MS, READINGS, st.booleans()), min_size=1, max_size=60)


class Fold(NamedTuple):
    whole: Sums
    minutes: dict[int, Sums]
    before: dict[int, Memory]  # what was remembered when the minute began


def folded(story: list[tuple[int, Values, bool]]) -> Fold:
    """The same once in one list, and once in a list a minute."""
    whole, before = PROGRAM.zero(), dict[int, Memory]()
    minutes: dict[int, Sums] = defaultdict(PROGRAM.zero)
    memory, beside, time_ms = PROGRAM.start, PROGRAM.start, T0
    for step_ms, values, is_job in story:
        time_ms += step_ms
        minute = time_ms // MINUTE_MS
        before.setdefault(minute, beside)
        row, measured = PROGRAM.row(values), step_ms <= 2000 and memory is not PROGRAM.start
        memory = FUNCTIONS.add(whole, memory, time_ms, row, measured)
        beside = FUNCTIONS.add(minutes[minute], beside, time_ms, row, measured)
        if is_job:
            for sums in (whole, minutes[minute]):
                job(sums, volume=step_ms / 1000, good=1.0)
    return Fold(whole, dict(minutes), before)


def assert_alike(one: list[float | None], other: list[float | None]) -> None:
    for slot, left, right in zip(PROGRAM.layout.slots, one, other, strict=True):
        assert left == pytest.approx(right, rel=1e-9, abs=1e-9), slot.key


@pytest.mark.slow
@given(STORIES, st.randoms(use_true_random=False))
def test_minutes_in_any_order_make_the_whole(
    story: list[tuple[int, Values, bool]], shuffler: random.Random
) -> None:
    fold = folded(story)
    minutes = list(fold.minutes.values())
    shuffler.shuffle(minutes)
    half = len(minutes) // 2
    hours = [merged(PROGRAM.layout, minutes[:half]), merged(PROGRAM.layout, minutes[half:])]
    for total in (merged(PROGRAM.layout, minutes), merged(PROGRAM.layout, hours)):
        assert_alike(total, list(fold.whole))
    whole, parts = answers(fold.whole), answers(merged(PROGRAM.layout, minutes))
    for name in NAMES:
        for one, other in zip(whole.kpi(name), parts.kpi(name), strict=True):
            assert (one is None) == (other is None), name
            assert (one or 0.0) == pytest.approx(other or 0.0, rel=1e-6, abs=1e-4), name


@pytest.mark.slow
@given(STORIES)
def test_a_minute_restated_from_its_readings_is_the_folded_one_bit_for_bit(
    story: list[tuple[int, Values, bool]],
) -> None:
    fold = folded(story)
    time_ms = T0
    again, memory = dict[int, Sums](), dict(fold.before)
    for step_ms, values, is_job in story:
        time_ms += step_ms
        minute = time_ms // MINUTE_MS
        sums = again.setdefault(minute, PROGRAM.zero())
        measured = step_ms <= 2000 and memory[minute] is not PROGRAM.start
        memory[minute] = FUNCTIONS.add(sums, memory[minute], time_ms, PROGRAM.row(values), measured)
        if is_job:
            job(sums, volume=step_ms / 1000, good=1.0)
    assert again == fold.minutes
    for minute, sums in again.items():
        assert exchanged(PROGRAM.layout, sums, new=sums, old=fold.minutes[minute]) == sums


@given(STORIES)
def test_what_is_stored_is_read_back_and_the_sums_of_another_program_as_unknown(
    story: list[tuple[int, Values, bool]],
) -> None:
    sums = folded(story).whole
    keys = [slot.key for slot in PROGRAM.layout.slots]
    assert restored(PROGRAM.layout, keys, stored(sums)) == sums
    older = restored(PROGRAM.layout, keys[:-1], stored(sums)[:-1])
    assert (older[:-1], older[-1]) == (sums[:-1], None)
    assert merged(PROGRAM.layout, [sums, older])[-1] is None


WHOLE = st.fixed_dictionaries(
    {
        "current": st.floats(0, 50),
        "speed": st.floats(0, 9000),
        "temperature": st.floats(-40, 200),
        "ambient": st.floats(-40, 60),
        "heater": st.floats(0, 5000),
        "meter": st.floats(0, 999),
        "pieces": st.integers(0, 10**6).map(float),
        "state": st.sampled_from(["off", "idle", "working", "failed"]),
    }
)
COMPARED = [
    slot.key
    for slot in PROGRAM.layout.slots
    if not slot.key.startswith(("full_ms", "rest_ms", "part_ms", "parts", "told"))
]


@given(st.lists(st.tuples(STEPS_MS, WHOLE), min_size=1, max_size=40))
def test_the_short_way_and_the_long_way_add_the_same(story: list[tuple[int, Values]]) -> None:
    """A row that holds all gives the same, whether the one before did or not."""
    short, long = PROGRAM.zero(), PROGRAM.zero()
    memory, beside, time_ms = PROGRAM.start, PROGRAM.start, T0
    for step_ms, values in story:
        time_ms += step_ms
        row, measured = PROGRAM.row(values), step_ms <= 2000 and memory is not PROGRAM.start
        memory = FUNCTIONS.add(short, memory, time_ms, row, measured)
        beside = FUNCTIONS.add(long, beside, time_ms, row, measured)
        last_ms, own, *inputs = beside
        beside = (last_ms, (last_ms,) * 7 if own is None else own, *inputs)  # as after a partial
    at = PROGRAM.layout.at
    assert [short[at[key]] for key in COMPARED] == [long[at[key]] for key in COMPARED]
    whole, parts = answers(short), answers(long)
    assert [whole.kpi(name) for name in NAMES] == [parts.kpi(name) for name in NAMES]


@given(STORIES)
def test_no_sum_is_ever_infinite_or_no_number(story: list[tuple[int, Values, bool]]) -> None:
    fold = folded(story)
    assert not any(math.isnan(one) for one in fold.whole)
    for name in NAMES:
        answer = answers(fold.whole).kpi(name)
        assert all(one is None or math.isfinite(one) for one in answer)
        if answer.value is not None:
            assert (answer.low or -math.inf) <= answer.value <= (
                answer.high or math.inf
            ) or answer.value == 0
        assert 0.0 <= answer.coverage <= 1.0


@given(STORIES)
def test_the_quick_way_gives_the_figures_that_the_careful_way_gives(
    story: list[tuple[int, Values, bool]],
) -> None:
    sums = folded(story).whole
    row = PROGRAM.row({})
    found = FUNCTIONS.figures(sums, row, ())[: len(NAMES)]
    careful = answers(sums)
    for name, one in zip(NAMES, found, strict=True):
        other = careful.kpi(name).value
        assert (one if math.isfinite(one) else None) == (
            None if other is None else pytest.approx(other, rel=1e-12, abs=1e-12)
        ), name
