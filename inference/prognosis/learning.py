"""Lives in; a regression, how sure it is, and what it said of machines it had not seen, out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from inference.errors import BadDataset
from inference.prognosis import preparation, regression
from inference.prognosis.intervals import Calibration, calibrated
from inference.prognosis.lives import MOST_STEPS, Array, Indices, Life, Lives, stepped, usual_step
from inference.prognosis.peers import Linear
from inference.prognosis.preparation import LEAST_STEPS, Preparation
from inference.prognosis.regression import Shape

OnStep = Callable[[str, int, int], None]

FOLDS: Final = 5
LEAST_MACHINES: Final = 12  # of four fifths of fewer no interval can be held against the others
_HORIZON: Final = 0.6  # of the usual life, where nobody says: before, wear hardly shows
_SEEN_FROM: Final = 1.6  # horizons before the end; what is further away all looks alike
_STRIDE: Final = 3  # neighbouring rows show nearly the same
_ASKED: Final = 1.16  # horizons before the end, at most, and so often of each machine
_TIMES: Final = 20


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """What was said of machines that were not learned from: shares of the horizon, and of whom."""

    predicted: Array
    true: Array
    naive: Array
    linear: Array
    units: Indices


@dataclass(frozen=True, kw_only=True)
class Learned:
    """``lives`` are those it was learned from, at its steps."""

    preparation: Preparation
    regression: Any
    calibration: Calibration
    held_out: HeldOut
    lives: Lives


def learn(
    lives: Lives,
    *,
    shape: Shape,
    seed: int,
    on_step: OnStep,
    horizon: float | None = None,
) -> Learned:
    """Learn from all, having tried it on each machine while that was left out.

    Args:
        lives: machines followed to their failure.
        shape: how large a regression.
        seed: the same gives the same.
        on_step: told what is done, how much of it, and out of how much.
        horizon: what lies further ahead is not told apart.

    Raises:
        BadDataset: there are too few machines, or too short ones.
    """
    horizon = horizon or _usual_horizon(lives)
    step = usual_step(lives.lives)
    _check_steps(lives, step)
    lives = _measured(lives)
    whole = lives.having(stepped(life, step) for life in lives.lives)
    _check(whole, horizon)
    with threadpool_limits(limits=1, user_api="blas"):
        tried = []
        for fold in range(FOLDS):
            on_step("trying it on machines left out", fold, FOLDS)
            tried.append(_fold(whole, fold, step=step, horizon=horizon, shape=shape, seed=seed))
        on_step("trying it on machines left out", FOLDS, FOLDS)
        held_out = _together(tried)
        on_step("learning from all machines", 0, 1)
        prepared = preparation.fitted(whole, step=step, horizon=horizon)
        fitted = _fit(whole, prepared, shape=shape, seed=seed)
        on_step("learning from all machines", 1, 1)
    return Learned(
        preparation=prepared,
        regression=fitted,
        calibration=calibrated(held_out.predicted, held_out.true, held_out.units),
        held_out=held_out,
        lives=whole,
    )


def _usual_horizon(lives: Lives) -> float:
    """Two digits of it: nobody needs more."""
    usual = _HORIZON * float(np.median([life.length for life in lives.lives]))
    return float(f"{usual:.2g}")


def _measured(lives: Lives) -> Lives:
    """The same without the channels of which some machine has no value at all.

    Raises:
        BadDataset: there is no other.
    """
    empty = np.any([np.isnan(life.rows).all(axis=0) for life in lives.lives], axis=0)
    if not empty.any():
        return lives
    kept, lost = np.flatnonzero(~empty), np.flatnonzero(empty)
    if not len(kept):
        raise BadDataset(
            f"Of each of {', '.join(lives.channels)} some machine has no value: nothing is left "
            "to learn from."
        )
    channels = tuple(lives.channels[at] for at in kept)
    return replace(
        lives,
        channels=channels,
        conditions=tuple(name for name in lives.conditions if name in channels),
        lives=tuple(replace(life, rows=life.rows[:, kept]) for life in lives.lives),
        unused=(*lives.unused, *(lives.channels[at] for at in lost)),
    )


def _check_steps(lives: Lives, step: float) -> None:
    """A time that is a slip of the pen makes a life of millions of steps."""
    for life in lives.lives:
        steps = (life.ages[-1] - life.ages[0]) / step
        if steps > MOST_STEPS:
            raise BadDataset(
                f"{life.unit} lasted {steps:,.0f} steps of {step:g}, more than {MOST_STEPS:,}: "
                "look at its times."
            )


def _check(lives: Lives, horizon: float) -> None:
    for life in lives.lives:
        if len(life.ages) <= LEAST_STEPS:
            raise BadDataset(
                f"{life.unit} lasted {len(life.ages)} steps: {LEAST_STEPS + 1} are wanted at least."
            )
    if len(lives.lives) < LEAST_MACHINES:
        raise BadDataset(
            f"There are {len(lives.lives)} machines: at least {LEAST_MACHINES} that failed are "
            "wanted to learn from, and to say how sure it is."
        )
    longest = max(life.length for life in lives.lives)
    if not 0.0 < horizon <= longest:
        raise BadDataset(
            f"--horizon {horizon:g} is not within 0 and the longest life, {longest:g}."
        )


def _fold(
    lives: Lives, fold: int, *, step: float, horizon: float, shape: Shape, seed: int
) -> HeldOut:
    """Learn from four fifths, and ask about the others at places of all kinds."""
    of = np.random.default_rng(seed).permutation(len(lives.lives)) % FOLDS
    known = lives.only(np.flatnonzero(of != fold).tolist())
    prepared = preparation.fitted(known, step=step, horizon=horizon)
    fitted = _fit(known, prepared, shape=shape, seed=seed)
    usual = float(np.mean([life.length for life in known.lives]))
    linear = Linear.of(known, prepared)
    parts = []
    for unit in np.flatnonzero(of == fold).tolist():
        life = lives.lives[unit]
        at = _asked(life, horizon, np.random.default_rng([seed, unit]))
        parts.append(
            HeldOut(
                predicted=np.clip(fitted.predict(prepared.shown(life)[at]), 0.0, 1.0),
                true=_shares(life, horizon)[at],
                naive=np.clip((usual - life.ages[at]) / horizon, 0.0, 1.0),
                linear=linear.shares(life)[at],
                units=np.full(len(at), unit),
            )
        )
    return _together(parts)


def _fit(lives: Lives, prepared: Preparation, *, shape: Shape, seed: int) -> Any:
    shown, left = [], []
    for number, life in enumerate(lives.lives):
        ahead = life.left / prepared.horizon
        rows = np.flatnonzero((np.arange(len(ahead)) >= LEAST_STEPS - 1) & (ahead <= _SEEN_FROM))
        rows = rows[(number + seed) % _STRIDE :: _STRIDE]
        shown.append(prepared.shown(life)[rows])
        left.append(np.minimum(ahead[rows], 1.0))
    return regression.fit(np.concatenate(shown), np.concatenate(left), shape=shape, seed=seed)


def _asked(life: Life, horizon: float, rng: np.random.Generator) -> Indices:
    """Rows at which what is left is drawn evenly, as far as the life goes back."""
    ahead = rng.uniform(0.0, _ASKED * horizon, _TIMES)
    at = np.searchsorted(life.ages, life.length - ahead)
    found: Indices = np.clip(at, LEAST_STEPS - 1, len(life.ages) - 1)
    return found


def _shares(life: Life, horizon: float) -> Array:
    found: Array = np.minimum(life.left / horizon, 1.0)
    return found


def _together(parts: list[HeldOut]) -> HeldOut:
    return HeldOut(
        predicted=np.concatenate([part.predicted for part in parts]),
        true=np.concatenate([part.true for part in parts]),
        naive=np.concatenate([part.naive for part in parts]),
        linear=np.concatenate([part.linear for part in parts]),
        units=np.concatenate([part.units for part in parts]),
    )
