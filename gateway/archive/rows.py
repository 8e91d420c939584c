"""Items as the journal stores them and as files give them back: plain tuples, in order."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from contract.messages import Value

_SQL: Final = (
    "SELECT r.time_ms, r.id, e.name, r.seq, r.received_ms, r.stamped, r.body, r.truth, r.board_ms,"
    " r.period_ms, r.aside, r.event FROM main.reading r"
    " INDEXED BY reading_by_time JOIN main.epoch e ON e.id = r.epoch"
    " WHERE r.device = ? AND r.time_ms >= ? AND r.time_ms < ? AND r.id > ? AND r.id <= ?"
    " ORDER BY r.time_ms, r.id"
)
NEWEST: Final = 2**63 - 1  # no id is greater

values_of: Final = msgspec.json.Decoder(dict[str, Value]).decode


class Item(NamedTuple):
    """A reading or an event; it begins with what it is ordered by."""

    time_ms: int
    id: int
    epoch: str
    seq: int
    received_ms: int
    stamped: int
    body: str
    truth: str | None
    board_ms: int | None
    period_ms: int | None
    aside: str | None
    event: str | None


def stored(
    connection: apsw.Connection | apsw.Cursor,
    *,
    device_id: int,
    from_ms: int,
    to_ms: int,
    after_id: int = 0,
    up_to_id: int = NEWEST,
) -> Iterator[Item]:
    """The journal's rows of a range, of these ids, in order of (time, id)."""
    bindings = (device_id, from_ms, to_ms, after_id, up_to_id)
    rows: Iterable[Any] = connection.execute(_SQL, bindings)
    return map(Item._make, rows)


def is_same(one: Item, other: Item) -> bool:
    """Value for value; in which order a body names its values is no part of them."""
    if one._replace(body="") != other._replace(body=""):
        return False
    return one.body == other.body or values_of(one.body) == values_of(other.body)
