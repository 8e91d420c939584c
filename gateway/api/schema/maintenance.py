"""Answers about maintenance windows."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, TimeMs


class WeeklyTimes(Answer):
    """By the clock on the site's wall."""

    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]
    begins: Annotated[str, Field(alias="from", examples=["22:00"])]
    ends: Annotated[str, Field(alias="to", examples=["02:30"])]


class MaintenanceWindow(Answer):
    """While it stands, alarms of its machines ask for nobody; of all where it names none."""

    id: str
    device: str | None
    group: str | None
    place: str | None
    from_ms: TimeMs
    to_ms: Annotated[int | None, Field(description="`null`: until it is removed.")]
    weekly: Annotated[WeeklyTimes | None, Field(description="`null`: it is once.")]
    note: str
    by: Annotated[str, Field(description="Who made it.")]
    made_ms: TimeMs
    stands: Annotated[bool, Field(description="Whether it stands now.")]
    stands_until_ms: Annotated[int | None, Field(description="Until when, where it stands now.")]
    next_ms: Annotated[
        int | None,
        Field(description="When it begins next; `null`: it stands, or never does again."),
    ]
