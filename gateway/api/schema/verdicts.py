"""Answers about what people say of alarms."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, DeviceId, TimeMs

Said = Literal["right", "nothing", "normal_here", "cause"]
_Cause = Annotated[
    str | None,
    Field(description="Of `cause`: a fault of its type, or a few words.", examples=["overcurrent"]),
]


class Verdict(Answer):
    """What somebody says of an alarm."""

    verdict: Said
    cause: _Cause
    note: str
    decided_ms: TimeMs
    decided_by: str


class FormerWord(Answer):
    """What was said before."""

    verdict: Annotated[Said | None, Field(description="`null`: it was taken back.")]
    cause: _Cause
    note: str
    decided_ms: TimeMs
    decided_by: str


class AlarmVerdict(Answer):
    """What people say of one alarm."""

    alarm: int
    verdict: Annotated[Verdict | None, Field(description="`null`: nobody says anything (now).")]
    former: Annotated[list[FormerWord], Field(description="The newest first, 20 at most.")]


class JudgedAlarm(Answer):
    """A verdict, and the alarm that it is on."""

    id: Annotated[int, Field(description="The verdict's own.")]
    alarm: int
    device: DeviceId
    asset: Annotated[str, Field(examples=["fan"])]
    kind: Literal["limit", "fault", "system"]
    name: Annotated[str, Field(examples=["current_high"])]
    cause: Annotated[str, Field(description="Which finding the alarm tells of, by name.")]
    severity: Literal["Low", "Medium", "High", "Critical"]
    text: str
    raised_ms: TimeMs
    cleared_ms: Annotated[int | None, Field(description="`null` while it is open.")]
    verdict: Verdict


class JudgedCounts(Answer):
    """Of how many alarms people say what."""

    right: int
    nothing: int
    normal_here: int
    cause: int


class Precision(Answer):
    """The share of those that people judged which was about something."""

    value: Annotated[float | None, Field(description="`right` and `cause`, 0 to 1.")]
    of: Annotated[int, Field(description="How many were judged.")]
    reason: Annotated[str | None, Field(description="Why there is none.")]
