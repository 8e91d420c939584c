"""A gateway shows of a type of every kind the windows that training makes of the same readings."""

import dataclasses
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.diagnosing import Window
from contract.messages import Reading
from contract.window import NO_FAULTS, window_span_ms
from gateway.twin.alarms import AlarmBook
from gateway.twin.kpi import Factors
from gateway.twin.life import Life
from gateway.twin.rows import layout_of
from gateway.twin.twin import Twin
from inference.runs.dataset import Run
from inference.serving import intake
from inference.serving.schema import BatchRequest, BatchWindow
from inference.windows.inputs import inputs_of
from tests.inference.kettle import KETTLE

T0 = 1_763_629_200_000
INPUTS = inputs_of(KETTLE)
FACTORS = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="EUR")


def values(at: int, **changes: Any) -> dict[str, float | str]:
    state = "pouring" if at % 7 == 3 else "idle"
    usual = {"heat": 80.0 + at % 5, "aim": 85.0, "state": state, "litres": 0.5 * (at // 7)}
    return {**usual, **changes}


def reading(seq: int, time_ms: int, said: dict[str, float | str], epoch: str = "b-1") -> Reading:
    return Reading(epoch=epoch, seq=seq, time_ms=time_ms, values=said, received_ms=time_ms)


def asked(window: Window) -> BatchRequest:
    one = BatchWindow(time_ms=window.time_ms, rows=[list(row) for row in window.rows])
    return BatchRequest(asset=KETTLE.name, channels=list(KETTLE.columns), windows=[one])


@given(st.integers(1, 140), st.sampled_from([300, 1_000, 2_500]))
def test_a_gateway_shows_what_was_learned_from(count: int, step_ms: int) -> None:
    life = Life(asset=KETTLE, book=AlarmBook())
    layout = layout_of(KETTLE)
    run = Run(
        group="a",
        time_ms=np.arange(count, dtype=np.int64) * step_ms,
        rows=INPUTS.complete(np.array([INPUTS.row(values(at)) for at in range(count)])),
        truth=np.zeros(count, dtype=np.intp),
        intensity=np.zeros(count),
    )
    for at in range(count):
        one = reading(at + 1, T0 + at * step_ms, values(at))
        life.take(one, T0 + at * step_ms, layout.row(one.values))
    window = life.window("k-1")
    assert window is not None
    served = intake.of_batch(asked(window), asset=KETTLE)
    end = np.array([count - 1])
    span_ms = window_span_ms(KETTLE, step_ms)
    assert span_ms is not None
    learned = run.windows(run.window_starts(end, asset=KETTLE), end, spacing_ms=INPUTS.spacing_ms)
    np.testing.assert_array_equal(served.time_ms - T0, learned.time_ms)
    np.testing.assert_array_equal(served.rows, learned.rows)


def twin(*said: dict[str, float | str]) -> Twin:
    found = Twin(device="k-1", asset=KETTLE, factors=FACTORS)
    for seq, each in enumerate(said, start=1):
        found.fold(reading(seq, T0 + 1_000 * seq, each))
    return found


def test_what_steps_is_as_it_was_and_what_moves_is_not() -> None:
    window = twin(values(3), {"heat": 81.0}, {"heat": 82.0, "state": "idle"}).window()
    assert window is not None
    assert window.rows[-1] == (82.0, 85.0, "idle", 0.0)
    assert window.rows[0] == (83.0, 85.0, "pouring", 0.0)
    without = twin(values(3), {"state": "idle"})
    assert without.window() is None
    told = without.not_judged()
    assert told is not None
    assert "cannot be told without heat" in told.why


def test_a_state_that_never_came_is_named() -> None:
    told = twin({"heat": 81.0, "aim": 85.0, "litres": 1.0}).not_judged()
    assert told is not None
    assert "cannot be told without state" in told.why


def test_a_window_goes_on_after_a_restart_of_the_gateway() -> None:
    before = twin(*map(values, range(90)))
    after = Twin.restore(before.snapshot(), device="k-1", asset=KETTLE, factors=FACTORS)
    assert after.window() == before.window()
    for each in (before, after):
        each.fold(reading(91, T0 + 91_000, {"heat": 80.0}))
    assert after.window() == before.window() is not None


def test_a_board_that_starts_anew_begins_anew() -> None:
    found = twin(*map(values, range(20)))
    found.fold(reading(1, T0 + 21_000, values(0), epoch="b-2"))
    window = found.window()
    assert window is not None
    assert len(window.rows) == 1
    found.fold(reading(1, T0 + 22_000, {"heat": 81.0}, epoch="b-3"))
    assert found.window() is None


def test_a_type_without_faults_is_not_asked_about() -> None:
    plain = dataclasses.replace(KETTLE, name="jug", faults=())
    found = Twin(device="j-1", asset=plain, factors=FACTORS)
    found.fold(reading(1, T0, values(0)))
    assert found.window() is None
    assert found.not_judged() == NO_FAULTS
