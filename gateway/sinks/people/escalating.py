"""What happened to an alarm and the routes in, what others are to be told of later out. Pure.

An alarm of a route that escalates waits for an acknowledgement from when ``tell`` was due. The
others are told once, however often it comes back; an acknowledgement that is taken back, the end of
a shelf, and that it got graver begin anew.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from contract.site_time import SiteTime
from gateway.journal.escalations import Escalation
from gateway.sinks.people.routing import MINUTE_MS, Machine, Occasion, due_ms, is_of
from gateway.sinks.people.words import Plan, Route


class Waits(NamedTuple):
    """What begins to wait, what waits anew, the alarms that wait no more, and what may hurry."""

    put: list[Escalation]
    restart: list[Escalation]
    forget: list[int]
    hasten: Sequence[Escalation] = ()


def waits(
    plan: Plan,
    occasion: Occasion,
    machine: Machine,
    *,
    now_ms: int,
    site: SiteTime,
    is_quiet: bool,
) -> Waits:
    """What an occasion means for those who are told only where nobody acknowledges."""
    routes = [route for route in plan.routes if route.escalate_to]
    match occasion.change:
        case "unacknowledged":
            return Waits([], [_of(route, occasion, now_ms, site) for route in routes], [])
        case "raised" | "reopened" | "regraded" | "unshelved" if not is_quiet:
            wall: datetime = site.wall(now_ms)
            own = [route for route in routes if is_of(route, occasion, machine, wall)]
            put = [_of(route, occasion, now_ms, site) for route in own]
            return _waits(occasion, put)
    return Waits([], [], [])


def _waits(occasion: Occasion, put: list[Escalation]) -> Waits:
    """One that got graver waits as if nobody had been told; who waits for an answer goes on so."""
    match occasion.change:
        case "unshelved":
            return Waits(put, [], [occasion.alarm])
        case "regraded" if occasion.by is not None:  # whose word counts no more
            return Waits(put, put, [])
        case "regraded":
            return Waits(put, [], [], put)
    return Waits(put, [], [])


def _of(route: Route, occasion: Occasion, now_ms: int, site: SiteTime) -> Escalation:
    told_ms = due_ms(route, occasion.severity, None, now_ms, site)
    after_ms = round((route.escalate_after_min or 0) * MINUTE_MS)
    return Escalation(occasion.alarm, route.name, told_ms + after_ms)
