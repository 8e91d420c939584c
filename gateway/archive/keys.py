"""Which items there are, by their keys: of a day at 100 Hz there are 8.6 million. Pure."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

Key = tuple[str, int]  # epoch, seq

_NONE: Final[list[tuple[int, int]]] = []


class Keys:
    """As runs of numbers that follow each other, which a board's do; no key comes twice."""

    def __init__(self, keys: Iterable[Key]) -> None:
        runs: dict[str, list[tuple[int, int]]] = {}
        for epoch, seq in keys:
            its = runs.setdefault(epoch, [])
            if its and its[-1][1] == seq - 1:
                its[-1] = its[-1][0], seq
            else:
                its.append((seq, seq))
        self._runs = {epoch: sorted(its) for epoch, its in runs.items()}

    def __contains__(self, key: Key) -> bool:
        epoch, seq = key
        its = self._runs.get(epoch, _NONE)
        at = bisect_right(its, seq, key=_first) - 1
        return at >= 0 and seq <= its[at][1]


def _first(run: tuple[int, int]) -> int:
    return run[0]
