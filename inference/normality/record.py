"""How far out a healthy machine gets now and then: scores in, the threshold they bear out out.

A machine that works in turns, or by the hour, leaves what its first hours were like without being
ill, and does so again. So every excursion counts, however far below the threshold: the threshold is
where those of the last week would have been reported less often than is promised.
"""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np

from contract.normality import STEP_S
from inference.normality.settings import TUNING, Tuning

DAY_S: Final = 86_400.0
KEPT_S: Final = 7 * DAY_S
MOST_PEAKS: Final = 256
_LONGEST_S: Final = 3_600.0  # from one look to the next, of a machine that is watched
_APART: Final = 3  # excursions of which nothing is seen for so many spans are two


class Peak(NamedTuple):
    """The highest score that an excursion kept for as long as an alarm needs; and when that was."""

    watched_s: float
    score: float


@dataclass
class Record:
    """What was seen of one machine, of rows that nothing was learned from.

    Attributes:
        watched_s: of how long they were. newest_s: the time of the last one.
        peaks: of excursions that are over, in order.
        recent: the last scores. height: of the excursion under way. quiet: rows since it was seen.
        told_s: when the newest anomaly began that was reported; told: how far out it got.
    """

    watched_s: float = 0.0
    newest_s: float | None = None
    peaks: list[Peak] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    height: float = 0.0
    quiet: int = 0
    told_s: float | None = None
    told: float = 0.0

    def step(
        self, score: float, time_s: float, *, stands: bool = False, tuning: Tuning = TUNING
    ) -> bool:
        """Take the next score; whether an excursion is over. ``stands``: an anomaly does."""
        since_s = STEP_S if self.newest_s is None else time_s - self.newest_s
        self.watched_s += min(max(since_s, 0.0), _LONGEST_S)
        self.newest_s = time_s
        self.recent = [*self.recent, score][-tuning.confirm - 1 :]
        held = min(self.recent) if len(self.recent) > tuning.confirm else 0.0
        if held > tuning.least:
            self.height, self.quiet = max(self.height, held), 0
            return False
        self.quiet += 1
        if not self.height or stands or self.quiet <= _APART * tuning.span:
            return False
        self._close()
        return True

    def _close(self) -> None:
        self.peaks.append(Peak(self.watched_s, self.height))
        self.height = 0.0
        newest = [peak for peak in self.peaks if peak.watched_s >= self.watched_s - KEPT_S]
        least = sorted((peak.score for peak in newest), reverse=True)[:MOST_PEAKS][-1]
        self.peaks = [peak for peak in newest if peak.score >= least][-MOST_PEAKS:]

    def needed(self, tuning: Tuning = TUNING) -> float:
        """The threshold that so many excursions bear out; 0: any does.

        ``tuning.kept`` of what is promised may have been alarms, one at least: something may really
        have been wrong. Of less than a day it is where excursions would pass once in a day, as
        peaks over a threshold fall off exponentially, as in most tails (Pickands 1975).
        """
        days = min(max(self.watched_s, STEP_S), KEPT_S) / DAY_S
        scores = sorted([peak.score for peak in self.peaks] + [self.height] * (self.height > 0))
        usual = scores[: len(scores) - max(1, int(days * tuning.kept))]
        if not usual:
            return 0.0
        seen = tuning.margin * usual[-1]
        if days >= 1.0:
            return seen
        excess = float(np.mean(usual)) - tuning.least
        return max(seen, tuning.least + excess * float(np.log(max(len(usual) / days, 1.0))))


def copied(record: Record) -> Record:
    """Another one that knows the same."""
    return replace(record, peaks=list(record.peaks), recent=list(record.recent))
