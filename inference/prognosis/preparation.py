"""A life so far in; what a regression is shown of it out, in training and serving alike."""

import itertools
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from inference.errors import BadDataset
from inference.prognosis import courses
from inference.prognosis.lives import Array, Life, Lives

Shown = NDArray[np.float32]

_BEGINNING: Final = 15  # steps: what was usual of this machine
_SPANS: Final = (5, 15, 40)
_HEALTH_SPANS: Final = (5, 10, 20, 40)
_WINDOW: Final = 30
_HEALTH_WINDOWS: Final = (15, 30, 60, 100)
_SHRUNK: Final = 10.0  # of the ridge regression: channels of engines hardly differ
_CONSTANT: Final = 1e-6  # of a channel's own size: what moves less says nothing
_SPARE: Final = 0.25  # of what was seen in training, on either side of it
_LEVEL_SPAN: Final = 15
LEAST_STEPS: Final = 15  # of a life: fewer show neither its beginning nor a slope


class Preparation(msgspec.Struct, kw_only=True, frozen=True):
    """How a life is shown.

    ``channels`` are the columns of rows, ``conditions`` and ``kept`` those of them that count.
    ``by_condition`` is (T, C) what each kept channel is at the conditions, a polynomial of second
    degree; ``centre`` and ``scale`` are of what is beside that. ``health`` (C,) weighs the
    channels to one index. ``low`` to ``high`` (C,) is where they were in training.
    """

    channels: tuple[str, ...]
    conditions: tuple[str, ...]
    kept: tuple[str, ...]
    step: float
    horizon: float
    told_centre: list[float]
    told_scale: list[float]
    by_condition: list[list[float]]
    centre: list[float]
    scale: list[float]
    health: list[float] = []
    low: list[float] = []
    high: list[float] = []
    mean: list[float] = []
    deviation: list[float] = []

    @property
    def dropped(self) -> tuple[str, ...]:
        """Channels that never move."""
        return tuple(n for n in self.channels if n not in self.kept and n not in self.conditions)

    @property
    def needed(self) -> "Preparation":
        """The same of rows that have the columns alone that count."""
        return msgspec.structs.replace(self, channels=(*self.conditions, *self.kept))

    def levels(self, life: Life) -> Array:
        """(N, C) the kept channels, in how far they usually lie apart."""
        rows = life.rows[:, _places(self.channels, self.kept)]
        told = life.rows[:, _places(self.channels, self.conditions)]
        terms = _terms((told - np.array(self.told_centre)) / np.array(self.told_scale))
        beside = rows - terms @ np.array(self.by_condition)
        found: Array = (beside - np.array(self.centre)) / np.array(self.scale)
        return found

    def shown(self, life: Life) -> Shown:
        """(N, F) what a regression sees at each step of a life that is ``stepped``."""
        found = (self._raw(life) - np.array(self.mean)) / np.array(self.deviation)
        shown: Shown = found.astype(np.float32)
        return shown

    def strange(self, life: Life) -> str | None:
        """The channel that is now furthest from all that was learned from, or None."""
        now = courses.smooth(self.levels(life), _LEVEL_SPAN)[-1]
        low, high = np.array(self.low), np.array(self.high)
        beyond = np.maximum(low - now, now - high) / (high - low)
        worst = int(np.argmax(beyond))
        return self.kept[worst] if beyond[worst] > _SPARE else None

    def _raw(self, life: Life) -> Array:
        levels = self.levels(life)
        age = life.ages[:, None] / self.horizon
        index = (levels @ np.array(self.health))[:, None]
        return np.concatenate([*_of_channels(levels), *_of_health(index), age], axis=1)


def fitted(lives: Lives, *, step: float, horizon: float) -> Preparation:
    """What is usual of machines whose lives are ``stepped``, and whole.

    Raises:
        BadDataset: no channel of them moves.
    """
    plain = _normalised(lives, step=step, horizon=horizon)
    levels = [plain.levels(life) for life in lives.lives]
    smoothed = np.concatenate([courses.smooth(each, _LEVEL_SPAN) for each in levels])
    left = np.concatenate([np.minimum(life.left / horizon, 1.0) for life in lives.lives])
    weighed = msgspec.structs.replace(
        plain,
        health=ridge(smoothed, left).tolist(),
        low=smoothed.min(axis=0).tolist(),
        high=smoothed.max(axis=0).tolist(),
    )
    raw = np.concatenate([weighed._raw(life) for life in lives.lives])  # noqa: SLF001
    deviation = raw.std(axis=0)
    return msgspec.structs.replace(
        weighed,
        mean=raw.mean(axis=0).tolist(),
        deviation=np.where(deviation > 0.0, deviation, 1.0).tolist(),
    )


def ridge(levels: Array, left: Array) -> Array:
    """(C,) weights by ridge regression: channels that wear alike share what they tell."""
    apart = levels - levels.mean(axis=0)
    moments = apart.T @ apart + _SHRUNK * np.eye(levels.shape[1])
    found: Array = np.linalg.solve(moments, apart.T @ (left - left.mean()))
    return found


def _normalised(lives: Lives, *, step: float, horizon: float) -> Preparation:
    """Channels beside what the conditions make them, and those alone that move."""
    rows = np.concatenate([life.rows for life in lives.lives])
    told = rows[:, _places(lives.channels, lives.conditions)]
    moves = _moves(told, told)
    conditions = tuple(name for name, one in zip(lives.conditions, moves, strict=True) if one)
    told = told[:, moves]
    centre, scale = told.mean(axis=0), told.std(axis=0)
    terms = _terms((told - centre) / scale)
    others = tuple(name for name in lives.channels if name not in lives.conditions)
    values = rows[:, _places(lives.channels, others)]
    by_condition = np.linalg.lstsq(terms, values, rcond=None)[0]
    beside = values - terms @ by_condition
    moves = _moves(beside, values)
    if not moves.any():
        raise BadDataset(f"None of {', '.join(others)} moves: nothing tells how long it lasts.")
    return Preparation(
        channels=lives.channels,
        conditions=conditions,
        kept=tuple(name for name, one in zip(others, moves, strict=True) if one),
        step=step,
        horizon=horizon,
        told_centre=centre.tolist(),
        told_scale=scale.tolist(),
        by_condition=by_condition[:, moves].tolist(),
        centre=beside[:, moves].mean(axis=0).tolist(),
        scale=beside[:, moves].std(axis=0).tolist(),
    )


def _moves(beside: Array, values: Array) -> NDArray[np.bool_]:
    size = np.abs(values).max(axis=0, initial=0.0)
    found: NDArray[np.bool_] = beside.std(axis=0) > _CONSTANT * np.where(size > 0.0, size, 1.0)
    return found


def _terms(told: Array) -> Array:
    """(N, T) one, each condition, and each product of two: six points are met, and any curve."""
    pairs = itertools.combinations_with_replacement(range(told.shape[1]), 2)
    products = [told[:, a] * told[:, b] for a, b in pairs]
    return np.stack([np.ones(len(told)), *told.T, *products], axis=1)


def _places(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    return [names.index(name) for name in wanted]


def _of_channels(levels: Array) -> list[Array]:
    means = [courses.smooth(levels, span) for span in _SPANS]
    line = courses.window(levels, _WINDOW)
    grown = means[1] - courses.beginning(levels, _BEGINNING)
    return [*means, grown, line.slope * _WINDOW, line.scatter]


def _of_health(index: Array) -> list[Array]:
    means = [courses.smooth(index, span) for span in _HEALTH_SPANS]
    lines = [courses.window(index, width).slope * width for width in _HEALTH_WINDOWS]
    return [*means, means[1] - courses.beginning(index, _BEGINNING), *lines]
