"""What happens to an alarm, and what is known of one: open, gone, or just changed."""

from typing import Literal, NamedTuple

import msgspec

from contract.assets.words import AlarmSeverity
from contract.messages import Alarm

AlarmKind = Literal["limit", "fault", "system"]
Change = Literal[
    "raised", "retold", "acknowledged", "unacknowledged", "shelved", "unshelved", "cleared"
]


class Shelf(NamedTuple):
    """Until when an alarm asks for nobody, who says so, and why."""

    until_ms: int
    by: str | None
    note: str | None


class Transition(msgspec.Struct):
    """What just happened to an alarm; ``time_ms`` is event time, but for what people do.

    From ``note`` on it says all that people have said of the alarm, the last time at ``word_ms``:
    of two words the later one holds.
    """

    name: str
    kind: AlarmKind
    severity: AlarmSeverity
    text: str
    change: Change
    time_ms: int
    by: str | None
    raised_ms: int
    count: int = 1
    note: str | None = None
    word_ms: int | None = None
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    shelved_until_ms: int | None = None
    shelved_by: str | None = None
    shelved_note: str | None = None


class OpenAlarm(msgspec.Struct):
    """An alarm that has been raised and not cleared; ``rest_ms``: since when it is at rest.

    ``word_ms``: when a person last said something of it, or its shelf ended.
    """

    name: str
    kind: AlarmKind
    severity: AlarmSeverity
    text: str
    raised_ms: int
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    count: int = 1
    rest_ms: int | None = None
    note: str | None = None
    word_ms: int | None = None
    shelved_until_ms: int | None = None
    shelved_by: str | None = None
    shelved_note: str | None = None

    def put(self, shelf: Shelf | None) -> None:
        """Onto the shelf, or off it."""
        none = (None, None, None)
        self.shelved_until_ms, self.shelved_by, self.shelved_note = shelf or none


class GoneAlarm(msgspec.Struct):
    """The alarm of a name that was cleared last: what comes back soon is no new one."""

    alarm: OpenAlarm
    cleared_ms: int


def told(alarm: OpenAlarm, change: Change, *, time_ms: int, by: str | None) -> Transition:
    """That this has just happened to an alarm, which stands as it does after it."""
    return Transition(
        name=alarm.name,
        kind=alarm.kind,
        severity=alarm.severity,
        text=alarm.text,
        change=change,
        time_ms=time_ms,
        by=by,
        raised_ms=alarm.raised_ms,
        count=alarm.count,
        note=alarm.note,
        word_ms=alarm.word_ms,
        acknowledged_ms=alarm.acknowledged_ms,
        acknowledged_by=alarm.acknowledged_by,
        shelved_until_ms=alarm.shelved_until_ms,
        shelved_by=alarm.shelved_by,
        shelved_note=alarm.shelved_note,
    )


def taken_over(alarm: Alarm, held: OpenAlarm | None) -> OpenAlarm:
    """The journal's alarm, with what only the checkpoint knows of the same one."""
    same = held is not None and held.raised_ms == alarm.raised_ms
    return OpenAlarm(
        name=alarm.name,
        kind=alarm.kind,
        severity=alarm.severity,
        text=alarm.text,
        raised_ms=alarm.raised_ms,
        acknowledged_ms=alarm.acknowledged_ms,
        acknowledged_by=alarm.acknowledged_by,
        count=max(alarm.count, held.count) if held is not None and same else alarm.count,
        rest_ms=held.rest_ms if held is not None and same else None,
        note=alarm.note,
        word_ms=alarm.word_ms,
        shelved_until_ms=alarm.shelved_until_ms,
        shelved_by=alarm.shelved_by,
        shelved_note=alarm.shelved_note,
    )
