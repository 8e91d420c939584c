"""Answers that are readings as they were stored, and what becomes of them."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, DeviceId, TimeMs


class ValueAside(Answer):
    """A value that does not count."""

    value: float | str | None = None
    reason: str
    detail: str


class RawReading(Answer):
    """One reading."""

    time_ms: Annotated[TimeMs, Field(description="When it was measured.")]
    epoch: str
    seq: Annotated[int, Field(description="Its number among the device's readings and events.")]
    values: Annotated[dict[str, float | str], Field(description="Of those that were asked for.")]
    received_ms: TimeMs
    board_ms: Annotated[
        int | None, Field(description="What the board's clock said; `null`: nothing.")
    ]
    stamped: Annotated[
        Literal["board", "receipt", "waited", "imported"],
        Field(description="Whose word `time_ms` is."),
    ]
    period_ms: Annotated[
        int | None, Field(description="How often the board measured, where it says so.")
    ]
    truth: Annotated[
        str | None, Field(description="What a virtual machine knew of itself: its fault.")
    ]
    aside: Annotated[
        dict[str, ValueAside] | None, Field(description="Values that were set aside, and why.")
    ]


class Lost(Answer):
    """How much went."""

    readings: int
    events: int
    minutes: Annotated[int, Field(description="Sums of a minute that lay within the time.")]


class DeletedReadings(Answer):
    """What was deleted of a machine."""

    device: DeviceId
    from_ms: TimeMs
    to_ms: TimeMs
    lost: Lost
    stays: Annotated[list[str], Field(description="What stays, a sentence each.")]
    is_done: Annotated[bool, Field(description="Else it is under way.")]


class RawReadings(Answer):
    """Readings in order of time."""

    device: DeviceId
    readings: list[RawReading]
    cursor: Annotated[str, Field(description="Where to go on: `?cursor=`.")]
    more: Annotated[bool, Field(description="Whether there may be more by now.")]
