"""What happens to an alarm, and what is known of one: open, gone, or just changed."""

from typing import Final, Literal, NamedTuple

import msgspec

from contract.assets.words import AlarmSeverity
from contract.messages import Alarm, Evidence, Reason

AlarmKind = Literal["limit", "fault", "system"]
Change = Literal[
    "raised", "retold", "regraded", "joined", "acknowledged", "unacknowledged", "shelved",
    "unshelved", "suppressed", "unsuppressed", "cleared",
]  # fmt: skip


Lead = tuple[str, int]  # name and ``raised_ms`` of an alarm that another is part of


class Shelf(NamedTuple):
    """Until when an alarm asks for nobody, who says so, and why."""

    until_ms: int
    by: str | None
    note: str | None


class Suppression(NamedTuple):
    """Since when a machine's alarms ask for nobody, until when (None: nobody knows), and why."""

    since_ms: int
    until_ms: int | None
    by: str


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
    over: str | None = None
    suppressed_ms: int | None = None
    suppressed_until_ms: int | None = None
    suppressed_by: str | None = None
    part_of: Lead | None = None
    own: Evidence | None = None
    findings: int = 1
    cause: str | None = None
    graver_ms: int | None = None
    reasons: list[Reason] = []


class OpenAlarm(msgspec.Struct):
    """An alarm that has been raised and not cleared; ``rest_ms``: since when it is at rest.

    ``word_ms``: when a person last said something of it, or its shelf ended. ``over``: why it is at
    rest, or was cleared, where it has not just gone by itself.

    ``channels`` are those its cause shows in, with those of its parts. Of one that leads others
    ``over_ms`` says since when nothing but these stands behind it, ``own`` what it said by itself
    where one of them is graver or speaks for it: ``cause`` is the name of that which speaks.
    ``graver_ms``: when it last got graver than all that stood behind it. ``reasons``: what spoke
    for it when it was raised.
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
    over: str | None = None
    suppressed_ms: int | None = None
    suppressed_until_ms: int | None = None
    suppressed_by: str | None = None
    part_of: Lead | None = None
    own: Evidence | None = None
    findings: int = 1
    channels: tuple[str, ...] = ()
    over_ms: int | None = None
    cause: str | None = None
    graver_ms: int | None = None
    reasons: list[Reason] = []

    @property
    def stands(self) -> bool:
        """Whether it is open for what it says by itself."""
        return self.rest_ms is None and self.over_ms is None

    @property
    def is_quiet(self) -> bool:
        """Whether it asks for nobody: on the shelf, or its machine is in maintenance."""
        return self.shelved_until_ms is not None or self.suppressed_ms is not None

    @property
    def suppression(self) -> Suppression | None:
        """Why it asks for nobody, where its machine is in maintenance."""
        if self.suppressed_ms is None:
            return None
        return Suppression(self.suppressed_ms, self.suppressed_until_ms, self.suppressed_by or "")

    @property
    def speaks(self) -> bool:
        """Whether it tells of itself."""
        return self.cause in (None, self.name)

    @property
    def key(self) -> Lead:
        return self.name, self.raised_ms

    def put(self, shelf: Shelf | None) -> None:
        """Onto the shelf, or off it."""
        none = (None, None, None)
        self.shelved_until_ms, self.shelved_by, self.shelved_note = shelf or none

    def muffle(self, suppression: Suppression | None) -> None:
        """Let it ask for nobody, or for somebody again."""
        none = (None, None, None)
        found = suppression or none
        self.suppressed_ms, self.suppressed_until_ms, self.suppressed_by = found


class GoneAlarm(msgspec.Struct):
    """The alarm of a name that was cleared last: what comes back soon is no new one."""

    alarm: OpenAlarm
    cleared_ms: int


_TOLD: Final = (
    "name", "kind", "severity", "text", "raised_ms", "count", "note", "word_ms",
    "acknowledged_ms", "acknowledged_by", "shelved_until_ms", "shelved_by", "shelved_note",
    "over", "suppressed_ms", "suppressed_until_ms", "suppressed_by", "part_of", "own", "findings",
    "cause", "graver_ms", "reasons",
)  # fmt: skip
_TAKEN: Final = (
    "name", "kind", "severity", "text", "raised_ms", "note", "word_ms", "acknowledged_ms",
    "acknowledged_by", "shelved_until_ms", "shelved_by", "shelved_note",
    "suppressed_ms", "suppressed_until_ms", "suppressed_by", "findings", "cause",
)  # fmt: skip


def told(alarm: OpenAlarm, change: Change, *, time_ms: int, by: str | None) -> Transition:
    """That this has just happened to an alarm, which stands as it does after it."""
    said = {name: getattr(alarm, name) for name in _TOLD}
    return Transition(change=change, time_ms=time_ms, by=by, **said)


def taken_over(alarm: Alarm, held: OpenAlarm | None) -> OpenAlarm:
    """The journal's alarm, with what only the checkpoint knows of the same one."""
    found = OpenAlarm(count=alarm.count, **{name: getattr(alarm, name) for name in _TAKEN})
    found.own = next((each for each in alarm.evidence if each.name == alarm.name), None)
    if held is not None and held.raised_ms == alarm.raised_ms:
        found.count = max(alarm.count, held.count)
        found.rest_ms, found.over_ms, found.over = held.rest_ms, held.over_ms, held.over
        found.channels, found.graver_ms = held.channels, held.graver_ms
        found.own = found.own or held.own
    return found
