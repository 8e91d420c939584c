"""A device's events out of journal and archive, newest first: only as far back as it takes."""

from collections.abc import Generator

import apsw

from gateway.archive.shadow import reaching_back
from gateway.journal.archived import days_with


def event_stretches(
    connection: apsw.Connection, *, device_id: int, from_ms: int, to_ms: int, event: str | None
) -> Generator[tuple[int, int]]:
    """Parts of a range, the newest first: while one is looked at, ``reading`` has its events.

    Args:
        connection: to the journal, within one snapshot of it. Whoever breaks off closes this.
        device_id: of the journal.
        from_ms: the start of the range (included).
        to_ms: its end (not included).
        event: only files with events of this name are opened; None: of any.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    days = days_with(connection, device_id=device_id, event=event, from_ms=from_ms, to_ms=to_ms)
    for day in days:
        first_ms, end_ms = max(day.day_ms, from_ms), min(day.end_ms, to_ms)
        if end_ms < to_ms:
            yield end_ms, to_ms
        with reaching_back(connection, device_id, first_ms, end_ms, of_events=True):
            yield first_ms, end_ms
        to_ms = first_ms
    if from_ms < to_ms:
        yield from_ms, to_ms
