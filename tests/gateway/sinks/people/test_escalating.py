"""Since when an alarm waits for somebody to acknowledge it, before others are told."""

import pytest

from gateway.journal.escalations import Escalation
from gateway.sinks.people.escalating import Waits, waits
from tests.gateway.sinks.people.test_routing import (
    FAN,
    LONDON,
    MINUTE_MS,
    at,
    occasion,
    plan,
    route,
)

PATIENT = 'escalate_after_min = 15\nescalate_to = ["phone"]\n'
NOTHING = Waits([], [], [])


def found(
    change: str,
    rest: str = "",
    *,
    when: str = "2026-11-30 12:00",
    quiet: bool = False,
    by: str | None = None,
) -> Waits:
    return waits(
        plan(route(PATIENT + rest)), occasion(change=change, alarm=7, by=by), FAN,
        now_ms=at(when), site=LONDON, is_quiet=quiet,
    )  # fmt: skip


def due(minutes: int, when: str = "2026-11-30 12:00") -> list[Escalation]:
    return [Escalation(7, "r", at(when) + minutes * MINUTE_MS)]


@pytest.mark.parametrize("change", ["raised", "reopened"])
def test_an_alarm_waits_as_long_as_its_route_says(change: str) -> None:
    assert found(change) == Waits(due(15), [], [])


@pytest.mark.parametrize("rest", ['severity = "Critical"', 'places = ["hall 1"]'])
def test_an_alarm_that_is_none_of_the_route_waits_for_nobody(rest: str) -> None:
    assert found("raised", rest) == NOTHING


def test_the_waiting_begins_when_those_are_told_who_should_acknowledge() -> None:
    quiet = "quiet = { from = 22:00:00, to = 06:00:00 }"
    assert found("raised", quiet, when="2026-11-30 23:00").put == due(
        7 * 60 + 15, "2026-11-30 23:00"
    )
    assert found("raised", "digest_min = 30").put == due(45)


@pytest.mark.parametrize("change", ["raised", "reopened", "regraded", "unshelved"])
def test_on_the_shelf_nothing_waits(change: str) -> None:
    assert found(change, quiet=True) == NOTHING


def test_an_acknowledgement_taken_back_and_the_end_of_a_shelf_begin_anew() -> None:
    assert found("unacknowledged") == Waits([], due(15), [])
    assert found("unshelved") == Waits(due(15), [], [7])
    assert found("regraded", by="Sam") == Waits(due(15), due(15), [])


def test_one_that_got_graver_with_nobody_seeing_to_it_waits_no_longer_than_it_did() -> None:
    assert found("regraded") == Waits(due(15), [], [], due(15))


@pytest.mark.parametrize("change", ["acknowledged", "cleared", "escalated"])
def test_what_else_happens_changes_no_waiting(change: str) -> None:
    assert found(change) == NOTHING
