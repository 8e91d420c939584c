"""A machine and a range in; out, of what is stored in the range, the sums of each label's value."""

from typing import Final

import apsw

from contract.errors import Refused
from contract.messages import Event, Reading
from gateway.api.queries.pieces import Machine
from gateway.api.queries.usage import Range
from gateway.archive.shadow import reaching_back
from gateway.archive.stream import about_how_many
from gateway.journal import archived, decoding
from gateway.twin.by_label import Split, in_order

MOST_ITEMS: Final = 300_000  # of one question: some 3 s
_BEFORE_MS: Final = (
    3_600_000  # so far back before a range a label, a state or a counter is looked for
)

_WITHIN: Final = "FROM reading r WHERE r.device = ? AND r.time_ms >= ? AND r.time_ms < ?"
_COUNT: Final = f"SELECT count(*) FROM (SELECT 1 {_WITHIN} LIMIT ?)"  # noqa: S608
_OLDEST: Final = "SELECT min(time_ms) FROM reading WHERE device = ?"
_ITEMS: Final = (
    "SELECT e.name, r.seq, r.body, r.time_ms, r.truth, r.period_ms, r.received_ms, r.board_ms,"
    " r.stamped, r.aside, r.event FROM reading r JOIN epoch e ON e.id = r.epoch"
    " WHERE r.device = ? AND r.time_ms >= ? AND r.time_ms < ?"
)


def check_size(connection: apsw.Connection, machines: list[Machine], span: Range) -> None:
    """Raises Refused: so many readings cannot be looked at for one answer."""
    count = 0
    for machine in machines:
        bindings = (machine.device_id, span.from_ms, span.to_ms)
        count += int(connection.execute(_COUNT, (*bindings, MOST_ITEMS + 1)).get)
        count += about_how_many(connection, *bindings)
    if count > MOST_ITEMS:
        raise Refused(
            f"More than {MOST_ITEMS:,} readings lie in this range: figures by a label are worked"
            " out of each of them. Ask for a shorter range, or for some machines in 'devices'."
        )


def oldest_ms(connection: apsw.Connection, machine: Machine) -> int | None:
    """From when on its readings are kept; None where there is none."""
    stored: int | None = connection.execute(_OLDEST, (machine.device_id,)).get
    in_files = archived.first_ms(connection, machine.device_id)
    return min((each for each in (stored, in_files) if each is not None), default=None)


def split(connection: apsw.Connection, machine: Machine, span: Range, label: str) -> Split:
    """The sums of each value of a label in the range."""

    def place(time_ms: int) -> int | None:
        is_counted = span.from_ms <= time_ms < span.to_ms and machine.counting.has(time_ms)
        return machine.terms.at(time_ms, span.to_ms)[0] if is_counted else None

    made = Split(machine.asset, label, sets=machine.terms.sets, place=place)
    bindings = (machine.device_id, span.from_ms - _BEFORE_MS, span.to_ms)
    with reaching_back(connection, *bindings):
        made.add(in_order(map(_item, connection.execute(_ITEMS, bindings))))
    return made


def _item(row: tuple[object, ...]) -> Reading | Event:
    return decoding.reading(row) if row[-1] is None else decoding.event(row)
