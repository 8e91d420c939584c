"""One row after the other in; how far it is from normal, and whether that is an anomaly. Pure.

Causal: a row's score depends on rows before it alone. The level follows slowly while all is normal
and stands while it is not. An episode ends when the step that began it has been taken back,
measured along that step: what creeps meanwhile in other channels keeps none open.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from inference.normality.normal import Array, Normal, gain, scaled
from inference.normality.settings import TUNING, Tuning

DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class Found:
    """What is said of one row.

    Attributes:
        score: distance from normal; in an anomaly for as long as it is near the ``threshold``.
        is_anomaly: whether it belongs to one.
        shares: (C,) what each channel has of the score, 0 to 1.
    """

    score: float
    is_anomaly: bool
    shares: Array


class Watch:
    """Follows one machine by its ``Normal``."""

    def __init__(self, normal: Normal, *, tuning: Tuning = TUNING) -> None:
        self.normal = normal
        self.threshold = normal.threshold(tuning)
        self._tuning = tuning
        self._slow = gain(tuning.memory * normal.rows)
        self._fast = gain(tuning.span)
        self.smooth, self.level = normal.smooth.copy(), normal.level.copy()
        self.beyond = 0  # so many rows in turn
        self.age: int | None = None  # of the episode, in rows; None: all is normal
        self.course = np.zeros_like(self.level)  # the step, weighted, at its highest
        self.height = 0.0  # its squared score
        self.rest = 0  # so many rows until it looks again
        self.peak = 0.0  # its highest squared score, as long as it lasts
        self.began_s: float | None = None  # of the newest episode
        self.is_surplus = False  # it is one more than was promised

    def step(self, row: Array, time_s: float | None = None) -> Found:
        """Take the next row; NaN is what was not measured.

        With ``time_s`` a promise is kept: one anomaly a day. A second one lifts the threshold
        beyond what it reached, until more is learned.
        """
        normal = self.normal
        row = scaled(np.asarray(row, dtype=np.float64), normal.centre, normal.scale, self._tuning)
        self.smooth = self.smooth + self._fast * np.where(np.isnan(row), 0.0, row - self.smooth)
        apart = self.smooth - self.level
        weighted = normal.weights @ apart
        squared = float(apart @ weighted)
        if self.rest:
            self.rest, self.level = self.rest - 1, self.smooth.copy()
        elif self.age is None:
            self._look(apart, weighted, squared, time_s)
        else:
            self._follow(self.age + 1, apart, weighted, squared)
        parts = np.maximum(apart * weighted, 0.0)
        total = float(parts.sum())
        shares = parts / total if total > 0.0 else parts
        return Found(float(np.sqrt(max(squared, 0.0))), self.age is not None, shares)

    def _look(self, apart: Array, weighted: Array, squared: float, time_s: float | None) -> None:
        self.beyond = self.beyond + 1 if squared > self.threshold**2 else 0
        if self.beyond > self._tuning.confirm:
            self.age, self.course, self.height = 0, weighted, squared
            self.peak = squared
            if time_s is not None:
                known_s, self.began_s = self.began_s, time_s
                self.is_surplus = known_s is not None and time_s - known_s < DAY_S
        else:
            self.level = self.level + self._slow * apart

    def _follow(self, age: int, apart: Array, weighted: Array, squared: float) -> None:
        tuning, self.age = self._tuning, age
        self.peak = max(self.peak, squared)
        if squared > self.height and age < tuning.settle * tuning.span:
            self.course, self.height = weighted, squared
        is_back = float(apart @ self.course) < tuning.back * self.height
        is_calm = squared < (tuning.calm * self.threshold) ** 2
        if is_back or is_calm or age > tuning.longest * self.normal.first:
            self.age, self.beyond = None, 0
            if self.is_surplus:
                self.threshold = max(self.threshold, tuning.lift * float(np.sqrt(self.peak)))
            if not is_calm:  # the level is where it comes to rest
                self.level, self.rest = self.smooth.copy(), tuning.settle * tuning.span
