"""The words a catalogue entry is written in: channels, states, KPIs, faults. Data only.

An asset type is one file beside this one that sets ``ASSET = Asset(...)`` out of these. Nothing
else in the project names an asset type: dashboard, KPIs, alarms, export and training read it here.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

# What is wrong, across types.
FaultKind = Literal[
    "leakage", "sensor_error", "overuse", "wear", "blockage", "overheating", "overload",
    "shortage", "breakdown", "other",
]  # fmt: skip
LimitKind = Literal[
    "over_temperature", "under_temperature", "high_consumption", "low_level", "high_level",
    "vibration", "",
]  # fmt: skip
AlarmSeverity = Literal["Low", "Medium", "High", "Critical"]
Severity = Literal["None", AlarmSeverity]

FAULT_DELAY_S = 1.0
# On the way to a fault, or while a machine changes, readings resemble nothing for a while.
UNKNOWN_DELAY_S = 300.0
UNKNOWN_DELAYS = 10  # and so many times as long as the slowest class takes
CERTAIN = 0.99  # as sure is the classifier where chance is out of the question

TYPES_REMEMBERED = 2_048  # that are made ready at a time: machines of no type have one each

NORMAL = "normal"
UNKNOWN = "unknown"

# ISO 22400-2: what a machine's time is spent on.
TimeElement = Literal["producing", "setup", "standby", "planned_down", "down"]
# What a KPI is about, so that pages, comparisons and bills find it whatever a type calls it.
Role = Literal[
    "energy", "power", "cost", "co2", "running", "health", "output", "efficiency", "oee",
    "availability", "performance", "quality", "reliability", "maintainability", "service",
    "utilisation", "productivity", "revenue", "projection", "gain", "payback",
]  # fmt: skip
WRITTEN_IN: Final = "GBP"  # what the catalogue has money in
# Of these the unit is money, in what the site pays in.
MONEY: Final[tuple[Role, ...]] = ("cost", "revenue", "projection", "gain")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """An alarm limit on one channel.

    Raised when the value has been beyond ``at`` for ``delay_s``; cleared when it has been back by
    ``hysteresis`` (in the channel's unit) for ``delay_s``. Of a machine that stands still (its type
    says when: ``stopped``) only a limit is looked at that says ``while_stopped``. ``kind`` is what
    it is across types; empty: as its channel's unit has it, where that says so.
    """

    side: Literal["high", "low"]
    at: float
    hysteresis: float
    delay_s: float
    severity: AlarmSeverity
    advice: str
    while_stopped: bool = False
    kind: LimitKind = ""


@dataclass(frozen=True, kw_only=True)
class Inactivity:
    """Nobody has used it for long: an anomaly, and no alarm.

    It is used whenever ``event`` happens, and too seldom when that was more than the parameter
    ``after``, in hours, ago.
    """

    event: str
    after: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class Rolling:
    """A reading is unlike those just before it: an anomaly, and no alarm.

    It is where it lies more than ``threshold`` times their spread from what is usual of the
    ``window`` readings before it: by median and MAD, which a few of them do not move, else (not
    ``robust``) by mean and standard deviation. No spread is taken for less than ``least``, in the
    channel's unit; 0: a twentieth of the normal band.
    """

    window: int = 60
    threshold: float = 6.0
    robust: bool = True
    least: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One measured quantity.

    ``low``/``high`` are what can possibly be: a value further outside than the ``accuracy`` of the
    usual sensors (in the channel's unit) is set aside, one within it is clipped.
    ``normal`` is the usual band, drawn green on gauges. An ``optional`` channel may be absent
    from a reading and is not shown to the classifier. ``rolling``: what never jumps of a healthy
    machine; None where it does, as the machine is switched, drawn from or told otherwise.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    normal: tuple[float, float]
    decimals: int = 1
    limits: tuple[Limit, ...] = ()
    optional: bool = False
    accuracy: float = 0.0
    hold: Literal["linear", "step"] = "linear"  # between two readings: a line, or the earlier one
    rolling: Rolling | None = None


@dataclass(frozen=True, kw_only=True)
class Counter:
    """What only grows: its increase is known across a gap.

    It starts anew at 0 (a new meter, a new board), or goes round at ``wraps_at``. A step that the
    machine cannot make, faster than ``max_rate`` (its unit a second), is a glitch and no increase.
    """

    name: str
    title: str
    unit: str
    wraps_at: float | None = None
    max_rate: float | None = None
    decimals: int = 0


@dataclass(frozen=True, kw_only=True)
class StateValue:
    """One value of a state, and the time element its time counts as; None: as none."""

    name: str
    time_element: TimeElement | None = None
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class State:
    """One of named values at any time, sent as its name. A bare name has no time element."""

    name: str
    title: str
    values: tuple[StateValue | str, ...]

    @cached_property
    def elements(self) -> dict[str, TimeElement | None]:
        """Its values' names, in order, each with its time element."""
        values = (StateValue(name=v) if isinstance(v, str) else v for v in self.values)
        return {value.name: value.time_element for value in values}


@dataclass(frozen=True, kw_only=True)
class Label:
    """Free text of at most 64 characters to group by: a job, an error code, an operator.

    ``personal``: it names a person, and is told under a pseudonym where the site says so. A word
    of an event that is called as such a label names a person too.
    """

    name: str
    title: str
    personal: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happens at an instant. ``fields`` are numbers, each with its unit; ``words`` texts."""

    name: str
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A channel nobody measures: its ``formula`` is computed with each reading.

    ``judged``: the classifier is shown it as well, as what is wrong may lie between two channels
    and in neither of them.
    """

    name: str
    title: str
    unit: str
    formula: str
    decimals: int = 1
    judged: bool = False


@dataclass(frozen=True, kw_only=True)
class Param:
    """A number of the type that a site or a device may set otherwise, from a date on."""

    name: str
    title: str
    unit: str
    default: float
    source: str = ""
    valid_from: str = ""  # ISO 8601; empty: always

    def unit_in(self, currency: str) -> str:
        """Its unit; money is in what the site pays in, whatever the catalogue says."""
        return self.unit.replace(WRITTEN_IN, currency)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A class the classifier knows. ``code`` and ``label`` are what ``/predict`` answers.

    Its alarm is raised when the class has stood for ``delay_s``: one odd window is no fault, and
    what grows over minutes can wait longer, to be sure. All that time the classifier must be as
    sure as ``alarm_from``: what hardly differs from a healthy machine is told, not alarmed. What
    is certain need stand for ``certain_delay_s`` only, where there is one. ``channels`` are those
    it shows in: an alarm of one of these at the same time is of the same cause, and no second one.
    ``kind`` is what it is across types.
    """

    code: int
    name: str
    label: str
    severity: Severity
    advice: str
    delay_s: float = FAULT_DELAY_S
    alarm_from: float = 0.0
    certain_delay_s: float | None = None
    channels: tuple[str, ...] = ()
    kind: FaultKind = "other"


@dataclass(frozen=True, kw_only=True)
class ThermalModel:
    """What the thermal efficiency index needs: see ``gateway.twin.kpi.thermal_efficiency_index``.

    ``rated_rise_c`` is the temperature rise above ambient of a healthy machine that turns at
    ``rated_rpm`` and then draws ``rated_power_w`` (None: power says nothing about its cooling);
    ``reference_ambient_c`` stands in where ambient is not measured. Cooling grows with speed to
    the ``cooling_exponent``, power to the ``power_exponent``.
    """

    temperature_channel: str
    speed_channel: str
    ambient_channel: str | None
    reference_ambient_c: float
    rated_rpm: float
    rated_rise_c: float
    rated_power_w: float | None = None
    cooling_exponent: float = 0.8
    power_exponent: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Running:
    """The machine counts as running while ``channel`` is above ``above``."""

    channel: str
    above: float


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Where a figure should be, in its own unit; None: no bound on that side."""

    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """A figure of the twin. ``name`` ends in its unit.

    ``formula`` is written over sums and params; ``rule`` names one of gateway.twin.kpi instead.
    """

    name: str
    title: str
    unit: str
    formula: str = ""
    rule: Literal["cooling_rate", "thermal_efficiency_index", "health", ""] = ""
    role: Role | None = None
    decimals: int = 1
    headline: bool = False  # shown on the fleet page
    goal: Goal | None = None
    planned: bool = False  # of planned time alone: where there is no plan, it cannot be told
    by: str = ""  # a label: what it is of each value of that is worth seeing too
    source: str = ""  # of the definition: a standard, a data sheet, a link

    def unit_in(self, currency: str) -> str:
        """Its unit; money is in what the site pays in, whatever the catalogue says."""
        return currency if self.role in MONEY else self.unit


@dataclass(frozen=True, kw_only=True)
class Service:
    """Maintenance, due when ``every`` has grown to 1 since the event ``reset_by``."""

    name: str
    title: str
    every: str  # a formula: ``increase(litres) / 2000``
    reset_by: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class Wear:
    """What wears out, and what shows how far: its trend tells how long is left.

    ``shown_by`` is a formula of a sign of it in ``unit``, and ``sign`` says in words what that is.
    The sign grows, or ``falls``, to where it ``ends_at``: a number or a formula of parameters in
    that unit, or the name of a channel, for the alarm limit that it has there. After the event
    ``reset_by`` (empty: there is none) it is new.
    """

    name: str
    title: str
    sign: str
    shown_by: str  # ``mean(vibration)``
    unit: str
    ends_at: str
    advice: str
    falls: bool = False
    reset_by: str = ""
    decimals: int = 2


@dataclass(frozen=True, kw_only=True)
class Input:
    """What its virtual machine can be told: a set point, a load, how many people use it.

    A number from ``low`` to ``high`` in its ``unit``, or one of ``choices``. ``default`` is what is
    usual. What it is of a machine that runs is told by the ``channel``, the ``setting`` or the
    ``param`` named here; a simulation in which it is told otherwise sets that parameter as well.
    """

    name: str
    title: str
    default: float | str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    decimals: int = 0
    choices: tuple[str, ...] = ()
    channel: str = ""
    setting: str = ""
    param: str = ""


# What tells readings that resemble nothing known: the reach of all that was trained on, or as well
# an autoencoder of healthy machines, which says which sensors do not fit the others.
Detector = Literal["envelope", "autoencoder"]


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One type of machine."""

    name: str
    title: str
    icon: str  # a Material Design Icons name
    channels: tuple[Channel, ...]
    kpis: tuple[Kpi, ...] = ()
    faults: tuple[Fault, ...] = ()
    thermal: ThermalModel | None = None
    running: Running | None = None  # None: while a state is one of producing, where it has such
    nominal_rate_hz: float
    max_gap_s: float = 2.0  # two readings further apart leave a gap that is not integrated over
    stale_after_s: float = 5.0
    window_s: float = 3.0  # what the classifier looks at
    counters: tuple[Counter, ...] = ()
    states: tuple[State, ...] = ()
    labels: tuple[Label, ...] = ()
    events: tuple[Event, ...] = ()
    derived: tuple[Derived, ...] = ()
    params: tuple[Param, ...] = ()
    services: tuple[Service, ...] = ()
    wears: tuple[Wear, ...] = ()
    inputs: tuple[Input, ...] = ()
    detector: Detector = "envelope"
    inactivity: Inactivity | None = None
    stopped: str = ""  # a condition: limits and classifier do not judge a machine that stands
    by_name: dict[str, Channel] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {channel.name: channel for channel in self.channels})

    @cached_property
    def required(self) -> tuple[Channel, ...]:
        """Channels every reading has, in order: the classifier's columns."""
        return tuple(channel for channel in self.channels if not channel.optional)

    @cached_property
    def watched(self) -> tuple[Channel, ...]:
        """Channels of which its normal is learned: those of every reading; of no type all."""
        return self.required or self.channels

    def __hash__(self) -> int:
        """By its name alone: much is looked up by a type, and hashing all of it takes longer."""
        return hash(self.name)

    @cached_property
    def personal(self) -> frozenset[str]:
        """Labels, and words of events, that name a person; in small letters."""
        return frozenset(label.name.casefold() for label in self.labels if label.personal)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What the classifier is sent of each reading, in order: channels, states, counters."""
        words: tuple[Channel | State | Counter, ...] = (
            *self.required,
            *self.states,
            *self.counters,
        )
        return tuple(word.name for word in words)

    def fault(self, name: str) -> Fault:
        """The class called ``name``.

        Raises:
            KeyError: there is none.
        """
        return self._classes_by_name[name]

    def fault_delay_s(self, name: str, *, confidence: float) -> float:
        """How long the class ``name`` must stand; an older model may say one that has gone."""
        if name == UNKNOWN:
            return self.unknown_delay_s
        fault = self._classes_by_name.get(name)
        if fault is None:
            return FAULT_DELAY_S
        certain_s = fault.certain_delay_s if confidence >= CERTAIN else None
        return fault.delay_s if certain_s is None else certain_s

    @cached_property
    def unknown_delay_s(self) -> float:
        """How long nothing known must stand until it is an alarm: far longer than any class."""
        slowest_s = max((fault.delay_s for fault in self.faults), default=0.0)
        return max(UNKNOWN_DELAY_S, UNKNOWN_DELAYS * slowest_s)

    def fault_alarm_from(self, name: str) -> float:
        """How sure the classifier must be of the class ``name`` for an alarm."""
        fault = self._classes_by_name.get(name)
        return 0.0 if fault is None else fault.alarm_from

    @property
    def classes(self) -> tuple[Fault, ...]:
        """Every answer there can be: normal, the faults, unknown."""
        return (NORMAL_CLASS, *self.faults, UNKNOWN_CLASS)

    @cached_property
    def _classes_by_name(self) -> dict[str, Fault]:
        return {fault.name: fault for fault in self.classes}


NORMAL_CLASS = Fault(code=0, name=NORMAL, label="Normal", severity="None", advice="Nothing to do.")
UNKNOWN_CLASS = Fault(
    code=-1,
    name=UNKNOWN,
    label="Unknown",
    severity="Medium",
    advice="These readings resemble nothing the model was trained on. Look at the machine and "
    "its sensors, and label what you find.",
)


@dataclass(frozen=True, kw_only=True)
class Factor:
    """A conversion factor with its date and source; a site may set its own in ``.env``."""

    value: float
    unit: str
    valid_from: str
    source: str


GRID_CO2 = Factor(
    value=0.177,
    unit="kg CO2e/kWh",
    valid_from="2025-06-10",
    source="UK Government GHG conversion factors for company reporting 2025, UK electricity, "
    "generation",
)
ELECTRICITY_PRICE = Factor(
    value=0.2635,
    unit="GBP/kWh",
    valid_from="2025-10-01",
    source="Ofgem price cap, October to December 2025, direct debit, average of regions",
)

# Beyond these a value is a slip: of every currency a kWh costs less, and no grid emits as much.
MOST_PRICE_PER_KWH = 100_000.0
MOST_CO2_PER_KWH = 10.0

# What every device has, whatever its type: the site's tariff, each value of it from a date on.
PRICE_PER_KWH = Param(
    name="price_per_kwh",
    title="Price of electricity",
    unit=ELECTRICITY_PRICE.unit,
    default=ELECTRICITY_PRICE.value,
    source=ELECTRICITY_PRICE.source,
    valid_from=ELECTRICITY_PRICE.valid_from,
)
DOWNTIME_COST = Param(
    name="downtime_cost",
    title="Cost of standing still",
    unit="GBP/h",
    default=0.0,
    source="what an hour costs in which a fault keeps it from running; 0: nobody has said",
)
ROLLING_THRESHOLD = Param(
    name="rolling_threshold",
    title="Readings unlike those just before: from so many times their spread on",
    unit="1",
    default=0.0,
    source="0: as its type says. A large number: never",
)
CO2_PER_KWH = Param(
    name="co2_per_kwh",
    title="CO₂ of electricity",
    unit=GRID_CO2.unit,
    default=GRID_CO2.value,
    source=GRID_CO2.source,
    valid_from=GRID_CO2.valid_from,
)
