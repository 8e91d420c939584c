"""A pump's ten minutes, of which every figure is worked out by hand, and any others."""

import random

from hypothesis import strategies as st

from tests.contract.assets.water import Readings, Values

Item = tuple[int, str, Values]

# Of 391 W, half of 230 V x 4 A x 0.85: twice it for 239 s, once for 299 s, and three ramps.
_ENERGY_J = 391 * (2 * (100 + 139) + 1 + 1 + 1.5 + 299)
_PUMPED_M3 = (100 * (100 + 139) + 50 + 50 + 80 + 60 * 299) / 60_000  # L/min x s

GOLDEN = {
    "energy_kwh": _ENERGY_J / 3.6e6,
    "co2_g": _ENERGY_J / 3.6e6 * 177,
    "cost": _ENERGY_J / 3.6e6 * 0.2635,
    "pumped_m3": _PUMPED_M3,
    "energy_kwh_per_m3": _ENERGY_J / 3.6e6 / _PUMPED_M3,
    "head_m": 200_000 / 9789,  # 2 bar throughout
    "efficiency_percent": 100 * 200_000 * _PUMPED_M3 / _ENERGY_J,
    "running_h": 0.15,  # 540 of 600 s
    "starts": 1.0,
    "availability_percent": 90.0,
    "downtime_saved": 900.0,  # one repair: 240 - 60 min at 5 GBP
}
OTHER_UNITS = {
    "voltage": ("mV", 1000.0),
    "current": ("mA", 1000.0),
    "flow": ("m3/h", 0.06),
    "pressure": ("kPa", 100.0),
    "inlet_pressure": ("mbar", 1000.0),
    "specific_weight": ("kN/m3", 0.001),
    "inspection_interval": ("d", 1 / 24),
    "breakdown_cost": ("GBP/h", 60.0),
    "breakdown_time": ("h", 1 / 60),
    "repair_time": ("s", 60.0),
    "price_per_kwh": ("GBP/MJ", 1 / 3.6),
    "co2_per_kwh": ("g/kWh", 1000.0),
}


def reading(**values: float | str) -> dict[str, float | str]:
    usual: dict[str, float | str] = {
        "vibration_motor": 0.8,
        "vibration_pump": 1.1,
        "current": 4.0,
        "pressure": 2.4,
        "motor_temperature": 60.0,
        "water_temperature": 22.0,
        "voltage": 230.0,
        "flow": 100.0,
        "inlet_pressure": 0.4,
    }
    return usual | values


def ten_minutes() -> list[Item]:
    """601 readings: a minute of standing still, half the power from half on, a repair."""
    readings: list[Item] = [(second * 1000, "", _at(second)) for second in range(601)]
    return [*readings, (0, "planned_repair", {})]


def _at(second: int) -> dict[str, float | str]:
    if 100 < second <= 160:
        return reading(current=0.0, flow=0.0)
    return reading() if second <= 300 else reading(current=2.0, flow=60.0)


@st.composite
def runs(draw: st.DrawFn) -> list[Item]:
    """A few minutes of anything, some of it not measured, some without a channel."""
    rng, at_ms, readings = random.Random(draw(st.integers(0, 2**32))), 0, Readings()
    for _ in range(draw(st.integers(2, 60))):
        values = reading(
            current=rng.choice((0.0, rng.uniform(1.0, 5.0))),
            flow=rng.uniform(0.0, 120.0),
            pressure=rng.uniform(0.3, 3.0),
            inlet_pressure=rng.uniform(-0.5, 0.6),
        )
        if rng.random() < 0.1:
            del values[rng.choice(("current", "flow", "inlet_pressure", "voltage"))]
        readings.append((at_ms, values))
        at_ms += rng.choice((1000, 1000, 2000, 60_000))
    items: list[Item] = [(at, "", values) for at, values in readings]
    return items + [(0, "planned_repair", {})] * rng.randrange(3)
