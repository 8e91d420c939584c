"""What happened to alarms in, one message that a person reads out. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from contract.site_time import SiteTime
from gateway.sinks.people.routing import ASKING, Machine, Occasion
from gateway.sinks.people.words import SEVERITIES

_S: Final = 1_000
_MIN_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_TWO: Final = 2
_SAID: Final = {
    "acknowledged": "Acknowledged by {by}",
    "unacknowledged": "Acknowledgement taken back",
    "escalated": "Not acknowledged, {severity}",
    "regraded": "Graver, {severity}",
    "reopened": "Back, {severity}",
    "unshelved": "Off the shelf, {severity}",
}

Known = Callable[[str], Machine]
Told = Callable[[Occasion], str]


class Message(NamedTuple):
    """Plain text."""

    title: str
    body: str


def compose(
    occasions: Sequence[Occasion], *, machine: Known, title: Told, advice: Told, site: SiteTime
) -> Message:
    """One message of all of them: an alarm once, as it was last; what stands before what is over.

    There must be at least one, and they come in order.
    """
    last = {each.alarm: each for each in occasions}
    ordered = sorted(last.values(), key=_urgency)
    blocks = [
        _block(each, machine(each.device), advice=advice(each), site=site) for each in ordered
    ]
    more = f" (and {len(ordered) - 1} more)" if len(ordered) >= _TWO else ""
    return Message(_title(ordered[0], machine, title) + more, "\n\n".join(blocks))


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


def _title(first: Occasion, machine: Known, title: Told) -> str:
    about = f"{_called(first.device, machine(first.device))}: {title(first)}"
    return " ".join(f"{_said(first)}: {about}".split())


def _said(occasion: Occasion) -> str:
    """What has happened to it. One that was ended by another thing may stand as it did."""
    if occasion.change == "cleared":
        return "Closed" if occasion.over else "Over"
    said = _SAID.get(occasion.change, "{severity}")
    return said.format(severity=occasion.severity, by=occasion.by or "somebody")


def _block(occasion: Occasion, machine: Machine, *, advice: str, site: SiteTime) -> str:
    where = f", {machine.place}" if machine.place else ""
    lines = [
        f"{_called(occasion.device, machine)}{where}",
        f"{occasion.severity}: {occasion.text}",
        *_when(occasion, site),
    ]
    if occasion.change != "cleared":
        lines += [f"Also found: {each}" for each in occasion.evidence]
    if advice and advice not in occasion.text and occasion.change != "cleared":
        lines.append(f"What to do: {advice}")
    return "\n".join(lines)


def _when(occasion: Occasion, site: SiteTime) -> Iterable[str]:
    since = f"{_day(occasion.raised_ms, site)} ({site.name})"
    match occasion.change:
        case "cleared":
            end = "closed" if occasion.over else "over"
            yield f"{end} after {span(occasion.time_ms - occasion.raised_ms)}, began {since}"
        case "reopened":
            yield f"back again, since {since}"
        case "regraded":
            yield f"since {since}, and graver since {_day(occasion.time_ms, site)}"
        case _:
            yield f"since {since}"
    yield from _heeded(occasion)


def _heeded(occasion: Occasion) -> Iterable[str]:
    """What people have said of it, or not."""
    match occasion.change:
        case "acknowledged":
            yield f"acknowledged by {occasion.by or 'somebody'}"
        case "unacknowledged":
            yield f"{_whose(occasion)} acknowledgement was taken back: nobody sees to it"
        case "regraded" if occasion.by is not None:
            yield f"{_whose(occasion)} word was of what it was before: it asks for somebody anew"
        case "escalated":
            yield "nobody has acknowledged it, so you are told"
        case "unshelved" if occasion.by is None:
            yield "its time on the shelf is over and it still stands"
        case "unshelved":
            yield "somebody took it off the shelf"
    if occasion.heeded_by and occasion.change in ASKING:
        yield f"acknowledged by {occasion.heeded_by} meanwhile"


def _day(time_ms: int, site: SiteTime) -> str:
    return f"{site.wall(time_ms):%a %d %b %Y %H:%M:%S}"


def _whose(occasion: Occasion) -> str:
    return f"{occasion.by}'s" if occasion.by else "The"


def _called(device: str, machine: Machine) -> str:
    return f"{machine.name} ({device})" if machine.name else device
