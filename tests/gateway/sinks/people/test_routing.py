"""Who is told of an alarm, and from when on."""

import tomllib
from typing import Any

import pytest

from contract.site_time import SiteTime
from gateway.sinks.people.routing import Machine, Occasion, Way, due
from gateway.sinks.people.words import Plan, parse

LONDON = SiteTime("Europe/London")
FAN = Machine("Extractor", "hall 2", "fans")
MINUTE_MS = 60_000


def plan(routes: str) -> Plan:
    targets = '[targets]\noffice = "json://a"\nphone = "json://b"\n'
    return parse(tomllib.loads(targets + routes))


def route(rest: str = "", *, tell: str = "office", name: str = "r") -> str:
    return f'[[route]]\nname = "{name}"\ntell = ["{tell}"]\n{rest}\n'


ESCALATING = route('escalate_after_min = 15\nescalate_to = ["phone"]')


def at(text: str, site: SiteTime = LONDON) -> int:
    from datetime import datetime  # noqa: PLC0415

    return site.moment(datetime.fromisoformat(text))


def occasion(**changed: Any) -> Occasion:
    said: dict[str, Any] = {
        "id": 1, "device": "fan-01", "asset": "fan", "time_ms": 0, "alarm": 1, "change": "raised",
        "name": "fault_overcurrent", "kind": "fault", "severity": "High", "text": "Hot.",
        "raised_ms": 0, **changed,
    }  # fmt: skip
    return Occasion(**said)


def told(
    routes: str,
    when: str = "2026-11-30 12:00",
    *,
    to: set[Way] | None = None,
    waiting: dict[Way, int] | None = None,
    is_quiet: bool = False,
    **changed: Any,
) -> dict[str, int]:
    """Target to the minutes from then on until it is told."""
    now_ms = at(when)
    found = due(
        plan(routes), occasion(**changed), FAN,
        told=to or set(), waiting=waiting or {}, now_ms=now_ms, site=LONDON, is_quiet=is_quiet,
    )  # fmt: skip
    return {target: (due_ms - now_ms) // MINUTE_MS for (_, target), due_ms in found}


@pytest.mark.parametrize(
    ("rest", "is_told"),
    [
        ("", True),
        ('severity = "High"', True),
        ('severity = "Critical"', False),
        ('places = ["hall 1", "hall 2"]', True),
        ('places = ["hall 1"]', False),
        ('groups = ["presses"]', False),
        ('groups = ["fans"]', True),
        ('machines = ["fan-02"]', False),
        ('machines = ["fan-01"]', True),
        ('weekdays = ["mon"]', True),
        ('weekdays = ["tue"]', False),
        ("hours = { from = 08:00:00, to = 12:00:00 }", False),
        ("hours = { from = 12:00:00, to = 08:00:00 }", True),
    ],
)
def test_a_route_is_for_its_own_alarms_at_its_own_times(rest: str, is_told: bool) -> None:  # noqa: FBT001
    assert told(route(rest)) == ({"office": 0} if is_told else {})


def test_the_night_of_a_friday_ends_on_saturday() -> None:
    night = route('weekdays = ["fri"]\nhours = { from = 22:00:00, to = 06:00:00 }')
    assert told(night, "2026-12-05 05:59") == {"office": 0}
    assert told(night, "2026-12-05 22:30") == {}


def test_what_comes_in_quiet_hours_waits_until_they_are_over() -> None:
    quiet = route("quiet = { from = 22:00:00, to = 06:00:00 }")
    assert told(quiet, "2026-11-30 23:00") == {"office": 7 * 60}
    assert told(quiet, "2026-11-30 06:00") == {"office": 0}


def test_what_is_to_pass_at_once_waits_for_neither_quiet_hours_nor_a_digest() -> None:
    rest = 'digest_min = 30\nat_once = "Critical"\nquiet = { from = 22:00:00, to = 06:00:00 }'
    assert told(route(rest), "2026-11-30 23:00", severity="Critical") == {"office": 0}
    assert told(route(rest), "2026-11-30 23:00") == {"office": 7 * 60}


def test_quiet_hours_end_by_the_clock_on_the_wall_where_it_was_changed_meanwhile() -> None:
    quiet = route("quiet = { from = 22:00:00, to = 06:00:00 }")
    assert told(quiet, "2026-10-24 23:00") == {"office": 8 * 60}  # a night of nine hours
    assert told(quiet, "2026-03-28 23:00") == {"office": 6 * 60}  # and one of seven


def test_quiet_hours_that_end_in_the_hour_that_is_skipped_end_with_the_jump() -> None:
    quiet = route("quiet = { from = 22:00:00, to = 01:30:00 }")
    assert told(quiet, "2026-03-28 23:00") == {"office": 2 * 60}


def test_in_the_hour_that_comes_twice_nothing_waits_for_an_end_that_has_been() -> None:
    quiet = plan(route("quiet = { from = 22:00:00, to = 01:30:00 }"))
    again_ms = at("2026-10-25 01:00") + 65 * MINUTE_MS  # 01:05 for the second time
    [found] = due(
        quiet, occasion(), FAN, told=set(), waiting={}, now_ms=again_ms, site=LONDON
    )  # fmt: skip
    assert found.due_ms == again_ms


def test_a_digest_is_told_so_long_after_its_first() -> None:
    digest = route("digest_min = 30")
    first_ms = at("2026-11-30 12:10")
    assert told(digest) == {"office": 30}
    assert told(digest, waiting={("r", "office"): first_ms}) == {"office": 10}


def test_a_digest_that_would_end_in_quiet_hours_waits_for_their_end() -> None:
    rest = "digest_min = 30\nquiet = { from = 22:00:00, to = 06:00:00 }"
    assert told(route(rest), "2026-11-30 21:45") == {"office": 8 * 60 + 15}


def test_a_target_of_two_routes_is_told_once_and_as_soon_as_either_lets_it() -> None:
    assert told(route("digest_min = 30", name="slow") + route(name="fast")) == {"office": 0}


def test_the_end_is_told_where_the_beginning_was_and_nowhere_else() -> None:
    routes = route("hours = { from = 08:00:00, to = 09:00:00 }") + route(tell="phone", name="p")
    assert told(routes, change="cleared") == {}
    assert told(routes, change="cleared", to={("r", "office")}) == {"office": 0}


def test_an_acknowledgement_is_told_to_those_who_want_it() -> None:
    ways = {("r", "office")}
    assert told(route(), change="acknowledged", to=ways) == {}
    assert told(route("acknowledged = true"), change="acknowledged", to=ways) == {"office": 0}


def test_an_alarm_that_got_worse_is_told_to_all_whom_it_is_for() -> None:
    routes = route() + route('severity = "High"', tell="phone", name="p")
    found = told(routes, change="regraded", to={("r", "office")})
    assert found == {"office": 0, "phone": 0}


@pytest.mark.parametrize("change", ["raised", "reopened", "regraded", "unshelved", "escalated"])
def test_what_is_on_the_shelf_asks_for_nobody(change: str) -> None:
    assert told(ESCALATING, change=change, by="r", is_quiet=True) == {}
    assert told(ESCALATING, change=change, by="r") != {}


def test_the_end_of_what_is_on_the_shelf_is_told_to_those_who_know_of_it() -> None:
    assert told(route(), change="cleared", to={("r", "office")}, is_quiet=True) == {"office": 0}


def test_a_shelf_that_ends_is_told_anew_and_one_that_somebody_ends_to_those_who_do_not_know() -> (
    None
):
    known = {("r", "office")}
    assert told(route(), change="unshelved", to=known) == {"office": 0}
    assert told(route(), change="unshelved", to=known, by="Sam") == {}
    assert told(route(), change="unshelved", by="Sam") == {"office": 0}


def test_an_acknowledgement_taken_back_is_told_to_those_who_are_told_of_acknowledgements() -> None:
    rest, ways = "acknowledged = true", {("r", "office")}
    assert told(route(rest), change="unacknowledged", to=ways) == {"office": 0}
    assert told(route(rest), change="unacknowledged") == {}
    assert told(route(), change="unacknowledged", to=ways) == {}


def test_an_escalation_is_told_to_the_others_of_its_route_and_so_is_the_end() -> None:
    assert told(ESCALATING, change="escalated", by="r") == {"phone": 0}
    assert told(ESCALATING, change="escalated", by="another") == {}
    ways = {("r", "office"), ("r", "phone")}
    assert told(ESCALATING, change="cleared", to=ways) == {"office": 0, "phone": 0}
