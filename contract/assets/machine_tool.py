"""The machine tool: a milling machine, its parts, its tools, and what a good part takes."""

from contract.assets.capabilities import high, stuck_sensor, temperature, vibration_iso20816
from contract.assets.machine_tool_figures import KPIS, PARAMS
from contract.assets.words import (
    Asset,
    Channel,
    Counter,
    Derived,
    Event,
    Fault,
    Inactivity,
    Input,
    Running,
    Service,
    State,
    StateValue,
    Wear,
)

ASSET = Asset(
    name="machine_tool",
    title="Machine tool",
    icon="mdi-saw-blade",
    nominal_rate_hz=1.0,
    max_gap_s=3.0,
    stale_after_s=10.0,
    # Longer than a part takes: what roughing, finishing and loading take is all in it.
    window_s=60.0,
    channels=(
        temperature(
            normal=(15.0, 55.0),
            limits=high(
                70.0,
                back=5.0,
                delay_s=10.0,
                advice="Stop the spindle and let it cool; check coolant, bearing and load.",
            ),
        ),
        vibration_iso20816(
            advice="Stop at the end of the part: check tool, clamping, balance and bearing."
        ),
        Channel(
            name="rpm",
            title="Spindle speed",
            unit="rpm",
            low=0.0,
            high=12000.0,
            normal=(0.0, 5000.0),
            decimals=0,
            accuracy=5.0,
        ),
        Channel(
            name="torque",
            title="Torque",
            unit="N m",
            low=-20.0,
            high=150.0,
            normal=(-2.0, 45.0),
            decimals=2,
            accuracy=0.5,
            limits=high(
                60.0,
                back=10.0,
                delay_s=3.0,
                advice="Stop: the spindle is overloaded. Check feed, depth of cut and tool.",
            ),
        ),
        Channel(
            name="power",
            title="Power",
            unit="W",
            low=0.0,
            high=60000.0,
            normal=(0.0, 16000.0),
            decimals=0,
            accuracy=100.0,
            limits=high(
                20000.0,
                back=2000.0,
                delay_s=5.0,
                advice="Stop: it draws more than it should. Check load, drives and hydraulics.",
            ),
        ),
        Channel(
            name="tool_wear",
            title="Tool wear",
            unit="µm",
            low=0.0,
            high=1000.0,
            normal=(0.0, 300.0),  # ISO 3685 and 8688: 0.3 mm of flank wear is the end of a tool
            decimals=1,
            accuracy=5.0,
            hold="step",  # the tool setter looks at it after each part
            limits=high(
                330.0,
                back=30.0,
                delay_s=60.0,
                severity="Medium",
                advice="Change the tool: its flank is worn by more than 0.3 mm.",
            ),
        ),
    ),
    derived=(
        Derived(
            name="shaft_power",
            title="Power of the spindle",
            unit="W",
            formula="6.283185307 * torque * rpm",
            decimals=0,
        ),
        # What control, pump, hydraulics and losses take: where it is far off, either torque,
        # speed or power is not what it says.
        Derived(
            name="other_power",
            title="Power beside the spindle",
            unit="W",
            formula="power - 6.283185307 * torque * rpm / efficiency",
            decimals=0,
            judged=True,
        ),
    ),
    states=(
        State(
            name="state",
            title="State",
            values=(
                StateValue(name="running", time_element="producing", title="Running"),
                StateValue(name="waiting", time_element="standby", title="Waiting"),
                StateValue(name="setup", time_element="setup", title="Set-up"),
                StateValue(name="down", time_element="down", title="Out of order"),
                StateValue(name="maintenance", time_element="planned_down", title="Maintenance"),
                StateValue(name="off", time_element="standby", title="Switched off"),
            ),
        ),
    ),
    counters=(
        Counter(name="worn", title="Wear of all tools", unit="µm", max_rate=5.0, decimals=1),
    ),
    events=(
        Event(name="part", title="Part", fields=(("good", "1"), ("cycle_time", "s"))),
        Event(name="tool_change", title="Tool changed", fields=(("wear", "µm"),)),
        Event(name="spindle_overhauled", title="Spindle overhauled"),
    ),
    params=PARAMS,
    inactivity=Inactivity(
        event="part",
        after="inactivity_after",
        advice="Look whether it lacks material, a programme or people; if nobody needs it, "
        "switch it off.",
    ),
    kpis=KPIS,
    services=(
        Service(
            name="tool",
            title="Tool change",
            every="increase(worn) / wear_limit",
            reset_by="tool_change",
            advice="Change the tool before the next part, and enter that it was done.",
        ),
    ),
    wears=(
        Wear(
            name="tool_edge",
            title="Edge of the tool",
            sign="flank wear",
            shown_by="mean(tool_wear)",
            unit="µm",
            ends_at="wear_limit",
            reset_by="tool_change",
            decimals=0,
            advice="Have the next tool ready.",
        ),
        Wear(
            name="spindle",
            title="Bearing of the spindle",
            sign="vibration while it makes parts",
            shown_by="mean(vibration) * duration() / time(state.element == producing)",
            unit="mm/s",
            ends_at="vibration",
            reset_by="spindle_overhauled",
            advice="Have the spindle measured, and order bearings.",
        ),
    ),
    inputs=(
        Input(
            name="set_point",
            title="Spindle speed, rated",
            unit="rpm",
            low=2400.0,
            high=3600.0,
            default=3000.0,
            setting="set_point",
        ),
        Input(name="ambient", title="Ambient", unit="°C", low=10.0, high=35.0, default=22.0),
    ),
    faults=(
        Fault(
            code=1,
            name="tool_wear",
            kind="wear",
            channels=("tool_wear", "torque", "power", "vibration"),
            label="Tool Wear",
            severity="Medium",
            advice="Change the tool and look at its edge: it takes more torque than one of its "
            "age should. If new ones go as fast, lower speed or feed.",
            delay_s=20.0,
            alarm_from=0.6,
        ),
        Fault(
            code=2,
            name="bearing",
            kind="wear",
            channels=("vibration", "temperature"),
            label="Bearing Damage",
            severity="High",
            advice="Finish the part and stop: the spindle's bearing is hot and gives impacts. "
            "Have it measured, and order a spindle or bearings.",
            delay_s=20.0,
            alarm_from=0.6,
        ),
        Fault(
            code=3,
            name="imbalance",
            kind="wear",
            channels=("vibration",),
            label="Spindle Imbalance",
            severity="Medium",
            advice="Clean taper and tool holder, clamp the tool anew, and have the holder "
            "balanced: it vibrates with the square of its speed.",
            delay_s=20.0,
            alarm_from=0.6,
        ),
        Fault(
            code=4,
            name="coolant_loss",
            kind="shortage",
            channels=("temperature", "power", "tool_wear"),
            label="Coolant Loss",
            severity="High",
            advice="Stop, fill up the coolant, and check pump, filter and hoses: it gets warm, and "
            "its pump draws less than it should.",
            delay_s=20.0,
            alarm_from=0.5,
        ),
        Fault(
            code=5,
            name="correlation_break",
            kind="sensor_error",
            channels=("torque", "rpm", "power"),
            label="Correlation Break",
            severity="Medium",
            advice="Torque, speed and power are each usual, and cannot be so together: check how "
            "their sensors are wired and scaled, then coupling and belt.",
            delay_s=20.0,
            alarm_from=0.6,
        ),
        stuck_sensor(
            code=6,
            delay_s=40.0,
            alarm_from=0.5,
            certain_delay_s=5.0,  # one that never repeated itself before cannot by chance
        ),
    ),
    running=Running(channel="rpm", above=50.0),
    stopped="state in (maintenance, off)",
)
