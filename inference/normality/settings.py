"""The one set of numbers that the learned baseline works with, whatever the machine."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How a baseline learns and judges; lengths are counted in rows.

    Attributes:
        span: rows that are looked at together (of an exponential mean).
        memory: how slowly the level follows, as a multiple of the rows learned from.
        shrink: how far correlations are drawn towards none, 0 to 1.
        clip: further out than so many standard deviations nothing gets.
        trim: of what was learned from this share counts: something may have been wrong then.
        confirm: an alarm needs one row more than so many beyond the threshold.
        least: the threshold, in units of the 99th percentile of what was learned from,
        doubt: and how much higher it is for each ``span / rows``: the less is known, the higher.
        settle: rows, in spans, in which the course of an episode is still learned.
        back: an episode is over when so little is left of its step,
        calm: or when the score is below this share of the threshold,
        longest: or when it has lasted so many times as long as was learned from at first.
        again: within a day of an anomaly another one is further out so many times.
        margin: the threshold is so many times what excursions have reached,
        kept: but for the highest: this share of what is promised may have been alarms.
    """

    span: int = 12
    memory: float = 2.0
    shrink: float = 0.5
    clip: float = 8.0
    trim: float = 0.95
    confirm: int = 2
    least: float = 1.4
    doubt: float = 23.0
    settle: int = 2
    back: float = 0.2
    calm: float = 0.5
    longest: float = 1.5
    again: float = 1.6
    margin: float = 1.25
    kept: float = 0.5


TUNING: Final = Tuning()
LEAST_ROWS: Final = 100  # of less nothing is learned
