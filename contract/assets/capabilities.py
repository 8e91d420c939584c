"""What many machines have, as words: a type's file names it, and says what is its own."""

from dataclasses import replace
from typing import Final, NamedTuple

from contract.assets.words import (
    CO2_PER_KWH,
    PRICE_PER_KWH,
    AlarmSeverity,
    Channel,
    Derived,
    Fault,
    Kpi,
    Limit,
    Param,
    Rolling,
)

# In words of units that formulas can be checked with.
PRICES: Final = (
    replace(PRICE_PER_KWH, title="Tariff"),
    replace(CO2_PER_KWH, unit="kg/kWh"),
)


class Business(NamedTuple):
    """What a machine earns, and what it is worth to use it more."""

    params: tuple[Param, ...]
    kpis: tuple[Kpi, ...]


class Power(NamedTuple):
    """How a machine's power is known, and the figures that follow from it."""

    derived: tuple[Derived, ...]
    params: tuple[Param, ...]
    kpis: tuple[Kpi, ...]


def high(
    at: float, *, back: float, delay_s: float, advice: str, severity: AlarmSeverity = "High"
) -> tuple[Limit, ...]:
    """An alarm above ``at``, which clears when it is ``back`` below."""
    limit = Limit(
        side="high", at=at, hysteresis=back, delay_s=delay_s, severity=severity, advice=advice
    )
    return (limit,)


def low(
    at: float, *, back: float, delay_s: float, advice: str, severity: AlarmSeverity = "High"
) -> tuple[Limit, ...]:
    """An alarm below ``at``, which clears when it is ``back`` above."""
    limit = Limit(
        side="low", at=at, hysteresis=back, delay_s=delay_s, severity=severity, advice=advice
    )
    return (limit,)


def stuck_sensor(
    *, code: int, delay_s: float, alarm_from: float = 0.0, certain_delay_s: float | None = None
) -> Fault:
    """A sensor that repeats one value, whichever it is."""
    return Fault(
        code=code,
        name="stuck_sensor",
        kind="sensor_error",
        label="Stuck Sensor",
        severity="Low",
        advice="A sensor repeats one value: check its plug and cable, then replace it. Do not "
        "trust its readings until then.",
        delay_s=delay_s,
        alarm_from=alarm_from,
        certain_delay_s=certain_delay_s,
    )


# ---------------------------------------------------------------- channels


def temperature(
    *,
    name: str = "temperature",
    title: str = "Temperature",
    normal: tuple[float, float],
    most: float = 150.0,
    limits: tuple[Limit, ...] = (),
    optional: bool = False,
) -> Channel:
    """As a DS18B20 measures it: ±0.5 °C from -10 to 85 °C (Analog Devices, rev. 6).

    What has a temperature has a mass: it never jumps.
    """
    return Channel(
        name=name,
        title=title,
        unit="°C",
        low=-40.0,
        high=most,
        normal=normal,
        accuracy=0.5,
        limits=limits,
        optional=optional,
        rolling=Rolling(),
    )


def ambient() -> Channel:
    """The air around it, where somebody measures that."""
    return temperature(
        name="ambient", title="Ambient", normal=(5.0, 35.0), most=85.0, optional=True
    )


def speed(*, normal: tuple[float, float], most: float, limits: tuple[Limit, ...] = ()) -> Channel:
    """Turns a minute, as pulses of a shaft tell them."""
    return Channel(
        name="rpm",
        title="Speed",
        unit="rpm",
        low=0.0,
        high=most,
        normal=normal,
        decimals=0,
        limits=limits,
    )


def current(
    *,
    normal: tuple[float, float],
    most: float,
    limits: tuple[Limit, ...] = (),
    rolling: Rolling | None = None,
) -> Channel:
    """As an ACS712 of 5 A measures it: ±1.5 % of it at 25 °C (Allegro, rev. 15)."""
    return Channel(
        name="current",
        title="Current",
        unit="A",
        low=0.0,
        high=most,
        normal=normal,
        decimals=2,
        accuracy=0.075,
        limits=limits,
        rolling=rolling,
    )


def vibration_iso20816(
    *,
    name: str = "vibration",
    title: str = "Vibration",
    advice: str,
    rolling: Rolling | None = None,
) -> Channel:
    """ISO 20816-1, small machines (class I): zone C begins at 1.8, zone D at 4.5 mm/s RMS.

    ``rolling``: of a machine that runs evenly.
    """
    return Channel(
        name=name,
        title=title,
        unit="mm/s",
        low=0.0,
        high=100.0,
        normal=(0.0, 2.3),
        decimals=2,
        limits=high(4.5, back=1.0, delay_s=2.0, severity="Medium", advice=advice),
        rolling=rolling,
    )


def pressure(
    *,
    name: str = "pressure",
    title: str = "Pressure",
    normal: tuple[float, float],
    most: float,
    limits: tuple[Limit, ...] = (),
    rolling: Rolling | None = None,
) -> Channel:
    """Above that of the air, as a transmitter of 4-20 mA tells it: ±0.5 % of 10 bar."""
    return Channel(
        name=name,
        title=title,
        unit="bar",
        low=-1.0,
        high=most,
        normal=normal,
        decimals=2,
        accuracy=0.05,
        limits=limits,
        rolling=rolling,
    )


def flow(*, normal: tuple[float, float], most: float, limits: tuple[Limit, ...] = ()) -> Channel:
    """What flows through a pipe all the time, as a magnetic or turbine meter tells it."""
    return Channel(
        name="flow",
        title="Flow",
        unit="L/min",
        low=0.0,
        high=most,
        normal=normal,
        accuracy=1.0,
        limits=limits,
    )


def mains_voltage(volts: float) -> Channel:
    """EN 50160: within 10 % of what is stated, 95 % of a week. PZEM-004T: ±0.5 % (Peacefair)."""
    least, most = round(0.9 * volts, 1), round(1.1 * volts, 1)
    spare = round(0.04 * volts, 1)
    advice = "Have an electrician measure the mains: motors and supplies suffer."
    return Channel(
        name="voltage",
        title="Voltage",
        unit="V",
        low=0.0,
        high=round(1.4 * volts, 1),
        normal=(least, most),
        accuracy=round(0.005 * volts, 1),
        limits=(
            *low(round(least - spare, 1), back=spare, delay_s=10.0, advice=advice),
            *high(round(most + spare, 1), back=spare, delay_s=10.0, advice=advice),
        ),
        rolling=Rolling(),
    )


def inactivity_after(hours: float) -> Param:
    """From when on a machine that nobody uses is an anomaly."""
    return Param(
        name="inactivity_after",
        title="Unused, and an anomaly, after",
        unit="h",
        default=hours,
        source="since it was last used: longer than a weekend, where it stands in an office",
    )


# ---------------------------------------------------------------- power and what follows


def dc_power(volts: float, *, of: str = "current") -> Power:
    """V x I of a DC supply whose voltage is stated, and energy, CO₂ and cost of it."""
    supply = Param(
        name="supply_voltage",
        title="Supply",
        unit="V",
        default=volts,
        source="as stated on it: not measured",
    )
    power = Derived(name="power", title="Power", unit="W", formula=f"supply_voltage * {of}")
    return Power((power,), (supply, *PRICES), _POWER_KPIS)


def ac_power(*, power_factor: float) -> Power:
    """V x I x power factor of what the mains feeds, and energy, CO₂ and cost of it.

    Needs channels ``voltage`` and ``current``, both root mean square. The power factor is stated:
    a machine that measures its power has it as a channel.
    """
    factor = Param(
        name="power_factor",
        title="Power factor",
        unit="1",
        default=power_factor,
        source="cos phi of the motor's plate: not measured, and less at part load",
    )
    power = Derived(
        name="power", title="Power", unit="W", formula="voltage * current * power_factor"
    )
    now, energy, *rest = _POWER_KPIS
    return Power(
        (power,),
        (factor, *PRICES),
        (
            replace(now, source="P = V x I x power factor, which is stated and not measured"),
            replace(energy, name="energy_kwh", unit="kWh", decimals=2),
            *rest,
        ),
    )


_POWER_KPIS: Final = (
    Kpi(
        name="power_w",
        title="Power",
        unit="W",
        formula="latest(power)",
        role="power",
        headline=True,
        source="P = V x I, with the stated voltage of the supply",
    ),
    Kpi(
        name="energy_wh",
        title="Energy",
        unit="Wh",
        formula="integral(power)",
        role="energy",
        headline=True,
        source="the trapezoid of power over measured time",
    ),
    Kpi(
        name="co2_g",
        title="CO₂",
        unit="g",
        formula="integral(power) * co2_per_kwh",
        role="co2",
        source="energy at the grid's factor, in CO₂ equivalent",
    ),
    Kpi(
        name="cost",
        title="Cost",
        unit="GBP",
        formula="integral(power) * price_per_kwh",
        role="cost",
        decimals=4,
        source="energy at the price of a kWh",
    ),
)


def running_hours(condition: str) -> Kpi:
    """How long it ran."""
    return Kpi(
        name="running_h",
        title="Running",
        unit="h",
        formula=f"time({condition})",
        role="running",
        decimals=2,
        source="measured time at whose end it was so",
    )


HEALTH: Final = Kpi(
    name="health_percent",
    title="Health",
    unit="%",
    rule="health",
    role="health",
    decimals=0,
    headline=True,
)

# Of a machine whose state says that it is ``down``.
RELIABILITY: Final = (
    Kpi(
        name="failures",
        title="Failures",
        unit="1",
        formula="entries(state.element == down)",
        decimals=0,
        source="how often it went out of order in the interval: choose weeks",
    ),
    Kpi(
        name="mtbf_h",
        title="MTBF",
        unit="h",
        formula="time(state.element != down) / entries(state.element == down)",
        role="reliability",
        source="mean operating time between failures: operational time over failures. Without "
        "a failure there is none, and the time over 3.0 is its bound at 95 % (Garwood)",
    ),
    Kpi(
        name="mttr_min",
        title="MTTR",
        unit="min",
        formula="time(state.element == down) / entries(state.element == down)",
        role="maintainability",
        source="mean time to repair: time out of order over failures, repair alone",
    ),
)


# ---------------------------------------------------------------- what it earns


def business(*, price: Param, earned: str, of: str, runs: str, headline: bool = False) -> Business:
    """How much it is used, its revenue, and when a system that lets it be used more has paid.

    All is of one machine: of several together it is the mean of one.

    Args:
        price: what ``earned`` is reckoned with.
        earned: a formula of money.
        of: what that is, for its definition.
        runs: when it runs, a condition.
        headline: whether its utilisation is shown on the fleet page.
    """
    more = "(target_utilisation - utilisation_percent) * hours_a_month"
    used = Kpi(
        name="utilisation_percent",
        title="Utilisation",
        unit="%",
        formula=f"time({runs}) / duration()",
        role="utilisation",
        headline=headline,
        source="the share of measured time in which it ran",
    )
    revenue = Kpi(
        name="revenue",
        title="Revenue",
        unit="GBP",
        formula=earned,
        role="revenue",
        decimals=2,
        source=of,
    )
    projected = Kpi(
        name="projected_revenue",
        title="Revenue a machine and month",
        unit="GBP",
        formula="revenue / duration() * hours_a_month",
        role="projection",
        decimals=0,
        source="projected: a month of one machine at the revenue an hour of the time that was "
        "measured. No forecast: what is to come may be otherwise",
    )
    gain = Kpi(
        name="gain_a_month",
        title="Gain a machine and month",
        unit="GBP",
        formula=f"{more} * margin * revenue / time({runs})",
        role="gain",
        decimals=0,
        source="the hours that lack to the target, at the revenue of an hour of running and the "
        "share of it that is kept. Below 0: it is above its target",
    )
    payback = Kpi(
        name="payback_months",
        title="Months until it has paid",
        unit="1",
        formula="system_cost / max(gain_a_month - system_upkeep, 0 * system_upkeep)",
        role="payback",
        source="cost of the system over the gain a month less its upkeep. A gain that is no more "
        "than the upkeep never pays, and there is no such number",
    )
    return Business((price, *_ASSUMPTIONS), (used, revenue, projected, gain, payback))


_EXAMPLE: Final = "an example: set it to what is so here"
_ASSUMPTIONS: Final = (
    Param(
        name="target_utilisation",
        title="Utilisation to reach",
        unit="%",
        default=75.0,
        source=_EXAMPLE,
    ),
    Param(
        name="hours_a_month",
        title="Hours a month",
        unit="h",
        default=730.5,
        source="8,766 h a year over 12: fewer where it is switched off overnight",
    ),
    Param(
        name="margin",
        title="Share of the revenue that is kept",
        unit="%",
        default=40.0,
        source=f"{_EXAMPLE}: what is left when materials and people are paid",
    ),
    Param(
        name="system_cost",
        title="Cost of the system",
        unit="GBP",
        default=2500.0,
        source=f"{_EXAMPLE}: sensors, boards and hours to set it up, of this machine",
    ),
    Param(
        name="system_upkeep",
        title="Upkeep of the system a month",
        unit="GBP",
        default=40.0,
        source=f"{_EXAMPLE}: of this machine",
    ),
)
