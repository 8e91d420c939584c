"""An alarm as the journal and the world are told of it, from what its twin says has changed."""

import msgspec

from contract.messages import Alarm
from gateway.twin.alarm_changes import Transition
from gateway.twin.fleet import Device


def alarm_after(device: Device, transition: Transition) -> Alarm:
    """The alarm as it stands after a transition."""
    known = device.alarms.get(transition.name)
    same = known is not None and known.raised_ms == transition.raised_ms
    alarm = Alarm(
        known.id if known else 0, device.name, transition.name, transition.kind,
        transition.severity, transition.text, transition.raised_ms, count=transition.count,
    )  # fmt: skip
    if known is not None and same:
        alarm = _with_word(alarm, known)
    match transition.change:
        case "acknowledged" | "unacknowledged":
            _heed(alarm, transition)
        case "cleared":
            alarm.cleared_ms = transition.time_ms
    return alarm


def _with_word(alarm: Alarm, known: Alarm) -> Alarm:
    """With what people have said of it before."""
    return msgspec.structs.replace(
        alarm,
        acknowledged_ms=known.acknowledged_ms,
        acknowledged_by=known.acknowledged_by,
        note=known.note,
        word_ms=known.word_ms,
    )


def _heed(alarm: Alarm, word: Transition) -> None:
    """Older checkpoints hold words without ``word_ms``."""
    is_seen = word.change == "acknowledged"
    alarm.acknowledged_ms = word.time_ms if is_seen else None
    alarm.acknowledged_by = word.by if is_seen else None
    alarm.note = word.note if is_seen else None
    alarm.word_ms = word.time_ms if word.word_ms is None else word.word_ms


def keep_open(device: Device, alarm: Alarm) -> None:
    """What has become durable is what the device has open."""
    if alarm.cleared_ms is None:
        device.alarms[alarm.name] = alarm
    else:
        device.alarms.pop(alarm.name, None)
        device.twin.book.drop(alarm)
