"""What travels between the parts, as typed structs: the wire formats of docs/architecture.md.

Devices send the structs of the first part; the gateway publishes those of the second.
Decoding is msgspec's, which checks types strictly: a bool is not a number, NaN is not JSON.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

# ---------------------------------------------------------------- from devices


# The epoch the gateway gives to readings that come without one; no device may call its own so.
UNSEQUENCED: Final = "unsequenced"

Seq = Annotated[int, Meta(ge=1, le=2**32 - 1)]
LONGEST_PERIOD_MS: Final = 86_400_000
Period = Annotated[int, Meta(ge=1, le=LONGEST_PERIOD_MS)]


Value = float | str
LONGEST_TEXT: Final = 64  # characters of a label, or of a text that an event has


class Item(msgspec.Struct, gc=False):
    """One item of a device's sequence. ``(device, epoch, seq)`` is its identity; time never is.

    ``values`` are numbers, and texts where a type has states and labels, or an event words.
    ``time_ms`` is absent while the board's clock is not set; the gateway then stamps its own.
    ``truth`` is what a virtual machine knows of itself: stored for training, never classified on.
    ``period_ms`` is how often the board measures, where that is not its type's nominal rate.

    What follows ``period_ms`` is the gateway's own. On the wire its names would stand in
    brackets, so that no board sends them by accident; admission sets them whatever came.

    Attributes:
        received_ms: when it came, by the gateway's clock.
        board_ms: what the board's clock said; None where it said nothing.
        stamp: who gave ``time_ms``: see ``Stamp``.
        aside: channels that were set aside, which ``values`` lacks; None where there are none.
    """

    epoch: str
    seq: Seq
    values: Mapping[str, Value]
    time_ms: int | None = None
    truth: str | None = None
    period_ms: Period | None = None
    received_ms: int = msgspec.field(default=0, name="(received_ms)")
    board_ms: int | None = msgspec.field(default=None, name="(board_ms)")
    stamp: int = msgspec.field(default=0, name="(stamp)")
    aside: dict[str, "Aside"] | None = msgspec.field(default=None, name="(aside)")


class Reading(Item, gc=False):
    """What a device measured at one instant: any of its type's channels, states and counters."""


class Event(Item, gc=False):
    """What happened at one instant; ``values`` are its fields."""

    event: str = ""


def event_of(item: Item) -> str | None:
    """The event's name; None of a reading."""
    return item.event if isinstance(item, Event) else None


class Stamp:
    """Who gave an item its time."""

    BOARD: Final = 0  # its board, corrected by the offset of its clock where that is known
    RECEIPT: Final = 1  # the gateway: the board's clock is not set, or cannot be right
    WAITED: Final = 2  # the gateway, after it had waited on the board: nobody knows how long
    IMPORTED: Final = 3  # a file that somebody imported: of the past, and no news
    PAST: Final = 4  # its board, so long ago that it is no news: nothing live follows it
    BY_BOARD: Final = (BOARD, PAST)


class Aside(msgspec.Struct, omit_defaults=True):
    """One channel of a reading that does not count, and why; the others of the reading do."""

    value: Value | None  # None: what came was no number, or no text
    reason: str  # a Reason, or "unknown_channel"
    detail: str  # one sentence for a person


class Floor(msgspec.Struct, gc=False):
    """The device holds nothing below ``oldest``: what never arrived below it becomes a gap."""

    epoch: str
    oldest: int


class BirthChannel(msgspec.Struct):
    """A channel as the device announces it."""

    name: str
    unit: str = ""


class BirthUpdate(msgspec.Struct):
    """How the last update of a device's program went: good, trial or rolled_back, and why."""

    state: str
    version: str = ""
    reason: str = ""


class Birth(msgspec.Struct):
    """What a device says of itself when it connects (retained)."""

    asset: str
    model: str = ""
    firmware: str = ""
    epoch: str = ""
    channels: list[BirthChannel] = []
    rate_hz: float | None = None  # readings a second; None: it does not say
    location: str = ""
    virtual: bool = False
    faults: list[str] = []  # what `inject_fault` accepts; empty on a real machine
    update: BirthUpdate | None = None  # None: it is not updated over the air


class Result(msgspec.Struct):
    """A device's answer to a command."""

    id: str
    ok: bool
    error: str | None = None
    time_ms: int | None = None


# ---------------------------------------------------------------- from the gateway


class Ack(msgspec.Struct):
    """Every reading of ``epoch`` up to and including ``seq`` is settled: stored, or quarantined."""

    epoch: str
    seq: int


class Command(msgspec.Struct):
    """An order to a device; it is not carried out after ``expires_ms``."""

    id: str
    name: str
    args: dict[str, Any]
    expires_ms: int


class Kpi(msgspec.Struct, omit_defaults=False):
    """A figure with its unit and the share (0..1) of its interval that was really measured."""

    value: float | None
    unit: str
    coverage: float


DeviceStatus = Literal["online", "offline", "unknown"]


def device_status(text: str) -> DeviceStatus:
    """What a device is said to be; anything but its two words is unknown."""
    if text == "online":
        return "online"
    return "offline" if text == "offline" else "unknown"


class ClockOffset(msgspec.Struct, frozen=True):
    """How far a board's clock is from the gateway's: receipt minus the board's time.

    Positive: the board's clock is behind. ``corrected``: times of readings are right all the same.
    """

    offset_ms: int
    uncertainty_ms: int
    corrected: bool


class ChannelTrouble(msgspec.Struct, frozen=True):
    """A channel that is set aside since ``since_ms``, with its last such value; or not sent."""

    value: Value | None
    reason: str
    detail: str
    since_ms: int


class Setting(msgspec.Struct, frozen=True):
    """A setting of a device: what somebody wants it to be, and what the device says it is.

    Attributes:
        desired: None while nobody has set it.
        reported: None while the device says nothing of it.
        differs_since_ms: since when the device has not had what is desired; None while it has.
        refused: why the device does not take it, in its own words.
        set_by: who set it, at ``set_ms``.
    """

    desired: float | bool | str | None
    reported: float | bool | str | None
    differs_since_ms: int | None = None
    refused: str | None = None
    set_by: str | None = None
    set_ms: int | None = None


class InMaintenance(msgspec.Struct):
    """Since when a machine is in maintenance, until when (None: nobody knows), and why."""

    since_ms: int
    until_ms: int | None
    why: str


class State(msgspec.Struct):
    """The twin as it is published, at most twice a second (retained)."""

    device: str
    asset: str
    time_ms: int  # event time of the newest reading
    published_ms: int
    status: DeviceStatus
    fresh: bool  # a reading came within `Twin.stale_after_ms`
    sequenced: bool
    values: dict[str, Value]  # of each channel the newest
    kpis: dict[str, Kpi]
    open_alarms: int
    truth: str | None = None
    period_ms: int | None = None  # how often it measures; None while nobody can tell
    clock: ClockOffset | None = None  # None while nothing is known of the board's clock
    troubles: dict[str, ChannelTrouble] = {}  # channels set aside now: bad, or unknown to the type
    not_judged: str | None = None  # a sentence where the classifier cannot judge this device
    times_ms: dict[str, int] = {}  # of those ``values`` that the newest reading does not have
    settings: dict[str, Setting] = {}  # what it is wanted to work with, and what it says it does
    events: dict[str, "EventSeen"] = {}
    catalogue: str | None = None  # of what is described by itself: another when that is
    maintenance: InMaintenance | None = None  # its alarms ask for nobody meanwhile
    stopped: bool = False  # it stands still, as its type has it: nothing is judged meanwhile


class Reason(msgspec.Struct):
    """Why a class was chosen: a channel, its share (0..1) of the evidence, and a sentence."""

    channel: str
    weight: float
    text: str


class Reconstruction(msgspec.Struct):
    """How badly the sensors can be told from each other, by what healthy machines do.

    Attributes:
        error: as a share of the limit that healthy machines keep; from 1 on it is an anomaly.
        sensors: each sensor's share of it, the largest first: where to look.
    """

    error: float
    sensors: list[Reason]


class Prediction(msgspec.Struct):
    """The answer of the inference service for one window of readings."""

    fault_code: int
    fault_label: str
    fault: str
    confidence: float
    severity: str
    advice: str
    reasons: list[Reason]
    anomaly_score: float
    model: str
    channel: str | None = None  # the channel the fault is of, where it is of one: a stuck sensor
    reconstruction: Reconstruction | None = None  # None: no autoencoder, or few readings


class Diagnosis(msgspec.Struct):
    """A prediction about one device, with the time of the newest reading it judges (retained)."""

    device: str
    time_ms: int
    judged_ms: int
    stale: bool
    fault_code: int
    fault_label: str
    fault: str
    confidence: float
    severity: str
    advice: str
    reasons: list[Reason]
    anomaly_score: float
    model: str
    channel: str | None = None
    reconstruction: Reconstruction | None = None


class Evidence(msgspec.Struct, frozen=True):
    """Something else that was found of the same cause as an alarm, since when and until when."""

    name: str
    kind: Literal["limit", "fault", "system"]
    severity: Literal["Low", "Medium", "High", "Critical"]
    text: str
    time_ms: int
    over_ms: int | None = None


Judgement = Literal["right", "nothing", "normal_here", "cause"]


class Verdict(msgspec.Struct, frozen=True):
    """What somebody says of an alarm; ``cause``: what it was, where it was something else."""

    verdict: Judgement
    cause: str | None
    note: str
    decided_ms: int
    decided_by: str


class Alarm(msgspec.Struct):
    """One alarm from raised to cleared. Times are None until they happen."""

    id: int
    device: str
    name: str  # e.g. "temperature_high", "fault_overcurrent", "offline"
    kind: Literal["limit", "fault", "system"]
    severity: Literal["Low", "Medium", "High", "Critical"]
    text: str
    raised_ms: int
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    cleared_ms: int | None = None
    count: int = 1  # how often it came back within a minute of clearing, the first time included
    note: str | None = None  # of whoever acknowledged it
    word_ms: int | None = None  # when somebody said something of it last; also: its shelf's end
    shelved_until_ms: int | None = None  # told, and asks for nobody until then
    shelved_by: str | None = None
    shelved_note: str | None = None
    over: str | None = None  # why it was cleared, where it has not just gone by itself
    suppressed_ms: int | None = None  # since when its machine is in maintenance: asks for nobody
    suppressed_until_ms: int | None = None  # None: as long as that lasts
    suppressed_by: str | None = None
    part_of: int | None = None  # the alarm it is evidence of; such a one is never listed by itself
    findings: int = 1  # how much was found of the same cause, itself included
    cause: str = ""  # the finding it tells of, by name: its own, or what explains more than that
    evidence: list[Evidence] = []  # what else was found of the same cause, the oldest first
    cost_per_hour: float | None = None  # told by REST alone, of now
    cost_unit: str | None = None
    cost_reason: str | None = None  # why that cannot be told
    verdict: Verdict | None = None  # told by REST alone


class AlarmMessage(msgspec.Struct):
    """The retained alarm topic of a device: what just changed, and all that is open now."""

    device: str
    event: Alarm | None
    open: list[Alarm]


# ---------------------------------------------------------------- kept by the twin


class ChannelStats(msgspec.Struct):
    """Count, least, sum and greatest of one channel in one minute."""

    count: int
    low: float
    total: float
    high: float


class EventSeen(msgspec.Struct, frozen=True):
    """One kind of event: how often it happened, and when and how last (by event time)."""

    count: int
    time_ms: int
    values: Mapping[str, Value]
    known: bool  # to the asset type


class ToldHealth(msgspec.Struct, array_like=True):
    """What was told of a device's health while it lived a minute: no reading tells it again.

    ``total`` is percent times milliseconds, of ``told_ms`` of measured time.
    """

    told_ms: int
    total: int
    least: float | None  # None: none was told


class Minute(msgspec.Struct):
    """What one device did in the minute that starts at ``start_ms`` (event time).

    An interval between two readings belongs to the minute of its later end. ``measured_ms`` is
    the part of the minute's intervals that was really measured (no gap in between).
    """

    start_ms: int
    count: int
    measured_ms: int
    running_ms: int
    energy_j: float | None  # None: nothing that its type has says energy
    channels: dict[str, ChannelStats]
    program: str = ""  # what ``sums`` mean: contract.language.program; empty in older minutes
    # What its type keeps besides, whole numbers whole; None: nothing to be the least of.
    sums: list[int | float | None] = []
    health: ToldHealth | None = None  # None: its type has none, or it is from before this was kept


# ---------------------------------------------------------------- about the gateway itself


class DependencyStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a peer does. ``behind`` counts the journal's rows a follower has still to deliver."""

    status: Literal["ok", "down", "off"]
    detail: str
    since_ms: int
    behind: int | None = None
