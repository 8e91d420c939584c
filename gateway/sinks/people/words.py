"""The tables of ``people.toml``, each checked as it is made: who is told of what, when. Pure.

Times are those of the wall's clock at the site.
"""

from datetime import time
from typing import Annotated, Any, Final, Literal

import msgspec

from contract.assets.words import AlarmSeverity
from contract.shift_words import Name, Table, Weekday

Change = Literal[
    "raised", "reopened", "regraded", "acknowledged", "unacknowledged", "unshelved", "escalated",
    "cleared",
]  # fmt: skip
SEVERITIES: Final[tuple[AlarmSeverity, ...]] = ("Low", "Medium", "High", "Critical")
MOST_TARGETS: Final = 50
MOST_ROUTES: Final = 100
LONGEST_ADDRESS: Final = 2_000

_Names = Annotated[tuple[str, ...], msgspec.Meta(max_length=200)]
_Minutes = Annotated[float, msgspec.Meta(ge=0, le=1440)]
_Patience = Annotated[float, msgspec.Meta(ge=1, le=10_080)]


class Hours(Table, frozen=True, kw_only=True):
    """From one time to another, which is the next day's where it is not later."""

    begins: time = msgspec.field(name="from")
    ends: time = msgspec.field(name="to")

    def __post_init__(self) -> None:
        if self.begins == self.ends:
            raise ValueError("from and to are the same time: leave both out for all day")


class Route(Table, frozen=True, kw_only=True):
    """Who is told of which alarms, and when.

    Attributes:
        tell: names of targets.
        severity: of at least this.
        places, groups, machines: of these alone; empty: of all. A machine is named by its id.
        weekdays, hours: what happens then; what begins on a day belongs to it past midnight too.
        quiet: what comes then waits until it is over.
        digest_min: what comes within so many minutes is one message.
        at_once: from this severity on nothing waits.
        acknowledged: told too when somebody has acknowledged, or takes that back.
        escalate_after_min, escalate_to: where nobody has acknowledged so long after ``tell`` was
            due, these targets are told as well.
    """

    name: Name
    tell: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MOST_TARGETS)]
    severity: AlarmSeverity = "Low"
    places: _Names = ()
    groups: _Names = ()
    machines: _Names = ()
    weekdays: tuple[Weekday, ...] = ()
    hours: Hours | None = None
    quiet: Hours | None = None
    digest_min: _Minutes = 0
    at_once: AlarmSeverity | None = None
    acknowledged: bool = False
    escalate_after_min: _Patience | None = None
    escalate_to: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_TARGETS)] = ()

    def __post_init__(self) -> None:
        if (self.escalate_after_min is None) != (not self.escalate_to):
            raise ValueError("escalate_after_min and escalate_to go together: write both or none")

    @property
    def targets(self) -> tuple[str, ...]:
        """All whom it tells, sooner or later."""
        return (*self.tell, *self.escalate_to)


class Plan(msgspec.Struct, frozen=True):
    """Addresses by the name of their target (secrets, all of them), and the routes to them."""

    targets: dict[str, str]
    routes: tuple[Route, ...]


def parse(table: dict[str, Any]) -> Plan:
    """The plan that a TOML file describes.

    Raises:
        ValueError: something in it is wrong; the text says where and what, and no address.
    """
    if unknown := sorted(table.keys() - {"targets", "route"}):
        raise ValueError(f"there is no {unknown[0][:40]!r} in it: only [targets] and [[route]]")
    targets = _targets(table.get("targets"))
    routes = table.get("route", [])
    if not isinstance(routes, list) or not routes:
        raise ValueError("it has no [[route]]: write one that says who is told of what")
    if len(routes) > MOST_ROUTES:
        raise ValueError(f"it has {len(routes)} routes, and {MOST_ROUTES} are allowed")
    plan = Plan(targets, tuple(_route(each, at) for at, each in enumerate(routes, 1)))
    _check_names(plan)
    return plan


def _targets(found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not found:
        raise ValueError('it has no [targets]: write one, as office = "mailtos://…"')
    if len(found) > MOST_TARGETS:
        raise ValueError(f"it has {len(found)} targets, and {MOST_TARGETS} are allowed")
    for name, address in found.items():
        if not isinstance(address, str) or not 0 < len(address) <= LONGEST_ADDRESS:
            raise ValueError(f'target "{name[:64]}" must be one address, in quotes')
    return dict(found)


def _route(entry: Any, number: int) -> Route:
    name = entry.get("name") if isinstance(entry, dict) else None
    called = f'route "{str(name)[:64]}"' if name else f"route number {number}"
    try:
        return msgspec.convert(entry, Route)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        place = f" (at {path.strip('`.')})" if path else ""
        raise ValueError(f"{called}: {text}{place}") from None


def _check_names(plan: Plan) -> None:
    names = [route.name for route in plan.routes]
    for route in plan.routes:
        if names.count(route.name) > 1:
            raise ValueError(f'there are two routes "{route.name}": call one something else')
        for target in route.targets:
            if target not in plan.targets:
                raise ValueError(
                    f'route "{route.name}" tells "{target[:64]}", which is not in [targets]'
                )
