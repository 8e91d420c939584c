"""What the journal holds of the sums of devices, as one snapshot of it has it."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Final, TypeVarTuple

import apsw

from contract.buckets import Interval, day_at
from contract.messages import Minute
from contract.site_time import SiteTime
from gateway.api.queries.cover import ALL, MINUTES, Segment, Spans
from gateway.api.queries.known import NOTHING, Was
from gateway.journal.reader import MINUTE_MS
from gateway.journal.tiers import Standing
from gateway.twin.tiers import QUARTER, QUARTER_MS

_OLDEST: Final = (
    "SELECT min(start_ms) FROM (SELECT min(start_ms) AS start_ms FROM main.minute"
    " INDEXED BY minute_by_time UNION ALL SELECT min(start_ms) FROM tier"
    " INDEXED BY tier_by_time WHERE level = ?)"
)
_NEWEST_OF: Final = "SELECT start_ms FROM minute WHERE device = ? ORDER BY start_ms DESC LIMIT 1"
_BODIES: Final = (
    "SELECT start_ms, body FROM minute WHERE device = ? AND start_ms >= ? AND start_ms < ?"
    " ORDER BY start_ms"
)
_ENERGIES: Final = (
    "SELECT start_ms, body ->> 'energy_j', body ->> 'measured_ms' FROM minute"
    " WHERE device = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms"
)
_TIERS: Final = (
    "SELECT start_ms, iif(program = ?4 AND sums IS NOT NULL, sums, body), measured_ms FROM tier"
    " WHERE device = ?1 AND level = ?5 AND start_ms >= ?2 AND start_ms < ?3 ORDER BY start_ms"
)
_TIER_ENERGIES: Final = (
    "SELECT start_ms, energy_j, measured_ms FROM tier"
    " WHERE device = ? AND level = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms"
)

_AT_ONCE: Final = 1440

Ts = TypeVarTuple("Ts")
Runs = Sequence[Interval]


class Stored:
    """Of one snapshot; ``by_minute``: whoever asks needs every minute for itself.

    ``was``: within ``known.as_known``, minutes that were other ones.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        site: SiteTime,
        *,
        by_minute: bool = False,
        was: Was = NOTHING,
    ) -> None:
        self._connection = connection
        self._by_minute = by_minute
        self._was = was
        self._standing = standing = Standing(connection, site.name)
        self.oldest_ms: int | None = connection.execute(_OLDEST, (QUARTER,)).get
        self._spans = Spans(standing.usable_ms, lru_cache(None)(partial(day_at, site)))
        self._covers: dict[
            tuple[int, tuple[int, ...], tuple[int, ...]], tuple[Runs, list[Segment]]
        ] = {}

    @property
    def summed_until_ms(self) -> int:
        """Until when all minutes are in longer sums."""
        return self._standing.until_ms

    def until_ms(self, device_id: int, open_minute: Minute | None) -> int:
        """Where what is stored of a device ends; an open minute is newer than all of it."""
        if open_minute is not None:
            return open_minute.start_ms
        newest_ms: Any = self._connection.execute(_NEWEST_OF, (device_id,)).get
        behind_ms = 0 if newest_ms is None else int(newest_ms) + MINUTE_MS
        return max(behind_ms, self.summed_until_ms)

    def segments(
        self,
        device_id: int,
        program: str | None,
        runs: Runs,
        levels: tuple[int, ...] = ALL,
    ) -> list[Segment]:
        """What runs are read from, for one who reads sums of a program; None: energy alone.

        Machines that are read alike cost what one does. ``levels``: those that may be used.
        """
        if not runs:
            return []
        if self._by_minute:
            return [Segment(MINUTES, *whole) for whole in _whole(runs)]
        stale = self._stale(device_id, program)
        key = id(runs), stale, levels
        if key not in self._covers:  # with the runs, so that no other ones get their id
            self._covers[key] = runs, self._spans.cover(runs, stale, levels)
        return self._covers[key][1]

    def _stale(self, device_id: int, program: str | None) -> tuple[int, ...]:
        stale = self._standing.stale(device_id, program)
        was = self._was.get(device_id)
        if not was:
            return stale
        return tuple(sorted({*stale, *(start_ms - start_ms % QUARTER_MS for start_ms in was)}))

    def bodies(self, device_id: int, segment: Segment) -> Iterator[tuple[int, str]]:
        """Start and body of each minute."""
        yield from self._connection.execute(_BODIES, (device_id, *segment[1:]))

    def tiers(
        self, device_id: int, segment: Segment, program: str
    ) -> Iterator[tuple[int, bytes | str, int]]:
        """Start, sums (its body where a row is not of that program) and measured ms of each."""
        level, from_ms, to_ms = segment
        yield from self._connection.execute(_TIERS, (device_id, from_ms, to_ms, program, level))

    def energies(self, device_id: int, segment: Segment) -> Iterator[tuple[int, float | None, int]]:
        """Start, energy in J and measured milliseconds of each row, or of each minute."""
        level, from_ms, to_ms = segment
        if level == MINUTES:
            yield from self._connection.execute(_ENERGIES, (device_id, from_ms, to_ms))
        else:
            yield from self._connection.execute(_TIER_ENERGIES, (device_id, level, from_ms, to_ms))


def runs_within(from_ms: int, to_ms: int, ends_ms: Callable[[int], int]) -> list[Interval]:
    """A time cut where something changes; ``ends_ms``: a time -> when next."""
    found = []
    while from_ms < to_ms:
        end_ms = min(ends_ms(from_ms), to_ms)
        found.append(Interval(from_ms, end_ms))
        from_ms = end_ms
    return found


def _whole(runs: Runs) -> Iterator[Interval]:
    """Runs that follow one another without a break are one."""
    start_ms, behind_ms = runs[0]
    for run in runs[1:]:
        if run.start_ms != behind_ms:
            yield Interval(start_ms, behind_ms)
            start_ms = run.start_ms
        behind_ms = run.end_ms
    yield Interval(start_ms, behind_ms)


def by_run(
    rows: Iterable[tuple[int, *Ts]], runs: Runs
) -> Iterator[tuple[int, list[tuple[int, *Ts]]]]:
    """Rows of one run together with its place, though never more than there is room for."""
    some: list[tuple[int, *Ts]] = []
    at, end_ms = -1, -1
    for row in rows:
        if row[0] >= end_ms or len(some) == _AT_ONCE:
            if some:
                yield at, some
            at = _place(runs, at + 1, row[0])
            end_ms, some = runs[at].end_ms, []
        some.append(row)
    if some:
        yield at, some


def _place(runs: Runs, likely: int, time_ms: int) -> int:
    """Which run a time is of; of rows in order mostly the one behind the last one's."""
    if likely < len(runs) and runs[likely].start_ms <= time_ms < runs[likely].end_ms:
        return likely
    return bisect_right(runs, time_ms, key=_start) - 1


def _start(run: Interval) -> int:
    return run.start_ms
