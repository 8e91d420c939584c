"""What ``gateway.twin.holds`` remembers at each reading of a run, all at once."""

from typing import Final

import numpy as np
from scipy.signal import lfilter

from contract.diagnosing import REMEMBERED
from inference.windows.features import FloatArray, TimeArray

_SHARE: Final = 1.0 / REMEMBERED


def of_run(time_ms: TimeArray, rows: FloatArray) -> FloatArray:
    """(N, C, 3): for how long the value has been shown, for how long usually, and the changes."""
    found = np.empty((*rows.shape, 3))
    for channel in range(rows.shape[1]):
        found[:, channel] = _of_channel(time_ms, rows[:, channel])
    return found


def _of_channel(time_ms: TimeArray, values: FloatArray) -> FloatArray:
    changed = np.flatnonzero(values[1:] != values[:-1]) + 1
    begun_ms = np.concatenate((time_ms[:1], time_ms[changed]))
    usual_ms = np.concatenate(([0.0], _means(np.diff(begun_ms))))
    count = np.zeros(len(values), dtype=np.intp)
    count[changed] = 1
    count = count.cumsum()
    return np.stack(
        (time_ms - begun_ms[count], usual_ms[count], np.minimum(count, REMEMBERED)), axis=1
    )


def _means(holds_ms: TimeArray) -> FloatArray:
    """The mean after each hold: of all so far, then of a memory that fades."""
    first = holds_ms[:REMEMBERED]
    means = first.cumsum() / np.arange(1, len(first) + 1)
    later = holds_ms[REMEMBERED:]
    if not len(later):
        return means
    faded, _ = lfilter([_SHARE], [1.0, _SHARE - 1.0], later, zi=[(1.0 - _SHARE) * means[-1]])
    return np.concatenate((means, faded))
