"""The water pump: a centrifugal pump with its motor, a filter before it and a system behind it.

Its channels are those of the test bed of the Skoltech Anomaly Benchmark (two accelerometers,
current, pressure, temperature of the motor, thermocouple in the water, voltage, flow), and the
pressure before the pump, without which neither head nor cavitation can be told. That bed tells
acceleration in g; here it is velocity, as ISO 20816 judges it and the boards' drivers measure it.
"""

from contract.assets.capabilities import (
    current,
    flow,
    high,
    low,
    mains_voltage,
    pressure,
    stuck_sensor,
    temperature,
    vibration_iso20816,
)
from contract.assets.pump_figures import KPIS, PARAMS, POWER, RUNS, YIELD
from contract.assets.words import Asset, Event, Fault, Input, Rolling, Running, Service, Wear

ASSET = Asset(
    name="pump",
    title="Water pump",
    icon="mdi-pump",
    nominal_rate_hz=1.0,
    max_gap_s=3.0,
    stale_after_s=10.0,
    window_s=10.0,
    detector="autoencoder",
    channels=(
        vibration_iso20816(
            name="vibration_motor",
            title="Vibration, motor",
            advice="Check the motor's bearings, its feet and the coupling.",
            rolling=Rolling(),
        ),
        vibration_iso20816(
            name="vibration_pump",
            title="Vibration, pump",
            advice="Listen for gravel-like noise (cavitation), then check bearings and impeller.",
            rolling=Rolling(),
        ),
        current(
            normal=(0.8, 4.8),
            most=20.0,
            limits=high(
                5.4,
                back=0.4,
                delay_s=5.0,
                advice="Switch off and turn the shaft by hand: bearing, impeller or seal drags.",
            ),
        ),
        pressure(
            normal=(0.8, 3.2),
            most=16.0,
            limits=low(
                0.5,
                back=0.2,
                delay_s=5.0,
                advice="The pump builds no pressure: check that there is water before it.",
            ),
        ),
        temperature(
            name="motor_temperature",
            title="Motor",
            normal=(15.0, 90.0),
            limits=high(
                105.0,
                back=10.0,
                delay_s=10.0,
                advice="Switch off and let it cool: check fan, load and bearings of the motor.",
            ),
        ),
        temperature(
            name="water_temperature",
            title="Water",
            normal=(5.0, 45.0),
            most=120.0,
            limits=high(
                60.0,
                back=10.0,
                delay_s=10.0,
                advice="Stop the pump: water that does not move is heated in it.",
            ),
        ),
        mains_voltage(230.0),
        flow(
            normal=(40.0, 130.0),
            most=250.0,
            limits=low(
                20.0,
                back=10.0,
                delay_s=5.0,
                advice="Hardly any water moves: check valves, filter and the supply.",
            ),
        ),
        pressure(
            name="inlet_pressure",
            title="Pressure before it",
            normal=(0.0, 1.2),
            most=6.0,
            limits=low(
                -0.4,
                back=0.2,
                delay_s=10.0,
                advice="Open the suction valve and clean the filter: the pump pulls a vacuum.",
            ),
            rolling=Rolling(),
        ),
    ),
    derived=(*POWER.derived, YIELD),
    params=PARAMS,
    kpis=KPIS,
    inputs=(
        Input(
            name="set_point",
            title="Drive",
            unit="Hz",
            low=35.0,
            high=50.0,
            decimals=1,
            default=50.0,
            setting="set_point",
        ),
        Input(name="ambient", title="Ambient", unit="°C", low=0.0, high=45.0, default=22.0),
    ),
    events=(Event(name="planned_repair", title="Planned repair"),),
    services=(
        Service(
            name="inspection",
            title="Inspection",
            every=f"time({RUNS}) / inspection_interval",
            reset_by="planned_repair",
            advice="Check bearings, seal, filter and coupling, and enter that it was done.",
        ),
    ),
    wears=(
        Wear(
            name="motor_bearing",
            title="Bearing of the motor",
            sign="vibration of the motor while it runs",
            shown_by=f"mean(vibration_motor) * duration() / time({RUNS})",
            unit="mm/s",
            ends_at="vibration_motor",
            reset_by="planned_repair",
            advice="Order the bearing and plan its change.",
        ),
        Wear(
            name="impeller",
            title="Impeller and bearing of the pump",
            sign="vibration of the pump while it runs",
            shown_by=f"mean(vibration_pump) * duration() / time({RUNS})",
            unit="mm/s",
            ends_at="vibration_pump",
            reset_by="planned_repair",
            advice="Look at impeller and bearing at the next inspection.",
        ),
        Wear(
            name="filter",
            title="Filter",
            sign="pressure before the pump, of times in which it ran throughout",
            # Divided by nothing where it stood: what comes then is the pressure of the supply.
            shown_by=f"mean(inlet_pressure) / where(time({RUNS}) > 0.9 * duration(), 1, 0)",
            unit="bar",
            ends_at="inlet_pressure",
            falls=True,
            reset_by="planned_repair",
            advice="Clean or change the filter before the pump.",
        ),
    ),
    faults=(
        Fault(
            code=1,
            name="cavitation",
            channels=("vibration_pump", "inlet_pressure", "flow", "pressure", "current"),
            label="Cavitation",
            severity="High",
            advice="Give it more pressure before the pump: open the suction valve, raise the level "
            "of the tank, cool the water, or run it slower. Bubbles eat the impeller.",
            delay_s=5.0,
        ),
        Fault(
            code=2,
            name="bearing",
            kind="wear",
            channels=("vibration_motor", "motor_temperature", "current"),
            label="Bearing Wear",
            severity="High",
            advice="Order the bearing and plan its change: the motor shakes and warms more than it "
            "did. Grease it meanwhile if it can be greased.",
            delay_s=15.0,
        ),
        Fault(
            code=3,
            name="seal_leak",
            kind="leakage",
            channels=("flow", "pressure", "current"),
            label="Seal Leak",
            severity="High",
            advice="Look under the pump: water is lost between pump and flow meter. Change the "
            "shaft seal, and keep water from the motor.",
            delay_s=20.0,
        ),
        Fault(
            code=4,
            name="clogged_filter",
            kind="blockage",
            channels=("inlet_pressure", "flow", "pressure"),
            label="Clogged Filter",
            severity="Medium",
            advice="Clean or change the filter before the pump: pressure before it and flow fall.",
            delay_s=20.0,
        ),
        Fault(
            code=5,
            name="dry_run",
            kind="shortage",
            channels=(
                *("flow", "pressure", "inlet_pressure", "current", "vibration_pump"),
                "water_temperature",
            ),
            label="Dry Run",
            severity="Critical",
            advice="Switch off at once: it turns without water, which ruins the seal in minutes. "
            "Open the supply and vent the pump.",
            delay_s=3.0,
        ),
        stuck_sensor(
            code=6,
            delay_s=40.0,
            # A thermometer of coarse steps on an evenly warm motor stays for minutes as well.
            alarm_from=0.78,
            certain_delay_s=1.0,  # one that never repeated itself before cannot
        ),
    ),
    running=Running(channel="current", above=0.5),
    stopped="flow < 2 and current < 0.2",
)
