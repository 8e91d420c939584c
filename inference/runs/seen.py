"""How one machine is seen: at which rate, through which sensors, with which readings missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from contract.assets.words import Asset
from inference.runs import sampling
from inference.runs.dataset import Run
from inference.runs.sampling import Sensor
from inference.windows.features import FloatArray, IntArray, MaskArray
from inference.windows.inputs import inputs_of

# What the models call a sensor that repeats one value; seen through a sensor, it is that sensor.
STICKING: Final = "stuck_sensor"
# The rates that drivers are tested at: of a type that measures five times a second, as a fan does,
# 10, 5, 1 and 0.2 Hz; those of others are in proportion, as are all periods here.
_DRIVER_PERIODS_S: Final = (0.2, 1.0, 5.0, 0.1)
_NOMINAL_HZ: Final = 5.0
_SLOWEST_S: Final = 10.0

_PERIODS_S: Final = (0.1, 0.2, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_ANY_PERIOD_SHARE: Final = 0.3  # of the machines; the others keep to a usual one
_PERIOD_S: Final = (0.1, 10.0)
_DRIVER_SHARE: Final = 0.85  # of the channels; the others are seen as the machine reports
_STEPPED_SHARE: Final = 0.5  # of the slow machines: these go on between two readings
_STEP_S: Final = 0.2
_MOST_STEPS: Final = 5
_JITTERING_SHARE: Final = 0.5  # of the boards: these read a little early or late
_JITTER_S: Final = 0.003
_GAPPY_SHARE: Final = 0.3  # of the machines: these lose readings
_LOST_SHARE: Final = 0.03


def period_s(asset: Asset, of_a_fan_s: float) -> float:
    """The same share of the type's nominal rate, as far as it can be judged."""
    if asset.nominal_rate_hz == _NOMINAL_HZ:
        return of_a_fan_s
    return min(_SLOWEST_S, of_a_fan_s * _NOMINAL_HZ / asset.nominal_rate_hz)


def driver_periods_s(asset: Asset) -> tuple[float, ...]:
    """What drivers are tested at."""
    return tuple(dict.fromkeys(period_s(asset, each) for each in _DRIVER_PERIODS_S))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What was drawn for one machine.

    Attributes:
        period_s: from one reading to the next.
        steps: of the machine, from one reading to the next.
        sensors: by channel; a channel without one is seen as the machine reports it.
        jitter_s: standard deviation of a reading's time.
        lost: the share of readings that never come.
    """

    period_s: float
    steps: int = 1
    sensors: Mapping[str, Sensor] | None = None
    jitter_s: float = 0.0
    lost: float = 0.0

    @property
    def is_driven(self) -> bool:
        return self.sensors is not None

    @classmethod
    def any(cls, asset: Asset, rng: np.random.Generator) -> Self:
        """At any rate, through sensors on most channels."""
        most_s = max(_PERIODS_S) * _NOMINAL_HZ
        if asset.nominal_rate_hz != _NOMINAL_HZ:  # what would be slower cannot be judged
            most_s = _SLOWEST_S * asset.nominal_rate_hz
        if rng.random() < _ANY_PERIOD_SHARE:
            drawn_s = float(np.exp(rng.uniform(*np.log(_PERIOD_S))))
        else:
            usual_s = [each for each in _PERIODS_S if each * _NOMINAL_HZ <= most_s]
            drawn_s = usual_s[rng.integers(len(usual_s))]
        return cls._of(asset, rng, period_s=period_s(asset, drawn_s), share=_DRIVER_SHARE)

    @classmethod
    def drivers(cls, asset: Asset, rng: np.random.Generator, *, period_s: float) -> Self:
        """At one rate, through sensors on all channels."""
        return cls._of(asset, rng, period_s=period_s, share=1.0)

    @classmethod
    def _of(cls, asset: Asset, rng: np.random.Generator, *, period_s: float, share: float) -> Self:
        step_s = _STEP_S * _NOMINAL_HZ / asset.nominal_rate_hz
        stepped = period_s > step_s and rng.random() < _STEPPED_SHARE
        return cls(
            period_s=period_s,
            steps=min(_MOST_STEPS, round(period_s / step_s)) if stepped else 1,
            sensors={
                channel.name: sampling.drawn(channel.unit, sum(channel.normal) / 2, rng)
                for channel in asset.required
                if channel.hold == "linear" and rng.random() < share  # what steps is no sensor's
            },
            jitter_s=_JITTER_S if rng.random() < _JITTERING_SHARE else 0.0,
            lost=rng.uniform(0.0, _LOST_SHARE) if rng.random() < _GAPPY_SHARE else 0.0,
        )


class Recorder:
    """Collects what a machine does, and gives the run as it is seen."""

    def __init__(
        self, asset: Asset, classes: Sequence[str], *, drawn: Drawn, rng: np.random.Generator
    ) -> None:
        self._inputs = inputs_of(asset)
        self._channels = [channel.name for channel in asset.required]
        self._classes = classes
        self._drawn = drawn
        self._rng = rng
        measured = enumerate(asset.required)
        self._sticking = [at for at, channel in measured if channel.hold == "linear"]
        self._reported: list[list[float]] = []
        self._true: list[list[float]] = []
        self._truth: list[int] = []
        self._intensity: list[float] = []

    def note(self, machine: Any, values: Mapping[str, float | str]) -> None:
        """``machine`` has been stepped, and reports ``values``."""
        self._reported.append(self._inputs.row(values))
        if self._drawn.is_driven:
            true = machine.true_values
            self._true.append([true[name] for name in self._channels])
        self._truth.append(self._classes.index(machine.truth))
        self._intensity.append(machine.intensity)

    def run(self, group: str) -> Run:
        return self._run(
            group,
            reported=np.array(self._reported),
            true=np.array(self._true),
            truth=np.array(self._truth, dtype=np.intp),
            intensity=np.array(self._intensity),
        )

    def healthy(self, group: str, true: FloatArray) -> Run:
        """A machine without a fault did all this; nothing of it is seen but through sensors."""
        return self._run(
            group,
            reported=true.copy(),
            true=true,
            truth=np.zeros(len(true), dtype=np.intp),
            intensity=np.zeros(len(true)),
        )

    def _run(
        self,
        group: str,
        *,
        reported: FloatArray,
        true: FloatArray,
        truth: IntArray,
        intensity: FloatArray,
    ) -> Run:
        count, drawn = len(truth), self._drawn
        time_s = np.arange(count) * drawn.period_s
        if drawn.jitter_s:
            jitter_s = min(drawn.jitter_s, drawn.period_s / 20.0)
            time_s = time_s + self._rng.normal(0.0, jitter_s, count)
        kept = self._kept(count)
        rows = self._seen(np.asarray(time_s, dtype=np.float64), reported, true, truth)
        return Run(
            group=group,
            time_ms=np.rint(1000.0 * (time_s - time_s[0])).astype(np.int64)[kept],
            rows=self._inputs.complete(rows)[kept],
            remembered=None if self._inputs.is_plain else self._inputs.remembered,
            truth=truth[kept],
            intensity=intensity[kept],
            drivers=tuple(sensor.driver for sensor in (drawn.sensors or {}).values()),
        )

    def _kept(self, count: int) -> MaskArray:
        kept = np.ones(count, dtype=np.bool_)
        if self._drawn.lost:
            kept[1:] = self._rng.random(count - 1) >= self._drawn.lost
        return kept

    def _seen(
        self, time_s: FloatArray, rows: FloatArray, true: FloatArray, truth: IntArray
    ) -> FloatArray:
        """``rows`` as they are reported become what sensors show of what is ``true``."""
        if self._drawn.sensors is None:
            return rows
        for at, name in enumerate(self._channels):
            if name in self._drawn.sensors:
                rows[:, at] = self._drawn.sensors[name].see(time_s, true[:, at])
        if STICKING in self._classes:
            self._stick(rows, truth == self._classes.index(STICKING))
        return rows

    def _stick(self, rows: FloatArray, stuck: MaskArray) -> None:
        """One sensor repeats what it showed before, through each spell of it."""
        edges = np.flatnonzero(np.diff(stuck.astype(np.int8), prepend=0, append=0))
        for first, end in edges.reshape(-1, 2).tolist():
            at = self._sticking[self._rng.integers(len(self._sticking))]
            rows[first:end, at] = rows[max(first - 1, 0), at]
