"""Virtual machines become runs: faults begin, grow and clear while a set point moves about.

Asset-generic: the models of ``firmware.models`` say themselves which channels and faults they
have. Machines for training, calibration and test have seeds of their own, so no part of the test
was seen before: not the machine, and not its noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from firmware import models
from gateway.assets.base import NORMAL, Asset
from inference.dataset import Run, Split
from inference.errors import BadDataset

# Emulated fleets use small seeds; training stays away from them.
_FIRST_SEED: Final = 1_000_000
_SEEDS_A_TRAINING: Final = 1_000

# One run in five is slow, one fast: the rate of a device may be set.
_RATE_FACTORS: Final = (1.0, 1.0, 1.0, 0.2, 2.0)

_BEFORE_S: Final = (20.0, 60.0)
_FAULT_S: Final = (20.0, 90.0)
_AFTER_S: Final = (10.0, 60.0)
_LONGEST_RECOVERY_S: Final = 300.0
_SET_POINT_S: Final = (60.0, 240.0)
_HEALTHY_S: Final = 600.0
_MOVING_SHARE: Final = 0.5  # of the machines; the others stay at the set point they start with


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many machines there are for each purpose; healthy ones are for false alarms."""

    training: int = 120
    calibration: int = 30
    test: int = 30
    healthy: int = 12

    @property
    def machines(self) -> int:
        return self.training + self.calibration + self.test + self.healthy


def classes(asset: Asset) -> tuple[str, ...]:
    """Normal first, then every fault the model of ``asset`` has, as the catalogue orders them.

    Raises:
        BadDataset: there is no model of it.
    """
    simulated = set(_model(asset).FAULTS)
    return (NORMAL, *(fault.name for fault in asset.faults if fault.name in simulated))


def has_model(asset: Asset) -> bool:
    """Whether ``asset`` can be simulated."""
    try:
        models.module(asset.name)
    except ValueError:
        return False
    return True


def simulated(asset: Asset, *, plan: Plan, seed: int, on_machine: Callable[[], None]) -> Split:
    """Run ``plan.machines`` machines; ``on_machine`` is called after each.

    Raises:
        BadDataset: there is no model of ``asset``.
    """
    rng = np.random.default_rng(seed)
    first = _FIRST_SEED + seed * _SEEDS_A_TRAINING
    runs: list[Run] = []
    for index in range(plan.machines):
        healthy = index >= plan.machines - plan.healthy
        session = _Session(
            asset, first + index, rate_factor=_RATE_FACTORS[index % len(_RATE_FACTORS)], rng=rng
        )
        runs.append(session.healthy() if healthy else session.faulty())
        on_machine()
    calibrated = plan.training + plan.calibration
    return Split(
        training=tuple(runs[: plan.training]),
        calibration=tuple(runs[plan.training : calibrated]),
        test=tuple(runs[calibrated:]),
    )


def _model(asset: Asset) -> Any:  # a module of the MicroPython subset: untyped
    try:
        return models.module(asset.name)
    except ValueError as error:
        raise BadDataset(f"{error}. Bring recorded readings with --csv instead.") from error


class _Session:
    """One machine being run and recorded."""

    def __init__(
        self, asset: Asset, seed: int, *, rate_factor: float, rng: np.random.Generator
    ) -> None:
        self._machine = models.create(asset.name, seed)
        self._channels = [channel.name for channel in asset.required]
        self._classes = classes(asset)
        self._group = f"{asset.name}-{seed}"
        self._step_s = 1.0 / (asset.nominal_rate_hz * rate_factor)
        self._rng = rng
        self._set_points: tuple[float, float] | None = getattr(_model(asset), "SET_POINT", None)
        self._moves = self._set_points is not None and rng.random() < _MOVING_SHARE
        self._next_move_s = 0.0
        self._time_s = 0.0
        self._rows: list[list[float]] = []
        self._truth: list[int] = []
        self._intensity: list[float] = []

    def healthy(self) -> Run:
        self._advance(_HEALTHY_S)
        return self._run()

    def faulty(self) -> Run:
        """Every fault once, in random order, each with onset, growth and recovery."""
        faults = self._classes[1:]
        self._advance(self._rng.uniform(*_BEFORE_S))
        for index in self._rng.permutation(len(faults)):
            self._machine.inject(faults[index])
            self._advance(self._rng.uniform(*_FAULT_S))
            self._machine.clear()
            self._recover()
            self._advance(self._rng.uniform(*_AFTER_S))
        return self._run()

    def _recover(self) -> None:
        """Until the last symptom has gone: with two faults at once, either answer is right."""
        until_s = self._time_s + _LONGEST_RECOVERY_S
        while self._machine.truth != NORMAL and self._time_s < until_s:
            self._advance(self._step_s)

    def _advance(self, duration_s: float) -> None:
        until_s = self._time_s + duration_s
        while self._time_s < until_s:
            self._move_set_point()
            values = self._machine.step(self._step_s)
            self._time_s += self._step_s
            self._rows.append([values[name] for name in self._channels])
            self._truth.append(self._classes.index(self._machine.truth))
            self._intensity.append(self._machine.intensity)

    def _move_set_point(self) -> None:
        if self._moves and self._set_points and self._time_s >= self._next_move_s:
            self._machine.set_point(self._rng.uniform(*self._set_points))
            self._next_move_s = self._time_s + self._rng.uniform(*_SET_POINT_S)

    def _run(self) -> Run:
        count = len(self._rows)
        return Run(
            group=self._group,
            time_ms=np.rint(np.arange(count) * (1000.0 * self._step_s)).astype(np.int64),
            rows=np.array(self._rows),
            truth=np.array(self._truth, dtype=np.intp),
            intensity=np.array(self._intensity),
        )
