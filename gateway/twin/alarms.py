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

What shows in the same channels is of one cause, and one alarm (``alarm_groups``): the others are
parts of the first, which stays open as long as one of them does. Whether each of them stands is
followed all the same, by its own name.
"""

from collections.abc import Collection, Sequence
from typing import Final

from contract.assets.words import AlarmSeverity
from contract.messages import Alarm, Reason
from gateway.twin.alarm_changes import (
    AlarmKind,
    GoneAlarm,
    Lead,
    OpenAlarm,
    taken_over,
)
from gateway.twin.alarm_groups import is_graver, join, lead_of
from gateway.twin.alarm_words import HeededAlarms

OFFLINE: Final = "offline"
CHATTER_MS: Final = 60_000


class AlarmBook(HeededAlarms):
    """Raises and clears them, and knows which of them are one."""

    __slots__ = ()

    @property
    def gone_alarms(self) -> list[GoneAlarm]:
        """Those cleared last, by name."""
        return list(self._gone.values())

    def raise_(
        self,
        name: str,
        *,
        kind: AlarmKind,
        severity: AlarmSeverity,
        text: str,
        time_ms: int,
        channels: Sequence[str] = (),
        reasons: Sequence[Reason] = (),
    ) -> None:
        """Open ``name``, anew or once more; nothing happens while its condition stands already.

        ``channels`` are those it shows in besides those that its name does; ``reasons`` what speaks
        for it.
        """
        if name in self or self.is_mute:
            return
        alarm = self._returning(name, time_ms)
        was_over_ms = None if alarm is None else alarm.over_ms
        if alarm is None:
            alarm = OpenAlarm(name, kind, severity, text, time_ms)
            self._quieten_anew(alarm)
        else:
            self._resume(alarm)
            if alarm.speaks:
                alarm.text = text  # it tells of now
        alarm.channels = tuple({*alarm.channels, *channels, *self.causes.get(name, ())})
        alarm.reasons = list(reasons) or alarm.reasons
        self._open[name] = alarm
        self._gone.pop(name, None)
        self._group(alarm, time_ms)
        self._note(alarm, "raised", time_ms=time_ms)
        is_back = was_over_ms is not None and abs(time_ms - was_over_ms) > CHATTER_MS
        if is_back and self._is_graver(alarm, alarm, time_ms):
            self._ask_anew(alarm, time_ms)
        self._absorb(alarm, time_ms)

    def _resume(self, alarm: OpenAlarm) -> None:
        alarm.count += 1
        alarm.rest_ms = alarm.over_ms = alarm.over = None
        if alarm.suppressed_ms is None or self.suppression is None:
            self._muffle(alarm, alarm.raised_ms)

    # ------------------------------------------------------------ one cause, one alarm

    def _group(self, alarm: OpenAlarm, time_ms: int) -> None:
        """Let it be part of what is open, or just was, of the same cause."""
        if alarm.part_of is not None:
            lead = self._lead(alarm, time_ms)
            if lead is not None:
                lead.count += 1
                self._join(alarm, lead, time_ms)
                return
            alarm.part_of = None
        lead = lead_of(alarm, self._open.values()) or self._reopened(alarm, time_ms)
        if lead is not None:
            self._join(alarm, lead, time_ms)

    def _lead(self, alarm: OpenAlarm, time_ms: int) -> OpenAlarm | None:
        """The one it was part of, opened again where that has just gone."""
        lead = self._open.get(alarm.part_of[0]) if alarm.part_of else None
        if lead is not None and lead.key == alarm.part_of:
            return lead
        return self._reopened(alarm, time_ms, key=alarm.part_of)

    def _reopened(
        self, alarm: OpenAlarm, time_ms: int, *, key: Lead | None = None
    ) -> OpenAlarm | None:
        """What has just gone of the same cause, and comes back with ``alarm``."""
        if alarm.count > 1 and key is None:
            return None  # it comes back as what it was
        just_gone = [
            each.alarm
            for each in self._gone.values()
            if abs(time_ms - each.cleared_ms) <= CHATTER_MS
            and each.alarm.name not in self._open
            and key in (None, each.alarm.key)
        ]
        lead = lead_of(alarm, just_gone)
        if lead is not None:
            self._gone.pop(lead.name)
            self._open[lead.name] = lead
            self._resume(lead)
            lead.over_ms = time_ms  # of itself nothing is back
        return lead

    def _join(self, alarm: OpenAlarm, lead: OpenAlarm, time_ms: int) -> None:
        is_news = alarm.part_of != lead.key and alarm.acknowledged_ms is None
        asks = is_news and self._is_graver(alarm, lead, time_ms)
        for part in self._parts(alarm):
            part.part_of = lead.key
            self._note(part, "joined", time_ms=time_ms)
        join(alarm, lead)
        if asks:
            self._ask_anew(lead, time_ms)
        else:
            self._note(lead, "retold", time_ms=time_ms)

    def _is_graver(self, alarm: OpenAlarm, lead: OpenAlarm, time_ms: int) -> bool:
        group = (lead, *self._parts(lead))
        return is_graver(alarm, group, since_ms=time_ms - CHATTER_MS)

    def _absorb(self, alarm: OpenAlarm, time_ms: int) -> None:
        """What it explains as well is part of the same alarm."""
        lead = alarm if alarm.part_of is None else self._open[alarm.part_of[0]]
        while (other := lead_of(lead, self._open.values())) is not None:
            older, younger = sorted((lead, other), key=lambda each: (each.raised_ms, each.name))
            self._join(younger, older, time_ms)
            self._note(younger, "joined", time_ms=time_ms)
            lead = older

    def _parts(self, lead: OpenAlarm) -> list[OpenAlarm]:
        return [each for each in self._open.values() if each.part_of == lead.key]

    def retell(self, name: str, *, text: str, time_ms: int) -> None:
        """Say something else of an alarm whose condition stands: the same alarm, in other words."""
        alarm = self._open.get(name)
        if alarm is not None and alarm.stands and alarm.text != text:
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
            self._end(alarm, alarm.rest_ms + CHATTER_MS)
            alarm = self._open.get(name)
        if alarm is not None:  # others of its cause have kept it open
            return alarm
        gone = self._gone.get(name)
        if gone is not None and abs(time_ms - gone.cleared_ms) <= CHATTER_MS:
            return gone.alarm
        return None

    def has_others(self, name: str) -> bool:
        """Whether another alarm than ``name`` is open that speaks of the machine."""
        return any(each.kind != "system" and each.name != name for each in self._open.values())

    def clear(self, name: str, *, time_ms: int, reason: str | None = None) -> None:
        """The condition of ``name`` is over; nothing happens when it does not stand.

        ``reason`` is why, where it has not just gone by itself.

        An alarm never ends before it began: one that was raised by a clock that ran ahead ends at
        once. (Readings that are folded again after a restart come before ``adopt``, so what was
        taken over from the journal is never cleared by what is older.)
        """
        alarm = self._open.get(name)
        if alarm is None or not alarm.stands:
            return
        at_ms = max(time_ms, alarm.raised_ms)
        alarm.over = reason
        if alarm.count > 1:
            alarm.rest_ms = at_ms
        else:
            self._end(alarm, at_ms)

    def close(self, name: str) -> None:
        """Clear an alarm that has been at rest for ``CHATTER_MS``, by the clock of the caller."""
        alarm = self._open.get(name)
        if alarm is not None and alarm.rest_ms is not None:
            self._end(alarm, alarm.rest_ms + CHATTER_MS)

    def end(self, *, time_ms: int, reason: str) -> None:
        """Clear all there is: nobody is to see to this machine any more."""
        for alarm in self.open_alarms:
            alarm.over = reason
            self._close(alarm, max(time_ms, alarm.raised_ms))

    def drop(self, alarm: Alarm) -> None:
        """The journal has closed ``alarm``, which readings folded again have only put to rest."""
        held = self._open.get(alarm.name)
        if held is None or held.rest_ms is None or alarm.cleared_ms is None:
            return
        if (held.raised_ms, held.count) == (alarm.raised_ms, alarm.count):
            del self._open[alarm.name]
            held.rest_ms = None
            self._gone[alarm.name] = GoneAlarm(held, alarm.cleared_ms)

    def _end(self, alarm: OpenAlarm, at_ms: int) -> None:
        """Nothing stands behind it any more, unless it leads others that do."""
        if self._parts(alarm):
            alarm.rest_ms, alarm.over_ms = None, at_ms
            return
        self._close(alarm, at_ms)
        lead = self._open.get(alarm.part_of[0]) if alarm.part_of else None
        if lead is not None and lead.over_ms is not None and not self._parts(lead):
            self._close(lead, max(at_ms, lead.over_ms))

    def _close(self, alarm: OpenAlarm, at_ms: int) -> None:
        del self._open[alarm.name]
        alarm.rest_ms = alarm.over_ms = None
        self._gone[alarm.name] = GoneAlarm(alarm, at_ms)
        self._note(alarm, "cleared", time_ms=at_ms)

    def adopt(self, alarms: Sequence[Alarm]) -> None:
        """Take over what the journal has open, at a restart, after readings were folded again.

        Fault and system alarms come from outside the readings, so the journal's word counts.
        Limit alarms are a function of the readings: those the journal lacks are told again (it
        ignores what it knows), those it has are taken over unless the replay has cleared them.
        """
        held, self._open = self._open, {}
        keys = {alarm.id: (alarm.name, alarm.raised_ms) for alarm in alarms}
        leads = {keys.get(alarm.part_of or 0) for alarm in alarms}
        over_ms = self._cleared(leads)
        cleared = {(t.name, t.raised_ms) for t in self._transitions if t.change == "cleared"}
        for alarm in alarms:
            if (alarm.name, alarm.raised_ms) not in cleared:
                found = taken_over(alarm, held.get(alarm.name))
                found.part_of = keys.get(alarm.part_of or 0)
                found.over_ms = over_ms.get(found.key, found.over_ms)
                self._take_over(found, alarm)
        for lead in self._open.values():
            parts = (part.channels for part in self._parts(lead))
            lead.channels = tuple(sorted({*lead.channels}.union(*parts)))
        for alarm_held in held.values():
            if alarm_held.kind == "limit" and alarm_held.name not in self._open:
                self._open[alarm_held.name] = alarm_held
                self._group(alarm_held, alarm_held.raised_ms)
                self._note(alarm_held, "raised", time_ms=alarm_held.raised_ms)
        for over in [each for each in self._open.values() if each.over_ms is not None]:
            self._end(over, over.over_ms or over.raised_ms)

    def _take_over(self, found: OpenAlarm, alarm: Alarm) -> None:
        names = (found.name, *(each.name for each in alarm.evidence))
        of_names = (self.causes.get(name, ()) for name in names)
        found.channels = tuple(sorted({*found.channels}.union(*of_names)))
        self._open[found.name] = found
        self.remember_shelf(alarm)
        self._gone.pop(found.name, None)

    def _cleared(self, leads: Collection[Lead | None]) -> dict[Lead, int]:
        """When those were over that readings folded again have cleared, and whose parts stand.

        Those readings know of no diagnosis: that they were cleared is not told.
        """
        over = {
            (t.name, t.raised_ms): t.time_ms
            for t in self._transitions
            if t.change == "cleared" and (t.name, t.raised_ms) in leads
        }
        self._transitions = [
            t
            for t in self._transitions
            if t.change != "cleared" or (t.name, t.raised_ms) not in over
        ]
        return over
