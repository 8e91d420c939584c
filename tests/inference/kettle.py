"""A type of every kind: channels, what is derived, a state, a counter; and a long window."""

from contract.assets.words import (
    Asset,
    Channel,
    Counter,
    Derived,
    Fault,
    Running,
    State,
    StateValue,
)

KETTLE = Asset(
    name="kettle",
    title="Kettle",
    icon="mdi-kettle",
    nominal_rate_hz=1.0,
    window_s=60.0,
    channels=(
        Channel(name="heat", title="Heat", unit="°C", low=0, high=110, normal=(20, 100)),
        Channel(name="aim", title="Aim", unit="°C", low=0, high=100, normal=(60, 96), hold="step"),
    ),
    derived=(
        Derived(name="off", title="Off its aim", unit="K", formula="heat - aim", judged=True),
        Derived(name="twice", title="Twice", unit="K", formula="(heat - aim) * 2"),
    ),
    states=(
        State(
            name="state",
            title="State",
            values=(StateValue(name="idle", title="Idle"), "pouring"),
        ),
    ),
    counters=(Counter(name="litres", title="Poured", unit="L", wraps_at=100.0, max_rate=1.0),),
    kpis=(),
    faults=(Fault(code=1, name="cold", label="Cold", severity="Low", advice="Heat it."),),
    thermal=None,
    running=Running(channel="heat", above=0.0),
)
