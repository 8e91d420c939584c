"""The protocols: what is learned from, what is judged, and by what it is scored.

SKAB: of each file the first 400 rows are learned from, once; the others are judged, in order, and
all files' rows scored together. NAB: the first 750 rows are learned from and not scored; the
baseline goes on learning, as it does on a machine. The same numbers (``normality.settings``) for
all files.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from inference.benchmark.recordings import Recording
from inference.benchmark.scores import Marks, Rates, Windows, rates, windows_found
from inference.normality import rivals
from inference.normality.following import follow

SKAB_ROWS: Final = 400
NAB_ROWS: Final = 750
BASELINE: Final = "learned baseline"
METHODS: Final = {
    BASELINE: None,
    "isolation forest": "forest",
    "autoencoder": "autoencoder",
    "lagged PCA and k-means": "windows",
}


def skab_rates(recordings: Sequence[Recording], method: str) -> Rates:
    """Of all files' rows behind the first ``SKAB_ROWS``, together."""
    alarms = [_alarms(each, method, first=SKAB_ROWS) for each in recordings]
    wrong = [each.wrong[SKAB_ROWS:] > 0.0 for each in recordings]
    return rates(np.concatenate([a[SKAB_ROWS:] for a in alarms]), np.concatenate(wrong))


def nab_windows(recording: Recording, method: str) -> Windows:
    """An alarm counts once, when it is raised."""
    stands = _alarms(recording, method, first=NAB_ROWS, learns_on=True)
    raised = stands & ~np.concatenate([[False], stands[:-1]])
    return windows_found(raised, recording.times_s, recording.windows, first=NAB_ROWS)


def _alarms(recording: Recording, method: str, *, first: int, learns_on: bool = False) -> Marks:
    rival = METHODS[method]
    if rival is None:
        return follow(
            recording.rows, first=first, times_s=recording.times_s if learns_on else None
        ).anomalies
    learned, rows = recording.rows[:first], recording.rows[first:]
    return np.concatenate([np.zeros(first, bool), rivals.judged(rival, learned, rows) > 1.0])
