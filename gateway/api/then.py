"""A question as of a time in; what can be told of it, and what people had said by then, out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import apsw

from contract.buckets import Interval
from contract.site_time import SiteTime
from gateway.api.context import Context
from gateway.api.ground import AllKnown, AllSaid
from gateway.api.params import UsageQuery
from gateway.api.queries.known import Then, then
from gateway.api.queries.registry import taken
from gateway.api.queries.usage import Range, whole_minutes
from gateway.api.ranges import usage_range
from gateway.api.shift_file import ShiftFile
from gateway.journal.ledger import CHANGE_COLUMNS
from gateway.registry.params import ParamBook
from gateway.registry.register import Register
from gateway.registry.tariffs import Tariffs
from gateway.twin.fleet import Device

_CHANGES: Final = f"SELECT {CHANGE_COLUMNS} FROM registry WHERE changed_ms <= ? ORDER BY id"  # noqa: S608


@dataclass(frozen=True)
class Past:
    """A ``Ground`` with what had been said by a time; ``then``: what of a range can be told."""

    then: Then
    services: AllKnown
    shifts: ShiftFile


class Known(NamedTuple):
    """As of a time: what people had said, what of a period can be told, and of that before."""

    this: Past
    before: Then


def said_of(past: Past | None) -> dict[str, Any]:
    """What an answer says of it."""
    return {} if past is None else {"as_of": past.then.told()}


async def past_of(
    at_ms: int | None, devices: Iterable[Device], span: Interval, context: Context
) -> Past | None:
    """None where nobody asks as of a time. Raises Refused: it is still to come."""
    if at_ms is None:
        return None
    since = {device.id: device.first_seen_ms for device in devices}
    services, known = context.services, context.services.registrar
    site = services.settings.site_time

    def find(connection: apsw.Connection) -> Past:
        found = then(
            connection,
            since,
            at_ms=at_ms,
            from_ms=span.start_ms,
            to_ms=span.end_ms,
            now_ms=services.now_ms(),
        )
        register = register_at(connection, known.register.params, site, at_ms=at_ms)
        currency, now_ms = known.tariffs.currency, services.now_ms
        said = AllSaid(register, Tariffs(register.params, currency=currency, now_ms=now_ms))
        ground = AllKnown(services.settings, services.fleet, said, now_ms)
        return Past(found, ground, context.shifts)

    return await context.readers.run(find)


async def known_of(
    at_ms: int | None, devices: Iterable[Device], this: Interval, before: Interval, context: Context
) -> Known | None:
    """None where nobody asks as of a time. Raises Refused: it is still to come."""
    known = list(devices)
    past, earlier = [
        await past_of(at_ms, known, whole_minutes(*span), context) for span in (this, before)
    ]
    return None if past is None or earlier is None else Known(past, earlier.then)


def register_at(
    connection: apsw.Connection, params: ParamBook, site: SiteTime, *, at_ms: int
) -> Register:
    """What people had said by a time; ``params``: the book of now, for what every device has."""
    book = ParamBook(params.declared().values(), site)
    return taken(connection.execute(_CHANGES, (at_ms,)), book)


async def range_asked(
    query: UsageQuery, devices: Iterable[Device], context: Context
) -> tuple[Range, Past | None]:
    """The range of buckets; of one as of a time what of it can be told."""
    span = usage_range(query, context)
    past = await past_of(query.as_of, devices, span.whole, context)
    if past is None:
        return span, None
    return Range(past.then.from_ms, past.then.to_ms, span.buckets), past


def moment_of(past: Past | None) -> Then | None:
    """What of a range can be told as of a time; None: nobody asks so."""
    return None if past is None else past.then
