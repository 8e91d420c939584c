"""What happens to an alarm, and what is known of one: open, gone, or just changed."""

from typing import Literal

import msgspec

from contract.assets.words import AlarmSeverity

AlarmKind = Literal["limit", "fault", "system"]
Change = Literal["raised", "retold", "acknowledged", "unacknowledged", "cleared"]


class Transition(msgspec.Struct):
    """What just happened to an alarm; ``time_ms`` is event time, but for what people do.

    ``word_ms`` is there where a person did it: of two words on an alarm the later one holds.
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


class OpenAlarm(msgspec.Struct):
    """An alarm that has been raised and not cleared; ``rest_ms``: since when it is at rest.

    ``word_ms``: when a person last acknowledged it, or took that back.
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


class GoneAlarm(msgspec.Struct):
    """The alarm of a name that was cleared last: what comes back soon is no new one."""

    alarm: OpenAlarm
    cleared_ms: int
