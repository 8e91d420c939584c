"""A machine that stands still: nothing is judged, nothing is raised, what was open is over."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from contract.assets import CATALOGUE
from contract.assets.words import Limit
from contract.messages import Diagnosis, Reading
from contract.window import STOPPED
from gateway.twin.alarm_changes import Shelf, Suppression
from gateway.twin.limits import IS_STOPPED
from gateway.twin.twin import Twin
from tests.gateway.builders import DRILL, FACTORS, T0, diagnosis, reading, state_of

FAN = CATALOGUE["fan"]
RUNS = {"temperature": 46.0, "rpm": 1200.0, "current": 1.05, "vibration": 0.8}
STANDS = {"temperature": 46.0, "rpm": 0.0, "current": 0.0, "vibration": 0.0}
STALLED = {"temperature": 46.0, "rpm": 0.0, "current": 2.9, "vibration": 0.1}


def fan(*spans: tuple[float, dict[str, Any]], step_s: float = 0.2) -> Twin:
    """A fan that has shown each of these values for so many seconds."""
    twin, seq = Twin(device="fan-01", asset=FAN, factors=FACTORS), 0
    for seconds, values in spans:
        for _ in range(round(seconds / step_s)):
            seq += 1
            at_ms = T0 + round(seq * step_s * 1000)
            twin.fold(Reading("a-1", seq, dict(values), at_ms, received_ms=at_ms))
    return twin


def changes(twin: Twin) -> list[tuple[str, str, str | None]]:
    return [(t.name, t.change, t.over) for t in twin.take_transitions()]


@pytest.mark.parametrize("step_s", [0.2, 1.0, 10.0])
def test_a_fan_switched_off_in_the_evening_raises_nothing_and_is_not_judged(step_s: float) -> None:
    twin = fan((60, RUNS), (600, STANDS), step_s=step_s)
    assert changes(twin) == []
    state = twin.state(now_ms=twin.lived_ms, status="online", sequenced=True)
    assert (state.stopped, state.not_judged) == (True, STOPPED.why)
    assert state.kpis["health_percent"].value is None
    assert twin.window() is None


def test_a_fan_that_is_stuck_draws_power_and_is_not_stopped() -> None:
    twin = fan((60, RUNS), (10, STALLED))
    assert {name for name, _, _ in changes(twin)} == {"rpm_low", "current_high"}
    assert not twin.state(now_ms=twin.lived_ms, status="online", sequenced=True).stopped


def test_what_was_open_when_it_stopped_is_over_by_itself_and_says_why() -> None:
    hot = RUNS | {"temperature": 80.0}
    twin = fan((60, RUNS), (10, hot), (20, STANDS | {"temperature": 79.0}))
    assert changes(twin) == [
        ("temperature_high", "raised", None),
        ("temperature_high", "cleared", IS_STOPPED),
    ]


def test_a_fault_is_over_when_the_machine_stops() -> None:
    twin = fan((10, RUNS))
    found = msgspec.convert(msgspec.to_builtins(diagnosis(0, "jam")), Diagnosis)
    for at_ms in (0, 2_000):
        twin.on_diagnosis(
            msgspec.structs.replace(found, fault="overcurrent", time_ms=T0 + 20_000 + at_ms)
        )
    for seq in range(1, 20):
        at_ms = T0 + 30_000 + seq * 200
        twin.fold(Reading("a-1", 1000 + seq, dict(STANDS), at_ms, received_ms=at_ms))
    twin.on_not_judged()
    assert changes(twin)[-1] == ("fault_overcurrent", "cleared", IS_STOPPED)


def test_a_machine_that_has_just_started_is_shown_to_nobody_before_a_whole_window() -> None:
    twin = fan((10, RUNS), (10, STANDS))
    assert twin.window() is None
    seq, started_ms = 101, T0 + 20_000
    for at in range(1, 40):
        at_ms = started_ms + at * 200
        twin.fold(Reading("a-1", seq + at, dict(RUNS), at_ms, received_ms=at_ms))
        window = twin.window()
        if window is not None:
            break
    assert window is not None
    assert window.time_ms[0] >= started_ms + 3_000


def test_what_a_partial_reading_lacks_is_held() -> None:
    twin = fan((10, RUNS), (1, STANDS))
    at_ms = T0 + 11_200
    twin.fold(Reading("a-1", 900, {"temperature": 40.0}, at_ms, received_ms=at_ms))
    assert twin.state(now_ms=at_ms, status="online", sequenced=True).stopped


def test_what_a_limit_says_of_a_machine_that_stands_counts() -> None:
    pressed = drill_with(while_stopped=True)
    twin = Twin(device="drill-1", asset=pressed, factors=FACTORS)
    for at in range(20):
        twin.fold(reading(at + 1, at * 200, heat=75.0, turns=0.0, amps=0.0))
    assert [name for name, _, _ in changes(twin)] == ["heat_high"]
    assert state_of(twin, 4_000).stopped


def drill_with(*, while_stopped: bool) -> Any:
    def changed(limit: Limit) -> Limit:
        return replace(limit, while_stopped=while_stopped)

    channels = tuple(
        replace(each, limits=tuple(map(changed, each.limits))) if each.name == "heat" else each
        for each in DRILL.channels
    )
    return replace(DRILL, channels=channels, stopped="turns < 50 and amps < 0.1")


def test_a_type_that_does_not_say_when_it_is_stopped_is_never_stopped() -> None:
    twin = Twin(device="drill-1", asset=DRILL, factors=FACTORS)
    twin.fold(reading(1, 0, turns=0.0, amps=0.0))
    assert not state_of(twin).stopped
    assert [name for name, _, _ in changes(twin)] == ["turns_low"]


def test_a_fault_in_maintenance_or_on_the_shelf_lowers_no_health() -> None:
    twin = fan((10, RUNS))
    for at_ms in (8_000, 10_000):
        found = msgspec.structs.replace(diagnosis(at_ms, "jam"), fault="overcurrent")
        twin.on_diagnosis(found)

    def health() -> float | None:
        state = twin.state(now_ms=twin.lived_ms, status="online", sequenced=True)
        return state.kpis["health_percent"].value

    ill = health()
    twin.book.suppress(Suppression(T0, None, "Belt"), now_ms=T0)
    in_maintenance = health()
    twin.book.suppress(None, now_ms=T0 + 1)
    assert health() == ill
    twin.book.shelve("fault_overcurrent", Shelf(T0 + 10**9, "Ann", None), now_ms=T0 + 2)
    assert in_maintenance == health() == 100
    assert ill is not None
    assert ill < 60
