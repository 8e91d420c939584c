"""Many healthy fans at once: ``firmware.models.fan`` over an array of them.

A false alarm a week shows only over hundreds of hours, and one fan after another takes too long
for that. A test holds this against the model; other types are simulated one by one.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from contract import assets
from firmware.models import fan
from inference.runs.dataset import Run
from inference.runs.seen import Drawn, Recorder
from inference.windows.features import FloatArray, IntArray

ASSET: Final = "fan"

_PARTS: Final = (
    "rise_c",
    "thermal_s",
    "still_air",
    "inertia_s",
    "idle_a",
    "aero_a",
    "base_vibration",
    "boost_rpm_per_c",
    "boost_from_c",
    "ambient_mean_c",
    "day",
    "wear",
    "ambient_c",
    "load",
    "set_point_rpm",
    "rpm",
    "temperature_c",
)
_RATED_RPM: Final = 1200.0
_ROOM_S: Final = 3600.0
_LOAD_S: Final = 90.0
LOAD_SPREAD: Final = 0.03
_DAY_S: Final = 86_400.0
_SWING_C: Final = 3.0
_MOVING_SHARE: Final = 0.5
_SET_POINT_S: Final = (60.0, 240.0)
_BLOCK_S: Final = 10.0  # set points move at its edges


class Fans:
    """Fans without a fault, stepped together.

    ``swing_c`` is by how much the room of each is warmer by day, and cooler by night, than its
    mean; the hour they begin at is drawn.
    """

    def __init__(
        self, machines: Sequence[fan.Machine], *, rng: np.random.Generator, swing_c: FloatArray
    ) -> None:
        self._state = {
            name: np.array([vars(machine)[f"_{name}"] for machine in machines]) for name in _PARTS
        }
        self._rng = rng
        self._swing_c = swing_c
        self._began = rng.uniform(0.0, 2.0 * math.pi, len(machines))
        self._time_s = 0.0

    def move(self, which: IntArray, set_points_rpm: FloatArray) -> None:
        """Set new speeds; as ``Machine.set_point``."""
        self._state["set_point_rpm"][which] = set_points_rpm

    def advance(self, count: int, dt_s: float) -> FloatArray:
        """(count, M, 4) what no sensor sees after each of ``count`` steps."""
        kicks = self._rng.normal(
            0.0,
            LOAD_SPREAD * math.sqrt(2.0 * min(dt_s, 45.0) / _LOAD_S),
            (count, len(self._swing_c)),
        )
        found = np.empty((*kicks.shape, 4))
        for at, kick in enumerate(kicks):
            self._step(dt_s, kick, found[at])
        return found

    def _step(self, dt_s: float, kick: FloatArray, true: FloatArray) -> None:
        s = self._state
        self._time_s += dt_s
        s["day"] += dt_s * (2.0 * math.pi / _ROOM_S)
        hour = self._began + self._time_s * (2.0 * math.pi / _DAY_S)
        room_c = s["ambient_mean_c"] + 1.2 * np.sin(s["day"]) + self._swing_c * np.sin(hour)
        s["ambient_c"] += (room_c - s["ambient_c"]) * _share(dt_s, 120.0)
        s["load"] += (1.0 - s["load"]) * _share(dt_s, _LOAD_S) + kick
        hot_c = np.maximum(s["temperature_c"] - s["boost_from_c"], 0.0)
        aim = np.minimum(s["set_point_rpm"] + s["boost_rpm_per_c"] * hot_c, fan.SET_POINT[1])
        rpm = s["rpm"]
        rpm += (aim - rpm) * -np.expm1(-dt_s / s["inertia_s"])
        speed = rpm / _RATED_RPM
        free = s["still_air"] + (1.0 - s["still_air"]) * speed**0.8
        settled_c = s["ambient_c"] + s["rise_c"] * s["load"] / free
        s["temperature_c"] += (settled_c - s["temperature_c"]) * -np.expm1(
            -dt_s * free / s["thermal_s"]
        )
        true[:, 0], true[:, 1] = s["temperature_c"], rpm
        true[:, 2] = s["idle_a"] + s["aero_a"] * speed**2.2 + 0.1 * s["wear"] * speed
        own = s["base_vibration"] * (0.2 + 0.8 * speed * speed)
        true[:, 3] = own * (1.0 + 0.6 * s["wear"])


def _share(dt_s: float, time_constant_s: float) -> float:
    return 1.0 - math.exp(-dt_s / time_constant_s)


def healthy_runs(
    seeds: Sequence[int], *, period_s: float, duration_s: float, rng: np.random.Generator
) -> Iterator[Run]:
    """Those fans seen through drivers, half of them at set points that move, by day and night."""
    drawn = [Drawn.drivers(assets.get(ASSET), rng, period_s=period_s) for _ in seeds]
    true = _driven(seeds, drawn[0], round(duration_s / period_s), rng)
    for at, seed in enumerate(seeds):
        recorder = Recorder(assets.get(ASSET), ("normal",), drawn=drawn[at], rng=rng)
        yield recorder.healthy(f"fan-{seed}", np.ascontiguousarray(true[:, at]))


def _driven(seeds: Sequence[int], drawn: Drawn, count: int, rng: np.random.Generator) -> FloatArray:
    """(count, M, 4) what no sensor sees at each of ``count`` readings."""
    fans = Fans(
        [fan.Machine(seed) for seed in seeds], rng=rng, swing_c=rng.uniform(0, _SWING_C, len(seeds))
    )
    true = np.empty((count, len(seeds), 4))
    next_s = np.where(rng.random(len(seeds)) < _MOVING_SHARE, 0.0, np.inf)
    block = max(1, round(_BLOCK_S / drawn.period_s))
    for at in range(0, count, block):
        now_s = at * drawn.period_s
        due = np.flatnonzero(next_s <= now_s)
        fans.move(due, rng.uniform(*fan.SET_POINT, len(due)))
        next_s[due] = now_s + rng.uniform(*_SET_POINT_S, len(due))
        readings = min(block, count - at)
        passed = fans.advance(readings * drawn.steps, drawn.period_s / drawn.steps)
        true[at : at + readings] = passed[drawn.steps - 1 :: drawn.steps]
    return true
