"""One device's alarms: conditions come in, transitions raised -> acknowledged -> cleared go out.

::

    raise_()            acknowledge()              clear()
    ------->  raised  ---------------->  acknowledged  ------->  gone
                 |    <----------------                           ^  |
                 |    unacknowledge()                             |  |
                 +---------------------- clear() -----------------+  |
                 ^                                                   |
                 +------------ raise_() within CHATTER_MS -----------+

A name is open at most once a device. ``(device, name, raised_ms)`` is an alarm's identity, so a
transition that is told twice, after a crash, changes the journal once.

An alarm that comes back soon after it was cleared is the same alarm: it is reopened and counted.
From then on it chatters, and is cleared only when its condition has been over for a while (it is
*at rest* meanwhile: still open, but nothing stands behind it). What an open alarm says may change
while it stands: it is *retold*, and neither raised nor counted for that.

What is put on the shelf is a name: until then the alarm is shelved, however often it comes anew.
"""

from collections.abc import Sequence
from typing import Final

from contract.assets.words import AlarmSeverity, Severity
from contract.errors import Conflict, NotFound
from contract.messages import Alarm
from gateway.twin.alarm_changes import (
    AlarmKind,
    Change,
    GoneAlarm,
    OpenAlarm,
    Shelf,
    Transition,
    taken_over,
    told,
)

OFFLINE: Final = "offline"
CHATTER_MS: Final = 60_000


class AlarmBook:
    """The open alarms of one device, and what changed since it was last asked."""

    __slots__ = ("_gone", "_open", "_shelves", "_transitions")

    def __init__(
        self,
        open_alarms: Sequence[OpenAlarm] = (),
        transitions: Sequence[Transition] = (),
        gone: Sequence[GoneAlarm] = (),
    ) -> None:
        self._open = {alarm.name: alarm for alarm in open_alarms}
        self._transitions = list(transitions)
        self._gone = {each.alarm.name: each for each in gone}
        self._shelves: dict[str, Shelf] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, name: str) -> bool:
        """Whether the condition of ``name`` stands; one at rest is open and does not."""
        alarm = self._open.get(name)
        return alarm is not None and alarm.rest_ms is None

    @property
    def open_alarms(self) -> list[OpenAlarm]:
        """Those not cleared, at rest or not."""
        return list(self._open.values())

    @property
    def gone_alarms(self) -> list[GoneAlarm]:
        """Those cleared last, by name."""
        return list(self._gone.values())

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
        """Open ``name``, anew or once more; nothing happens while its condition stands already."""
        if name in self:
            return
        alarm = self._returning(name, time_ms)
        if alarm is None:
            alarm = OpenAlarm(name, kind, severity, text, time_ms)
            self._shelve_anew(alarm)
        else:
            alarm.count += 1
            alarm.rest_ms = None
            alarm.text = text  # it tells of now
        self._open[name] = alarm
        self._gone.pop(name, None)
        self._note(alarm, "raised", time_ms=time_ms)

    def retell(self, name: str, *, text: str, time_ms: int) -> None:
        """Say something else of an alarm whose condition stands: the same alarm, in other words."""
        alarm = self._open.get(name)
        if alarm is not None and alarm.rest_ms is None and alarm.text != text:
            alarm.text = text
            self._note(alarm, "retold", time_ms=time_ms)

    def _returning(self, name: str, time_ms: int) -> OpenAlarm | None:
        """The alarm that comes back at ``time_ms``, if it went or came to rest just before.

        Clocks step: a time long before is no more "just before" than one long after.
        """
        alarm = self._open.get(name)
        if alarm is not None and alarm.rest_ms is not None:
            if abs(time_ms - alarm.rest_ms) <= CHATTER_MS:
                return alarm
            self._close(alarm, alarm.rest_ms + CHATTER_MS)
        gone = self._gone.get(name)
        if gone is not None and abs(time_ms - gone.cleared_ms) <= CHATTER_MS:
            return gone.alarm
        return None

    def clear(self, name: str, *, time_ms: int) -> None:
        """The condition of ``name`` is over; nothing happens when it does not stand.

        An alarm never ends before it began: one that was raised by a clock that ran ahead ends at
        once. (Readings that are folded again after a restart come before ``adopt``, so what was
        taken over from the journal is never cleared by what is older.)
        """
        alarm = self._open.get(name)
        if alarm is None or alarm.rest_ms is not None:
            return
        at_ms = max(time_ms, alarm.raised_ms)
        if alarm.count > 1:
            alarm.rest_ms = at_ms
        else:
            self._close(alarm, at_ms)

    def close(self, name: str) -> None:
        """Clear an alarm that has been at rest for ``CHATTER_MS``, by the clock of the caller."""
        alarm = self._open.get(name)
        if alarm is not None and alarm.rest_ms is not None:
            self._close(alarm, alarm.rest_ms + CHATTER_MS)

    def drop(self, alarm: Alarm) -> None:
        """The journal has closed ``alarm``, which readings folded again have only put to rest."""
        held = self._open.get(alarm.name)
        if held is None or held.rest_ms is None or alarm.cleared_ms is None:
            return
        if (held.raised_ms, held.count) == (alarm.raised_ms, alarm.count):
            del self._open[alarm.name]
            held.rest_ms = None
            self._gone[alarm.name] = GoneAlarm(held, alarm.cleared_ms)

    def _close(self, alarm: OpenAlarm, at_ms: int) -> None:
        del self._open[alarm.name]
        alarm.rest_ms = None
        self._gone[alarm.name] = GoneAlarm(alarm, at_ms)
        self._note(alarm, "cleared", time_ms=at_ms)

    def acknowledge(self, name: str, *, by: str, now_ms: int, note: str | None = None) -> None:
        """Note that ``by`` has seen the alarm.

        Raises:
            NotFound: no such alarm is open (any more).
            Conflict: somebody has acknowledged it already; the text says who.
        """
        alarm = self._standing(name)
        if alarm.acknowledged_ms is not None:
            raise Conflict(f"The alarm {name!r} has already been acknowledged by {_who(alarm)}.")
        alarm.acknowledged_ms, alarm.acknowledged_by, alarm.note = now_ms, by, note
        self._heed(alarm, "acknowledged", by=by, now_ms=now_ms)

    def unacknowledge(self, name: str, *, by: str, now_ms: int) -> None:
        """Take the acknowledgement back, with its note: nobody sees to the alarm.

        Raises:
            NotFound: no such alarm is open (any more).
            Conflict: nobody has acknowledged it.
        """
        alarm = self._standing(name)
        if alarm.acknowledged_ms is None:
            raise Conflict(f"The alarm {name!r} is not acknowledged: there is nothing to undo.")
        alarm.acknowledged_ms = alarm.acknowledged_by = alarm.note = None
        self._heed(alarm, "unacknowledged", by=by, now_ms=now_ms)

    def shelve(self, name: str, shelf: Shelf, *, now_ms: int) -> None:
        """Let the alarm ask for nobody for a while; one that is shelved already: until then.

        Raises:
            NotFound: no such alarm is open (any more).
        """
        alarm = self._standing(name)
        self._shelves[name] = shelf
        alarm.put(shelf)
        self._heed(alarm, "shelved", by=shelf.by, now_ms=now_ms)

    def unshelve(self, name: str, *, by: str | None, now_ms: int) -> None:
        """The alarm asks for somebody again.

        Raises:
            NotFound: no such alarm is open (any more).
            Conflict: it is not shelved.
        """
        alarm = self._standing(name)
        if alarm.shelved_until_ms is None:
            raise Conflict(f"The alarm {name!r} is not shelved: it asks for somebody already.")
        self._shelves.pop(name, None)
        alarm.put(None)
        self._heed(alarm, "unshelved", by=by, now_ms=now_ms)

    def unshelve_due(self, now_ms: int) -> None:
        """End the shelves whose time is over."""
        for name in [name for name, shelf in self._shelves.items() if shelf.until_ms <= now_ms]:
            del self._shelves[name]
            alarm = self._open.get(name)
            if alarm is not None and alarm.shelved_until_ms is not None:
                self.unshelve(name, by=None, now_ms=now_ms)

    def remember_shelf(self, alarm: Alarm) -> None:
        """At a restart: the newest alarm of this name is on the shelf, open or cleared since."""
        if alarm.shelved_until_ms is None:
            return
        shelf = Shelf(alarm.shelved_until_ms, alarm.shelved_by, alarm.shelved_note)
        self._shelves[alarm.name] = shelf
        held = self._open.get(alarm.name)
        if held is not None and held.word_ms is None:  # raised when the journal was folded again
            self._shelve_anew(held)
            self._heed(held, "shelved", by=shelf.by, now_ms=held.raised_ms)

    def _shelve_anew(self, alarm: OpenAlarm) -> None:
        """An alarm of a name that is on the shelf is there from the start."""
        shelf = self._shelves.get(alarm.name)
        if shelf is not None and alarm.raised_ms < shelf.until_ms:
            alarm.put(shelf)
            alarm.word_ms = alarm.raised_ms

    def _standing(self, name: str) -> OpenAlarm:
        alarm = self._open.get(name)
        if alarm is None:
            raise NotFound(f"The alarm {name!r} is not open: it was cleared or never raised.")
        return alarm

    def _heed(self, alarm: OpenAlarm, change: Change, *, by: str | None, now_ms: int) -> None:
        """A word is later than the one before it, whatever the clock was put to meanwhile."""
        alarm.word_ms = now_ms if alarm.word_ms is None else max(now_ms, alarm.word_ms + 1)
        self._note(alarm, change, time_ms=now_ms, by=by)

    def adopt(self, alarms: Sequence[Alarm]) -> None:
        """Take over what the journal has open, at a restart, after readings were folded again.

        Fault and system alarms come from outside the readings, so the journal's word counts.
        Limit alarms are a function of the readings: those the journal lacks are told again (it
        ignores what it knows), those it has are taken over unless the replay has cleared them.
        """
        held, self._open = self._open, {}
        cleared = {(t.name, t.raised_ms) for t in self._transitions if t.change == "cleared"}
        for alarm in alarms:
            if (alarm.name, alarm.raised_ms) not in cleared:
                self._open[alarm.name] = taken_over(alarm, held.get(alarm.name))
                self.remember_shelf(alarm)
                self._gone.pop(alarm.name, None)
        for alarm_held in held.values():
            if alarm_held.kind == "limit" and alarm_held.name not in self._open:
                self._open[alarm_held.name] = alarm_held
                self._note(alarm_held, "raised", time_ms=alarm_held.raised_ms)

    def worst(self) -> Severity:
        """The gravest open alarm that speaks of the machine, not of the system around it."""
        if not self._open:
            return "None"
        found = {alarm.severity for alarm in self._open.values() if alarm.kind != "system"}
        return next((s for s in ("Critical", "High", "Medium", "Low") if s in found), "None")

    def _note(
        self,
        alarm: OpenAlarm,
        change: Change,
        *,
        time_ms: int,
        by: str | None = None,
    ) -> None:
        self._transitions.append(told(alarm, change, time_ms=time_ms, by=by))


def _who(alarm: OpenAlarm) -> str:
    return alarm.acknowledged_by or "somebody"
