"""How long values stand: the gateway's memory, a whole run's at once, and a window's own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.diagnosing import REMEMBERED, Window
from gateway.twin.holds import Holds
from inference.windows import features, holds
from inference.windows.features import Windows

# Milliseconds since the reading before, and a value that often repeats.
COURSES = st.lists(
    st.tuples(st.integers(1, 900), st.integers(0, 2).map(float)), min_size=1, max_size=400
)


def arrays(course: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    times = np.cumsum([step for step, _ in course])
    rows = np.array([[value, -float(at)] for at, (_, value) in enumerate(course)])
    return times, rows


@given(COURSES, st.integers(1, 50))
def test_a_gateway_that_looks_now_and_then_remembers_what_the_whole_run_says(
    course: list[tuple[int, float]], every: int
) -> None:
    times, rows = arrays(course)
    expected = holds.of_run(times, rows)
    memory = Holds()
    for end in range(every, len(rows) + 1, every):
        first = max(0, end - every - 1)  # a window reaches back to what was seen
        shown = [tuple(row) for row in rows[first:end].tolist()]
        found = memory.follow(Window("fan-01", times[first:end].tolist(), shown))
        known = [(one.held_ms, one.usual_ms, one.changes) for one in found]
        np.testing.assert_allclose(known, expected[end - 1], atol=0.51)


@given(COURSES.filter(lambda course: len(course) <= REMEMBERED))
def test_a_window_alone_says_what_a_memory_of_it_would(course: list[tuple[int, float]]) -> None:
    times, rows = arrays(course)
    windows = Windows.of(rows, times, np.array([len(rows)]))
    np.testing.assert_allclose(
        features.holds(windows)[0], holds.of_run(times, rows)[-1], rtol=1e-9, atol=1e-6
    )


def test_what_was_not_seen_has_not_stood_and_what_is_usual_stays_known() -> None:
    memory = Holds()
    before = [200 * at for at in range(10)]
    memory.follow(Window("fan-01", before, [(float(at // 2),) for at in range(10)]))
    [hold] = memory.follow(Window("fan-01", [60_000, 60_200], [(4.0,), (4.0,)]))
    assert (hold.held_ms, hold.usual_ms, hold.changes) == (200, 400, 4)


def test_a_clock_set_back_begins_anew() -> None:
    memory = Holds()
    memory.follow(Window("fan-01", [60_000, 60_200], [(1.0,), (1.0,)]))
    [hold] = memory.follow(Window("fan-01", [1_000, 1_200], [(1.0,), (1.0,)]))
    assert hold.held_ms == 200
