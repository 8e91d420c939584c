"""The answer about a period as a whole."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, DeviceId, TimeMs
from gateway.api.schema.events import Alarm, AlarmSums
from gateway.api.schema.loads import (
    Base,
    Change,
    IsLeast,
    Load,
    QuartersOf,
    QuartersRead,
    QuartersWhole,
    Reason,
)
from gateway.api.schema.revisions import ChangedSince, KnownThen
from gateway.api.schema.series import Column, EnergyTotals, Factors, Shares


class ReportPeriod(Answer):
    """What the report is of."""

    from_ms: TimeMs
    to_ms: TimeMs
    until_ms: Annotated[int, Field(description="So far it has come.")]
    kind: Annotated[
        Literal["day", "week", "month"] | None,
        Field(description="Which whole one of the site's calendar it is; `null`: none."),
    ]
    label: Annotated[str, Field(examples=["2025-W47"])]
    is_over: bool


class ReportFilter(Answer):
    """Which machines were asked for; all `null`: all."""

    asset: str | None
    place: str | None
    group: str | None
    tag: str | None
    devices: list[str] | None


class Measured(Answer):
    """How much of the machines' time was measured, and of whom not all."""

    coverage: Annotated[
        float | None,
        Field(description="Of the time for which each was there; `null`: none was."),
    ]
    holed_below: Annotated[float, Field(description="Of a bucket, or of all: a hole.")]
    with_holes: list[str]
    not_there: Annotated[list[str], Field(description="Machines that were not there yet.")]


class ReportMachine(Answer):
    """What a machine used."""

    device: DeviceId
    name: Annotated[str, Field(description="As people call it; empty: nobody has said.")]
    asset: str
    title: Annotated[str, Field(description="Of its type.")]
    place: str
    group: str
    first_seen_ms: TimeMs
    began_ms: Annotated[
        int | None,
        Field(description="From when on it was there: added or first measured; `null`: always."),
    ]
    energy_wh: float | None
    co2_g: float | None
    cost: float | None
    coverage: Annotated[
        float | None,
        Field(description="`null`: it was not there yet, or in commissioning all the time."),
    ]
    by_bucket: Shares


class Before(EnergyTotals):
    """The period before."""

    from_ms: TimeMs
    to_ms: TimeMs


class EnergyBuckets(Answer):
    """All machines together, over time."""

    bucket: Literal["hour", "day", "week", "month"]
    time_zone: str
    time_ms: list[int]
    end_ms: list[int]
    label: list[str]
    energy_wh: Column
    co2_g: Column
    cost: Column
    coverage: Shares


class ReportLoads(Answer):
    """Power of the machines together, as `/power` has it."""

    peak: Load | None
    base: Base | None
    mean_w: float | None
    mean_is_least: IsLeast
    quarters: QuartersRead
    whole: QuartersWhole
    of: QuartersOf
    coverage: float | None
    reason: Reason


class ReportEnergy(Answer):
    """What was used, and what that cost."""

    totals: EnergyTotals
    before: Before
    change: Change
    buckets: EnergyBuckets
    power: ReportLoads
    factors: Factors
    untold: Annotated[list[str], Field(description="Machines of which nothing tells energy.")]


class ReportAlarms(Answer):
    """What the alarms raised in the period add up to; the longest are of those that stood in it."""

    total: AlarmSums
    by_kind: list[AlarmSums]
    by_severity: list[AlarmSums]
    by_name: list[AlarmSums]
    by_device: list[AlarmSums]
    longest: list[Alarm]
    note: Annotated[
        str | None, Field(description="With `as_of`: what is as it is now; else `null`.")
    ]


class ReportFigure(Answer):
    """One figure of the whole period."""

    name: Annotated[str, Field(examples=["oee_percent"])]
    title: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    coverage: float
    reason: Reason


Role = Literal["oee", "availability", "performance", "quality", "utilisation"]


class MachineOperation(Answer):
    """How well a machine ran: figures by their role."""

    device: DeviceId
    figures: dict[Role, ReportFigure]


class TypeOperation(Answer):
    """How well machines of a type ran together: ratios of sums."""

    asset: str
    title: str
    devices: list[str]
    figures: dict[Role, ReportFigure]


class ReportOperation(Answer):
    """Machines whose types have such figures."""

    machines: list[MachineOperation]
    types: list[TypeOperation]
    without: Annotated[list[str], Field(description="Machines that have no OEE.")]


class RefusedOf(Answer):
    """What of a device was refused for a reason."""

    device: Annotated[str, Field(description="As the topic named it.")]
    reason: Annotated[str, Field(examples=["out_of_range"])]
    count: int


class ClockOff(Answer):
    """A board's clock that an alarm told of."""

    device: DeviceId
    times: int
    off_ms: Annotated[int, Field(description="For how long within the period.")]


class Doubts(Answer):
    """What is to be said against the data."""

    refused: Annotated[
        list[RefusedOf] | None,
        Field(
            description="As received in the period, and kept: of what comes in masses some is."
            " `null` with `as_of`, and `reason` says why."
        ),
    ]
    kept_from_ms: Annotated[
        int | None,
        Field(description="What was refused before is not kept; `null`: all of the period is."),
    ]
    clocks: list[ClockOff]
    reason: Reason


class Report(Answer):
    """A period: what was used, what went wrong, how well it ran."""

    site: str
    time_zone: str
    currency: str
    made_ms: TimeMs
    period: ReportPeriod
    filter: ReportFilter
    measured: Measured
    machines: list[ReportMachine]
    energy: ReportEnergy
    alarms: ReportAlarms
    operation: ReportOperation
    doubts: Doubts
    as_of: KnownThen | None = None
    since: Annotated[
        ChangedSince | None, Field(description="With `as_of`: what has changed since.")
    ] = None
