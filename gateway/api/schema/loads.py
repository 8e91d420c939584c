"""Answers about power over time, and about one period against the one before."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, TimeMs
from gateway.api.schema.revisions import KnownThen
from gateway.api.schema.series import Column, Coverage, EnergyTotals

Reason = Annotated[str | None, Field(description="Why it is `null`; `null`: it is told.")]


IsLeast = Annotated[
    bool,
    Field(description="Not all of what was there was measured: it was at least this."),
]
QuartersRead = Annotated[int, Field(description="Quarter hours in which anything was measured.")]
QuartersWhole = Annotated[int, Field(description="Those in which all that was there was measured.")]
QuartersOf = Annotated[int, Field(description="Quarter hours of the range.")]


class Load(Answer):
    """A mean of a quarter hour, and when that began."""

    w: float
    time_ms: TimeMs
    is_least: IsLeast


class Base(Load):
    """What is drawn when least is going on."""

    quarters: Annotated[
        int,
        Field(
            description="Those that it is of: where 95 % of the machines were measured, else all."
        ),
    ]


class Loads(Answer):
    """Of the quarter hours in which anything was measured."""

    peak: Annotated[Load | None, Field(description="The highest, as utilities bill it.")]
    base: Annotated[Base | None, Field(description="The fifth percentile.")]
    mean_w: float | None
    mean_is_least: IsLeast
    quarters: QuartersRead
    whole: QuartersWhole
    of: QuartersOf
    coverage: Annotated[float, Field(description="Of the time for which each machine was there.")]
    reason: Reason


class Power(Loads):
    """Of the machines together, and of each alone."""

    time_zone: str
    step_ms: Annotated[int, Field(examples=[900_000])]
    time_ms: Annotated[list[int], Field(description="Where each quarter hour begins.")]
    power_w: Annotated[
        Column, Field(description="Its mean; `null` where nothing of it was measured.")
    ]
    is_least: Annotated[
        list[bool],
        Field(description="Where not all that was there was measured: it was at least this."),
    ]
    measured: Coverage
    devices: dict[str, Loads]
    as_of: KnownThen | None = None


class SoFar(EnergyTotals):
    """A period up to a point of time."""

    from_ms: TimeMs
    to_ms: TimeMs
    label: Annotated[str, Field(examples=["2025-W47"])]


class Change(Answer):
    """By how many per cent it is more than last time."""

    energy_wh: float | None
    co2_g: float | None
    cost: float | None
    reason: Reason
    came: Annotated[
        list[str],
        Field(
            description="Machines that count now, and were not there all of the time before:"
            " theirs is in it."
        ),
    ]


class Bar(Answer):
    """The same hour of the day, or day of the week or month, of both."""

    label: Annotated[str, Field(examples=["2025-11-17"])]
    time_ms: Annotated[int, Field(description="Where it begins: in this period, else in the last.")]
    this: EnergyTotals | None
    last: EnergyTotals | None


class Comparison(Answer):
    """What was used so far in a period, and up to the same point in the one before."""

    period: Literal["day", "week", "month"]
    bucket: Literal["hour", "day"]
    time_zone: str
    currency: str
    this: SoFar
    last: SoFar
    change: Change
    bars: list[Bar]
    as_of: KnownThen | None = None
