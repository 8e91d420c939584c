"""Answers about a machine's life: that it begins, and ends."""

from typing import Annotated

from pydantic import Field

from gateway.api.schema.base import Answer, DeviceId, StageName, TimeMs


class Kept(Answer):
    """How much is kept of a machine."""

    readings: int
    events: int
    minutes: Annotated[int, Field(description="Sums of a minute each.")]
    diagnoses: int
    alarms: int
    open_alarms: int
    refused: Annotated[int, Field(description="What it sent and was refused.")]
    registry: Annotated[int, Field(description="What people said of it, a row a change.")]
    photos: Annotated[int, Field(ge=0, le=1, description="Whether there is one of it.")]
    first_ms: Annotated[TimeMs | None, Field(description="Of its oldest reading.")]


class Removal(Answer):
    """What a removal takes with it."""

    device: DeviceId
    confirm: Annotated[
        str, Field(description="What `DELETE /devices/{id}?confirm=` wants.", examples=["my-fan"])
    ]
    lost: Kept
    stays: Annotated[list[str], Field(description="What is not here, and stays: a sentence each.")]
    is_removed: bool


class LifeOfName(Answer):
    """One of the machines that had a name, or have it."""

    device: Annotated[DeviceId, Field(description="What it is called now: its history is there.")]
    number: Annotated[int, Field(ge=1)]
    began_ms: Annotated[int | None, Field(description="`null`: with its first reading.")]
    ended_ms: int | None
    stage: StageName
    by: Annotated[str | None, Field(description="Whose word the stage is.")]
    note: str


class WaitingBoard(Answer):
    """A board that has a login and has not reported; empty: nobody has said it."""

    device: DeviceId
    name: str
    place: str
    group: str
    asset: Annotated[str | None, Field(description="Its type; `null`: as its board says.")]


class Enrolment(Answer):
    """A board's new login: shown this once, only a hash of it is kept."""

    device: DeviceId
    username: str
    password: str
    site_toml: Annotated[str, Field(description="The lines of its site.toml.")]
    flash: Annotated[str, Field(description="The commands that write it to a board, a line each.")]
    publish: Annotated[str, Field(description="A command that sends a reading in its name.")]
    is_reachable: Annotated[
        bool, Field(description="Whether boards on the network reach the broker: EDGETWIN_HOST.")
    ]
