"""Answers about what happened: diagnoses, alarms, episodes, refused messages."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, DeviceId, Share, TimeMs
from gateway.api.schema.verdicts import JudgedCounts, Precision, Verdict

Severity = Annotated[str, Field(examples=["High"])]
FaultName = Annotated[str, Field(description="`normal`, a fault, or `unknown`.")]
FaultCode = Annotated[int, Field(description="0 is normal, -1 unknown.", examples=[1])]
FaultLabel = Annotated[str, Field(examples=["Overcurrent Fault"])]
MaybeMs = Annotated[int | None, Field(description="Unix milliseconds; `null` until then.")]


class Reason(Answer):
    """What speaks for the class."""

    channel: Annotated[str, Field(examples=["current"])]
    weight: Annotated[float, Field(description="Its share of the evidence, 0 to 1.")]
    text: Annotated[str, Field(examples=["current is 2.9 A; in healthy machines 0.8 to 1.3 A"])]


class Reconstruction(Answer):
    """How badly the sensors can be told from each other, by what healthy machines do."""

    error: Annotated[float, Field(description="Share of the limit; from 1 on it is an anomaly.")]
    sensors: Annotated[
        list[Reason],
        Field(description="Each sensor's share of it, largest first; empty below the limit."),
    ]


class Diagnosis(Answer):
    """What the classifier makes of the last seconds of a device."""

    device: DeviceId
    time_ms: Annotated[int, Field(description="The newest reading it judges, Unix milliseconds.")]
    judged_ms: Annotated[int, Field(description="When it was judged, Unix milliseconds.")]
    stale: Annotated[bool, Field(description="Later readings have not been judged.")]
    fault_code: FaultCode
    fault_label: FaultLabel
    fault: FaultName
    confidence: Share
    severity: Severity
    advice: str
    reasons: list[Reason]
    anomaly_score: Annotated[float, Field(description="How unlike all training data it is.")]
    model: Annotated[str, Field(examples=["fan-3f2a91c0"])]
    channel: Annotated[
        str | None, Field(description="The channel the fault is of: a stuck sensor's, for one.")
    ]
    reconstruction: Annotated[
        Reconstruction | None,
        Field(description="`null`: its type has no autoencoder, or there were too few readings."),
    ]


class Evidence(Answer):
    """Something else that was found of the same cause as an alarm."""

    name: Annotated[str, Field(examples=["current_high"])]
    kind: Literal["limit", "fault", "system"]
    severity: Literal["Low", "Medium", "High", "Critical"]
    text: str
    time_ms: Annotated[TimeMs, Field(description="Since when.")]
    over_ms: Annotated[int | None, Field(description="`null` while it stands.")]


class Alarm(Answer):
    """One alarm, from raised to cleared."""

    id: int
    device: DeviceId
    name: Annotated[str, Field(examples=["temperature_high"])]
    kind: Literal["limit", "fault", "system"]
    severity: Literal["Low", "Medium", "High", "Critical"]
    text: str
    raised_ms: TimeMs
    acknowledged_ms: MaybeMs
    acknowledged_by: str | None
    cleared_ms: MaybeMs
    count: Annotated[int, Field(description="How often it came, back within a minute of clearing.")]
    note: Annotated[str | None, Field(description="Of whoever acknowledged it.")]
    word_ms: Annotated[
        int | None,
        Field(description="When somebody last said something of it; Unix milliseconds."),
    ]
    shelved_until_ms: Annotated[
        int | None,
        Field(description="Until then it asks for nobody; Unix milliseconds, `null` if it is not."),
    ]
    shelved_by: str | None
    shelved_note: str | None
    over: Annotated[
        str | None,
        Field(description="Why it was cleared, where it has not just gone: the machine stopped."),
    ]
    suppressed_ms: Annotated[
        int | None,
        Field(description="Since when its machine is in maintenance, and it asks for nobody."),
    ]
    suppressed_until_ms: Annotated[
        int | None, Field(description="Until when; `null`: as long as that lasts.")
    ]
    suppressed_by: Annotated[str | None, Field(description="Which maintenance, and by whom.")]
    part_of: Annotated[
        int | None, Field(description="The alarm it is evidence of: `null` of all that are listed.")
    ]
    findings: Annotated[
        int, Field(description="How much was found of this cause, itself included.")
    ]
    cause: Annotated[
        str,
        Field(
            description="Which finding it tells of, by name: its own, or what explains more since.",
            examples=["fault_overcurrent"],
        ),
    ]
    evidence: Annotated[
        list[Evidence], Field(description="What else was found of this cause, the oldest first.")
    ]
    cost_per_hour: Annotated[
        float | None,
        Field(description="Of an open one that is listed, now; `null`: it cannot be told."),
    ]
    cost_unit: Annotated[str | None, Field(examples=["GBP/h"])]
    cost_reason: Annotated[str | None, Field(description="Why it cannot be told.")]
    verdict: Annotated[
        Verdict | None, Field(description="What people say of one that is listed; `null`: nothing.")
    ]


class MeanTime(Answer):
    """A mean over alarms."""

    value_ms: Annotated[int | None, Field(description="`null` where there was none.")]
    of: Annotated[int, Field(description="How many alarms it is the mean of.")]
    reason: Annotated[str | None, Field(description="Why there is none.")]


class AlarmSums(Answer):
    """What some alarms add up to."""

    device: Annotated[str | None, Field(description="`null` where they are of several.")]
    name: Annotated[str | None, Field(description="`null` where they are of several.")]
    kind: Annotated[str | None, Field(description="Of `by=kind`; else `null`.")]
    severity: Annotated[str | None, Field(description="Of `by=severity`; else `null`.")]
    count: Annotated[int, Field(description="How many were raised, those still open included.")]
    times: Annotated[int, Field(description="The same with those back within a minute.")]
    duration_ms: Annotated[int, Field(description="How long those stood that were cleared.")]
    mtta: Annotated[MeanTime, Field(description="From asking for somebody to being acknowledged.")]
    mttr: Annotated[MeanTime, Field(description="From being raised to being cleared.")]
    open: Annotated[int, Field(description="How many are still open.")]
    open_ms: Annotated[int, Field(description="How long these have stood so far, together.")]
    oldest_open_ms: Annotated[int | None, Field(description="How long the oldest has stood.")]
    suppressed: Annotated[
        int, Field(description="Of these in maintenance to the end: they are in no mean.")
    ]
    judged: Annotated[JudgedCounts, Field(description="Of how many people say what.")]
    precision: Annotated[
        Precision,
        Field(
            description="Share that was about something: `right`, or another `cause` than it said."
            " `judged` has the two apart."
        ),
    ]


class AlarmStatistics(Answer):
    """What the alarms raised in a range add up to."""

    from_ms: TimeMs
    to_ms: TimeMs
    by: Literal["device", "name", "device_and_name", "kind", "severity"]
    total: AlarmSums
    groups: Annotated[list[AlarmSums], Field(description="Those that came most often first.")]


class NotAcknowledged(Answer):
    """An alarm that was asked for and stays as it is."""

    id: int
    detail: Annotated[str, Field(description="Why, as a sentence.")]


class Acknowledged(Answer):
    """What came of acknowledging many alarms at once."""

    acknowledged: list[Alarm]
    left: list[NotAcknowledged]


class Episode(Answer):
    """A stretch of time in which the class did not change."""

    fault: FaultName
    fault_label: FaultLabel
    fault_code: FaultCode
    severity: Severity
    confidence: Annotated[float, Field(description="The highest of the episode, 0 to 1.")]
    start_ms: TimeMs
    end_ms: Annotated[int | None, Field(description="`null` while it lasts.")]


class FieldAside(Answer):
    """A field of an event that does not count."""

    value: float | str | None = None
    reason: str
    detail: str


class Happening(Answer):
    """An event: what a device says has happened."""

    id: int
    time_ms: Annotated[TimeMs, Field(description="When it happened.")]
    received_ms: TimeMs
    epoch: str
    seq: Annotated[int, Field(description="Its number among the device's readings and events.")]
    event: Annotated[str, Field(examples=["service"])]
    values: Annotated[dict[str, float | str], Field(description="Its fields.")]
    aside: Annotated[
        dict[str, FieldAside] | None, Field(description="Fields that cannot be, and why.")
    ]


class StateEpisode(Answer):
    """A stretch of time in one state."""

    state: Annotated[str, Field(examples=["dispensing"])]
    start_ms: TimeMs
    end_ms: Annotated[int | None, Field(description="`null` while it lasts.")]


class Anomaly(Answer):
    """Something unlike the normal of one machine, from when until when."""

    id: Annotated[int | None, Field(description="`null` of what was looked for just now.")]
    method: Literal["limits", "rolling", "joint", "classified"]
    name: Annotated[str, Field(examples=["temperature_high"])]
    kind: Annotated[
        str | None,
        Field(
            description="What it is across types, such as over_temperature, inactivity, low_level,"
            " high_consumption, leakage, sensor_error, overuse, wear or other; `null`: nobody said."
        ),
    ]
    channel: Annotated[str | None, Field(description="Where it shows most.")]
    severity: Literal["Low", "Medium", "High", "Critical"]
    text: str
    score: Annotated[float | None, Field(description="At most, in the unit of `threshold`.")]
    threshold: float | None
    start_ms: TimeMs
    end_ms: Annotated[int | None, Field(description="`null` while it lasts.")]
    alarm: Annotated[int | None, Field(description="The alarm that it is evidence of.")]
    evidence: Annotated[
        list[Reason],
        Field(
            description="Which channels departed, by how much and from what, in a sentence each."
        ),
    ]


class AnomalyFigure(Answer):
    """A mean with its bounds (95 %), or why there is none."""

    unit: Annotated[str, Field(examples=["h"])]
    value: float | None
    low: float | None
    high: float | None
    of: Annotated[int, Field(description="Of how many anomalies.")]
    reason: str | None


JudgedMs = Annotated[
    int,
    Field(
        description="For so long of the range somebody looked for anomalies: its type's model, or"
        " its own normal once that is known."
    ),
]


class Learning(Answer):
    """How far it is known what is normal of this machine."""

    stage: Literal["learning", "tried", "learned"]
    share: Share
    looks: Annotated[int, Field(description="So often it was looked at, every 10 s at most.")]
    needed: int


class Anomalies(Answer):
    """What was found, how rare it is, and how soon it is over."""

    device: DeviceId
    method: Literal["limits", "rolling", "joint", "classified"] | None
    from_ms: TimeMs
    to_ms: TimeMs
    anomalies: list[Anomaly]
    judged_ms: JudgedMs
    mtba: AnomalyFigure
    response_index: AnomalyFigure
    learning: Learning


class WearSign(Answer):
    """What shows how far a part has worn."""

    title: Annotated[str, Field(examples=["vibration while it runs"])]
    unit: str
    decimals: int
    value: Annotated[float | None, Field(description="Its newest mean.")]
    ends_at: Annotated[
        float | None, Field(description="Worn out; `null`: no limit is set at which it would end.")
    ]
    falls: Annotated[bool, Field(description="To its end; else it grows.")]


class Left(Answer):
    """How long is left from now on, in hours."""

    hours: Annotated[float | None, Field(description="The median; `null`: see `reason`.")]
    low: Annotated[float | None, Field(description="Known of slow wear without `hours` as well.")]
    high: Annotated[float | None, Field(description="`null` beside `hours`: without a bound.")]
    reason: Annotated[str | None, Field(description="Why there is no number.")]
    level: Annotated[float, Field(description="Of the chance, so much lies within the bounds.")]
    method: str
    points: Annotated[int, Field(description="Means that the trend is of.")]
    seen_h: Annotated[float, Field(description="How long that trend is.")]


class AnomalySums(Answer):
    """What anomalies of a range add up to."""

    count: Annotated[int, Field(description="That stood at some time of the range.")]
    lasting: Annotated[int, Field(description="Of these: that still do.")]
    judged_ms: JudgedMs
    mtba: AnomalyFigure
    response_index: AnomalyFigure


class MachineAnomalies(AnomalySums):
    device: DeviceId


class AnomalyStatistics(Answer):
    """Of all machines together, and of each."""

    from_ms: TimeMs
    to_ms: TimeMs
    method: Literal["limits", "rolling", "joint", "classified"] | None
    total: AnomalySums
    machines: list[MachineAnomalies]


class Due(Answer):
    """A service of a machine, or a part that wears: what is used, and how long is left."""

    name: Annotated[str, Field(examples=["descaling"])]
    title: str
    advice: str
    kind: Annotated[
        Literal["service", "wear", "learned"],
        Field(description="Due by use, when its trend has ended, or as others failed."),
    ]
    share: Annotated[
        float | None,
        Field(description="1 is due; `null`: it cannot be told, and of a part that wears."),
    ]
    low: float | None
    high: Annotated[float | None, Field(description="What was not measured may have made it.")]
    coverage: Share
    since_ms: Annotated[
        int | None,
        Field(description="When it was done last; `null`: never since the first reading."),
    ]
    done_by: Annotated[str | None, Field(description="Who entered it; `null`: the machine.")]
    reason: Annotated[str | None, Field(description="Why the share cannot be told.")]
    reset_by: Annotated[str, Field(description="The event that says it was done; empty: none.")]
    sign: Annotated[WearSign | None, Field(description="Of a part that wears.")]
    left: Left


class Refusal(Answer):
    """A refused message, or one refused item of a message."""

    id: int
    received_ms: TimeMs
    device: Annotated[str, Field(description="As the topic named it; empty when unreadable.")]
    topic: str
    reason: Annotated[str, Field(examples=["out_of_range"])]
    detail: str
    epoch: str | None
    seq: int | None
    raw: Annotated[str, Field(description="What came: text, or base64.")]
    encoding: Annotated[
        Literal["base64"] | None, Field(description="There when `raw` is not text.")
    ] = None
