"""One device's alarms: conditions come in, transitions raised -> acknowledged -> cleared go out.

::

    raise_()            acknowledge()              clear()
    ------->  raised  ---------------->  acknowledged  ------->  gone
                 |                                                ^
                 +---------------------- clear() -----------------+

A name is open at most once a device. ``(device, name, raised_ms)`` is an alarm's identity, so a
transition that is told twice, after a crash, changes the journal once.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from gateway.assets.base import AlarmSeverity, Severity
from gateway.errors import NotFound, Refused
from gateway.messages import Alarm

AlarmKind = Literal["limit", "fault", "system"]

OFFLINE = "offline"


class Transition(msgspec.Struct):
    """What just happened to an alarm; ``time_ms`` is event time, but for what people do."""

    name: str
    kind: AlarmKind
    severity: AlarmSeverity
    text: str
    change: Literal["raised", "acknowledged", "cleared"]
    time_ms: int
    by: str | None
    raised_ms: int


class OpenAlarm(msgspec.Struct):
    """An alarm that has been raised and not cleared."""

    name: str
    kind: AlarmKind
    severity: AlarmSeverity
    text: str
    raised_ms: int
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None


class AlarmBook:
    """The open alarms of one device, and what changed since it was last asked."""

    __slots__ = ("_open", "_transitions")

    def __init__(
        self, open_alarms: Sequence[OpenAlarm] = (), transitions: Sequence[Transition] = ()
    ) -> None:
        self._open = {alarm.name: alarm for alarm in open_alarms}
        self._transitions = list(transitions)

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, name: str) -> bool:
        return name in self._open

    @property
    def open_alarms(self) -> list[OpenAlarm]:
        return list(self._open.values())

    @property
    def transitions(self) -> list[Transition]:
        """What ``take`` would give, left where it is."""
        return list(self._transitions)

    @property
    def has_transitions(self) -> bool:
        return bool(self._transitions)

    def take(self) -> list[Transition]:
        """What changed since the last call."""
        taken, self._transitions = self._transitions, []
        return taken

    def raise_(
        self, name: str, *, kind: AlarmKind, severity: AlarmSeverity, text: str, time_ms: int
    ) -> None:
        """Open ``name``; nothing happens while it is open already."""
        if name in self._open:
            return
        alarm = OpenAlarm(name, kind, severity, text, time_ms)
        self._open[name] = alarm
        self._note(alarm, "raised", time_ms=time_ms)

    def clear(self, name: str, *, time_ms: int) -> None:
        """Close ``name``; nothing happens when it is not open.

        A time before the alarm was raised is of no account: after a restart, readings are folded
        again that are older than an alarm taken over from the journal.
        """
        alarm = self._open.get(name)
        if alarm is not None and time_ms >= alarm.raised_ms:
            del self._open[name]
            self._note(alarm, "cleared", time_ms=time_ms)

    def acknowledge(self, name: str, *, by: str, now_ms: int) -> None:
        """Note that ``by`` has seen the alarm.

        Raises:
            NotFound: no such alarm is open (any more).
            Refused: somebody has acknowledged it already; the text says who.
        """
        alarm = self._open.get(name)
        if alarm is None:
            raise NotFound(f"The alarm {name!r} is not open: it was cleared or never raised.")
        if alarm.acknowledged_ms is not None:
            raise Refused(f"The alarm {name!r} has already been acknowledged by {_who(alarm)}.")
        alarm.acknowledged_ms = now_ms
        alarm.acknowledged_by = by
        self._note(alarm, "acknowledged", time_ms=now_ms, by=by)

    def adopt(self, alarms: Sequence[Alarm]) -> None:
        """Take over what the journal has open, at a restart, before or after readings are replayed.

        Fault and system alarms come from outside the readings, so the journal's word counts.
        Limit alarms are a function of the readings: those the journal lacks are told again (it
        ignores what it knows), those it has are taken over unless the replay has cleared them.
        """
        held, self._open = self._open, {}
        cleared = {(t.name, t.raised_ms) for t in self._transitions if t.change == "cleared"}
        for alarm in alarms:
            if (alarm.name, alarm.raised_ms) not in cleared:
                self._open[alarm.name] = _taken_over(alarm)
        for alarm_held in held.values():
            if alarm_held.kind == "limit" and alarm_held.name not in self._open:
                self._open[alarm_held.name] = alarm_held
                self._note(alarm_held, "raised", time_ms=alarm_held.raised_ms)

    def worst(self) -> Severity:
        """The gravest open alarm that speaks of the machine, not of the system around it."""
        found = {alarm.severity for alarm in self._open.values() if alarm.kind != "system"}
        return next((s for s in ("Critical", "High", "Medium", "Low") if s in found), "None")

    def _note(
        self,
        alarm: OpenAlarm,
        change: Literal["raised", "acknowledged", "cleared"],
        *,
        time_ms: int,
        by: str | None = None,
    ) -> None:
        self._transitions.append(
            Transition(
                name=alarm.name,
                kind=alarm.kind,
                severity=alarm.severity,
                text=alarm.text,
                change=change,
                time_ms=time_ms,
                by=by,
                raised_ms=alarm.raised_ms,
            )
        )


def _who(alarm: OpenAlarm) -> str:
    return alarm.acknowledged_by or "somebody"


def _taken_over(alarm: Alarm) -> OpenAlarm:
    return OpenAlarm(
        name=alarm.name,
        kind=alarm.kind,
        severity=alarm.severity,
        text=alarm.text,
        raised_ms=alarm.raised_ms,
        acknowledged_ms=alarm.acknowledged_ms,
        acknowledged_by=alarm.acknowledged_by,
    )
