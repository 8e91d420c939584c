"""A machine in; from when on it was there out: as is known now, or as was known at a time."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import apsw

from contract.messages import Minute
from gateway.api.queries.counting import Counting
from gateway.api.queries.known import Then
from gateway.twin.tiers import QUARTER, QUARTER_MS

_NEXT: Final = (
    "SELECT start_ms FROM main.minute WHERE device = ? AND start_ms >= ? ORDER BY start_ms LIMIT 1"
)
_QUARTER: Final = "SELECT min(start_ms) FROM tier WHERE device = ? AND level = ?"

# Of minutes that came to be known since: from when to when.
_UNKNOWN: Final = (
    "SELECT start_ms, end_ms FROM former WHERE device = ? AND changed_ms > ? AND body IS NULL"
    " AND reason <> 'deleted' ORDER BY start_ms"
)
_SINCE: Final = (
    "SELECT id, start_ms, end_ms, body IS NULL AND reason <> 'deleted' FROM former"
    " WHERE device = ? AND changed_ms > ? ORDER BY start_ms, id"
)


class _Change(NamedTuple):
    """``was_unknown``: nobody had known of these minutes."""

    id: int
    start_ms: int
    end_ms: int
    was_unknown: int


def oldest_of(
    connection: apsw.Connection, device_id: int, *, at_ms: int | None = None
) -> int | None:
    """When the first of a device began that is kept; ``at_ms``: as that was known then.

    Of what only longer sums are kept, nobody knows what was known: that counts.
    """
    first_ms = _next(connection, device_id, 0)
    quarter_ms: int | None = connection.execute(_QUARTER, (device_id, QUARTER)).get
    if quarter_ms is not None and (first_ms is None or quarter_ms <= first_ms - QUARTER_MS):
        return quarter_ms
    return first_ms if at_ms is None else _known_at(connection, device_id, at_ms)


def _known_at(connection: apsw.Connection, device_id: int, at_ms: int) -> int | None:
    asked = (device_id, at_ms)
    was_ms = _first_known(map(_Change._make, connection.execute(_SINCE, asked)))
    first_ms = _next(connection, device_id, 0)
    unknown: list[Any] = connection.execute(_UNKNOWN, asked).fetchall()
    for start_ms, end_ms in unknown:
        if first_ms is not None and start_ms <= first_ms < end_ms:
            first_ms = _next(connection, device_id, end_ms)
    return min((ms for ms in (was_ms, first_ms) if ms is not None), default=None)


def _first_known(changes: Iterable[_Change]) -> int | None:
    """The first minute that is another one now, or gone, and was known before it was changed.

    ``changes``: in order of time. Each is compared with those alone that reach as far.
    """
    unknown: list[_Change] = []
    for change in changes:
        unknown = [run for run in unknown if run.end_ms > change.start_ms]
        if change.was_unknown:
            unknown.append(change)
        elif all(run.id > change.id for run in unknown):
            return change.start_ms
    return None


def _next(connection: apsw.Connection, device_id: int, from_ms: int) -> int | None:
    found: int | None = connection.execute(_NEXT, (device_id, from_ms)).get
    return found


def counted_from(
    connection: apsw.Connection,
    device_id: int,
    counting: Counting,
    is_open: Minute | None = None,
    then: Then | None = None,
) -> Counting:
    """From when a machine was there: since it was added, or since the first that is known of it."""
    if not counting.from_ms:
        return counting
    if is_open is not None:
        counting = counting.since(is_open.start_ms)
    at_ms = None if then is None else then.at_ms
    return counting.since(oldest_of(connection, device_id, at_ms=at_ms))
