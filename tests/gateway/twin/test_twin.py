"""The twin: folding, lateness, state, window, checkpoint. Orders of arrival: test_minutes."""

import pytest

from contract.errors import Conflict, NotFound
from contract.messages import Alarm, Kpi
from gateway.twin.twin import Twin
from tests.gateway.builders import (
    T0,
    diagnosis,
    every,
    kpi_of,
    new_twin,
    reading,
    state_of,
    twin_of,
)
from tests.gateway.rig import DAY_MS

# ---------------------------------------------------------------- state


def test_state_shows_the_newest_reading() -> None:
    newest = reading(2, 1000, heat=41.5, ambient=20.0)
    newest.truth = "jam"
    state = state_of(twin_of(reading(1, 0), newest), 1500)
    assert state.values == newest.values
    assert (state.device, state.asset, state.truth) == ("drill-1", "drill", "jam")
    assert (state.time_ms, state.published_ms, state.fresh) == (T0 + 1000, T0 + 1500, True)


def test_state_is_not_fresh_once_readings_stay_away() -> None:
    twin = twin_of(reading(1, 0))
    assert state_of(twin, 5000).fresh
    assert not state_of(twin, 5001).fresh
    assert state_of(twin, 5001).kpis["power_w"].coverage == 0.0


def test_a_board_whose_clock_is_off_is_fresh_by_when_it_was_heard() -> None:
    late = reading(1, -3_600_000)
    late.received_ms = T0 - 100
    assert twin_of(late).state(now_ms=T0, status="online", sequenced=True).fresh


@pytest.mark.parametrize(
    ("said", "shown"), [("online", "online"), ("offline", "offline"), ("", "unknown")]
)
def test_state_repeats_the_status(said: str, shown: str) -> None:
    assert new_twin().state(now_ms=T0, status=said, sequenced=False).status == shown


def test_cooling_rate_comes_from_the_last_ten_seconds() -> None:
    warm = [reading(at, at * 200, heat=60.0) for at in range(1, 101)]
    cooling = [reading(100 + at, 20_000 + at * 200, heat=60.0 - at * 0.02) for at in range(1, 61)]
    figure = kpi_of(twin_of(*warm, *cooling), "cooling")
    assert figure.value == pytest.approx(6.0)
    assert figure.coverage == pytest.approx(1.0)


def test_a_diagnosis_takes_from_health_until_it_is_stale() -> None:
    twin = twin_of(reading(1, 0))
    twin.on_diagnosis(diagnosis(0, "jam", confidence=0.8))
    assert kpi_of(twin, "health_percent").value == pytest.approx(60.0)
    assert twin.fold(reading(2, 5000))
    assert kpi_of(twin, "health_percent").value == pytest.approx(60.0)
    assert twin.fold(reading(3, 5001))
    assert kpi_of(twin, "health_percent").value == 100.0


def test_before_the_first_reading_there_is_nothing() -> None:
    twin = new_twin()
    assert twin.open_minute() is None
    assert twin.window() is None
    state = state_of(twin)
    assert (state.time_ms, state.values, state.fresh) == (0, {}, False)
    assert state.kpis["power_w"] == Kpi(None, "W", 0.0)


# ---------------------------------------------------------------- window


def test_window_is_the_last_seconds_in_the_order_of_required_channels() -> None:
    twin = twin_of(*(reading(at, at * 200, heat=at, ambient=20.0) for at in range(1, 200)))
    window = twin.window()
    assert window is not None
    assert window.device == "drill-1"
    assert window.time_ms == [T0 + at * 200 for at in range(185, 200)]
    assert window.rows == [(float(at), 1000.0, 1.0) for at in range(185, 200)]


@pytest.mark.parametrize(("age_ms", "rows"), [(2_999, 3), (3_000, 2)])
def test_a_reading_just_as_old_as_the_window_is_no_longer_in_it(age_ms: int, rows: int) -> None:
    newest_ms = 20_000
    near = (newest_ms - age_ms, newest_ms - 100, newest_ms)
    each = [reading(at, at * 200) for at in range(1, 80)]  # at 5 Hz the window is of 3 s
    twin = twin_of(*each, *(reading(80 + at, time_ms) for at, time_ms in enumerate(near)))
    window = twin.window()
    assert window is not None
    assert len(window.rows) == rows


def test_window_after_a_gap_holds_what_came_after_it() -> None:
    window = twin_of(*every(200, 20), reading(21, 7_001), reading(22, 7_201)).window()
    assert window is not None
    assert window.time_ms == [T0 + 7_001, T0 + 7_201]


def test_window_of_a_board_that_has_started_anew_begins_anew() -> None:
    """Sums and minutes go on: they are of the machine, not of its board."""
    one = [reading(seq, seq * 200) for seq in range(1, 11)]
    two = [reading(seq, 2000 + seq * 200, epoch="b-2") for seq in range(1, 4)]
    twin = twin_of(*one, *two)
    window = twin.window()
    assert window is not None
    assert window.time_ms == [T0 + 2200, T0 + 2400, T0 + 2600]
    same = twin_of(*one, *(reading(10 + each.seq, 2000 + each.seq * 200) for each in two))
    assert twin.open_minute() == same.open_minute()


def test_window_of_a_very_fast_board_stays_within_what_the_classifier_takes() -> None:
    window = twin_of(*every(1, 1000)).window()
    assert window is not None
    assert len(window.rows) == len(window.time_ms) <= 100
    assert window.newest_ms == T0 + 999


# ---------------------------------------------------------------- alarms, by the twin's door


def go_offline(twin: Twin, at_ms: int) -> None:
    twin.book.raise_("offline", kind="system", severity="Medium", text="", time_ms=T0 + at_ms)


def test_going_offline_raises_and_coming_back_clears() -> None:
    twin = new_twin()
    twin.book.clear("offline", time_ms=T0)
    go_offline(twin, 1)
    go_offline(twin, 2)
    twin.book.acknowledge("offline", by="Ann", now_ms=T0 + 3)
    assert state_of(twin).open_alarms == 1
    twin.book.clear("offline", time_ms=T0 + 4)
    changes = [(t.name, t.kind, t.severity, t.change) for t in twin.take_transitions()]
    expected = ["raised", "acknowledged", "cleared"]
    assert changes == [("offline", "system", "Medium", change) for change in expected]


def test_acknowledging_what_is_not_open_is_refused() -> None:
    twin = new_twin()
    with pytest.raises(NotFound, match="heat_high"):
        twin.book.acknowledge("heat_high", by="Ann", now_ms=T0)
    go_offline(twin, 0)
    twin.book.acknowledge("offline", by="Ann", now_ms=T0)
    with pytest.raises(Conflict, match="Ann"):
        twin.book.acknowledge("offline", by="Bob", now_ms=T0)


def test_open_alarms_of_the_journal_are_taken_over() -> None:
    twin = twin_of(reading(1, 0))
    held = Alarm(7, "drill-1", "offline", "system", "Medium", "gone", T0, T0 + 1, "Ann")
    twin.adopt_open([held])
    assert state_of(twin).open_alarms == 1
    twin.book.clear("offline", time_ms=T0 + 2)
    [cleared] = twin.take_transitions()
    assert (cleared.name, cleared.change, cleared.raised_ms) == ("offline", "cleared", T0)


def test_how_long_values_have_stood_is_remembered_as_long_as_the_twin_is() -> None:
    """Another type, or another machine under the same name, is another twin."""
    twin = twin_of(*every(200, 20))
    before, again = twin.remembered(), twin_of(reading(1, 0)).remembered()
    assert before is not None
    assert again is not None
    assert before.holds is not None
    assert again.holds is not None
    assert max(hold.held_ms for hold in before.holds) > 0
    assert max(hold.held_ms for hold in again.holds) == 0


# ---------------------------------------------------------------- the gateway's clock


def test_a_board_that_steps_back_lives_on_after_the_gateways_clock_was_ahead() -> None:
    twin = new_twin()
    for seq in range(1, 20):
        early = reading(seq, seq * 200)
        early.received_ms += 2 * DAY_MS * (seq < 10)
        twin.fold(early)
    for seq in range(20, 40):
        hot = reading(seq, seq * 200, heat=90.0)
        hot.time_ms = seq * 200 + T0 - DAY_MS
        twin.fold(hot)
    assert [each.name for each in twin.take_transitions()] == ["heat_high"]


def test_nothing_was_heard_in_the_future() -> None:
    twin = new_twin()
    early = reading(1, 0)
    early.received_ms += 2 * DAY_MS
    twin.fold(early)
    twin.put_right(T0 + 1_000)
    assert twin.state(now_ms=T0 + 2_000, status="online", sequenced=True).fresh
    assert not twin.state(now_ms=T0 + 60_000, status="online", sequenced=True).fresh


@pytest.mark.parametrize("count", [1, 40])
def test_of_readings_of_one_moment_no_period_is_told(count: int) -> None:
    twin = new_twin()
    for each in every(0, count):
        twin.fold(each)
    assert twin.period_ms is None
