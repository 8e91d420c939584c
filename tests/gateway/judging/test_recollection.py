"""Looks of before a restart, out of the journal: as they were taken of the running machine."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from contract.normality import MOST_ROWS, PROVEN_ROWS
from gateway.judging.pupil import Pupil
from gateway.judging.recollection import STEP_MS, looks_of
from tests.gateway.judging.test_learner import Here, learner, live
from tests.gateway.rig import NOW_MS, Rig, reading, telemetry

EACH_MS = 5_000


def fed(rig: Rig, looks: int) -> None:
    """So many looks of two readings each, the last of them just now."""
    count = looks * STEP_MS // EACH_MS
    begin_ms = NOW_MS - looks * STEP_MS
    for first in range(0, count, 20):
        items = [
            reading(at + 1, time_ms=begin_ms + at * EACH_MS)
            for at in range(first, min(first + 20, count))
        ]
        rig.take(telemetry("fan-01", *items))


def test_a_restart_in_the_first_hours_goes_on_with_what_was_looked_at(rig: Rig) -> None:
    fed(rig, 200)
    again = learner(rig, Here())
    asyncio.run(again.recollect())
    pupil = again._pupil(rig.device("fan-01"))
    assert (pupil.known, pupil.kept, pupil.memory) == (200, 200, None)
    assert pupil.rows()[0] == pupil.rows()[-1]
    live(rig, again, range(PROVEN_ROWS - 200))
    assert pupil.memory is not None, "with the first it knows enough"


def test_a_memory_goes_on_and_what_it_learns_from_anew_is_there(rig: Rig) -> None:
    rig.take(telemetry("fan-01", reading(1, time_ms=NOW_MS)))
    live(rig, learner(rig, Here()), range(PROVEN_ROWS))
    fed(rig, 50)
    again = learner(rig, Here())
    asyncio.run(again.recollect())
    pupil = again._pupil(rig.device("fan-01"))
    assert pupil.memory is not None
    assert pupil.known == PROVEN_ROWS, "they were counted before"
    assert pupil.kept > 0


def test_what_a_machine_did_in_another_stage_of_its_life_is_not_looked_at(rig: Rig) -> None:
    fed(rig, 100)
    again = learner(rig, Here(), since_ms=NOW_MS - 30 * STEP_MS)
    asyncio.run(again.recollect())
    assert again._pupil(rig.device("fan-01")).known == 30


@given(
    times=st.lists(st.integers(0, 20 * STEP_MS), unique=True, min_size=1, max_size=60).map(sorted),
    stands=st.integers(0, 9),
)
def test_looks_are_those_of_the_running_machine(times: list[int], stands: int) -> None:
    def value(time_ms: int) -> float:
        return time_ms / 7.0

    told = [
        (time_ms, {"a": value(time_ms), "on": float(time_ms % 10 >= stands)}) for time_ms in times
    ]
    pupil, seen = Pupil(["a"], "x", 0), []
    for step in range(21):
        pupil.samples = [values for at, values in told if at // STEP_MS == step and values["on"]]
        before = pupil.known
        pupil.look((step + 1) * STEP_MS)
        if pupil.known > before:
            seen.append((step + 1) * STEP_MS)
    found = looks_of(told, ["a"], is_stopped=lambda values: not values["on"])
    assert [time_ms for time_ms, _ in found] == seen
    recalled = Pupil(["a"], "x", 0)
    recalled.recall([row for _, row in found], from_ms=0)
    assert recalled.cells == pupil.cells


def test_recalled_looks_stand_before_those_taken_meanwhile_and_are_bounded() -> None:
    pupil = Pupil(["a"], "x", 5)
    pupil.samples = [{"a": 9.0}]
    pupil.look(1)
    pupil.recall([[float(at)] for at in range(MOST_ROWS)], from_ms=2)
    assert pupil.kept == MOST_ROWS
    assert pupil.rows()[0] == [1.0]
    assert pupil.rows()[-1] == [9.0]
    assert (pupil.known, pupil.from_ms) == (MOST_ROWS + 1, 2)
