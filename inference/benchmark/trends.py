"""Wear of known length, looked at as the gateway does: how far off trends are, by what is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from contract.assets import get
from contract.prognosis.remaining import Series, left
from contract.prognosis.windows import windows
from inference.normality.normal import Array
from inference.prognosis import worn
from inference.runs import virtual

LEFT: Final = (0.75, 0.5, 0.25, 0.1)  # of a life
LEVELS: Final = (0.8, 0.9)
_HOUR_MS: Final = 3_600_000
_STEPS: Final = 400  # of a simulated life, on the whole
_FIRST_SEED: Final = 90_000_000
_PUMP: Final = "pump"
_SIGN: Final = "vibration_motor"
_FAULT: Final = "bearing"
_GROWN: Final = 3.2  # times what it was: a bearing at its full size (firmware.models.pump)
_HEALTHY_ROWS: Final = 15  # half an hour, in which no virtual pump wears


@dataclass(frozen=True, kw_only=True)
class Worn:
    """A sign, at times in ms, until it has passed ``end`` at the last of them."""

    times_ms: Array
    values: Array
    end: float
    begun_ms: float = 0.0  # when it began to wear


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What was said of machines of which so much of their wear was still to come.

    ``off`` is the median of how far the number was off, as a share of what was left; ``early`` the
    share of numbers that were too short.
    """

    left: float
    asked: int
    told: int
    off: float | None
    early: float | None
    held: tuple[float | None, ...]  # by the intervals of each of LEVELS


def stretches(lives: Sequence[Worn]) -> list[Stretch]:
    """Of each share of a life that was left."""
    return [_stretch(lives, share) for share in LEFT]


def _stretch(lives: Sequence[Worn], share: float) -> Stretch:
    offs: list[float] = []
    held: list[tuple[bool, ...]] = []
    for life in lives:
        end_ms = float(life.times_ms[-1])
        now_ms = end_ms - share * (end_ms - life.begun_ms)
        seen = _seen(life, round(now_ms))
        found = [left(seen, end=life.end, level=level) for level in LEVELS]
        if found[0].hours is None or found[0].at_h is None:
            continue
        true_h = end_ms / _HOUR_MS - found[0].at_h
        offs.append((found[0].hours - true_h) / true_h)
        held.append(tuple((each.low or 0.0) <= true_h <= (each.high or np.inf) for each in found))
    return Stretch(
        left=share,
        asked=len(lives),
        told=len(offs),
        off=median(map(abs, offs)) if offs else None,
        early=sum(off < 0.0 for off in offs) / len(offs) if offs else None,
        held=tuple(
            sum(each[at] for each in held) / len(held) if held else None
            for at in range(len(LEVELS))
        ),
    )


def _seen(life: Worn, now_ms: int) -> tuple[Series, ...]:
    """Means over the windows that the gateway looks at."""
    found = []
    for from_ms, to_ms, step_ms in windows(0, now_ms):
        within = (life.times_ms >= from_ms) & (life.times_ms < to_ms)
        steps, places = np.unique(life.times_ms[within] // step_ms, return_inverse=True)
        sums = np.bincount(places, weights=life.values[within], minlength=len(steps))
        counts = np.bincount(places, minlength=len(steps))
        times_h = (steps + 0.5) * step_ms / _HOUR_MS
        means = sums / np.maximum(counts, 1)
        found.append(Series(tuple(times_h.tolist()), tuple(means.tolist())))
    return tuple(found)


# ---------------------------------------------------------------- lives


def wandering(count: int, *, diffusion: float, noise: float, hours: float = 400.0) -> list[Worn]:
    """Wiener processes from 0 to 1 that take ``hours`` in the mean, measured with noise.

    ``diffusion`` is that of the whole life: 0.01 is a standard deviation of 0.1 by its end.
    """
    return [
        _wandered(_FIRST_SEED + number, diffusion=diffusion, noise=noise, hours=hours)
        for number in range(count)
    ]


def _wandered(seed: int, *, diffusion: float, noise: float, hours: float) -> Worn:
    rng = np.random.default_rng(seed)
    kicks = rng.normal(1.0 / _STEPS, np.sqrt(diffusion / _STEPS), 5 * _STEPS)
    return _until_passed(np.cumsum(kicks), rng.normal(0.0, noise, 5 * _STEPS), hours)


def accelerating(count: int, *, noise: float, hours: float = 400.0) -> list[Worn]:
    """What grows by the same share again and again, twentyfold in all: no line at all."""
    found = []
    for number in range(count):
        rng = np.random.default_rng(_FIRST_SEED + number)
        course = np.exp(np.linspace(-np.log(20.0), 0.05, _STEPS))
        found.append(_until_passed(course, rng.normal(0.0, noise, _STEPS), hours))
    return found


def _until_passed(course: Array, noise: Array, hours: float) -> Worn:
    passed = int(np.argmax(course >= 1.0)) or len(course) - 1
    step_ms = hours / _STEPS * _HOUR_MS
    times_ms = np.arange(passed + 1, dtype=np.float64) * np.float64(step_ms)
    return Worn(times_ms=times_ms, values=course[: passed + 1] + noise[: passed + 1], end=1.0)


def bearings(count: int) -> list[Worn]:
    """Virtual pumps whose motor's bearing wore out, unevenly; healthy for a time before."""
    return list(_bearings(count))


def _bearings(count: int) -> Iterator[Worn]:
    asset = get(_PUMP)
    faults = virtual.wears(asset)
    first, every = faults.index(_FAULT), len(faults)
    lives = worn.lives(asset, machines=every * count, seed=900).lives[first::every]
    column = [channel.name for channel in asset.required].index(_SIGN)
    for life in lives:
        values = life.rows[:, column]
        fresh = float(np.mean(values[:_HEALTHY_ROWS]))
        times_ms = life.ages * _HOUR_MS
        worn_from = int(np.argmax(values > fresh * 1.1))
        yield Worn(
            times_ms=times_ms,
            values=values,
            end=_GROWN * fresh,
            begun_ms=float(times_ms[worn_from]),
        )
