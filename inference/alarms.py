"""What a gateway would have told of a run, and alarmed: its own rules, over a whole run at once.

``gateway.detect.is_certain`` says when a change of class is told, ``gateway.watches.FaultWatch``
when it has stood long enough for an alarm; a test holds this against both.
"""

from collections.abc import Sequence

import numpy as np

from gateway.detect import AGREE_WITHIN_MS
from inference.dataset import LabelArray
from inference.features import FloatArray, TimeArray


def told(time_ms: TimeArray, judged: LabelArray) -> LabelArray:
    """The class that is told after each judgement."""
    found = []
    now, told_ms, before = -1, 0, -1
    for at_ms, label in zip(time_ms.tolist(), judged.tolist(), strict=True):
        if now < 0 or label in (now, before) or at_ms - told_ms >= AGREE_WITHIN_MS:
            now, told_ms = label, at_ms
        before = label
        found.append(now)
    return np.array(found, dtype=np.intp)


def raised(
    time_ms: TimeArray,
    told_: LabelArray,
    *,
    judged: LabelArray,
    confidence: FloatArray,
    delays_s: Sequence[float],
    alarm_from: Sequence[float],
) -> list[tuple[int, int]]:
    """The alarms: the index at which each is raised, and its class; 0 is normal.

    Never fewer than a gateway raises: each unbroken stretch of a class that lasts is one, though
    an alarm may still be open. ``delays_s`` and ``alarm_from`` are by class.
    """
    edges = np.flatnonzero(np.diff(told_, prepend=-1))
    ends = np.append(edges[1:], len(told_))
    faulty = told_[edges] != 0
    found = []
    for first, end in zip(edges[faulty].tolist(), ends[faulty].tolist(), strict=True):
        label = int(told_[first])
        at = first + np.flatnonzero(judged[first:end] == label)  # another waits to be confirmed
        sure = confidence[at] >= alarm_from[label]
        since = np.maximum.accumulate(np.where(sure, 0, np.arange(1, len(at) + 1)))
        since_ms = time_ms[at[np.minimum(since, len(at) - 1)]]
        stands = sure & (time_ms[at] - since_ms >= 1000.0 * delays_s[label])
        if stands.any():
            found.append((int(at[stands.argmax()]), label))
    return found
