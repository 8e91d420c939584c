"""Answers that are columns over time."""

from typing import Annotated, Literal

from pydantic import Field

from contract.buckets import Bucket
from gateway.api.groups import GroupBy
from gateway.api.schema.base import Answer, DeviceId, TimeMs
from gateway.api.schema.registry import ParamBand
from gateway.api.schema.revisions import KnownThen

Starts = Annotated[list[int], Field(description="Where each bucket begins, Unix milliseconds.")]
Column = list[float | None]
EnergyWh = Annotated[Column, Field(description="Wh; `null` where the type tells no energy.")]
Co2G = Annotated[Column, Field(description="g CO2 equivalent; likewise.")]
Cost = Annotated[Column, Field(description="In the currency of `factors`; likewise.")]
Coverage = Annotated[
    list[float], Field(description="Share of the bucket (so far) that was really measured.")
]

Shares = Annotated[
    Column,
    Field(description="Share of the bucket (so far) that was measured; `null`: none of it counts."),
]


BucketMs = Annotated[
    int, Field(description="Length of a bucket; of days the usual one.", examples=[2000])
]


class Band(Answer):
    """Least, mean and greatest of a channel in each bucket; `null` where it was not measured.

    What `agg` does not name is left out.
    """

    min: Column | None = None
    mean: Column | None = None
    max: Column | None = None


class Course(Answer):
    """A counter in each bucket; `null` where it was not told."""

    last: Column
    increase: Annotated[
        Column, Field(description="By how much it grew since the bucket before with a value.")
    ]


class KpiColumn(Answer):
    """One figure, bucket by bucket."""

    unit: Annotated[str, Field(examples=["Wh"])]
    value: Annotated[Column, Field(description="`null` where it cannot be told.")]
    low: Annotated[
        Column,
        Field(description="The least it may have been, with what was not measured; or unknown."),
    ]
    high: Annotated[Column, Field(description="The most it may have been; or unknown.")]
    coverage: Annotated[
        list[float], Field(description="Share (0..1) that was really measured of what matters.")
    ]
    reason: Annotated[
        list[str | None], Field(description="Why it cannot be told.", examples=[["no plan"]])
    ]
    least: Annotated[Column | None, Field(description="The least that was told: health alone.")] = (
        None
    )


class History(Answer):
    """Readings in buckets, oldest first; buckets without any are left out."""

    device: DeviceId
    from_ms: TimeMs
    to_ms: TimeMs
    bucket_ms: BucketMs
    read_from: Annotated[
        Literal["readings", "minutes", "quarters", "hours", "days"],
        Field(description="The longest sums that any of it is made of."),
    ]
    time_ms: Starts
    count: Annotated[list[int], Field(description="Readings in each bucket.")]
    coverage: Annotated[
        Column,
        Field(description="Share that was measured; `null` where readings were not summed up."),
    ]
    channels: dict[str, Band]
    counters: dict[str, Course]
    kpis: Annotated[dict[str, KpiColumn], Field(description="Those that were asked for by name.")]
    as_of: KnownThen | None = None


class Histories(Answer):
    """Readings of several in the same buckets."""

    from_ms: TimeMs
    to_ms: TimeMs
    bucket_ms: BucketMs
    devices: Annotated[list[History], Field(description="In the order that was asked for.")]
    as_of: KnownThen | None = None


class _Bucketed(Answer):
    """Buckets by the site's time; the first and the last hold only what lies in the range."""

    bucket: Bucket
    time_zone: Annotated[str, Field(description="The site's.", examples=["Europe/London"])]
    time_ms: Starts | None = None
    end_ms: Annotated[
        list[int] | None, Field(description="Where each bucket ends, Unix milliseconds.")
    ] = None
    time: Annotated[
        list[str] | None,
        Field(description="With `time=iso`, and then instead of `time_ms`: ISO 8601."),
    ] = None
    end: Annotated[
        list[str] | None, Field(description="With `time=iso`, and then instead of `end_ms`.")
    ] = None
    label: Annotated[
        list[str],
        Field(description="What each bucket is called at the site.", examples=[["2025-W47"]]),
    ]
    shift: Annotated[
        list[str | None] | None,
        Field(description="Of `bucket=shift`: its name, `null` where none worked."),
    ] = None
    as_of: KnownThen | None = None


class Kpis(_Bucketed):
    """What one device is measured by; buckets without a reading are left out."""

    device: DeviceId
    kpis: Annotated[
        dict[str, KpiColumn], Field(description="By name, as the type's `kpis` in `/catalogue`.")
    ]


class GroupOfDevices(Answer):
    """Machines together."""

    name: Annotated[str | None, Field(description="`null`: nobody has said where they belong.")]
    devices: list[DeviceId]
    kpis: Annotated[
        dict[str, KpiColumn], Field(description="The figures that they have in common.")
    ]


class GroupedKpis(_Bucketed):
    """What machines together are measured by; buckets without a reading of any are left out."""

    group: GroupBy
    groups: list[GroupOfDevices]


class LabelFigure(Answer):
    """One figure of the time in which a label said one thing."""

    unit: Annotated[str, Field(examples=["1/h"])]
    value: Annotated[float | None, Field(description="`null` where it cannot be told.")]
    low: float | None
    high: float | None
    coverage: float
    reason: Annotated[str | None, Field(description="Why it cannot be told.")]


class LabelValue(Answer):
    """What a label said, and what was measured while it did."""

    value: Annotated[
        str | None,
        Field(description="`null`: nobody told it, or it was not measured.", examples=["P-6K2QX4"]),
    ]
    measured_ms: Annotated[int, Field(description="How long that was measured.")]
    kpis: dict[str, LabelFigure]


class TypeByLabel(Answer):
    """Machines of one type together."""

    asset: Annotated[str, Field(examples=["instrument"])]
    devices: list[DeviceId]
    kept_from_ms: Annotated[
        int | None, Field(description="From when on readings are kept; `null`: there is none.")
    ]
    coverage: Annotated[float, Field(description="Share of the range of which it is known who.")]
    values: list[LabelValue]


class KpisByLabel(Answer):
    """Figures of each value of a label."""

    label: Annotated[str, Field(examples=["operator"])]
    from_ms: int
    to_ms: int
    types: list[TypeByLabel]


class DeviceEnergy(Answer):
    """One device's columns over the buckets of the answer; `null`: not measured, or not told."""

    energy_wh: EnergyWh
    co2_g: Co2G
    cost: Cost
    coverage: Shares


class DeviceMeasured(Answer):
    """For how long a device was there, and measured."""

    began_ms: Annotated[
        int | None,
        Field(description="From when on it was there: added or first measured; `null`: always."),
    ]
    expected_ms: Annotated[
        int, Field(description="How much of the range it was there, and counts.")
    ]
    measured_ms: Annotated[int, Field(description="How much of that was measured.")]


class EnergyTotals(Answer):
    """The sums of all devices that tell their energy, and of all buckets.

    `null`: none does, or none was measured.
    """

    energy_wh: float | None
    co2_g: float | None
    cost: float | None
    coverage: Annotated[
        float | None,
        Field(description="Of the time for which each of them was there; `null`: none was."),
    ]


class FactorOrigin(Answer):
    """Where a factor comes from."""

    value: float
    unit: str
    valid_from: Annotated[
        str | None, Field(description="From when it counts, ISO 8601; `null`: ever since.")
    ]
    source: str
    bands: Annotated[
        list[ParamBand], Field(description="Parts of the week in which it is another value.")
    ]


class FactorBands(Answer):
    """Parts of the week in which a factor was another value."""

    co2: list[ParamBand]
    price: list[ParamBand]


class FactorVersion(Answer):
    """What a kWh emitted and cost from a time on, outside of bands."""

    from_ms: TimeMs
    co2_kg_per_kwh: float
    price_per_kwh: float
    bands: FactorBands


class Factors(Answer):
    """What a kWh emitted and cost here at the end of the range."""

    co2_kg_per_kwh: Annotated[float, Field(examples=[0.177])]
    price_per_kwh: Annotated[float, Field(examples=[0.2635])]
    currency: Annotated[str, Field(examples=["GBP"])]
    source: Annotated[str, Field(description="Both sources in one line.")]
    co2: FactorOrigin
    price: FactorOrigin
    versions: Annotated[
        list[FactorVersion],
        Field(description="What the site paid within the range, from its beginning on."),
    ]


class Energy(_Bucketed):
    """What all devices used; every column has an entry for each bucket."""

    devices: dict[str, DeviceEnergy]
    measured: Annotated[
        dict[str, DeviceMeasured], Field(description="Of those that tell their energy.")
    ]
    totals: EnergyTotals
    factors: Factors
