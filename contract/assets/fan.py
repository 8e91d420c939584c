"""The cooling fan: a 12 V DC fan on a cabinet or a machine, with its controller."""

from contract.assets.capabilities import (
    HEALTH,
    ambient,
    current,
    dc_power,
    high,
    low,
    running_hours,
    speed,
    stuck_sensor,
    temperature,
    vibration_iso20816,
)
from contract.assets.words import (
    Asset,
    Event,
    Fault,
    Input,
    Kpi,
    Rolling,
    Running,
    ThermalModel,
    Wear,
)

POWER = dc_power(12.0)

ASSET = Asset(
    name="fan",
    title="Cooling fan",
    icon="mdi-fan",
    nominal_rate_hz=5.0,
    channels=(
        temperature(
            normal=(20.0, 55.0),
            limits=high(
                70.0,
                back=5.0,
                delay_s=3.0,
                advice="Reduce the load and check that the air path and filter are free.",
            ),
        ),
        speed(
            normal=(800.0, 1600.0),
            most=6000.0,
            limits=low(
                300.0,
                back=100.0,
                delay_s=5.0,
                advice="The fan hardly turns: check supply, connector and rotor.",
            ),
        ),
        current(
            normal=(0.5, 1.6),
            most=20.0,
            limits=high(
                2.2,
                back=0.3,
                delay_s=2.0,
                advice="Switch off and check the rotor for drag and the windings for shorts.",
            ),
            rolling=Rolling(least=0.15),  # another set point is within six of these
        ),
        vibration_iso20816(
            advice="Clean the blades, check balance, mounting screws and bearings.",
            rolling=Rolling(),
        ),
        ambient(),
    ),
    derived=POWER.derived,
    params=POWER.params,
    kpis=(
        *POWER.kpis,
        Kpi(
            name="cooling_rate_c_per_min",
            title="Cooling rate",
            unit="°C/min",
            rule="cooling_rate",
            decimals=2,
        ),
        Kpi(
            name="thermal_efficiency_index",
            title="Thermal efficiency index",
            unit="1",
            rule="thermal_efficiency_index",
            role="efficiency",
            decimals=2,
        ),
        running_hours("rpm > 200"),
        HEALTH,
    ),
    events=(Event(name="bearing_changed", title="Bearing changed"),),
    wears=(
        Wear(
            name="bearing",
            title="Bearing",
            sign="vibration while it turns",
            shown_by="mean(vibration) * duration() / time(rpm > 200)",
            unit="mm/s",
            ends_at="vibration",
            reset_by="bearing_changed",
            advice="Clean the blades; if it still grows, order a fan or a bearing.",
        ),
    ),
    faults=(
        Fault(
            code=1,
            name="overcurrent",
            kind="overload",
            channels=("current", "rpm", "temperature"),
            label="Overcurrent Fault",
            severity="High",
            advice="Switch the fan off, turn the rotor by hand: if it drags, clean or replace the "
            "bearing; if it turns freely, measure the windings and the controller.",
        ),
        Fault(
            code=2,
            name="thermal_drift",
            kind="overheating",
            channels=("temperature",),
            label="Thermal Drift",
            severity="Medium",
            advice="Clean filter and heat sink, check that nothing blocks the air; if the "
            "temperature still creeps up at full speed, the fan is too small for the load.",
            delay_s=15.0,  # a new set point can look like it for some seconds, even surely
            alarm_from=0.85,  # and a slow fan in a warm room for minutes, though never surely
        ),
        Fault(
            code=3,
            name="vibration_spikes",
            kind="wear",
            channels=("vibration",),
            label="Vibration Spikes",
            severity="Medium",
            advice="Clean the blades and tighten the mounting; if the spikes stay, the bearing is "
            "wearing: order one and plan the change.",
            alarm_from=0.7,  # a fast fan with worn bearings can look like it, though never surely
        ),
        stuck_sensor(
            code=4,
            delay_s=40.0,  # a sensor of coarse steps on a calm machine can look like it for long
            alarm_from=0.6,
            certain_delay_s=1.0,  # one that never repeated itself before cannot
        ),
    ),
    inputs=(
        Input(
            name="set_point",
            title="Set point",
            unit="rpm",
            low=600.0,
            high=1600.0,
            default=1200.0,
            setting="set_point",
        ),
        Input(name="load", title="Heat load", unit="%", low=10.0, high=150.0, default=100.0),
        Input(
            name="ambient",
            title="Ambient",
            unit="°C",
            low=0.0,
            high=50.0,
            default=22.0,
            decimals=1,
            channel="ambient",
        ),
    ),
    thermal=ThermalModel(
        temperature_channel="temperature",
        speed_channel="rpm",
        ambient_channel="ambient",
        reference_ambient_c=22.0,
        rated_rpm=1200.0,
        rated_rise_c=18.0,
        rated_power_w=12.4,  # 12 V x 1.03 A
    ),
    running=Running(channel="rpm", above=200.0),
    # A rotor that is stuck draws power. 0.1 A is what an ACS712 may read of nothing.
    stopped="rpm < 50 and current < 0.1",
)
