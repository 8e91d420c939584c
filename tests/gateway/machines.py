"""A machine with every kind of word: a coffee maker. Of the tests' own; a fixture registers it."""

from typing import Any

from contract.assets.capabilities import dc_power
from contract.assets.words import (
    Asset,
    Channel,
    Counter,
    Event,
    Fault,
    Label,
    Running,
    State,
    StateValue,
)

POWER = dc_power(24.0, of="draw")

BREWER = Asset(
    name="brewer",
    title="Coffee maker",
    icon="mdi-coffee",
    channels=(
        Channel(name="boiler", title="Boiler", unit="°C", low=0, high=130, normal=(85, 96)),
        Channel(name="draw", title="Current", unit="A", low=0, high=20, normal=(0, 8), hold="step"),
        Channel(
            name="room", title="Room", unit="°C", low=-20, high=60, normal=(5, 35), optional=True
        ),
    ),
    counters=(
        Counter(name="cups", title="Cups", unit="1"),
        Counter(name="pulses", title="Pulses", unit="1", wraps_at=65536),
    ),
    states=(
        State(
            name="mode",
            title="Mode",
            values=(
                StateValue(name="idle", time_element="standby"),
                StateValue(name="brewing", time_element="producing"),
                "error",
            ),
        ),
    ),
    labels=(Label(name="operator", title="Operator", personal=True),),
    events=(
        Event(
            name="service",
            title="Service",
            fields=(("volume", "L"), ("wait", "s")),
            words=("user",),
        ),
        Event(name="refill", title="Refill"),
    ),
    derived=POWER.derived,
    params=POWER.params,
    kpis=tuple(entry for entry in POWER.kpis if entry.role == "energy"),
    faults=(Fault(code=1, name="scale", label="Scale", severity="Low", advice="Descale it."),),
    thermal=None,
    running=Running(channel="draw", above=0.5),
    nominal_rate_hz=1.0,
)

IDLE: dict[str, Any] = {
    "boiler": 91.5,
    "draw": 0.1,
    "cups": 1200.0,
    "pulses": 512.0,
    "mode": "idle",
    "operator": "u7",
}
