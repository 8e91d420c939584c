"""Alarms of one cause are one alarm: which of them leads, and what it says then. Pure.

The one that was raised first leads and stays the same alarm; what is found later of the same cause
is part of it. It is as grave as the gravest of them, and says what explains most: a fault's class
before a limit, and a limit before that nothing known fits.
"""

from collections.abc import Iterable
from typing import Final

from contract.assets.words import UNKNOWN, AlarmSeverity
from contract.messages import Evidence
from gateway.twin.alarm_changes import OpenAlarm
from gateway.twin.causes import FAULT_PREFIX

SEVERITIES: Final[tuple[AlarmSeverity, ...]] = ("Low", "Medium", "High", "Critical")


def lead_of(alarm: OpenAlarm, others: Iterable[OpenAlarm]) -> OpenAlarm | None:
    """Of the alarms by themselves that share its cause the oldest; None: there is none."""
    akin = [each for each in others if _are_akin(alarm, each)]
    return min(akin, key=lambda each: (each.raised_ms, each.name), default=None)


def _are_akin(alarm: OpenAlarm, other: OpenAlarm) -> bool:
    is_other = other is not alarm and other.part_of is None
    return is_other and not frozenset(alarm.channels).isdisjoint(other.channels)


def join(alarm: OpenAlarm, lead: OpenAlarm) -> None:
    """Make ``alarm`` a part of ``lead``, which is as grave then, and says what explains more."""
    is_news = alarm.part_of != lead.key
    alarm.part_of = lead.key
    lead.channels = tuple(sorted({*lead.channels, *alarm.channels}))
    lead.findings += alarm.findings if is_news else 0
    explains = _explains(alarm) > _explains(lead)
    is_graver = SEVERITIES.index(alarm.severity) > SEVERITIES.index(lead.severity)
    if (explains or is_graver) and lead.own is None:
        lead.own = Evidence(lead.name, lead.kind, lead.severity, lead.text, lead.raised_ms)
    if explains:
        lead.text, lead.cause = alarm.text, alarm.cause or alarm.name
    if is_graver:
        lead.severity = alarm.severity


def is_graver(alarm: OpenAlarm, group: Iterable[OpenAlarm], *, since_ms: int) -> bool:
    """Whether it is graver by itself than all others of its group that have stood since then."""
    others = (each for each in group if each is not alarm)
    lately = (each for each in others if each.over_ms is None or each.over_ms >= since_ms)
    return all(_own_rank(each) < _own_rank(alarm) for each in lately)


def _own_rank(alarm: OpenAlarm) -> int:
    return SEVERITIES.index((alarm.own or alarm).severity)


def _explains(alarm: OpenAlarm) -> int:
    said = alarm.cause or alarm.name
    if said == FAULT_PREFIX + UNKNOWN:
        return 0
    return 2 if said.startswith(FAULT_PREFIX) else 1
