"""The table ``reading`` with what is in files, for one device and range: any SQL then finds it.

Temporary tables stand before the journal's of the same name, and have its indexes. So a query asks
journal and archive as it asks the journal alone. Where no file reaches into the range, nothing is
made.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

import apsw

from gateway.archive.files import Spare
from gateway.archive.rows import Item
from gateway.archive.stream import Stream
from gateway.journal.archived import days_within

_AT_ONCE: Final = 5_000
_MAKE: Final = """
CREATE TEMP TABLE reading(
    id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, device INTEGER NOT NULL,
    time_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, stamped INTEGER NOT NULL,
    body TEXT NOT NULL, truth TEXT, board_ms INTEGER, period_ms INTEGER, aside TEXT, event TEXT);
CREATE INDEX temp.reading_by_time ON reading(device, time_ms);
CREATE INDEX temp.reading_by_key ON reading(epoch, seq);
CREATE INDEX temp.event_by_time ON reading(device, time_ms) WHERE event IS NOT NULL;
CREATE TEMP TABLE epoch(
    id INTEGER PRIMARY KEY, device INTEGER NOT NULL, name TEXT NOT NULL, watermark INTEGER,
    ahead TEXT);
"""
_DROP: Final = "DROP TABLE temp.reading; DROP TABLE temp.epoch;"
_EPOCHS: Final = "INSERT INTO temp.epoch SELECT * FROM main.epoch WHERE device = ?"
_PUT: Final = "INSERT INTO temp.reading VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_PUT_EPOCH: Final = "INSERT INTO temp.epoch VALUES (?,?,?,0,'[]')"


def reaches_archive(connection: apsw.Connection, device_id: int, from_ms: int, to_ms: int) -> bool:
    """Whether some of the range is in files."""
    return bool(days_within(connection, device_id=device_id, from_ms=from_ms, to_ms=to_ms))


@contextmanager
def reaching_back(
    connection: apsw.Connection,
    device_id: int,
    from_ms: int,
    to_ms: int,
    *,
    of_events: bool | None = None,
) -> Iterator[None]:
    """Within, ``reading`` has all that journal and archive hold of the range, and nothing else.

    ``of_events``: events alone, or readings alone.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    with connection:  # one snapshot
        if not reaches_archive(connection, device_id, from_ms, to_ms):
            yield
            return
        stream = Stream(connection, device_id=device_id)
        items = stream.items(from_ms=from_ms, to_ms=to_ms, of_events=of_events)
        with _shown(connection, device_id, items, done=stream.close):
            yield


@contextmanager
def _shown(
    connection: apsw.Connection, device_id: int, items: Iterator[Item], done: Callable[[], None]
) -> Iterator[None]:
    """Within, ``reading`` has these items of a device, and nothing else; ``done``: all read."""
    _all(connection, _MAKE)
    try:
        try:
            _fill(connection, device_id, items)
        finally:
            done()
        yield
    finally:
        _all(connection, _DROP)


def _fill(connection: apsw.Connection, device_id: int, items: Iterator[Item]) -> None:
    connection.execute(_EPOCHS, (device_id,))
    epochs = _Epochs(connection, device_id)
    while some := list(islice(items, _AT_ONCE)):
        rows = [_row(one, device_id, epochs.id_of(one.epoch)) for one in some]
        connection.executemany(_PUT, rows)


def _all(connection: apsw.Connection, sql: str) -> None:
    for _ in connection.execute(sql):
        pass


class _Epochs:
    """By name; one that the journal has forgotten gets a number of its own."""

    def __init__(self, connection: apsw.Connection, device_id: int) -> None:
        self._connection = connection
        self._device_id = device_id
        rows: Any = connection.execute("SELECT name, id FROM temp.epoch")
        self._ids: dict[str, int] = dict(rows)

    def id_of(self, name: str) -> int:
        if name not in self._ids:
            self._ids[name] = -1 - len(self._ids)
            self._connection.execute(_PUT_EPOCH, (self._ids[name], self._device_id, name))
        return self._ids[name]


def _row(item: Item, device_id: int, epoch_id: int) -> tuple[Any, ...]:
    return (
        item.id, epoch_id, item.seq, device_id, item.time_ms, item.received_ms, item.stamped,
        item.body, item.truth, item.board_ms, item.period_ms, item.aside, item.event,
    )  # fmt: skip


@contextmanager
def paged(
    connection: apsw.Connection,
    *,
    device_id: int,
    behind: tuple[int, int],
    to_ms: int,
    up_to_id: int,
    rows: int,
    of_events: bool,
    spare: Spare | None = None,
) -> Iterator[None]:
    """Within, ``reading`` has the next so many readings of a device, or events.

    Args:
        connection: to the journal, within one snapshot.
        device_id: of the journal.
        behind: time and id of the last one before.
        to_ms: the end of the range (not included).
        up_to_id: nothing that was stored later.
        rows: how many.
        of_events: events, not readings.
        spare: told of what cannot be read, which is left out then; None: it raises.

    Raises:
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    from_ms, after_id = behind
    with connection:  # one snapshot
        if not reaches_archive(connection, device_id, from_ms, to_ms):
            yield
            return
        stream = Stream(connection, device_id=device_id, up_to_id=up_to_id, spare=spare)
        items = stream.items(from_ms=from_ms, to_ms=to_ms, after_id=after_id, of_events=of_events)
        with _shown(connection, device_id, islice(items, rows), done=stream.close):
            yield
