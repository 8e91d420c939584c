"""Answers about devices and their kinds."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.api.schema.base import Answer, DeviceId, PhotoRevision, StageName, TimeMs
from gateway.api.schema.events import Alarm, Diagnosis

Values = Annotated[
    dict[str, float | str],
    Field(
        description="Channel → its newest value: a number in the unit the catalogue states, or the"
        " text of a state or a label.",
        examples=[{"temperature": 41.2, "rpm": 1187, "current": 1.08, "vibration": 0.82}],
    ),
]


class BirthChannel(Answer):
    """A channel as the device announces it."""

    name: str
    unit: str


class BirthUpdate(Answer):
    """How the last update of the device's program went."""

    state: Annotated[str, Field(examples=["good"], description="`good`, `trial`, `rolled_back`.")]
    version: Annotated[str, Field(description="The version that state is about.")]
    reason: Annotated[str, Field(description="Why it was rolled back, in the device's words.")]


class Birth(Answer):
    """What the device said of itself when it connected."""

    asset: Annotated[str, Field(examples=["fan"])]
    model: Annotated[str, Field(examples=["virtual fan, 12 V"])]
    firmware: Annotated[str, Field(examples=["0.1.0"])]
    epoch: Annotated[str, Field(examples=["9f2c41aa-7"])]
    channels: list[BirthChannel]
    rate_hz: Annotated[
        float | None, Field(description="Readings a second; `null`: it does not say.")
    ]
    location: str
    virtual: Annotated[bool, Field(description="An emulated machine.")]
    faults: Annotated[list[str], Field(description="What `inject_fault` accepts.")]
    update: Annotated[
        BirthUpdate | None, Field(description="`null`: it is not updated over the air.")
    ]


BirthRefused = Annotated[
    str | None, Field(description="Why a newer birth was refused; `null`: it was not.")
]


ImportedMs = Annotated[
    TimeMs | None,
    Field(
        description="When the newest reading was measured of a machine that has sent nothing"
        " itself: all that is known of it was imported. `null` of all others."
    ),
]


class Introduction(Answer):
    """What a device said of itself, and people of it."""

    device: DeviceId
    asset: Annotated[str, Field(description="Its type in the catalogue.", examples=["fan"])]
    stage: StageName
    first_seen_ms: TimeMs
    birth: Annotated[Birth | None, Field(description="The last one that was accepted.")]
    birth_refused: BirthRefused
    name: Annotated[str, Field(description="Of the registry; empty: nobody has said.")]
    place: Annotated[str, Field(description="Likewise.", examples=["Hall 2"])]
    group: Annotated[str, Field(description="Likewise.", examples=["cooling"])]
    photo: PhotoRevision
    imported_ms: ImportedMs


class KpiValue(Answer):
    """A figure of the twin."""

    value: Annotated[float | None, Field(description="`null` while it cannot be told.")]
    unit: Annotated[str, Field(examples=["W"])]
    coverage: Annotated[
        float, Field(ge=0, le=1, description="Share of its interval that was really measured.")
    ]


class ClockOffset(Answer):
    """How far the device's clock is from the gateway's."""

    offset_ms: Annotated[int, Field(description="Positive: the device's clock is behind.")]
    uncertainty_ms: int
    corrected: Annotated[bool, Field(description="Times of readings are right all the same.")]


class ChannelTrouble(Answer):
    """A channel that is set aside: its values do not count, the others of a reading do."""

    value: Annotated[
        float | str | None,
        Field(description="The last one set aside; `null`: neither a number nor a text came."),
    ]
    reason: Annotated[str, Field(examples=["out_of_range"])]
    detail: Annotated[str, Field(examples=["temperature is -127, possible is -40 to 150 °C"])]
    since_ms: TimeMs


class Setting(Answer):
    """A setting: what somebody wants it to be, and what the device says it is."""

    desired: Annotated[
        float | bool | str | None, Field(description="`null`: nobody has set it.", examples=[2.0])
    ]
    reported: Annotated[
        float | bool | str | None,
        Field(description="`null`: the device does not speak of it.", examples=[5.0]),
    ]
    differs_since_ms: Annotated[
        int | None,
        Field(description="Since when the device has not had what is desired; `null`: it has."),
    ]
    refused: Annotated[
        str | None, Field(description="Why the device does not take it, in its own words.")
    ]
    set_by: Annotated[str | None, Field(description="Who set it.", examples=["Sam"])]
    set_ms: Annotated[int | None, Field(description="When, Unix milliseconds.")]


class EventSeen(Answer):
    """One kind of event."""

    count: Annotated[int, Field(description="Since the first reading.")]
    time_ms: Annotated[TimeMs, Field(description="When it happened last.")]
    values: Annotated[dict[str, float | str], Field(description="The fields of the last one.")]
    known: Annotated[bool, Field(description="Whether its type knows such events.")]


class InMaintenance(Answer):
    """That a machine is in maintenance."""

    since_ms: TimeMs
    until_ms: Annotated[int | None, Field(description="`null`: until somebody ends it.")]
    why: Annotated[str, Field(examples=["New bearing (Sam)"])]


class State(Answer):
    """The twin: the newest reading and the figures drawn from all of them."""

    device: DeviceId
    asset: Annotated[str, Field(examples=["fan"])]
    time_ms: Annotated[TimeMs, Field(description="When the newest reading was measured.")]
    published_ms: TimeMs
    status: Literal["online", "offline", "unknown"]
    fresh: Annotated[
        bool,
        Field(
            description="The newest reading came within the type's `stale_after_s`, or within three"
            " of the device's own periods, whichever is longer."
        ),
    ]
    sequenced: Annotated[
        bool, Field(description="Readings carry numbers, so that a lost one is noticed.")
    ]
    values: Values
    kpis: dict[str, KpiValue]
    open_alarms: int
    truth: Annotated[
        str | None, Field(description="What a virtual machine knows of itself: its fault.")
    ]
    period_ms: Annotated[
        int | None, Field(description="How often it measures; `null` while nobody can tell.")
    ]
    clock: Annotated[
        ClockOffset | None, Field(description="`null` while nothing is known of its clock.")
    ]
    troubles: Annotated[
        dict[str, ChannelTrouble],
        Field(description="Channels that are set aside now or not sent any more, and why."),
    ]
    not_judged: Annotated[
        str | None, Field(description="Why the classifier cannot judge it; `null`: it can.")
    ]
    times_ms: Annotated[
        dict[str, int],
        Field(description="When those values were measured that the newest reading lacks."),
    ]
    settings: Annotated[
        dict[str, Setting], Field(description="What it is wanted to work with, and what it does.")
    ]
    events: Annotated[
        dict[str, EventSeen], Field(description="What has happened, by the events' names.")
    ]
    catalogue: Annotated[
        str | None,
        Field(description="Of a device of no type: another when what describes it is."),
    ]
    maintenance: Annotated[
        InMaintenance | None, Field(description="Its alarms ask for nobody meanwhile.")
    ]
    stopped: Annotated[
        bool,
        Field(description="It stands still, as its type has it: nothing is judged meanwhile."),
    ]


class NewestValue(Answer):
    """What was told last of a channel, a counter, a state or a label."""

    value: float | str | None
    unit: Annotated[str, Field(description="Empty of states and labels.")]
    time_ms: Annotated[int | None, Field(description="When it was measured.")]
    age_ms: Annotated[int | None, Field(description="How old that was when this was answered.")]
    reason: Annotated[
        str | None, Field(description="Why there is none, or what is wrong with it now.")
    ]


class Latest(State):
    """The twin, and of each channel the newest value by itself."""

    channels: Annotated[
        dict[str, NewestValue], Field(description="All that its type has, by their names.")
    ]


class Delivery(Answer):
    """How a device's readings arrive, counted in readings."""

    device: DeviceId
    stored: Annotated[int, Field(description="In the journal.")]
    duplicates: Annotated[int, Field(description="Came again, and were counted once.")]
    conflicts: Annotated[int, Field(description="Came again with other content: refused.")]
    quarantined: Annotated[int, Field(description="Refused messages or items.")]
    gaps: Annotated[int, Field(description="Holes the device itself has reported.")]
    missing: Annotated[int, Field(description="Readings in these holes: gone for good.")]
    over_budget: Annotated[
        int, Field(description="Turned away for their number; the device sends them again.")
    ]
    epoch: Annotated[
        str | None, Field(description="Incarnation of the device.", examples=["9f2c41aa-7"])
    ]
    watermark: Annotated[int, Field(description="All up to this number of the epoch is settled.")]
    pending: Annotated[int, Field(description="Settled beyond a hole that is still open.")]
    last_seen_ms: TimeMs


class Device(Answer):
    """Everything about one device."""

    device: DeviceId
    asset: Annotated[str, Field(description="Its type in the catalogue.", examples=["fan"])]
    stage: StageName
    first_seen_ms: TimeMs
    status: Literal["online", "offline", "unknown"]
    sequenced: bool
    birth: Annotated[Birth | None, Field(description="The last one that was accepted.")]
    birth_refused: BirthRefused
    imported_ms: ImportedMs
    state: Annotated[State | None, Field(description="`null` before the first reading.")]
    diagnosis: Annotated[Diagnosis | None, Field(description="`null` before the first one.")]
    alarms: Annotated[list[Alarm], Field(description="Open ones, newest first.")]
    delivery: Delivery


class Result(Answer):
    """A device's answer to a command."""

    id: Annotated[str, Field(description="The command's id.", examples=["5f0c9d3e8a714b62"])]
    ok: bool
    error: str | None
    time_ms: Annotated[int | None, Field(description="Unix milliseconds by the device's clock.")]


class CatalogueLimit(Answer):
    """An alarm limit: raised after `delay_s` beyond `at`, cleared after as long back within."""

    side: Literal["high", "low"]
    at: float
    hysteresis: float
    while_stopped: Annotated[
        bool, Field(description="Whether it counts of a machine that stands still as well.")
    ]
    delay_s: float
    severity: Literal["Low", "Medium", "High", "Critical"]
    advice: str
    kind: Annotated[str, Field(description="Across types; empty: as its unit has it.")]


class CatalogueRolling(Answer):
    """A reading is an anomaly that is so many spreads from the `window` readings before it."""

    window: int
    threshold: float
    robust: Annotated[bool, Field(description="By median and MAD, else by mean and deviation.")]
    least: Annotated[
        float, Field(description="No spread is taken for less; 0: a twentieth of its band.")
    ]


class CatalogueChannel(Answer):
    """One measured quantity."""

    name: Annotated[str, Field(examples=["temperature"])]
    title: Annotated[str, Field(examples=["Temperature"])]
    unit: Annotated[str, Field(examples=["°C"])]
    low: Annotated[float, Field(description="Least value a sensor can report.")]
    high: Annotated[float, Field(description="Greatest value a sensor can report.")]
    normal: Annotated[
        tuple[float, float] | None,
        Field(description="The usual band, from and to; `null`: nobody has said it."),
    ]
    decimals: int
    optional: bool
    hold: Annotated[
        Literal["linear", "step"], Field(description="What it is between two readings.")
    ]
    limits: list[CatalogueLimit]
    rolling: Annotated[
        CatalogueRolling | None,
        Field(description="When a reading is unlike those just before; `null`: nobody looks."),
    ]


class CatalogueCounter(Answer):
    """What only grows."""

    name: Annotated[str, Field(examples=["litres"])]
    title: str
    unit: str
    decimals: int
    wraps_at: Annotated[float | None, Field(description="Where it goes round; `null`: nowhere.")]


class CatalogueStateValue(Answer):
    """One value of a state."""

    name: Annotated[str, Field(examples=["dispensing"])]
    title: str
    time_element: Annotated[
        Literal["producing", "setup", "standby", "planned_down", "down"] | None,
        Field(description="What its time counts as (ISO 22400)."),
    ]


class CatalogueState(Answer):
    """One of named values at any time."""

    name: str
    title: str
    values: list[CatalogueStateValue]


class CatalogueLabel(Answer):
    """Free text to group by."""

    name: str
    title: str
    personal: Annotated[bool, Field(description="It is about a person.")]


class CatalogueField(Answer):
    """A number of an event."""

    name: Annotated[str, Field(examples=["volume"])]
    unit: str


class CatalogueEvent(Answer):
    """What happens at an instant."""

    name: Annotated[str, Field(examples=["service"])]
    title: str
    fields: list[CatalogueField]
    words: Annotated[list[str], Field(description="Its texts.")]


class CatalogueGoal(Answer):
    """Where a figure should be, in its own unit."""

    at_least: Annotated[float | None, Field(description="`null`: no bound on that side.")]
    at_most: float | None


class CatalogueKpi(Answer):
    """One figure of the twin."""

    name: Annotated[str, Field(examples=["power_w"])]
    title: Annotated[str, Field(examples=["Power"])]
    unit: Annotated[str, Field(examples=["W"])]
    decimals: int
    headline: Annotated[bool, Field(description="Worth a place on an overview.")]
    definition: Annotated[str, Field(description="How it is computed, in words.")]
    formula: Annotated[str, Field(description="Over sums and parameters; empty: a rule.")]
    source: Annotated[str, Field(description="Of the definition: a standard, a data sheet.")]
    role: Annotated[
        str | None,
        Field(description="What it is about, whatever the type calls it.", examples=["oee"]),
    ]
    goal: CatalogueGoal | None
    planned: Annotated[bool, Field(description="Of planned time alone: `null` without a plan.")]
    by: Annotated[str, Field(description="A label it is worth splitting by; empty: none.")]


class CatalogueService(Answer):
    """Maintenance, due when `every` has grown to 1 since the event `reset_by`."""

    name: Annotated[str, Field(examples=["descaling"])]
    title: str
    every: Annotated[str, Field(examples=["increase(litres) / 2000"])]
    reset_by: Annotated[str, Field(examples=["descaled"])]
    advice: str


class HealthLoss(Answer):
    """What takes points from the health, and why; 0 of them where it takes none."""

    of: Literal["limits", "alarm", "diagnosis"]
    points: float
    text: Annotated[str, Field(examples=["No alarm of the machine is open."])]


class MachineHealth(Answer):
    """Of a machine as it does now: 100 less the points of all parts."""

    value: Annotated[float | None, Field(description="0 to 100; `null`: see `reason`.")]
    parts: list[HealthLoss]
    reason: Annotated[str | None, Field(description="Why there is none, or that it is not of now.")]


class CatalogueWear(Answer):
    """What wears out: the trend of `shown_by` tells how long is left until it `ends_at`."""

    name: Annotated[str, Field(examples=["bearing"])]
    title: str
    sign: Annotated[str, Field(description="What `shown_by` is, in words.")]
    shown_by: Annotated[str, Field(examples=["mean(vibration)"])]
    unit: str
    ends_at: Annotated[str, Field(description="A channel (its limit), a parameter or a number.")]
    falls: Annotated[bool, Field(description="To its end; else it grows.")]
    reset_by: Annotated[str, Field(description="The event after which it is new, or empty.")]
    decimals: int
    advice: str


class CatalogueFault(Answer):
    """One class of fault the classifier knows."""

    code: Annotated[int, Field(examples=[1])]
    name: Annotated[str, Field(examples=["overcurrent"])]
    label: Annotated[str, Field(examples=["Overcurrent Fault"])]
    severity: Literal["None", "Low", "Medium", "High", "Critical"]
    advice: str


class CatalogueInput(Answer):
    """What its virtual machine can be told: a number from low to high, or one of the choices."""

    name: Annotated[str, Field(examples=["set_point"])]
    title: str
    unit: str
    low: float
    high: float
    decimals: int
    default: float | str
    choices: list[str]
    channel: Annotated[str, Field(description="What tells it of a machine that runs; or empty.")]
    setting: Annotated[str, Field(description="Likewise, of its settings.")]
    param: Annotated[str, Field(description="Likewise, of its parameters.")]


class AssetType(Answer):
    """One type of machine."""

    name: Annotated[str, Field(examples=["fan"])]
    title: Annotated[str, Field(examples=["Cooling fan"])]
    icon: Annotated[str, Field(description="A Material Design icon.", examples=["mdi-fan"])]
    origin: Annotated[
        Literal["built_in", "file", "learned"],
        Field(description="Ours, a file of the site's own, or learned from what a machine sends."),
    ]
    channels: list[CatalogueChannel]
    counters: list[CatalogueCounter]
    states: list[CatalogueState]
    labels: list[CatalogueLabel]
    events: list[CatalogueEvent]
    kpis: list[CatalogueKpi]
    services: list[CatalogueService]
    wears: list[CatalogueWear]
    inputs: list[CatalogueInput]
    faults: list[CatalogueFault]
    stale_after_s: float
    nominal_rate_hz: float
