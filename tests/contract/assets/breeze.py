"""A fan's ten minutes, of which every figure is worked out by hand, and any others."""

import random

from hypothesis import strategies as st

from tests.contract.assets.water import Readings

GOLDEN = {
    "energy_wh": 10_794 / 3600,  # 12 V x (300 s x 1 A + 1 s x 1.5 A + 299 s x 2 A)
    "co2_g": 10_794 / 3600 * 0.177,
    "cost": 10_794 / 3.6e6 * 0.2635,
    "running_h": 0.15,  # 540 of 600 s
}
OTHER_UNITS = {
    "current": ("mA", 1000.0),
    "supply_voltage": ("mV", 1000.0),
    "price_per_kwh": ("GBP/MJ", 1 / 3.6),
    "co2_per_kwh": ("g/kWh", 1000.0),
}


def reading(**values: float | str) -> dict[str, float | str]:
    return {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8} | values


def ten_minutes() -> Readings:
    """601 readings: from half on twice the current, and a minute of standing still."""
    return [
        (
            at * 1000,
            reading(current=1.0 if at <= 300 else 2.0, rpm=0.0 if 100 < at <= 160 else 1200.0),
        )
        for at in range(601)
    ]


@st.composite
def runs(draw: st.DrawFn) -> Readings:
    """A few minutes of anything, some of it not measured, some without a channel."""
    rng, at_ms, readings = random.Random(draw(st.integers(0, 2**32))), 0, Readings()
    for _ in range(draw(st.integers(2, 60))):
        values = reading(current=rng.uniform(0.0, 3.0), rpm=rng.choice((0.0, 900.0)))
        if rng.random() < 0.1:
            del values[rng.choice(("current", "rpm", "temperature"))]
        readings.append((at_ms, values))
        at_ms += rng.choice((200, 1000, 2000, 30_000))
    return readings
