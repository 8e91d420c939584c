"""Limits and faults: when a twin raises and clears them, and what a restart makes of them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets.words import CERTAIN
from contract.errors import Conflict, NotFound
from contract.messages import Alarm
from gateway.twin.alarms import AlarmBook
from gateway.twin.limits import FaultWatch
from gateway.twin.twin import Twin
from tests.gateway.builders import (
    T0,
    diagnosis,
    new_twin,
    reading,
    state_of,
    twin_of,
)
from tests.gateway.twin.test_alarms import Changes, book_with, changes

# ---------------------------------------------------------------- limits


def hot(at_ms: int, heat: float) -> Any:
    return reading(at_ms + 1, at_ms, heat=heat)


def heat_changes(*points: tuple[int, float]) -> Changes:
    return changes(twin_of(*(hot(at_ms, heat) for at_ms, heat in points)).take_transitions())


def test_a_limit_alarm_waits_for_its_delay() -> None:
    points = [(0, 75.0), (1000, 75.0), (1999, 75.0)]
    assert heat_changes(*points) == []
    assert heat_changes(*points, (2000, 75.0)) == [("heat_high", "raised", 2000)]


def test_the_limit_itself_is_still_good() -> None:
    assert heat_changes(*((at, 70.0) for at in range(0, 9000, 500))) == []


def test_one_good_reading_restarts_the_delay() -> None:
    points = [(0, 75.0), (1500, 75.0), (1600, 70.0), (1700, 75.0), (3000, 75.0)]
    assert heat_changes(*points) == []


def test_a_gap_restarts_the_delay() -> None:
    usual = ((-400, 40.0), (-200, 40.0))
    assert heat_changes(*usual, (0, 75.0), (10_000, 75.0), (11_999, 75.0)) == []
    assert heat_changes(*usual, (0, 75.0), (10_000, 75.0), (12_000, 75.0)) == [
        ("heat_high", "raised", 12_000)
    ]


@pytest.mark.parametrize("period_ms", [3_000, 10_000, 3_600_000])
def test_a_slow_board_raises_and_clears_at_its_own_pace(period_ms: int) -> None:
    readings = [(at * period_ms, 75.0 if at < 4 else 40.0) for at in range(8)]
    changes = [change for _, change, _ in heat_changes(*readings)]
    assert changes == ["raised", "cleared"]


def test_a_board_that_slows_down_can_still_clear() -> None:
    fast = [(at * 200, 75.0) for at in range(20)]
    slow = [(4_000 + at * 5_000, 40.0) for at in range(1, 5)]
    assert [change for _, change, _ in heat_changes(*fast, *slow)] == ["raised", "cleared"]


def test_it_clears_below_the_hysteresis_for_the_delay() -> None:
    raised = [(0, 75.0), (2000, 75.0)]
    assert heat_changes(*raised, (2500, 65.1), (4500, 65.1)) == [("heat_high", "raised", 2000)]
    back = [(2500, 65.0), (3000, 69.0), (3500, 65.0), (5400, 60.0)]
    assert heat_changes(*raised, *back) == [("heat_high", "raised", 2000)]
    assert heat_changes(*raised, *back, (5500, 60.0)) == [
        ("heat_high", "raised", 2000),
        ("heat_high", "cleared", 5500),
    ]


def test_it_can_be_raised_again() -> None:
    again = [(at * 1000, 75.0 if at // 4 % 2 == 0 else 60.0) for at in range(12)]
    kinds = [change for _, change, _ in heat_changes(*again)]
    assert kinds == ["raised", "cleared", "raised"]


def test_a_low_limit_without_delay_acts_at_once() -> None:
    speeds = [(0, 1000), (200, 299), (400, 350), (600, 400)]
    twin = twin_of(*(reading(at_ms + 1, at_ms, turns=turns) for at_ms, turns in speeds))
    assert changes(twin.take_transitions()) == [
        ("turns_low", "raised", 200),
        ("turns_low", "cleared", 600),
    ]


def test_text_says_value_limit_and_advice() -> None:
    [high] = twin_of(hot(0, 72.34), hot(2000, 72.34)).take_transitions()
    assert high.text == "Temperature 72.3 °C is above 70 °C: let it cool."
    [low] = twin_of(reading(1, 0, turns=120.4)).take_transitions()
    assert low.text == "Speed 120 rpm is below 300 rpm: check the chuck."


@given(st.lists(st.sampled_from([40.0, 64.9, 66.0, 69.9, 70.1, 90.0]), max_size=60))
def test_however_it_swings_within_a_minute_it_is_one_alarm_that_counts(heats: list[float]) -> None:
    twin = twin_of(*(hot(at * 700, heat) for at, heat in enumerate(heats)))
    found = twin.take_transitions()
    raised = [t for t in found if t.change == "raised"]
    assert [t.count for t in raised] == list(range(1, len(raised) + 1))
    assert len({t.raised_ms for t in found}) <= 1
    assert [t.count for t in found if t.change == "cleared"] in ([], [1])


# ---------------------------------------------------------------- faults


def fault_changes(*points: tuple[int, str]) -> Changes:
    twin = new_twin()
    for at_ms, fault in points:
        twin.on_diagnosis(diagnosis(at_ms, fault))
    return changes(twin.take_transitions())


def test_a_fault_is_raised_once_it_has_stood_for_a_second() -> None:
    assert fault_changes((0, "jam"), (999, "jam")) == []
    assert fault_changes((0, "jam"), (1000, "jam"), (1200, "jam")) == [
        ("fault_jam", "raised", 1000)
    ]


def test_each_fault_has_a_delay_of_its_own() -> None:
    slow = [(at * 500, "creep") for at in range(11)]
    assert fault_changes(*slow[:-1]) == []
    assert fault_changes(*slow) == [("fault_creep", "raised", 5000)]


def test_what_is_certain_need_not_stand_for_so_long() -> None:
    twin = new_twin()
    for at_ms, confidence in ((0, 0.9), (1_500, CERTAIN), (2_000, 0.98), (2_500, CERTAIN)):
        twin.on_diagnosis(diagnosis(at_ms, "creep", confidence=confidence))
    assert changes(twin.take_transitions()) == [("fault_creep", "raised", 2_500)]


def test_a_class_the_catalogue_does_not_know_has_the_usual_delay() -> None:
    twin = new_twin()
    for at_ms in (0, 1000):
        twin.on_diagnosis(msgspec.structs.replace(diagnosis(at_ms, "jam"), fault="gone"))
    assert changes(twin.take_transitions()) == [("fault_gone", "raised", 1000)]


def test_a_fault_is_raised_once_the_classifier_has_been_sure_of_it_all_its_delay() -> None:
    watch, book = FaultWatch(), AlarmBook()
    points = ((0, 0.9), (800, 0.75), (5_000, 0.9), (5_600, 0.8), (6_000, 0.9), (6_200, 0.9))
    for at_ms, confidence in points:
        found = msgspec.structs.replace(diagnosis(at_ms, "jam"), confidence=confidence)
        watch.step(found, book, delay_s=1.0, alarm_from=0.8)
    assert [alarm.raised_ms for alarm in book.open_alarms] == [diagnosis(6_000, "jam").time_ms]


def test_an_alarm_names_the_channel_its_fault_is_of() -> None:
    watch, book = FaultWatch(), AlarmBook()
    for at_ms in (0, 1_000):
        found = msgspec.structs.replace(diagnosis(at_ms, "jam"), channel="heat")
        watch.step(found, book, delay_s=1.0)
    assert [": heat (" in alarm.text for alarm in book.open_alarms] == [True]


def test_a_flickering_class_is_no_fault() -> None:
    flicker = [(at * 200, ("jam", "normal")[at % 2]) for at in range(50)]
    assert fault_changes(*flicker) == []


UNKNOWN_MS = 300_000  # ten times the slowest class of the drill is less


def unknown_for(begin_ms: int, end_ms: int) -> list[tuple[int, str]]:
    return [(at_ms, "unknown") for at_ms in range(begin_ms, end_ms + 1, 500)]


def test_unknown_on_the_way_to_a_fault_raises_nothing() -> None:
    found = fault_changes(*unknown_for(0, UNKNOWN_MS - 500), (UNKNOWN_MS, "jam"))
    assert found == []


def test_unknown_that_stays_is_a_fault_of_its_own_severity() -> None:
    twin = new_twin()
    for at_ms, fault in unknown_for(0, UNKNOWN_MS):
        twin.on_diagnosis(diagnosis(at_ms, fault))
    [raised] = twin.take_transitions()
    assert (raised.name, raised.kind, raised.severity) == ("fault_unknown", "fault", "Medium")
    assert raised.time_ms == T0 + UNKNOWN_MS


def test_unknown_beside_another_alarm_raises_nothing_and_begins_anew_when_that_is_over() -> None:
    jam = [(0, "jam"), (1000, "jam")]
    found = fault_changes(*jam, *unknown_for(1500, 4500 + UNKNOWN_MS))
    assert found == [("fault_jam", "raised", 1000), ("fault_jam", "cleared", 4500)]
    later = fault_changes(*jam, *unknown_for(1500, 5000 + UNKNOWN_MS))
    assert later[2:] == [("fault_unknown", "raised", 5000 + UNKNOWN_MS)]


def test_a_fault_clears_after_three_seconds_of_something_else() -> None:
    raised = [(0, "jam"), (1000, "jam")]
    assert fault_changes(*raised, (2000, "normal"), (4999, "normal"))[1:] == []
    relapse = [(2000, "normal"), (4000, "jam"), (4200, "normal"), (7100, "normal")]
    assert fault_changes(*raised, *relapse)[1:] == []
    assert fault_changes(*raised, *relapse, (7200, "normal"))[1:] == [
        ("fault_jam", "cleared", 7200)
    ]


def test_one_fault_after_another_overlap_until_the_first_has_cleared() -> None:
    second = [(1200 + at * 200, "creep") for at in range(27)]
    assert fault_changes((0, "jam"), (1000, "jam"), *second) == [
        ("fault_jam", "raised", 1000),
        ("fault_jam", "cleared", 4200),
        ("fault_creep", "raised", 6200),
    ]


def test_a_stale_or_late_diagnosis_raises_nothing() -> None:
    twin = new_twin()
    twin.on_diagnosis(diagnosis(5000, "normal"))
    for at_ms in (0, 1000, 2000):
        twin.on_diagnosis(diagnosis(at_ms, "jam"))
    for at_ms in (6000, 7000, 8000):
        twin.on_diagnosis(diagnosis(at_ms, "jam", stale=True))
    assert twin.take_transitions() == []


def test_fault_text_says_what_how_sure_and_what_to_do() -> None:
    twin = new_twin()
    twin.on_diagnosis(diagnosis(0, "jam", confidence=0.5))
    twin.on_diagnosis(diagnosis(1000, "jam", confidence=0.924))
    [raised] = twin.take_transitions()
    assert raised.text == "Jam (92% sure): Free it."


def test_fault_of_a_severity_nobody_knows_is_medium() -> None:
    twin = new_twin()
    for at_ms in (0, 1000):
        twin.on_diagnosis(diagnosis(at_ms, "jam", severity="Dreadful"))
    assert [t.severity for t in twin.take_transitions()] == ["Medium"]


# ---------------------------------------------------------------- restart


def in_journal(name: str, kind: Any, raised_ms: int) -> Alarm:
    return Alarm(1, "drill-1", name, kind, "High", "text", raised_ms, raised_ms + 1, "Ann")


def raised_twin() -> Twin:
    """A twin with ``heat_high`` raised at T0 + 2000, already told."""
    twin = twin_of(hot(0, 75.0), hot(2000, 75.0))
    twin.take_transitions()
    return twin


def test_the_journal_knows_who_acknowledged() -> None:
    twin = raised_twin()
    twin.adopt_open([in_journal("heat_high", "limit", T0 + 2000)])
    with pytest.raises(Conflict, match="Ann"):
        twin.book.acknowledge("heat_high", by="Bob", now_ms=T0)
    assert twin.take_transitions() == []


def test_a_limit_alarm_the_journal_lacks_is_told_again() -> None:
    twin = raised_twin()
    twin.adopt_open([])
    assert changes(twin.take_transitions()) == [("heat_high", "raised", 2000)]


def test_a_fault_the_journal_has_closed_is_closed() -> None:
    twin = new_twin()
    twin.on_diagnosis(diagnosis(0, "jam"))
    twin.on_diagnosis(diagnosis(1000, "jam"))
    twin.adopt_open([])
    with pytest.raises(NotFound):
        twin.book.acknowledge("fault_jam", by="Ann", now_ms=T0)


def test_an_alarm_cleared_in_the_replay_stays_cleared() -> None:
    twin = raised_twin()
    for each in (hot(2500, 60.0), hot(4500, 60.0)):
        assert twin.fold(each)
    twin.adopt_open([in_journal("heat_high", "limit", T0 + 2000)])
    assert changes(twin.take_transitions()) == [("heat_high", "cleared", 4500)]
    assert state_of(twin).open_alarms == 0


def test_readings_replayed_from_before_an_alarm_do_not_clear_it() -> None:
    twin = twin_of(*(hot(at_ms, 40.0) for at_ms in range(0, 8000, 1000)))
    twin.adopt_open([in_journal("heat_high", "limit", T0 + 9000)])
    assert twin.take_transitions() == []
    for at_ms in range(8000, 13_000, 1000):
        assert twin.fold(hot(at_ms, 40.0))
    assert [change for _, change, _ in changes(twin.take_transitions())] == ["cleared"]


def test_what_a_clock_raised_in_the_future_can_be_cleared() -> None:
    book = book_with(raised_ms=T0 + 10**11)
    book.clear("heat_high", time_ms=T0)
    assert changes(book.take())[1:] == [("heat_high", "cleared", 10**11)]
    book.raise_("heat_high", kind="limit", severity="High", text="", time_ms=T0 + 1)
    [again] = book.take()
    assert (again.raised_ms, again.count) == (T0 + 1, 1), "ten years are no chatter"


def test_an_alarm_whose_limit_is_gone_from_the_catalogue_is_cleared() -> None:
    twin = twin_of(hot(0, 40.0))
    twin.adopt_open([in_journal("smoke_high", "limit", T0 - 5)])
    assert changes(twin.take_transitions()) == [("smoke_high", "cleared", 0)]
