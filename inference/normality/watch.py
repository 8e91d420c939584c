"""One row after the other in; how far it is from normal, and whether that is an anomaly. Pure.

Causal: a row's score depends on rows before it alone. The level follows slowly while all is normal
and stands while it is not. An episode ends when the step that began it has been taken back,
measured along that step: what creeps meanwhile in other channels keeps none open.
"""

from dataclasses import dataclass, replace

import numpy as np

from inference.normality.normal import Array, Normal, gain, scaled
from inference.normality.record import DAY_S, Record
from inference.normality.settings import TUNING, Tuning


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
    """Follows one machine by its ``Normal`` and the ``Record`` of how far out it gets."""

    def __init__(
        self, normal: Normal, *, record: Record | None = None, tuning: Tuning = TUNING
    ) -> None:
        self.normal = normal
        self.record = Record() if record is None else record
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
        self.borne = max(normal.threshold(tuning), self.record.needed(tuning))
        self.threshold = self.borne
        self._lean(self.record.told_s)

    def _lean(self, time_s: float | None) -> None:
        """The threshold is what the record bears out; within a day of an anomaly beyond that."""
        record = self.record
        if time_s is not None and record.told_s is not None:
            is_new = time_s - record.told_s < DAY_S
            self.threshold = max(self.borne, self._tuning.again * record.told * is_new)

    def step(self, row: Array, time_s: float | None = None) -> Found:
        """Take the next row; NaN is what was not measured.

        With ``time_s`` a promise is kept: one anomaly a day. What it does now and then lifts the
        threshold beyond it, and within a day of an anomaly another one must be further out.
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
            self._look(apart, weighted, squared)
        else:
            self._follow(self.age + 1, apart, weighted, squared)
        parts = np.maximum(apart * weighted, 0.0)
        total = float(parts.sum())
        shares = parts / total if total > 0.0 else parts
        score = float(np.sqrt(max(squared, 0.0)))
        if time_s is not None:
            self._promise(score, time_s)
        return Found(score, self.age is not None, shares)

    def judged(self, row: Array, time_s: float | None = None) -> Found:
        """As ``step``, with the score in units of the threshold it was judged by."""
        found = self.step(row, time_s)
        return replace(found, score=found.score / self.threshold)

    def usual(self) -> Array:
        """(C,) the level in the channels' own units; NaN where values were clipped on the way."""
        normal, reached = self.normal, self._tuning.clip / 2.0
        level = np.where(np.abs(self.level) < reached, self.level, np.nan)
        found: Array = normal.centre + normal.scale * level
        return found

    def _promise(self, score: float, time_s: float) -> None:
        """Take into account how far out it was at ``time_s``."""
        record = self.record
        if self.age is not None:
            record.told_s = time_s if self.age == 0 else record.told_s
            record.told = float(np.sqrt(self.peak))
        if record.step(score, time_s, stands=self.age is not None, tuning=self._tuning):
            needed = record.needed(self._tuning)
            self.threshold = self.borne = max(self.normal.threshold(self._tuning), needed)
        if self.age is None:
            self._lean(time_s)

    def _look(self, apart: Array, weighted: Array, squared: float) -> None:
        self.beyond = self.beyond + 1 if squared > self.threshold * self.threshold else 0
        if self.beyond > self._tuning.confirm:
            self.age, self.course, self.height = 0, weighted, squared
            self.peak = squared
        else:
            self.level = self.level + self._slow * apart

    def _follow(self, age: int, apart: Array, weighted: Array, squared: float) -> None:
        tuning, self.age = self._tuning, age
        self.peak = max(self.peak, squared)
        if squared > self.height and age < tuning.settle * tuning.span:
            self.course, self.height = weighted, squared
        is_back = float(apart @ self.course) < tuning.back * self.height
        calm = tuning.calm * self.threshold
        is_calm = squared < calm * calm
        if is_back or is_calm or age > tuning.longest * self.normal.first:
            self.age, self.beyond = None, 0
            if not is_calm:  # the level is where it comes to rest
                self.level, self.rest = self.smooth.copy(), tuning.settle * tuning.span
