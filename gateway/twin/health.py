"""A moment of the twin in; out, what its health has lost and to what. Pure.

The same rule as the figure (``kpi.health``), taken apart: the points add up to what lacks to 100.
"""

from typing import Final, Literal, NamedTuple

import msgspec

from contract.assets.words import Channel, Limit
from gateway.twin.alarm_changes import OpenAlarm
from gateway.twin.kpi import MARGIN_WEIGHT, SEVERITY_WEIGHT, Moment, margin_used

Of = Literal["limits", "alarm", "diagnosis"]

SILENT: Final = "It has not sent a reading yet."
STOPPED: Final = "It stands still: nobody judges it."
OLD: Final = "It is of the last reading: nothing newer has come."
WITHIN: Final = "All values are within their normal bands."
NO_LIMITS: Final = "Nobody has set a limit: nothing is known to be well."
NO_ALARM: Final = "No alarm of the machine is open."
NO_FAULT: Final = "No fault is known at present."
ONCE: Final = "It counts once, as it tells of the same."


class Loss(msgspec.Struct, frozen=True):
    """What takes ``points`` from 100, and why; 0 where it takes none."""

    of: Of
    points: float
    text: str


class Health(msgspec.Struct, frozen=True):
    """``value`` is 100 less the points of all ``parts``; None where there is a ``reason`` alone."""

    value: float | None
    parts: list[Loss]
    reason: str | None


class _Near(NamedTuple):
    """The channel that is nearest to a limit of its own, within the last seconds."""

    used: float  # of the way there from its normal band
    channel: Channel
    limit: Limit


def health_of(moment: Moment | None, *, worst: OpenAlarm | None, found: str) -> Health:
    """The parts of a moment's health.

    Args:
        moment: None before the first reading.
        worst: the gravest alarm that counts; None: there is none.
        found: the class that the last diagnosis named.
    """
    if moment is None:
        return Health(None, [], SILENT)
    if moment.stopped:
        return Health(None, [], STOPPED)
    parts = [_of_limits(moment), *_of_faults(moment, worst, found)]
    lost = sum(part.points for part in parts)
    return Health(100.0 - lost, parts, None if moment.fresh else OLD)


def _of_limits(moment: Moment) -> Loss:
    ways = [
        _Near(margin_used(channel, limit, moment.recent[channel.name]), channel, limit)
        for channel in moment.channels
        for limit in channel.limits
    ]
    if not ways:
        return Loss("limits", 0.0, NO_LIMITS)
    near = max(ways, key=lambda way: way.used)
    return Loss("limits", MARGIN_WEIGHT * near.used, _told(near) if near.used > 0.0 else WITHIN)


def _told(near: _Near) -> str:
    channel, limit = near.channel, near.limit
    edge = channel.normal[1] if limit.side == "high" else channel.normal[0]
    where = f"{edge:g} to {limit.at:g} {channel.unit}"
    if near.used >= 1.0:
        return f"{channel.title} has reached its limit ({limit.at:g} {channel.unit})."
    return f"{channel.title} has gone {near.used:.0%} of the way to its limit ({where})."


def _of_faults(moment: Moment, worst: OpenAlarm | None, found: str) -> list[Loss]:
    """An alarm and a diagnosis often tell of one fault: the larger of both counts."""
    alarm, doubt = SEVERITY_WEIGHT[moment.worst_alarm], moment.suspicion
    alarmed = NO_ALARM if worst is None else f"{worst.text.partition(': ')[0]}."
    told = _diagnosed(moment, found) if doubt > 0.0 else NO_FAULT
    if alarm >= doubt:
        told = f"{told} {ONCE}" if doubt > 0.0 else told
        return [Loss("alarm", alarm, alarmed), Loss("diagnosis", 0.0, told)]
    alarmed = f"{alarmed} {ONCE}" if alarm > 0.0 else alarmed
    return [Loss("alarm", 0.0, alarmed), Loss("diagnosis", doubt, told)]


def _diagnosed(moment: Moment, found: str) -> str:
    """An older model may have named a class that the type has no more."""
    known = {fault.name: fault for fault in moment.asset.classes}
    if found not in known:
        return f"{found}."
    weight = SEVERITY_WEIGHT[known[found].severity]
    sure = f" ({moment.suspicion / weight:.0%} sure)" if weight else ""
    return f"{known[found].label}{sure}."
