"""The sums of minutes as they were at a time, for some devices and a range: any SQL finds these.

A temporary view stands before the journal's table of the same name (``archive.shadow`` does so for
files): its minutes, but for those that have become others since, which are as they were. Readings
are those that had been received by then, as far as they are in the journal.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import apsw

from contract.errors import Refused
from contract.messages import Minute
from gateway.journal.formers import floor_ms, known_at, settled_ms
from gateway.twin.tiers import QUARTER_MS

_MAKE: Final = """
CREATE TEMP TABLE was(
    device INTEGER, start_ms INTEGER, body TEXT, PRIMARY KEY(device, start_ms)) WITHOUT ROWID;
CREATE TEMP VIEW minute AS
    SELECT m.device, m.start_ms, m.body, m.revision FROM main.minute m WHERE NOT EXISTS
        (SELECT 1 FROM temp.was w WHERE w.device = m.device AND w.start_ms = m.start_ms)
    UNION ALL SELECT device, start_ms, body, 0 FROM temp.was WHERE body IS NOT NULL;
CREATE TEMP VIEW reading AS SELECT * FROM main.reading WHERE received_ms <= {at_ms:d};
"""
_DROP: Final = "DROP VIEW temp.reading; DROP VIEW temp.minute; DROP TABLE temp.was;"
_PUT: Final = "INSERT INTO temp.was VALUES (?,?,?)"
_OLDEST: Final = "SELECT min(start_ms) FROM minute WHERE device = ?"
_IS_OTHER: Final = (
    "SELECT EXISTS (SELECT 1 FROM former"
    " WHERE device = ? AND changed_ms > ? AND start_ms < ? AND end_ms > ?)"
)

# Where minutes were gone already, a deletion has emptied what was left of them: their quarters.
_EMPTIED: Final = (
    "SELECT max(end_ms) FROM former WHERE device = ? AND changed_ms > ? AND start_ms < ?"
    " AND end_ms > ? AND reason = 'deleted' AND body IS NULL"
)

Was = Mapping[int, Mapping[int, str | None]]  # device id → start of a minute → what it was

NOTHING: Final[Was] = {}


class Then(NamedTuple):
    """A time that somebody asks about, and what of a range can be told as it was known then.

    ``reason``: why that is not all that had been measured by then.
    """

    at_ms: int
    from_ms: int
    to_ms: int
    reason: str | None = None

    def told(self) -> dict[str, Any]:
        """As an answer says it."""
        said = self._asdict()
        return {"time_ms": said.pop("at_ms"), **said}


def then(
    connection: apsw.Connection,
    since: Mapping[int, int],
    *,
    at_ms: int,
    from_ms: int,
    to_ms: int,
    now_ms: int,
) -> Then:
    """What of a range can be told as it was known at a time.

    ``since``: device id → when it was first heard of.

    Raises:
        Refused: that time is still to come.
    """
    if at_ms > now_ms:
        raise Refused("'as_of' lies in the future: nobody knows what will be known then.")
    end_ms = min(to_ms, settled_ms(at_ms))
    if why := _untold(connection, since, at_ms):
        return Then(at_ms, min(from_ms, end_ms), min(from_ms, end_ms), why)
    lost_ms = max((_lost_ms(connection, id_, at_ms, from_ms, end_ms) for id_ in since), default=0)
    if lost_ms > from_ms:
        return Then(at_ms, min(lost_ms, end_ms), end_ms, _LOST)
    return Then(at_ms, min(from_ms, end_ms), end_ms)


def _untold(connection: apsw.Connection, since: Mapping[int, int], at_ms: int) -> str | None:
    """Why nothing can be told; None: something can."""
    if at_ms < min(since.values(), default=0):
        return _UNHEARD if len(since) == 1 else _ALL_UNHEARD
    return _NOT_KEPT if at_ms < floor_ms(connection) else None


_UNHEARD: Final = "Nothing had been heard of it by then."
_ALL_UNHEARD: Final = "Nothing had been heard of any machine by then."
_NOT_KEPT: Final = "It is not kept so far back what was known."
_LOST: Final = (
    "Of a longer time ago, minutes are no longer kept, and what changed there since cannot be told"
    " apart."
)


def _lost_ms(
    connection: apsw.Connection, device_id: int, at_ms: int, from_ms: int, to_ms: int
) -> int:
    """Up to when something has changed since of which only longer sums are kept."""
    oldest: Any = connection.execute(_OLDEST, (device_id,)).get
    until_ms = to_ms if oldest is None else min(to_ms, oldest - oldest % QUARTER_MS)
    asked = (device_id, at_ms, until_ms, from_ms)
    other_ms = until_ms if connection.execute(_IS_OTHER, asked).get else 0
    emptied: Any = connection.execute(_EMPTIED, (device_id, at_ms, to_ms, from_ms)).get
    return max(other_ms, -(-(emptied or 0) // QUARTER_MS) * QUARTER_MS)


@contextmanager
def as_known(
    connection: apsw.Connection, device_ids: Iterable[int], moment: Then | None
) -> Iterator[Was]:
    """Within, ``minute`` and ``reading`` are as they were then; None: as they are."""
    if moment is None:
        yield NOTHING
        return
    with connection:  # one snapshot
        span = _whole_quarters(moment)
        was = {id_: known_at(connection, id_, at_ms=moment.at_ms, **span) for id_ in device_ids}
        _all(connection, _MAKE.format(at_ms=moment.at_ms))
        try:
            rows = ((id_, *each) for id_, its in was.items() for each in its.items())
            connection.executemany(_PUT, rows)
            yield was
        finally:
            _all(connection, _DROP)


def open_then(was: Was, device_id: int, is_open: Minute | None) -> Minute | None:
    """One that has become another since is found among those that are stored."""
    if is_open is None or is_open.start_ms in was.get(device_id, {}):
        return None
    return is_open


def _whole_quarters(moment: Then) -> dict[str, int]:
    """Of all that a question may touch: what is longer is read by quarters."""
    from_ms = moment.from_ms - moment.from_ms % QUARTER_MS
    return {"from_ms": from_ms, "to_ms": -(-moment.to_ms // QUARTER_MS) * QUARTER_MS}


def _all(connection: apsw.Connection, sql: str) -> None:
    for _ in connection.execute(sql):
        pass
