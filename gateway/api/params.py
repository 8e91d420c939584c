"""Query parameters and bodies as clients send them, checked; each with its meaning and examples."""

import json
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Path
from fastapi import Query as _QueryMarker
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    WithJsonSchema,
)

from contract import commands
from contract.buckets import Bucket
from contract.errors import Refused
from contract.messages import Judgement
from contract.topics import NAME_PATTERN
from gateway.api.comparison import Period
from gateway.api.groups import GroupBy
from gateway.api.instants import moment_ms
from gateway.api.relative import CLOCK, EXAMPLES
from gateway.api.site_buckets import TimeFormat

_ENDS: Final = {"to", "until", "ends"}  # what a named day means there is where it ends
AGGREGATES: Final = ("min", "mean", "max")  # of a channel in a bucket
MAX_ARGS_BYTES: Final = 8 * 1024  # a command must fit into one MQTT message of 16 KiB


def _instant(value: Any, info: ValidationInfo) -> int:
    try:
        return moment_ms(str(value), CLOCK.get(), is_end=info.field_name in _ENDS)
    except Refused as error:
        raise ValueError(str(error)) from None


def _small(args: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(args).encode()) > MAX_ARGS_BYTES:
        raise ValueError(f"arguments may take {MAX_ARGS_BYTES} bytes")
    return args


def _known_command(name: str) -> str:
    if name not in commands.BY_NAME:
        raise ValueError(f"there is no such command; there are {', '.join(commands.BY_NAME)}")
    return name


def _fitting(args: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    order = commands.BY_NAME.get(info.data.get("name", ""))
    mistake = order and order.mistake(args)
    if mistake:
        raise ValueError(mistake)
    return args


Instant = Annotated[
    int,
    BeforeValidator(_instant),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}],
            "examples": [1763629200000, "2025-11-20T09:00:00Z", "-24h", "yesterday"],
        }
    ),
]
DeviceName = Annotated[
    str,
    Path(description="The device's id, as it stands in its topics.", max_length=64,
         examples=["fan-01"]),
]  # fmt: skip
AlarmId = Annotated[int, Path(description="The alarm's `id`.", ge=1, le=2**63 - 1, examples=[1])]


T = TypeVar("T")
Query = Annotated[T, _QueryMarker()]


class QueryModel(BaseModel):
    """A query: nothing but what is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Which = Literal["active", "retired", "all"]


class DevicesQuery(QueryModel):
    """Which machines."""

    stage: Annotated[
        Which,
        Field(description="`retired`: those that are in no other list, and lives that have ended."),
    ] = "active"


class RangeQuery(QueryModel):
    """From when until when; ``from_`` is included, ``to`` is not."""

    from_: Annotated[
        Instant | None,
        Field(
            alias="from",
            description="Start (included): Unix milliseconds, ISO 8601, or from now on:"
            f" {EXAMPLES}.",
        ),
    ] = None
    to: Annotated[
        Instant | None,
        Field(
            description="End (not included), likewise; of a named day, week, … where that ends."
            " Default: now."
        ),
    ] = None


Limit = Annotated[int, Field(ge=1, le=1000, description="At most this many.")]
OnlyDevice = Annotated[
    str | None, Field(max_length=64, description="Only this device's.", examples=["fan-01"])
]
Before = Annotated[
    int | None,
    Field(
        ge=1,
        le=2**63 - 1,
        description="Only what stands behind the entry with this id. An answer that is not all has"
        ' a header `Link` with `rel="next"`, which says it.',
        examples=[4711],
    ),
]


AsOf = Annotated[
    Instant | None,
    Field(
        description="As it was known then, without what came late, was corrected or deleted since:"
        " of minutes that had ended 2 minutes before. Default: as it is known now.",
        examples=["-24h"],
    ),
]


class ChartQuery(RangeQuery):
    points: Annotated[
        int, Field(ge=2, le=2000, description="At most this many buckets.", examples=[500])
    ] = 500
    as_of: AsOf = None
    agg: Annotated[
        str | None,
        Field(
            max_length=100,
            description="What is told of each channel in a bucket, with commas. Default: all of"
            f" `{'`, `'.join(AGGREGATES)}`.",
            examples=["mean", "min,max"],
        ),
    ] = None

    @property
    def aggregates(self) -> list[str]:
        """Each once. Raises Refused: there is none of that name."""
        asked = list(AGGREGATES) if self.agg is None else names_in(self.agg)
        for name in asked:
            if name not in AGGREGATES:
                raise Refused(
                    f"There is no 'agg' {name[:40]!r}; there are {', '.join(AGGREGATES)}."
                )
        return asked


class HistoryQuery(ChartQuery):
    channels: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="Names of channels, counters and KPIs, with commas. Default: all channels"
            " and counters of its type.",
            examples=["temperature,current"],
        ),
    ] = None

    @property
    def asked(self) -> list[str] | None:
        """The names, each once."""
        return None if self.channels is None else names_in(self.channels)


class HistoriesQuery(ChartQuery):
    devices: Annotated[
        str, Field(max_length=20_000, description="Names, with commas.", examples=["fan-01,fan-02"])
    ]
    channels: Annotated[
        str,
        Field(
            max_length=2000,
            description="Names of channels, counters and KPIs, with commas.",
            examples=["temperature,power_w"],
        ),
    ]


class RevisionsQuery(RangeQuery):
    limit: Limit = 100
    before: Before = None


class UsageQuery(RangeQuery):
    bucket: Annotated[
        Bucket,
        Field(
            description="What a bucket is, by the site's time: `week` begins on Monday, `shift` is"
            " one of the site's file of shifts or the time between two, `total` the whole range."
        ),
    ] = "hour"
    time: Annotated[
        TimeFormat,
        Field(description="`iso`: times of the answer in ISO 8601 with the site's offset."),
    ] = "ms"
    as_of: AsOf = None


def names_in(text: str) -> list[str]:
    """The names that stand between commas, each once."""
    return list(dict.fromkeys(name.strip() for name in text.split(",")))


class OfSome(QueryModel):
    """Which machines, by name."""

    devices: Annotated[
        str | None,
        Field(
            max_length=20_000,
            description="Only of these, their names with commas. Default: of all.",
            examples=["fan-01,fan-02"],
        ),
    ] = None

    @property
    def only(self) -> list[str] | None:
        """The names, each once."""
        return None if self.devices is None else names_in(self.devices)


class PowerQuery(RangeQuery, OfSome):
    as_of: AsOf = None


class ComparisonQuery(OfSome):
    period: Annotated[
        Period, Field(description="Of the site's time: so far, against the one before.")
    ] = "week"
    to: Annotated[
        Instant | None,
        Field(description="As if it were then, which is not included. Default: now."),
    ] = None
    as_of: AsOf = None


class OfNames(QueryModel):
    """Which figures, by name."""

    names: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="Names of KPIs, with commas. Default: all of a stretch of time.",
            examples=["energy_wh,cost"],
        ),
    ] = None

    @property
    def asked(self) -> list[str] | None:
        """The names, each once."""
        return None if self.names is None else names_in(self.names)


class KpisQuery(OfNames, UsageQuery):
    pass


class ByLabelQuery(OfNames, OfSome, RangeQuery):
    names: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="Names of KPIs, with commas. Default: those that its type tells by it.",
            examples=["samples_per_h,samples_done"],
        ),
    ] = None


class GroupedKpisQuery(KpisQuery):
    group: Annotated[
        GroupBy,
        Field(
            description="What is taken together: `location` and `group` are the registry's, `asset`"
            " is the type, `site` all machines."
        ),
    ] = "device"


class AlarmsQuery(RangeQuery):
    state: Annotated[Literal["open", "all"], Field(description="`open`: not cleared yet.")] = "open"
    device: OnlyDevice = None
    order: Annotated[
        Literal["newest", "severity", "longest"],
        Field(
            description="`severity`: the gravest first, and of these the oldest. `longest`: what"
            " stood, or stands so far, for the longest time first."
        ),
    ] = "newest"
    verdict: Annotated[
        Literal["none", "given"] | Judgement | None,
        Field(description="Only those of which people say this, something (`given`), or nothing."),
    ] = None
    counted_to: Annotated[
        Instant | None,
        Field(
            description="Until when `longest` counts, so that a page goes on where the one before"
            " ended: its link says it. Default: now."
        ),
    ] = None
    limit: Limit = 200
    before: Before = None


class AlarmStatisticsQuery(RangeQuery):
    by: Annotated[
        Literal["device", "name", "device_and_name", "kind", "severity"],
        Field(
            description="What is added up together: alarms of one machine, of one name, of both,"
            " of a kind (`limit`, `fault`, `system`) or of a severity."
        ),
    ] = "device"
    device: OnlyDevice = None
    limit: Annotated[int, Field(ge=1, le=1000, description="At most so many groups.")] = 10


class AnomalyStatisticsQuery(RangeQuery):
    method: Annotated[
        Literal["limits", "rolling", "joint", "classified"] | None,
        Field(description="How they were found. Default: all."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=20_000, description="At most so many machines.")] = 1000


class DiagnosesQuery(RangeQuery):
    device: OnlyDevice = None
    limit: Limit = 200
    before: Before = None


class TimelineQuery(RangeQuery):
    limit: Annotated[
        int, Field(ge=1, le=10_000, description="At most this many: of more, the newest.")
    ] = 10_000


class HappeningsQuery(RangeQuery):
    event: Annotated[
        str | None,
        Field(pattern=f"^{NAME_PATTERN}$", description="Only of this name.", examples=["service"]),
    ] = None
    limit: Limit = 200
    before: Annotated[
        int | None,
        Field(
            ge=-(2**63),
            le=2**63 - 1,
            description="Only what stands behind the event with this id. An answer that is not all"
            ' has a header `Link` with `rel="next"`, which says it, and in `to` when that was: of'
            " an event that the journal keeps no more the id alone does not tell.",
            examples=[4711],
        ),
    ] = None


class StatesQuery(RangeQuery):
    channel: Annotated[
        str | None,
        Field(
            max_length=64,
            description="A state or a label. Default: the first state that the asset type has.",
            examples=["state"],
        ),
    ] = None
    limit: Limit = 1000


class AnomaliesQuery(RangeQuery):
    method: Annotated[
        Literal["limits", "rolling", "joint", "classified"] | None,
        Field(description="How it is found. Default: all that was kept."),
    ] = None
    channel: Annotated[
        str | None,
        Field(max_length=64, description="Of `rolling`: this one alone.", examples=["temperature"]),
    ] = None
    window: Annotated[
        int | None,
        Field(ge=5, le=1000, description="Of `rolling`: so many looks before it. Default: 60."),
    ] = None
    threshold: Annotated[
        float | None,
        Field(
            gt=0.0,
            le=1000.0,
            allow_inf_nan=False,
            description="Of `rolling`: so many times the usual spread, default 6. Of `joint`: so"
            " many times the model's own threshold, default 1.",
        ),
    ] = None
    robust: Annotated[
        bool | None,
        Field(description="Of `rolling`: by median and MAD (the default), else by mean."),
    ] = None
    model: Annotated[
        Literal["baseline", "forest", "autoencoder"] | None,
        Field(description="Of `joint`. Default: `baseline`."),
    ] = None
    limit: Limit = 200


class AuditQuery(RangeQuery):
    what: Annotated[
        str | None, Field(max_length=32, description="Only this.", examples=["login_refused"])
    ] = None
    who: Annotated[
        str | None, Field(max_length=64, description="Only by this one.", examples=["fan-01"])
    ] = None
    limit: Limit = 200
    before: Before = None


class QuarantineQuery(QueryModel):
    device: Annotated[
        str | None,
        Field(pattern=f"^{NAME_PATTERN}$", description="Only this device's.", examples=["fan-01"]),
    ] = None
    reason: Annotated[
        str | None,
        Field(max_length=32, description="Only this reason.", examples=["out_of_range"]),
    ] = None
    limit: Limit = 100
    before: Before = None


# Those that turn the direction of what follows make a name read as another.
CONTROLS: Final = r"\x7f\u202a-\u202e\u2066-\u2069"
UNSEEN: Final = rf"\x00-\x1f{CONTROLS}"

Person = Annotated[
    str,
    Field(
        description="The name of the person.",
        min_length=1,
        max_length=64,
        pattern=rf"^[^{UNSEEN}]*[^\s{UNSEEN}][^{UNSEEN}]*$",
    ),
    AfterValidator(str.strip),
]


class ConfirmedQuery(QueryModel):
    """That a deed which nobody can undo is meant."""

    confirm: Annotated[
        str,
        Field(max_length=64, description="The device's id once more.", examples=["fan-01"]),
    ] = ""
    by: Annotated[
        Person | None, Field(description="Who does it, for the audit trail; wanted with it.")
    ] = None


class Body(BaseModel):
    """What a request carries: nothing but what is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_ARGUMENTS: Final = ", ".join(
    f"`{argument.name}` of `{order.name}`"
    for order in commands.ORDERS
    for argument in order.arguments
)


class CommandBody(Body):
    """An order to a device."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": each.name, "args": each.example} for each in commands.ORDERS]
        }
    )

    name: Annotated[
        str,
        AfterValidator(_known_command),
        Field(description="What to do.", json_schema_extra={"enum": list(commands.BY_NAME)}),
    ]
    args: Annotated[
        dict[str, JsonValue],
        AfterValidator(_small),
        AfterValidator(_fitting),
        Field(description=f"What the command needs: {_ARGUMENTS}.", validate_default=True),
    ] = {}
