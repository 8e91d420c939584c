"""The water dispenser: hot and cold water for a floor of people, and what that costs."""

from contract.assets.capabilities import stuck_sensor
from contract.assets.dispenser_figures import KPIS, PARAMS, WEARS
from contract.assets.words import (
    Asset,
    Channel,
    Counter,
    Derived,
    Event,
    Fault,
    Inactivity,
    Input,
    Limit,
    Rolling,
    Running,
    Service,
    State,
    StateValue,
)

ASSET = Asset(
    name="dispenser",
    title="Water dispenser",
    icon="mdi-cup-water",
    nominal_rate_hz=1.0,
    max_gap_s=3.0,
    stale_after_s=10.0,
    # Long enough that the heater has heated in it though nobody drew water.
    window_s=600.0,
    channels=(
        Channel(
            name="flow",
            title="Flow",
            unit="L/min",
            low=0.0,
            high=10.0,
            normal=(0.0, 2.3),
            decimals=2,
            accuracy=0.1,
            # What is counted in pulses is the mean since the reading before, and the valve is
            # open or shut: a line between two readings would pour what nobody got.
            hold="step",
        ),
        Channel(
            name="tank_level",
            title="Reservoir",
            unit="%",
            low=0.0,
            high=100.0,
            normal=(20.0, 100.0),
            accuracy=2.0,
            limits=(
                Limit(
                    side="low",
                    at=10.0,
                    hysteresis=5.0,
                    delay_s=10.0,
                    severity="High",
                    kind="low_level",
                    advice="Open the tap of the supply and check its filter: no water comes in.",
                ),
            ),
        ),
        Channel(
            name="hot_temperature",
            title="Hot water",
            unit="°C",
            low=0.0,
            high=110.0,
            normal=(65.0, 97.0),
            accuracy=0.5,  # DS18B20, -10 to 85 °C (Analog Devices, rev. 6)
            rolling=Rolling(),
            limits=(
                Limit(
                    side="high",
                    at=99.0,
                    hysteresis=2.0,
                    delay_s=5.0,
                    severity="Critical",
                    advice="Switch off: the hot tank boils. Check its thermostat first.",
                ),
            ),
        ),
        Channel(
            name="cold_temperature",
            title="Cold water",
            unit="°C",
            low=-5.0,
            high=60.0,
            normal=(2.0, 14.0),
            accuracy=0.5,
            rolling=Rolling(),
            limits=(
                Limit(
                    side="high",
                    at=20.0,
                    hysteresis=4.0,
                    delay_s=600.0,
                    severity="Medium",
                    advice="Clean the condenser and leave it air; if it stays warm, check the "
                    "compressor. Above 20 °C germs multiply: do not let it stand.",
                ),
            ),
        ),
        Channel(
            name="power",
            title="Power",
            unit="W",
            low=0.0,
            high=4000.0,
            normal=(0.0, 2400.0),
            decimals=0,
            accuracy=20.0,  # PZEM-004T: 0.5 % of 0 to 22 kW (Peacefair)
            limits=(
                Limit(
                    side="high",
                    at=2800.0,
                    hysteresis=300.0,
                    delay_s=5.0,
                    severity="High",
                    advice="Switch off and have the heater measured: it draws more than it can.",
                ),
            ),
        ),
        Channel(
            name="hot_set_point",
            title="Set point, hot",
            unit="°C",
            low=0.0,
            high=100.0,
            normal=(60.0, 96.0),
            decimals=0,
            hold="step",
        ),
    ),
    derived=(
        Derived(
            name="hot_error",
            title="Hot water off its set point",
            unit="K",
            formula="hot_temperature - hot_set_point",
            judged=True,
        ),
    ),
    states=(
        State(
            name="state",
            title="State",
            values=(
                StateValue(name="idle", time_element="standby", title="Idle"),
                StateValue(name="selecting", time_element="setup", title="Selecting"),
                StateValue(name="dispensing", time_element="producing", title="Dispensing"),
                StateValue(name="error", time_element="down", title="Out of order"),
            ),
        ),
    ),
    counters=(
        Counter(name="litres", title="Dispensed", unit="L", max_rate=0.2, decimals=2),
        Counter(
            name="energy",
            title="Energy meter",
            unit="kWh",
            wraps_at=1000.0,
            max_rate=0.0015,  # 5.4 kW
            decimals=3,
        ),
    ),
    events=(
        Event(
            name="service",
            title="Service",
            fields=(("wait", "s"), ("volume", "L"), ("temperature", "°C"), ("right", "1")),
            words=("drink",),
        ),
        Event(name="descaled", title="Descaled"),
        Event(name="condenser_cleaned", title="Condenser cleaned"),
    ),
    params=PARAMS,
    inactivity=Inactivity(
        event="service",
        after="inactivity_after",
        advice="Look whether it is in order, and whether anybody needs it here: it heats all "
        "the time.",
    ),
    kpis=KPIS,
    services=(
        Service(
            name="descaling",
            title="Descaling",
            every="increase(litres) / descaling_interval",
            reset_by="descaled",
            advice="Run the descaling programme, rinse twice, and enter that it was done.",
        ),
    ),
    wears=WEARS,
    faults=(
        Fault(
            code=1,
            name="leak",
            kind="leakage",
            channels=("tank_level",),
            label="Leak",
            severity="High",
            advice="Shut the tap of the supply and look under the machine: hoses, float valve, "
            "drip tray. The level falls though nobody draws water.",
            delay_s=60.0,
        ),
        Fault(
            code=2,
            name="heater_failure",
            kind="breakdown",
            channels=("hot_temperature", "power"),
            label="Heater Failure",
            severity="High",
            advice="Unplug it, let it cool, then measure the heating element and its thermal "
            "cut-out: the water cools and the heater draws nothing.",
            delay_s=60.0,
        ),
        Fault(
            code=3,
            name="limescale",
            kind="blockage",
            channels=("flow", "hot_temperature", "power"),
            label="Limescale",
            severity="Medium",
            advice="Descale it: flow and heating power are below what they were. Harder water "
            "needs it more often.",
            delay_s=120.0,
        ),
        stuck_sensor(
            code=4,
            delay_s=40.0,
        ),
        Fault(
            code=5,
            name="empty_tank",
            kind="shortage",
            channels=("tank_level", "flow"),
            label="Empty Tank",
            severity="High",
            advice="Open the tap of the supply and check filter and float valve: the reservoir is "
            "not filled any more.",
            delay_s=10.0,
        ),
        Fault(
            code=6,
            name="overuse",
            kind="overuse",
            channels=("hot_temperature", "cold_temperature"),
            label="Overuse",
            severity="Low",
            advice="More people use it than it is made for: add a second one, or expect waiting "
            "and lukewarm water. Nothing is broken.",
            delay_s=300.0,
        ),
    ),
    inputs=(
        Input(
            name="users",
            title="Users",
            unit="1",
            low=0.0,
            high=500.0,
            default=12.0,
            param="users",
        ),
        Input(
            name="flow_rate",
            title="Flow rate",
            unit="L/min",
            low=0.5,
            high=4.0,
            default=2.0,
            decimals=1,
        ),
        Input(
            name="temp_setpoint",
            title="Set point, hot",
            unit="°C",
            low=70.0,
            high=95.0,
            default=85.0,
            channel="hot_set_point",
            setting="set_point",
        ),
        Input(
            name="heater_regime",
            title="Heater",
            choices=("always", "eco", "schedule"),
            default="always",
        ),
    ),
    thermal=None,
    running=Running(channel="power", above=1.0),
)
