"""What happened to alarms in, one message that a person reads out. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from contract.site_time import SiteTime
from gateway.sinks.people.routing import Machine, Occasion
from gateway.sinks.people.words import SEVERITIES

_S: Final = 1_000
_MIN_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_TWO: Final = 2
_SAID: Final = {"cleared": "Over", "escalated": "Not acknowledged, {}"}

Known = Callable[[str], Machine]
Advice = Callable[[Occasion], str]


class Message(NamedTuple):
    """Plain text."""

    title: str
    body: str


def compose(
    occasions: Sequence[Occasion], *, machine: Known, advice: Advice, site: SiteTime
) -> Message:
    """One message of all of them: an alarm once, as it was last; what stands before what is over.

    There must be at least one, and they come in order.
    """
    last = {each.alarm: each for each in occasions}
    ordered = sorted(last.values(), key=_urgency)
    blocks = [
        _block(each, machine(each.device), advice=advice(each), site=site) for each in ordered
    ]
    return Message(_title(ordered, machine), "\n\n".join(blocks))


def span(duration_ms: int) -> str:
    """How long, in the two greatest units that say something."""
    whole_s = max(0, duration_ms) // _S
    if whole_s < _MIN_S:
        return f"{whole_s} s"
    if whole_s < _HOUR_S:
        return f"{whole_s // _MIN_S} min"
    if whole_s < _DAY_S:
        hours, rest_s = divmod(whole_s, _HOUR_S)
        return f"{hours} h {rest_s // _MIN_S} min"
    days, rest_s = divmod(whole_s, _DAY_S)
    return f"{days} d {rest_s // _HOUR_S} h"


def _urgency(occasion: Occasion) -> tuple[bool, int, int]:
    return (
        occasion.change == "cleared",
        -SEVERITIES.index(occasion.severity),
        occasion.raised_ms,
    )


def _title(ordered: Sequence[Occasion], machine: Known) -> str:
    first = ordered[0]
    about = f"{_called(first.device, machine(first.device))}: {first.text}"
    said = _SAID.get(first.change, "{}").format(first.severity)
    more = f" (and {len(ordered) - 1} more)" if len(ordered) >= _TWO else ""
    return " ".join(f"{said}: {about}"[:160].split()) + more


def _block(occasion: Occasion, machine: Machine, *, advice: str, site: SiteTime) -> str:
    where = f", {machine.place}" if machine.place else ""
    lines = [
        f"{_called(occasion.device, machine)}{where}",
        f"{occasion.severity}: {occasion.text}",
        *_when(occasion, site),
    ]
    if occasion.change != "cleared":
        lines += [f"Also found: {each}" for each in occasion.evidence]
    if advice and occasion.change != "cleared":
        lines.append(f"What to do: {advice}")
    return "\n".join(lines)


def _when(occasion: Occasion, site: SiteTime) -> Iterable[str]:
    since = f"{site.wall(occasion.raised_ms):%a %d %b %Y %H:%M:%S} ({site.name})"
    match occasion.change:
        case "cleared":
            yield f"over after {span(occasion.time_ms - occasion.raised_ms)}, began {since}"
        case "acknowledged":
            yield f"since {since}"
            yield f"acknowledged by {occasion.by or 'somebody'}"
        case "unacknowledged":
            yield f"since {since}"
            yield f"{_whose(occasion)} acknowledgement was taken back: nobody sees to it"
        case "escalated":
            yield f"since {since}"
            yield "nobody has acknowledged it, so you are told"
        case "unshelved" if occasion.by is None:
            yield f"its time on the shelf is over and it still stands, since {since}"
        case "unshelved":
            yield f"somebody took it off the shelf; it stands since {since}"
        case "reopened":
            yield f"back again, since {since}"
        case "raised" | "regraded":
            yield f"since {since}"


def _whose(occasion: Occasion) -> str:
    return f"{occasion.by}'s" if occasion.by else "The"


def _called(device: str, machine: Machine) -> str:
    return f"{machine.name} ({device})" if machine.name else device
