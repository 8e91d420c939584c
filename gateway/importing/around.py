"""Rows that are to be imported in; what journal and archive hold at their times already out.

The journal is asked for all of a portion at once. Files are looked into only for minutes of which
the sums have more than the journal: where they hold the rest of it, such a minute takes more.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import apsw

from contract.errors import Unreadable
from gateway.archive.rows import Item
from gateway.archive.stream import Stream
from gateway.importing.parcel import Entry
from gateway.importing.portions import Around, sorted_body
from gateway.journal.imports import ImportSource
from gateway.twin.minutes import MINUTE_MS, start_of

log = logging.getLogger(__name__)

_COUNTS: Final = (
    "SELECT start_ms, body ->> 'count' FROM minute WHERE device = ? AND start_ms >= ?"
    " AND start_ms < ?"
)


class _Span(NamedTuple):
    """Minutes that follow each other."""

    from_ms: int
    to_ms: int


def around(
    connection: apsw.Connection,
    device_id: int,
    entries: Collection[Entry],
    *,
    closed: Collection[int],
) -> Around:
    """What is held of a device at the times of these rows.

    Args:
        connection: to the journal.
        device_id: of the journal.
        entries: some rows, at least one.
        closed: starts of the minutes whose sums have more than the journal.
    """
    times_ms = {entry.time_ms for entry in entries}
    stored = ImportSource(connection).bodies(device_id, min(times_ms), max(times_ms))
    bodies = {(time_ms, sorted_body(body)) for time_ms, body in stored}
    whole: set[int] = set()
    starts_ms = sorted({start_of(time_ms) for time_ms in times_ms}.intersection(closed))
    for span in _spans(starts_ms):
        try:
            more, held = _filed(connection, device_id, span, times_ms)
        except Unreadable as error:  # they stay closed, and their rows are left out
            log.warning("nothing is added to its minutes: %s", error)
        else:
            bodies |= more
            whole |= held
    return Around(bodies, whole)


def _spans(starts_ms: Iterable[int]) -> Iterator[_Span]:
    span = None
    for start_ms in starts_ms:
        if span is not None and span.to_ms == start_ms:
            span = span._replace(to_ms=start_ms + MINUTE_MS)
            continue
        if span is not None:
            yield span
        span = _Span(start_ms, start_ms + MINUTE_MS)
    if span is not None:
        yield span


def _filed(
    connection: apsw.Connection, device_id: int, span: _Span, times_ms: Collection[int]
) -> tuple[set[tuple[int, bytes]], set[int]]:
    """What journal and archive hold at these times; and the minutes that lack nothing."""
    bodies: set[tuple[int, bytes]] = set()
    counts: Counter[int] = Counter()
    with connection:  # one snapshot
        summed: Any = connection.execute(_COUNTS, (device_id, *span)).fetchall()
        stream = Stream(connection, device_id=device_id)
        try:
            for item in _readings(stream, span):
                counts[start_of(item.time_ms)] += 1
                if item.time_ms in times_ms:
                    bodies.add((item.time_ms, sorted_body(item.body.encode())))
        finally:
            stream.close()
    return bodies, {start_ms for start_ms, count in summed if counts[start_ms] >= count}


def _readings(stream: Stream, span: _Span) -> Iterator[Item]:
    return stream.items(from_ms=span.from_ms, to_ms=span.to_ms, of_events=False)
