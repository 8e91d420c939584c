"""What people say of one device's alarms: seen, on the shelf; and that it is in maintenance.

What is put on the shelf is a name: until then the alarm is shelved, however often it comes anew.
While a machine is in maintenance its alarms are suppressed, those that come as well.
"""

from collections.abc import Sequence
from typing import Final

from contract.assets.words import Severity
from contract.errors import Conflict, NotFound
from contract.messages import Alarm
from gateway.twin.alarm_changes import (
    Change,
    GoneAlarm,
    OpenAlarm,
    Shelf,
    Suppression,
    Transition,
    told,
)
from gateway.twin.causes import Causes

_ON: Final[Change] = "suppressed"
_OFF: Final[Change] = "unsuppressed"


class HeededAlarms:
    """The open alarms of one device, and what changed since it was last asked.

    Attributes:
        causes: in which channels an alarm shows, by its name.
        suppression: why its alarms ask for nobody at present; None: they do.
        is_mute: it is retired: nothing is raised.
    """

    __slots__ = (
        "_gone",
        "_open",
        "_shelves",
        "_transitions",
        "causes",
        "is_mute",
        "suppression",
    )

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
        self.causes: Causes = {}
        self.suppression: Suppression | None = None
        self.is_mute = False

    def __len__(self) -> int:
        """How many ask for somebody, or are on the shelf: none twice, and none suppressed."""
        return sum(a.part_of is None and a.suppressed_ms is None for a in self._open.values())

    def __contains__(self, name: str) -> bool:
        """Whether the condition of ``name`` stands; one at rest is open and does not."""
        alarm = self._open.get(name)
        return alarm is not None and alarm.stands

    @property
    def open_alarms(self) -> list[OpenAlarm]:
        """Those not cleared, at rest or not."""
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

    def _ask_anew(self, alarm: OpenAlarm, time_ms: int) -> None:
        """It got graver: nobody has seen that, and nobody has put that on the shelf."""
        last_ms = alarm.graver_ms
        alarm.graver_ms = time_ms if last_ms is None else max(time_ms, last_ms + 1)
        if alarm.acknowledged_ms is None and alarm.shelved_until_ms is None:
            self._note(alarm, "regraded", time_ms=time_ms)
            return
        alarm.acknowledged_ms = alarm.acknowledged_by = alarm.note = None
        self._shelves.pop(alarm.name, None)
        alarm.put(None)
        self._heed(alarm, "regraded", by=None, now_ms=time_ms)

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
            self._quieten_anew(held)
            self._heed(held, "shelved", by=shelf.by, now_ms=held.raised_ms)

    def _quieten_anew(self, alarm: OpenAlarm) -> None:
        """One of a name that is on the shelf is there from the start, as one in maintenance."""
        shelf = self._shelves.get(alarm.name)
        if shelf is not None and alarm.raised_ms < shelf.until_ms:
            alarm.put(shelf)
            alarm.word_ms = alarm.raised_ms
        self._muffle(alarm, alarm.raised_ms)

    # ------------------------------------------------------------ maintenance

    def suppress(self, suppression: Suppression | None, *, now_ms: int) -> None:
        """Let its alarms ask for nobody from now on, whatever comes; None: for somebody again."""
        self.suppression = suppression
        for alarm in list(self._open.values()):
            if alarm.suppression != suppression:
                alarm.muffle(suppression)
                by, change = (suppression.by, _ON) if suppression else (None, _OFF)
                self._heed(alarm, change, by=by, now_ms=now_ms)

    def channels_of(self, name: str) -> tuple[str, ...]:
        """Those an open alarm shows in, with its evidence."""
        alarm = self._open.get(name)
        return () if alarm is None else alarm.channels

    def is_quiet(self, name: str) -> bool:
        """Whether the alarm of that name asks for nobody: suppressed, on the shelf, or a part."""
        if self.suppression is not None:
            return True
        alarm = self._open.get(name)
        lead = self._open.get(alarm.part_of[0]) if alarm and alarm.part_of else alarm
        return lead is not None and lead.is_quiet

    def _muffle(self, alarm: OpenAlarm, at_ms: int) -> None:
        """One that is raised is as quiet as the others."""
        if self.suppression is not None or alarm.suppressed_ms is not None:
            alarm.muffle(self.suppression)
            alarm.word_ms = at_ms if alarm.word_ms is None else alarm.word_ms + 1

    def _standing(self, name: str) -> OpenAlarm:
        alarm = self._open.get(name)
        if alarm is None:
            raise NotFound(f"The alarm {name!r} is not open: it was cleared or never raised.")
        return alarm

    def _heed(self, alarm: OpenAlarm, change: Change, *, by: str | None, now_ms: int) -> None:
        """A word is later than the one before it, whatever the clock was put to meanwhile."""
        alarm.word_ms = now_ms if alarm.word_ms is None else max(now_ms, alarm.word_ms + 1)
        self._note(alarm, change, time_ms=now_ms, by=by)

    def worst(self) -> Severity:
        """The gravest open alarm that speaks of the machine, not of the system around it.

        What is on the shelf is known and meant to be left, what is suppressed is being worked on:
        neither says how the machine does.
        """
        if not self._open:
            return "None"
        leads = [alarm for alarm in self._open.values() if alarm.part_of is None]
        found = {each.severity for each in leads if each.kind != "system" and not each.is_quiet}
        return next((s for s in ("Critical", "High", "Medium", "Low") if s in found), "None")

    def gravest(self) -> OpenAlarm | None:
        """The first of those whose severity ``worst`` is."""
        severity = self.worst()
        of_it = (each for each in self._open.values() if each.part_of is None)
        return next(
            (
                each
                for each in of_it
                if each.severity == severity and each.kind != "system" and not each.is_quiet
            ),
            None,
        )

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
