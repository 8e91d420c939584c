"""Minutes in; their sums out, over pieces of time of one bucket, parameters that stay, one plan."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from contract.assets.words import Asset
from contract.buckets import Interval
from contract.language.sums import Sums
from contract.messages import Minute
from contract.shifts import ShiftCalendar
from gateway.api.queries.usage import Range
from gateway.registry.params import Stretch
from gateway.twin.columns import columns_of

_MINUTES: Final = (
    "SELECT start_ms, body FROM minute WHERE device = ?1 AND start_ms >= ?2 AND start_ms < ?3"
    " ORDER BY start_ms"
)
_OLDEST: Final = "SELECT min(start_ms) FROM minute WHERE device = ?"
_AT_ONCE: Final = 1440

Row = tuple[int, str]


class Machine(NamedTuple):
    """A device that is asked about; its stretches in order, the first from before the range on."""

    device_id: int
    name: str
    asset: Asset
    open_minute: Minute | None
    stretches: Sequence[Stretch]

    def within(self, place: int, span: Interval) -> Interval:
        """The part of ``span`` in which the parameters were those of that stretch."""
        after = self.stretches[place + 1 : place + 2]
        end_ms = min([span.end_ms, *(stretch.start_ms for stretch in after)])
        start_ms = max(span.start_ms, self.stretches[place].start_ms)
        return Interval(start_ms, max(start_ms, end_ms))


class Piece(NamedTuple):
    """What is summed up together."""

    bucket: Interval
    stretch: int  # its place among the machine's
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
    """Where a range is cut for one machine."""

    def __init__(self, span: Range, machine: Machine, plan: Plan) -> None:
        self._span = span
        self._starts = [stretch.start_ms for stretch in machine.stretches]
        self._plan = plan

    def at(self, time_ms: int) -> tuple[Piece, int]:
        """The piece that a minute belongs to, and when that ends."""
        bucket = self._span.bucket_at(time_ms)
        place = bisect_right(self._starts, time_ms)
        turn_ms = self._starts[place] if place < len(self._starts) else bucket.end_ms
        is_planned, edge_ms = self._plan.at(time_ms, bucket.end_ms)
        return Piece(bucket, place - 1, is_planned), min(turn_ms, edge_ms)


def oldest_ms(connection: apsw.Connection, machine: Machine) -> int:
    """Where a machine's first minute begins; 0 where there is none."""
    found: Any = connection.execute(_OLDEST, (machine.device_id,)).fetchone()
    known = [found[0], machine.open_minute.start_ms if machine.open_minute else None]
    return min((start_ms for start_ms in known if start_ms is not None), default=0)


def sums(
    connection: apsw.Connection, machine: Machine, span: Range, cuts: Cuts, kpis: frozenset[str]
) -> dict[Piece, Sums]:
    """The sums of each piece in which there is a minute."""
    columns = columns_of(machine.asset, kpis)
    found: dict[Piece, Sums] = {}
    for piece, bodies in _runs(_rows(connection, machine, span), cuts):
        more = columns.together(bodies)
        known = found.get(piece)
        found[piece] = more if known is None else columns.ledger.added(known, more)
    return found


def _rows(connection: apsw.Connection, machine: Machine, span: Range) -> Iterator[Row]:
    """Each minute's start and body; nothing is newer than the open one, which is not stored yet."""
    minute, until_ms = machine.open_minute, span.to_ms
    if minute is not None:
        until_ms = min(until_ms, minute.start_ms)
    yield from connection.execute(_MINUTES, (machine.device_id, span.from_ms, until_ms))
    if minute is not None and span.from_ms <= minute.start_ms < span.to_ms:
        yield minute.start_ms, msgspec.json.encode(minute).decode()


def _runs(rows: Iterator[Row], cuts: Cuts) -> Iterator[tuple[Piece, list[str]]]:
    """Rows of one piece together, though never more than there is room for."""
    run: list[str] = []
    piece, end_ms = None, -1
    for start_ms, body in rows:
        if start_ms >= end_ms or len(run) == _AT_ONCE:
            if piece is not None:
                yield piece, run
            piece, end_ms = cuts.at(start_ms)
            run = []
        run.append(body)
    if piece is not None:
        yield piece, run
