"""What a gateway would have told of a run, and alarmed: its own rules, over a whole run at once.

``contract.diagnosing.is_certain`` says when a change of class is told, the gateway's ``FaultWatch``
when it has stood long enough for an alarm; a test holds this against both.
"""

from collections.abc import Callable, Sequence

import numpy as np

from contract.diagnosing import AGREE_WITHIN_MS
from inference.windows.features import FloatArray, LabelArray, TimeArray


def told(time_ms: TimeArray, judged: LabelArray) -> LabelArray:
    """The class that is told after each judgement."""
    found = np.zeros(len(judged), dtype=np.intp)
    end = 0
    for first in np.flatnonzero(judged).tolist():  # between them normal is judged and told
        if first >= end:
            spell = _spell(time_ms, judged, first)
            end = first + len(spell)
            found[first:end] = spell
    return found


def _spell(time_ms: TimeArray, judged: LabelArray, first: int) -> list[int]:
    """What is told from ``first`` on, until normal is judged and told again."""
    found: list[int] = []
    now, told_ms, before = (0, int(time_ms[first - 1]), 0) if first else (-1, 0, -1)
    for at in range(first, len(judged)):
        at_ms, label = int(time_ms[at]), int(judged[at])
        if now < 0 or label in (now, before) or at_ms - told_ms >= AGREE_WITHIN_MS:
            now, told_ms = label, at_ms
        before = label
        found.append(now)
        if now == label == 0:
            break
    return found


def raised(
    time_ms: TimeArray,
    told_: LabelArray,
    *,
    judged: LabelArray,
    confidence: FloatArray,
    delay_s: Callable[[int, float], float],
    alarm_from: Sequence[float],
) -> list[tuple[int, int]]:
    """The alarms: the index at which each is raised, and its class; 0 is normal.

    Never fewer than a gateway raises: each unbroken stretch of a class that lasts is one, though
    an alarm may still be open. ``delay_s`` is of a class and how sure it is, ``alarm_from`` by
    class.
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
        delays_s = [delay_s(label, one) for one in confidence[at].tolist()]
        stands = sure & (time_ms[at] - since_ms >= 1000.0 * np.array(delays_s))
        if stands.any():
            found.append((int(at[stands.argmax()]), label))
    return found
