"""What a gateway would have told of a run, and alarmed: its own rules, over a whole run at once.

``gateway.detect.is_certain`` says when a change of class is told, ``gateway.watches.FaultWatch``
when it has stood long enough for an alarm; a test holds this against both.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from gateway.detect import AGREE_WITHIN_MS
from inference.dataset import LabelArray
from inference.features import MaskArray, TimeArray

EVERY_MS: Final = 500  # a gateway judges twice a second, or each reading where they come rarer


def looks(time_ms: TimeArray) -> LabelArray:
    """Which readings a gateway looks at: the newest, at most twice a second."""
    chosen, looked_ms = [], -(2**62)
    for at, at_ms in enumerate(time_ms.tolist()):
        if at_ms - looked_ms >= EVERY_MS:
            looked_ms = at_ms
            chosen.append(at)
    return np.array(chosen, dtype=np.intp)


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
    delays_s: Sequence[float],
    sure: MaskArray | None = None,
) -> list[tuple[int, int]]:
    """The alarms: the index at which each is raised, and its class; 0 is normal.

    Never fewer than a gateway raises: each unbroken stretch of a class that lasts is one, though
    an alarm may still be open, and though its end may be waiting for another judgement's word.
    ``sure``: which judgements are sure enough for an alarm; all, where it is not given.
    """
    edges = np.flatnonzero(np.diff(told_, prepend=-1))
    ends = np.append(edges[1:], len(told_))
    found = []
    for first, end in zip(edges.tolist(), ends.tolist(), strict=True):
        label = int(told_[first])
        if label == 0:
            continue
        due_ms = time_ms[first] + 1000.0 * delays_s[label]
        at = int(np.searchsorted(time_ms[first:end], due_ms)) + first
        if sure is not None:
            at += int(np.argmax(sure[at:end])) if sure[at:end].any() else end - at
        if at < end:
            found.append((at, label))
    return found
