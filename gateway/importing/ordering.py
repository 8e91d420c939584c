"""Rows as a file has them in; rows in order, each once, gaps filled as it was asked, out."""

import heapq
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from contract.errors import Refused
from gateway.importing.gathering import BLOCK_ROWS, Parsed, Seen, Spool, Value

RUN_ROWS: Final = 100_000  # that are sorted in memory
_GAP: Final = 1.5  # periods
_REGULAR: Final = 0.8  # of all steps are like the usual one
_LOOKED_AT: Final = 200_000
_CROWDED: Final = 0.5  # of all rows share their time with others
_HOLD, _LINEAR, _LEAVE = "hold", "linear", "leave"
_time_of: Final = itemgetter(1)
_key: Final = itemgetter(1, 0)
_content: Final = msgspec.msgpack.Encoder().encode  # to be looked up: of one time there may be many


class Filling(NamedTuple):
    """What is done with gaps of at most so many seconds."""

    how: str = _LEAVE
    most_ms: int = 0


class Steps(NamedTuple):
    """``usual_ms``: of the steps between different times; None without any.

    Attributes:
        is_regular: most are like it.
        is_crowded: most rows share their time with others: the clock was coarser than the rate.
    """

    usual_ms: int | None
    is_regular: bool
    is_crowded: bool


def filling(text: str) -> Filling:
    """``leave``, ``hold:SECONDS`` or ``linear:SECONDS``. Raises Refused."""
    how, _, seconds = text.partition(":")
    if text == _LEAVE:
        return Filling()
    try:
        most_ms = round(float(seconds) * 1000)
    except ValueError:
        most_ms = 0
    if how not in (_HOLD, _LINEAR) or most_ms <= 0:
        raise Refused(f"--gaps is {text!r}: say leave, hold:SECONDS or linear:SECONDS.")
    return Filling(how, most_ms)


def in_order(spool: Spool, seen: Seen, folder: Path) -> Iterator[Parsed]:
    """All rows by time, and by line where that is the same; sorted on the disk if need be."""
    if seen.is_ordered:
        yield from chain.from_iterable(spool.blocks())
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".sort-") as name:
        runs = [*_runs(spool, Path(name))]
        try:
            yield from heapq.merge(*(chain.from_iterable(run.blocks()) for run in runs), key=_key)
        finally:
            for run in runs:
                run.close()


def _runs(spool: Spool, folder: Path) -> Iterator[Spool]:
    rows: list[Parsed] = []
    for block in spool.blocks():
        rows += block
        if len(rows) >= RUN_ROWS:
            yield _run(rows, folder)
            rows = []
    if rows:
        yield _run(rows, folder)


def _run(rows: list[Parsed], folder: Path) -> Spool:
    rows.sort(key=_key)
    run = Spool(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - it lives as long as the run
    for at in range(0, len(rows), BLOCK_ROWS):
        run.add(rows[at : at + BLOCK_ROWS])
    return run


def steps(rows: Iterable[Parsed]) -> Steps:
    """How far apart rows are, by the first of them."""
    times_ms = list[int]()
    for time_ms, group in groupby(islice(rows, _LOOKED_AT), key=_time_of):
        first, *others = group
        times_ms += [time_ms] * (len(_merged(first, others, Counter())) if others else 1)
    apart = [b - a for a, b in pairwise(times_ms) if b > a]
    if not apart:
        return Steps(None, is_regular=False, is_crowded=False)
    usual_ms = sorted(apart)[len(apart) // 2]
    alike = sum(usual_ms / 2 < each < 2 * usual_ms for each in apart)
    return Steps(
        usual_ms,
        is_regular=alike >= _REGULAR * len(apart),
        is_crowded=len(apart) < _CROWDED * len(times_ms),
    )


class Ordered:
    """The rows of a device as they will be stored.

    Attributes:
        counts: repeated rows, rows that became one with others, imputed ones, and times of which
            several rows with other values are kept.
        gaps: longer than one and a half usual steps that stay open.
        longest_ms: the longest of them.
    """

    def __init__(
        self, steps: Steps, *, spread: bool, gaps: Filling, is_exact: bool = False
    ) -> None:
        """``is_exact``: each row is one, whatever another says of the same time."""
        self._steps, self._spread, self._filling = steps, spread, gaps
        self._is_exact = is_exact
        self.counts: Counter[str] = Counter()
        self.gaps, self.longest_ms = 0, 0

    def rows(self, rows: Iterable[Parsed]) -> Iterator[Parsed]:
        """Each once; ``rows`` are in order."""
        before: Parsed | None = None
        for row in rows if self._is_exact else self._singled(rows):
            if before is not None and self._steps.usual_ms is not None:
                yield from self._between(before, row, self._steps.usual_ms)
            yield row
            before = row

    def _singled(self, rows: Iterable[Parsed]) -> Iterator[Parsed]:
        for time_ms, group in groupby(rows, key=_time_of):
            first, *others = group
            if not others:
                yield first
                continue
            kept = _merged(first, others, self.counts)
            self.counts["differing"] += len(kept) > 1 and not self._spread
            step_ms = (self._steps.usual_ms or 0) / len(kept) if self._spread else 0.0
            for at, row in enumerate(kept):
                yield (row[0], time_ms + int(at * step_ms), row[2], row[3])

    def _between(self, before: Parsed, row: Parsed, usual_ms: int) -> Iterator[Parsed]:
        apart_ms = row[1] - before[1]
        if apart_ms <= _GAP * usual_ms:
            return
        if self._filling.how == _LEAVE or apart_ms > self._filling.most_ms:
            self.gaps += 1
            self.longest_ms = max(self.longest_ms, apart_ms)
            return
        time_ms = before[1] + usual_ms
        while time_ms < row[1] - usual_ms / 2:
            self.counts["imputed"] += 1
            yield (before[0], time_ms, self._imputed(before, row, time_ms), None)
            time_ms += usual_ms

    def _imputed(self, before: Parsed, row: Parsed, time_ms: int) -> list[Value]:
        if self._filling.how == _HOLD:
            return list(before[2])
        share = (time_ms - before[1]) / (row[1] - before[1])
        return [
            a + share * (b - a) if isinstance(a, float) and isinstance(b, float) else a
            for a, b in zip(before[2], row[2], strict=True)
        ]


def _merged(first: Parsed, others: Sequence[Parsed], counts: Counter[str]) -> list[Parsed]:
    """Of one time: repeated rows are one, and so are those that fill each other's holes."""
    kept, known = [first], {_content(first[2:])}
    for row in others:
        content = _content(row[2:])
        if content in known:
            counts["repeated"] += 1
        elif (whole := _together(kept[-1], row)) is not None:
            counts["joined"] += 1
            kept[-1] = whole
            known.add(_content(whole[2:]))
        else:
            kept.append(row)
        known.add(content)
    return kept


def _together(one: Parsed, other: Parsed) -> Parsed | None:
    """Two rows as one, where none says what the other says."""
    pairs = list(zip(one[2], other[2], strict=True))
    if any(a is not None and b is not None for a, b in pairs):
        return None
    values = [b if a is None else a for a, b in pairs]
    return one[0], one[1], values, [*(one[3] or []), *(other[3] or [])] or None
