"""Answers about what people say of machines, and set."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, DeviceId, PhotoRevision, StageName, TimeMs
from gateway.api.schema.devices import CatalogueLimit, Setting


class RegistryChange(Answer):
    """One change: who set what, when."""

    kind: Literal["field", "param", "setting", "channel", "limits", "stage", "life"]
    name: Annotated[str, Field(examples=["place"])]
    value: Annotated[Any, Field(description="`null`: it was taken back.")]
    valid_from_ms: Annotated[int | None, Field(description="Of a parameter: from when it counts.")]
    source: str
    changed_ms: TimeMs
    changed_by: Annotated[str, Field(examples=["Sam"])]


class Stage(Answer):
    """Where a machine is in its life, since when, and by whose word."""

    name: StageName
    note: str
    since_ms: Annotated[int | None, Field(description="`null`: from the start.")]
    by: str | None
    counts_from_ms: Annotated[
        int | None,
        Field(
            description="The end of its last commissioning, in which nothing counts in a figure."
        ),
    ]


class Life(Answer):
    """Which of the machines that had a name this one is."""

    of: Annotated[str, Field(description="The name.", examples=["fan-01"])]
    number: Annotated[int, Field(ge=1)]
    began_ms: Annotated[int | None, Field(description="`null`: with its first reading.")]
    ended_ms: int | None


class Registry(Answer):
    """What is said of a machine; fields that nobody has set are empty."""

    device: DeviceId
    revision: Annotated[int, Field(description="Grows with each change of a field.")]
    name: Annotated[str, Field(examples=["Extract fan"])]
    place: Annotated[str, Field(examples=["hall 2"])]
    group: str
    model: str
    notes: str
    tags: list[str]
    asset: Annotated[
        str | None, Field(description="The type a person has decided on; `null`: nobody has.")
    ]
    asset_in_use: Annotated[
        str | None, Field(description="The type it is taken for; `null`: it never reported.")
    ]
    asset_from: Annotated[
        Literal["registry", "birth", "import", "channels"] | None,
        Field(
            description="Who says so: a person, its birth, who imported it, or what it measures."
        ),
    ]
    stage: Stage
    life: Life
    photo: PhotoRevision
    changed_ms: Annotated[int | None, Field(description="Of the last change of a field.")]
    changed_by: str | None
    changes: Annotated[list[RegistryChange], Field(description="The newest 50, newest first.")]


class Settings(Answer):
    """The settings of a device, by name."""

    device: DeviceId
    settings: dict[str, Setting]


class ParamBand(Answer):
    """A part of the week, by the site's clock, in which the value is another one."""

    name: Annotated[str, Field(examples=["night"])]
    value: float
    from_: Annotated[str, Field(alias="from", examples=["22:00"])]
    to: Annotated[str, Field(examples=["06:00"])]
    days: Annotated[list[str], Field(description="On which it begins; none: all.")]


class ParamVersion(Answer):
    """A value and from when it counts."""

    scope: Literal["device", "site"]
    value: float
    bands: list[ParamBand]
    valid_from_ms: Annotated[int, Field(description="0: ever since.")]
    source: str
    changed_ms: TimeMs
    changed_by: str


class Param(Answer):
    """A parameter: what counts at the time that was asked about, and every version there is."""

    title: Annotated[str, Field(examples=["Price of electricity"])]
    unit: Annotated[str, Field(examples=["GBP/kWh"])]
    value: float
    scope: Annotated[
        Literal["device", "site", "type"],
        Field(description="Whose word counts: the device's, the site's, or the type's default."),
    ]
    source: str
    valid_from_ms: Annotated[
        int | None, Field(description="From when it counts; `null`: a default has no beginning.")
    ]
    band: Annotated[
        str | None, Field(description="The part of the week it was then; `null`: the usual value.")
    ]
    versions: list[ParamVersion]


class Params(Answer):
    """Numbers that count from a date on."""

    device: Annotated[str | None, Field(description="`null`: the site's.")]
    time_ms: TimeMs
    params: dict[str, Param]


class OwnVersion(Answer):
    """What is said of a channel, and from when it counts."""

    normal: Annotated[list[float] | None, Field(description="`null`: as the type has it.")]
    limits: Annotated[list[CatalogueLimit] | None, Field(description="`null`: as its type.")]
    valid_from_ms: int
    source: str
    changed_ms: TimeMs
    changed_by: str


class ChannelLimits(Answer):
    """A channel: what its type says, what is said of this machine, and what counts."""

    name: Annotated[str, Field(examples=["temperature"])]
    title: str
    unit: str
    low: Annotated[float | None, Field(description="What can possibly be, at least.")]
    high: Annotated[float | None, Field(description="What can possibly be, at most.")]
    normal: Annotated[list[float] | None, Field(description="What counts at the time asked about.")]
    limits: list[CatalogueLimit]
    type_normal: list[float] | None
    type_limits: list[CatalogueLimit]
    is_own: Annotated[bool, Field(description="Whether anything of it is the machine's own.")]
    versions: list[OwnVersion]


class Limits(Answer):
    """Normal bands and alarm limits of a machine."""

    device: str
    time_ms: TimeMs
    channels: list[ChannelLimits]


class LogEntry(Answer):
    """What somebody noted of a machine or of the site."""

    id: Annotated[str, Field(examples=["0123456789ab"])]
    device: Annotated[str | None, Field(description="`null`: of the site.")]
    time_ms: TimeMs
    until_ms: Annotated[int | None, Field(description="`null`: it is of a moment.")]
    text: str
    event: Annotated[str | None, Field(description="The service's event, where one was done.")]
    changed_ms: TimeMs
    changed_by: Annotated[str, Field(description="Who wrote it last.")]
