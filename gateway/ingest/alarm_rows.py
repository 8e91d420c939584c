"""An alarm as the journal and the world are told of it, from what its twin says has changed."""

from typing import Final, NamedTuple

import msgspec

from contract.messages import Alarm
from gateway.journal import Cause, Journal
from gateway.twin.alarm_changes import Transition
from gateway.twin.fleet import Device

_WORDS: Final = (
    "acknowledged_ms", "acknowledged_by", "note", "word_ms",
    "shelved_until_ms", "shelved_by", "shelved_note",
    "suppressed_ms", "suppressed_until_ms", "suppressed_by",
)  # fmt: skip


class AlarmRow(NamedTuple):
    """An alarm as it is to be stored, and told when it is."""

    device: Device
    alarm: Alarm
    cause: Cause

    def write(self, journal: Journal) -> None:
        """Stage it; it says then what is stored."""
        journal.put_alarm(device_id=self.device.id, alarm=self.alarm, cause=self.cause)

    def written(self) -> Alarm | None:
        """It is durable: what the device has open follows; the alarm that is to be told of."""
        device, alarm = self.device, self.alarm
        if alarm.cleared_ms is not None:
            device.twin.book.drop(alarm)
        if alarm.part_of is not None:
            return self._as_evidence()
        if alarm.cleared_ms is None:
            device.alarms[alarm.name] = alarm
        else:
            device.alarms.pop(alarm.name, None)
        return alarm

    def _as_evidence(self) -> Alarm | None:
        """It is part of another: of that is told; None: that is over, and was told."""
        alarm, alarms = self.alarm, self.device.alarms
        known = alarms.get(alarm.name)
        if known is not None and known.id == alarm.id:  # it was one by itself until now
            del alarms[alarm.name]
        name = next((each.name for each in alarms.values() if each.id == alarm.part_of), None)
        if name is None:
            return None
        alarms[name] = msgspec.structs.replace(alarms[name], evidence=alarm.evidence)
        return alarms[name]


def row_after(device: Device, transition: Transition) -> AlarmRow:
    """What is stored of a transition."""
    it = transition
    cause = Cause(
        it.part_of, it.own, graver_ms=it.graver_ms, changed_ms=it.time_ms, reasons=it.reasons
    )
    return AlarmRow(device, alarm_after(device, transition), cause)


def alarm_after(device: Device, transition: Transition) -> Alarm:
    """The alarm as it stands after a transition."""
    known = device.alarms.get(transition.name)
    alarm = Alarm(
        known.id if known else 0, device.name, transition.name, transition.kind,
        transition.severity, transition.text, transition.raised_ms, count=transition.count,
        over=transition.over, findings=transition.findings,
        cause=transition.cause or transition.name,
    )  # fmt: skip
    if transition.word_ms is not None:
        _repeat(alarm, transition)
    elif transition.change == "acknowledged":  # of a checkpoint that is older than ``word_ms``
        alarm.acknowledged_ms, alarm.acknowledged_by = transition.time_ms, transition.by
        alarm.word_ms = transition.time_ms
    elif known is not None and known.raised_ms == transition.raised_ms:
        _repeat(alarm, known)
    if transition.change == "cleared":
        alarm.cleared_ms = transition.time_ms
    return alarm


def _repeat(alarm: Alarm, said: Alarm | Transition) -> None:
    """What people have said of it; of two words the journal keeps the later one."""
    for name in _WORDS:
        setattr(alarm, name, getattr(said, name))
