"""What is stored in; sums out, by bucket, by parameters that stay, and by plan."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import accumulate
from typing import NamedTuple

import apsw
import msgspec

from contract.assets.words import Asset
from contract.buckets import Interval
from contract.language.sums import Sums
from contract.messages import Minute
from contract.shifts import ShiftCalendar
from gateway.api.queries.began import oldest_of
from gateway.api.queries.counting import ALL, Counting
from gateway.api.queries.cover import MINUTES
from gateway.api.queries.stored import Stored, by_run, runs_within
from gateway.api.queries.usage import Range
from gateway.registry.params import Stretch
from gateway.twin.columns import columns_of


class Terms:
    """A machine's parameters within a range: each set of them once, though it comes again."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        """``stretches`` are in order, the first from before the range on."""
        self._starts = [stretch.start_ms for stretch in stretches]
        places: dict[tuple[float, ...], int] = {}
        self._set_of = [
            places.setdefault(tuple(stretch.params.values()), len(places)) for stretch in stretches
        ]
        firsts = (self._set_of.index(place) for place in range(len(places)))
        self.sets: list[Mapping[str, float]] = [stretches[first].params for first in firsts]

    def at(self, time_ms: int, end_ms: int) -> tuple[int, int]:
        """Which set counts then, and until when; ``end_ms`` where none does before."""
        place = max(0, bisect_right(self._starts, time_ms) - 1)
        after = self._starts[place + 1 : place + 2]
        return self._set_of[place], min([end_ms, *after])

    def lengths(self, span: Interval, measure: Callable[[Interval], int]) -> list[int]:
        """How much of ``span`` each set counts, as ``measure`` has it."""
        found = [0] * len(self.sets)
        time_ms = span.start_ms
        while time_ms < span.end_ms:
            place, end_ms = self.at(time_ms, span.end_ms)
            found[place] += measure(Interval(time_ms, end_ms))
            time_ms = end_ms
        return found


class Machine(NamedTuple):
    """A device that is asked about."""

    device_id: int
    name: str
    asset: Asset
    open_minute: Minute | None
    terms: Terms
    counting: Counting = ALL


class Piece(NamedTuple):
    """What is summed up together."""

    bucket: Interval
    terms: int  # which set of the machine's
    is_planned: bool


class Plan:
    """When a site means to work within a range; never, where nobody asks or nobody has said."""

    def __init__(self, calendar: ShiftCalendar | None, span: Interval) -> None:
        self._parts = list(calendar.planned(span)) if calendar is not None else []
        self._edges = [edge for part in self._parts for edge in part]
        lengths = (part.end_ms - part.start_ms for part in self._parts)
        self._before = [0, *accumulate(lengths)]

    def at(self, time_ms: int, end_ms: int) -> tuple[bool, int]:
        """Whether it does, and until when; ``end_ms`` where nothing changes before."""
        place = bisect_right(self._edges, time_ms)
        edge_ms = self._edges[place] if place < len(self._edges) else end_ms
        return place % 2 == 1, min(edge_ms, end_ms)

    def within_ms(self, span: Interval) -> int:
        """How much of ``span`` is planned."""
        return self._until(span.end_ms) - self._until(span.start_ms)

    def _until(self, time_ms: int) -> int:
        place = bisect_right(self._edges, time_ms)
        begun = self._before[place // 2]
        return begun + (time_ms - self._edges[place - 1] if place % 2 else 0)


class Cuts:
    """Where a range is cut, for machines of the same terms."""

    def __init__(self, span: Range, terms: Terms, plan: Plan) -> None:
        self._span = span
        self._terms = terms
        self._plan = plan
        self.runs = lru_cache(maxsize=None)(self._runs)

    def at(self, time_ms: int) -> tuple[Piece, int]:
        """The piece that a minute belongs to, and when that ends."""
        bucket = self._span.bucket_at(time_ms)
        place, turn_ms = self._terms.at(time_ms, bucket.end_ms)
        is_planned, edge_ms = self._plan.at(time_ms, bucket.end_ms)
        # What changes within a minute does so for the next one.
        return Piece(bucket, place, is_planned), whole_minute(min(turn_ms, edge_ms))

    def _runs(self, from_ms: int, to_ms: int) -> tuple[list[Interval], list[Piece]]:
        """A time cut into runs, and the piece of each."""
        runs = runs_within(from_ms, to_ms, lambda time_ms: self.at(time_ms)[1])
        return runs, [self.at(run.start_ms)[0] for run in runs]


def whole_minute(time_ms: int) -> int:
    """The first minute that begins then or later."""
    return -(-time_ms // 60_000) * 60_000


def oldest_ms(connection: apsw.Connection, machine: Machine) -> int:
    """Where a machine's first minute begins; 0 where there is none."""
    known = [
        oldest_of(connection, machine.device_id),
        machine.open_minute.start_ms if machine.open_minute else None,
    ]
    return min((start_ms for start_ms in known if start_ms is not None), default=0)


def sums(
    stored: Stored, machine: Machine, span: Range, cuts: Cuts, kpis: frozenset[str]
) -> dict[Piece, Sums]:
    """The sums of each piece in which there is a minute."""
    columns = columns_of(machine.asset, kpis)
    found: defaultdict[Piece, list[Sums]] = defaultdict(list)
    for piece, more in _stored(stored, machine, span, cuts, kpis):
        found[piece].append(more)
    minute = machine.open_minute  # nothing is newer, and it is not stored yet
    is_asked = minute is not None and span.from_ms <= minute.start_ms < span.to_ms
    if minute is not None and is_asked and machine.counting.has(minute.start_ms):
        body = msgspec.json.encode(minute).decode()
        found[cuts.at(minute.start_ms)[0]].append(columns.together([body]))
    return {piece: reduce(columns.ledger.added, parts) for piece, parts in found.items()}


def _stored(
    stored: Stored, machine: Machine, span: Range, cuts: Cuts, kpis: frozenset[str]
) -> Iterator[tuple[Piece, Sums]]:
    if stored.oldest_ms is None:
        return
    columns, device_id = columns_of(machine.asset, kpis), machine.device_id
    from_ms = max(span.from_ms, stored.oldest_ms)
    to_ms = min(span.to_ms, stored.until_ms(device_id, machine.open_minute))
    runs, pieces = machine.counting.cut_with(*cuts.runs(from_ms, to_ms))
    program = columns.ledger.program.id
    for segment in stored.segments(device_id, program, runs):
        if segment.level == MINUTES:
            for at, minutes in by_run(stored.bodies(device_id, segment), runs):
                yield pieces[at], columns.together(body for _, body in minutes)
        else:
            for at, rows in by_run(stored.tiers(device_id, segment, program), runs):
                yield pieces[at], columns.of_tiers([row for _, row, _ in rows])
