"""An alarm as the journal and the world are told of it, from what its twin says has changed."""

from typing import Final

from contract.messages import Alarm
from gateway.twin.alarm_changes import Transition
from gateway.twin.fleet import Device

_WORDS: Final = (
    "acknowledged_ms", "acknowledged_by", "note", "word_ms",
    "shelved_until_ms", "shelved_by", "shelved_note",
)  # fmt: skip


def alarm_after(device: Device, transition: Transition) -> Alarm:
    """The alarm as it stands after a transition."""
    known = device.alarms.get(transition.name)
    alarm = Alarm(
        known.id if known else 0, device.name, transition.name, transition.kind,
        transition.severity, transition.text, transition.raised_ms, count=transition.count,
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


def keep_open(device: Device, alarm: Alarm) -> None:
    """What has become durable is what the device has open."""
    if alarm.cleared_ms is None:
        device.alarms[alarm.name] = alarm
    else:
        device.alarms.pop(alarm.name, None)
        device.twin.book.drop(alarm)
