"""An instrument's ten minutes, of which every figure is worked out by hand, and any others."""

import random
from collections.abc import Mapping

from hypothesis import strategies as st

Item = tuple[int, str, Mapping[str, float | str]]  # when, which event (empty: a reading), values

GOLDEN = {
    "utilisation_percent": 70.0,  # 420 of 600 s
    "planned_utilisation_percent": 70.0,
    "running_h": 420 / 3600,
    "samples_done": 5.0,
    "throughput_per_h": 30.0,
    "samples_per_h": 5 / (420 / 3600),
    "sample_s": 84.0,  # four of 75 s, one of 120 s
    "right_percent": 80.0,
    "availability_percent": 90.0,  # 540 of 600 s
    "failures": 1.0,
    "mtbf_h": 0.15,  # 540 s
    "mttr_min": 1.0,
    "revenue": 6.0,  # 5 x 1.2
    "projected_revenue": 26_298.0,  # 6 in a sixth of an hour, 730.5 h
    # 5 % of 730.5 h lack to 75 %; an hour of running earned 51.43, and 40 % of it is kept.
    "gain_a_month": 0.05 * 730.5 * 6 / (420 / 3600) * 0.4,
    "payback_months": 2500 / (0.05 * 730.5 * 6 / (420 / 3600) * 0.4 - 40),
}
OTHER_UNITS = {
    "sample_time": ("min", 1 / 60),
    "price_per_sample": ("GBP %", 100.0),
    "target_utilisation": ("1", 0.01),
    "hours_a_month": ("d", 1 / 24),
    "margin": ("1", 0.01),
    "system_cost": ("GBP %", 100.0),
    "calibration_interval": ("d", 1 / 24),
    "sample.duration": ("ms", 1000.0),
}
_SPANS = ((300, "running"), (360, "error"), (420, "maintenance"), (480, "idle"), (601, "running"))
_DONE = {75: 1, 150: 1, 225: 1, 300: 0, 600: 1}  # when a sample was done, and whether right


def reading(**values: float | str) -> dict[str, float | str]:
    """One of an instrument that runs, but for ``values``."""
    usual: dict[str, float | str] = {
        "temperature": 38.0,
        "vibration": 0.9,
        "sample_time": 75.0,
        "samples": 100,
        "state": "running",
    }
    return usual | values


def ten_minutes() -> list[Item]:
    """241 readings: five samples, a failure, a calibration, a minute of waiting."""
    return [_at(at * 2.5) for at in range(241)] + [
        (at * 1000, "sample", {"duration": 120.0 if at == 600 else 75.0, "right": right})
        for at, right in _DONE.items()
    ]


def _at(second: float) -> Item:
    state = next(name for end, name in _SPANS if second < end)
    samples = 100 + sum(second >= at for at in _DONE)
    return round(second * 1000), "", reading(state=state, samples=samples)


@st.composite
def days(draw: st.DrawFn) -> list[Item]:
    """A few minutes of anything, some of it not measured."""
    rng, at_ms, samples = random.Random(draw(st.integers(0, 2**32))), 0, 100
    items: list[Item] = []
    for _ in range(draw(st.integers(2, 60))):
        state = rng.choice(("idle", "running", "running", "error", "maintenance"))
        values = reading(state=state, samples=samples, temperature=rng.uniform(20.0, 60.0))
        items.append((at_ms, "", values))
        at_ms += rng.choice((2500, 2500, 5000, 60_000))
        samples += rng.choice((0, 0, 1))
    done = [{"duration": rng.uniform(40, 200), "right": rng.randrange(2)} for _ in range(4)]
    return items + [(0, "sample", each) for each in done[: rng.randrange(5)]]
