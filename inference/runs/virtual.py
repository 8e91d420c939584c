"""Virtual machines become runs: faults begin, grow and clear while a set point moves about.

Asset-generic: the models of ``firmware.models`` say themselves which channels and faults they
have. Half of the machines that are learned from are seen as they report, half through drawn
sensors (``inference.runs.sampling``) at drawn rates. Machines for training, calibration and test
have seeds of their own, so no part of the test was seen before: not the machine, and not its noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from contract.assets.words import NORMAL, Asset
from contract.window import SLOWEST_PERIOD_MS, window_span_ms
from firmware import models
from inference.errors import BadDataset
from inference.runs.dataset import Run, Split
from inference.runs.seen import STICKING, Drawn, Recorder, driver_periods_s

# Emulated fleets use small seeds; training stays away from them.
_FIRST_SEED: Final = 1_000_000
_FIRST_SEED_OF_HISTORIES: Final = 30_000_000
_SEEDS_A_TRAINING: Final = 1_000

# One run in five is slow, one fast: the rate of a device may be set.
_RATE_FACTORS: Final = (1.0, 1.0, 1.0, 0.2, 2.0)

# Of a type whose faults grow within a minute, as a fan's do; the times of others are in proportion.
_GROWS_S: Final = 60.0
_BEFORE_S: Final = (20.0, 60.0)
_FAULT_S: Final = (20.0, 90.0)
_AFTER_S: Final = (10.0, 60.0)
_LONGEST_RECOVERY_S: Final = 300.0
_SET_POINT_S: Final = (60.0, 240.0)
_HEALTHY_S: Final = 600.0
_MOVING_SHARE: Final = 0.5  # of the machines; the others stay at the set point they start with
# Seen through drivers: what is usual of a sensor shows over minutes, and a slow board needs as
# many readings of a fault as a fast one.
_DRIVEN_BEFORE_S: Final = (30.0, 240.0)
_PERIODS_A_FAULT: Final = (10.0, 40.0)
# Of a trial: so long stands each fault, seconds and readings; an alarm may wait for half a minute.
_LASTING_S: Final = 100.0
_LASTING_PERIODS: Final = 25.0
_HEALTHY_EVERY: Final = 6  # of the machines seen through drivers, one in so many stays healthy


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many machines there are for each purpose; healthy ones are for false alarms.

    ``driven`` are tested through drivers, half of them healthy.
    """

    training: int = 120
    calibration: int = 30
    test: int = 30
    healthy: int = 12
    driven: int = 16

    @property
    def machines(self) -> int:
        return self.training + self.calibration + self.test + self.healthy + self.driven


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
    _check_pace(asset)
    rng = np.random.default_rng(seed)
    seeds = iter(range(_FIRST_SEED + seed * _SEEDS_A_TRAINING, 2**31))

    def runs(count: int, make: Callable[[int, int], Run]) -> tuple[Run, ...]:
        made = []
        for index in range(count):
            made.append(make(next(seeds), index))
            on_machine()
        return tuple(made)

    def mixed(machine: int, index: int) -> Run:
        if index % 2 == 0 or not shows_truth(asset):
            return plain(machine, index // 2)
        session = _Session(asset, machine, rng=rng, drawn=Drawn.any(asset, rng))
        if index // 2 % _HEALTHY_EVERY == _HEALTHY_EVERY - 1:
            return session.healthy()
        return session.faulty()

    def plain(machine: int, index: int, *, healthy: bool = False) -> Run:
        session = _Session(asset, machine, rng=rng, drawn=_as_reported(asset, index))
        return session.healthy() if healthy else session.faulty()

    def driven(machine: int, index: int) -> Run:
        periods_s = driver_periods_s(asset)
        period_s = periods_s[index // 2 % len(periods_s)]
        drawn = Drawn.drivers(asset, rng, period_s=period_s)
        session = _Session(asset, machine, rng=rng, drawn=drawn)
        return session.healthy() if index % 2 else session.faulty()

    return Split(
        training=runs(plan.training, mixed),
        calibration=runs(plan.calibration, mixed),
        test=runs(plan.test, plain)
        + runs(plan.healthy, lambda machine, index: plain(machine, index, healthy=True)),
        driven=runs(plan.driven, driven) if shows_truth(asset) else (),
    )


def healthy_run(asset: Asset, *, seed: int, period_s: float, duration_s: float) -> Run:
    """A machine without a fault, seen through drivers, for a test of any length."""
    rng = np.random.default_rng(seed)
    drawn = Drawn.drivers(asset, rng, period_s=period_s)
    return _Session(asset, seed, rng=rng, drawn=drawn).healthy(duration_s)


def faulty_run(asset: Asset, *, seed: int, period_s: float, lasting: bool = False) -> Run:
    """A machine that has every fault once, seen through drivers.

    ``lasting``: each for so long that whoever waits to be sure raises its alarm.
    """
    rng = np.random.default_rng(seed)
    drawn = Drawn.drivers(asset, rng, period_s=period_s)
    return _Session(asset, seed, rng=rng, drawn=drawn).faulty(lasting=lasting)


def histories(asset: Asset, *, machines: int, healthy_s: float, seed: int) -> list[Run]:
    """Machines through drivers that are healthy for a time, and then have every fault once."""
    rng = np.random.default_rng(seed)
    first = _FIRST_SEED_OF_HISTORIES + seed * _SEEDS_A_TRAINING
    found = []
    for each in range(first, first + machines):
        drawn = Drawn.drivers(asset, rng, period_s=1.0 / asset.nominal_rate_hz)
        session = _Session(asset, each, rng=rng, drawn=drawn)
        session.healthy(healthy_s)
        found.append(session.faulty())
    return found


def wears(asset: Asset) -> tuple[str, ...]:
    """The faults that grow slowly where its virtual machine is told to let them."""
    return tuple(getattr(_model(asset), "WEARS_S", ()))


def worn_run(asset: Asset, fault: str, *, seed: int, healthy_s: float, grows_s: float) -> Run:
    """A machine through drivers on which one fault grows to its full size within ``grows_s``."""
    rng = np.random.default_rng(seed)
    drawn = Drawn.drivers(asset, rng, period_s=1.0 / asset.nominal_rate_hz)
    machine = _FIRST_SEED_OF_HISTORIES + seed * _SEEDS_A_TRAINING
    return _Session(asset, machine, rng=rng, drawn=drawn).worn(fault, healthy_s, grows_s)


def _as_reported(asset: Asset, index: int) -> Drawn:
    factor = _RATE_FACTORS[index % len(_RATE_FACTORS)]
    # A slower one is not judged: a type that is slow by itself is trained up to there.
    slowest_s = max(SLOWEST_PERIOD_MS / 1000, 1.0 / asset.nominal_rate_hz)
    return Drawn(period_s=min(1.0 / (asset.nominal_rate_hz * factor), slowest_s))


def _model(asset: Asset) -> Any:  # a module of the MicroPython subset: untyped
    try:
        return models.module(asset.name)
    except ValueError as error:
        raise BadDataset(f"{error}. Bring recorded readings with --csv instead.") from error


def grown_within_s(asset: Asset) -> float:
    """How long its faults take to grow; as long as a fan's where no model says."""
    return (
        float(getattr(_model(asset), "GROWN_WITHIN_S", _GROWS_S)) if has_model(asset) else _GROWS_S
    )


def _longer(asset: Asset) -> float:
    """How many times as long as a fan's the faults of ``asset`` take."""
    return grown_within_s(asset) / _GROWS_S


def _check_pace(asset: Asset) -> None:
    period_s = 1.0 / asset.nominal_rate_hz
    if window_span_ms(asset, round(1000 * period_s)) is None:
        raise BadDataset(
            f"A {asset.name} measures once in {period_s:.0f} s, too rarely to be judged: a model "
            f"needs a reading every {SLOWEST_PERIOD_MS // 1000} s."
        )


def shows_truth(asset: Asset) -> bool:
    """Whether its machines say what no sensor sees, so that sensors can be put before it."""
    return hasattr(_model(asset).Machine, "true_values")


class _Session:
    """One machine being run and recorded."""

    def __init__(self, asset: Asset, seed: int, *, rng: np.random.Generator, drawn: Drawn) -> None:
        self._asset = asset
        self._machine = models.create(asset.name, seed)
        self._classes = classes(asset)
        self._recorder = Recorder(asset, self._classes, drawn=drawn, rng=rng)
        self._group = f"{asset.name}-{seed}"
        self._drawn = drawn
        self._period_s = drawn.period_s
        self._longer = _longer(asset)
        self._rng = rng
        self._set_points: tuple[float, float] | None = getattr(_model(asset), "SET_POINT", None)
        self._moves = self._set_points is not None and rng.random() < _MOVING_SHARE
        self._next_move_s = 0.0
        self._time_s = 0.0

    def healthy(self, duration_s: float | None = None) -> Run:
        seconds = self._longer * _HEALTHY_S if duration_s is None else duration_s
        self._advance(max(seconds, _PERIODS_A_FAULT[1] * self._period_s))
        return self._recorder.run(self._group)

    def worn(self, fault: str, healthy_s: float, grows_s: float) -> Run:
        """Healthy for a time; then one fault grows evenly, and ends the run when it has."""
        self._advance(healthy_s)
        self._machine.pace = _model(self._asset).WEARS_S[fault] / grows_s
        self._machine.inject(fault)
        self._advance(grows_s)
        return self._recorder.run(self._group)

    def faulty(self, *, lasting: bool = False) -> Run:
        """Every fault once, in random order, each with onset, growth and recovery."""
        faults = list(self._classes[1:])
        driven = self._drawn.is_driven
        if driven and STICKING in faults:
            faults.append(STICKING)  # once more: how it looks depends on sensor and channel
        self._advance(self._drawn_s(_DRIVEN_BEFORE_S if driven else _BEFORE_S))
        for index in self._rng.permutation(len(faults)):
            self._machine.inject(faults[index])
            lasting_s = self._longer * _LASTING_S + _LASTING_PERIODS * self._period_s
            self._advance(lasting_s if lasting else self._drawn_s(_FAULT_S))
            self._machine.clear()
            self._recover()
            self._advance(self._drawn_s(_AFTER_S))
        return self._recorder.run(self._group)

    def _drawn_s(self, between_s: tuple[float, float]) -> float:
        """A duration; on a board that reads rarely, so many readings that something shows."""
        seconds = self._longer * self._rng.uniform(*between_s)
        if self._drawn.is_driven:
            seconds += self._rng.uniform(*_PERIODS_A_FAULT) * max(self._period_s - 0.2, 0.0)
        return float(seconds)

    def _recover(self) -> None:
        """Until the last symptom has gone: with two faults at once, either answer is right."""
        until_s = self._time_s + self._longer * _LONGEST_RECOVERY_S
        while self._machine.truth != NORMAL and self._time_s < until_s:
            self._advance(self._period_s)

    def _advance(self, duration_s: float) -> None:
        until_s = self._time_s + duration_s
        step_s, steps = self._period_s / self._drawn.steps, self._drawn.steps
        while self._time_s < until_s:
            self._move_set_point()
            for _ in range(steps):
                values = self._machine.step(step_s)
            self._time_s += self._period_s
            self._recorder.note(self._machine, values)

    def _move_set_point(self) -> None:
        if self._moves and self._set_points and self._time_s >= self._next_move_s:
            self._machine.set_point(self._rng.uniform(*self._set_points))
            self._next_move_s = self._time_s + self._longer * self._rng.uniform(*_SET_POINT_S)
