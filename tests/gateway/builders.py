"""A small machine of the tests' own, so that no test of the twin depends on a catalogue entry."""

from typing import Any

from contract.assets.capabilities import HEALTH, dc_power, running_hours
from contract.assets.words import (
    Asset,
    Channel,
    Fault,
    Kpi,
    Limit,
    Running,
    ThermalModel,
)
from contract.messages import Diagnosis, Reading, State
from contract.messages import Kpi as KpiMessage
from gateway.twin.kpi import Factors
from gateway.twin.twin import Twin

T0 = 1_763_629_200_000  # a full minute
FACTORS = Factors(co2_kg_per_kwh=0.2, price_per_kwh=0.3, currency="EUR")

POWER = dc_power(24.0, of="amps")

# The optional channel stands first on purpose: columns are in the order of required channels.
DRILL = Asset(
    name="drill",
    title="Drill",
    icon="mdi-drill",
    nominal_rate_hz=5.0,
    channels=(
        Channel(
            name="ambient",
            title="Ambient",
            unit="°C",
            low=-40.0,
            high=85.0,
            normal=(5.0, 35.0),
            optional=True,
        ),
        Channel(
            name="heat",
            title="Temperature",
            unit="°C",
            low=-40.0,
            high=150.0,
            normal=(20.0, 50.0),
            limits=(
                Limit(
                    side="high",
                    at=70.0,
                    hysteresis=5.0,
                    delay_s=2.0,
                    severity="High",
                    advice="Let it cool.",
                ),
            ),
        ),
        Channel(
            name="turns",
            title="Speed",
            unit="rpm",
            low=0.0,
            high=6000.0,
            normal=(800.0, 1600.0),
            decimals=0,
            limits=(
                Limit(
                    side="low",
                    at=300.0,
                    hysteresis=100.0,
                    delay_s=0.0,
                    severity="Low",
                    advice="Check the chuck.",
                ),
            ),
        ),
        Channel(name="amps", title="Current", unit="A", low=0.0, high=20.0, normal=(0.5, 1.5)),
    ),
    derived=POWER.derived,
    params=POWER.params,
    kpis=(
        *POWER.kpis,
        Kpi(name="cooling", title="Cooling rate", unit="°C/min", rule="cooling_rate"),
        Kpi(name="index", title="Index", unit="1", rule="thermal_efficiency_index"),
        running_hours("turns > 200"),
        HEALTH,
    ),
    faults=(
        Fault(code=1, name="jam", label="Jam", severity="High", advice="Free it."),
        Fault(
            code=2,
            name="creep",
            label="Creep",
            severity="Low",
            advice="Wait.",
            delay_s=5.0,
            certain_delay_s=2.0,
        ),
    ),
    thermal=ThermalModel(
        temperature_channel="heat",
        speed_channel="turns",
        ambient_channel="ambient",
        reference_ambient_c=20.0,
        rated_rpm=1000.0,
        rated_rise_c=20.0,
        rated_power_w=24.0,
    ),
    running=Running(channel="turns", above=200.0),
)


def reading(seq: int, at_ms: int, *, epoch: str = "a-1", **values: float) -> Reading:
    """A reading ``at_ms`` after T0 of a drill that is well, but for ``values``."""
    usual = {"heat": 40.0, "turns": 1000.0, "amps": 1.0}
    changed = {name: float(value) for name, value in values.items()}
    return Reading(epoch, seq, usual | changed, T0 + at_ms, received_ms=T0 + at_ms)


def new_twin() -> Twin:
    return Twin(device="drill-1", asset=DRILL, factors=FACTORS)


def twin_of(*readings: Reading) -> Twin:
    """A twin that has folded ``readings``, all of them in order."""
    twin = new_twin()
    for each in readings:
        assert twin.fold(each)
    return twin


def every(step_ms: int, count: int) -> list[Reading]:
    return [reading(at + 1, at * step_ms) for at in range(count)]


def state_of(twin: Twin, at_ms: int = 0) -> State:
    return twin.state(now_ms=T0 + at_ms, status="online", sequenced=True)


def kpi_of(twin: Twin, name: str) -> KpiMessage:
    return state_of(twin).kpis[name]


def diagnosis(at_ms: int, fault: str, **fields: Any) -> Diagnosis:
    """What the classifier says of the drill at ``at_ms`` after T0."""
    entry = DRILL.fault(fault)
    usual: dict[str, Any] = {
        "device": "drill-1",
        "time_ms": T0 + at_ms,
        "judged_ms": T0 + at_ms,
        "stale": False,
        "fault_code": entry.code,
        "fault_label": entry.label,
        "fault": fault,
        "confidence": 0.9,
        "severity": entry.severity,
        "advice": entry.advice,
        "reasons": [],
        "anomaly_score": 0.1,
        "model": "drill-1",
    }
    return Diagnosis(**usual | fields)
