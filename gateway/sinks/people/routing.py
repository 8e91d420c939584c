"""What happened to an alarm and the routes in, who is to be told and from when on out. Pure."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from contract.assets.words import AlarmSeverity
from contract.shift_words import WEEKDAYS
from contract.site_time import SiteTime
from gateway.sinks.people.words import SEVERITIES, Change, Hours, Plan, Route

MINUTE_MS: Final = 60_000
_DAY: Final = timedelta(days=1)

# What asks for somebody, and so not while the alarm is on the shelf.
ASKING: Final = ("raised", "reopened", "regraded", "unshelved", "escalated")

Way = tuple[str, str]  # a route's name and a target's


class Machine(NamedTuple):
    """What people call a device, and where it stands; empty: nobody has said."""

    name: str = ""
    place: str = ""
    group: str = ""


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to an alarm: a row of the journal."""

    id: int
    device: str
    asset: str
    time_ms: int
    alarm: int
    change: Change
    name: str
    kind: str
    severity: AlarmSeverity
    text: str
    raised_ms: int
    by: str | None = None  # of what has escalated: the route
    evidence: tuple[str, ...] = ()  # what else was found of the same cause by now
    over: str = ""  # why it was cleared, where it has not just gone
    heeded_by: str | None = None  # who has acknowledged it by now


class Due(NamedTuple):
    """Who is to be told, and not before when."""

    way: Way
    due_ms: int


def due(
    plan: Plan,
    occasion: Occasion,
    machine: Machine,
    *,
    told: Collection[Way],
    waiting: Mapping[Way, int],
    now_ms: int,
    site: SiteTime,
    is_quiet: bool = False,
) -> list[Due]:
    """Each target once, as soon as one of its routes lets it.

    ``told`` are the ways on which somebody is told of this alarm: its end goes there, and there
    alone. ``waiting`` says when the next message of a way is due: a digest collects. An alarm that
    ``is_quiet`` asks for nobody now: on the shelf.
    """
    if is_quiet and occasion.change in ASKING:
        return []
    soonest: dict[str, Due] = {}
    for route in plan.routes:
        for way in _ways(route, occasion, machine, told, site.wall(now_ms)):
            found = Due(way, due_ms(route, occasion.severity, waiting.get(way), now_ms, site))
            known = soonest.get(way[1], found)
            soonest[way[1]] = min(known, found, key=lambda each: each.due_ms)
    return list(soonest.values())


def _ways(
    route: Route, occasion: Occasion, machine: Machine, told: Collection[Way], wall: datetime
) -> list[Way]:
    known = [(route.name, target) for target in route.targets if (route.name, target) in told]
    match occasion.change:
        case "cleared":
            return known
        case "acknowledged" | "unacknowledged":
            return known if route.acknowledged else []
        case "escalated":
            others = route.escalate_to if route.name == occasion.by else ()
            return [(route.name, target) for target in others]
    if not is_of(route, occasion, machine, wall):
        return []
    ways = [(route.name, target) for target in route.tell]
    is_known_again = occasion.change == "unshelved" and occasion.by is not None
    return [way for way in ways if not (is_known_again and way in known)]


def is_of(route: Route, occasion: Occasion, machine: Machine, wall: datetime) -> bool:
    """Whether the route is for such an alarm at that time of the site."""
    return (
        is_at_least(occasion.severity, route.severity)
        and (not route.places or machine.place in route.places)
        and (not route.groups or machine.group in route.groups)
        and (not route.machines or occasion.device in route.machines)
        and _is_when(route, wall)
    )


def is_at_least(severity: AlarmSeverity, least: AlarmSeverity) -> bool:
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)


def _is_when(route: Route, wall: datetime) -> bool:
    day: date | None = wall.date()
    if route.hours is not None:
        day = _begun_on(route.hours, wall)
    return day is not None and (not route.weekdays or WEEKDAYS[day.weekday()] in route.weekdays)


def _begun_on(hours: Hours, wall: datetime) -> date | None:
    """The day on which the hours that hold ``wall`` began; None: none do."""
    now = wall.time()
    if hours.begins < hours.ends:
        return wall.date() if hours.begins <= now < hours.ends else None
    if now >= hours.begins:
        return wall.date()
    return wall.date() - _DAY if now < hours.ends else None


def due_ms(
    route: Route, severity: AlarmSeverity, waiting_ms: int | None, now_ms: int, site: SiteTime
) -> int:
    """When a route tells what happens now; a message that waits already takes it along."""
    if route.at_once is not None and is_at_least(severity, route.at_once):
        return now_ms
    then_ms = now_ms + round(route.digest_min * MINUTE_MS)
    if waiting_ms is not None:
        then_ms = max(now_ms, min(then_ms, waiting_ms))
    return then_ms if route.quiet is None else _after_quiet(route.quiet, then_ms, site)


def _after_quiet(quiet: Hours, due_ms: int, site: SiteTime) -> int:
    """Where the hour of the end comes twice it is the first one, so what is due may be later."""
    begun_on = _begun_on(quiet, site.wall(due_ms))
    if begun_on is None:
        return due_ms
    ends_on = begun_on if quiet.begins < quiet.ends else begun_on + _DAY
    return max(due_ms, site.moment(datetime.combine(ends_on, quiet.ends)))
